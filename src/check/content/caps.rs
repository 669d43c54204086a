//! Whether the cap of a channel may stop a message.
//!
//! Nothing is reckoned out: where so many other messages by the channel may lie within the window, the message may be
//! skipped, and who asks has to say less. Messages that certainly do not lie there do not count.

use super::moments::{Sent, Tick};
use crate::model::{Channel, MessageId, Model, Wait};

const DAY_MS: i64 = 86_400_000;

/// A time that is not known lies between nothing and this.
const LONG_MS: i64 = i64::MAX / 4;

/// The least and the most time since some beginning, in milliseconds.
pub type Times = (i64, i64);

/// The channel of a message whose caps apply to it.
fn capped(model: &Model, message: MessageId) -> Option<&Channel> {
    let it = &model.messages[message];
    it.channel.filter(|_| !it.transactional).map(|id| &model.channels[id]).filter(|channel| !channel.caps.is_empty())
}

/// Whether a cap may stop a message that goes out at a time, if these others are asked for: by which message, and how long
/// before at least. What comes later is less than nothing before.
fn may_stop(model: &Model, message: MessageId, before: &[(MessageId, i64)]) -> bool {
    let Some(channel) = capped(model, message) else { return false };
    let same = |other: MessageId| model.messages[other].channel == model.messages[message].channel && !model.messages[other].transactional;
    channel.caps.iter().any(|cap| {
        let within = before.iter().filter(|(other, ms)| same(*other) && *ms < cap.within_ms).count();
        u32::try_from(within).map_or(true, |within| within >= cap.count)
    })
}

/// What is sent on a way through a nurture, with the time that passes.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    now: Times,
    sent: Vec<(MessageId, Times)>,
    /// Rounds that are not listed lie behind.
    is_blurred: bool,
}

impl Outbox {
    /// A timer runs out.
    pub fn pass(&mut self, wait: &Wait) {
        let times = match wait {
            Wait::For { ms } => (*ms, *ms),
            Wait::CalendarDays { days } => Tick::Days(*days).between_ms().unwrap_or((0, LONG_MS)),
            Wait::Clock { weekday, at } => Tick::Clock(*weekday, *at).between_ms().unwrap_or((0, LONG_MS)),
            Wait::Instant { .. } | Wait::Until { .. } | Wait::Arms { .. } => (0, LONG_MS),
        };
        self.add(times);
    }

    /// So much time passes exactly.
    pub fn silence(&mut self, ms: i64) {
        self.add((ms, ms));
    }

    /// Some time passes, nobody knows how much.
    pub fn answer(&mut self) {
        self.add((0, LONG_MS));
    }

    /// Rounds pass.
    pub fn rounds(&mut self) {
        self.is_blurred = true;
        self.answer();
    }

    /// A message is asked for, beside those of other nurtures; whether a cap may stop it.
    pub fn send(&mut self, model: &Model, message: MessageId, beside: &[(MessageId, Option<Times>)]) -> bool {
        if model.messages[message].channel.is_some_and(|id| !model.channels[id].quiet.is_empty()) {
            self.add((0, DAY_MS));
        }
        let own = self.sent.iter().map(|(other, at)| (*other, self.now.0.saturating_sub(at.0)));
        let others = beside.iter().filter_map(|(other, at)| Some((*other, least_before(*at, Some(self.now))?)));
        let before: Vec<(MessageId, i64)> = own.chain(others).collect();
        let stopped = (self.is_blurred && capped(model, message).is_some()) || may_stop(model, message, &before);
        self.sent.push((message, self.now));
        stopped
    }

    fn add(&mut self, (least, most): Times) {
        self.now = (self.now.0.saturating_add(least), self.now.1.saturating_add(most).min(LONG_MS));
    }
}

/// How long one thing comes before another at least, if it can; nothing where a time is not known.
fn least_before(one: Option<Times>, other: Option<Times>) -> Option<i64> {
    let (Some(one), Some(other)) = (one, other) else { return Some(0) };
    (one.0 <= other.1).then(|| other.0.saturating_sub(one.1).max(0))
}

/// When a send of a stage goes out, that was entered so long after some beginning. Quiet hours may hold it and those before it.
pub fn at(model: &Model, sent: &Sent<'_>, entered_ms: i64, held: usize) -> Option<Times> {
    let (least, most) = sent.at.between_ms()?;
    let quiet = model.messages[sent.message].channel.is_some_and(|id| !model.channels[id].quiet.is_empty());
    let held = if quiet { DAY_MS.saturating_mul(i64::try_from(held).unwrap_or(i64::MAX)) } else { 0 };
    Some((least.saturating_add(entered_ms), most.saturating_add(entered_ms).saturating_add(held)))
}

/// Whether a cap may stop a message that goes out then, if these others are asked for, each perhaps.
pub fn may_be_stopped(model: &Model, message: MessageId, when: Option<Times>, others: &[(MessageId, Option<Times>)]) -> bool {
    let before: Vec<(MessageId, i64)> = others.iter().filter_map(|(other, at)| Some((*other, least_before(*at, when)?))).collect();
    may_stop(model, message, &before)
}
