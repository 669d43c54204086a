//! From records to rows: typing, and what can be told without a contact.

use super::{
    program::{EventOf, Id, Program},
    row::{Attributes, Batch, Cell, Extra, Name, Refusal, Row},
    value::Kept,
};
use crate::{
    ruleset::{Keeper, Type, digest},
    runtime::{MS_MAX, MS_MIN, Raw, Reason, Record, SetAside, Value, fit::fit, zone::Zone},
};
use jiff::tz::TimeZone;
use rustc_hash::FxHasher;
use std::hash::Hasher as _;

/// The event of rows that no engine takes.
pub const REFUSED: Id = Id::MAX;

/// The event of rows whose event nobody declared, where these are but counted.
pub const UNKNOWN: Id = Id::MAX - 1;

/// The hash of a contact's name.
pub fn hash_of(name: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    let hash = hasher.finish();
    // The lower half finds a contact in its shard, the upper one its shard.
    (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// What the rows of an event are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// For nothing.
    Nothing,
    /// That it happened, to whom and when.
    Happening,
    /// All that they carry.
    All,
}

/// What makes rows of records.
#[derive(Clone, Copy)]
pub struct Feed<'p> {
    /// The rules.
    pub program: &'p Program<'p>,
    /// The zone of times that name none.
    pub zone: &'p TimeZone,
    /// Whether a record may be set aside later on, for what comes of it.
    pub keeps_lines: bool,
    /// By event, what its rows are wanted for; nothing where all of each is, and what nobody declared is counted.
    pub wanted: Option<&'p [Want]>,
    /// Whether records of events that nobody declared are but counted, whenever they happened.
    pub counts_unknown: bool,
}

