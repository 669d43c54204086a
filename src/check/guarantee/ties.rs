//! Two or three funnels set against each other: what they send together is less than the sum where they are tied.
//!
//! Two ties are known. *Apart*: an attribute that never changes keeps everybody who is written to by the one from all stages
//! in which the other writes, so of any messages of a contact all are of one of them. *Before*: nobody comes into the second
//! without an event (now, or before), and whoever has had that event gets nothing from the first any more; so all messages
//! of the first lie before the first entry into the second, and n messages of the second end no sooner than n messages
//! after such an entry, nor than one after it and the others behind that one.
//! So many messages of all are shared out in every way: none may be of two that are apart, and those of funnels that come
//! one before the other add their times up. The least over all ways is the bound; without ties it is the sum.
//! Invariants: each tie holds over the whole life of a contact; more than three funnels are summed.

use super::{
    decide::Judge,
    points::Deed,
    since::Since,
    spans::{NEVER, Spans},
    windows::Counting,
};
use crate::model::{Condition, ConditionKind, EventTest, FunnelId, MessageId, StageId};
use std::collections::{BTreeMap, BTreeSet};

/// As many funnels are set against each other.
pub const TIED_MAX: usize = 3;

/// As many pairs of stages are looked at for two funnels.
const PAIRS_MAX: usize = 2_000;

/// As many events are asked whether nobody comes in without them.
const EVENTS_MAX: usize = 4;

/// What keeps the messages of funnels from coming together, each with the reason.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    /// By two funnels, the first of the program first.
    apart: BTreeMap<(FunnelId, FunnelId), String>,
    /// The first has sent all before anybody comes into the second.
    before: BTreeMap<(FunnelId, FunnelId), String>,
    /// So many funnels send, which are more than are set against each other.
    pub beyond: Option<usize>,
}

/// What one funnel sends.
pub struct Part {
    pub funnel: FunnelId,
    pub spans: Spans,
    /// From coming in to the n-th message at least; empty where nobody asks.
    pub heads: Vec<i64>,
}

impl Ties {
    /// Why the messages are fewer than the sum.
    pub fn reasons(&self) -> impl Iterator<Item = &String> {
        self.apart.values().chain(self.before.values())
    }

    /// Whether a funnel begins when another has sent all.
    pub fn is_later(&self, funnel: FunnelId) -> bool {
        self.before.keys().any(|(_, later)| *later == funnel)
    }

    fn are_apart(&self, one: FunnelId, other: FunnelId) -> bool {
        self.apart.contains_key(&(one.min(other), one.max(other)))
    }

    /// What all parts send together.
    pub fn together(&self, parts: &[Part], depth: usize) -> Spans {
        let senders: Vec<&Part> = parts.iter().filter(|part| part.spans.least(1) != NEVER).collect();
        if (self.apart.is_empty() && self.before.is_empty()) || senders.len() > TIED_MAX {
            return senders.iter().fold(Spans::none(depth), |sum, part| sum.beside(&part.spans));
        }
        let mut times = vec![NEVER; depth];
        shares(senders.len(), depth, &mut |share| {
            let count: usize = share.iter().sum();
            if let Some(least) = count.checked_sub(1).and_then(|at| times.get_mut(at)) {
                *least = (*least).min(self.least(&senders, share));
            }
        });
        Spans::new(times, depth)
    }

    /// The least time for so many messages of each.
    fn least(&self, parts: &[&Part], share: &[usize]) -> i64 {
        let sending: Vec<(&Part, usize)> = parts.iter().copied().zip(share.iter().copied()).filter(|(_, count)| *count > 0).collect();
        let is_shut = |(at, (one, _)): (usize, &(&Part, usize))| {
            sending.iter().skip(at + 1).any(|(other, _)| self.are_apart(one.funnel, other.funnel))
        };
        if sending.iter().enumerate().any(is_shut) {
            return NEVER;
        }
        let mut least = sending.iter().map(|(part, count)| part.spans.least(*count)).max().unwrap_or(0);
        let mut used = vec![false; sending.len()];
        for first in 0..sending.len() {
            used[first] = true;
            self.chains(&sending, first, sending[first].0.spans.least(sending[first].1), &mut used, &mut least);
            used[first] = false;
        }
        least
    }

    /// The longest of the chains of funnels of which each begins when the one before has sent all.
    fn chains(&self, sending: &[(&Part, usize)], last: usize, ms: i64, used: &mut [bool], longest: &mut i64) {
        *longest = (*longest).max(ms);
        for next in 0..sending.len() {
            let (part, count) = sending[next];
            if used[next] || !self.before.contains_key(&(sending[last].0.funnel, part.funnel)) {
                continue;
            }
            let head = |count: usize| part.heads.get(count - 1).copied().unwrap_or(0);
            let more = head(count).max(head(1).saturating_add(part.spans.least(count)));
            used[next] = true;
            self.chains(sending, next, ms.saturating_add(more), used, longest);
            used[next] = false;
        }
    }
}

/// All ways to share out at most so many.
fn shares(parts: usize, most: usize, see: &mut dyn FnMut(&[usize])) {
    let mut share = vec![0; parts];
    loop {
        see(&share);
        let Some(at) = (0..parts).find(|at| share.iter().skip(*at).sum::<usize>() < most) else { return };
        share.iter_mut().take(at).for_each(|count| *count = 0);
        share[at] += 1;
    }
}

