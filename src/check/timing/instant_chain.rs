//! F402: a lap of no time that one funnel closes by what it does itself.
//!
//! Found where somebody who enters a stage, or whose play begins, comes round to it in the same instant, by what a play
//! records or sets on the way, or by leaving and coming in again. Laps that lean on our own messages are F403, those of
//! several funnels F802.

use super::{super::context::Context, laps::Class, telling::Telling};
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F402", "a funnel that drives itself round in no time");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::Ours) {
        let telling = Telling::new(context, verdict);
        let message = format!("this funnel drives people round in no time: {}", telling.round());
        let finding = telling.finding(CODE, message, "on a lap that never rests", "follows at once");
        let help = if telling.leaves() {
            "let people come in again only later (`reentry 30 days after leaving`), or let the door from outside need an event"
        } else if telling.starts_anew() {
            "take the stage out of `reentry restart from`, or let the door from outside need an event from outside"
        } else {
            "put a wait before what closes the lap, or let one of these doors need an event from outside"
        };
        let finding = finding.plots(telling.plots(&[telling.cut_off()], 1));
        found.push(finding.note(format!("one lap takes no time, and sends {}", telling.how_many())).note(telling.at_run_time()).help(help));
    }
}
