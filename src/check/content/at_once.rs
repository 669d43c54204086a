//! F708: two messages at one instant.
//!
//! Fires at the later of two sends, in the order of the file, where one contact can get both at the same instant:
//! - in one nurture, no wait stands between them on some way through it;
//! - in two nurtures of a stage that begin together (at entry, or each time of the same event or clock), the waits before
//!   them are the same.
//!
//! Possible, not certain: the conditions before both must be able to hold together, and a split draws one arm. Silent:
//! transactional messages (answers), channels that people come to by themselves, the same message twice (F706, and what it says of this send), waits that end
//! by an answer, and nurtures that begin `when` something holds.

use super::{
    super::{
        context::Context,
        paths::{Item, ways},
    },
    moments::{Sent, can_hold, sends, together},
    pair::comes_by_both,
    same_twice,
    touch::comes_to_people,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    model::{ChannelId, Condition, ConditionKind, MessageId, Model, Nurture, Stage, Start, Step, StepKind, Wait},
    source::{Span, sentence_of},
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F708", "two messages at one instant");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut all = Diagnostics::new();
    let unasked = Unasked::of(context.model);
    for id in context.reached_stages() {
        let stage = &context.model.stages[id];
        let mut told = BTreeSet::new();
        for nurture in stage.nurtures.iter().filter(|nurture| unasked.meet(&nurture.steps, &mut Vec::new())) {
            in_one(context, &unasked, nurture, &mut told, &mut all);
        }
        side_by_side(context, &unasked, stage, &mut told, &mut all);
    }
    if !all.is_empty() {
        // One message twice says more of a send than two messages at once.
        let twice = same_twice::told(context);
        all.retain(|it| !twice.contains(&it.primary.span));
        found.extend(all);
    }
}

/// Which messages come to people unasked.
struct Unasked(Vec<bool>);

impl Unasked {
    fn of(model: &Model) -> Self {
        let channels: Vec<bool> = model.channels.ids().map(|id| comes_to_people(model, id)).collect();
        let comes = |id: ChannelId| channels.get(id.index()).copied().unwrap_or(false);
        Self(model.messages.values().map(|it| !it.transactional && it.channel.is_some_and(comes)).collect())
    }

    fn holds(&self, message: MessageId) -> bool {
        self.0.get(message.index()).copied().unwrap_or(false)
    }

    /// Whether different messages may meet in some steps, as far as waits tell; `now` are those that went out since the last
    /// wait, and then those at the end.
    fn meet(&self, steps: &[Step], now: &mut Vec<MessageId>) -> bool {
        steps.iter().any(|step| match &step.kind {
            StepKind::Send { message: Some(message), .. } if self.holds(*message) => {
                let meets = now.iter().any(|other| other != message);
                now.push(*message);
                meets
            }
            StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                now.clear();
                let sides = arms.iter().map(|arm| arm.steps.as_slice()).chain([otherwise.as_slice()]);
                self.sides(sides, now)
            }
            StepKind::Wait(_) => {
                now.clear();
                false
            }
            StepKind::If { branches, otherwise, .. } => {
                self.sides(branches.iter().map(|it| it.steps.as_slice()).chain([otherwise.as_slice()]), now)
            }
            StepKind::Split(split) => self.sides(split.arms.iter().map(|it| it.steps.as_slice()), now),
            StepKind::Repeat(repeat) => {
                let mut again = Vec::new();
                let meets = self.sides([repeat.steps.as_slice(), &[]].into_iter(), now) || self.meet(&repeat.steps, &mut again);
                now.extend(again);
                meets
            }
            StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { .. }
            | StepKind::Stop => false,
        })
    }

    /// The same for steps of which one side is taken.
    fn sides<'s>(&self, sides: impl Iterator<Item = &'s [Step]>, now: &mut Vec<MessageId>) -> bool {
        let before = std::mem::take(now);
        for side in sides {
            let mut own = before.clone();
            if self.meet(side, &mut own) {
                return true;
            }
            now.extend(own);
        }
        now.sort_unstable();
        now.dedup();
        false
    }
}

