//! Rows of a file in columns straight into rows of a batch.
//!
//! Which column is which property of an event is found out once for some rows. A text of a dictionary is looked at once: as the
//! name of an event, as a contact with its hash, as what is copied. A row of which anything does not plainly fit is odd: it
//! becomes a record, as the runtime reads it.

use super::{
    super::{
        bare::{Bare, BareRow, Contacts},
        feed::{Feed, UNKNOWN, Want, content, hash_of},
        program::Id,
        row::{Batch, Cell, Extra, Keys, Name, Origin, Row},
        shapes::{Bits, Found, Known, Shapes},
    },
    contents::JsonOf,
    fields::is_plain_event,
    met::Met,
    views::{Form, Presence, View},
};
use crate::{
    ruleset::Type,
    runtime::{
        Raw,
        input::{Block, ColumnPlace, as_text, raw, word},
    },
};
use arrow_array::{Array, ArrayRef, cast::AsArray};
use arrow_schema::DataType;
use std::sync::Arc;

/// The rows of a block; what they were read from is kept where one may still be set aside.
pub fn rows(feed: Feed<'_>, block: Block) -> Batch {
    let mut batch = Batch::default();
    let count = block.rows.num_rows();
    let mut reader = Reader::new(feed, &block);
    let ways = reader.as_mut().and_then(Reader::ways);
    if let Some((reader, ways)) = reader.as_mut().zip(ways.as_ref()) {
        batch.bare = reader.bare(ways);
        if batch.bare.is_some() {
            batch.unknown = ways.iter().filter(|way| matches!(way, Way::Unknown)).count() as u64;
            return batch;
        }
    }
    let dictionary = reader.as_ref().and_then(Reader::dictionary);
    let mut keys = dictionary.map(|dictionary| Keys { dictionary, rows: Vec::with_capacity(count) });
    batch.rows.reserve_exact(count);
    batch.names.reserve_exact(count);
    for row in 0..count {
        match ways.as_ref().map_or(Way::Taken, |ways| ways[row]) {
            Way::Unknown => {
                batch.unknown += 1;
                continue;
            }
            Way::Passed if reader.as_ref().is_some_and(|reader| reader.passes(row, &mut batch)) => continue,
            Way::Passed | Way::Happens(_) | Way::Taken => {}
        }
        let cells = batch.cells.len();
        match reader.as_mut().and_then(|reader| reader.take(row, &mut batch)) {
            Some((taken, name)) => {
                if let Some(keys) = &mut keys {
                    keys.rows.push(reader.as_ref().and_then(|reader| reader.key(row)));
                }
                batch.rows.push(Row { position: block.before + row as u64 + 1, ..taken });
                batch.names.push(name);
            }
            None => {
                // Texts of dictionaries stay.
                batch.cells.truncate(cells);
                reader.iter_mut().for_each(|reader| reader.keeps_all = true);
                keys.iter_mut().for_each(|keys| keys.rows.push(None));
                feed.put(block.record(row), &mut batch);
            }
        }
    }
    let has_ids = reader.as_ref().is_some_and(|reader| reader.id.is_some());
    batch.keys = keys;
    batch.shapes = reader.map_or_else(Shapes::default, Reader::shapes);
    if feed.keeps_lines || has_ids {
        batch.origin = Origin::Columns(block);
    }
    batch
}

/// A property of an event.
struct Property<'p> {
    /// Its column; nothing if there is none.
    column: Option<usize>,
    ty: &'p Type,
    slot: Option<u8>,
    optional: bool,
}

/// How rows of an event are read.
struct Plan<'p> {
    properties: Vec<Property<'p>>,
    slots: usize,
    /// Columns that nobody declared and that have a value in some rows.
    beside: Vec<(usize, String)>,
    /// Which of them have one in a row.
    shapes: Known,
    /// That number, where it is the same for all rows.
    shape: Option<u32>,
}

/// What becomes of a row.
#[derive(Clone, Copy)]
enum Way {
    /// It is taken.
    Taken,
    /// It is taken, and nothing of it but that this event happened, to whom and when.
    Happens(Id),
    /// It is plain and nobody wants it, so that it is passed over where its time allows.
    Passed,
    /// Nobody declared its event, and it is but counted.
    Unknown,
}

