//! F608: quiet hours that leave no time.
//!
//! Fires at the name of a channel whose quiet hours, all of them together, cover each minute of the day; hours from a time
//! to the same time last a whole day. One minute that is left keeps it silent. Definite.

use super::{super::context::Context, quiet::cover_the_day};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::ChannelId,
};

pub const CODE: Code = Code::error("F608", "quiet hours that leave no time to send");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for (id, channel) in context.model.channels.iter() {
        let Some(place) = channel.name.span.filter(|_| cover_the_day(&channel.quiet)) else { continue };
        let hours: Vec<String> = channel.quiet.iter().map(|it| format!("from {} to {}", it.from, it.to)).collect();
        let message = format!("quiet {} is the whole day: `{}` has no minute left to send in", hours.join(" and "), channel.name.text);
        let mut finding = Diagnostic::new(CODE, place, message).at("always quiet");
        for (span, message) in sent(context, id) {
            finding = finding.label(span, format!("`{message}` is held here, and never goes out"));
        }
        found.push(
            finding
                .note("a message in quiet hours waits for their end; these have none, so its play waits with it")
                .help("leave some hours open, for instance `quiet from 21:00 to 08:00`"),
        );
    }
}

fn sent(context: &Context<'_>, channel: ChannelId) -> Vec<(crate::source::Span, String)> {
    context.sent_by(channel).into_iter().take(3).map(|(span, message)| (span, message.name.text.to_string())).collect()
}
