//! F608: quiet hours that leave no time.
//!
//! Fires at the name of a channel whose quiet hours, all of them together, cover each minute of the day; hours from a time
//! to the same time last a whole day. One minute that is left keeps it silent. Definite.

use super::super::context::Context;
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{ChannelId, QuietHours},
};

pub const CODE: Code = Code::error("F608", "quiet hours that leave no time to send");

const DAY_MIN: usize = 24 * 60;

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

/// Whether each minute of a day is in one of these hours.
fn cover_the_day(list: &[QuietHours]) -> bool {
    let minute = |clock: crate::units::Clock| usize::from(clock.hour) * 60 + usize::from(clock.minute);
    let inside = |at: usize| {
        list.iter().any(|it| match (minute(it.from), minute(it.to)) {
            (from, to) if from < to => (from..to).contains(&at),
            (from, to) => at >= from || at < to,
        })
    };
    (0..DAY_MIN).all(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        let clock = |text: &str| text.parse().expect("a clock time");
        QuietHours { from: clock(from), to: clock(to) }
    }

    #[test]
    fn a_day_is_covered_to_the_minute() {
        assert!(cover_the_day(&[hours("09:00", "09:00")]));
        assert!(cover_the_day(&[hours("21:00", "08:00"), hours("07:00", "21:00")]));
        assert!(!cover_the_day(&[hours("21:00", "08:00"), hours("08:00", "20:59")]));
        assert!(!cover_the_day(&[hours("00:00", "23:59")]));
        assert!(!cover_the_day(&[]));
    }
}
