//! The harm in a story, as what ought to be so instead and what a test can ask for.
//!
//! Each claim has its expectations: whoever is caught in a stage ought not to be in it, what is sent too often ought not to be
//! sent so often, who is refused ought to come in. They are asked at the instant at which the harm is done, which may be before
//! the story ends. A claim for which a test has no word (who is stopped in the stage in which it stands, with nothing sent)
//! falls back to the messages that the story sends again and again.

use super::{claim::split_name, trial::how_often};
use crate::diag::{BreachKind, Claim, Moment, Story, Turn};
use smol_str::{SmolStr, ToSmolStr};

/// What ought to be so, of whom, and when.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Harm {
    /// The funnel that stages are asked of.
    pub funnel: SmolStr,
    /// When it is asked, in milliseconds of UTC.
    pub until_ms: i64,
    /// The words behind `expect`.
    pub expectations: Vec<String>,
}

/// The harm in a story; nothing where a test has no words for it.
pub(super) fn of(story: &Story) -> Option<Harm> {
    let seen = Seen { story, until_ms: story.until_ms };
    let claims = story.plot.claims.iter();
    claims.filter_map(|claim| seen.harm(claim)).next().or_else(|| seen.repeated().map(|words| seen.expecting(&story.plot.funnel, [words])))
}

/// A story up to an instant.
#[derive(Clone, Copy)]
struct Seen<'s> {
    story: &'s Story,
    until_ms: i64,
}

impl<'s> Seen<'s> {
    fn harm(self, claim: &'s Claim) -> Option<Harm> {
        let own = &self.story.plot.funnel;
        match claim {
            Claim::Enters { stage, times } => self.enters(stage, *times),
            Claim::Stays { stages } => {
                let (funnel, _) = self.split(stages.first()?);
                Some(self.expecting(funnel, [format!("not in {}", self.place(funnel)?)]))
            }
            Claim::Sends { messages, after } => {
                Some(self.expecting(own, [self.too_often(messages.last()?, messages.len() > 1 && after.is_none(), after.as_ref())?]))
            }
            Claim::Outcome { message, outcome } => Some(self.expecting(own, [self.outcome(message, outcome)])),
            Claim::Looping | Claim::Cascade => self.at_once(if *claim == Claim::Looping { Turn::Looping } else { Turn::Cascade }),
            Claim::Passes { stages } => {
                let (funnel, stage) = self.split(stages.last()?);
                Some(self.expecting(funnel, [format!("in {stage}")]))
            }
            Claim::NotEntered { stage } => {
                let (funnel, stage) = self.split(stage);
                Some(self.expecting(funnel, [format!("in {stage}")]))
            }
            Claim::Rests { stage, .. } => {
                let (funnel, stage) = self.split(stage);
                Some(self.expecting(funnel, [format!("not in {stage}")]))
            }
            Claim::EntersOnly { stage, .. } => {
                let (funnel, stage) = self.split(stage);
                (self.place(funnel) != Some(stage)).then(|| self.expecting(funnel, [format!("in {stage}")]))
            }
            Claim::SentTwice { message } => Some(self.expecting(own, [format!("sent {message} 1 time")])),
            Claim::SentAtOnce { messages } => self.sent_at_once(messages),
            Claim::PassesAtOnce { stage, to } => self.passes_at_once(stage, to.as_ref()),
            Claim::Alternates { attribute, .. } => Some(self.expecting(own, [self.before_last(attribute)?])),
            Claim::OpensToo { to, other, .. } => {
                let (funnel, other) = self.split(other);
                let seen = self.up_to(self.entries(to).next()?.at_ms);
                Some(seen.expecting(funnel, [format!("in {other}")]))
            }
            Claim::Breaks(breach) => self.broken(&breach.kind),
            Claim::DoneUnsent { message, turn, about } => {
                let words = if *turn == Turn::Sends && self.sent(about) > 0 {
                    self.too_often(about, false, None)?
                } else if *turn == Turn::Does {
                    format!("not did {about}")
                } else {
                    format!("sent {message} {}", how_often(self.sent(message) + 1))
                };
                Some(self.expecting(own, [words]))
            }
        }
    }

