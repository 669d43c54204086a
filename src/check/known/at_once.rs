//! F312: somebody can leave a stage at the instant of entry, before its nurtures do anything.

use super::{
    super::{context::Context, needs::is_opt_out, plot::Visit, words::Words},
    beaten,
    fate::{Clause, Fate},
    silence, unheard,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot},
    logic::{Answer, Moment, Question},
    model::{Condition, StageId},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F312", "somebody can leave at the instant of entry");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut said: BTreeSet<Span> = BTreeSet::new();
    for stage in context.reached_stages() {
        let it = &context.model.stages[stage];
        if it.nurtures.is_empty() || it.is_final || beaten::passes_through(context, stage).is_some() {
            continue;
        }
        let quiet: BTreeSet<Span> = silence::of_stage(context, stage).into_iter().map(|(clause, ..)| clause.span).collect();
        for clause in context.states_in(stage) {
            let Some(when) = clause.when.filter(|_| !quiet.contains(&clause.span)) else { continue };
            if context.fate(clause) == Fate::Open
                && !is_opt_out(context.model, when)
                && context.facts.can_hold(&unheard::on_arrival(context, stage, when), when)
                && said.insert(clause.span)
            {
                found.push(finding(context, stage, clause, when));
            }
        }
    }
}

fn finding(context: &Context<'_>, stage: StageId, clause: Clause<'_>, when: &Condition) -> Diagnostic {
    let name = context.name(stage);
    let where_to = clause.to.map_or_else(|| "out".to_owned(), |to| format!("on to {}", context.name(to)));
    let message = format!("somebody can go {where_to} the instant they come to {name}, before its nurtures have done anything");
    let mut finding = Diagnostic::new(CODE, clause.span, message).at("can be open on arrival");
    for nurture in context.model.stages[stage].nurtures.iter().take(2) {
        finding = finding.label(nurture.name_span, "not begun, or cut off at once");
    }
    if let Some(profile) = profile(context, stage, when) {
        finding = finding.note(format!("for example {profile} on arrival"));
    }
    finding = finding.note("what opens without an event is tried on arrival, before nurtures take their first step");
    finding = finding.plots(plots(context, stage, clause.to, when));
    finding.help(format!("let it open by an event, or after some time; or keep these people out of {name} at its doors"))
}

/// Somebody comes, by any door, and goes on at once.
fn plots(context: &Context<'_>, stage: StageId, to: Option<StageId>, when: &Condition) -> Vec<Plot> {
    let claim = Claim::PassesAtOnce { stage: context.stage_named(stage), to: to.map(|to| context.stage_named(to)) };
    let paths = context.paths_to(stage).into_iter();
    paths.flat_map(|path| context.plots_with(&path, &[Visit::of(stage).holds(when)], [claim.clone()])).collect()
}

/// Somebody for whom it is so, in the words of the language.
fn profile(context: &Context<'_>, stage: StageId, when: &Condition) -> Option<String> {
    let solver = context.facts.solver();
    let words = Words { solver, model: context.model };
    unheard::on_arrival(context, stage, when).iter().find_map(|known| {
        let told = context.facts.told(known, when);
        let question =
            told.iter().fold(Question::new().holds(when).at(Moment::Quiet), |it, (var, fact)| it.fact(*var, fact.values.clone()));
        match solver.decide(&question) {
            Answer::Possible(witness) => Some(words.sample(&witness)).filter(|it| !it.is_empty()),
            Answer::Impossible(_) => None,
        }
    })
}
