//! What every file has without saying so: message events, `identify`, the attribute `timezone`.
//!
//! `identify` has no properties of its own: what it brings are attributes, which are read as attributes.

use super::Resolver;
use crate::model::{Attribute, Event, Keeper, Name, Property, Type};
use smol_str::SmolStr;

/// The attribute that holds a contact's zone.
pub(super) const TIMEZONE: &str = "timezone";
/// The event that sets attributes from outside.
pub(super) const IDENTIFY: &str = "identify";

fn name(text: &'static str) -> Name {
    Name { text: SmolStr::new_static(text), span: None, label: None, note: None, formerly: None }
}

fn property(name: &'static str, ty: Type, optional: bool) -> Property {
    Property { name: SmolStr::new_static(name), span: None, ty, optional }
}

fn message_event(text: &'static str, keeper: Keeper, more: Option<Property>) -> Event {
    let mut properties = vec![property("message", Type::Message, false)];
    properties.extend(more);
    properties.push(property("request", Type::Text, true));
    Event { name: name(text), properties, channel: None, keeper, opts_out: Vec::new(), rate: None, about_message: true }
}

impl Resolver<'_> {
    /// The built-in events, which come first.
    pub(super) fn builtin_events(&mut self) {
        let identify = Event {
            name: name(IDENTIFY),
            properties: Vec::new(),
            channel: None,
            keeper: Keeper::Anyone,
            opts_out: Vec::new(),
            rate: None,
            about_message: false,
        };
        let events = [
            identify,
            message_event("sent", Keeper::Runtime, None),
            message_event("delivered", Keeper::Anyone, None),
            message_event("opened", Keeper::Anyone, None),
            message_event("clicked", Keeper::Anyone, None),
            message_event("replied", Keeper::Anyone, None),
            message_event("bounced", Keeper::Anyone, Some(property("hard", Type::Flag, false))),
            message_event("complained", Keeper::Anyone, None),
        ];
        for event in events {
            let text = event.name.text.clone();
            let id = self.model.events.push(event);
            self.names.events.insert(text, id);
        }
    }

    /// The attribute `timezone`, where the file does not declare it.
    pub(super) fn builtin_timezone(&mut self) {
        if !self.names.attributes.contains_key(TIMEZONE) {
            let id = self.model.attributes.push(Attribute {
                name: name(TIMEZONE),
                ty: Type::Text,
                optional: true,
                default: None,
                keeper: Keeper::Anyone,
            });
            self.names.attributes.insert(SmolStr::new_static(TIMEZONE), id);
        }
    }
}
