//! What is told of records that are taken, where a sink wants to hear of them: more slots, behind all that rules read.

use super::{Id, Program, Telling, Unfit};
use crate::runtime::Heard;

impl<'r> Program<'r> {
    /// The property that is told of an event though the event does not declare it.
    pub fn other(&self, event: Id) -> Option<&'r str> {
        let it = self.events.get(event as usize)?;
        let slot = (*it.slot_of.get(it.declared?.properties.len())?)?;
        it.slots.get(usize::from(slot)).copied()
    }

    /// Whether a place among what is told is that of the property for which records are told.
    pub fn is_property(&self, place: u8) -> bool {
        place == 0 && self.property.is_some()
    }

    /// Has told what a sink wants to hear.
    ///
    /// # Errors
    /// [`Unfit`] where the tables have no room for it.
    pub fn tell(&mut self, heard: &'r Heard) -> Result<(), Unfit> {
        if heard.is_empty() {
            return Ok(());
        }
        self.property = heard.property.as_deref();
        self.told = heard.property.iter().chain(&heard.beside).map(String::as_str).collect();
        if self.told.len() > usize::from(u8::MAX) {
            return Err(Unfit::TooMany("keys"));
        }
        let names = self.told.iter().copied().zip(0_u8..);
        for event in &mut self.events {
            let mut telling = Telling { always: heard.events.iter().any(|name| name == event.name), slots: Vec::new() };
            let mut has_property = false;
            for (name, place) in names.clone() {
                let is_property = self.property == Some(name);
                let mut slot = event.slot(name)?;
                if let (None, true, Some(declared)) = (slot, is_property, event.declared) {
                    // Behind the slots of all declared properties stands that of one that is not.
                    slot = Some(u8::try_from(event.slots.len()).map_err(|_| Unfit::TooMany("properties of one event"))?);
                    event.slots.push(name);
                    event.slot_of.truncate(declared.properties.len());
                    event.slot_of.push(slot);
                }
                has_property |= is_property && slot.is_some();
                telling.slots.extend(slot.map(|slot| (slot, place)));
            }
            event.told = (telling.always || has_property).then_some(telling);
        }
        Ok(())
    }
}
