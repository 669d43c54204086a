//! The contacts of one thread: rows in, happenings out.
//!
//! Contacts know nothing of each other. So a round is taken one contact after another, each with its rows and timers in the order of
//! time, while what is kept of it is at hand; what happened is put in order afterwards.

use super::{
    done::Done,
    feed::REFUSED,
    keep::Journal,
    out::{HOLLOW, Happening},
    people::People,
    program::{Id, Program},
    roll::AHEAD,
    row::{Batch, Cell, Row},
    state::{Hot, NEVER, Rest, Slot},
    taken::Taken,
    timers,
    track::Track,
    turn::{Changed, Places, Turn},
    view::View,
};
use crate::runtime::{SetAside, rfc3339};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// Where something that was set aside stands among all that was: the instant, records before timers, the row, the contact.
pub type AsideKey = (i64, u8, u64, SmolStr);

/// A row in its batch.
#[derive(Clone, Copy)]
pub struct RowOf<'b> {
    /// Its batch.
    pub batch: &'b Batch,
    /// Its place there.
    pub at: usize,
}

impl<'b> RowOf<'b> {
    /// The row.
    #[inline]
    pub fn row(self) -> &'b Row {
        &self.batch.rows[self.at]
    }
}

/// A row of a round.
#[derive(Clone, Copy, Default)]
pub struct Visit {
    /// The number of its contact.
    pub contact: u32,
    /// The how-manieth of its round it is.
    pub offset: u32,
    /// Its batch, and its place there.
    pub place: (u32, u32),
}

/// Looks at rows, their cells and texts, and at what is kept of their contacts, wherever all that lies: one thing of all of them after
/// the other, since each says where the next lies.
fn look_ahead(program: &Program<'_>, people: &People, batches: &[Batch], visits: &[Visit]) {
    type Few<T> = SmallVec<[T; AHEAD]>;
    let row = |visit: &Visit| {
        let batch = &batches[visit.place.0 as usize];
        (batch, &batch.rows[visit.place.1 as usize])
    };
    std::hint::black_box(visits.iter().map(|visit| people.glance(visit.contact as usize)).fold(0, i64::wrapping_add));
    let rests: Few<Option<&Rest>> = visits.iter().map(|visit| people.rest(visit.contact as usize)).collect();
    let rows: Few<(&Batch, &Row)> = visits.iter().map(row).collect();
    let events = rows.iter().map(|(_, row)| &program.events[row.event as usize]);
    let tracks: Few<Option<&Track>> = rests.iter().zip(events).map(|(rest, event)| (*rest)?.track(event.track)).collect();
    let cells: Few<(&Batch, Cell)> =
        rows.iter().map(|(batch, row)| (*batch, batch.cells.get(row.cells as usize).copied().unwrap_or(Cell::Missing))).collect();
    let plays = rests.iter().flatten().map(|rest| rest.glance()).fold(0, u64::wrapping_add);
    let letters = cells.iter().map(|(batch, cell)| match cell {
        Cell::Text(at, _) => batch.texts.as_bytes().get(*at as usize).map_or(0, |byte| u64::from(*byte)),
        _ => 0,
    });
    let letters = letters.fold(0, u64::wrapping_add);
    let marks = tracks.iter().flatten().map(|track| track.glance()).fold(0, u64::wrapping_add);
    std::hint::black_box((plays, letters, marks));
}

/// Puts visits in the order of contacts, and those of each contact in the order of the round.
fn by_contact(visits: &mut Vec<Visit>, spare: &mut Vec<Visit>, contacts: usize) {
    if contacts > visits.len() * 4 {
        visits.sort_unstable_by_key(|visit| (visit.contact, visit.offset));
        return;
    }
    let mut begins = vec![0_u32; contacts + 1];
    visits.iter().for_each(|visit| begins[visit.contact as usize + 1] += 1);
    let mut sum = 0;
    for begin in &mut begins {
        sum += *begin;
        *begin = sum;
    }
    spare.resize(visits.len(), Visit::default());
    for visit in visits.iter() {
        let begin = &mut begins[visit.contact as usize];
        spare[*begin as usize] = *visit;
        *begin += 1;
    }
    std::mem::swap(visits, spare);
}

