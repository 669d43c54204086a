//! Records that were taken, as far as a sink wants to hear of them.

use super::{
    program::{Id, Program},
    row::{Batch, Props, Row},
    value::Kept,
};
use crate::runtime::{Raw, Record};

/// A record that was taken.
pub struct Taken {
    /// At which instant.
    pub at_ms: i64,
    /// By whom: the number of a contact in its shard.
    pub contact: u32,
    time_ms: i64,
    event: Id,
    /// Of what is told the places, with values.
    values: Vec<(u8, Option<Kept>)>,
}

impl Taken {
    /// What is told of a row of a contact, if something is.
    pub fn of(program: &Program<'_>, batch: &Batch, row: &Row, contact: u32) -> Option<Self> {
        let telling = program.events[row.event as usize].told.as_ref()?;
        let extra = batch.extra(row);
        let mut values: Vec<(u8, Option<Kept>)> = Vec::new();
        match extra.and_then(|extra| Some((extra, extra.attributes.as_ref()?.as_ref().ok()?))) {
            Some((extra, attributes)) => {
                let place = |name: &str| (0..).zip(&program.told).find(|(_, told)| **told == name).map(|(place, _)| place);
                let known = |(at, value): &(Id, Option<Kept>)| Some((place(program.attributes[*at as usize].name)?, value.clone()));
                values.extend(attributes.iter().filter_map(known));
                values.extend(extra.other.clone().map(|value| (0, value)));
            }
            None => {
                let props = Props::Row(batch, row.cells);
                values.extend(telling.slots.iter().filter_map(|(slot, place)| Some((*place, Some(props.get(*slot)?.kept())))));
            }
        }
        let is_told = telling.always || values.iter().any(|(place, _)| program.is_property(*place));
        is_told.then_some(Self { at_ms: row.now_ms, contact, time_ms: row.time_ms, event: row.event, values })
    }

    /// The record, with what of it is told.
    pub fn record(&self, program: &Program<'_>, contact: &str) -> Record {
        let name = |place: u8| program.told[usize::from(place)].to_owned();
        Record {
            time_ms: self.time_ms,
            contact: contact.to_owned(),
            event: program.events[self.event as usize].name.to_owned(),
            properties: self
                .values
                .iter()
                .map(|(place, value)| (name(*place), value.as_ref().map_or(Raw::Missing, |value| Raw::from(&value.value()))))
                .collect(),
            id: None,
            position: 0,
        }
    }
}
