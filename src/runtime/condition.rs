//! What a condition says about a contact now.
//!
//! A [`View`] is a contact seen at an instant, by a run or by nobody in particular, with the trigger that is happening, if
//! any. All of it is pure: the same view gives the same answer.
//! Readings: a message event is seen by one key alone in the funnel that sent the message, and by all others as the
//! contact's; `since entering` and `since starting` go by the order in which events were taken, and hold nothing outside.

use super::{
    contact::{Contact, Run, RunId},
    log::{Past, Since},
    program::Program,
    score,
    value::Value,
};
use crate::ruleset::{Condition, Count, CountBound, EventTest, Pattern, Term, TextTest, Window};
use std::cmp::Ordering;

/// What is happening at this instant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trigger<'a> {
    /// The event, by its place in the log.
    pub event: Option<usize>,
    /// The clock trigger.
    pub clock: Option<&'a Condition>,
}

/// A contact seen at an instant.
#[derive(Clone, Copy)]
pub(super) struct View<'a, 'r> {
    pub program: &'a Program<'r>,
    pub contact: &'a Contact<'r>,
    pub now_ms: i64,
    /// Who looks: the place of a run; nobody for segments and scores.
    pub place: Option<&'a RunId>,
    /// Its run, if the contact is inside.
    pub run: Option<&'a Run<'r>>,
    pub trigger: Trigger<'a>,
    /// Inside a `where`: the event that is looked at.
    pub subject: Option<&'a Past>,
}

impl<'a, 'r> View<'a, 'r> {
    /// The view of the contact alone, as segments and scores have it.
    pub fn of_contact(self) -> Self {
        Self { place: None, run: None, trigger: Trigger::default(), subject: None, ..self }
    }

    /// The same view while something happens.
    pub fn with(self, trigger: Trigger<'a>) -> Self {
        Self { trigger, ..self }
    }