fn in_one(context: &Context<'_>, unasked: &Unasked, nurture: &Nurture, told: &mut BTreeSet<Span>, found: &mut Diagnostics) {
    for way in ways(nurture) {
        let mut now: Vec<(Span, MessageId)> = Vec::new();
        let mut guards: Vec<(&Condition, bool)> = Vec::new();
        for item in &way {
            match item {
                // What nobody gets to is another finding.
                Item::Send { step, .. } if !context.facts.sites().steps.contains(&step.span) => {}
                Item::Send { step, message, .. } if unasked.holds(*message) => {
                    let first = now.iter().find(|(_, other)| other != message).copied();
                    now.push((step.span, *message));
                    if let Some((first, other)) = first.filter(|_| !told.contains(&step.span) && can_hold(context, &guards)) {
                        told.insert(step.span);
                        let between = "no wait stands between the two, so both go out in the same second";
                        found.push(finding(context, (first, other), (step.span, *message), between));
                    }
                }
                Item::Send { .. } | Item::Do(_) | Item::Share(..) => {}
                Item::If(when, holds) => guards.push((when, *holds)),
                Item::Pass(..) | Item::Answer(_) | Item::Silence(_) | Item::Gap => {
                    now.clear();
                    guards.clear();
                }
            }
        }
    }
}

/// What begins a nurture, so that two that share one begin together.
fn beginnings(context: &Context<'_>, stage: &Stage, nurture: &Nurture) -> Vec<String> {
    match &nurture.start {
        Start::Entry => vec![String::new()],
        Start::When(_) => Vec::new(),
        Start::EachTime(when) => {
            let text = sentence_of(context.sources.slice(when.span));
            let event = |it: &Condition| {
                let ConditionKind::Event(test) = &it.kind else { return None };
                test.event.filter(|_| test.filter.is_none() && test.message.is_none())
            };
            // At the entry that its event opened it begins as well.
            let at_entry = event(when).is_some_and(|it| stage.doors.iter().any(|door| door.when.as_ref().and_then(event) == Some(it)));
            std::iter::once(text).chain(at_entry.then(String::new)).collect()
        }
    }
}

fn side_by_side(context: &Context<'_>, unasked: &Unasked, stage: &Stage, told: &mut BTreeSet<Span>, found: &mut Diagnostics) {
    if stage.nurtures.len() < 2 {
        return;
    }
    let mut before: Vec<(Vec<String>, Vec<Sent<'_>>)> = Vec::new();
    for nurture in &stage.nurtures {
        let begins = beginnings(context, stage, nurture);
        let own: Vec<Sent<'_>> = if begins.is_empty() { Vec::new() } else { sends(context, nurture) };
        let own: Vec<Sent<'_>> = own.into_iter().filter(|it| it.at.moment.is_some() && unasked.holds(it.message)).collect();
        for it in &own {
            let earlier = before.iter().filter(|(others, _)| others.iter().any(|other| begins.contains(other)));
            let mut same =
                earlier.flat_map(|(_, list)| list).filter(|other| other.at.moment == it.at.moment && other.message != it.message);
            let Some(first) = same.find(|other| together(context, &other.at, &it.at)).filter(|_| !told.contains(&it.at.span)) else {
                continue;
            };
            told.insert(it.at.span);
            let between = "two nurtures of this stage begin together and wait the same time, so both go out in the same second";
            found.push(finding(context, (first.at.span, first.message), (it.at.span, it.message), between));
        }
        before.push((begins, own));
    }
}

fn finding(context: &Context<'_>, first: (Span, MessageId), second: (Span, MessageId), between: &str) -> Diagnostic {
    let name = |message: MessageId| &context.model.messages[message].name.text;
    let message = format!("`{}` and `{}` reach the same contact at the same instant", name(first.1), name(second.1));
    let claim = Claim::SentAtOnce { messages: vec![name(first.1).clone(), name(second.1).clone()] };
    Diagnostic::new(CODE, second.0, message)
        .at("the second message")
        .label(first.0, "the first one")
        .note(between)
        .note("two messages at once read like a mistake, and of two that are equally new the second is seldom opened")
        .plots(comes_by_both(context, first.0, second.0, &claim))
        .help("put a wait between them, for instance `wait 1 day`, or make one message of the two")
}
