//! Findings as JSON, for programs. The shape is versioned; its schema is printed by `funnelc schema findings`.
//!
//! Invariants: the same findings give the same bytes; fields are only ever added while the version stays; what is not
//! there is left out, and lists are always there.

use super::place::{Located, tally, time};
use crate::{
    diag::{Edit, Fix, Label, Severity, Story},
    source::{Position, Span},
};
use schemars::JsonSchema;
use serde::Serialize;

/// The version of the shape.
const VERSION: u32 = 1;

/// The findings of a run.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "funnelc findings")]
struct Findings {
    /// Always `funnelc findings`.
    format: &'static str,
    /// The version of this shape. It grows when a field changes its meaning or goes; new fields may come without.
    version: u32,
    /// The version of funnelc that wrote this.
    funnelc: &'static str,
    /// How many findings there are of each gravity.
    summary: Summary,
    /// All findings, by file and position.
    findings: Vec<Finding>,
}

/// How many findings there are of each gravity.
#[derive(Serialize, JsonSchema)]
struct Summary {
    errors: usize,
    warnings: usize,
    information: usize,
}

/// One finding.
#[derive(Serialize, JsonSchema)]
struct Finding {
    /// `F` and three digits; `funnelc explain` tells more.
    code: &'static str,
    /// What findings of this code are, in one phrase.
    title: &'static str,
    /// Its gravity, after the levels of the project.
    severity: Gravity,
    /// What is wrong.
    message: String,
    /// Where.
    #[serde(flatten)]
    place: Place,
    /// What stands at this place, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Further places, in any file.
    labels: Vec<Labelled>,
    /// How it comes about, one line each.
    notes: Vec<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// A change that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Mending>,
    /// How it happens to one contact, as the reference runtime played it.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<Told>,
}

/// How grave a finding is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Gravity {
    Error,
    Warning,
    Information,
}

/// A range of text: from `start` up to, and without, `end`.
#[derive(Serialize, JsonSchema)]
struct Place {
    /// The file, as it was named on the command line or by `use`, with `/` between the parts of its path.
    file: String,
    start: Point,
    end: Point,
}

/// A point in a text.
#[derive(Serialize, JsonSchema)]
struct Point {
    /// The line, from 1.
    line: u32,
    /// The column in characters, from 1.
    column: u32,
    /// The offset in bytes from the beginning of the file, from 0.
    byte: u32,
}

/// A further place.
#[derive(Serialize, JsonSchema)]
struct Labelled {
    #[serde(flatten)]
    place: Place,
    /// What stands there; may be empty.
    text: String,
}

/// A change.
#[derive(Serialize, JsonSchema)]
struct Mending {
    /// What it does.
    title: String,
    /// Whether `--fix` makes it without asking.
    safe: bool,
    /// The replacements, none overlapping.
    edits: Vec<Replacement>,
}

/// A replacement of a range of text.
#[derive(Serialize, JsonSchema)]
struct Replacement {
    #[serde(flatten)]
    place: Place,
    /// The new text.
    text: String,
}

/// A story: what happens to one contact.
#[derive(Serialize, JsonSchema)]
struct Told {
    /// The funnel it plays in.
    funnel: String,
    /// The zone of the contact, an IANA name.
    zone: String,
    /// What is known of the contact before, as the language writes it: `plan = pro`.
    given: Vec<String>,
    /// What happens, by time.
    moments: Vec<Moment>,
    /// The part that repeats for ever, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    lap: Option<Lap>,
    /// Of a story that breaks a guarantee: whether no course of fewer events breaks it; `false` where not all of them could be
    /// tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    shortest: Option<bool>,
}

/// The part of a story that repeats.
#[derive(Serialize, JsonSchema)]
struct Lap {
    /// Its first moment, counted from 0.
    first: usize,
    /// How many moments one lap has.
    length: usize,
    /// From one lap to the next, in milliseconds, where that is always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    every_ms: Option<i64>,
}

/// One moment of a story.
#[derive(Serialize, JsonSchema)]
struct Moment {
    /// When, in UTC, as `2026-03-02T09:00:00Z`.
    time: String,
    /// Whether it comes from outside; else the funnels do it.
    from_outside: bool,
    /// What kind of thing it is: `event`, `enters`, `leaves`, `ends`, `stays`, `sends`, `holds`, `skips`, `records`, `sets`,
    /// `does`, `draws`, `looping` or `cascade`.
    turn: &'static str,
    /// The stage, message, event, attribute, action or split it is about.
    about: String,
    /// What happens.
    text: String,
    /// The clause or step it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Place>,
}

/// All findings as one JSON document, with a final newline.
#[must_use]
pub fn json(found: &[Located<'_>]) -> String {
    let [errors, warnings, information] = tally(found);
    let document = Findings {
        format: "funnelc findings",
        version: VERSION,
        funnelc: env!("CARGO_PKG_VERSION"),
        summary: Summary { errors, warnings, information },
        findings: found.iter().map(|located| finding(*located)).collect(),
    };
    super::pretty(&document)
}

/// The JSON Schema of what [`json`] writes, with a final newline.
#[must_use]
pub fn json_schema() -> String {
    super::pretty(&schemars::schema_for!(Findings))
}

fn finding(located: Located<'_>) -> Finding {
    let it = located.finding;
    Finding {
        code: it.code.id,
        title: it.code.title,
        severity: match it.severity {
            Severity::Error => Gravity::Error,
            Severity::Warning => Gravity::Warning,
            Severity::Information => Gravity::Information,
        },
        message: it.message.clone(),
        place: place(located, it.primary.span),
        label: (!it.primary.text.is_empty()).then(|| it.primary.text.clone()),
        labels: it.labels.iter().map(|Label { span, text }| Labelled { place: place(located, *span), text: text.clone() }).collect(),
        notes: it.notes.clone(),
        help: it.help.clone(),
        fix: it.fix.as_ref().map(|fix| mending(located, fix)),
        story: it.story.as_ref().map(|story| told(located, story)),
    }
}

fn told(located: Located<'_>, story: &Story) -> Told {
    let moments = story.moments.iter().map(|moment| Moment {
        time: time(moment.at_ms),
        from_outside: moment.from_outside(),
        turn: moment.turn.word(),
        about: moment.about.to_string(),
        text: moment.text.clone(),
        at: moment.span.map(|span| place(located, span)),
    });
    let lap = story.lap.map(|it| Lap { first: it.first, length: it.length, every_ms: it.every_ms });
    let given = story.plot.given.iter().map(|(name, fact)| format!("{name} = {fact}")).collect();
    Told {
        funnel: story.plot.funnel.to_string(),
        zone: story.zone.to_string(),
        given,
        moments: moments.collect(),
        lap,
        shortest: story.shortest,
    }
}

fn mending(located: Located<'_>, fix: &Fix) -> Mending {
    let edits = fix.edits.iter().map(|Edit { span, text }| Replacement { place: place(located, *span), text: text.clone() });
    Mending { title: fix.title.clone(), safe: fix.safe, edits: edits.collect() }
}

fn place(located: Located<'_>, span: Span) -> Place {
    let place = located.place(span);
    let point = |Position { line, column }, byte| Point { line, column, byte };
    Place { file: place.file.to_owned(), start: point(place.start, span.start), end: point(place.end, span.end) }
}
