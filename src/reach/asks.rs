//! What a door asks for beside the event that is happening, if anything.
//!
//! A step is one event, whoever sends it, so a door that asks for the past, for what is known of the contact, or for the time is
//! none.

use crate::ruleset::{Condition, Door, Event, EventTest, Keeper, Literal, RuleSet, Term, Type};

/// Why a door is no step.
///
/// # Errors
/// The reason, as the end of a sentence about the door.
pub fn is_step(rules: &RuleSet, door: &Door) -> Result<(), &'static str> {
    match &door.when {
        Some(when) if door.after.is_none() => is_event(rules, when),
        Some(_) | None => Err("opens after a time, not by an event"),
    }
}

const PAST: &str = "asks for what happened before";
const CONTACT: &str = "asks what is known of the contact";
const TIME: &str = "asks for the time of the contact";

/// Whether a condition holds when some event happens, and says nothing of anything else.
fn is_event(rules: &RuleSet, condition: &Condition) -> Result<(), &'static str> {
    match condition {
        Condition::Event(test) => is_heard(rules, test),
        Condition::Any(sides) if !sides.is_empty() => sides.iter().try_for_each(|side| is_event(rules, side)),
        Condition::Any(_) | Condition::Not(_) => Err("asks for what does not happen"),
        Condition::All(sides) => {
            let Some(Err(first)) = sides.iter().map(|side| is_event(rules, side)).find(Result::is_err) else {
                return if sides.is_empty() { Err("opens without an event") } else { Ok(()) };
            };
            Err(first)
        }
        Condition::Had { .. } | Condition::No { .. } | Condition::Count(_) | Condition::TimeSince { .. } => Err(PAST),
        Condition::Compare { left, right, .. } => Err(worst([left, right])),
        Condition::In { left, list } => Err(worst(std::iter::once(left).chain(list))),
        Condition::Text(pattern) => Err(worst([&pattern.left, &pattern.right])),
        Condition::Known(term) | Condition::Missing(term) => Err(worst([term])),
        Condition::Segment(_) | Condition::Finished(_) => Err(CONTACT),
        Condition::Before(_) | Condition::From(_) | Condition::Every(_) | Condition::Reaches { .. } => Err(TIME),
    }
}

/// What terms outside a `where` ask for: for the past, or else for the contact.
fn worst<'t>(terms: impl IntoIterator<Item = &'t Term>) -> &'static str {
    terms.into_iter().find_map(|term| term_of(term).err()).unwrap_or(CONTACT)
}

/// Whether an event comes from outside, and its `where` asks for its own properties alone.
fn is_heard(rules: &RuleSet, test: &EventTest) -> Result<(), &'static str> {
    let event = rules.events.iter().find(|event| event.name == test.name);
    match event.map(|event| event.keeper) {
        Some(Keeper::Ours | Keeper::Runtime) => return Err("waits for an event that a run records, and no log has"),
        Some(Keeper::Anyone | Keeper::Fixed) | None => {}
    }
    match (&test.filter, event) {
        (Some(filter), Some(event)) => is_own(event, filter),
        (Some(_) | None, _) => Ok(()),
    }
}

/// Whether a condition in a `where` is one on the properties of the event alone.
fn is_own(event: &Event, condition: &Condition) -> Result<(), &'static str> {
    match condition {
        Condition::Any(sides) | Condition::All(sides) => sides.iter().try_for_each(|side| is_own(event, side)),
        Condition::Not(side) => is_own(event, side),
        Condition::Compare { left, right, .. } => compared(event, &[left, right]),
        Condition::In { left, list } => compared(event, &std::iter::once(left).chain(list).collect::<Vec<_>>()),
        Condition::Text(pattern) => compared(event, &[&pattern.left, &pattern.right]),
        Condition::Known(term) | Condition::Missing(term) => term_of(term),
        other => is_in_where(other),
    }
}

/// What conditions ask for that are none on a property.
fn is_in_where(condition: &Condition) -> Result<(), &'static str> {
    Err(match condition {
        Condition::Segment(_) | Condition::Finished(_) => CONTACT,
        Condition::Before(_) | Condition::From(_) | Condition::Every(_) | Condition::Reaches { .. } => TIME,
        _ => PAST,
    })
}

/// Terms that are compared. A day beside an instant begins at midnight where the contact is.
fn compared(event: &Event, terms: &[&Term]) -> Result<(), &'static str> {
    terms.iter().try_for_each(|term| term_of(term))?;
    let is_time = |term: &Term| match term {
        Term::Property(name) => event.properties.iter().any(|property| property.name == *name && property.ty == Type::Time),
        _ => false,
    };
    let is_day = |term: &Term| match term {
        Term::Property(name) => event.properties.iter().any(|property| property.name == *name && property.ty == Type::Date),
        Term::Literal(literal) => has_day(literal),
        _ => false,
    };
    if terms.iter().any(|term| is_time(term)) && terms.iter().any(|term| is_day(term)) { Err(TIME) } else { Ok(()) }
}

fn has_day(literal: &Literal) -> bool {
    match literal {
        Literal::Date(_) => true,
        Literal::List(items) => items.iter().any(has_day),
        Literal::Text(_) | Literal::Number(_) | Literal::Flag(_) | Literal::Time(_) | Literal::Choice(_) => false,
    }
}

fn term_of(term: &Term) -> Result<(), &'static str> {
    match term {
        Term::Literal(literal) if has_wall(literal) => Err(TIME),
        Term::Literal(_) | Term::Property(_) | Term::Message(_) | Term::Missing {} => Ok(()),
        Term::Attribute(_) | Term::Entry(_) | Term::Score(_) => Err(CONTACT),
        Term::Latest { .. } | Term::Aggregate(_) => Err(PAST),
        Term::Arithmetic(both) => [&both.left, &both.right].into_iter().try_for_each(term_of),
        Term::Negate(term) => term_of(term),
    }
}

fn has_wall(literal: &Literal) -> bool {
    match literal {
        Literal::Time(time) => !time.utc,
        Literal::List(items) => items.iter().any(has_wall),
        Literal::Text(_) | Literal::Number(_) | Literal::Flag(_) | Literal::Date(_) | Literal::Choice(_) => false,
    }
}