    /// What was promised and is broken.
    fn broken(self, kind: &'s BreachKind) -> Option<Harm> {
        let own = &self.story.plot.funnel;
        let reached = |to: &'s [SmolStr]| {
            let (funnel, stage) = self.split(to.first()?);
            Some(self.expecting(funnel, [format!("in {stage}")]))
        };
        match kind {
            BreachKind::Stays { stage, most_ms } => {
                let (funnel, name) = self.split(stage);
                // At the instant at which the contact ought to be gone.
                let came =
                    self.entries(stage).rev().map(|it| it.at_ms + most_ms).find(|at_ms| self.up_to(*at_ms).place(funnel) == Some(name));
                let seen = self.up_to(came.map_or(self.until_ms, |at_ms| (at_ms + 1_000).min(self.until_ms)));
                (seen.place(funnel) == Some(name)).then(|| seen.expecting(funnel, [format!("not in {name}")]))
            }
            BreachKind::Misses { to, .. } | BreachKind::Unmet { to, .. } => reached(to),
            BreachKind::TooMany { messages, .. } => {
                let is_counted = |it: &&Moment| it.turn == Turn::Sends && messages.contains(&it.about);
                let last = self.moments().rfind(is_counted)?;
                Some(self.up_to(last.at_ms).expecting(own, [self.too_often(&last.about, true, None)?]))
            }
            BreachKind::SentIn { message, .. } => Some(self.expecting(own, [self.too_often(message, true, None)?])),
            BreachKind::SentAfter { message, event, .. } => Some(self.expecting(own, [self.too_often(message, true, Some(event))?])),
            BreachKind::Around { to: stage, .. } | BreachKind::Follows { later: stage, .. } => self.enters(stage, 1),
            BreachKind::Both { one, other } => {
                let last = |name: &'s str| self.entries(name).map(|it| it.at_ms).max();
                self.enters(if last(one) > last(other) { one } else { other }, 1)
            }
        }
    }

    fn split(self, name: &'s str) -> (&'s str, &'s str) {
        split_name(&self.story.plot, name)
    }

    fn up_to(self, until_ms: i64) -> Self {
        Self { until_ms, ..self }
    }

    fn expecting(self, funnel: &str, expectations: impl IntoIterator<Item = String>) -> Harm {
        Harm { funnel: funnel.to_smolstr(), until_ms: self.until_ms, expectations: expectations.into_iter().collect() }
    }

    /// What has happened so far.
    fn moments(self) -> impl DoubleEndedIterator<Item = &'s Moment> + Clone {
        self.story.moments.iter().filter(move |moment| moment.at_ms <= self.until_ms)
    }

    /// The moves in a funnel.
    fn moves(self, funnel: &'s str) -> impl DoubleEndedIterator<Item = &'s Moment> + Clone {
        self.moments().filter(move |it| it.funnel.as_deref() == Some(funnel) && matches!(it.turn, Turn::Enters | Turn::Leaves))
    }

    /// When a stage was entered.
    fn entries(self, name: &'s str) -> impl DoubleEndedIterator<Item = &'s Moment> {
        let (funnel, stage) = self.split(name);
        self.moves(funnel).filter(move |it| it.turn == Turn::Enters && it.about == stage)
    }

    /// The stage in which the contact is, or in which its run has ended.
    fn place(self, funnel: &'s str) -> Option<&'s str> {
        self.moves(funnel).next_back().filter(|it| it.turn == Turn::Enters).map(|it| it.about.as_str())
    }

    /// How often a message was sent.
    fn sent(self, message: &str) -> usize {
        self.moments().filter(|it| it.turn == Turn::Sends && it.about == message).count()
    }

    /// That a message is not sent as often as it was, or behind an event no more.
    fn too_often(self, message: &str, with_all: bool, after: Option<&SmolStr>) -> Option<String> {
        let all = self.sent(message);
        let is_after = |it: &Moment| matches!(it.turn, Turn::Event | Turn::Records) && after.is_some_and(|event| it.about == *event);
        let before = self.moments().take_while(|it| !is_after(it)).filter(|it| it.turn == Turn::Sends && it.about == message).count();
        match (all, after.map_or(0, |_| before)) {
            (0, _) => None,
            (_, before) if before > 0 && before < all => Some(format!("sent {message} {}", how_often(before))),
            (1, _) => Some(format!("not sent {message}")),
            (_, _) if with_all => Some(format!("not sent {message} {}", how_often(all))),
            (_, _) => Some(format!("not sent {message}")),
        }
    }

    /// The message that is sent most often, where it is sent again.
    fn repeated(self) -> Option<String> {
        let sends = self.moments().filter(|it| it.turn == Turn::Sends).map(|it| it.about.as_str());
        let (times, message) = sends.map(|message| (self.sent(message), message)).max_by_key(|(times, _)| *times)?;
        (times > 1).then(|| format!("not sent {message} {}", how_often(times)))
    }

    fn enters(self, name: &'s str, times: u32) -> Option<Harm> {
        let (funnel, stage) = self.split(name);
        if let (true, Some(words)) = (times > 1, self.repeated()) {
            return Some(self.expecting(funnel, [words]));
        }
        let stands = |at_ms: i64| self.up_to(at_ms).place(funnel) == Some(stage);
        let found = self.entries(name).filter(|it| stands(it.at_ms)).nth(usize::try_from(times.saturating_sub(1)).ok()?);
        let at_ms = if stands(self.until_ms) { self.until_ms } else { found?.at_ms };
        Some(self.up_to(at_ms).expecting(funnel, [format!("not in {stage}")]))
    }

    fn outcome(self, message: &str, outcome: &str) -> String {
        if outcome == "sent" { format!("not sent {message}") } else { format!("sent {message} {}", how_often(self.sent(message) + 1)) }
    }

    /// What is stopped because it would go on for ever in one instant: who it is about ought to stay where it first came, and
    /// what is said or done ought not to be repeated.
    fn at_once(self, turn: Turn) -> Option<Harm> {
        let stopped = self.moments().find(|it| it.turn == turn)?;
        let seen = self.up_to(stopped.at_ms);
        let funnel = stopped.funnel.as_deref()?;
        let now = |it: &&Moment| it.at_ms == stopped.at_ms;
        let first = seen.moves(funnel).find(now);
        let stays = first.filter(|it| it.turn == Turn::Enters && seen.place(funnel) != Some(&it.about));
        let set = || seen.moments().filter(now).find(|it| it.turn == Turn::Sets).and_then(|it| seen.first_value(&it.about));
        let asked = || seen.moments().filter(now).find(|it| it.turn == Turn::Does).map(|it| format!("not did {}", it.about));
        let stays = stays.map(|it| format!("in {}", it.about));
        let words = seen.repeated().or(stays).or_else(set).or_else(asked)?;
        Some(seen.expecting(funnel, [words]))
    }

    fn sent_at_once(self, messages: &'s [SmolStr]) -> Option<Harm> {
        let (first, last) = (messages.first()?, messages.last()?);
        let is_of = |it: &Moment, message: &SmolStr| it.turn == Turn::Sends && it.about == *message;
        let both = |it: &&Moment| is_of(it, last) && self.moments().any(|other| other.at_ms == it.at_ms && is_of(other, first));
        let seen = self.up_to(self.moments().find(both)?.at_ms);
        let words = match seen.sent(last) {
            1 => format!("not sent {last}"),
            n => format!("sent {last} {}", how_often(n - 1)),
        };
        Some(seen.expecting(&self.story.plot.funnel, [words]))
    }

    fn passes_at_once(self, name: &'s str, to: Option<&'s SmolStr>) -> Option<Harm> {
        let (funnel, stage) = self.split(name);
        let to = to.map(|to| self.split(to).1);
        let pairs = self.moves(funnel).zip(self.moves(funnel).skip(1));
        let is_it = |(came, gone): &(&Moment, &Moment)| {
            let goes = if gone.turn == Turn::Enters { to == Some(&gone.about) } else { to.is_none() };
            came.turn == Turn::Enters && came.about == stage && goes && came.at_ms == gone.at_ms
        };
        let (came, _) = pairs.into_iter().find(is_it)?;
        Some(self.up_to(came.at_ms).expecting(funnel, [format!("in {stage}")]))
    }

    /// The values that an attribute is set to, in words of the language.
    fn values(self, attribute: &'s str) -> impl DoubleEndedIterator<Item = &'s str> {
        let sets = self.moments().filter(move |it| it.turn == Turn::Sets && it.about == attribute);
        sets.filter_map(|it| it.text.split_once(" is set to ")).map(|(_, rest)| rest.split_once(", in ").map_or(rest, |(value, _)| value))
    }

    fn first_value(self, attribute: &'s str) -> Option<String> {
        let (first, last) = (self.values(attribute).next()?, self.values(attribute).next_back()?);
        (first != last && first != "missing").then(|| format!("{attribute} = {first}"))
    }

    /// What an attribute was before it was last set to something else.
    fn before_last(self, attribute: &'s str) -> Option<String> {
        let last = self.values(attribute).next_back()?;
        let before = self.values(attribute).rev().find(|value| *value != last)?;
        (before != "missing").then(|| format!("{attribute} = {before}"))
    }
}