/// The contacts of one thread.
pub struct Shard<'p> {
    /// The rules.
    pub program: &'p Program<'p>,
    /// Everybody.
    pub people: People,
    /// The rows of a round.
    pub visits: Vec<Visit>,
    /// What happened and is not complete.
    pub out: Vec<Happening<'p>>,
    /// Records that were taken, to be told.
    pub heard: Vec<Taken>,
    /// What is complete.
    pub done: Done<'p>,
    /// The order in which what happened becomes complete: when it happened, and its place.
    order: Vec<(i64, u32)>,
    /// What was set aside.
    pub aside: Vec<(AsideKey, SetAside)>,
    /// Records that were taken.
    pub taken: u64,
    /// When the earliest of them happened.
    pub first_ms: i64,
    /// Records that came twice.
    pub duplicates: u64,
    /// Properties that nobody declared.
    pub ignored: BTreeMap<(Id, String), u64>,
    /// What is kept of those of whom nothing is kept, to be used again.
    pub spare: Option<Box<Rest>>,
    spare_visits: Vec<Visit>,
    /// Which row is taken.
    pub index: u64,
    /// The places that it was tried at, where that was not all.
    pub tried: Option<Places>,
    /// Where what is added to histories is noted, if contacts are written down.
    pub journal: Option<Journal>,
}

impl<'p> Shard<'p> {
    /// A shard without contacts.
    pub fn new(program: &'p Program<'p>) -> Self {
        Self::over(program, People::new(program.funnels.len()), None)
    }

    /// A shard over these contacts; with a journal, what is added to their histories is noted.
    pub fn over(program: &'p Program<'p>, people: People, journal: Option<Journal>) -> Self {
        Self {
            program,
            people,
            visits: Vec::new(),
            out: Vec::new(),
            heard: Vec::new(),
            done: Done::default(),
            order: Vec::new(),
            aside: Vec::new(),
            taken: 0,
            first_ms: i64::MAX,
            duplicates: 0,
            ignored: BTreeMap::new(),
            spare: None,
            spare_visits: Vec::new(),
            index: 0,
            tried: None,
            journal,
        }
    }

    /// The numbers of the contacts of all rows, new where a name is. Of those that were refused nobody asks whom they are about.
    pub fn numbers(&mut self, batch: &Batch) -> Vec<u32> {
        let mut numbers = vec![0; batch.rows.len()];
        let rows = (0..batch.rows.len()).filter(|at| batch.rows[*at].event != REFUSED);
        self.people.each_number(batch, rows, |at, number| numbers[at] = number);
        numbers
    }

    /// The same for the rows of one shard of several, which tell theirs at the same time.
    pub fn tell_numbers(&mut self, batch: &Batch, mine: u16, numbers: &[AtomicU32]) {
        let rows = (0..batch.rows.len()).filter(|at| batch.shards[*at] == mine && batch.rows[*at].event != REFUSED);
        self.people.each_number(batch, rows, |at, number| numbers[at].store(number, Relaxed));
    }

    /// Takes the rows of a round, and runs what is due before its end.
    pub fn round(&mut self, batches: &[Batch], first: u64, now_ms: i64) {
        let mut visits = std::mem::take(&mut self.visits);
        by_contact(&mut visits, &mut self.spare_visits, self.people.len());
        for visits in visits.chunks(AHEAD) {
            look_ahead(self.program, &self.people, batches, visits);
            for visit in visits {
                let record = RowOf { batch: &batches[visit.place.0 as usize], at: visit.place.1 as usize };
                let at = visit.contact as usize;
                self.run_timers_of(at, record.row().now_ms.saturating_sub(1));
                self.take(record, at, first + u64::from(visit.offset));
            }
        }
        visits.clear();
        self.visits = visits;
        self.run_timers(now_ms.saturating_sub(1));
        self.complete(now_ms);
    }

    /// Runs the timers of a contact that are due up to an instant.
    pub fn run_timers_of(&mut self, at: usize, to_ms: i64) {
        loop {
            let due_ms = self.people.hot[at].due_ms;
            if due_ms > to_ms || due_ms == NEVER {
                return;
            }
            self.people.hot[at].due_ms = NEVER;
            self.run_timer(at, due_ms);
        }
    }

    /// Runs the timers of everybody that are due up to an instant.
    pub fn run_timers(&mut self, to_ms: i64) {
        for group in 0..self.people.dues.len() {
            if self.people.dues[group] > to_ms {
                continue;
            }
            let together = self.people.together(group);
            for at in together.clone() {
                self.run_timers_of(at, to_ms);
            }
            self.people.dues[group] = together.map(|at| self.people.hot[at].due_ms).min().unwrap_or(NEVER);
        }
    }

