//! F802: several funnels chase each other in no time.
//!
//! Found where what one funnel records or sets makes another one move or start a play, which makes the first one do the same
//! again, all in one instant. Inside one funnel it is F402.

use super::super::{
    context::Context,
    timing::{Telling, laps::Class},
};
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F802", "funnels that chase each other in no time");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::Across) {
        let telling = Telling::new(context, verdict);
        let message = format!("funnels chase each other in no time: {}", telling.round());
        let finding = telling.finding(CODE, message, "on a lap that never rests", "follows at once");
        found.push(
            finding
                .plots(telling.plots(&[telling.cut_off()], 1))
                .note(format!("one lap takes no time, and sends {}", telling.how_many()))
                .note(telling.at_run_time())
                .help("let one of these funnels wait before it answers the other, or let it need an event from outside"),
        );
    }
}
