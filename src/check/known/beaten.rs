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
    graph::{EdgeId, Step, Way},
    logic::{Question, Var},
    model::{Condition, StageId},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F315", "a way on that an earlier clause always wins against");

/// With so many earlier clauses that ask for the same things a clause is compared, and with so many others.
const COMPARED_MAX: usize = 12;

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
    if !may_lose(context, stage) {
        return Vec::new();
    }
    // What comes before a clause, and may win.
    let mut may_win: Vec<(Clause<'m>, BTreeSet<Var>)> = Vec::new();
    let mut beaten = Vec::new();
    for clause in context.tried_in(stage) {
        let asked = asked(context, clause);
        if !may_win.is_empty() && context.is_before_alone(stage, clause) {
            let (related, others): (Vec<_>, Vec<_>) = may_win.iter().partition(|(_, its)| !asked.is_disjoint(its));
            let few = related.iter().take(COMPARED_MAX).chain(others.iter().take(COMPARED_MAX));
            let mut compared: Vec<Clause<'m>> = few.map(|it| it.0).collect();
            compared.sort_by_key(|it| may_win.iter().position(|(other, _)| other.span == it.span));
            beaten.extend(winners(context, stage, clause, &compared).map(|cover| (clause, cover)));
        }
        let always_lets_in = clause.to.is_none_or(|to| context.model.stages[to].visits_at_most.is_none());
        let state = || clause.when.is_some_and(|when| context.facts.is_state(when));
        if clause.after.is_none() && always_lets_in && state() {
            may_win.push((clause, asked));
        }
    }
    beaten
}

/// What a clause asks for.
fn asked(context: &Context<'_>, clause: Clause<'_>) -> BTreeSet<Var> {
    let mut asked = BTreeSet::new();
    clause.when.iter().for_each(|when| context.facts.each_asked(when, &mut |var| _ = asked.insert(var)));
    asked
}

/// Whether some way leads on from this stage alone: where many doors lead on from anywhere, this is asked first.
fn may_lose(context: &Context<'_>, stage: StageId) -> bool {
    let it = &context.model.stages[stage];
    let own = |id: &EdgeId| matches!(context.graph.edge(*id).way, Way::Door(_));
    let others = context.model.funnels[it.funnel].stages.iter().filter(|id| **id != stage && !context.model.stages[**id].is_final);
    it.leaves.iter().any(|leave| leave.when.is_some())
        || context.graph.leaving(context.graph.stage(stage)).iter().any(own)
        || others.filter(|id| context.facts.is_reached(**id)).nth(1).is_none()
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
            let here_alone = context.is_before_alone(stage, *clause);
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

/// Those of the clauses before this one that always win against it, by what is known.
fn winners<'m>(context: &Context<'m>, stage: StageId, clause: Clause<'m>, may_win: &[Clause<'m>]) -> Option<Vec<Clause<'m>>> {
    let when = clause.when.filter(|_| clause.after.is_none() && context.fate(clause) == Fate::Open)?;
    let conditions: Vec<&Condition> = may_win.iter().filter_map(|it| it.when).collect();
    if !context.facts.is_beaten(stage, when, &conditions) {
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
    Some(if cover.is_empty() { may_win.iter().copied().take(1).collect() } else { cover })
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
