//! Every condition, term and step of a rule set, to be read or changed.

use crate::ruleset::{Aggregate, Argument, Condition, EventTest, Instant, RuleSet, Schedule, ScoreRule, Start, Step, StepKind, Term};

/// Something that names are changed in.
pub(super) enum Named<'r> {
    /// A condition, before what is in it.
    Condition(&'r mut Condition),
    /// A value, before what is in it.
    Term(&'r mut Term),
}

/// Looks at each condition and value of a step and of those inside it.
pub(super) fn steps(list: &mut [Step], see: &mut dyn FnMut(Named<'_>)) {
    for step in list {
        match &mut step.kind {
            StepKind::Send { arguments, .. } | StepKind::Act { arguments, .. } | StepKind::Record { arguments, .. } => {
                self::arguments(arguments, see);
            }
            StepKind::WaitInstant(wait) => instant(&mut wait.instant, see),
            StepKind::WaitUntil(wait) => condition(&mut wait.when, see),
            StepKind::WaitArms(wait) => {
                for arm in &mut wait.arms {
                    condition(&mut arm.when, see);
                    steps(&mut arm.steps, see);
                }
                steps(&mut wait.otherwise, see);
            }
            StepKind::If { branches, otherwise } => {
                for branch in branches {
                    condition(&mut branch.when, see);
                    steps(&mut branch.steps, see);
                }
                steps(otherwise, see);
            }
            StepKind::Split(split) => split.arms.iter_mut().for_each(|arm| steps(&mut arm.steps, see)),
            StepKind::Repeat(repeat) => {
                repeat.until.iter_mut().for_each(|until| condition(until, see));
                steps(&mut repeat.steps, see);
            }
            StepKind::Set { value, .. } | StepKind::Add { value, .. } | StepKind::Remove { value, .. } => term(value, see),
            StepKind::WaitMs(_) | StepKind::WaitCalendarDays(_) | StepKind::WaitClock(_) | StepKind::Stop {} => {}
        }
    }
}

fn arguments(list: &mut [Argument], see: &mut dyn FnMut(Named<'_>)) {
    list.iter_mut().for_each(|argument| term(&mut argument.value, see));
}

/// Looks at each condition and value outside of stages.
pub(super) fn vocabulary(rules: &mut RuleSet, see: &mut dyn FnMut(Named<'_>)) {
    rules.segments.iter_mut().for_each(|segment| condition(&mut segment.when, see));
    for line in rules.scores.iter_mut().flat_map(|score| &mut score.lines) {
        match &mut line.rule {
            ScoreRule::Event(test) | ScoreRule::EveryWithout { event: test, .. } => event(test, see),
        }
    }
}

/// Looks at each condition and value that moves people into or out of a stage, or starts a nurture.
pub(super) fn start(it: &mut Start, see: &mut dyn FnMut(Named<'_>)) {
    match it {
        Start::Entry => {}
        Start::When(when) | Start::EachTime(when) => condition(when, see),
    }
}

/// Looks at an event test.
pub(super) fn event(it: &mut EventTest, see: &mut dyn FnMut(Named<'_>)) {
    it.filter.iter_mut().for_each(|filter| condition(filter, see));
}

/// Looks at a condition and all that is in it.
pub(super) fn condition(it: &mut Condition, see: &mut dyn FnMut(Named<'_>)) {
    see(Named::Condition(it));
    match it {
        Condition::Any(list) | Condition::All(list) => list.iter_mut().for_each(|it| condition(it, see)),
        Condition::Not(inner) => condition(inner, see),
        Condition::Event(test)
        | Condition::Had { event: test, .. }
        | Condition::No { event: test, .. }
        | Condition::TimeSince { event: test, .. } => event(test, see),
        Condition::Count(count) => event(&mut count.event, see),
        Condition::Compare { left, right, .. } => {
            term(left, see);
            term(right, see);
        }
        Condition::In { left, list } => {
            term(left, see);
            list.iter_mut().for_each(|it| term(it, see));
        }
        Condition::Text(pattern) => {
            term(&mut pattern.left, see);
            term(&mut pattern.right, see);
        }
        Condition::Known(it) | Condition::Missing(it) => term(it, see),
        Condition::Every(Schedule::Year { on, .. }) => term(on, see),
        Condition::Reaches { instant: it, .. } => instant(it, see),
        Condition::Segment(_)
        | Condition::Finished(_)
        | Condition::Before(_)
        | Condition::From(_)
        | Condition::Every(Schedule::Day { .. } | Schedule::Week { .. } | Schedule::Month { .. }) => {}
    }
}

fn instant(it: &mut Instant, see: &mut dyn FnMut(Named<'_>)) {
    term(&mut it.base, see);
}

fn term(it: &mut Term, see: &mut dyn FnMut(Named<'_>)) {
    see(Named::Term(it));
    match it {
        Term::Aggregate(aggregate) => {
            let Aggregate { filter, .. } = aggregate.as_mut();
            filter.iter_mut().for_each(|filter| condition(filter, see));
        }
        Term::Arithmetic(arithmetic) => {
            term(&mut arithmetic.left, see);
            term(&mut arithmetic.right, see);
        }
        Term::Negate(inner) => term(inner, see),
        Term::Literal(_)
        | Term::Attribute(_)
        | Term::Property(_)
        | Term::Entry(_)
        | Term::Latest { .. }
        | Term::Score(_)
        | Term::Message(_)
        | Term::Missing {} => {}
    }
}
