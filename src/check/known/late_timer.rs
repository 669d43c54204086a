//! F601: a timer that can never fire before the contact is gone.

use super::{
    super::context::Context,
    fate::{Clause, Fate},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    model::{Door, StageId, Step, StepKind, Wait},
    source::Span,
    units::Duration,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F601", "a timer that never fires before everybody is gone");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    // Where the words of a door above are enough, that is another finding.
    let is_shadowed = |door: &Door| context.shadowed().contains_key(&door.span);
    for (id, stage) in context.model.stages.iter() {
        let late = stage.doors.iter().filter(|door| context.fate(Clause::door(id, door)) == Fate::TooLate);
        late.filter(|door| !is_shadowed(door)).for_each(|door| clause(context, Clause::door(id, door), "door", found));
        stage.leaves.iter().for_each(|leave| clause(context, Clause::leave(Some(id), leave), "way out", found));
    }
    let mut said: BTreeSet<Span> = BTreeSet::new();
    for id in context.reached_stages() {
        for nurture in &context.model.stages[id].nurtures {
            Step::each(&nurture.steps, &mut |step| {
                if let Some(finding) = wait(context, id, step).filter(|_| said.insert(step.span)) {
                    found.push(finding);
                }
            });
        }
    }
}

fn clause(context: &Context<'_>, clause: Clause<'_>, what: &str, found: &mut Diagnostics) {
    if context.fate(clause) != Fate::TooLate {
        return;
    }
    let (Some(after), Some(stage)) = (clause.after, context.before(clause).next()) else { return };
    let Some((ms, by)) = context.facts.gone_by(stage) else { return };
    let name = context.name(stage);
    let message = format!("this {what} never opens: everybody is gone from {name} after {}", duration(ms));
    let mut finding = Diagnostic::new(CODE, after.span, message).at(format!("{} are never up here", duration(after.delay_ms)));
    finding = table(context, finding, stage, (ms, by), after.delay_ms, "this would open");
    if after.delay_ms == ms {
        finding = finding.note("at one instant ways out come before doors, and doors in the order of the file");
    }
    if let Some(to) = clause.to.filter(|to| !context.facts.is_reached(*to)) {
        finding = finding.note(format!("so nobody ever comes to {}", context.name(to)));
    }
    found.push(finding.help(format!("let this open sooner, or let people stay longer in {name}")));
}

fn wait(context: &Context<'_>, stage: StageId, step: &Step) -> Option<Diagnostic> {
    let StepKind::Wait(wait) = &step.kind else { return None };
    let (ms, what) = match wait {
        Wait::For { ms } => (*ms, "this wait is never over"),
        Wait::CalendarDays { days } => (i64::from(*days).checked_mul(86_400_000)?, "this wait is never over"),
        // The time-out matters where something stands behind it.
        Wait::Arms { up_to_ms, otherwise, .. } if !otherwise.is_empty() => {
            (*up_to_ms, "nobody waits here in vain, so `otherwise` is never done")
        }
        Wait::Arms { .. } | Wait::Until { .. } | Wait::Clock { .. } | Wait::Instant { .. } => return None,
    };
    let site = context.facts.sites().timers.get(&step.span)?;
    let (gone, by) = context.facts.gone_by(stage)?;
    let begun = site.known.iter().map(|known| known.elapsed.0).min()?;
    if site.holds || begun.saturating_add(ms) < gone {
        return None;
    }
    let name = context.name(stage);
    let message = format!("{what}: everybody is gone from {name} after {}", duration(gone));
    let finding = Diagnostic::new(CODE, step.span, message).at("never over before that");
    let finding = table(context, finding, stage, (gone, by), begun.saturating_add(ms), "this wait would be over, at the earliest");
    Some(finding.help(format!("wait for less, or let people stay longer in {name}")))
}

/// The clock of a stage, a line an instant.
fn table(context: &Context<'_>, finding: Diagnostic, stage: StageId, (ms, by): (i64, Span), timer_ms: i64, what: &str) -> Diagnostic {
    let plots = match context.step_by(stage, by) {
        Some(step) => {
            let claim = match context.graph.stage_of(context.graph.edge(step.edge).to) {
                Some(to) => Claim::Enters { stage: context.stage_named(to), times: 1 },
                None => Claim::Passes { stages: vec![context.stage_named(stage)] },
            };
            let mut path = context.path_to(stage);
            path.push(step);
            context.plots(&path, &[], [claim])
        }
        None => Vec::new(),
    };
    finding
        .shown_by(plots)
        .label(by, "by then everybody is gone")
        .note(format!("at the beginning: comes to {}", context.name(stage)))
        .note(format!("{} later: is gone, {}", duration(ms), context.quote(by)))
        .note(format!("{} later: {what}", duration(timer_ms)))
}

fn duration(ms: i64) -> String {
    Duration::from_milliseconds(ms).to_string()
}
