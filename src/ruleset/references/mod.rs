//! Every name in a rule set refers to something in it, and every value is one its field allows.
//!
//! Job: make a rule set that was read as good as one just built, whoever wrote it.
//! Invariants: the first fault in the order of the fields is reported, with its place as a path of fields.
//! Deliberately absent: types of values in conditions and arguments; the runtime meets a value that does not fit as it
//! meets a missing one.

mod condition;
mod flow;
mod path;
mod step;
mod vocabulary;

use super::{Action, Attribute, Channel, Event, Message, ReadError, RuleSet, Score, Segment, Stage};
use crate::units::MS_MAX;
use path::Path;
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

type Checked = Result<(), ReadError>;

/// Checks all references and values of a rule set.
///
/// # Errors
/// The first fault, with its place.
pub(super) fn check(rules: &RuleSet) -> Checked {
    let index = Index::new(rules);
    index.vocabulary(rules)?;
    let root = Path::ROOT;
    let funnels = root.field("funnels");
    unique(&funnels, "funnel", rules.funnels.iter().map(|it| it.name.as_str()))?;
    for (n, funnel) in rules.funnels.iter().enumerate() {
        index.funnel(&funnels.item(n), funnel)?;
        index.assumptions(&funnels.item(n).field("assumptions"), &funnel.assumptions)?;
    }
    index.assumptions(&root.field("assumptions"), &rules.assumptions)
}

/// What names refer to.
struct Index<'r> {
    attributes: HashMap<&'r str, &'r Attribute>,
    events: HashMap<&'r str, &'r Event>,
    channels: HashMap<&'r str, &'r Channel>,
    messages: HashMap<&'r str, &'r Message>,
    actions: HashMap<&'r str, &'r Action>,
    segments: HashMap<&'r str, &'r Segment>,
    scores: HashMap<&'r str, &'r Score>,
    /// By id, of all funnels.
    stages: HashMap<&'r str, &'r Stage>,
    /// The properties of all events.
    properties: HashSet<&'r str>,
    /// The segments and scores that the declaration in hand asks for.
    met: RefCell<Vec<Derived<'r>>>,
}

/// A declaration whose value follows from others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Derived<'r> {
    Segment(&'r str),
    Score(&'r str),
}

impl<'r> Index<'r> {
    fn new(rules: &'r RuleSet) -> Self {
        macro_rules! by_name {
            ($list:ident) => {
                rules.$list.iter().map(|it| (it.name.as_str(), it)).collect()
            };
        }
        Self {
            attributes: by_name!(attributes),
            events: by_name!(events),
            channels: by_name!(channels),
            messages: by_name!(messages),
            actions: by_name!(actions),
            segments: by_name!(segments),
            scores: by_name!(scores),
            stages: rules.funnels.iter().flat_map(|it| &it.stages).map(|it| (it.id.as_str(), it)).collect(),
            properties: rules.events.iter().flat_map(|it| &it.properties).map(|it| it.name.as_str()).collect(),
            met: RefCell::default(),
        }
    }
}

/// What a name refers to, or a finding that it refers to nothing.
fn find<'r, T>(map: &HashMap<&'r str, &'r T>, place: &Path<'_>, kind: &'static str, name: &str) -> Result<&'r T, ReadError> {
    map.get(name).copied().ok_or_else(|| dangling(place, kind, name))
}

fn dangling(place: &Path<'_>, kind: &'static str, name: &str) -> ReadError {
    ReadError::Dangling { place: place.to_string(), kind, name: name.to_owned() }
}

fn fault(place: &Path<'_>, reason: impl Into<String>) -> ReadError {
    ReadError::Value { place: place.to_string(), reason: reason.into() }
}

/// No name stands twice.
fn unique<'n>(list: &Path<'_>, kind: &str, names: impl Iterator<Item = &'n str>) -> Checked {
    let mut seen = HashMap::new();
    for (index, name) in names.enumerate() {
        if let Some(first) = seen.insert(name, index) {
            return Err(fault(
                &list.item(index),
                format!("the {kind} `{name}` stands here a second time; it is also {}", list.item(first)),
            ));
        }
    }
    Ok(())
}

/// A length of time is at least a millisecond and at most ten years.
fn duration(place: &Path<'_>, ms: i64) -> Checked {
    range(place, "a length of time in milliseconds", ms, 1, MS_MAX)
}

fn range(place: &Path<'_>, what: &str, value: i64, least: i64, most: i64) -> Checked {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(fault(place, format!("{what} lies between {least} and {most}, and this is {value}")))
}
