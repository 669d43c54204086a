//! References in conditions and values.

use super::{Checked, Derived, Index, Path, dangling, duration, fault, find, range};
use crate::ruleset::{Aggregate, Condition, Event, EventTest, Instant, Schedule, Term, Window};
use crate::units::MS_MAX;

/// What a condition can see beyond the declarations.
#[derive(Clone, Copy, Default)]
pub(super) struct Scope<'s> {
    /// Inside `where`: the event looked at.
    pub(super) event: Option<&'s Event>,
    /// The nurtures whose end can be asked for.
    pub(super) nurtures: &'s [&'s str],
}

impl Index<'_> {
    pub(super) fn condition(&self, at: &Path<'_>, it: &Condition, scope: &Scope<'_>) -> Checked {
        match it {
            Condition::Any(list) => self.conditions(&at.field("any"), list, scope),
            Condition::All(list) => self.conditions(&at.field("all"), list, scope),
            Condition::Not(inner) => self.condition(&at.field("not"), inner, scope),
            Condition::Event(event) => self.event_test(&at.field("event"), event, scope),
            Condition::Had { event, window } => self.over(&at.field("had"), event, window.as_ref(), scope),
            Condition::No { event, window } => self.over(&at.field("no"), event, window.as_ref(), scope),
            Condition::Count(count) => self.over(&at.field("count"), &count.event, count.window.as_ref(), scope),
            Condition::TimeSince { event, is: _, than_ms } => {
                let at = at.field("time_since");
                self.event_test(&at.field("event"), event, scope)?;
                range(&at.field("than_ms"), "a length of time in milliseconds", *than_ms, 0, MS_MAX)
            }
            Condition::Compare { left, is: _, right } => {
                let at = at.field("compare");
                self.term(&at.field("left"), left, scope)?;
                self.term(&at.field("right"), right, scope)
            }
            Condition::In { left, list } => {
                let at = at.field("in");
                self.term(&at.field("left"), left, scope)?;
                let items = at.field("list");
                list.iter().enumerate().try_for_each(|(n, term)| self.term(&items.item(n), term, scope))
            }
            Condition::Text(pattern) => {
                let at = at.field("text");
                self.term(&at.field("left"), &pattern.left, scope)?;
                self.term(&at.field("right"), &pattern.right, scope)
            }
            Condition::Known(term) => self.term(&at.field("known"), term, scope),
            Condition::Missing(term) => self.term(&at.field("missing"), term, scope),
            Condition::Segment(name) => {
                let segment = find(&self.segments, &at.field("segment"), "segment", name)?;
                self.met.borrow_mut().push(Derived::Segment(&segment.name));
                Ok(())
            }
            Condition::Finished(name) if scope.nurtures.contains(&name.as_str()) => Ok(()),
            Condition::Finished(name) => Err(dangling(&at.field("finished"), "nurture", name)),
            Condition::Before(_) | Condition::From(_) => Ok(()),
            Condition::Every(schedule) => self.schedule(&at.field("every"), schedule, scope),
            Condition::Reaches { instant, past_opens: _ } => self.instant(&at.field("reaches").field("instant"), instant, scope),
        }
    }

    fn conditions(&self, at: &Path<'_>, list: &[Condition], scope: &Scope<'_>) -> Checked {
        list.iter().enumerate().try_for_each(|(n, it)| self.condition(&at.item(n), it, scope))
    }

    pub(super) fn event_test(&self, at: &Path<'_>, it: &EventTest, scope: &Scope<'_>) -> Checked {
        let event = find(&self.events, &at.field("name"), "event", &it.name)?;
        let inside = Scope { event: Some(event), ..*scope };
        it.filter.as_ref().map_or(Ok(()), |filter| self.condition(&at.field("where"), filter, &inside))
    }

    fn over(&self, at: &Path<'_>, event: &EventTest, window: Option<&Window>, scope: &Scope<'_>) -> Checked {
        self.event_test(&at.field("event"), event, scope)?;
        window.map_or(Ok(()), |it| over_time(at, it))
    }

    fn schedule(&self, at: &Path<'_>, it: &Schedule, scope: &Scope<'_>) -> Checked {
        match it {
            Schedule::Day { .. } | Schedule::Week { .. } => Ok(()),
            Schedule::Month { day, at: _ } => range(&at.field("month").field("day"), "a day of a month", i64::from(*day), 1, 31),
            Schedule::Year { on, at: _ } => self.term(&at.field("year").field("on"), on, scope),
        }
    }

    pub(super) fn instant(&self, at: &Path<'_>, it: &Instant, scope: &Scope<'_>) -> Checked {
        self.term(&at.field("base"), &it.base, scope)?;
        it.offset.map_or(Ok(()), |offset| duration(&at.field("offset").field("by_ms"), offset.by_ms))
    }

    pub(super) fn term(&self, at: &Path<'_>, it: &Term, scope: &Scope<'_>) -> Checked {
        match it {
            Term::Literal(_) | Term::Missing {} => Ok(()),
            Term::Attribute(name) => find(&self.attributes, &at.field("attribute"), "attribute", name).map(|_| ()),
            Term::Property(name) => match scope.event {
                Some(event) => property_of(&at.field("property"), event, name),
                None => Err(fault(&at.field("property"), format!("the property `{name}` stands here outside a `where`"))),
            },
            Term::Entry(name) if self.properties.contains(name.as_str()) => Ok(()),
            Term::Entry(name) => Err(dangling(&at.field("entry"), "property", name)),
            Term::Latest { event, property } => {
                let at = at.field("latest");
                let event = find(&self.events, &at.field("event"), "event", event)?;
                property_of(&at.field("property"), event, property)
            }
            Term::Score(name) => {
                let score = find(&self.scores, &at.field("score"), "score", name)?;
                self.met.borrow_mut().push(Derived::Score(&score.name));
                Ok(())
            }
            Term::Aggregate(aggregate) => self.aggregate(&at.field("aggregate"), aggregate, scope),
            Term::Arithmetic(arithmetic) => {
                let at = at.field("arithmetic");
                self.term(&at.field("left"), &arithmetic.left, scope)?;
                self.term(&at.field("right"), &arithmetic.right, scope)
            }
            Term::Negate(inner) => self.term(&at.field("negate"), inner, scope),
            Term::Message(name) => find(&self.messages, &at.field("message"), "message", name).map(|_| ()),
        }
    }

    fn aggregate(&self, at: &Path<'_>, it: &Aggregate, scope: &Scope<'_>) -> Checked {
        let event = find(&self.events, &at.field("event"), "event", &it.event)?;
        property_of(&at.field("property"), event, &it.property)?;
        if let Some(filter) = &it.filter {
            self.condition(&at.field("where"), filter, &Scope { event: Some(event), ..*scope })?;
        }
        it.window.map_or(Ok(()), |window| over_time(at, &window))
    }
}

fn over_time(at: &Path<'_>, it: &Window) -> Checked {
    match it {
        Window::WithinMs(ms) => duration(&at.field("window").field("within_ms"), *ms),
        Window::SinceEntering | Window::SinceStarting => Ok(()),
    }
}

fn property_of(at: &Path<'_>, event: &Event, name: &str) -> Checked {
    if event.properties.iter().any(|it| it.name == name) {
        return Ok(());
    }
    Err(fault(at, format!("the event `{}` has no property `{name}`", event.name)))
}
