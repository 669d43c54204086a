//! Everybody of a shard: names, numbers, and what is kept of each, in a few long rows of memory.
//!
//! A contact costs 16 bytes and 40 for each funnel, 16 for its name (and that itself where it is longer than 15), and 10 to 15 bytes
//! to be found by its name; where rules keep anything else, 8 for where that lies.

use super::{
    blocks::{BLOCK, Blocks},
    roll::Roll,
    row::Batch,
    state::{Hot, NEVER, Rest, Slot},
};
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

/// So many contacts share an instant before which none has a timer.
const GROUP: usize = 1_024;

/// When timers are due, and whose: the earliest first.
type Queue = BinaryHeap<Reverse<(i64, u32)>>;

/// Everybody; by default nobody, and no room for anybody.
#[derive(Default)]
pub struct People {
    count: usize,
    /// What every record touches.
    pub hot: Blocks<Hot>,
    /// For some contacts after one another, an instant before which no timer of theirs is due; not kept where timers queue.
    pub dues: Vec<i64>,
    /// The timers in the order in which they are due, where that is asked for.
    queue: Option<Queue>,
    slots: Blocks<Slot>,
    /// All else; blocks are made when something is kept.
    rest: Vec<Vec<Option<Box<Rest>>>>,
    roll: Roll,
}

impl People {
    /// Nobody yet, for so many funnels.
    pub fn new(places: usize) -> Self {
        Self {
            count: 0,
            hot: Blocks::new(1),
            dues: Vec::new(),
            queue: None,
            slots: Blocks::new(places),
            rest: Vec::new(),
            roll: Roll::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Of how many of them a record was taken.
    pub fn known(&self) -> u64 {
        (0..self.len()).filter(|at| self.hot[*at].taken > 0).count() as u64
    }

    /// The contacts that share such an instant.
    pub fn together(&self, group: usize) -> Range<usize> {
        group * GROUP..self.len().min((group + 1) * GROUP)
    }

    /// Lets timers queue, so that the next one of all is at hand.
    pub fn queued(self) -> Self {
        Self { queue: Some(Queue::default()), ..self }
    }

    /// An instant before which no timer in the queue is due.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.queue.as_ref()?.peek().map(|Reverse((due_ms, _))| *due_ms)
    }

    /// A contact whose timer is due by then, out of the queue.
    pub fn pop_due(&mut self, to_ms: i64) -> Option<usize> {
        let queue = self.queue.as_mut()?;
        while let Some(Reverse((due_ms, at))) = queue.peek().copied().filter(|Reverse((due_ms, _))| *due_ms <= to_ms) {
            queue.pop();
            if self.hot[at as usize].due_ms == due_ms {
                return Some(at as usize);
            }
        }
        None
    }

    /// Keeps when a contact's next timer is due.
    #[inline]
    pub fn set_due(&mut self, at: usize, due_ms: i64) {
        let before_ms = std::mem::replace(&mut self.hot[at].due_ms, due_ms);
        if let Some(queue) = &mut self.queue {
            if due_ms != before_ms && due_ms != NEVER {
                queue.push(Reverse((due_ms, at as u32)));
            }
            // What is no longer true of a contact stays in the queue until its time, or until there is too much of it.
            if queue.len() > self.count * 4 + GROUP {
                let dues = (0..self.count).map(|at| (self.hot[at].due_ms, at as u32));
                *queue = dues.filter(|(due_ms, _)| *due_ms != NEVER).map(Reverse).collect();
            }
            return;
        }
        let of_group = &mut self.dues[at / GROUP];
        *of_group = due_ms.min(*of_group);
    }

    /// Takes what else is kept of a contact.
    pub fn take_rest(&mut self, at: usize) -> Option<Box<Rest>> {
        self.rest.get_mut(at / BLOCK)?.get_mut(at % BLOCK)?.take()
    }

    /// What else is kept of a contact, to look at it.
    #[inline]
    pub fn rest(&self, at: usize) -> Option<&Rest> {
        self.rest.get(at / BLOCK)?.get(at % BLOCK)?.as_deref()
    }

    /// What else is kept of a contact.
    pub fn rest_mut(&mut self, at: usize) -> Option<&mut Rest> {
        self.rest.get_mut(at / BLOCK)?.get_mut(at % BLOCK)?.as_deref_mut()
    }

    /// Keeps something else of a contact.
    pub fn put_rest(&mut self, at: usize, rest: Box<Rest>) {
        if self.rest.len() <= at / BLOCK {
            self.rest.resize_with(at / BLOCK + 1, Vec::new);
        }
        let block = &mut self.rest[at / BLOCK];
        if block.is_empty() {
            block.resize_with(BLOCK, || None);
        }
        block[at % BLOCK] = Some(rest);
    }

    /// The name of a contact.
    #[inline]
    pub fn name(&self, at: usize) -> &str {
        self.roll.name(at)
    }

    /// What a record touches of a contact and its first place, of no meaning but that memory brings them.
    #[inline]
    pub fn glance(&self, at: usize) -> i64 {
        self.hot[at].due_ms ^ self.slots.of(at).first().map_or(0, |slot| slot.tried_ms)
    }

    /// What a record touches of a contact, its places, and its name.
    pub fn parts(&mut self, at: usize) -> (&mut Hot, &mut [Slot], &str) {
        (&mut self.hot[at], self.slots.of_mut(at), self.roll.name(at))
    }

    /// The same, with what else is kept.
    #[inline]
    pub fn all_parts(&mut self, at: usize) -> (&mut Hot, &mut [Slot], Option<&mut Rest>, &str) {
        let rest = self.rest.get_mut(at / BLOCK).and_then(|block| block.get_mut(at % BLOCK)?.as_deref_mut());
        (&mut self.hot[at], self.slots.of_mut(at), rest, self.roll.name(at))
    }

    /// The places of a contact.
    #[inline]
    pub fn slots(&self, at: usize) -> &[Slot] {
        self.slots.of(at)
    }

    /// The number of a contact, if the name is there.
    pub fn find(&self, hash: u64, name: &str) -> Option<usize> {
        self.roll.find(hash, name)
    }

    /// The number of a contact, new where the name is.
    pub fn number(&mut self, hash: u64, name: &str) -> usize {
        let number = self.roll.number(hash, name);
        self.make_room();
        number
    }

    /// Hands over the numbers of the contacts of some rows, in their order, new where a name is.
    pub fn each_number(&mut self, batch: &Batch, rows: impl Iterator<Item = usize>, mut take: impl FnMut(usize, u32)) {
        self.roll.each(batch, rows.map(|row| (row, true)), |row, number| take(row, number.unwrap_or_default() as u32));
        self.make_room();
    }

    /// Keeps something of all who are on the roll.
    fn make_room(&mut self) {
        while self.count < self.roll.len() {
            if self.count.is_multiple_of(GROUP) {
                self.dues.push(NEVER);
            }
            self.hot.push(&Hot::default());
            self.slots.push(&Slot::default());
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_takes_no_more_than_is_said() {
        assert_eq!((size_of::<Hot>(), size_of::<Slot>(), size_of::<Option<Box<Rest>>>()), (16, 40, 8));
    }

    #[test]
    fn everybody_is_found_again() {
        let mut people = People::new(1);
        for round in 0..2 {
            for at in 0..10_000_usize {
                let name = format!("c{at}");
                let number = people.number(crate::fast::feed::hash_of(name.as_bytes()), &name);
                assert_eq!((number, people.name(number)), (at, name.as_str()), "round {round}");
            }
        }
    }
}
