//! Who listens to which event: for somebody in a stage, the events that can change anything there.
//!
//! Whoever was tried at the latest record or timer is at rest: nothing opens before time or an event changes what some condition
//! before which they stand reads. So an event to which nothing there listens is only known, and nothing is tried.
//! Also found here: whether a run can turn in a circle.

use super::super::track::Kinds;
use super::{
    ByTime, Clause, ClockOf, Concern, Condition, Does, EVENTS_APART, Events, FunnelOf, Id, NurtureOf, Program, StageOf, Standing, StartOf,
    Term, ripens::by_time,
};
use crate::ruleset::Reentry;

/// What is read by a condition, gathered.
struct Ears<'a, 'r> {
    program: &'a Program<'r>,
    heard: Events,
    /// Segments that were looked at.
    segments: Vec<bool>,
}

/// Fills in who listens to what.
pub(super) fn listen(program: &mut Program<'_>) {
    let horizons = super::horizon::horizons(program);
    let roots: Vec<Events> = program.roots.iter().map(|root| of(program, |ears| ears.condition(root.condition))).collect();
    program.roots.iter_mut().zip(roots).for_each(|(root, hears)| root.hears = hears);
    for funnel in 0..program.funnels.len() {
        let mut outside = std::mem::take(&mut program.funnels[funnel].outside);
        let heard = clauses(program, &mut outside);
        (program.funnels[funnel].outside, program.funnels[funnel].heard) = (outside, heard);
        for stage in 0..program.funnels[funnel].stages.len() {
            let mut standing = std::mem::take(&mut program.funnels[funnel].stages[stage].standing);
            let heard = clauses(program, &mut standing).and(nurtures(program, funnel, stage));
            let stage = &mut program.funnels[funnel].stages[stage];
            (stage.standing, stage.heard) = (standing, heard);
        }
    }
    let by_time: Vec<ByTime> = program.roots.iter().map(|root| by_time(program, root.condition)).collect();
    program.roots.iter_mut().zip(by_time).for_each(|(root, by_time)| root.by_time = by_time);
    let lines: Vec<Id> = program.lines.iter().map(|line| program.tests[line.test as usize].event).collect();
    program.is_calm = !program.is_whole && !program.funnels.iter().any(|funnel| turns(program, funnel));
    for funnel in 0..program.funnels.len() {
        let outside = concerns(program, &program.funnels[funnel].outside, None);
        let stages = program.funnels[funnel].stages.iter().map(|stage| concerns(program, &stage.standing, Some(stage))).collect::<Vec<_>>();
        let funnel = &mut program.funnels[funnel];
        funnel.concerns = outside;
        funnel.stages.iter_mut().zip(stages).for_each(|(stage, concerns)| stage.concerns = concerns);
    }
    let (is_whole, is_keyed, identify) = (program.is_whole, program.is_keyed, program.identify);
    for ((event, id), horizon) in program.events.iter_mut().zip(0..).zip(horizons) {
        let mut filters = Vec::new();
        for (test, bit) in horizon.tests.iter().zip(0..) {
            let test = &mut program.tests[*test as usize];
            test.bit = Some(bit);
            filters.extend(test.filter);
        }
        let slots: Box<[u8]> = match is_keyed {
            // Runs of keys ask each event whom it concerns.
            true => (0..event.slots.len()).filter_map(|slot| u8::try_from(slot).ok()).collect(),
            false => horizon.slots.into_iter().collect(),
        };
        let place = |slot: usize| slots.iter().position(|kept| usize::from(*kept) == slot).map(|at| at as u8);
        let places = (0..event.slots.len()).map(place).collect();
        event.kinds = Kinds { places, slots, filters: filters.into() };
        (event.horizon_ms, event.latest) = (horizon.ms, horizon.latest);
        let is_owned = is_whole && event.is_answer;
        event.may_pass = !is_keyed && id != identify && event.opts_out.is_empty() && event.closes.is_none() && !is_owned;
        event.is_kept = is_whole || event.track.is_some() || lines.contains(&id);
    }
}

/// What is heard by whatever is asked.
fn of(program: &Program<'_>, ask: impl FnOnce(&mut Ears<'_, '_>)) -> Events {
    let mut ears = Ears { program, heard: Events::default(), segments: vec![false; program.segments.len()] };
    ask(&mut ears);
    ears.heard
}

