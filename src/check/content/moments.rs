//! When on a way something is done, as far as that can be compared and reckoned.

use super::super::{
    context::Context,
    paths::{Item, ways},
};
use crate::{
    logic::{Part, Question},
    model::{Argument, Condition, ConditionKind, Instant, MessageId, Model, Nurture, Wait},
    source::{SourceMap, Span},
    units::{Clock, Weekday},
};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Segments are opened so deep; a circle of them is a finding of its own.
const SEGMENTS_DEEP: u32 = 64;

/// A part of the time since a nurture began. Equal lists of ticks are the same instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tick {
    /// So many milliseconds.
    For(i64),
    /// So many days of the calendar.
    Days(u32),
    /// The next such time of the clock.
    Clock(Option<Weekday>, Clock),
    /// An instant, as written.
    Instant(String),
}

/// What is done.
#[derive(Clone, Copy, Debug)]
pub enum What<'m> {
    /// A message is asked for.
    Send(MessageId, &'m [Argument]),
    /// Something else.
    Do,
    /// A condition decides.
    Ask(&'m Condition),
}

/// Something done on a way, with what comes before it.
#[derive(Clone, Debug)]
pub struct Done<'m> {
    /// The step, or the condition.
    pub span: Span,
    /// What it is.
    pub what: What<'m>,
    /// When, since the nurture began; `None` behind an answer or between rounds.
    pub moment: Option<Vec<Tick>>,
    /// What was decided on the way to it.
    pub guards: Vec<(&'m Condition, bool)>,
    /// The arms of splits on the way to it.
    pub shares: Vec<(&'m str, usize)>,
    /// Whether nothing on the way to it looked at what the contact does.
    pub is_plain: bool,
}

/// The sends of a nurture: each step once for each different way to it.
pub fn sends<'m>(context: &Context<'_>, nurture: &'m Nurture) -> Vec<Sent<'m>> {
    let sent = |it: Done<'m>| match it.what {
        What::Send(message, arguments) => Some(Sent { message, arguments, at: it }),
        What::Do | What::Ask(_) => None,
    };
    done(context, nurture).into_iter().filter_map(sent).collect()
}

/// A send on a way.
#[derive(Clone, Debug)]
pub struct Sent<'m> {
    /// The message.
    pub message: MessageId,
    /// What it is given.
    pub arguments: &'m [Argument],
    /// Where and when.
    pub at: Done<'m>,
}

/// All that a nurture does, each step once for each different way to it.
pub fn done<'m>(context: &Context<'_>, nurture: &'m Nurture) -> Vec<Done<'m>> {
    let mut found: Vec<Done<'m>> = Vec::new();
    for way in ways(nurture) {
        let start =
            Done { span: nurture.span, what: What::Do, moment: Some(Vec::new()), guards: Vec::new(), shares: Vec::new(), is_plain: true };
        let mut now = start;
        for item in &way {
            match item {
                // What nobody gets to is another finding.
                Item::Send { step, .. } | Item::Do(step) if !context.facts.sites().steps.contains(&step.span) => {}
                Item::Send { step, message, arguments } => add_new(&mut found, step.span, What::Send(*message, arguments), &now),
                Item::Do(step) => add_new(&mut found, step.span, What::Do, &now),
                Item::Pass(wait, _) => pass(context.sources, wait, &mut now.moment),
                Item::Silence(ms) => {
                    now.is_plain = false;
                    add(&mut now.moment, *ms);
                }
                Item::Answer(_) => (now.is_plain, now.moment) = (false, None),
                Item::Gap => now.moment = None,
                Item::If(when, holds) => {
                    add_new(&mut found, when.span, What::Ask(when), &now);
                    now.is_plain &= !looks_at_events(context.model, when);
                    now.guards.push((when, *holds));
                }
                Item::Share(split, arm) => now.shares.push((&split.name, *arm)),
            }
        }
    }
    found
}

fn add_new<'m>(found: &mut Vec<Done<'m>>, span: Span, what: What<'m>, now: &Done<'m>) {
    let same = |other: &Done<'_>| {
        other.span == span && other.moment == now.moment && other.shares == now.shares && same_guards(&other.guards, &now.guards)
    };
    if !found.iter().any(same) {
        found.push(Done { span, what, ..now.clone() });
    }
}

fn same_guards(a: &[(&Condition, bool)], b: &[(&Condition, bool)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((a, x), (b, y))| a.span == b.span && x == y)
}