impl<'m> Judge<'_, 'm> {
    /// What ties the funnels that send these messages.
    pub fn ties(&self, messages: &BTreeSet<MessageId>) -> Ties {
        let mut ties = Ties::default();
        if self.funnel.is_some() {
            return ties;
        }
        let mut sending: BTreeMap<FunnelId, BTreeSet<StageId>> = BTreeMap::new();
        for (stage, _) in messages.iter().flat_map(|message| self.sends(*message)) {
            sending.entry(self.funnel_of(stage)).or_default().insert(stage);
        }
        if sending.len() > TIED_MAX {
            ties.beyond = Some(sending.len());
            return ties;
        }
        for (one, stages) in &sending {
            for (other, others) in sending.iter().filter(|(other, _)| *other != one) {
                if one < other
                    && let Some(reason) = self.apart(stages, others)
                {
                    let both = self.names_of(*one, *other);
                    ties.apart.insert((*one, *other), format!("{both} never write to the same contact: {reason}"));
                }
                if let Some(event) = self.before(*one, *other, messages) {
                    let (first, second) = (self.funnel_name(*one), self.funnel_name(*other));
                    let reason = format!("nobody comes into {second} without {event}, after which {first} sends nothing of it");
                    ties.before.insert((*one, *other), reason);
                }
            }
        }
        ties
    }

    pub fn funnel_name(&self, id: FunnelId) -> String {
        format!("`{}`", self.context.model.funnels[id].name.text)
    }

    fn names_of(&self, one: FunnelId, other: FunnelId) -> String {
        format!("{} and {}", self.funnel_name(one), self.funnel_name(other))
    }

    fn apart(&self, stages: &BTreeSet<StageId>, others: &BTreeSet<StageId>) -> Option<String> {
        if stages.len().saturating_mul(others.len()) > PAIRS_MAX {
            return None;
        }
        let mut by: BTreeSet<String> = BTreeSet::new();
        for one in stages {
            for other in others {
                by.insert(self.kept_apart(*one, *other)?.to_string());
            }
        }
        by.first().map(|attribute| format!("`{attribute}` never changes, and keeps them apart"))
    }

    /// The event without which nobody comes into the second funnel, and after which the first sends none of these.
    fn before(&self, first: FunnelId, second: FunnelId, messages: &BTreeSet<MessageId>) -> Option<String> {
        self.gates(self.routes.entering(second).iter().filter_map(|hop| hop.when())).into_iter().find_map(|test| {
            let since = Since::new(self.context, self.setting, self.routes, test);
            let is_gate = self.routes.entering(second).iter().all(|hop| hop.when().is_some_and(|when| since.is_needed(when)));
            let is_last = || since.sends(first, &|message| messages.contains(&message), true).is_empty();
            (is_gate && is_last()).then(|| self.context.quote(test.span))
        })
    }

    /// Events that the first of some conditions may be open by, and that can be asked about.
    pub fn gates(&self, mut conditions: impl Iterator<Item = &'m Condition>) -> Vec<&'m EventTest> {
        let mut found = Vec::new();
        if let Some(first) = conditions.next() {
            happened(first, &mut found);
        }
        found.retain(|test| test.event.is_some() && self.unclear(test).is_none());
        found.truncate(EVENTS_MAX);
        found
    }

    /// What a funnel sends, for all that is asked of ties.
    pub fn part(&self, funnel: FunnelId, spans: Spans, ties: &Ties, counts: &dyn Fn(MessageId) -> bool, depth: usize) -> Part {
        let counting = Counting::new(self.setting, self.grounds, true, depth);
        let sends = |deed: Deed| matches!(deed, Deed::Sends(id) if counts(id));
        let heads = if ties.is_later(funnel) { counting.heads(funnel, &sends) } else { Vec::new() };
        Part { funnel, spans, heads }
    }
}

/// The events that a condition waits for, or wants to have happened.
fn happened<'m>(when: &'m Condition, found: &mut Vec<&'m EventTest>) {
    match &when.kind {
        ConditionKind::Event(event) | ConditionKind::Had { negated: false, event, .. } => found.push(event),
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().for_each(|it| happened(it, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Id as _;

    fn part(at: u32, spans: &[i64], heads: &[i64]) -> Part {
        Part { funnel: FunnelId::new(at), spans: Spans::new(spans.to_vec(), 3), heads: heads.to_vec() }
    }

    fn tied(apart: &[(u32, u32)], before: &[(u32, u32)]) -> Ties {
        let of = |list: &[(u32, u32)]| list.iter().map(|(a, b)| ((FunnelId::new(*a), FunnelId::new(*b)), String::new())).collect();
        Ties { apart: of(apart), before: of(before), beyond: None }
    }

    #[test]
    fn all_are_shared_out() {
        let mut seen = Vec::new();
        shares(2, 2, &mut |share| seen.push(share.to_vec()));
        seen.sort();
        assert_eq!(seen, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [2, 0]]);
    }

    #[test]
    fn ties_make_less_of_the_sum() {
        let parts = [part(0, &[0, 2], &[]), part(1, &[0, 5], &[3, 8])];
        assert_eq!(tied(&[], &[]).together(&parts, 3).times(), [0, 0, 2]);
        assert_eq!(tied(&[(0, 1)], &[]).together(&parts, 3).times(), [0, 2, NEVER]);
        // One of each needs three; two of the first and one of the second five.
        assert_eq!(tied(&[], &[(0, 1)]).together(&parts, 3).times(), [0, 2, 5]);
        let three = [part(0, &[0], &[]), part(1, &[0], &[3]), part(2, &[0], &[4])];
        assert_eq!(tied(&[], &[(0, 1), (1, 2)]).together(&three, 3).times(), [0, 0, 7]);
    }
}