    /// Whether the condition holds.
    pub fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Any(sides) => sides.iter().any(|side| self.holds(side)),
            Condition::All(sides) => sides.iter().all(|side| self.holds(side)),
            Condition::Not(side) => !self.holds(side),
            Condition::Event(test) => self.happening().is_some_and(|past| self.fits(test, past)),
            Condition::Had { event, window } => self.past(event, *window).next().is_some(),
            Condition::No { event, window } => self.past(event, *window).next().is_none(),
            Condition::Count(count) => self.counts(count),
            Condition::TimeSince { event, is, than_ms } => {
                self.latest(event).is_some_and(|past| is.admits(self.now_ms.saturating_sub(past.time_ms).cmp(than_ms)))
            }
            Condition::Compare { left, is, right } => match (self.value(left), self.value(right)) {
                (Some(left), Some(right)) => self.order(&left, &right).is_some_and(|order| is.admits(order)),
                _ => false,
            },
            Condition::In { left, list } => self.value(left).is_some_and(|left| {
                list.iter().any(|item| self.value(item).is_some_and(|item| self.order(&left, &item) == Some(Ordering::Equal)))
            }),
            Condition::Text(pattern) => self.matches(pattern),
            Condition::Known(term) => self.value(term).is_some(),
            Condition::Missing(term) => self.value(term).is_none(),
            Condition::Segment(name) => {
                let segment = self.program.segments.get(name.as_str());
                segment.is_some_and(|segment| self.of_contact().holds(&segment.when))
            }
            Condition::Finished(play) => self.finished(play),
            Condition::Before(date) => self.contact.state.zone.midnight(*date).is_some_and(|start| self.now_ms < start),
            Condition::From(date) => self.contact.state.zone.midnight(*date).is_some_and(|start| self.now_ms >= start),
            Condition::Every(_) | Condition::Reaches { .. } => self.trigger.clock == Some(condition),
        }
    }

    /// Whether it holds because of what is happening: some trigger in it makes it true.
    pub fn triggered(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Any(sides) => sides.iter().any(|side| self.triggered(side)),
            Condition::All(sides) => self.holds(condition) && sides.iter().any(|side| self.triggered(side)),
            Condition::Event(_) | Condition::Every(_) | Condition::Reaches { .. } => self.holds(condition),
            Condition::Not(_)
            | Condition::Had { .. }
            | Condition::No { .. }
            | Condition::Count(_)
            | Condition::TimeSince { .. }
            | Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::Text(_)
            | Condition::Known(_)
            | Condition::Missing(_)
            | Condition::Segment(_)
            | Condition::Finished(_)
            | Condition::Before(_)
            | Condition::From(_) => false,
        }
    }

    /// The event that is happening.
    fn happening(&self) -> Option<&'a Past> {
        self.contact.log.get(self.trigger.event?)
    }

    /// The past events of a test in a window.
    pub fn past<'t>(&self, test: &'t EventTest, window: Option<Window>) -> impl Iterator<Item = &'a Past> + use<'a, 'r, 't> {
        self.matching(&test.name, test.filter.as_deref(), window)
    }

    /// The past events of that name for which the filter holds, in a window.
    pub fn matching<'t>(
        &self,
        name: &'t str,
        filter: Option<&'t Condition>,
        window: Option<Window>,
    ) -> impl Iterator<Item = &'a Past> + use<'a, 'r, 't> {
        let view = *self;
        let since = self.run.map(|run| Since { entered: run.visit.entered_order, started: run.started_order });
        let fits = move |past: &'a Past| filter.is_none_or(|filter| View { subject: Some(past), ..view }.holds(filter));
        self.contact.log.named(name, window, self.now_ms, since).filter(move |past| view.sees(past) && fits(past))
    }

    /// The latest event of a test.
    pub fn latest(&self, test: &EventTest) -> Option<&'a Past> {
        self.latest_after(test, 0)
    }

    /// The latest event of a test among those that were taken after another.
    pub fn latest_after(&self, test: &EventTest, order: u64) -> Option<&'a Past> {
        self.contact.log.latest_first(&test.name, order).find(|past| self.sees(past) && self.fits(test, past))
    }

    /// Whether this event is one of the test.
    pub fn fits(&self, test: &EventTest, past: &Past) -> bool {
        let filter = |condition| View { subject: Some(past), ..*self }.holds(condition);
        past.event == test.name && test.filter.as_deref().is_none_or(filter)
    }

    /// Whether this event concerns the run that looks.
    pub fn sees(&self, past: &Past) -> bool {
        let Some(place) = self.place else { return true };
        if let Some(owner) = &past.owner
            && owner.funnel == place.funnel
        {
            return owner.key == place.key;
        }
        let key = self.program.funnels.get(place.funnel).and_then(|plan| plan.funnel.key.as_ref());
        key.and_then(|property| past.properties.get(property)).is_none_or(|value| value.plain() == place.key)
    }

    fn counts(&self, count: &Count) -> bool {
        let bound = usize::try_from(count.of).unwrap_or(usize::MAX);
        let number = self.past(&count.event, count.window).take(bound.saturating_add(1)).count();
        match count.is {
            CountBound::AtLeast => number >= bound,
            CountBound::AtMost => number <= bound,
            CountBound::Exactly => number == bound,
        }
    }

    fn finished(&self, name: &str) -> bool {
        let Some((place, run)) = self.place.zip(self.run) else { return false };
        let stage = self.program.funnels.get(place.funnel).and_then(|plan| plan.stage(run.visit.stage));
        let at = stage.and_then(|stage| stage.nurtures.iter().position(|nurture| nurture.name == name));
        at.and_then(|at| run.visit.plays.get(at)).is_some_and(|play| play.finished)
    }

    fn matches(&self, pattern: &Pattern) -> bool {
        let (Some(left), Some(right)) = (self.value(&pattern.left), self.value(&pattern.right)) else { return false };
        let Some(wanted) = right.as_text() else { return false };
        match (&left, pattern.test) {
            (Value::List(texts), TextTest::Contains) => texts.iter().any(|text| text == wanted),
            (Value::List(_), TextTest::StartsWith | TextTest::EndsWith) => false,
            (text, TextTest::Contains) => text.as_text().is_some_and(|text| text.contains(wanted)),
            (text, TextTest::StartsWith) => text.as_text().is_some_and(|text| text.starts_with(wanted)),
            (text, TextTest::EndsWith) => text.as_text().is_some_and(|text| text.ends_with(wanted)),
        }
    }

    /// How two known values compare; nothing for values that do not. A date beside a time is its first instant.
    fn order(&self, left: &Value, right: &Value) -> Option<Ordering> {
        let start = |date: &crate::units::Date| self.contact.state.zone.midnight(*date);
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::Flag(a), Value::Flag(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Time(b)) => Some(start(a)?.cmp(b)),
            (Value::Time(a), Value::Date(b)) => Some(a.cmp(&start(b)?)),
            (Value::List(a), Value::List(b)) => Some(a.cmp(b)),
            (a, b) => Some(a.as_text()?.cmp(b.as_text()?)),
        }
    }

    /// The earliest instant after `after_ms` at which time alone may change whether the condition holds. It may come too
    /// early (then nothing has changed), never too late. Scores and clock triggers have timers of their own.
    pub fn next_change(&self, condition: &Condition, after_ms: i64) -> Option<i64> {
        let later = |instants: &mut dyn Iterator<Item = i64>| instants.filter(|ms| *ms > after_ms).min();
        let of_filter = |event: &EventTest| self.next_change(event.filter.as_deref()?, after_ms);
        let windowed = |event: &EventTest, window: Option<Window>| {
            let expiry = match window {
                Some(Window::WithinMs(ms)) => {
                    let first = self.contact.log.later_than(&event.name, after_ms.saturating_sub(ms)).find(|past| self.sees(past));
                    first.map(|past| past.time_ms.saturating_add(ms))
                }
                Some(Window::SinceEntering | Window::SinceStarting) | None => None,
            };
            expiry.into_iter().chain(of_filter(event)).min()
        };
        match condition {
            Condition::Any(sides) | Condition::All(sides) => sides.iter().filter_map(|side| self.next_change(side, after_ms)).min(),
            Condition::Not(side) => self.next_change(side, after_ms),
            Condition::Had { event, window } | Condition::No { event, window } => windowed(event, *window),
            Condition::Count(count) => windowed(&count.event, count.window),
            Condition::TimeSince { event, than_ms, .. } => {
                let latest = self.latest(event).map(|past| past.time_ms.saturating_add(*than_ms));
                let passed = later(&mut latest.into_iter().flat_map(|exactly| [exactly, exactly.saturating_add(1)]));
                passed.into_iter().chain(of_filter(event)).min()
            }
            Condition::Compare { left, right, .. } => {
                [left, right].into_iter().filter_map(|term| self.next_change_of(term, after_ms)).min()
            }
            Condition::In { left, list } => std::iter::once(left).chain(list).filter_map(|term| self.next_change_of(term, after_ms)).min(),
            Condition::Known(term) | Condition::Missing(term) => self.next_change_of(term, after_ms),
            Condition::Segment(name) => {
                let segment = self.program.segments.get(name.as_str())?;
                self.of_contact().next_change(&segment.when, after_ms)
            }
            Condition::Before(date) | Condition::From(date) => later(&mut self.contact.state.zone.midnight(*date).into_iter()),
            Condition::Event(_) | Condition::Text(_) | Condition::Finished(_) | Condition::Every(_) | Condition::Reaches { .. } => None,
        }
    }

    fn next_change_of(&self, term: &Term, after_ms: i64) -> Option<i64> {
        match term {
            Term::Aggregate(aggregate) => {
                let event = EventTest { name: aggregate.event.clone(), filter: aggregate.filter.clone().map(Box::new) };
                self.next_change(&Condition::Had { event, window: aggregate.window }, after_ms)
            }
            Term::Arithmetic(both) => [&both.left, &both.right].into_iter().filter_map(|term| self.next_change_of(term, after_ms)).min(),
            Term::Negate(term) => self.next_change_of(term, after_ms),
            Term::Literal(_)
            | Term::Attribute(_)
            | Term::Property(_)
            | Term::Entry(_)
            | Term::Latest { .. }
            | Term::Score(_)
            | Term::Message(_)
            | Term::Missing {} => None,
        }
    }

    /// The latest event of that name that the run knows.
    pub fn latest_of(&self, name: &str) -> Option<&'a Past> {
        self.contact.log.latest_first(name, 0).find(|past| self.sees(past))
    }

    /// A score of the contact.
    pub fn score(&self, name: &str) -> Option<crate::units::Number> {
        score::total(*self, name)
    }
}
