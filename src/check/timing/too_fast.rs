//! F403: a lap with a message that is shorter than a day.
//!
//! Found where somebody who does nothing, or whose mailbox opens and clicks everything at once, comes round to where they
//! were in less than `lap_ms_min` (24 hours unless the project says otherwise), and a message is asked for on the way.

use super::{super::context::Context, laps::Class, telling::Telling};
use crate::{
    diag::{Claim, Code, Diagnostics},
    units::Duration,
};

pub const CODE: Code = Code::error("F403", "a lap with a message that is too short");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for verdict in context.laps_of(Class::TooFast) {
        let telling = Telling::new(context, verdict);
        let often = if verdict.lap.ms == 0 { "again and again at one instant".to_owned() } else { telling.every() };
        let message = format!("whoever does nothing gets {} {often}", telling.messages());
        let mut finding = telling.finding(CODE, message, "on a lap that our own timers and messages drive", "");
        let mut spans: Vec<_> = verdict.sends.iter().map(|(_, span)| *span).collect();
        spans.sort_unstable();
        spans.dedup();
        for span in spans.into_iter().take(4) {
            finding = finding.label(span, "sent on every lap");
        }
        let least = Duration::from_milliseconds(context.settings.lap_ms_min);
        let takes = if verdict.lap.ms == 0 { "takes no time".to_owned() } else { format!("takes {}", telling.period()) };
        finding = finding.note(format!("one lap {takes} and sends {}; less than {least} is too short", telling.how_many()));
        if telling.is_cascade() {
            finding = finding.note(telling.at_run_time());
        }
        if verdict.lap.capped {
            finding = finding.note("a cap of the channel skips some of them; the lap goes on all the same");
        }
        let claim = if telling.is_cascade() { Claim::Cascade } else { Claim::Sends { messages: telling.sent(2), after: None } };
        finding = finding.plots(telling.plots(&[claim], 3));
        let reacts = verdict.lap.lap.iter().filter_map(|it| super::laps::event_of(&it.what)).any(|id| {
            let event = &context.model.events[id];
            event.about_message && event.name.text != "sent"
        });
        if reacts {
            finding = finding.note("a security scanner opens and clicks every message the moment it comes: no human is needed for this");
        }
        found.push(finding.help(format!(
            "let the lap take {least} or more, bound it with `visits at most 3`, or let it need something that only a person does"
        )));
    }
}
