//! Whether a record can be taken, and with which typed content.
//!
//! Readings: undeclared properties (and undeclared attributes of `identify`) are passed over and counted; a fixed attribute
//! may be told again what it is already; `null` makes an attribute that may be missing so, empties a list and fits no other;
//! `timezone` is an attribute of every contact and must name a zone; message events may carry a `request`.

use super::{
    contact::{Contact, RunId},
    fit::fit,
    program::Program,
    record::{Raw, Reason, Record},
    value::Value,
    zone::Zone,
};
use crate::ruleset::{Attribute, Event, Keeper, Type};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The event that sets attributes.
pub(super) const IDENTIFY: &str = "identify";
/// The property of message events that names the request they answer.
const REQUEST: &str = "request";
/// The attribute that every contact has.
const TIMEZONE: &str = "timezone";

/// The typed content of a record.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// The properties of the event that are not missing.
    pub properties: BTreeMap<String, Value>,
    /// What `identify` sets.
    pub attributes: Vec<(String, Option<Value>)>,
    /// The run that a message event belongs to.
    pub owner: Option<RunId>,
    /// Parts that are set aside.
    pub set_aside: Vec<(Reason, String)>,
    /// Properties that nobody declared.
    pub ignored: Vec<String>,
}

type Refusal = (Reason, String);

/// The event of a record that is no `identify`, and its typed properties; this much can be told without the contact.
///
/// # Errors
/// Why it is set aside.
pub(super) fn typed<'r>(program: &Program<'r>, record: &Record, zone: &TimeZone) -> Result<(&'r Event, BTreeMap<String, Value>), Refusal> {
    let Some(event) = program.events.get(record.event.as_str()) else {
        return Err((Reason::UnknownEvent, format!("no event `{}` is declared", record.event)));
    };
    match event.keeper {
        Keeper::Anyone | Keeper::Fixed => {}
        Keeper::Ours => return Err((Reason::Ours, format!("`{}` is recorded by funnels alone", event.name))),
        Keeper::Runtime => return Err((Reason::Ours, format!("`{}` is recorded by the runtime alone", event.name))),
    }
    let mut properties = BTreeMap::new();
    for property in &event.properties {
        let raw = record.properties.get(&property.name).unwrap_or(&Raw::Missing);
        match fit(raw, &property.ty, zone).map_err(|detail| (Reason::DoesNotFit, format!("`{}`: {detail}", property.name)))? {
            Some(value) => {
                properties.insert(property.name.clone(), value);
            }
            None if property.optional => {}
            None => return Err((Reason::MissingProperty, format!("`{}` lacks `{}`", event.name, property.name))),
        }
    }
    Ok((event, properties))
}

/// The typed content of a record.
///
/// # Errors
/// Why it is set aside, all of it.
pub(super) fn accept(program: &Program<'_>, contact: &Contact<'_>, record: &Record, zone: &TimeZone) -> Result<Accepted, Refusal> {
    if record.event == IDENTIFY {
        return identify(program, contact, record, zone);
    }
    let (event, properties) = typed(program, record, zone)?;
    let mut accepted = Accepted { properties, ..Accepted::default() };
    let is_message_event = matches!(event.name.as_str(), "delivered" | "opened" | "clicked" | "replied" | "bounced" | "complained");
    if is_message_event {
        if let Some(raw) = record.properties.get(REQUEST)
            && let Ok(Some(value)) = fit(raw, &Type::Text, zone)
        {
            accepted.properties.insert(REQUEST.to_owned(), value);
        }
        accepted.owner = owner(contact, &accepted.properties);
    }
    let declared = |name: &String| event.properties.iter().any(|property| property.name == *name) || (is_message_event && name == REQUEST);
    let present = record.properties.iter().filter(|(_, raw)| **raw != Raw::Missing).map(|(name, _)| name);
    accepted.ignored = present.filter(|name| !declared(name)).cloned().collect();
    Ok(accepted)
}

/// The run whose request a message event answers: the request it names, else the latest of that message.
fn owner(contact: &Contact<'_>, properties: &BTreeMap<String, Value>) -> Option<RunId> {
    let text = |name: &str| properties.get(name).and_then(Value::as_text);
    let sendings = || contact.log.sendings.iter().rev();
    let by_request = text(REQUEST).and_then(|key| sendings().find(|sending| sending.request == key));
    let by_message = || text("message").and_then(|message| sendings().find(|sending| sending.message == message));
    by_request.or_else(by_message).map(|sending| sending.run.clone())
}

fn identify(program: &Program<'_>, contact: &Contact<'_>, record: &Record, zone: &TimeZone) -> Result<Accepted, Refusal> {
    let mut accepted = Accepted::default();
    for (name, raw) in &record.properties {
        let declared = program.attributes.get(name.as_str()).copied();
        if declared.is_none() && name != TIMEZONE {
            if *raw != Raw::Missing {
                accepted.ignored.push(name.clone());
            }
            continue;
        }
        let value = attribute_value(name, declared, raw, zone).map_err(|detail| (Reason::DoesNotFit, format!("`{name}`: {detail}")))?;
        let known = contact.state.attributes.get(name);
        match declared.map_or(Keeper::Anyone, |attribute| attribute.keeper) {
            Keeper::Fixed if known.is_some() && known == value.as_ref() => {}
            Keeper::Fixed if known.is_some() => {
                accepted.set_aside.push((Reason::FixedAttribute, format!("`{name}` is fixed and known")));
            }
            Keeper::Ours | Keeper::Runtime => accepted.set_aside.push((Reason::Ours, format!("`{name}` is set by funnels alone"))),
            Keeper::Anyone | Keeper::Fixed => accepted.attributes.push((name.clone(), value)),
        }
    }
    Ok(accepted)
}

fn attribute_value(name: &str, declared: Option<&Attribute>, raw: &Raw, zone: &TimeZone) -> Result<Option<Value>, String> {
    let (ty, optional) = declared.map_or((&Type::Text, true), |attribute| (&attribute.ty, attribute.optional));
    let value = fit(raw, ty, zone)?;
    if name == TIMEZONE
        && let Some(zone_name) = value.as_ref().and_then(Value::as_text)
        && Zone::named(zone_name).is_none()
    {
        return Err(format!("`{zone_name}` is not the name of a zone such as Europe/Berlin"));
    }
    if value.is_none() && !optional { Err("it cannot be missing".to_owned()) } else { Ok(value) }
}
