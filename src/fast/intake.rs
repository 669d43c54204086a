//! What becomes of a row: whether it passes, what is known then, and what is set aside.

use super::{
    keep::Journal,
    know::know,
    program::{Events, Id, Program},
    row::{Extra, Props, Row},
    scores,
    shard::{RowOf, Shard, turn, view},
    state::{Owner, Rest},
    taken::Taken,
    timers,
    turn::{Places, set_attribute},
    view::{Carries, Present, View},
};
use crate::{
    ruleset::Keeper,
    runtime::{ID_MEMORY_MS, Reason, SetAside, state::SavedId},
};
use smol_str::SmolStr;

impl Shard<'_> {
    /// Takes a row.
    pub fn take(&mut self, record: RowOf<'_>, at: usize, index: u64) {
        let (batch, row) = (record.batch, record.row());
        self.index = index;
        if self.passes(record, at) {
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
            None => self.handle(record, (at, &mut rest)),
        };
        for (reason, detail) in result {
            let record = batch.json(record.at);
            let aside = SetAside { position: row.position, reason, detail, record };
            self.aside.push(((row.now_ms, 0, index, SmolStr::default()), aside));
        }
        if self.people.hot[at].taken > 0 {
            self.schedule(at, &rest, row.now_ms);
            self.put_rest(at, rest);
        }
        // Who has only sent what was set aside is nobody yet.
    }

    /// Takes a row that changes nothing but what is known, if it is one: who hears of it is asked, and nothing opens.
    fn passes(&mut self, record: RowOf<'_>, at: usize) -> bool {
        let (program, row) = (self.program, record.row());
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
            self.knows(record, at, is_heard);
        } else {
            let hot = &mut self.people.hot[at];
            hot.taken = hot.taken.saturating_add(1);
            if program.keeps_rest
                && let Some(rest) = self.people.rest_mut(at)
            {
                rest.position = row.position;
            }
        }
        self.count(record, at);
        true
    }

    /// Takes a row of somebody at rest: it is known, and only where that opens something everything is tried.
    fn knows(&mut self, record: RowOf<'_>, at: usize, is_heard: bool) {
        let (program, batch, row) = (self.program, record.batch, record.row());
        self.touch(at);
        let (hot, slots, rest, name) = self.people.all_parts(at);
        let mut stranger = None;
        let rest = match rest {
            Some(rest) => rest,
            None => &mut **stranger.insert(self.spare.take().unwrap_or_else(|| Box::new(Rest::stranger(program)))),
        };
        (rest.now_ms, rest.position) = (row.now_ms, row.position);
        let carries = Carries::Row(Props::Row(batch, row.cells));
        let present = Present { event: row.event, owner: None, time_ms: row.time_ms, carries };
        know(program, (hot, slots, rest), &present, row.now_ms, self.journal.as_mut().map(|journal| (journal, at as u32)));
        let known_ms = hot.due_ms;
        let due_ms = if is_heard && (View { event: Some(&present), ..view(program, slots, rest, row.now_ms) }).opens(row.event) {
            let ends = (&mut self.out, self.journal.as_mut());
            let mut turn = turn(program, (name, at as u32), (hot, slots, rest), row.now_ms, ends);
            turn.undo_on_overflow = true;
            turn.present = Some(present);
            turn.known();
            for (reason, detail) in turn.set_aside {
                let aside = SetAside { position: row.position, reason, detail, record: batch.json(record.at) };
                self.aside.push(((row.now_ms, 0, self.index, SmolStr::default()), aside));
            }
            if program.has_timers { timers::due(view(program, slots, rest, row.now_ms)) } else { known_ms }
        } else {
            // It could not have done anything, and counts as tried.
            if is_heard || program.is_whole {
                slots.iter_mut().for_each(|slot| slot.tried_ms = row.now_ms);
            }
            let heard_ms = if is_heard { timers::due_heard(view(program, slots, rest, row.now_ms), row.event, known_ms) } else { known_ms };
            // A period that begins anew with an event that came late may end before the one that it ends.
            scores::next_tick(program, rest).map_or(heard_ms, |tick_ms| heard_ms.min(tick_ms.max(row.now_ms)))
        };
        if due_ms != known_ms {
            self.people.set_due(at, due_ms);
        }
        if let Some(rest) = stranger {
            self.put_rest(at, rest);
        }
    }

    /// Notes that something happened to a contact, if that is noted.
    fn touch(&mut self, at: usize) {
        if let Some(journal) = &mut self.journal {
            journal.touch(at as u32);
        }
    }

    /// Counts a row that was taken by a contact.
    fn count(&mut self, record: RowOf<'_>, at: usize) {
        self.taken += 1;
        self.first_ms = self.first_ms.min(record.row().time_ms);
        self.heard.extend(Taken::of(self.program, record.batch, record.row(), at as u32));
        record.batch.shapes.taken(record.row().shape);
    }

    fn handle(&mut self, record: RowOf<'_>, (at, rest): (usize, &mut Box<Rest>)) -> Vec<(Reason, String)> {
        let (program, batch, row) = (self.program, record.batch, record.row());
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
        let owner = if event.is_answer && (program.is_keyed || program.is_whole) { owner(program, rest, row.event, props) } else { None };
        (rest.now_ms, rest.position) = (row.now_ms, row.position);
        self.touch(at);
        let (results, happened) = (self.out.len(), self.people.hot[at].results);
        let is_at_rest = program.is_keyed && self.people.hot[at].due_ms > row.now_ms;
        let noted = self.journal.as_ref().map(Journal::mark);
        let (hot, slots, name) = self.people.parts(at);
        let ends = (&mut self.out, self.journal.as_mut());
        let mut turn = turn(program, (name, at as u32), (hot, slots, rest), row.now_ms, ends);
        turn.undo_on_overflow = true;
        turn.present = Some(Present { event: row.event, owner, time_ms: row.time_ms, carries: Carries::Row(props) });
        turn.tried = is_at_rest.then(Places::new);
        turn.event();
        let (overflow, mut set_aside) = (turn.overflow, turn.set_aside);
        self.tried = turn.tried.filter(|_| !overflow);
        if let Some((hot, slots, was)) = before.filter(|_| overflow) {
            let (hot_now, slots_now, _) = self.people.parts(at);
            *hot_now = hot;
            slots_now.copy_from_slice(&slots);
            *rest = was;
            self.out.truncate(results);
            if let Some((journal, noted)) = self.journal.as_mut().zip(noted) {
                journal.undo(noted);
            }
            debug_assert_eq!(self.people.hot[at].results, happened);
            set_aside.retain(|(reason, _)| *reason == Reason::Overflow);
            return set_aside;
        }
        if let Some((extra, (id, content))) = extra.and_then(|extra| Some((extra, extra.id.clone()?))) {
            if let Some(journal) = &mut self.journal {
                journal.id(at as u32, SavedId { id: id.to_string(), time_ms: row.time_ms, content: extra.json.clone() });
            }
            rest.ids.get_or_insert_default().insert(id, (row.time_ms, content));
            rest.is_touched = true;
        }
        self.count(record, at);
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
    let (time_ms, known) = rest.ids.as_ref()?.get(id)?;
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