impl Feed<'_> {
    /// What the rows of an event are wanted for.
    #[inline]
    pub fn want(&self, event: Id) -> Want {
        self.wanted.map_or(Want::All, |wanted| wanted[event as usize])
    }

    /// Adds a record.
    pub fn add(&self, record: &Record, batch: &mut Batch) {
        let contact = batch.add_text(&record.contact);
        let cells = batch.cells.len() as u32;
        let mut extra = Extra::default();
        let event = match self.typed(record, batch, &mut extra) {
            Ok(event) => event,
            Err(refusal) => {
                extra.unread = matches!(refusal.0, Reason::NoContact | Reason::Malformed);
                extra.refused = Some(refusal);
                REFUSED
            }
        };
        // Of what is taken an attribute may still be set aside.
        if event == REFUSED || record.id.is_some() || extra.attributes.is_some() || self.keeps_lines {
            extra.json = record.to_json();
        }
        extra.id = record.id.as_ref().map(|id| (id.into(), content(&extra.json)));
        let has_more = !extra.json.is_empty() || extra.attributes.is_some() || !extra.ignored.is_empty();
        batch.extras.extend(has_more.then_some(extra));
        Self::add_row(record, batch, (event, cells, contact), has_more);
    }

    /// Adds what was read: a record, or that it is none.
    pub fn put(&self, read: Result<Record, SetAside>, batch: &mut Batch) {
        match read {
            Ok(record) => self.add(&record, batch),
            Err(set_aside) => self.reject(set_aside, batch),
        }
    }

    /// Adds a record that is at hand until it is taken, so that its text is needed only where it has an id.
    ///
    /// # Errors
    /// Why no engine takes it; then it is not added.
    pub fn add_present(&self, record: &Record, batch: &mut Batch) -> Result<(), Refusal> {
        let cells = batch.cells.len() as u32;
        let mut extra = Extra::default();
        let event = self.typed(record, batch, &mut extra)?;
        if let Some(id) = &record.id {
            extra.json = record.to_json();
            extra.id = Some((id.into(), content(&extra.json)));
        }
        let contact = batch.add_text(&record.contact);
        let has_more = extra.id.is_some() || extra.attributes.is_some() || !extra.ignored.is_empty();
        batch.extras.extend(has_more.then_some(extra));
        Self::add_row(record, batch, (event, cells, contact), has_more);
        Ok(())
    }

    /// Adds a row; what else it has, if anything, is the last of what some rows have.
    fn add_row(record: &Record, batch: &mut Batch, (event, cells, contact): (Id, u32, (u32, u32)), has_more: bool) {
        let hash = hash_of(record.contact.as_bytes());
        let extra = if has_more { batch.extras.len() as u32 } else { 0 };
        let (time_ms, position) = (record.time_ms, record.position);
        batch.rows.push(Row { time_ms, now_ms: time_ms, position, cells, event, extra, shape: 0 });
        batch.names.push(Name { hash, at: contact });
    }

    /// Adds what could not be read, so that it keeps its place among records.
    pub fn reject(&self, set_aside: SetAside, batch: &mut Batch) {
        let refused = Some((set_aside.reason, set_aside.detail));
        batch.extras.push(Extra { refused, json: set_aside.record, unread: true, rejected: true, ..Extra::default() });
        batch.rejected += 1;
        let (position, extra) = (set_aside.position, batch.extras.len() as u32);
        batch.rows.push(Row { position, event: REFUSED, extra, ..Row::default() });
        batch.names.push(Name::default());
    }

    /// The event of a record, with its cells added.
    fn typed(&self, record: &Record, batch: &mut Batch, extra: &mut Extra) -> Result<Id, Refusal> {
        let program = self.program;
        if record.contact.is_empty() {
            return Err((Reason::NoContact, "it names no contact".to_owned()));
        }
        if !(MS_MIN..=MS_MAX).contains(&record.time_ms) {
            return Err((Reason::Malformed, "its time is not in the years 1 to 9999".to_owned()));
        }
        if record.event == "identify" {
            extra.attributes = Some(self.attributes(record, extra));
            return Ok(program.identify);
        }
        let unknown = || (Reason::UnknownEvent, format!("no event `{}` is declared", record.event));
        let id = *program.event_ids.get(record.event.as_str()).ok_or_else(unknown)?;
        let event = &program.events[id as usize];
        let declared = event.declared.ok_or_else(unknown)?;
        match declared.keeper {
            Keeper::Anyone | Keeper::Fixed => {}
            Keeper::Ours => return Err((Reason::Ours, format!("`{}` is recorded by funnels alone", event.name))),
            Keeper::Runtime => return Err((Reason::Ours, format!("`{}` is recorded by the runtime alone", event.name))),
        }
        let first = batch.cells.len();
        batch.cells.resize(first + event.slots.len(), Cell::Missing);
        for (property, slot) in declared.properties.iter().zip(&event.slot_of) {
            let raw = record.properties.get(&property.name).unwrap_or(&Raw::Missing);
            let value =
                fit(raw, &property.ty, self.zone).map_err(|detail| (Reason::DoesNotFit, format!("`{}`: {detail}", property.name)))?;
            match (value, slot) {
                (Some(value), Some(slot)) => batch.cells[first + usize::from(*slot)] = cell(batch, &value),
                (None, _) if !property.optional => {
                    return Err((Reason::MissingProperty, format!("`{}` lacks `{}`", event.name, property.name)));
                }
                (Some(_) | None, _) => {}
            }
        }
        if let (Some(Some(slot)), Some(name)) = (event.slot_of.get(declared.properties.len()), self.program.property) {
            let raw = record.properties.get(name).unwrap_or(&Raw::Missing);
            batch.cells[first + usize::from(*slot)] = self.other(raw).map_or(Cell::Missing, |value| batch.cell(value.seen()));
        }
        self.request(record, event, (batch, first));
        let is_declared =
            |name: &str| declared.properties.iter().any(|property| property.name == name) || (event.is_answer && name == "request");
        let present = record.properties.iter().filter(|(_, raw)| **raw != Raw::Missing).map(|(name, _)| name);
        extra.ignored = present.filter(|name| !is_declared(name)).cloned().collect();
        Ok(id)
    }

    /// The request of an answer whose event does not declare it.
    fn request(&self, record: &Record, event: &EventOf<'_>, (batch, first): (&mut Batch, usize)) {
        if let Some(slot) = event.slots.iter().position(|slot| *slot == "request").filter(|_| event.is_answer)
            && let Some(raw) = record.properties.get("request")
            && let Ok(Some(value)) = fit(raw, &Type::Text, self.zone)
        {
            batch.cells[first + slot] = cell(batch, &value);
        }
    }

    /// What is told of a property that nobody declared: a text, if it is one.
    fn other(&self, raw: &Raw) -> Option<Kept> {
        fit(raw, &Type::Text, self.zone).ok().flatten().as_ref().map(Kept::from)
    }

    fn attributes(&self, record: &Record, extra: &mut Extra) -> Result<Attributes, Refusal> {
        let mut attributes = Attributes::new();
        for (name, raw) in &record.properties {
            let Some(id) = self.program.attribute_ids.get(name.as_str()).copied() else {
                if *raw != Raw::Missing {
                    extra.ignored.push(name.clone());
                }
                if self.program.property == Some(name.as_str()) {
                    extra.other = Some(self.other(raw));
                }
                continue;
            };
            let value = self.attribute(id, raw).map_err(|detail| (Reason::DoesNotFit, format!("`{name}`: {detail}")))?;
            attributes.push((id, value.as_ref().map(Kept::from)));
        }
        Ok(attributes)
    }

    fn attribute(&self, id: Id, raw: &Raw) -> Result<Option<Value>, String> {
        let declared = self.program.attributes[id as usize].declared;
        let (ty, optional) = declared.map_or((&Type::Text, true), |attribute| (&attribute.ty, attribute.optional));
        let value = fit(raw, ty, self.zone)?;
        if id == self.program.timezone
            && let Some(zone_name) = value.as_ref().and_then(Value::as_text)
            && Zone::named(zone_name).is_none()
        {
            return Err(format!("`{zone_name}` is not the name of a zone such as Europe/Berlin"));
        }
        if value.is_none() && !optional { Err("it cannot be missing".to_owned()) } else { Ok(value) }
    }
}

/// A value of the runtime as a cell.
pub fn cell(batch: &mut Batch, value: &Value) -> Cell {
    batch.cell(Kept::from(value).seen())
}

/// A content in short: what must agree when an id comes again.
pub fn content(json: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&digest(&[json])[..16]);
    short
}
