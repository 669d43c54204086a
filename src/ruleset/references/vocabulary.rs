//! References in the declarations outside funnels.

use super::{Checked, Derived, Index, Path, condition::Scope, duration, fault, find, range, unique};
use crate::ruleset::{Assumption, Attribute, Channel, Event, Literal, Property, ReadError, RuleSet, Score, ScoreRule, Segment, Type};
use std::collections::{HashMap, HashSet};

impl<'r> Index<'r> {
    pub(super) fn vocabulary(&self, rules: &'r RuleSet) -> Checked {
        let root = Path::ROOT;
        if jiff::tz::TimeZone::get(&rules.timezone).is_err() {
            return Err(fault(&root.field("timezone"), format!("`{}` is no time zone such as `Europe/Berlin`", rules.timezone)));
        }
        macro_rules! all {
            ($list:ident, $kind:literal, $check:expr) => {
                let list = root.field(stringify!($list));
                unique(&list, $kind, rules.$list.iter().map(|it| it.name.as_str()))?;
                for (n, it) in rules.$list.iter().enumerate() {
                    $check(&list.item(n), it)?;
                }
            };
        }
        all!(attributes, "attribute", attribute);
        all!(events, "event", |at: &Path<'_>, it: &Event| self.event(at, it));
        all!(channels, "channel", |at: &Path<'_>, it: &Channel| self.channel(at, it));
        all!(messages, "message", |at: &Path<'_>, it: &crate::ruleset::Message| {
            find(&self.channels, &at.field("channel"), "channel", &it.channel)?;
            properties(&at.field("parameters"), &it.parameters)
        });
        all!(actions, "action", |at: &Path<'_>, it: &crate::ruleset::Action| properties(&at.field("parameters"), &it.parameters));
        let mut needs = HashMap::new();
        all!(segments, "segment", |at: &Path<'_>, it: &'r Segment| {
            self.condition(&at.field("when"), &it.when, &Scope::default())?;
            needs.insert(Derived::Segment(&it.name), self.met.take());
            Ok::<(), ReadError>(())
        });
        all!(scores, "score", |at: &Path<'_>, it: &'r Score| {
            self.score(at, it)?;
            needs.insert(Derived::Score(&it.name), self.met.take());
            Ok::<(), ReadError>(())
        });
        no_circle(rules, needs)
    }

    fn event(&self, at: &Path<'_>, it: &Event) -> Checked {
        properties(&at.field("properties"), &it.properties)?;
        if let Some(channel) = &it.channel {
            find(&self.channels, &at.field("channel"), "channel", channel)?;
        }
        let flags = at.field("opts_out");
        for (n, flag) in it.opts_out.iter().enumerate() {
            self.flag(&flags.item(n), flag)?;
        }
        it.rate.map_or(Ok(()), |rate| duration(&at.field("rate").field("per_ms"), rate.per_ms))
    }

    fn channel(&self, at: &Path<'_>, it: &Channel) -> Checked {
        if let Some(flag) = &it.needs {
            self.flag(&at.field("needs"), flag)?;
        }
        let caps = at.field("caps");
        for (n, cap) in it.caps.iter().enumerate() {
            duration(&caps.item(n).field("within_ms"), cap.within_ms)?;
        }
        Ok(())
    }

    fn flag(&self, at: &Path<'_>, name: &str) -> Checked {
        let attribute = find(&self.attributes, at, "attribute", name)?;
        if attribute.ty == Type::Flag { Ok(()) } else { Err(fault(at, format!("the attribute `{name}` is no flag"))) }
    }

    pub(super) fn assumptions(&self, list: &Path<'_>, assumptions: &[Assumption]) -> Checked {
        for (n, it) in assumptions.iter().enumerate() {
            let item = list.item(n);
            let (at, Some(it)) = (item.field("of"), &it.of) else { continue };
            self.event_test(&at.field("event"), &it.event, &Scope::default())?;
            duration(&at.field("within_ms"), it.within_ms)?;
            find(&self.stages, &at.field("stage"), "stage", &it.stage)?;
        }
        Ok(())
    }

    fn score(&self, at: &Path<'_>, it: &Score) -> Checked {
        let lines = at.field("lines");
        for (n, line) in it.lines.iter().enumerate() {
            let item = lines.item(n);
            let rule = item.field("for");
            match &line.rule {
                ScoreRule::Event(event) => self.event_test(&rule.field("event"), event, &Scope::default())?,
                ScoreRule::EveryWithout { period_ms, event } => {
                    let every = rule.field("every_without");
                    duration(&every.field("period_ms"), *period_ms)?;
                    self.event_test(&every.field("event"), event, &Scope::default())?;
                }
            }
        }
        Ok(())
    }
}

/// No segment or score asks for itself by way of others (peeling off what asks for nothing, after Kahn 1962).
fn no_circle<'r>(rules: &'r RuleSet, needs: HashMap<Derived<'r>, Vec<Derived<'r>>>) -> Checked {
    let mut users: HashMap<Derived<'_>, Vec<Derived<'_>>> = HashMap::new();
    let mut open: HashMap<Derived<'_>, usize> = HashMap::new();
    for (user, list) in needs {
        open.insert(user, list.len());
        for needed in list {
            users.entry(needed).or_default().push(user);
        }
    }
    let mut settled: Vec<Derived<'_>> = open.iter().filter(|(_, count)| **count == 0).map(|(it, _)| *it).collect();
    while let Some(it) = settled.pop() {
        for user in users.remove(&it).unwrap_or_default() {
            if let Some(count) = open.get_mut(&user) {
                *count -= 1;
                if *count == 0 {
                    settled.push(user);
                }
            }
        }
    }
    let stuck = |it: Derived<'r>| open.get(&it).is_some_and(|count| *count > 0);
    let message = "this asks for itself, by way of other segments and scores or at once";
    if let Some(n) = rules.segments.iter().position(|it| stuck(Derived::Segment(&it.name))) {
        return Err(fault(&Path::ROOT.field("segments").item(n), message));
    }
    match rules.scores.iter().position(|it| stuck(Derived::Score(&it.name))) {
        Some(n) => Err(fault(&Path::ROOT.field("scores").item(n), message)),
        None => Ok(()),
    }
}

fn attribute(at: &Path<'_>, it: &Attribute) -> Checked {
    type_of(&at.field("type"), &it.ty)?;
    let default = at.field("default");
    match (&it.default, &it.ty) {
        (None, Type::List) => Ok(()),
        (None, _) if it.optional => Ok(()),
        (None, _) => Err(fault(at, format!("the attribute `{}` is never missing and has no `default`", it.name))),
        (Some(Literal::Choice(value)), Type::OneOf(values)) if !values.contains(value) => {
            Err(fault(&default, format!("`{value}` is none of the values of `{}`", it.name)))
        }
        (Some(Literal::Text(_)), Type::Text)
        | (Some(Literal::Number(_)), Type::Number)
        | (Some(Literal::Flag(_)), Type::Flag)
        | (Some(Literal::Date(_)), Type::Date)
        | (Some(Literal::Time(_)), Type::Time)
        | (Some(Literal::Choice(_)), Type::OneOf(_))
        | (Some(Literal::List(_)), Type::List) => Ok(()),
        (Some(_), _) => Err(fault(&default, format!("this value does not fit the type of `{}`", it.name))),
    }
}

fn properties(list: &Path<'_>, items: &[Property]) -> Checked {
    unique(list, "property", items.iter().map(|it| it.name.as_str()))?;
    for (n, it) in items.iter().enumerate() {
        type_of(&list.item(n).field("type"), &it.ty)?;
    }
    Ok(())
}

fn type_of(at: &Path<'_>, ty: &Type) -> Checked {
    let Type::OneOf(values) = ty else { return Ok(()) };
    let distinct: HashSet<&str> = values.iter().map(String::as_str).collect();
    range(&at.field("one_of"), "the number of different values", i64::try_from(distinct.len()).unwrap_or(i64::MAX), 1, i64::MAX)?;
    unique(&at.field("one_of"), "value", values.iter().map(String::as_str))
}
