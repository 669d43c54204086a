//! What is added to the histories of contacts, noted as it happens: the engine itself keeps of the past only what rules look back at.
//!
//! A row is a few numbers, and its properties are text from the beginning, so that nothing is copied twice. Rows of all contacts lie
//! one behind the other until they are asked for.

use super::{
    json::{key, text, write_list, write_object},
    names::Names,
};
use crate::{
    fast::{
        program::Program,
        row::Props,
        state::{Owner, Sending},
        view::{Carries, Present},
    },
    runtime::state::{SavedEvents, SavedId, SavedSending, events},
};
use smol_str::SmolStr;
use std::ops::Range;

/// An event of somebody's history.
struct EventRow {
    contact: u32,
    order: u32,
    /// Where it lies as text, which has no end yet.
    text: Range<usize>,
    owner: Option<Owner>,
}

/// What was added to histories, and to whom something happened.
#[derive(Default)]
pub struct Journal {
    events: Vec<EventRow>,
    /// The events in the order of contacts, each with its contact, once it was asked who they are.
    in_order: Vec<(u32, u32)>,
    sendings: Vec<(u32, Sending)>,
    asked: Vec<(u32, SmolStr)>,
    ids: Vec<(u32, SavedId)>,
    touched: Vec<u32>,
    texts: Vec<u8>,
    keys: Keys,
}

/// Events by number: the name of each, and the names of its properties as JSON in their order, each with its slot.
#[derive(Default)]
struct Keys(Vec<(String, Vec<(u8, String)>)>);

/// How long each part is, to go back there.
#[derive(Clone, Copy)]
pub struct Mark {
    events: usize,
    sendings: usize,
    asked: usize,
}

/// How far the rows of each kind were handed over, in the order of contacts.
#[derive(Default)]
pub struct Cursor {
    events: usize,
    sendings: usize,
    asked: usize,
    ids: usize,
}

/// What was added to the history of one contact.
#[derive(Default)]
pub struct Added {
    /// Events.
    pub events: SavedEvents,
    /// Messages sent.
    pub sendings: Vec<SavedSending>,
    /// Actions asked for.
    pub asked: Vec<String>,
    /// Ids of records.
    pub ids: Vec<SavedId>,
}

impl Journal {
    /// An empty one.
    pub fn new(program: &Program<'_>) -> Self {
        let keys = |slots: &Vec<&str>| {
            let mut slots: Vec<(&str, u8)> = slots.iter().copied().zip(0..).collect();
            slots.sort_unstable();
            slots.into_iter().map(|(name, slot)| (slot, key(name))).collect::<Vec<_>>()
        };
        let of_event = program.events.iter().map(|event| (event.name.to_owned(), keys(&event.slots)));
        Self { keys: Keys(of_event.collect()), ..Self::default() }
    }

    /// Something happened to a contact.
    pub fn touch(&mut self, contact: u32) {
        if self.touched.last() != Some(&contact) {
            self.touched.push(contact);
        }
    }