/// What takes the rows of a block.
struct Reader<'p, 'b> {
    feed: Feed<'p>,
    block: &'b Block,
    views: Vec<View<'b>>,
    contact: usize,
    time: usize,
    /// The column with the event, or which it always is; nothing where all rows are odd.
    event: Result<usize, Option<Id>>,
    /// The column with the id, and then those of properties by the words that they are.
    id: Option<usize>,
    sorted: Vec<(String, usize)>,
    /// The JSON of the last row that has an id.
    json: String,
    /// For each text of its dictionary the event, once that was looked at; nothing where its rows are odd.
    heard: Vec<Option<Option<Id>>>,
    met: Met<'p>,
    /// By event, whether its rows are no more than what is declared.
    is_plain: Vec<bool>,
    /// For each text of the dictionary of contacts; a length of none is not looked at yet.
    names: Vec<Name>,
    plans: Vec<Option<Plan<'p>>>,
    /// Sets of names that nobody declared.
    shapes: Found,
    /// Whether nothing is passed over any more: how late an odd row is, is known only when it is taken.
    keeps_all: bool,
}

impl<'p, 'b> Reader<'p, 'b> {
    /// Nothing where all rows are odd: what they are about is said once for all, or two columns are the same property.
    fn new(feed: Feed<'p>, block: &'b Block) -> Option<Self> {
        let table = &*block.table;
        let [Some(ColumnPlace::Column(contact)), Some(ColumnPlace::Column(time)), Some(event), id] = &table.origins else {
            return None;
        };
        let id = match id {
            None => None,
            Some(ColumnPlace::Column(at)) => Some(*at),
            Some(ColumnPlace::Constant(_)) => return None,
        };
        let mut sorted: Vec<(String, usize)> = table.properties().map(|(at, name)| (word(name), at)).collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|two| two[0].0 == two[1].0) {
            return None;
        }
        let mut views: Vec<View<'b>> = block.rows.columns().iter().map(View::new).collect();
        views[*time].open(&table.zone);
        views[*time].counts_milliseconds();
        views[*contact].open(feed.zone);
        if let ColumnPlace::Column(at) = event {
            views[*at].open(feed.zone);
        }
        let dictionary = |at: usize| match &views[at].form {
            Form::Texts(texts) => texts.count(),
            _ => 0,
        };
        let heard = match event {
            ColumnPlace::Column(at) => vec![None; dictionary(*at)],
            ColumnPlace::Constant(_) => Vec::new(),
        };
        let mut met = Met::new(feed.program);
        let is_plain: Vec<bool> = (0..).zip(&feed.program.events).map(|(id, _)| is_plain_event(feed.program, id)).collect();
        let event = match event {
            ColumnPlace::Column(at) => Ok(*at),
            ColumnPlace::Constant(name) => Err(met.event(name).filter(|id| is_plain[*id as usize])),
        };
        let names = vec![Name::default(); dictionary(*contact)];
        let plans = feed.program.events.iter().map(|_| None).collect();
        let (contact, time, shapes) = (*contact, *time, Found::default());
        let (json, keeps_all) = (String::new(), false);
        Some(Self { feed, block, views, contact, time, event, id, sorted, json, heard, met, is_plain, names, plans, shapes, keeps_all })
    }

    /// The dictionary that contacts are in, if what is known of it is kept.
    fn dictionary(&self) -> Option<ArrayRef> {
        if self.names.is_empty() {
            return None;
        }
        let column = self.block.rows.column(self.contact);
        matches!(column.data_type(), DataType::Dictionary(..)).then(|| Arc::clone(column.as_any_dictionary().values()))
    }

    /// The place of a row's contact in its dictionary.
    fn key(&self, row: usize) -> Option<u32> {
        match &self.views[self.contact].form {
            Form::Texts(texts) => u32::try_from(texts.key(row)).ok(),
            _ => None,
        }
    }

    /// A row; nothing where it is odd.
    fn take(&mut self, row: usize, batch: &mut Batch) -> Option<(Row, Name)> {
        if !self.views[self.contact].has(row) || !self.views[self.time].has(row) {
            return None;
        }
        let event = self.event(row).filter(|event| *event != UNKNOWN)?;
        let time_ms = self.views[self.time].instant(row, &self.block.table.zone)?;
        let cells = batch.cells.len() as u32;
        let shape = self.cells(row, event, batch)?;
        let name = self.name(row, batch)?;
        let id = self.id.and_then(|at| as_text(Some(raw(self.block.rows.column(at), row))).transpose()).transpose().ok()?;
        let extra = match id {
            Some(id) => {
                let content = self.content(row, event, (batch.text(name.at), time_ms, &id));
                batch.extras.push(Extra { id: Some((id.into(), content)), ..Extra::default() });
                batch.extras.len() as u32
            }
            None => 0,
        };
        Some((Row { time_ms, now_ms: time_ms, position: 0, cells, event, extra, shape }, name))
    }

    /// What a row is in short, as it is of its record.
    fn content(&mut self, row: usize, event: Id, (contact, time_ms, id): (&str, i64, &str)) -> [u8; 16] {
        let mut json = JsonOf::new(std::mem::take(&mut self.json), time_ms, contact, self.feed.program.events[event as usize].name, id);
        for (word, at) in &self.sorted {
            let value = raw(self.block.rows.column(*at), row);
            if value != Raw::Missing {
                json.value(word, &value.to_json());
            }
        }
        self.json = json.finish();
        content(&self.json)
    }

    /// What becomes of each row, where that is easily told; nothing where it is not, or all are taken anyway.
    fn ways(&mut self) -> Option<Vec<Way>> {
        let is_all = |at: usize| matches!(self.views[at].presence, Presence::All);
        let is_told = is_all(self.contact) && is_all(self.time) && self.event.is_ok_and(is_all);
        let is_read = matches!(self.views[self.time].form, Form::Instants(_));
        if !is_told || !is_read || (self.feed.wanted.is_none() && !self.feed.counts_unknown) {
            return None;
        }
        let ways = (0..self.feed.program.events.len() as Id).map(|event| match self.feed.want(event) {
            // What has an id may have come before.
            _ if self.id.is_some() => Way::Taken,
            Want::All => Way::Taken,
            Want::Nothing | Want::Happening if !self.always_fits(event) => Way::Taken,
            Want::Nothing => Way::Passed,
            Want::Happening => Way::Happens(event),
        });
        let ways: Vec<Way> = ways.collect();
        let way = |event: Option<Id>| match event {
            None => Way::Taken,
            Some(UNKNOWN) => Way::Unknown,
            Some(event) => ways[event as usize],
        };
        let mut ways: Vec<Way> = (0..self.block.rows.num_rows()).map(|row| way(self.event(row))).collect();
        match &self.views[self.contact].form {
            Form::Whole(_) => {}
            Form::Texts(contacts) => {
                // A name that begins with a letter that can be seen is no blank.
                let is_named = |row: usize| contacts.first(contacts.key(row)).is_some_and(|letter| letter.is_ascii_graphic());
                let odd = ways.iter_mut().enumerate().filter(|(row, way)| !matches!(way, Way::Taken) && !is_named(*row));
                odd.for_each(|(_, way)| *way = Way::Taken);
            }
            _ => return None,
        }
        Some(ways)
    }

    /// Whether what records of an event carry is as it is declared, whatever that is.
    fn always_fits(&mut self, event: Id) -> bool {
        if !self.is_plain[event as usize] {
            return false;
        }
        if self.plans[event as usize].is_none() {
            self.plans[event as usize] = Some(self.plan(event));
        }
        let views = &self.views;
        let is_all = |at: usize| matches!(views[at].presence, Presence::All);
        self.plans[event as usize].as_ref().is_some_and(|plan| {
            plan.properties.iter().all(|property| match property.column {
                None => property.optional,
                Some(at) => views[at].always_fits(property.ty) && (property.optional || is_all(at)),
            })
        })
    }

    /// The rows as they lie, where more is wanted of none of them than what happened to whom and when; then this reads no others.
    fn bare(&mut self, ways: &[Way]) -> Option<Bare> {
        if self.feed.wanted.is_none() || ways.iter().any(|way| matches!(way, Way::Taken)) {
            return None;
        }
        let column = self.block.rows.column(self.contact);
        let contacts = match &mut self.views[self.contact].form {
            Form::Whole(all) if all.iter().all(|number| (0..1_000_000_000_000_000).contains(number)) => {
                Contacts::Whole(std::mem::take(all))
            }
            Form::Texts(texts) => match texts.keys.take() {
                Some(keys) => Contacts::Keys(Arc::clone(column.as_any_dictionary().values()), keys),
                None => Contacts::Texts(Arc::clone(column)),
            },
            _ => return None,
        };
        let Form::Instants(times) = &self.views[self.time].form else { return None };
        let mut bare = Bare::new(contacts);
        for ((way, time_ms), row) in ways.iter().zip(times).zip(0..) {
            match *way {
                Way::Unknown | Way::Taken => continue,
                Way::Passed => bare.passed += 1,
                Way::Happens(event) => bare.rows.push(BareRow { time_ms: *time_ms, event, row }),
            }
            bare.happens(*time_ms);
        }
        Some(bare)
    }

    /// Whether a row is passed over, which nobody wants.
    fn passes(&self, row: usize, batch: &mut Batch) -> bool {
        match &self.views[self.time].form {
            Form::Instants(times) => !self.keeps_all && batch.pass(times[row]),
            _ => false,
        }
    }

    /// The event of a row; nothing where it is odd.
    fn event(&mut self, row: usize) -> Option<Id> {
        let at = match self.event {
            Err(always) => return always,
            Ok(at) => at,
        };
        let Form::Texts(texts) = &self.views[at].form else { return None };
        if !self.views[at].has(row) {
            return None;
        }
        let key = texts.key(row);
        if let Some(Some(heard)) = self.heard.get(key) {
            return *heard;
        }
        let event = texts.text(key).and_then(|name| match self.met.event(name) {
            Some(event) => Some(event).filter(|event| self.is_plain[*event as usize]),
            None => (self.feed.counts_unknown && !name.trim().is_empty()).then_some(UNKNOWN),
        });
        self.heard.get_mut(key).into_iter().for_each(|heard| *heard = Some(event));
        event
    }

    /// Whom a row is about.
    fn name(&mut self, row: usize, batch: &mut Batch) -> Option<Name> {
        let view = &mut self.views[self.contact];
        let key = match &view.form {
            Form::Texts(texts) => texts.key(row),
            _ => row,
        };
        if let Some(name) = self.names.get(key).filter(|name| name.at.1 > 0) {
            return Some(*name);
        }
        let at = view.part(row, batch)?;
        let text = batch.text(at);
        if !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim().is_empty() {
            return None;
        }
        let name = Name { hash: hash_of(text.as_bytes()), at };
        if let Some(known) = self.names.get_mut(key) {
            *known = name;
        }
        Some(name)
    }

    /// The cells of a row; the number of its set of names that nobody declared.
    fn cells(&mut self, row: usize, event: Id, batch: &mut Batch) -> Option<u32> {
        if self.plans[event as usize].is_none() {
            self.plans[event as usize] = Some(self.plan(event));
        }
        let Some(plan) = &mut self.plans[event as usize] else { return None };
        if let Some(shape) = plan.shape.filter(|_| plan.properties.is_empty() && plan.slots == 0) {
            return Some(shape);
        }
        let first = batch.cells.len();
        batch.cells.resize(first + plan.slots, Cell::Missing);
        for property in &plan.properties {
            let view = property.column.map(|at| &mut self.views[at]).filter(|view| view.has(row));
            let Some(view) = view else {
                if property.optional {
                    continue;
                }
                return None;
            };
            match property.slot {
                None if view.always_fits(property.ty) => {}
                None => {
                    view.cell(row, property.ty, self.feed, batch)?;
                }
                Some(slot) => batch.cells[first + usize::from(slot)] = view.cell(row, property.ty, self.feed, batch)?,
            }
        }
        if plan.shape.is_some() {
            return plan.shape;
        }
        let mut present = Bits::default();
        let views = &self.views;
        let there = plan.beside.iter().enumerate().filter(|(_, (column, _))| views[*column].has(row));
        there.for_each(|(at, _)| present.add(at));
        let shape = self.shapes.number(event, &mut plan.shapes, &present);
        plan.shape = plan.beside.iter().all(|(at, _)| matches!(views[*at].presence, Presence::All)).then_some(shape);
        Some(shape)
    }

    /// The sets of names that nobody declared.
    fn shapes(self) -> Shapes {
        let Self { plans, shapes, .. } = self;
        let names = |event: Id| plans[event as usize].iter().flat_map(|plan| &plan.beside).map(|(_, name)| name.clone()).collect();
        shapes.finish(names)
    }

    fn plan(&mut self, event: Id) -> Plan<'p> {
        let it = &self.feed.program.events[event as usize];
        let declared = it.declared.map_or(&[][..], |event| &event.properties);
        let columns: Vec<(usize, String)> = self.block.table.properties().map(|(at, name)| (at, word(name))).collect();
        let properties = declared.iter().zip(&it.slot_of).map(|(property, slot)| Property {
            column: columns.iter().find(|(_, name)| *name == property.name).map(|(at, _)| *at),
            ty: &property.ty,
            slot: *slot,
            optional: property.optional,
        });
        let other = self.feed.program.other(event).map(|name| Property {
            column: columns.iter().find(|(_, column)| column == name).map(|(at, _)| *at),
            ty: &Type::Text,
            slot: it.slot_of.get(declared.len()).copied().flatten(),
            optional: true,
        });
        let properties: Vec<Property<'p>> = properties.chain(other).collect();
        for property in &properties {
            if let Some(view) = property.column.map(|at| &mut self.views[at])
                && (property.slot.is_some() || !view.always_fits(property.ty))
            {
                view.open(self.feed.zone);
            }
        }
        let is_counted = self.feed.wanted.is_none();
        let beside = columns.into_iter().filter(|(at, name)| {
            is_counted && !matches!(self.views[*at].presence, Presence::Nobody) && declared.iter().all(|property| property.name != *name)
        });
        let beside: Vec<(usize, String)> = beside.collect();
        let shape = beside.is_empty().then_some(0);
        Plan { properties, slots: it.slots.len(), beside, shapes: Known::default(), shape }
    }
}