/// What each event concerns of what somebody stands before.
fn concerns(program: &Program<'_>, standing: &[Standing<'_>], stage: Option<&StageOf<'_>>) -> Vec<Concern> {
    let nurtures = stage.map_or(&[][..], |stage| &stage.nurtures);
    let heard = nurtures.iter().map(|nurture| of_nurture(program, nurture)).fold(Events::default(), Events::and);
    let plays_ripen = nurtures.iter().any(|nurture| {
        let start = match nurture.start {
            StartOf::When(root) | StartOf::EachTime(root) => ripens(program, root),
            StartOf::Entry => false,
        };
        start || arms_ripen(program, nurture.block)
    });
    let of_event = |event: Id| {
        let this = Events::of(event);
        let hearing = || standing.iter().zip(0_u16..).filter(|(standing, _)| standing.hears.meets(this));
        let root = |standing: &Standing<'_>| standing.when.filter(|when| program.roots[*when as usize].hears.meets(this));
        let sets = |standing: &Standing<'_>| root(standing).is_some_and(|root| !program.roots[root as usize].clocks.is_empty());
        Concern {
            sets: standing.iter().any(sets),
            opens: hearing().map(|(standing, at)| (at, root(standing))).collect(),
            ripens: hearing()
                .filter(|(it, _)| it.delay.is_some() || it.when.is_some_and(|when| ripens(program, when)))
                .map(|(_, at)| at)
                .collect(),
            plays: heard.meets(this),
            plays_ripen: heard.meets(this) && plays_ripen,
        }
    };
    (0..EVENTS_APART.min(program.events.len()) as Id).map(of_event).collect()
}

/// Whether time alone may do something to a condition that is waited for.
fn ripens(program: &Program<'_>, root: Id) -> bool {
    let by_time = program.roots[root as usize].by_time;
    if program.is_calm { by_time.ripens } else { by_time.changes }
}

/// Whether time alone may end a wait for one of several things, in a block or what lies in it.
fn arms_ripen(program: &Program<'_>, block: Id) -> bool {
    let inside = |block: &Id| arms_ripen(program, *block);
    program.blocks[block as usize].iter().any(|step| match &program.steps[*step as usize].does {
        Does::WaitArms(arms, otherwise, _) => arms.iter().any(|(when, block)| ripens(program, *when) || inside(block)) || inside(otherwise),
        Does::If(arms, otherwise) => arms.iter().any(|(_, block)| inside(block)) || inside(otherwise),
        Does::Split(_, _, blocks) => blocks.iter().any(inside),
        Does::Repeat(.., block) => inside(block),
        Does::Send(..)
        | Does::Act(_)
        | Does::WaitMs(_)
        | Does::WaitDays(_)
        | Does::WaitClock(..)
        | Does::WaitInstant(..)
        | Does::Set(..)
        | Does::Add(..)
        | Does::Remove(..)
        | Does::Record(..)
        | Does::Stop => false,
    })
}

/// Fills in what clauses hear; what they hear together.
fn clauses(program: &Program<'_>, standing: &mut [Standing<'_>]) -> Events {
    let mut all = Events::default();
    for standing in standing {
        standing.hears = of(program, |ears| {
            standing.when.into_iter().for_each(|root| ears.root(root));
            standing.delay.and_then(|delay| delay.without).into_iter().for_each(|test| ears.test(test));
        });
        all = all.and(standing.hears);
    }
    all
}

fn nurtures(program: &Program<'_>, funnel: usize, stage: usize) -> Events {
    let nurtures = &program.funnels[funnel].stages[stage].nurtures;
    nurtures.iter().map(|nurture| of_nurture(program, nurture)).fold(Events::default(), Events::and)
}

fn of_nurture(program: &Program<'_>, nurture: &NurtureOf<'_>) -> Events {
    of(program, |ears| {
        if let StartOf::When(root) | StartOf::EachTime(root) = nurture.start {
            ears.root(root);
        }
        ears.block(nurture.block);
    })
}

impl Ears<'_, '_> {
    fn root(&mut self, root: Id) {
        self.condition(self.program.roots[root as usize].condition);
    }

    fn test(&mut self, test: Id) {
        let test = &self.program.tests[test as usize];
        self.heard = self.heard.and(Events::of(test.event));
        test.filter.into_iter().for_each(|filter| self.condition(filter));
    }

