//! How a request for a message is decided: consent, then quiet hours, then the cap, as the reference decides.

use super::{
    out::Told,
    program::Id,
    state::{Held, Request, Sending, Waiting},
    steps::cause,
    turn::{Echo, Turn},
    value::Kept,
    view::View,
};
use crate::runtime::SendOutcome;
use std::sync::Arc;

/// The end of the quiet hours of a message's channel, if it is quiet now.
pub fn quiet_until(view: View<'_>, message: Id) -> Option<i64> {
    let channel = view.program.channels[view.program.messages[message as usize].1? as usize];
    let mut until_ms = None;
    // Each end is later than the one before; hours that leave no time at all are refused by the compiler.
    for _ in 0..=channel.quiet.len() {
        let at_ms = until_ms.unwrap_or(view.now_ms);
        let end = channel.quiet.iter().filter_map(|quiet| view.quiet_until(at_ms, quiet.from, quiet.to)).max();
        match end {
            Some(end) => until_ms = Some(end),
            None => break,
        }
    }
    until_ms
}

impl Turn<'_, '_> {
    /// Decides a request now; what the play waits for, if it is held.
    pub fn decide(&mut self, place: usize, request: Request) -> Option<Waiting> {
        let (message, channel) = self.program.messages[request.message as usize];
        let outcome = match channel.filter(|_| !message.transactional) {
            None => SendOutcome::Sent,
            Some(channel) if !self.may_send(channel) => SendOutcome::NoConsent,
            Some(channel) => match quiet_until(self.view(place), request.message) {
                Some(until_ms) => SendOutcome::Held { until_ms },
                None if self.is_capped(channel) => SendOutcome::Capped,
                None => SendOutcome::Sent,
            },
        };
        self.report(place, &request, outcome);
        match outcome {
            SendOutcome::Held { until_ms } => {
                let zone = Arc::clone(self.view_of_contact().zone());
                return Some(Waiting::Held(Box::new(Held { request, zone, until_ms })));
            }
            SendOutcome::Sent => self.send(place, &request),
            SendOutcome::Capped | SendOutcome::NoConsent | SendOutcome::Dropped => {}
        }
        None
    }

    fn may_send(&self, channel: Id) -> bool {
        let Some(flag) = &self.program.channels[channel as usize].needs else { return true };
        let flag = self.program.attribute_ids.get(flag.as_str()).and_then(|at| self.rest.attributes.get(*at as usize));
        flag == Some(&Some(Kept::Flag(true))) && !self.rest.closed.contains(&channel)
    }

    fn is_capped(&self, channel: Id) -> bool {
        let counts = |sending: &&Sending| {
            let (message, by) = self.program.messages[sending.message as usize];
            by == Some(channel) && !message.transactional
        };
        let counted = |within_ms: i64| {
            let begin_ms = self.now_ms.saturating_sub(within_ms);
            self.rest.sendings.iter().rev().take_while(|sending| sending.time_ms > begin_ms).filter(counts).count()
        };
        let caps = &self.program.channels[channel as usize].caps;
        caps.iter().any(|cap| counted(cap.within_ms) >= usize::try_from(cap.count).unwrap_or(usize::MAX))
    }

    fn send(&mut self, place: usize, request: &Request) {
        let run = self.owner(place);
        let sending = Sending { time_ms: self.now_ms, message: request.message, request: request.key.clone(), run };
        if let Some(journal) = &mut self.journal {
            journal.sending(self.contact, &sending);
        }
        self.forget_sendings();
        self.rest.sendings.push(sending);
        let Some(sent) = self.program.sent else { return };
        let name = self.program.messages[request.message as usize].0.name.as_str();
        let property = |slot: &&str| match *slot {
            "message" => Some(Kept::Text(name.into())),
            "request" => Some(Kept::Text(request.key.clone())),
            _ => None,
        };
        let properties = self.program.events[sent as usize].slots.iter().map(property).collect();
        self.echoes.push_back(Echo { event: sent, properties, from: place, is_owned: true });
    }

    /// Without runs of keys nobody asks who sent a message: what is older than every cap is not asked for any more.
    fn forget_sendings(&mut self) {
        let sendings = &mut self.rest.sendings;
        if !self.program.is_keyed && !self.program.is_whole && sendings.len() >= 16 && sendings.len() == sendings.capacity() {
            let longest = self.program.channels.iter().flat_map(|channel| &channel.caps).map(|cap| cap.within_ms).max();
            let begin_ms = self.now_ms.saturating_sub(longest.unwrap_or(0));
            sendings.retain(|sending| sending.time_ms > begin_ms);
        }
    }

    /// Reports what became of a request.
    pub fn report(&mut self, place: usize, request: &Request, outcome: SendOutcome) {
        let program = self.program;
        let step = &program.steps[request.step as usize];
        let (message, _) = program.messages[request.message as usize];
        let (key, arguments) = (request.key.clone(), Arc::clone(&request.arguments));
        self.emit(place, Some(cause(step)), Told::Send { step: step.step, message, request: key, arguments, outcome });
    }
}
