//! The contacts of one thread: rows in, happenings out.
//!
//! Contacts know nothing of each other, so a shard runs its own timers when its next row comes or its round ends; what
//! happened is put in order afterwards.

use super::{
    out::Happening,
    people::People,
    program::{Events, Id, Program},
    row::{Batch, Extra, Props, Row},
    state::{NEVER, Owner, Rest},
    timers,
    turn::{Changed, Places, Turn, set_attribute},
    view::{Carries, Present, View},
};
use crate::{
    ruleset::Keeper,
    runtime::{Reason, SetAside, rfc3339},
};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
};

/// An id of a contact is remembered so long.
const ID_MEMORY_MS: i64 = 30 * 86_400_000;

/// Where something that was set aside stands among all that was: the instant, records before timers, the row, the contact.
pub type AsideKey = (i64, u8, u64, SmolStr);

/// The contacts of one thread.
pub struct Shard<'p> {
    program: &'p Program<'p>,
    /// Everybody.
    pub people: People,
    due: BinaryHeap<Reverse<(i64, u32)>>,
    /// What happened and was not handed over.
    pub out: Vec<Happening<'p>>,
    /// What happened, complete and in order.
    pub done: Vec<Happening<'p>>,
    /// What was set aside.
    pub aside: Vec<(AsideKey, SetAside)>,
    /// Records that were taken.
    pub taken: u64,
    /// Records that came twice.
    pub duplicates: u64,
    /// Properties that nobody declared.
    pub ignored: BTreeMap<(Id, String), u64>,
    spare: Option<Box<Rest>>,
    /// Which row is taken.
    index: u64,
}

impl<'p> Shard<'p> {
    /// A shard without contacts.
    pub fn new(program: &'p Program<'p>) -> Self {
        Self {
            program,
            people: People::new(program.funnels.len()),
            due: BinaryHeap::new(),
            out: Vec::new(),
            done: Vec::new(),
            aside: Vec::new(),
            taken: 0,
            duplicates: 0,
            ignored: BTreeMap::new(),
            spare: None,
            index: 0,
        }
    }

    /// Runs the timers that are due up to an instant.
    pub fn run_timers(&mut self, to_ms: i64) {
        while let Some(Reverse((due_ms, at))) = self.due.peek().copied().filter(|Reverse((due_ms, _))| *due_ms <= to_ms) {
            self.due.pop();
            let at = at as usize;
            if self.people.hot[at].due_ms == due_ms {
                self.people.hot[at].due_ms = NEVER;
                self.run_timer(at, due_ms);
            }
        }
    }

    /// Runs what is due before an instant, and puts in order what happened before it.
    pub fn complete(&mut self, now_ms: i64) {
        if now_ms < i64::MAX {
            self.run_timers(now_ms.saturating_sub(1));
        }
        let people = &self.people;
        let name = |happening: &Happening<'_>| people.name(happening.contact as usize);
        self.out.sort_by(|one, other| one.time_ms.cmp(&other.time_ms).then_with(|| name(one).cmp(name(other))));
        let end = self.out.partition_point(|happening| happening.time_ms < now_ms);
        self.done.extend(self.out.drain(..end));
    }

    fn rest_of(&mut self, at: usize) -> Box<Rest> {
        match self.people.rest[at].take().or_else(|| self.spare.take()) {
            Some(rest) => rest,
            None => Box::new(Rest::stranger(self.program)),
        }
    }

    fn put_rest(&mut self, at: usize, mut rest: Box<Rest>) {
        if self.program.keeps_rest || rest.is_touched {
            self.people.rest[at] = Some(rest);
        } else {
            rest.first_ms = None;
            self.spare = Some(rest);
        }
    }

