//! F315: a way on that nobody can take, because at that instant an earlier clause always wins.

use super::{
    super::{
        context::{Context, listed},
        plot::Visit,
    },
    fate::{Clause, Fate},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot},
    graph::Step,
    logic::Question,
    model::{Condition, StageId},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F315", "a way on that an earlier clause always wins against");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for stage in context.reached_stages() {
        match passes_through(context, stage) {
            Some(cover) => {
                let lost = lost(context, stage, &cover);
                if let Some(first) = lost.first() {
                    found.push(nobody_stays(context, stage, *first, &lost, &cover));
                }
            }
            None => {
                for (clause, cover) in beaten(context, stage) {
                    found.push(always_beaten(context, stage, clause, &cover));
                }
            }
        }
    }
}

/// The ways on that this check speaks of; what doors alone cover would otherwise be told a second time.
pub fn told(context: &Context<'_>) -> BTreeSet<Span> {
    let mut told = BTreeSet::new();
    for stage in context.reached_stages() {
        match passes_through(context, stage) {
            Some(cover) => told.extend(lost(context, stage, &cover).iter().map(|clause| clause.span)),
            None => told.extend(beaten(context, stage).iter().map(|(clause, _)| clause.span)),
        }
    }
    told
}

/// The ways on from a stage that always lose, each with what wins.
fn beaten<'m>(context: &Context<'m>, stage: StageId) -> Vec<(Clause<'m>, Vec<Clause<'m>>)> {
    let here_alone = |clause: Clause<'m>| context.before(clause) == [stage];
    let clauses = context.tried_in(stage).into_iter().filter(|clause| here_alone(*clause));
    clauses.filter_map(|clause| Some((clause, winners(context, stage, clause)?))).collect()
}

/// The clauses that let everybody go on from a stage the instant they come there, if they do so together.
pub fn passes_through<'m>(context: &Context<'m>, stage: StageId) -> Option<Vec<Clause<'m>>> {
    let open: Vec<&Condition> = context.facts.nobody_stays(stage)?;
    let is_open = |clause: &Clause<'_>| clause.when.is_some_and(|when| open.iter().any(|it| it.span == when.span));
    Some(context.tried_in(stage).into_iter().filter(is_open).collect())
}

/// The ways on that lead from this stage alone and that nobody can take since nobody stays.
fn lost<'m>(context: &Context<'m>, stage: StageId, cover: &[Clause<'m>]) -> Vec<Clause<'m>> {
    let others = context.tried_in(stage).into_iter().filter(|clause| !cover.iter().any(|it| it.span == clause.span));
    others
        .filter(|clause| {
            // A `leave` of the whole funnel stands before no one stage.
            let here_alone = context.before(*clause) == [stage];
            let at_once = clause.after.is_none() && clause.when.is_some_and(|when| context.facts.is_state(when));
            here_alone && !at_once && context.fate(*clause) == Fate::Open
        })
        .collect()
}

fn nobody_stays(context: &Context<'_>, stage: StageId, first: Clause<'_>, lost: &[Clause<'_>], cover: &[Clause<'_>]) -> Diagnostic {
    let name = context.name(stage);
    let quotes: Vec<String> = cover.iter().map(|it| context.quote(it.span)).collect();
    let message = format!("nobody can take this way on: everybody goes on from {name} the instant they come there");
    let mut finding = Diagnostic::new(CODE, first.span, message).at("never taken");
    for clause in lost.iter().skip(1).take(4) {
        finding = finding.label(clause.span, "nor this");
    }
    for clause in cover.iter().take(4) {
        finding = finding.label(clause.span, "open on arrival");
    }
    let together = if cover.len() > 1 { " together" } else { "" };
    finding
        .note(format!("whoever comes to {name} fulfils {}{together}, and is gone before anything else can happen", listed(&quotes, "or")))
        .shown_by(cover.iter().flat_map(|it| goes_on(context, stage, *it, it.when)))
        .help("let that open later (`after …`) or by an event, or take this way out")
}

/// Somebody comes to a stage, and goes on by a clause when something holds.
fn goes_on(context: &Context<'_>, stage: StageId, by: Clause<'_>, when: Option<&Condition>) -> Vec<Plot> {
    let (Some(step), Some(to)) = (context.step_by(stage, by.span), by.to) else { return Vec::new() };
    let claim = Claim::Enters { stage: context.stage_named(to), times: 1 };
    let visit = when.into_iter().fold(Visit::of(to), Visit::holds);
    let with = |mut path: Vec<Step>| {
        path.push(step);
        context.plots_with(&path, std::slice::from_ref(&visit), [claim.clone()])
    };
    context.paths_to(stage).into_iter().flat_map(with).collect()
}

/// The clauses before this one that always win against it, by what is known.
fn winners<'m>(context: &Context<'m>, stage: StageId, clause: Clause<'m>) -> Option<Vec<Clause<'m>>> {
    let when = clause.when.filter(|_| clause.after.is_none() && context.fate(clause) == Fate::Open)?;
    let clauses = context.tried_in(stage);
    let before = clauses.iter().take_while(|it| it.span != clause.span);
    let always_lets_in = |it: Clause<'m>| it.to.is_none_or(|to| context.model.stages[to].visits_at_most.is_none());
    let may_win: Vec<Clause<'m>> = before
        .filter(|it| it.after.is_none() && always_lets_in(**it) && it.when.is_some_and(|when| context.facts.is_state(when)))
        .copied()
        .collect();
    let conditions: Vec<&Condition> = may_win.iter().filter_map(|it| it.when).collect();
    if conditions.is_empty() || !context.facts.is_beaten(stage, when, &conditions) {
        return None;
    }
    // Where the words alone say so, that is another finding.
    let question = conditions.iter().copied().fold(Question::new().holds(when), Question::fails);
    if !context.facts.solver().can_be(&question) {
        return None;
    }
    let needed: BTreeSet<Span> = conditions
        .iter()
        .filter(|it| {
            let others: Vec<&Condition> = conditions.iter().copied().filter(|other| other.span != it.span).collect();
            !context.facts.is_beaten(stage, when, &others)
        })
        .map(|it| it.span)
        .collect();
    let cover: Vec<Clause<'m>> = may_win.iter().filter(|it| it.when.is_some_and(|when| needed.contains(&when.span))).copied().collect();
    Some(if cover.is_empty() { may_win.into_iter().take(1).collect() } else { cover })
}

fn always_beaten(context: &Context<'_>, stage: StageId, clause: Clause<'_>, cover: &[Clause<'_>]) -> Diagnostic {
    let quotes: Vec<String> = cover.iter().map(|it| context.quote(it.span)).collect();
    let message = format!("nobody can take this way on: whenever it opens, {} is open too and comes first", listed(&quotes, "or"));
    let mut finding = Diagnostic::new(CODE, clause.span, message).at("never taken");
    for earlier in cover.iter().take(4) {
        finding = finding.label(earlier.span, "always wins");
    }
    finding
        .note(format!("with what is known of everybody in {}, the earlier clause holds whenever this one does", context.name(stage)))
        .shown_by(cover.iter().flat_map(|it| goes_on(context, stage, *it, clause.when)))
        .help("put this way before the other in the file, or take it out")
}
