//! F304: a clause or arm that could be true in itself, and never is with what is known on arrival.

use super::{
    super::{
        context::{Context, listed},
        timing::{off_by_one::missed, stuck_counter::stuck},
    },
    all_ways_dead, false_exits,
    fate::{Clause, Fate},
    places::{Arms, Places, Role},
    told::Told,
    trap_known,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    facts::Known,
    logic::{Moment, Question},
    model::{Condition, StageId},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F304", "a clause that what is known on arrival rules out");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    clauses(context, found);
    let places = Places::of(context.model);
    let mut said: BTreeSet<Span> = BTreeSet::new();
    let covered = covered(context, &places);
    for (condition, role) in &places.conditions {
        if matches!(role, Role::Clause { .. }) || covered.contains(&condition.span) {
            continue;
        }
        let Some(known) = ruled_out(context, condition) else { continue };
        let in_itself =
            Question::new().holds(condition).at(if *role == Role::Start || *role == Role::Wait { Moment::Any } else { Moment::Quiet });
        if context.facts.solver().can_be(&in_itself) && said.insert(condition.span) {
            found.push(finding(context, condition, role.never(), known).help(role.help_never()));
        }
    }
    for arms in places.arms.iter().filter(|it| it.is_if) {
        if let Some(finding) = behind_everybody(context, arms, &mut said) {
            found.push(finding);
        }
    }
}

/// What is known where a condition is asked and never holds.
fn ruled_out<'c>(context: &'c Context<'_>, when: &Condition) -> Option<&'c [Known]> {
    let site = context.facts.sites().conditions.get(&when.span)?;
    (site.is_reached() && !site.holds).then_some(site.known.as_slice())
}

/// Doors and ways out.
fn clauses(context: &Context<'_>, found: &mut Diagnostics) {
    let by_doors = all_ways_dead::doors(context).into_iter().chain(trap_known::exits(context)).chain(false_exits::exits(context));
    // A counter that does not get there is said where it is counted.
    let by_counters = stuck(context).into_iter().filter_map(|it| it.clause(context));
    let told_elsewhere: BTreeSet<Span> = by_doors.chain(by_counters).chain(missed(context).into_iter().flat_map(|it| it.shut)).collect();
    let mut report = |clause: Clause<'_>, what: &str| {
        if context.fate(clause) != Fate::DeadByFacts || told_elsewhere.contains(&clause.span) {
            return;
        }
        let site = context.facts.sites().clauses.get(&clause.span);
        let known = site.map_or(&[][..], |site| site.known.as_slice());
        let finding = match clause.when {
            Some(when) => finding(context, when, &format!("nobody ever gets through this {what}"), known),
            None => Diagnostic::new(
                CODE,
                clause.span,
                format!("nobody ever gets through this {what}: what is known of those who stand here rules it out"),
            ),
        };
        let finding = finding.help("ask for something else, or take the clause out");
        found.push(match clause.to {
            Some(to) => dies_with_it(context, to, finding),
            None => finding,
        });
    };
    for (id, stage) in context.model.stages.iter() {
        stage.doors.iter().for_each(|door| report(Clause::door(id, door), "door"));
        stage.leaves.iter().for_each(|leave| report(Clause::leave(Some(id), leave), "way out"));
    }
    for funnel in context.model.funnels.values() {
        funnel.leaves.iter().for_each(|leave| report(Clause::leave(None, leave), "way out"));
    }
}

/// Names the stage that nobody reaches because of it.
fn dies_with_it(context: &Context<'_>, to: StageId, finding: Diagnostic) -> Diagnostic {
    if context.facts.is_reached(to) {
        return finding;
    }
    finding.note(format!("so nobody ever comes to {}: no other door leads there", context.name(to)))
}

fn finding(context: &Context<'_>, when: &Condition, never: &str, known: &[Known]) -> Diagnostic {
    let told = Told::of(context, known, when, true);
    let finding = Diagnostic::new(CODE, when.span, format!("{never}: {}", told.sentence())).at("never so here");
    told.label(finding).note(format!("{} could be true of somebody, and is of nobody who gets to this place", context.quote(when.span)))
}

/// The branches that the branches before them leave nobody for, which is another finding.
fn covered(context: &Context<'_>, places: &Places<'_>) -> BTreeSet<Span> {
    let mut covered = BTreeSet::new();
    for arms in &places.arms {
        let mut before: Vec<&Condition> = Vec::new();
        for arm in &arms.conditions {
            let question = before.iter().copied().fold(Question::new().holds(arm), Question::fails);
            if !before.is_empty() && !context.facts.solver().can_be(&question) {
                covered.insert(arm.span);
            }
            before.push(arm);
        }
    }
    covered
}

/// A branch or `else` behind one that, with what is known here, everybody takes.
fn behind_everybody(context: &Context<'_>, arms: &Arms<'_>, said: &mut BTreeSet<Span>) -> Option<Diagnostic> {
    let sites = context.facts.sites();
    let mut before: Vec<&Condition> = Vec::new();
    for arm in &arms.conditions {
        let site = sites.conditions.get(&arm.span).filter(|site| site.is_reached());
        match site {
            Some(_) => before.push(arm),
            None => return behind(context, arm.span, "this branch is never taken", &before, said),
        }
    }
    let place = arms.otherwise?.first().map_or(arms.step.span, |step| step.span);
    let nobody = sites.elses.get(&arms.step.span).is_some_and(|site| !site.holds);
    if nobody { behind(context, place, "nobody gets to this `else`", &before, said) } else { None }
}

fn behind(context: &Context<'_>, place: Span, never: &str, before: &[&Condition], said: &mut BTreeSet<Span>) -> Option<Diagnostic> {
    let in_itself = before.iter().copied().fold(Question::new(), Question::fails);
    // Where nobody gets to the first of them either, that is said already.
    let last = before.last()?;
    if !context.facts.solver().can_be(&in_itself) || !said.insert(place) {
        return None;
    }
    let known = context.facts.sites().conditions.get(&last.span).map_or(&[][..], |site| site.known.as_slice());
    let told = Told::of(context, known, last, false);
    let taken: Vec<String> = before.iter().map(|it| context.quote(it.span)).collect();
    let message = format!("{never}: {}, so {} takes everybody", told.sentence(), listed(&taken, "or"));
    let finding = Diagnostic::new(CODE, place, message).at("never done").label(last.span, "taken by everybody who gets here");
    Some(
        told.label(finding)
            .note("in itself the condition could be false; what is known on the way here answers it")
            .help("take the branches apart: only one of them is ever needed here"),
    )
}
