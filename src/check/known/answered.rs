//! F512: a test that what is known already answers.

use super::{
    super::{context::Context, timing::stuck_counter::stuck},
    decided_time,
    places::{Arms, Places, Role},
    told::Told,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    facts::Known,
    logic::Question,
    model::{Condition, ConditionKind},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F512", "a test that what is known already answers");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for answered in all(context).into_iter().filter(|it| !decided_time::is_of_time(it.condition)) {
        let told = Told::of(context, &answered.site_known, answered.condition, false);
        let message = format!("{} always holds here: {}", context.quote(answered.condition.span), told.sentence());
        let finding = Diagnostic::new(CODE, answered.condition.span, message).at("always true here");
        found.push(told.label(finding).note("so this asks for nothing, and whoever reads it thinks that it does").help(answered.help()));
    }
}

/// A test that always holds where it is asked.
pub struct Answered<'m> {
    pub condition: &'m Condition,
    /// Whether it is a whole condition, and not a part.
    whole: Option<Role>,
    /// What is known there.
    pub site_known: Vec<Known>,
}

impl Answered<'_> {
    /// What to do.
    pub fn help(&self) -> &'static str {
        self.whole.map_or("take this part out, or ask for what you mean", Role::help_always)
    }
}

/// All tests that always hold where they are asked, and not in themselves.
pub fn all<'m>(context: &Context<'m>) -> Vec<Answered<'m>> {
    let mut said: BTreeSet<Span> = BTreeSet::new();
    let mut found = Vec::new();
    let places = Places::of(context.model);
    // That a counter never shuts a way is said where it is counted.
    let by_counters: Vec<Span> = stuck(context).into_iter().filter_map(|it| it.clause(context)).collect();
    for (condition, role) in places.conditions {
        if by_counters.iter().any(|clause| clause.contains(condition.span)) {
            continue;
        }
        if role == (Role::Branch { followed: false }) && places.arms.iter().any(|arms| lists_all(context, arms, condition)) {
            continue;
        }
        // Where other branches follow, those are what is wrong; where no time has to pass, everybody goes on at once.
        let whole = !matches!(role, Role::Branch { followed: true } | Role::Clause { delayed: false });
        match answered(context, condition, &[]).filter(|_| whole) {
            Some(known) if said.insert(condition.span) => found.push(Answered { condition, whole: Some(role), site_known: known }),
            Some(_) => {}
            None => parts(context, condition, &mut said, &mut found),
        }
    }
    found
}

/// Whether a condition is the last of an `if` that names all cases one by one: a list that reads well, and asks for nothing.
fn lists_all(context: &Context<'_>, arms: &Arms<'_>, last: &Condition) -> bool {
    let is_last = arms.is_if && arms.conditions.len() > 1 && arms.conditions.last().is_some_and(|it| it.span == last.span);
    is_last && !context.facts.solver().can_be(&arms.conditions.iter().copied().fold(Question::new(), Question::fails))
}

fn parts<'m>(context: &Context<'m>, condition: &'m Condition, said: &mut BTreeSet<Span>, found: &mut Vec<Answered<'m>>) {
    let ConditionKind::And(members) = &condition.kind else { return };
    if !context.facts.sites().conditions.get(&condition.span).is_some_and(|it| it.holds) {
        return;
    }
    for (number, member) in members.iter().enumerate() {
        let rest: Vec<&Condition> = members.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, it)| it).collect();
        if let Some(known) = answered(context, member, &rest)
            && said.insert(member.span)
        {
            found.push(Answered { condition: member, whole: None, site_known: known });
        }
    }
}

/// What is known where a test always holds, though neither in itself nor by the rest of its condition.
fn answered(context: &Context<'_>, it: &Condition, rest: &[&Condition]) -> Option<Vec<Known>> {
    let site = context.facts.sites().conditions.get(&it.span)?;
    let always = site.is_reached() && site.holds && !site.fails && context.facts.is_state(it);
    if !always {
        return None;
    }
    let question = rest.iter().copied().fold(Question::new().fails(it), Question::holds);
    context.facts.solver().can_be(&question).then(|| site.known.clone())
}
