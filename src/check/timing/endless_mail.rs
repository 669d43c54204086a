//! F404: a lap with a send that timers alone drive, for ever.
//!
//! Found where somebody who never reacts comes round to where they were, twice in the same way, after `lap_ms_min` or more,
//! with a message on the way; where no `visits at most`, no counter, no deadline of the funnel and no date ends it.

use super::{super::context::Context, laps::Class, stuck_counter::stuck, telling::Telling};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Edit, Fix},
    model::StageId,
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F404", "somebody who never reacts is written to for ever");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let stuck: BTreeSet<StageId> = stuck(context).into_iter().flat_map(|stuck| stuck.round).collect();
    // Where a counter was to end it and does not, that is the finding.
    for verdict in context.laps_of(Class::Endless).filter(|verdict| !verdict.stages.iter().any(|stage| stuck.contains(stage))) {
        let telling = Telling::new(context, verdict);
        let message = format!("somebody who never reacts gets {} {}, for ever", telling.messages(), telling.every());
        let mut finding = telling.finding(CODE, message, "on a lap that timers alone drive", "");
        let mut spans: Vec<_> = verdict.sends.iter().map(|(_, span)| *span).collect();
        spans.sort_unstable();
        spans.dedup();
        for span in spans.into_iter().take(4) {
            finding = finding.label(span, "sent on every lap");
        }
        finding = finding.note(format!("one lap takes {} and sends {}; nothing ever ends it", telling.period(), telling.how_many()));
        let messages = telling.sent(3);
        finding = finding.plots(telling.plots(&[Claim::Sends { messages, after: None }], 3));
        let name = context.name(telling.named());
        found.push(if telling.starts_anew() {
            finding.help(format!("take {name} out of `reentry restart from`, or let the door from outside need an event"))
        } else if telling.leaves() {
            finding.help("say `reentry never`, or let the door from outside need an event")
        } else if telling.stays() {
            finding.help("let the play need an event from outside, or record what starts it at most so often")
        } else {
            bounded(context, telling.named(), finding)
                .help(format!("bound it with `visits at most 3` in {name}, or let one of its doors need an event"))
        });
    }
}

/// Offers `visits at most 3` behind the last door of the stage.
fn bounded(context: &Context<'_>, stage: StageId, mut finding: Diagnostic) -> Diagnostic {
    let Some(door) = context.model.stages[stage].doors.last() else { return finding };
    let text = context.sources.file(door.span.file).text();
    let line = text.get(..door.span.start as usize).unwrap_or("");
    let line = line.rsplit('\n').next().unwrap_or("");
    if line.chars().all(char::is_whitespace) {
        let span = Span::empty(door.span.file, door.span.end);
        let edit = Edit { span, text: format!("\n{line}visits at most 3") };
        finding.fix = Some(Fix { title: "write `visits at most 3`".to_owned(), edits: vec![edit], safe: false });
    }
    finding
}
