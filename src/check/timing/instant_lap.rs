//! F401: a lap of stages that takes no time and needs no event.
//!
//! Found where somebody who enters a stage moves on by doors that are open at that instant, and would enter a stage a second
//! time; plays may run on the way, but nothing that they record or set, and no leaving, is needed.

use super::{super::context::Context, laps::Class, telling::Telling};
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F401", "a lap that takes no time and needs no event");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::Doors) {
        let telling = Telling::new(context, verdict);
        let message = format!("people go round and round in no time: {}", telling.round());
        let finding = telling.finding(CODE, message, "on a lap that never rests", "opens at once: it needs no event and no time");
        let sends = match verdict.sends.len() {
            0 => "no message goes out on it".to_owned(),
            _ => format!("{} go out on it", telling.how_many()),
        };
        found.push(
            finding
                .plots(telling.plots(&[telling.cut_off()], 1))
                .note(format!("one lap takes no time and needs no event; {sends}"))
                .note(telling.at_run_time())
                .help("let one of these doors wait (`after 1 day`) or need an event, or make their conditions exclude each other"),
        );
    }
}
