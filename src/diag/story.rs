//! Stories: one contact, dated, with what comes in and what the funnels do.
//!
//! A check hands over [`Plot`]s: what the world does, and what the finding claims of it. The replay runs a plot on the
//! reference runtime and makes the [`Story`] of it, so that nothing is told that does not happen.
//! Invariants: a plot may tie what happens to places ("a day after coming to `lapsed`"); in a story everything is dated.

use super::Claim;
use crate::{source::Span, units::Number};
use smol_str::SmolStr;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A value in a story.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Fact {
    Missing,
    Text(SmolStr),
    Number(Number),
    Flag(bool),
    Date(crate::units::Date),
    /// In milliseconds of UTC.
    Time(i64),
    /// A word of a `one of`.
    Choice(SmolStr),
    List(Vec<SmolStr>),
}

/// When something comes in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum When {
    /// At this instant, in milliseconds of UTC.
    At(i64),
    /// So many milliseconds after what came in before it; the first one, after the story begins.
    Then(i64),
    /// So many milliseconds after the contact has come to a place so often; a minute later where that is over already.
    Reached {
        /// The funnel.
        funnel: SmolStr,
        /// The stage; nothing is outside.
        stage: Option<SmolStr>,
        /// How often the contact must have come there.
        times: u32,
        /// How long after that.
        after_ms: i64,
    },
    /// So many milliseconds after a message was sent so often.
    Sent {
        /// The message.
        message: SmolStr,
        /// How often it must have been sent.
        times: u32,
        /// How long after that.
        after_ms: i64,
    },
}

/// Something that comes from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Happening {
    /// When.
    pub when: When,
    /// The event; `identify` tells attributes.
    pub event: SmolStr,
    /// What it carries.
    pub properties: Vec<(SmolStr, Fact)>,
    /// The clause that waits for it.
    pub span: Option<Span>,
}

/// What the world does, and what a finding claims of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plot {
    /// The funnel the finding speaks of.
    pub funnel: SmolStr,
    /// What is known of the contact before anything happens.
    pub given: Vec<(SmolStr, Fact)>,
    /// The arms that splits draw for this contact, by the split's name.
    pub arms: Vec<(SmolStr, SmolStr)>,
    /// When the story begins, in milliseconds of UTC.
    pub start_ms: i64,
    /// What comes from outside, by time.
    pub happenings: Vec<Happening>,
    /// How long to look on after the last happening, in milliseconds, where the claims do not hold before.
    pub horizon_ms: i64,
    /// What is claimed.
    pub claims: Vec<Claim>,
}

/// What the world may do in a search for a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// Where it begins: nothing has happened yet in these.
    pub begins: Vec<Plot>,
    /// What may come next, again and again, at any time.
    pub moves: Vec<Happening>,
    /// Times that matter, in milliseconds: one waits so long, or a little less.
    pub waits: Vec<i64>,
    /// What the shortest of all stories may be made of.
    pub alphabet: Box<Alphabet>,
}

/// All that courses of things are made of, where the shortest that does what is claimed is looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Alphabet {
    /// What may be known before, a value of each kind that conditions tell apart. What is not known, or has its default, is
    /// [`Fact::Missing`].
    pub given: Vec<(SmolStr, Vec<Fact>)>,
    /// What may come, with a value of each kind that conditions tell apart.
    pub moves: Vec<Happening>,
    /// The splits, with their arms.
    pub splits: Vec<(SmolStr, Vec<SmolStr>)>,
    /// Times that something counts, in milliseconds, ascending.
    pub spans: Vec<i64>,
    /// The events that a place waits for, by `funnel/stage`, and by `funnel/` of those outside.
    pub heard: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
    /// The events that matter wherever somebody is.
    pub always: BTreeSet<SmolStr>,
    /// Where somebody must come to, all of them.
    pub goals: Vec<Goal>,
    /// Whether nothing was left out because it would have been too much.
    pub is_whole: bool,
}

/// Where somebody must come to who does what is claimed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Goal {
    /// How many events from outside it takes at least from a place, by `funnel/stage`, and by `funnel/` of those outside; none where
    /// one is there. From other places nobody comes there.
    pub least: BTreeMap<SmolStr, u32>,
}

/// What kind of thing a moment is. The words are stable: programs read them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Turn {
    /// An event from outside.
    Event,
    Enters,
    Leaves,
    /// A run ends in a final stage.
    Ends,
    /// Time has passed, and the contact is still there.
    Stays,
    Sends,
    /// A send waits for the end of quiet hours.
    Holds,
    /// A send does not take place.
    Skips,
    Records,
    Sets,
    Does,
    /// A split draws an arm.
    Draws,
    Looping,
    Cascade,
}

impl Turn {
    /// The stable word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Enters => "enters",
            Self::Leaves => "leaves",
            Self::Ends => "ends",
            Self::Stays => "stays",
            Self::Sends => "sends",
            Self::Holds => "holds",
            Self::Skips => "skips",
            Self::Records => "records",
            Self::Sets => "sets",
            Self::Does => "does",
            Self::Draws => "draws",
            Self::Looping => "looping",
            Self::Cascade => "cascade",
        }
    }
}

/// One dated line of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// When, in milliseconds of UTC.
    pub at_ms: i64,
    /// What kind of thing it is.
    pub turn: Turn,
    /// The funnel that does it; nothing for what comes from outside.
    pub funnel: Option<SmolStr>,
    /// The stage, message, event, attribute, action or split it is about.
    pub about: SmolStr,
    /// What happens, in words: `purchase(amount: 20)`, `` goes on to `customer` ``, `` `welcome` is sent ``.
    pub text: String,
    /// The clause or step it comes from.
    pub span: Option<Span>,
}

impl Moment {
    /// Whether it came from outside; else the funnels did it.
    #[must_use]
    pub fn from_outside(&self) -> bool {
        self.turn == Turn::Event
    }
}

/// The part of a story that repeats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lap {
    /// Its first moment, counted from 0.
    pub first: usize,
    /// How many moments one lap has.
    pub length: usize,
    /// From one lap to the next, in milliseconds, where that is always the same.
    pub every_ms: Option<i64>,
}

/// A plot that was played on the reference runtime.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// What the world did; every happening has its instant.
    pub plot: Plot,
    /// The contact's zone, an IANA name.
    pub zone: SmolStr,
    /// What happened, by time, in one instant what comes from outside first.
    pub moments: Vec<Moment>,
    /// The part that repeats, if one does; the moments go on behind its first lap.
    pub lap: Option<Lap>,
    /// Until when was looked, in milliseconds of UTC.
    pub until_ms: i64,
    /// Whether no course of fewer things does it too, where that is asked: of what breaks guarantees.
    pub shortest: Option<bool>,
}

/// A text as the language writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// As the language writes it; times in UTC.
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Date(date) => write!(f, "{date}"),
            Self::Time(ms) => match jiff::Timestamp::from_millisecond(*ms) {
                Ok(instant) => write!(f, "{} UTC", instant.strftime("%Y-%m-%d %H:%M")),
                Err(_) => write!(f, "{ms}"),
            },
            Self::Choice(word) => f.write_str(word),
            Self::List(texts) => write!(f, "[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        }
    }
}

impl Happening {
    /// The event with what it carries: `purchase(amount: 20)`.
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.properties.is_empty() {
            return self.event.to_string();
        }
        let properties: Vec<String> = self.properties.iter().map(|(name, fact)| format!("{name}: {fact}")).collect();
        format!("{}({})", self.event, properties.join(", "))
    }
}