    /// An event is known, the how-manieth of the contact it is.
    pub fn event(&mut self, contact: u32, order: u32, now_ms: i64, present: &Present<'_>) {
        let taken_ms = matches!(present.carries, Carries::Row(_)).then_some(now_ms);
        let (props, begin): (Props<'_>, usize) = (present.props(), self.texts.len());
        let Keys(keys) = &self.keys;
        let (name, keys) = &keys[present.event as usize];
        events::begin((order.into(), present.time_ms, taken_ms), name, &mut self.texts);
        write_object(keys.iter().map(|(slot, key)| (key.as_str(), props.get(*slot))), &mut self.texts);
        self.events.push(EventRow { contact, order, text: begin..self.texts.len(), owner: present.owner.clone() });
    }

    /// A message went out.
    pub fn sending(&mut self, contact: u32, sending: &Sending) {
        self.sendings.push((contact, sending.clone()));
    }

    /// Something outside was asked for.
    pub fn asked(&mut self, contact: u32, request: &SmolStr) {
        self.asked.push((contact, request.clone()));
    }

    /// A record with an id was taken.
    pub fn id(&mut self, contact: u32, id: SavedId) {
        self.ids.push((contact, id));
    }

    /// How much there is.
    pub fn mark(&self) -> Mark {
        Mark { events: self.events.len(), sendings: self.sendings.len(), asked: self.asked.len() }
    }

    /// Takes back what was added since then.
    pub fn undo(&mut self, to: Mark) {
        self.events.truncate(to.events);
        self.sendings.truncate(to.sendings);
        self.asked.truncate(to.asked);
    }

    /// To whom something happened since this was last asked, in the order of numbers; what was added to their histories comes together.
    pub fn take_touched(&mut self) -> Vec<u32> {
        self.in_order = self.events.iter().map(|row| row.contact).zip(0..).collect();
        self.in_order.sort_unstable();
        self.sendings.sort_by_key(|(contact, _)| *contact);
        self.asked.sort_by_key(|(contact, _)| *contact);
        self.ids.sort_by_key(|(contact, _)| *contact);
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// What was added to the history of a contact; after [`Journal::take_touched`], and in its order.
    pub fn of(&self, program: &Program<'_>, names: &Names, contact: u32, cursor: &mut Cursor) -> Added {
        let run = |owner: &Owner| (names.of_past_funnel(program, owner.funnel), owner.key.to_string());
        let sending = |(_, sending): &(u32, Sending)| {
            let (message, _) = program.messages[sending.message as usize];
            SavedSending {
                time_ms: sending.time_ms,
                message: message.name.clone(),
                channel: message.channel.clone(),
                transactional: message.transactional,
                request: sending.request.to_string(),
                run: run(&sending.run),
            }
        };
        Added {
            events: self.events_of(program, names, of_contact(&self.in_order, &mut cursor.events, contact, |row| row.0)),
            sendings: of_contact(&self.sendings, &mut cursor.sendings, contact, |row| row.0).iter().map(sending).collect(),
            asked: of_contact(&self.asked, &mut cursor.asked, contact, |row| row.0)
                .iter()
                .map(|(_, request)| request.to_string())
                .collect(),
            ids: of_contact(&self.ids, &mut cursor.ids, contact, |row| row.0).iter().map(|(_, id)| id.clone()).collect(),
        }
    }

    /// Events of one contact, as they are kept.
    fn events_of(&self, program: &Program<'_>, names: &Names, rows: &[(u32, u32)]) -> SavedEvents {
        let rows = || rows.iter().map(|(_, at)| &self.events[*at as usize]);
        let Some(first) = rows().next() else { return SavedEvents::default() };
        let mut out = Vec::with_capacity(rows().map(|row| row.text.len() + 2).sum::<usize>() + 1);
        write_list(rows(), &mut out, |row, out| {
            out.extend_from_slice(&self.texts[row.text.clone()]);
            let owner = row.owner.as_ref().map(|owner| (names.of_past_funnel(program, owner.funnel), &owner.key));
            events::end(owner.as_ref().map(|(funnel, key)| (funnel.as_str(), key.as_str())), out);
        });
        SavedEvents::new(rows().count(), first.order.into(), text(out))
    }

    /// Forgets what was added: it is written down.
    pub fn clear(&mut self) {
        self.events.clear();
        self.in_order.clear();
        self.sendings.clear();
        self.asked.clear();
        self.ids.clear();
        self.texts.clear();
    }
}

/// The rows of a contact among those in the order of contacts, behind those that were handed over.
fn of_contact<'j, T>(rows: &'j [T], from: &mut usize, contact: u32, number: impl Fn(&T) -> u32) -> &'j [T] {
    let rest = rows.get(*from..).unwrap_or_default();
    let begin = rest.iter().take_while(|row| number(row) < contact).count();
    let length = rest[begin..].iter().take_while(|row| number(row) == contact).count();
    *from += begin + length;
    &rest[begin..begin + length]
}