    fn run_timer(&mut self, at: usize, due_ms: i64) {
        let mut rest = self.rest_of(at);
        let (hot, slots, name) = self.people.parts(at);
        // Whatever was due before has been tried, or could not have done anything.
        let places = slots.iter_mut().chain(rest.keyed.iter_mut().map(|keyed| &mut keyed.slot));
        places.for_each(|slot| slot.tried_ms = slot.tried_ms.max(due_ms.saturating_sub(1)));
        let view = view(self.program, slots, &rest, due_ms);
        if let Some(timer) = timers::next(view).filter(|timer| timer.due_ms <= due_ms) {
            let mut turn = turn(self.program, (name, at as u32), (hot, slots, &mut rest), due_ms, &mut self.out);
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

    fn schedule(&mut self, at: usize, rest: &Rest, now_ms: i64) {
        if !self.program.has_timers {
            return;
        }
        let due_ms = timers::due(view(self.program, self.people.slots(at), rest, now_ms));
        self.is_due(at, due_ms);
    }

    fn is_due(&mut self, at: usize, due_ms: i64) {
        let before_ms = std::mem::replace(&mut self.people.hot[at].due_ms, due_ms);
        if due_ms != NEVER && due_ms != before_ms {
            self.due.push(Reverse((due_ms, at as u32)));
        }
    }

    /// Takes a row.
    pub fn take(&mut self, batch: &Batch, row: &Row, index: u64) {
        self.index = index;
        self.run_timers(row.now_ms.saturating_sub(1));
        let at = self.people.number(row.hash, batch.text(row.contact));
        if self.passes(batch, row, at) {
            return;
        }
        let mut rest = self.rest_of(at);
        let extra = batch.extra(row);
        let known = extra.and_then(|extra| known_id(&rest, row, extra));
        let result = match known {
            Some(true) => {
                self.duplicates += 1;
                Vec::new()
            }
            Some(false) => vec![(Reason::IdDiffers, "its id came before with other content".to_owned())],
            None => self.handle(batch, row, (at, &mut rest)),
        };
        for (reason, detail) in result {
            let record = batch.json(row);
            let aside = SetAside { position: row.position, reason, detail, record };
            self.aside.push(((row.now_ms, 0, index, SmolStr::default()), aside));
        }
        if self.people.hot[at].taken > 0 {
            self.schedule(at, &rest, row.now_ms);
            self.put_rest(at, rest);
        } else {
            // Who has only sent what was set aside is nobody yet.
            self.people.rest[at] = None;
        }
    }

    /// Takes a row that changes nothing but what is known, if it is one: who hears of it is asked, and nothing opens.
    fn passes(&mut self, batch: &Batch, row: &Row, at: usize) -> bool {
        let program = self.program;
        let event = &program.events[row.event as usize];
        let hot = self.people.hot[at];
        if !event.may_pass || row.extra != 0 || hot.taken == 0 || hot.due_ms <= row.now_ms {
            return false;
        }
        let this = Events::of(row.event);
        let mut is_heard = false;
        for (funnel, slot) in program.funnels.iter().zip(self.people.slots(at)) {
            if slot.is_restless {
                return false;
            }
            is_heard |= slot.stage().map_or(funnel.heard, |stage| funnel.stages[stage].heard).meets(this);
        }
        if is_heard && program.may_overflow {
            return false;
        }
        if is_heard || event.is_kept {
            self.knows((batch, row), at, is_heard.then_some(this));
        } else {
            let hot = &mut self.people.hot[at];
            hot.taken = hot.taken.saturating_add(1);
            if program.keeps_rest
                && let Some(rest) = &mut self.people.rest[at]
            {
                rest.position = row.position;
            }
        }
        self.count(batch, row);
        true
    }

    /// Takes a row of somebody at rest: it is known, and only where that opens something everything is tried.
    fn knows(&mut self, (batch, row): (&Batch, &Row), at: usize, heard: Option<Events>) {
        let mut rest = self.rest_of(at);
        rest.position = row.position;
        let (hot, slots, name) = self.people.parts(at);
        let known_ms = hot.due_ms;
        let mut turn = turn(self.program, (name, at as u32), (hot, slots, &mut rest), row.now_ms, &mut self.out);
        turn.undo_on_overflow = true;
        let carries = Carries::Row(Props::Row(batch, row.cells));
        turn.present = Some(Present { event: row.event, owner: None, time_ms: row.time_ms, carries });
        turn.know();
        if let Some(event) = heard {
            if turn.opens(event) {
                turn.known();
                for (reason, detail) in turn.set_aside {
                    let aside = SetAside { position: row.position, reason, detail, record: batch.json(row) };
                    self.aside.push(((row.now_ms, 0, self.index, SmolStr::default()), aside));
                }
                self.schedule(at, &rest, row.now_ms);
            } else {
                turn.slots.iter_mut().for_each(|slot| slot.tried_ms = row.now_ms);
                let due_ms = timers::due_heard(turn.view_of_contact(), event, known_ms);
                self.is_due(at, due_ms);
            }
        }
        self.put_rest(at, rest);
    }

    /// Counts a row that was taken.
    fn count(&mut self, batch: &Batch, row: &Row) {
        self.taken += 1;
        if row.shape != 0 {
            self.count_shape(batch, row);
        }
    }

    fn count_shape(&mut self, batch: &Batch, row: &Row) {
        if let Some((event, names)) = batch.shapes.get(row.shape as usize) {
            for property in names {
                *self.ignored.entry((*event, property.clone())).or_insert(0) += 1;
            }
        }
    }

    fn handle(&mut self, batch: &Batch, row: &Row, (at, rest): (usize, &mut Box<Rest>)) -> Vec<(Reason, String)> {
        let program = self.program;
        let extra = batch.extra(row);
        let mut parts_aside = Vec::new();
        let before = program.may_overflow.then(|| (self.people.hot[at], self.people.slots(at).to_vec(), rest.clone()));
        if let Some(attributes) = extra.and_then(|extra| extra.attributes.as_ref()) {
            match attributes {
                Err(refusal) => return vec![refusal.clone()],
                Ok(attributes) => identify(program, rest, attributes, &mut parts_aside),
            }
        }
        let event = &program.events[row.event as usize];
        let props = if row.event == program.identify { Props::Kept(&[]) } else { Props::Row(batch, row.cells) };
        let owner = if event.is_answer && program.is_keyed { owner(program, rest, row.event, props) } else { None };
        rest.position = row.position;
        let (results, happened) = (self.out.len(), self.people.hot[at].results);
        let (hot, slots, name) = self.people.parts(at);
        let mut turn = turn(program, (name, at as u32), (hot, slots, rest), row.now_ms, &mut self.out);
        turn.undo_on_overflow = true;
        turn.present = Some(Present { event: row.event, owner, time_ms: row.time_ms, carries: Carries::Row(props) });
        turn.event();
        let (overflow, mut set_aside) = (turn.overflow, turn.set_aside);
        if let Some((hot, slots, was)) = before.filter(|_| overflow) {
            let (hot_now, slots_now, _) = self.people.parts(at);
            *hot_now = hot;
            slots_now.copy_from_slice(&slots);
            *rest = was;
            self.out.truncate(results);
            debug_assert_eq!(self.people.hot[at].results, happened);
            set_aside.retain(|(reason, _)| *reason == Reason::Overflow);
            return set_aside;
        }
        if let Some((id, content)) = extra.and_then(|extra| extra.id.clone()) {
            rest.ids.insert(id, (row.time_ms, content));
            rest.is_touched = true;
        }
        self.count(batch, row);
        for property in extra.into_iter().flat_map(|extra| &extra.ignored) {
            *self.ignored.entry((row.event, property.clone())).or_insert(0) += 1;
        }
        parts_aside.extend(set_aside);
        parts_aside
    }
}

/// Sets what `identify` says; what it cannot set is set aside.
fn identify(program: &Program<'_>, rest: &mut Rest, attributes: &[(u32, Option<super::value::Kept>)], aside: &mut Vec<(Reason, String)>) {
    let mut set = Vec::new();
    for (at, value) in attributes {
        let attribute = &program.attributes[*at as usize];
        let known = rest.attributes.get(*at as usize).and_then(Option::as_ref);
        let name = attribute.name;
        match attribute.declared.map_or(Keeper::Anyone, |declared| declared.keeper) {
            Keeper::Fixed if known.is_some() && known == value.as_ref() => {}
            Keeper::Fixed if known.is_some() => aside.push((Reason::FixedAttribute, format!("`{name}` is fixed and known"))),
            Keeper::Ours | Keeper::Runtime => aside.push((Reason::Ours, format!("`{name}` is set by funnels alone"))),
            Keeper::Anyone | Keeper::Fixed => set.push((*at, value.clone())),
        }
    }
    for (at, value) in set {
        set_attribute(program, rest, at, value);
    }
}

/// Whether the record's id is known, and then whether its content is the same.
fn known_id(rest: &Rest, row: &Row, extra: &Extra) -> Option<bool> {
    let (id, content) = extra.id.as_ref()?;
    let (time_ms, known) = rest.ids.get(id)?;
    (row.time_ms.abs_diff(*time_ms) < ID_MEMORY_MS.unsigned_abs()).then(|| known == content)
}

/// The run whose request a message event answers: the request it names, else the latest of that message.
fn owner(program: &Program<'_>, rest: &Rest, event: Id, props: Props<'_>) -> Option<Owner> {
    let event = &program.events[event as usize];
    let text = |slot: Option<u8>| slot.and_then(|slot| props.get(slot)?.as_text());
    let mut sendings = rest.sendings.iter().rev();
    let by_request = text(event.request).and_then(|key| sendings.find(|sending| sending.request == key));
    let by_message = || {
        let message = *program.message_ids.get(text(event.message)?)?;
        rest.sendings.iter().rev().find(|sending| sending.message == message)
    };
    by_request.or_else(by_message).map(|sending| sending.run.clone())
}

fn view<'a>(program: &'a Program<'a>, slots: &'a [super::state::Slot], rest: &'a Rest, now_ms: i64) -> View<'a> {
    View { program, slots, rest, now_ms, place: None, event: None, clock: None, subject: None }
}

fn turn<'e, 'p>(
    program: &'p Program<'p>,
    (name, contact): (&'e str, u32),
    (hot, slots, rest): (&'e mut super::state::Hot, &'e mut [super::state::Slot], &'e mut Rest),
    now_ms: i64,
    out: &'e mut Vec<Happening<'p>>,
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
        set_aside: Vec::new(),
        overflow: false,
        echoes: VecDeque::new(),
        changed: Changed::default(),
        entered: SmallVec::new(),
        stuck: Places::new(),
    }
}
