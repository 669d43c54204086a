//! F409: two writes that undo each other in turn.
//!
//! Found where somebody who never reacts comes round to where they were, for ever, and one attribute is set to different
//! values on the way. By several funnels it is F801; with a message on the lap, that lap is F403 or F404.

use super::{super::context::Context, laps::Class, telling::Telling};
use crate::diag::{Claim, Code, Diagnostics};

pub const CODE: Code = Code::warning("F409", "two writes that undo each other in turn");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::Undoing) {
        let telling = Telling::new(context, verdict);
        let toggled = telling.toggled();
        let Some((name, spans)) = toggled.first() else { continue };
        let message = format!("{name} is set to and fro {}, for ever", telling.every());
        let mut finding = telling.finding(CODE, message, "on a lap that timers alone drive", "on the lap");
        for span in spans.iter().take(4) {
            finding = finding.label(*span, "undone later on the lap");
        }
        found.push(
            finding
                .note(format!(
                    "one lap takes {}; at its end {name} is what it was, and whoever reads it sees it change for no reason",
                    telling.period()
                ))
                .plots(telling.plots(&[Claim::Alternates { attribute: name.trim_matches('`').into(), times: 4 }], 3))
                .help("leave one of the writes out, or end the lap with `visits at most 3` or a door that needs an event"),
        );
    }
}
