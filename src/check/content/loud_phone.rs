//! F705: a phone channel without quiet hours.
//!
//! Fires once per channel, at its name, where the name says that it rings ([`touch`](super::touch)), the channel has no
//! `quiet`, and a reached stage sends a message by it that is not transactional. Definite; a name that says nothing is
//! silent.

use super::{
    super::context::Context,
    touch::{Touch, touch},
};
use crate::diag::{Code, Diagnostic, Diagnostics};

pub const CODE: Code = Code::warning("F705", "a phone channel without quiet hours");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for (id, channel) in context.model.channels.iter() {
        let Some(place) = channel.name.span.filter(|_| channel.quiet.is_empty() && touch(channel) == Touch::Phone) else { continue };
        let Some((first, message)) = context.sent_by(id).into_iter().next() else { continue };
        let message =
            format!("`{}` may make a phone ring in the middle of the night: `{}` has no quiet hours", message.name.text, channel.name.text);
        found.push(
            Diagnostic::new(CODE, place, message)
                .at("has no `quiet`")
                .label(first, "sent at whatever hour this step is reached")
                .note("a wait ends when it ends, and people do things at night: without quiet hours the message goes out at that minute")
                .help("add `quiet from 20:00 to 08:00`: a message in these hours of the contact's own clock waits for the morning"),
        );
    }
}