fn add(moment: &mut Option<Vec<Tick>>, ms: i64) {
    if let Some(ticks) = moment {
        match ticks.last_mut() {
            Some(Tick::For(sum)) => *sum = sum.saturating_add(ms),
            _ => ticks.push(Tick::For(ms)),
        }
    }
}

fn pass(sources: &SourceMap, wait: &Wait, moment: &mut Option<Vec<Tick>>) {
    let tick = match wait {
        Wait::For { ms } => return add(moment, *ms),
        Wait::CalendarDays { days } => Tick::Days(*days),
        Wait::Clock { weekday, at } => Tick::Clock(*weekday, *at),
        Wait::Instant { instant: Instant { span, .. }, .. } => Tick::Instant(crate::source::sentence_of(sources.slice(*span))),
        Wait::Until { .. } | Wait::Arms { .. } => return,
    };
    if let Some(ticks) = moment {
        ticks.push(tick);
    }
}

impl Tick {
    /// The least and the greatest time, in milliseconds, if they are known.
    pub fn between_ms(&self) -> Option<(i64, i64)> {
        Some(match self {
            Self::For(ms) => (*ms, *ms),
            // A day of the calendar may have an hour less or more.
            Self::Days(days) => {
                let ms = i64::from(*days).saturating_mul(DAY_MS);
                (ms.saturating_sub(HOUR_MS), ms.saturating_add(HOUR_MS))
            }
            Self::Clock(None, _) => (0, DAY_MS + HOUR_MS),
            Self::Clock(Some(_), _) => (0, 7 * DAY_MS + HOUR_MS),
            Self::Instant(_) => return None,
        })
    }
}

impl Done<'_> {
    /// The least and the greatest time since the nurture began, in milliseconds, if they are known.
    pub fn between_ms(&self) -> Option<(i64, i64)> {
        self.moment.as_ref()?.iter().try_fold((0_i64, 0_i64), |sum, tick| {
            let (least, most) = tick.between_ms()?;
            Some((sum.0.saturating_add(least.max(0)), sum.1.saturating_add(most)))
        })
    }
}

/// Whether one contact may see all of this: no conditions that exclude each other, no two arms of one split. What they are
/// like is taken as if it did not change between.
pub fn together(context: &Context<'_>, a: &Done<'_>, b: &Done<'_>) -> bool {
    let other_arm = a.shares.iter().any(|(name, arm)| b.shares.iter().any(|(other, drawn)| name == other && arm != drawn));
    let guards: Vec<(&Condition, bool)> = a.guards.iter().chain(&b.guards).copied().collect();
    !other_arm && can_hold(context, &guards)
}

/// Whether these conditions can hold, or fail, at once.
pub fn can_hold(context: &Context<'_>, guards: &[(&Condition, bool)]) -> bool {
    if guards.len() < 2 {
        // What never holds in itself is another finding.
        return true;
    }
    let all = guards.iter().fold(Question::new(), |all, (condition, holds)| all.part(Part::Condition(condition, *holds)));
    context.solver.can_be(&all)
}

/// Whether a condition asks for anything that somebody does, or that time alone changes.
pub fn looks_at_events(model: &Model, it: &Condition) -> bool {
    looks(model, it, SEGMENTS_DEEP)
}

fn looks(model: &Model, it: &Condition, deep: u32) -> bool {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().any(|it| looks(model, it, deep)),
        ConditionKind::Not(inner) => looks(model, inner, deep),
        ConditionKind::Segment(id) => deep == 0 || looks(model, &model.segments[*id].when, deep - 1),
        ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => !is_attribute(left) || !is_attribute(right),
        ConditionKind::In { left, .. } => !is_attribute(left),
        ConditionKind::Known { term, known: _ } => !is_attribute(term),
        ConditionKind::Event(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Every { .. }
        | ConditionKind::Reaches { .. }
        | ConditionKind::Broken => true,
    }
}

fn is_attribute(it: &crate::model::Term) -> bool {
    use crate::model::TermKind;
    match &it.kind {
        TermKind::Literal(_) | TermKind::Attribute(_) | TermKind::Entry(_) | TermKind::Message(_) | TermKind::Missing => true,
        TermKind::Arithmetic { left, right, .. } => is_attribute(left) && is_attribute(right),
        TermKind::Negate(inner) => is_attribute(inner),
        TermKind::Property { .. }
        | TermKind::Latest { .. }
        | TermKind::Score(_)
        | TermKind::Aggregate(_)
        | TermKind::Parameter(_)
        | TermKind::Broken => false,
    }
}
