//! Whether a condition holds now, as far as that is known.
//!
//! Where only time passes, what the world has done is long ago: nothing of it lies in a window. In one instant, anything
//! may have happened before it.

use super::{
    choice::negated,
    search::{Go, Rehearsal},
    state::{Mode, Trigger},
    term::{Value, compares, order},
};
use crate::model::{
    CompareOp, Condition, ConditionKind, Count, EventTest, FunnelId, Literal, Term, TermKind, TextTest, Window, WindowKind,
};

/// A condition after everything that is known was put in.
#[derive(Clone, Debug)]
pub enum Folded {
    Yes,
    No,
    /// It asks this of what is not known of the contact.
    Maybe(Condition),
    /// It cannot be decided here.
    Unsure,
}

impl From<bool> for Folded {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// Who looks, and what is happening.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    pub funnel: Option<FunnelId>,
    pub trigger: Trigger,
    /// Inside a `where`: the event looked at.
    pub subject: Option<usize>,
}

/// How deep segments are opened.
const SEGMENTS_DEEP: u32 = 16;

impl Rehearsal<'_, '_, '_> {
    /// Whether a condition holds; asks where that is open.
    pub fn holds(&mut self, funnel: FunnelId, it: &Condition, trigger: Trigger) -> Go<bool> {
        let sight = Sight { funnel: Some(funnel), trigger, subject: None };
        match self.fold(sight, it, SEGMENTS_DEEP)? {
            Folded::Yes => Ok(true),
            Folded::No => Ok(false),
            Folded::Maybe(rest) => self.decide(rest),
            Folded::Unsure => self.guess(),
        }
    }

    /// Assumes that the contact came in through a door, as far as that says something of the contact; whether it can be.
    pub fn arrive_by(&mut self, funnel: FunnelId, it: &Condition) -> Go<bool> {
        let mode = std::mem::replace(&mut self.mode, Mode::Instant);
        self.arriving = true;
        let sight = Sight { funnel: Some(funnel), trigger: Trigger::default(), subject: None };
        let folded = self.fold(sight, it, SEGMENTS_DEEP)?;
        (self.mode, self.arriving) = (mode, false);
        match folded {
            Folded::Yes | Folded::Unsure => Ok(true),
            Folded::No => Ok(false),
            Folded::Maybe(rest) => self.decide(rest),
        }
    }

    /// Whether what is happening makes it true.
    pub fn triggered(&mut self, funnel: FunnelId, it: &Condition, trigger: Trigger) -> Go<bool> {
        if trigger.past.is_none() && !trigger.clock {
            return Ok(false);
        }
        Ok(match &it.kind {
            ConditionKind::Or(sides) => {
                for side in sides {
                    if self.triggered(funnel, side, trigger)? {
                        return Ok(true);
                    }
                }
                false
            }
            ConditionKind::And(sides) => {
                let mut by_one = false;
                for side in sides {
                    by_one = by_one || self.triggered(funnel, side, trigger)?;
                }
                by_one && self.holds(funnel, it, trigger)?
            }
            ConditionKind::Event(_) | ConditionKind::Every { .. } => self.holds(funnel, it, trigger)?,
            _ => false,
        })
    }

    fn fold(&mut self, sight: Sight, it: &Condition, deep: u32) -> Go<Folded> {
        Ok(match &it.kind {
            ConditionKind::Or(sides) => self.any(sight, it, sides, deep)?,
            ConditionKind::And(sides) => self.all(sight, it, sides, deep)?,
            ConditionKind::Not(inner) => match self.fold(sight, inner, deep)? {
                Folded::Yes => Folded::No,
                Folded::No => Folded::Yes,
                Folded::Maybe(rest) => Folded::Maybe(negated(&rest)),
                Folded::Unsure => Folded::Unsure,
            },
            ConditionKind::Event(_) | ConditionKind::Every { .. } | ConditionKind::Reaches { .. } | ConditionKind::Finished(_)
                if self.arriving =>
            {
                Folded::Yes
            }
            ConditionKind::Had { window: Some(window), .. } | ConditionKind::Count { window: Some(window), .. }
                if self.arriving && window.kind != WindowKind::SinceStarting && !matches!(window.kind, WindowKind::WithinMs(_)) =>
            {
                Folded::Yes
            }
            ConditionKind::Event(test) => match sight.trigger.past {
                Some(at) => self.fits(sight, test, at)?,
                None => Folded::No,
            },
            ConditionKind::Every { .. } => sight.trigger.clock.into(),
            ConditionKind::Had { negated, event, window } => {
                let had = self.counted(sight, it, (Count::AtLeast, 1), event, *window)?;
                if *negated { opposite(had, it) } else { had }
            }
            ConditionKind::Count { count, bound, event, window } => self.counted(sight, it, (*count, *bound), event, *window)?,
            ConditionKind::TimeSince { event, op, than_ms } => self.time_since(sight, it, event, (*op, *than_ms))?,
            ConditionKind::Compare { left, op, right } => {
                let (a, b) = (self.value(sight.funnel, sight.subject, left)?, self.value(sight.funnel, sight.subject, right)?);
                compare(it, (left, &a), *op, (right, &b))
            }
            ConditionKind::In { left, list } => self.is_in(sight, it, left, list)?,
            ConditionKind::Text { left, test, right } => {
                let (a, b) = (self.value(sight.funnel, sight.subject, left)?, self.value(sight.funnel, sight.subject, right)?);
                text(it, &a, *test, &b)
            }
            ConditionKind::Known { term, known } => match self.value(sight.funnel, sight.subject, term)? {
                Value::Known(_) => (*known).into(),
                Value::Missing => (!*known).into(),
                Value::Free(_) | Value::Shifted(..) => Folded::Maybe(it.clone()),
                Value::Unknown => Folded::Unsure,
            },
            ConditionKind::Segment(id) if deep > 0 => {
                let inside = Sight { funnel: None, trigger: Trigger::default(), subject: None };
                self.fold(inside, &self.world.context.model.segments[*id].when, deep - 1)?
            }
            ConditionKind::Finished(name) => self.is_finished(sight, name),
            ConditionKind::Before(_) if self.mode != Mode::Instant => Folded::No,
            ConditionKind::From(_) if self.mode != Mode::Instant => Folded::Yes,
            ConditionKind::Before(_) | ConditionKind::From(_) => Folded::Maybe(it.clone()),
            ConditionKind::Reaches { past_opens, .. } => {
                if *past_opens {
                    Folded::Unsure
                } else {
                    Folded::No
                }
            }
            ConditionKind::Segment(_) | ConditionKind::Broken => Folded::Unsure,
        })
    }

    fn any(&mut self, sight: Sight, it: &Condition, sides: &[Condition], deep: u32) -> Go<Folded> {
        let (mut rest, mut unsure) = (Vec::new(), false);
        for side in sides {
            match self.fold(sight, side, deep)? {
                Folded::Yes => return Ok(Folded::Yes),
                Folded::No => {}
                Folded::Maybe(side) => rest.push(side),
                Folded::Unsure => unsure = true,
            }
        }
        Ok(joined(it, rest, unsure, false))
    }

    fn all(&mut self, sight: Sight, it: &Condition, sides: &[Condition], deep: u32) -> Go<Folded> {
        let (mut rest, mut unsure) = (Vec::new(), false);
        for side in sides {
            match self.fold(sight, side, deep)? {
                Folded::No => return Ok(Folded::No),
                Folded::Yes => {}
                Folded::Maybe(side) => rest.push(side),
                Folded::Unsure => unsure = true,
            }
        }
        Ok(joined(it, rest, unsure, true))
    }

    /// Whether an event of the rehearsal is one of the test.
    pub fn fits(&mut self, sight: Sight, test: &EventTest, at: usize) -> Go<Folded> {
        let Some(past) = self.past.get(at) else { return Ok(Folded::No) };
        if test.event != Some(past.event) || test.message.is_some_and(|message| past.message != Some(message)) {
            return Ok(Folded::No);
        }
        match &test.filter {
            Some(filter) => self.fold(Sight { trigger: Trigger::default(), subject: Some(at), ..sight }, filter, SEGMENTS_DEEP),
            None => Ok(Folded::Yes),
        }
    }

    /// The events of a test in a window: how many, and whether there may be more among them.
    fn hits(&mut self, sight: Sight, test: &EventTest, window: Option<Window>) -> Go<(Vec<usize>, bool)> {
        let (mut hits, mut unsure) = (Vec::new(), false);
        let since = sight.funnel.and_then(|id| self.places.get(&id)).map_or((0, 0), |place| (place.since_order, place.started_order));
        for at in 0..self.past.len() {
            let Some(past) = self.past.get(at) else { continue };
            let inside = match window.map(|it| it.kind) {
                None => true,
                Some(WindowKind::WithinMs(ms)) => past.at > self.now.saturating_sub(ms),
                Some(WindowKind::SinceEntering) => past.order > since.0,
                Some(WindowKind::SinceStarting) => past.order > since.1,
            };
            if inside {
                match self.fits(sight, test, at)? {
                    Folded::Yes => hits.push(at),
                    Folded::No => {}
                    Folded::Maybe(_) | Folded::Unsure => unsure = true,
                }
            }
        }
        Ok((hits, unsure))
    }

    fn counted(
        &mut self,
        sight: Sight,
        it: &Condition,
        (count, bound): (Count, u32),
        test: &EventTest,
        window: Option<Window>,
    ) -> Go<Folded> {
        let (hits, unsure) = self.hits(sight, test, window)?;
        let number = u32::try_from(hits.len()).unwrap_or(u32::MAX);
        if count == Count::AtLeast && number >= bound {
            return Ok(Folded::Yes);
        }
        if unsure {
            return Ok(Folded::Unsure);
        }
        let is_open = match window.map(|it| it.kind) {
            None | Some(WindowKind::SinceStarting) => true,
            Some(WindowKind::WithinMs(_)) => self.mode == Mode::Instant,
            Some(WindowKind::SinceEntering) => false,
        };
        if !is_open {
            return Ok(match count {
                Count::AtLeast => Folded::No,
                Count::AtMost => (number <= bound).into(),
                Count::Exactly => (number == bound).into(),
            });
        }
        // What happened before counts as well; what happens on the way may use it up.
        self.used_up |= number > 0 && count != Count::AtLeast;
        Ok(match count {
            Count::AtMost | Count::Exactly if number > bound => Folded::No,
            Count::AtLeast | Count::AtMost | Count::Exactly if number == 0 => Folded::Maybe(match &it.kind {
                ConditionKind::Had { negated: true, event, window } => {
                    Condition { span: it.span, kind: ConditionKind::Had { negated: false, event: event.clone(), window: *window } }
                }
                _ => it.clone(),
            }),
            Count::AtLeast | Count::AtMost | Count::Exactly => Folded::Maybe(Condition {
                span: it.span,
                kind: ConditionKind::Count { count, bound: bound - number, event: test.clone(), window },
            }),
        })
    }

    fn time_since(&mut self, sight: Sight, it: &Condition, test: &EventTest, (op, than_ms): (CompareOp, i64)) -> Go<Folded> {
        let (hits, unsure) = self.hits(sight, test, None)?;
        if unsure {
            return Ok(Folded::Unsure);
        }
        if let Some(past) = hits.last().and_then(|at| self.past.get(*at)) {
            return Ok(compares(self.now.saturating_sub(past.at).cmp(&than_ms), op).into());
        }
        Ok(match (self.mode, op) {
            (Mode::Instant, _) | (_, CompareOp::Greater | CompareOp::GreaterOrEqual | CompareOp::NotEqual) => Folded::Maybe(it.clone()),
            (Mode::Silent | Mode::Scanner, CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Equal) => Folded::No,
        })
    }

    fn is_in(&mut self, sight: Sight, it: &Condition, left: &Term, list: &[Term]) -> Go<Folded> {
        let value = self.value(sight.funnel, sight.subject, left)?;
        let known = match &value {
            Value::Known(known) => known,
            Value::Missing => return Ok(Folded::No),
            Value::Free(_) if list.iter().all(|item| matches!(item.kind, TermKind::Literal(_))) => return Ok(Folded::Maybe(it.clone())),
            Value::Free(_) | Value::Shifted(..) | Value::Unknown => return Ok(Folded::Unsure),
        };
        let mut open = false;
        for item in list {
            match self.value(sight.funnel, sight.subject, item)? {
                Value::Known(item) if order(known, &item).is_some_and(std::cmp::Ordering::is_eq) => return Ok(Folded::Yes),
                Value::Known(_) | Value::Missing => {}
                Value::Free(_) | Value::Shifted(..) | Value::Unknown => open = true,
            }
        }
        Ok(if open { Folded::Unsure } else { Folded::No })
    }

    fn is_finished(&self, sight: Sight, name: &str) -> Folded {
        let Some(place) = sight.funnel.and_then(|id| self.places.get(&id)) else { return Folded::No };
        let Some(stage) = place.stage else { return Folded::No };
        let at = self.world.context.model.stages[stage].nurtures.iter().position(|it| it.name == name);
        at.and_then(|at| place.plays.get(at)).is_some_and(|slot| slot.finished).into()
    }
}

