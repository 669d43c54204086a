//! F801: funnels that write one attribute against each other.
//!
//! Found where somebody who never reacts goes round for ever, because one funnel sets an attribute and another one, moved by
//! that, sets it back. In no time it is F802; inside one funnel it is F409.

use super::super::{
    context::Context,
    timing::{Telling, laps::Class},
};
use crate::diag::{Claim, Code, Diagnostics};

pub const CODE: Code = Code::warning("F801", "funnels that write one attribute against each other");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::Rivals) {
        let telling = Telling::new(context, verdict);
        let toggled = telling.toggled();
        let Some((name, spans)) = toggled.first() else { continue };
        let message = format!("two funnels set {name} against each other, {}, for ever", telling.every());
        let mut finding = telling.finding(CODE, message, "on a lap that the funnels drive between them", "on the lap");
        for span in spans.iter().take(4) {
            finding = finding.label(*span, "undone by the other funnel");
        }
        found.push(
            finding
                .note(format!("one lap takes {}: {}", telling.period(), telling.round()))
                .plots(telling.plots(&[Claim::Alternates { attribute: name.trim_matches('`').into(), times: 4 }], 3))
                .help(format!("let one funnel alone set {name}, or let the other one not ask for it")),
        );
    }
}
