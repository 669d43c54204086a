//! Conditions and terms as nodes.

use super::{
    ByTime, ClockOf, Condition, Events, Id, InstantOf, Root, Term,
    compile::{Compiler, push},
};
use crate::ruleset::{self, Schedule};

impl<'r> Compiler<'r> {
    /// A condition that a clause or step asks.
    pub(super) fn root(&mut self, condition: &'r ruleset::Condition) -> Id {
        let node = self.condition(condition, None);
        let mut clocks = Vec::new();
        self.clocks_of(node, &mut clocks);
        push(&mut self.program.roots, Root { condition: node, clocks: clocks.into(), hears: Events::default(), by_time: ByTime::default() })
    }

    fn clocks_of(&self, node: Id, into: &mut Vec<Id>) {
        let parts = self.program.conditions[node as usize].parts();
        parts.sides.iter().for_each(|side| self.clocks_of(*side, into));
        into.extend(parts.clock);
    }

    fn sides(&mut self, sides: &'r [ruleset::Condition], subject: Option<Id>) -> Box<[Id]> {
        sides.iter().map(|side| self.condition(side, subject)).collect()
    }

    /// A node; inside a `where` with the event that is looked at.
    pub(super) fn condition(&mut self, condition: &'r ruleset::Condition, subject: Option<Id>) -> Id {
        use ruleset::Condition as Said;
        let node = match condition {
            Said::Any(sides) => Condition::Any(self.sides(sides, subject)),
            Said::All(sides) => Condition::All(self.sides(sides, subject)),
            Said::Not(side) => Condition::Not(self.condition(side, subject)),
            Said::Event(test) => self.test(test).map_or(Condition::Never, Condition::Event),
            Said::Had { event, window } => self.past(event).map_or(Condition::Never, |test| Condition::Had(test, *window)),
            Said::No { event, window } => match self.past(event) {
                Some(test) => Condition::No(test, *window),
                None => Condition::All(Box::new([])),
            },
            Said::Count(count) => match self.past(&count.event) {
                Some(test) => Condition::Count(test, count.window, count.is, usize::try_from(count.of).unwrap_or(usize::MAX)),
                None => self.nothing_counted(count),
            },
            Said::TimeSince { event, is, than_ms } => {
                self.past(event).map_or(Condition::Never, |test| Condition::TimeSince(test, *is, *than_ms))
            }
            Said::Compare { left, is, right } => Condition::Compare(self.term(left, subject), *is, self.term(right, subject)),
            Said::In { left, list } => Condition::In(self.term(left, subject), list.iter().map(|item| self.term(item, subject)).collect()),
            Said::Text(pattern) => Condition::Text(self.term(&pattern.left, subject), pattern.test, self.term(&pattern.right, subject)),
            Said::Known(term) => Condition::Known(self.term(term, subject)),
            Said::Missing(term) => Condition::Missing(self.term(term, subject)),
            Said::Segment(name) => self.segment_ids.get(name.as_str()).map_or(Condition::Never, |id| Condition::Segment(*id)),
            Said::Finished(play) => Condition::Finished(self.play(play)),
            Said::Before(date) => Condition::Before(*date),
            Said::From(date) => Condition::From(*date),
            Said::Every(schedule) => Condition::Clock(self.schedule(schedule, subject)),
            Said::Reaches { instant, past_opens } => {
                let instant = self.instant_in(instant, subject);
                Condition::Clock(self.clock(ClockOf::Reaches(instant, *past_opens), condition))
            }
        };
        push(&mut self.program.conditions, node)
    }

    /// A bound on an event that nobody declared, which never happened.
    fn nothing_counted(&self, count: &ruleset::Count) -> Condition {
        use ruleset::CountBound;
        let holds = match count.is {
            CountBound::AtLeast | CountBound::Exactly => count.of == 0,
            CountBound::AtMost => true,
        };
        if holds { Condition::All(Box::new([])) } else { Condition::Never }
    }