/// The opposite of what is known of `had`, for `no`.
fn opposite(had: Folded, it: &Condition) -> Folded {
    match had {
        Folded::Yes => Folded::No,
        Folded::No => Folded::Yes,
        Folded::Maybe(rest) if matches!(rest.kind, ConditionKind::Had { .. }) => Folded::Maybe(it.clone()),
        Folded::Maybe(rest) => Folded::Maybe(negated(&rest)),
        Folded::Unsure => Folded::Unsure,
    }
}

fn joined(it: &Condition, mut rest: Vec<Condition>, unsure: bool, all: bool) -> Folded {
    if unsure {
        return Folded::Unsure;
    }
    match rest.len() {
        0 => all.into(),
        1 => rest.pop().map_or(Folded::Unsure, Folded::Maybe),
        _ => Folded::Maybe(Condition { span: it.span, kind: if all { ConditionKind::And(rest) } else { ConditionKind::Or(rest) } }),
    }
}

fn compare(it: &Condition, (left, a): (&Term, &Value), op: CompareOp, (right, b): (&Term, &Value)) -> Folded {
    let constant = |like: &Term, literal: &Literal| Term { kind: TermKind::Literal(literal.clone()), optional: false, ..like.clone() };
    let asks = |left: Term, right: Term| Folded::Maybe(Condition { span: it.span, kind: ConditionKind::Compare { left, op, right } });
    match (a, b) {
        (Value::Missing, _) | (_, Value::Missing) => Folded::No,
        (Value::Known(a), Value::Known(b)) => order(a, b).map_or(Folded::Unsure, |order| compares(order, op).into()),
        (Value::Free(a), Value::Free(b)) => asks(a.clone(), b.clone()),
        (Value::Free(a), Value::Known(b)) => asks(a.clone(), constant(right, b)),
        (Value::Known(a), Value::Free(b)) => asks(constant(left, a), b.clone()),
        (Value::Shifted(a, by), Value::Known(Literal::Number(b))) => {
            b.checked_sub(*by).map_or(Folded::Unsure, |b| asks(a.clone(), constant(right, &Literal::Number(b))))
        }
        (Value::Known(Literal::Number(a)), Value::Shifted(b, by)) => {
            a.checked_sub(*by).map_or(Folded::Unsure, |a| asks(constant(left, &Literal::Number(a)), b.clone()))
        }
        _ => Folded::Unsure,
    }
}

fn text(it: &Condition, left: &Value, test: TextTest, right: &Value) -> Folded {
    match (left, right) {
        (Value::Missing, _) | (_, Value::Missing) => Folded::No,
        (Value::Known(Literal::Text(a) | Literal::Choice(a)), Value::Known(Literal::Text(b) | Literal::Choice(b))) => match test {
            TextTest::Contains => a.contains(b.as_str()),
            TextTest::StartsWith => a.starts_with(b.as_str()),
            TextTest::EndsWith => a.ends_with(b.as_str()),
        }
        .into(),
        (Value::Known(Literal::List(list)), Value::Known(item)) if test == TextTest::Contains => list.contains(item).into(),
        (Value::Free(_), Value::Known(_) | Value::Free(_)) => Folded::Maybe(it.clone()),
        _ => Folded::Unsure,
    }
}
