//! F703: messages on a channel that asks for no consent.
//!
//! Fires once per channel, at its name, where the channel needs no flag, a reached stage sends a message by it that is not
//! transactional, and the channel comes to people ([`touch`](super::touch)): a site or an app speaks to those alone who
//! have come to it, and needs nobody's leave. Definite: nothing but the file is asked.

use super::{
    super::context::{Context, listed},
    touch::comes_to_people,
};
use crate::diag::{Code, Diagnostic, Diagnostics};

pub const CODE: Code = Code::warning("F703", "messages on a channel that asks for no consent");

const HELP: &str = "give the contact a flag (`consent: flag = no`) and the channel a line `needs consent`; \
    a message that people wait for, as a receipt, is `{ transactional }`";

/// How many messages are named.
const NAMED_MAX: usize = 3;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for (id, channel) in context.model.channels.iter() {
        let Some(place) = channel.name.span.filter(|_| channel.needs.is_none() && comes_to_people(context.model, id)) else { continue };
        let sent = context.sent_by(id);
        let Some((first, _)) = sent.first() else { continue };
        let mut names: Vec<String> = sent.iter().map(|(_, message)| format!("`{}`", message.name.text)).collect();
        if names.len() > NAMED_MAX {
            let more = names.len() - NAMED_MAX;
            names.truncate(NAMED_MAX);
            names.push(format!("{more} more"));
        }
        let name = &channel.name.text;
        let verb = if sent.len() == 1 { "goes" } else { "go" };
        let message = format!("{} {verb} out by `{name}`, which asks nobody for consent", listed(&names, "and"));
        found.push(
            Diagnostic::new(CODE, place, message)
                .at("has no `needs`")
                .label(*first, "sent here, to everybody")
                .note("whoever never agreed gets these messages, and there is no flag that an opt-out or a complaint could take back")
                .help(HELP),
        );
    }
}
