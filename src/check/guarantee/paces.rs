//! How often events come: from outside by their rates, our own by what records them.
//!
//! What funnels record is counted like messages: over all funnels and all runs of a contact, the least time from one record
//! to the n-th from there. The same for `sent`, by the steps that send. A play that such an event starts may record or send
//! what starts another, so one count leans on others: a few deep, and what lies deeper may come at any time.
//! Invariants: each time is a least time, so a pace is never too slow; it is the same whoever asks first.

use super::{
    decide::Grounds,
    points::{Deed, Setting},
    spans::{NEVER, Spans},
    windows::Counting,
};
use crate::model::{EventId, EventTest, FunnelId, Keeper, MessageId};
use std::{cell::RefCell, collections::BTreeMap};

/// So many counts lean on each other.
const DEEP_MAX: u8 = 2;

/// An event, about a message, counted so far and so deep.
type Asked = (EventId, Option<MessageId>, usize, u8);

/// What was counted before.
#[derive(Debug, Default)]
pub struct Paces(RefCell<BTreeMap<Asked, Option<Vec<i64>>>>);

impl<'c, 'm> Counting<'c, 'm> {
    /// What counts in the runs of a funnel.
    pub fn new(setting: Setting<'c, 'm>, grounds: &'c Grounds<'m>, whole_life: bool, depth: usize) -> Self {
        Self { setting, grounds, whole_life, depth, deep: 0 }
    }

    /// The spans of what counts in all runs of a funnel together.
    pub fn of_life(&self, funnel: FunnelId, counts: &dyn Fn(Deed) -> bool) -> Option<Spans> {
        let counting = Self { whole_life: true, ..*self };
        let spans = counting.spans(funnel, counts).ok()?;
        // Any number of runs with keys of their own go on side by side.
        let is_many = self.setting.model.funnels[funnel].key.is_some() && spans.least(1) != NEVER;
        Some(if is_many { Spans::any(self.depth) } else { spans })
    }

    /// From one such event to the n-th from there (itself the first) at least, up to `depth`; nothing where any number may come
    /// at any time.
    pub fn pace(&self, test: &EventTest, depth: usize) -> Option<Vec<i64>> {
        let event = test.event?;
        let it = &self.setting.model.events[event];
        match it.keeper {
            Keeper::Anyone | Keeper::Fixed => {
                it.rate.filter(|rate| rate.count > 0).map(|rate| Spans::capped(rate.count, rate.per_ms, depth).times().to_vec())
            }
            Keeper::Ours => self.counted((event, None, depth, self.deep), &|deed| deed == Deed::Records(event)),
            Keeper::Runtime if it.name.text == "sent" => {
                let is_it = |id: MessageId| test.message.is_none_or(|about| about == id);
                self.counted((event, test.message, depth, self.deep), &|deed| matches!(deed, Deed::Sends(id) if is_it(id)))
            }
            Keeper::Runtime => None,
        }
    }

    fn counted(&self, asked: Asked, counts: &dyn Fn(Deed) -> bool) -> Option<Vec<i64>> {
        let (.., depth, deep) = asked;
        if deep >= DEEP_MAX {
            return None;
        }
        let known = self.grounds.paces.0.borrow().get(&asked).cloned();
        if let Some(known) = known {
            return known;
        }
        let inner = Self { depth, deep: deep + 1, ..*self };
        let all = self.setting.model.funnels.ids().map(|funnel| inner.of_life(funnel, counts));
        let sum = all.reduce(|one, other| Some(one?.beside(&other?))).flatten();
        let times = sum.map(|sum| sum.times().to_vec()).filter(|times| times.iter().any(|at| *at > 0));
        self.grounds.paces.0.borrow_mut().insert(asked, times.clone());
        times
    }
}
