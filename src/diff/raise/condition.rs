//! Conditions of a rule set in the words of the model.

use super::{Side, Space};
use crate::{
    model::{self, CompareOp, Condition, ConditionKind, EventId, EventTest, Instant, Offset, OffsetSide, TextTest, WindowKind},
    ruleset::{self, Comparison, CountBound, Schedule},
};
use smol_str::SmolStr;

pub(super) fn comparison(it: Comparison) -> CompareOp {
    match it {
        Comparison::Equal => CompareOp::Equal,
        Comparison::NotEqual => CompareOp::NotEqual,
        Comparison::Less => CompareOp::Less,
        Comparison::LessOrEqual => CompareOp::LessOrEqual,
        Comparison::Greater => CompareOp::Greater,
        Comparison::GreaterOrEqual => CompareOp::GreaterOrEqual,
    }
}

impl Space {
    /// A condition.
    pub fn condition(&self, side: Side, it: &ruleset::Condition) -> Condition {
        self.inside(side, it, None)
    }

    /// A condition; properties are those of `event`.
    pub(super) fn inside(&self, side: Side, it: &ruleset::Condition, event: Option<EventId>) -> Condition {
        let all = |list: &[ruleset::Condition]| list.iter().map(|it| self.inside(side, it, event)).collect();
        let kind = match it {
            ruleset::Condition::Any(list) => ConditionKind::Or(all(list)),
            ruleset::Condition::All(list) => ConditionKind::And(all(list)),
            ruleset::Condition::Not(inner) => ConditionKind::Not(Box::new(self.inside(side, inner, event))),
            ruleset::Condition::Event(test) => ConditionKind::Event(self.event(side, test)),
            ruleset::Condition::Had { event, window } => self.had(side, false, event, *window),
            ruleset::Condition::No { event, window } => self.had(side, true, event, *window),
            ruleset::Condition::Count(count) => ConditionKind::Count {
                count: match count.is {
                    CountBound::AtLeast => model::Count::AtLeast,
                    CountBound::AtMost => model::Count::AtMost,
                    CountBound::Exactly => model::Count::Exactly,
                },
                bound: count.of,
                event: self.event(side, &count.event),
                window: count.window.map(|window| self.window(window)),
            },
            ruleset::Condition::TimeSince { event, is, than_ms } => {
                ConditionKind::TimeSince { event: self.event(side, event), op: comparison(*is), than_ms: *than_ms }
            }
            ruleset::Condition::Compare { left, is, right } => {
                ConditionKind::Compare { left: self.term(side, left, event), op: comparison(*is), right: self.term(side, right, event) }
            }
            ruleset::Condition::In { left, list } => {
                ConditionKind::In { left: self.term(side, left, event), list: list.iter().map(|it| self.term(side, it, event)).collect() }
            }
            ruleset::Condition::Text(pattern) => ConditionKind::Text {
                left: self.term(side, &pattern.left, event),
                test: match pattern.test {
                    ruleset::TextTest::Contains => TextTest::Contains,
                    ruleset::TextTest::StartsWith => TextTest::StartsWith,
                    ruleset::TextTest::EndsWith => TextTest::EndsWith,
                },
                right: self.term(side, &pattern.right, event),
            },
            ruleset::Condition::Known(term) => ConditionKind::Known { term: self.term(side, term, event), known: true },
            ruleset::Condition::Missing(term) => ConditionKind::Known { term: self.term(side, term, event), known: false },
            ruleset::Condition::Segment(name) => self.segment(side, name),
            ruleset::Condition::Finished(nurture) => ConditionKind::Finished(SmolStr::new(nurture)),
            ruleset::Condition::Before(date) => ConditionKind::Before(*date),
            ruleset::Condition::From(date) => ConditionKind::From(*date),
            ruleset::Condition::Every(schedule) => self.schedule(side, schedule, event),
            ruleset::Condition::Reaches { instant, past_opens } => {
                ConditionKind::Reaches { instant: self.instant(side, instant, event), past_opens: *past_opens }
            }
        };
        Condition { span: self.span(), kind }
    }

    fn segment(&self, side: Side, name: &str) -> ConditionKind {
        let pair = self.segments.get(name);
        let id = pair.map(|(old, new)| if side == Side::Old { *old } else { *new });
        id.map_or(ConditionKind::Broken, ConditionKind::Segment)
    }

    fn had(&self, side: Side, negated: bool, event: &ruleset::EventTest, window: Option<ruleset::Window>) -> ConditionKind {
        ConditionKind::Had { negated, event: self.event(side, event), window: window.map(|window| self.window(window)) }
    }

    fn schedule(&self, side: Side, it: &Schedule, event: Option<EventId>) -> ConditionKind {
        let (schedule, at) = match it {
            Schedule::Day { at } => (model::Schedule::Day, at),
            Schedule::Week { on, at } => (model::Schedule::Week(*on), at),
            Schedule::Month { day, at } => (model::Schedule::Month(*day), at),
            Schedule::Year { on, at } => (model::Schedule::Year(self.term(side, on, event)), at),
        };
        ConditionKind::Every { schedule, at: *at }
    }

    /// An event, perhaps restricted.
    pub fn event(&self, side: Side, it: &ruleset::EventTest) -> EventTest {
        let event = self.events.get(&it.name).copied();
        let filter = it.filter.as_ref().map(|filter| Box::new(self.inside(side, filter, event)));
        EventTest { span: self.span(), event, message: None, filter }
    }

    pub(super) fn window(&self, it: ruleset::Window) -> model::Window {
        let kind = match it {
            ruleset::Window::WithinMs(ms) => WindowKind::WithinMs(ms),
            ruleset::Window::SinceEntering => WindowKind::SinceEntering,
            ruleset::Window::SinceStarting => WindowKind::SinceStarting,
        };
        model::Window { span: self.span(), kind }
    }

    fn instant(&self, side: Side, it: &ruleset::Instant, event: Option<EventId>) -> Instant {
        let offset = it.offset.map(|offset| Offset {
            by_ms: offset.by_ms,
            side: match offset.side {
                ruleset::OffsetSide::Before => OffsetSide::Before,
                ruleset::OffsetSide::After => OffsetSide::After,
            },
        });
        Instant { span: self.span(), base: self.term(side, &it.base, event), offset, at: it.at }
    }
}