    fn condition(&mut self, node: Id) {
        let program = self.program;
        let parts = program.conditions[node as usize].parts();
        parts.sides.iter().for_each(|side| self.condition(*side));
        parts.test.into_iter().for_each(|test| self.test(test));
        parts.terms.into_iter().for_each(|term| self.term(term));
        if let Some(segment) = parts.segment
            && !std::mem::replace(&mut self.segments[segment as usize], true)
        {
            self.condition(program.segments[segment as usize]);
        }
        match parts.clock.map(|clock| &program.clocks[clock as usize]) {
            Some(ClockOf::Year(term, _)) => self.term(*term),
            Some(ClockOf::Reaches(instant, _)) => self.term(program.instants[*instant as usize].base),
            Some(ClockOf::Day(_) | ClockOf::Week(..) | ClockOf::Month(..)) | None => {}
        }
    }

    fn term(&mut self, term: Id) {
        let program = self.program;
        match &program.terms[term as usize] {
            Term::Latest(event, _) => self.heard = self.heard.and(Events::of(*event)),
            Term::Score(score) => {
                for line in program.lines.iter().filter(|line| line.score == *score) {
                    self.test(line.test);
                }
            }
            Term::Aggregate(at) => self.test(program.aggregates[*at as usize].test),
            Term::Arithmetic(_, left, right) => [*left, *right].into_iter().for_each(|term| self.term(term)),
            Term::Negate(term) => self.term(*term),
            Term::Constant(_) | Term::Wall(_) | Term::Attribute(_) | Term::Property(_) | Term::Entry(_) | Term::Missing => {}
        }
    }

    fn block(&mut self, block: Id) {
        let program = self.program;
        for step in &program.blocks[block as usize] {
            match &program.steps[*step as usize].does {
                Does::WaitInstant(instant, _) => self.term(program.instants[*instant as usize].base),
                Does::WaitArms(arms, otherwise, _) | Does::If(arms, otherwise) => {
                    for (when, block) in arms {
                        self.root(*when);
                        self.block(*block);
                    }
                    self.block(*otherwise);
                }
                Does::Split(_, _, blocks) => blocks.iter().for_each(|block| self.block(*block)),
                Does::Repeat(_, _, until, block) => {
                    until.iter().for_each(|until| self.root(*until));
                    self.block(*block);
                }
                Does::Send(..)
                | Does::Act(_)
                | Does::WaitMs(_)
                | Does::WaitDays(_)
                | Does::WaitClock(..)
                | Does::Set(..)
                | Does::Add(..)
                | Does::Remove(..)
                | Does::Record(..)
                | Does::Stop => {}
            }
        }
    }
}

/// Whether a condition holds only while something happens.
fn needs_trigger(program: &Program<'_>, node: Id) -> bool {
    match &program.conditions[node as usize] {
        Condition::Any(sides) => sides.iter().all(|side| needs_trigger(program, *side)),
        Condition::All(sides) => sides.iter().any(|side| needs_trigger(program, *side)),
        other => other.is_trigger() || matches!(other, Condition::Never),
    }
}

/// Whether a run could come to a stage again at one instant without a trigger.
fn turns(program: &Program<'_>, funnel: &FunnelOf<'_>) -> bool {
    let outside = funnel.stages.len();
    let opens = |standing: &&Standing<'_>| {
        let waits = standing.delay.is_some_and(|delay| delay.ms > 0) && !matches!(standing.clause, Clause::FunnelLeave(_));
        let triggered = standing.when.is_some_and(|root| needs_trigger(program, program.roots[root as usize].condition));
        !waits && !triggered && !standing.restart
    };
    let to = |standing: &Standing<'_>| match standing.clause {
        Clause::Door(to, _) => Some(usize::from(to)),
        Clause::StageLeave(_) | Clause::FunnelLeave(_) => Some(outside),
        Clause::Start(_) => None,
    };
    let next = |at: usize| -> Vec<usize> {
        match funnel.stages.get(at) {
            Some(stage) => stage.standing.iter().filter(opens).filter_map(to).chain(stage.is_final().then_some(outside)).collect(),
            None => match funnel.funnel.reentry {
                Reentry::Never => Vec::new(),
                Reentry::AfterLeavingMs(ms) if ms > 0 => Vec::new(),
                Reentry::AfterLeaving | Reentry::AfterLeavingMs(_) | Reentry::AfterStartingMs(_) | Reentry::RestartFrom(_) => {
                    funnel.outside.iter().filter(opens).filter_map(to).collect()
                }
            },
        }
    };
    // Stages from which nothing leads on are taken away until none is left, or those that lead in circles.
    let mut left: Vec<bool> = vec![true; outside + 1];
    loop {
        let gone: Vec<usize> = (0..=outside).filter(|at| left[*at] && next(*at).iter().all(|to| !left[*to])).collect();
        if gone.is_empty() {
            return left.contains(&true);
        }
        gone.into_iter().for_each(|at| left[at] = false);
    }
}
