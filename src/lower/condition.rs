//! Conditions.

use super::Lowering;
use crate::{
    model::{self, ConditionKind, WindowKind},
    ruleset::{Comparison, Condition, Count, CountBound, EventTest, Pattern, Schedule, Term, TextTest, Window},
    units::Clock,
};

pub(super) fn window(it: model::Window) -> Window {
    match it.kind {
        WindowKind::WithinMs(ms) => Window::WithinMs(ms),
        WindowKind::SinceEntering => Window::SinceEntering,
        WindowKind::SinceStarting => Window::SinceStarting,
    }
}

fn comparison(op: model::CompareOp) -> Comparison {
    match op {
        model::CompareOp::Equal => Comparison::Equal,
        model::CompareOp::NotEqual => Comparison::NotEqual,
        model::CompareOp::Less => Comparison::Less,
        model::CompareOp::LessOrEqual => Comparison::LessOrEqual,
        model::CompareOp::Greater => Comparison::Greater,
        model::CompareOp::GreaterOrEqual => Comparison::GreaterOrEqual,
    }
}

fn bound(count: model::Count) -> CountBound {
    match count {
        model::Count::AtLeast => CountBound::AtLeast,
        model::Count::AtMost => CountBound::AtMost,
        model::Count::Exactly => CountBound::Exactly,
    }
}

fn text_test(test: model::TextTest) -> TextTest {
    match test {
        model::TextTest::Contains => TextTest::Contains,
        model::TextTest::StartsWith => TextTest::StartsWith,
        model::TextTest::EndsWith => TextTest::EndsWith,
    }
}

impl Lowering<'_> {
    pub(super) fn condition(self, it: &model::Condition) -> Condition {
        let all = |list: &[model::Condition]| list.iter().map(|it| self.condition(it)).collect();
        match &it.kind {
            ConditionKind::Or(list) => Condition::Any(all(list)),
            ConditionKind::And(list) => Condition::All(all(list)),
            ConditionKind::Not(inner) => Condition::Not(Box::new(self.condition(inner))),
            ConditionKind::Event(event) => Condition::Event(self.event_test(event)),
            ConditionKind::Had { negated, event, window: over } => {
                let (event, window) = (self.event_test(event), over.map(window));
                if *negated { Condition::No { event, window } } else { Condition::Had { event, window } }
            }
            ConditionKind::Count { count, bound: of, event, window: over } => {
                Condition::Count(Count { event: self.event_test(event), window: over.map(window), is: bound(*count), of: *of })
            }
            ConditionKind::TimeSince { event, op, than_ms } => {
                Condition::TimeSince { event: self.event_test(event), is: comparison(*op), than_ms: *than_ms }
            }
            ConditionKind::Compare { left, op, right } => {
                Condition::Compare { left: self.term(left), is: comparison(*op), right: self.term(right) }
            }
            ConditionKind::In { left, list } => {
                Condition::In { left: self.term(left), list: list.iter().map(|it| self.term(it)).collect() }
            }
            ConditionKind::Text { left, test, right } => {
                Condition::Text(Pattern { left: self.term(left), test: text_test(*test), right: self.term(right) })
            }
            ConditionKind::Known { term, known: true } => Condition::Known(self.term(term)),
            ConditionKind::Known { term, known: false } => Condition::Missing(self.term(term)),
            ConditionKind::Segment(id) => Condition::Segment(self.model.segments[*id].name.text.to_string()),
            ConditionKind::Finished(nurture) => Condition::Finished(nurture.to_string()),
            ConditionKind::Before(date) => Condition::Before(*date),
            ConditionKind::From(date) => Condition::From(*date),
            ConditionKind::Every { schedule, at } => Condition::Every(self.schedule(schedule, *at)),
            ConditionKind::Reaches { instant, past_opens } => {
                Condition::Reaches { instant: self.instant(instant), past_opens: *past_opens }
            }
            // Nothing broken gets past the checks; in a sketch it never holds.
            ConditionKind::Broken => Condition::Any(Vec::new()),
        }
    }

    fn schedule(self, it: &model::Schedule, at: Clock) -> Schedule {
        match it {
            model::Schedule::Day => Schedule::Day { at },
            model::Schedule::Week(on) => Schedule::Week { on: *on, at },
            model::Schedule::Month(day) => Schedule::Month { day: *day, at },
            model::Schedule::Year(term) => Schedule::Year { on: self.term(term), at },
        }
    }

    /// An event with its restriction. `clicked welcome` is short for `clicked where message = welcome`.
    pub(super) fn event_test(self, it: &model::EventTest) -> EventTest {
        let about = it.message.map(|id| Condition::Compare {
            left: Term::Property("message".to_owned()),
            is: Comparison::Equal,
            right: Term::Message(self.model.messages[id].name.text.to_string()),
        });
        let filter = it.filter.as_ref().map(|filter| self.condition(filter));
        let filter = match (about, filter) {
            (Some(about), Some(Condition::All(mut list))) => {
                list.insert(0, about);
                Some(Condition::All(list))
            }
            (Some(about), Some(filter)) => Some(Condition::All(vec![about, filter])),
            (about, filter) => about.or(filter),
        };
        EventTest { name: self.event_name(it.event), filter: filter.map(Box::new) }
    }
}
