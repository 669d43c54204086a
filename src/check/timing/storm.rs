//! F410: coming in again and again by timers alone.
//!
//! Found where somebody who never reacts leaves (or is at the end, or starts anew) and is in again, round and round, in more
//! than no time and without a message. With a message it is F404, in no time F402.

use super::{super::context::Context, laps::Class, telling::Telling};
use crate::diag::{Claim, Code, Diagnostics};

pub const CODE: Code = Code::error("F410", "people leave and come in again for ever, by timers alone");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::Storm) {
        let telling = Telling::new(context, verdict);
        let message = format!("somebody who never reacts starts here anew {}, for ever", telling.every());
        let finding = telling.finding(CODE, message, "on a lap of coming in again that timers alone drive", "on the lap");
        let claims: Vec<Claim> =
            verdict.stages.iter().take(1).map(|stage| Claim::Enters { stage: context.stage_named(*stage), times: 3 }).collect();
        found.push(
            finding
                .plots(telling.plots(&claims, 3))
                .note(format!("one lap takes {}; each one counts as a new run in every report, though nobody came", telling.period()))
                .help("say `reentry never`, or let the door from outside need an event"),
        );
    }
}