    /// A nurture's name.
    pub(super) fn play(&mut self, name: &'r str) -> Id {
        let plays = &mut self.program.plays;
        *self.play_ids.entry(name).or_insert_with(|| push(plays, name))
    }

    fn schedule(&mut self, schedule: &'r Schedule, subject: Option<Id>) -> Id {
        let clock = match schedule {
            Schedule::Day { at } => ClockOf::Day(*at),
            Schedule::Week { on, at } => ClockOf::Week(*on, *at),
            Schedule::Month { day, at } => ClockOf::Month(*day, *at),
            Schedule::Year { on, at } => ClockOf::Year(self.term(on, subject), *at),
        };
        let said = ruleset::Condition::Every(schedule.clone());
        self.clock(clock, &said)
    }

    /// A clock trigger: those that say the same are the same.
    fn clock(&mut self, clock: ClockOf, said: &ruleset::Condition) -> Id {
        match self.said_clocks.iter().position(|other| other == said) {
            Some(at) => at as Id,
            None => {
                self.said_clocks.push(said.clone());
                push(&mut self.program.clocks, clock)
            }
        }
    }

    /// An instant.
    pub(super) fn instant(&mut self, instant: &'r ruleset::Instant) -> Id {
        self.instant_in(instant, None)
    }

    fn instant_in(&mut self, instant: &'r ruleset::Instant, subject: Option<Id>) -> Id {
        let base = self.term(&instant.base, subject);
        push(&mut self.program.instants, InstantOf { base, offset: instant.offset, at: instant.at })
    }

    /// A term.
    pub(super) fn term(&mut self, term: &'r ruleset::Term, subject: Option<Id>) -> Id {
        use ruleset::Term as Said;
        let node = match term {
            Said::Literal(literal) => self.literal(literal),
            Said::Attribute(name) => self.program.attribute_ids.get(name.as_str()).map_or(Term::Missing, |id| Term::Attribute(*id)),
            Said::Property(name) => subject.and_then(|event| self.slot(event, name)).map_or(Term::Missing, Term::Property),
            Said::Entry(name) => Term::Entry(self.entry(name)),
            Said::Latest { event, property } => match self.program.event_ids.get(event.as_str()).copied() {
                Some(event) => {
                    self.keep(event);
                    self.slot(event, property).map_or(Term::Missing, |slot| Term::Latest(event, slot))
                }
                None => Term::Missing,
            },
            Said::Score(name) => self.score(name),
            Said::Aggregate(aggregate) => self.figure(aggregate),
            Said::Arithmetic(both) => Term::Arithmetic(both.op, self.term(&both.left, subject), self.term(&both.right, subject)),
            Said::Negate(term) => Term::Negate(self.term(term, subject)),
            Said::Message(name) => Term::Constant(push(&mut self.program.constants, crate::fast::value::Kept::Text(name.into()))),
            Said::Missing {} => Term::Missing,
        };
        push(&mut self.program.terms, node)
    }

    /// The number of a name that `entry.x` reads.
    pub(super) fn entry(&mut self, name: &'r str) -> Id {
        let entries = &mut self.program.entries;
        *self.entry_ids.entry(name).or_insert_with(|| push(entries, name))
    }

    /// A score; one that nobody declared is a sum over no lines.
    fn score(&mut self, name: &'r str) -> Term {
        let next = self.score_ids.len() as Id;
        Term::Score(*self.score_ids.entry(name).or_insert(next))
    }

    /// A figure; one over events or properties that nobody declared is one over nothing.
    fn figure(&mut self, aggregate: &'r ruleset::Aggregate) -> Term {
        match self.aggregate(aggregate) {
            Some(id) => Term::Aggregate(id),
            None if aggregate.figure == ruleset::AggregateKind::Sum => {
                let zero = crate::fast::value::Kept::Number(crate::units::Number::ZERO);
                Term::Constant(push(&mut self.program.constants, zero))
            }
            None => Term::Missing,
        }
    }
}
