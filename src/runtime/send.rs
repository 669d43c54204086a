//! How a request for a message is decided: consent, then quiet hours, then the cap.
//!
//! A transactional message skips all three and is counted by nobody. Readings: a complaint or hard bounce closes the channel
//! of its message to the contact for good; several quiet hours that touch are held through to the last end.

use super::{
    condition::View,
    contact::{Held, Request, RunId, Waiting},
    log::Sending,
    outcome::{SendOutcome, What},
    step::{cause, owned, properties},
    turn::{Echo, Turn},
    value::Value,
};
use crate::ruleset::{Channel, Message};

/// The end of the quiet hours of a message's channel, if it is quiet now.
pub(super) fn quiet_until(view: View<'_, '_>, message: &str) -> Option<i64> {
    let channel = view.program.channels.get(view.program.messages.get(message)?.channel.as_str())?;
    let mut until_ms = None;
    // Each end is later than the one before; hours that leave no time at all are refused by the compiler.
    for _ in 0..=channel.quiet.len() {
        let at_ms = until_ms.unwrap_or(view.now_ms);
        let end = channel.quiet.iter().filter_map(|quiet| view.contact.state.zone.quiet_until(at_ms, quiet.from, quiet.to)).max();
        match end {
            Some(end) => until_ms = Some(end),
            None => break,
        }
    }
    until_ms
}

impl<'r> Turn<'_, 'r> {
    /// Decides a request now; what the play waits for, if it is held.
    pub fn decide(&mut self, id: &RunId, request: Request<'r>) -> Option<Waiting<'r>> {
        let message = *self.program.messages.get(request.message)?;
        let channel = self.program.channels.get(message.channel.as_str()).copied();
        let outcome = match channel.filter(|_| !message.transactional) {
            None => SendOutcome::Sent,
            Some(channel) if !self.may_send(channel) => SendOutcome::NoConsent,
            Some(channel) => match quiet_until(self.view(id), request.message) {
                Some(until_ms) => SendOutcome::Held { until_ms },
                None if self.is_capped(channel) => SendOutcome::Capped,
                None => SendOutcome::Sent,
            },
        };
        self.report(id, &request, outcome);
        match outcome {
            SendOutcome::Held { until_ms } => {
                let zone = self.contact.state.zone.name.clone();
                return Some(Waiting::Held(Held { request, zone, until_ms }));
            }
            SendOutcome::Sent => self.send(id, message, &request),
            SendOutcome::Capped | SendOutcome::NoConsent | SendOutcome::Dropped => {}
        }
        None
    }

    fn may_send(&self, channel: &Channel) -> bool {
        let state = &self.contact.state;
        let Some(flag) = &channel.needs else { return true };
        state.attributes.get(flag) == Some(&Value::Flag(true)) && !state.closed.contains(&channel.name)
    }

    fn is_capped(&self, channel: &Channel) -> bool {
        let counted = |within_ms: i64| {
            let begin_ms = self.now_ms.saturating_sub(within_ms);
            let sendings = self.contact.log.sendings.iter().rev().take_while(|sending| sending.time_ms > begin_ms);
            sendings.filter(|sending| sending.channel == channel.name && !sending.transactional).count()
        };
        channel.caps.iter().any(|cap| counted(cap.within_ms) >= usize::try_from(cap.count).unwrap_or(usize::MAX))
    }

    fn send(&mut self, id: &RunId, message: &Message, request: &Request<'r>) {
        self.contact.log.sendings.push(Sending {
            time_ms: self.now_ms,
            message: message.name.clone(),
            channel: message.channel.clone(),
            transactional: message.transactional,
            request: request.key.clone(),
            run: id.clone(),
        });
        let properties = properties([("message", &message.name), ("request", &request.key)]);
        self.echoes.push_back(Echo { event: "sent".to_owned(), properties, from: id.clone(), owner: Some(id.clone()) });
    }

    /// Reports what became of a request.
    pub fn report(&mut self, id: &RunId, request: &Request<'r>, outcome: SendOutcome) {
        let what = What::Send {
            request: request.key.clone(),
            message: request.message.to_owned(),
            channel: self.program.messages.get(request.message).map(|message| message.channel.clone()).unwrap_or_default(),
            arguments: owned(&request.arguments),
            outcome,
        };
        self.emit(id, Some(cause(request.step)), what);
    }
}
