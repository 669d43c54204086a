//! The past of an event for one contact: when it happened, which tests each time passed, and what of it is still read.
//!
//! What a filter says of an event for ever is asked once, when the event comes, and kept as a bit; so most events need no more than
//! a [`Mark`]. Values are kept of the properties that figures and terms read, and of all where a filter may change its mind.

use super::{program::Id, row::Props, state::Owner, value::Kept};
use smallvec::SmallVec;

/// An event that happened.
#[derive(Clone, Copy, Debug)]
struct Mark {
    time_ms: i64,
    order: u32,
    bits: u32,
}

/// What only some tracks have.
#[derive(Clone, Debug, Default)]
struct Beside {
    /// As many for each event as are kept.
    values: Vec<Option<Kept>>,
    /// None at all where no funnel runs by keys.
    owners: Vec<Option<Owner>>,
    /// The places by time, once some came late.
    by_time: Vec<u32>,
}

/// The past of an event, in the order in which it was taken.
#[derive(Clone, Debug, Default)]
pub struct Track {
    marks: Vec<Mark>,
    beside: Option<Box<Beside>>,
}

/// What a track keeps of the properties of its event.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// For each slot, its place among the values that are kept.
    pub places: Box<[Option<u8>]>,
    /// The slots that are kept.
    pub slots: Box<[u8]>,
    /// The filters whose answers are kept, in the order of their bits.
    pub filters: Box<[Id]>,
}

/// An event that happened, where it lies.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    /// When.
    pub time_ms: i64,
    /// The how-manieth of the contact's events, in the order in which they were taken.
    pub order: u32,
    /// Which filters it passed.
    pub bits: u32,
    /// The run that it answers.
    pub owner: Option<&'a Owner>,
    /// What it carried.
    pub props: Props<'a>,
}

/// A track with what is known of it.
#[derive(Clone, Copy)]
pub struct Tracked<'a> {
    /// The track.
    pub track: &'a Track,
    /// What it keeps.
    pub kinds: &'a Kinds,
}

impl Track {
    /// Adds an event.
    pub fn push(&mut self, time_ms: i64, order: u32, bits: u32, mut values: impl ExactSizeIterator<Item = Option<Kept>>) {
        let at = self.marks.len() as u32;
        let is_late = self.marks.last().is_some_and(|last| time_ms < last.time_ms);
        if is_late && self.by_time().is_empty() {
            self.beside_mut().by_time = (0..at).collect();
        }
        if is_late || !self.by_time().is_empty() {
            let behind = self.by_time().partition_point(|other| self.marks[*other as usize].time_ms <= time_ms);
            self.beside_mut().by_time.insert(behind, at);
        }
        self.marks.push(Mark { time_ms, order, bits });
        if values.len() > 0 {
            self.beside_mut().values.extend(&mut values);
        }
    }

    fn beside_mut(&mut self) -> &mut Beside {
        self.beside.get_or_insert_default()
    }

    #[inline]
    fn by_time(&self) -> &[u32] {
        self.beside.as_ref().map_or(&[], |beside| &beside.by_time)
    }

    /// A look at its end.
    #[inline]
    pub fn glance(&self) -> u64 {
        self.marks.last().map_or(0, |mark| u64::from(mark.order))
    }

    /// Keeps whom the latest event answers.
    pub fn own(&mut self, owner: Option<Owner>) {
        let before = self.marks.len() - 1;
        let owners = &mut self.beside_mut().owners;
        owners.resize(before, None);
        owners.push(owner);
    }

    /// Whether forgetting would make room now.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.marks.len() >= 8 && self.marks.len() == self.marks.capacity() && self.by_time().is_empty()
    }

    /// Forgets what happened up to an instant, but for the latest few of each kind that are asked for whenever they were.
    pub fn forget(&mut self, kinds: &Kinds, to_ms: i64, latest: &[(Id, usize)], is_of: impl Fn(Id, Past<'_>) -> bool) {
        let old = self.marks.partition_point(|mark| mark.time_ms <= to_ms);
        let mut left: SmallVec<[usize; 4]> = latest.iter().map(|(_, number)| *number).collect();
        let mut keeps = vec![false; self.marks.len()];
        let tracked = Tracked { track: self, kinds };
        for at in (0..tracked.track.marks.len()).rev() {
            keeps[at] = at >= old;
            for ((test, _), left) in latest.iter().zip(&mut left) {
                if *left > 0 && is_of(*test, tracked.at(at)) {
                    *left -= 1;
                    keeps[at] = true;
                }
            }
        }
        if let Some(beside) = &mut self.beside {
            let mut values = keeps.iter().flat_map(|keeps| std::iter::repeat_n(*keeps, kinds.slots.len()));
            beside.values.retain(|_| values.next().unwrap_or(true));
            let mut places = keeps.iter();
            beside.owners.retain(|_| *places.next().unwrap_or(&true));
        }
        let mut places = keeps.iter();
        self.marks.retain(|_| *places.next().unwrap_or(&true));
    }
}

impl<'a> Tracked<'a> {
    #[inline]
    fn at(self, at: usize) -> Past<'a> {
        let Mark { time_ms, order, bits } = self.track.marks[at];
        let Some(beside) = self.track.beside.as_deref() else {
            return Past { time_ms, order, bits, owner: None, props: Props::Kept(&[]) };
        };
        let width = self.kinds.slots.len();
        let values = beside.values.get(at * width..(at + 1) * width).unwrap_or_default();
        let owner = beside.owners.get(at).and_then(Option::as_ref);
        Past { time_ms, order, bits, owner, props: Props::Past(values, &self.kinds.places) }
    }

    /// How many there are.
    #[inline]
    pub fn len(self) -> usize {
        self.track.marks.len()
    }

    /// In the order in which they were taken, those behind an order.
    pub fn taken_after(self, order: u32) -> impl ExactSizeIterator<Item = Past<'a>> {
        let begin = if order == 0 { 0 } else { self.track.marks.partition_point(|mark| mark.order <= order) };
        (begin..self.len()).map(move |at| self.at(at))
    }

    #[inline]
    fn timed(self, at: usize) -> Past<'a> {
        self.at(self.track.by_time().get(at).map_or(at, |place| *place as usize))
    }

    /// By time, those later than an instant.
    #[inline]
    pub fn later_than(self, ms: i64) -> impl ExactSizeIterator<Item = Past<'a>> {
        let marks = &self.track.marks;
        let by_time = self.track.by_time();
        let begin = if by_time.is_empty() {
            marks.partition_point(|mark| mark.time_ms <= ms)
        } else {
            by_time.partition_point(|place| marks[*place as usize].time_ms <= ms)
        };
        (begin..self.len()).map(move |at| self.timed(at))
    }

    /// Those behind an order, the latest in time first.
    pub fn latest_first(self, order: u32) -> impl Iterator<Item = Past<'a>> {
        let any = self.track.marks.last().is_some_and(|last| last.order > order);
        let length = if any { self.len() } else { 0 };
        (0..length).rev().map(move |at| self.timed(at)).filter(move |past| past.order > order)
    }
}