    /// Puts in order what happened before an instant, and lays it apart.
    pub fn complete(&mut self, now_ms: i64) {
        let (people, out) = (&self.people, &mut self.out);
        self.order.clear();
        self.order.extend(out.iter().map(|happening| happening.time_ms).zip(0..).filter(|(time_ms, _)| *time_ms < now_ms));
        // The results of one contact lie in their order, and so in long runs where contacts are few.
        self.order.sort_by_key(|(time_ms, _)| *time_ms);
        for together in self.order.chunk_by_mut(|one, other| one.0 == other.0) {
            let contact = |place: u32| out[place as usize].contact as usize;
            if together.iter().any(|(_, place)| contact(*place) != contact(together[0].1)) {
                together.sort_by_key(|(_, place)| people.name(contact(*place)));
            }
        }
        for (_, place) in &self.order {
            let happening = std::mem::replace(&mut out[*place as usize], Happening::hollow());
            let contact = happening.contact as usize;
            self.done.push(happening, people.name(contact));
        }
        let mut heard = std::mem::take(&mut self.heard);
        heard.sort_by(|one, other| (one.at_ms, people.name(one.contact as usize)).cmp(&(other.at_ms, people.name(other.contact as usize))));
        let later = heard.split_off(heard.partition_point(|taken| taken.at_ms < now_ms));
        heard.into_iter().for_each(|taken| {
            let name = people.name(taken.contact as usize);
            self.done.hear(taken, name);
        });
        self.heard = later;
        if self.order.len() == out.len() {
            out.clear();
        } else {
            out.retain(|happening| happening.sequence != HOLLOW);
        }
    }

    /// What is kept of a contact, to change it.
    pub fn rest_of(&mut self, at: usize) -> Box<Rest> {
        match self.people.take_rest(at).or_else(|| self.spare.take()) {
            Some(rest) => rest,
            None => Box::new(Rest::stranger(self.program)),
        }
    }

    /// Keeps it again.
    pub fn put_rest(&mut self, at: usize, mut rest: Box<Rest>) {
        if self.program.keeps_rest || rest.is_touched {
            self.people.put_rest(at, rest);
        } else {
            rest.first_ms = None;
            self.spare = Some(rest);
        }
    }

    fn run_timer(&mut self, at: usize, due_ms: i64) {
        let mut rest = self.rest_of(at);
        let (hot, slots, name) = self.people.parts(at);
        if !self.program.is_whole {
            // Whatever was due before has been tried, or could not have done anything.
            let places = slots.iter_mut().chain(rest.keyed.iter_mut().map(|keyed| &mut keyed.slot));
            places.for_each(|slot| slot.tried_ms = slot.tried_ms.max(due_ms.saturating_sub(1)));
        }
        // What is overdue, as much may be after a change of rules, comes in the order in which it fell due.
        let since_ms = if self.program.is_whole { rest.now_ms } else { due_ms };
        let view = view(self.program, slots, &rest, since_ms);
        if let Some(timer) = timers::next(view).filter(|timer| timer.due_ms <= due_ms) {
            rest.now_ms = due_ms;
            if let Some(journal) = &mut self.journal {
                journal.touch(at as u32);
            }
            let mut turn = turn(self.program, (name, at as u32), (hot, slots, &mut rest), due_ms, (&mut self.out, self.journal.as_mut()));
            turn.timer(&timer);
            let set_aside = turn.set_aside;
            let record = || format!("the latest record of {name}: what came of it was due at {}", rfc3339(due_ms));
            let position = rest.position;
            let aside = |(reason, detail)| {
                let aside = SetAside { position, reason, detail, record: record() };
                ((due_ms, 1, 0, SmolStr::from(name)), aside)
            };
            self.aside.extend(set_aside.into_iter().map(aside));
        }
        self.schedule(at, &rest, due_ms);
        self.put_rest(at, rest);
    }

    /// Finds out when a contact's next timer is due.
    pub fn schedule(&mut self, at: usize, rest: &Rest, now_ms: i64) {
        if !self.program.has_timers {
            return;
        }
        let view = view(self.program, self.people.slots(at), rest, now_ms);
        let due_ms = match self.tried.take() {
            Some(places) => timers::due_of(view, &places, self.people.hot[at].due_ms),
            None => timers::due(view),
        };
        self.people.set_due(at, due_ms);
    }
}

/// A contact as nobody in particular sees it.
#[inline]
pub fn view<'a>(program: &'a Program<'a>, slots: &'a [Slot], rest: &'a Rest, now_ms: i64) -> View<'a> {
    View { program, slots, rest, now_ms, place: None, event: None, clock: None, subject: None }
}

/// A record or timer that begins.
pub fn turn<'e, 'p>(
    program: &'p Program<'p>,
    (name, contact): (&'e str, u32),
    (hot, slots, rest): (&'e mut Hot, &'e mut [Slot], &'e mut Rest),
    now_ms: i64,
    (out, journal): (&'e mut Vec<Happening<'p>>, Option<&'e mut Journal>),
) -> Turn<'e, 'p> {
    Turn {
        program,
        name,
        contact,
        hot,
        slots,
        rest,
        now_ms,
        undo_on_overflow: false,
        present: None,
        out,
        journal,
        set_aside: Vec::new(),
        overflow: false,
        echoes: VecDeque::new(),
        changed: Changed::default(),
        tried: None,
        entered: SmallVec::new(),
        stuck: Places::new(),
    }
}
