//! What happened: the result stream.
//!
//! Results are ordered by (time, contact, sequence). Each has two written forms: the compact line of the conformance
//! suite, for people and tests, and one JSON object a line, for machines. The JSON fields are stable: `time`
//! (RFC 3339, UTC, milliseconds), `contact`, `seq`, `funnel`, `key` (absent for a run per contact), `run`, `what`, what
//! belongs to that, and `clause` with the `id` and `sentence` of the rule that caused it. Numbers in it are exact decimals.

use super::{instant, value::Value};

/// Something that happened to a contact in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// To whom.
    pub contact: String,
    /// The how-manieth result of this contact, from 1.
    pub sequence: u64,
    /// In which funnel.
    pub funnel: String,
    /// In the run of which key; nothing for a run per contact.
    pub key: Option<String>,
    /// In the how-manieth run of that contact and key, from 1.
    pub run: u32,
    /// What happened.
    pub what: What,
    /// The clause or step that caused it.
    pub clause: Option<Cause>,
}

/// A clause, nurture or step of the rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its identity in the rule set.
    pub id: String,
    /// Its sentence.
    pub sentence: String,
}

/// A named value; missing where it is nothing.
pub type Argument = (String, Option<Value>);

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// From a stage, or outside, to another.
    Move {
        /// Where from; nothing is outside.
        from: Option<String>,
        /// Where to; nothing is outside.
        to: Option<String>,
    },
    /// The run of a final stage ended.
    RunEnds {
        /// Which stage.
        stage: String,
    },
    /// A nurture started.
    PlayBegins {
        /// Its name.
        play: String,
    },
    /// A nurture reached its end, or was stopped.
    PlayFinished {
        /// Its name.
        play: String,
    },
    /// A nurture was ended by leaving, by a restart, or by a new start of `each time`.
    PlayCutOff {
        /// Its name.
        play: String,
    },
    /// A request for a message was decided.
    Send {
        /// The key of the request.
        request: String,
        /// The message.
        message: String,
        /// Its channel.
        channel: String,
        /// With what.
        arguments: Vec<Argument>,
        /// How it was decided.
        outcome: SendOutcome,
    },
    /// Something outside was asked for.
    Do {
        /// The key of the request.
        request: String,
        /// The action.
        action: String,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// An event was recorded.
    Record {
        /// Which.
        event: String,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// An attribute was set.
    Set {
        /// Which.
        attribute: String,
        /// Its value afterwards; nothing where it is missing.
        value: Option<Value>,
    },
    /// A split drew an arm.
    Split {
        /// The split.
        split: String,
        /// The arm.
        arm: String,
    },
    /// The run would have entered a stage a second time while one record or timer was handled.
    Looping {
        /// Which stage.
        stage: String,
    },
    /// There were more than 64 echoes; the rest was not done.
    Cascade,
    /// The rules were changed, and the stage in which the run is has no heir in the newer ones: it stays there, and nothing more
    /// happens to it until later rules have the stage again.
    Stranded {
        /// Which stage.
        stage: String,
    },
}

/// How a request for a message was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// It goes out.
    Sent,
    /// It waits for the end of quiet hours.
    Held {
        /// When it is decided again, in milliseconds since 1970-01-01 UTC.
        until_ms: i64,
    },
    /// The cap of the channel was reached.
    Capped,
    /// The contact has not consented, has complained, or its address is dead.
    NoConsent,
    /// It was held, and its play was cut off.
    Dropped,
}

impl SendOutcome {
    /// The outcome in one word or two.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Held { .. } => "held",
            Self::Capped => "capped",
            Self::NoConsent => "no consent",
            Self::Dropped => "dropped",
        }
    }
}

fn in_parentheses(arguments: &[Argument]) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "missing".to_owned(), ToString::to_string);
    let list: Vec<_> = arguments.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect();
    format!("({})", list.join(", "))
}

/// Line breaks and other control characters, as a contact's name may have them, are written as escapes.
fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out
}

impl What {
    /// What happened, as the conformance suite writes it.
    #[must_use]
    pub fn to_line(&self) -> String {
        let place = |stage: &Option<String>| stage.clone().unwrap_or_else(|| "outside".to_owned());
        match self {
            Self::Move { from, to } => format!("{} -> {}", place(from), place(to)),
            Self::RunEnds { stage } => format!("run ends in {stage}"),
            Self::PlayBegins { play } => format!("play {play} begins"),
            Self::PlayFinished { play } => format!("play {play} finished"),
            Self::PlayCutOff { play } => format!("play {play} cut off"),
            Self::Send { message, arguments, outcome, .. } => {
                let how = match outcome {
                    SendOutcome::Held { until_ms } => format!("held until {}", instant::compact(*until_ms)),
                    SendOutcome::Sent | SendOutcome::Capped | SendOutcome::NoConsent | SendOutcome::Dropped => outcome.words().to_owned(),
                };
                format!("send {message}{} {how}", in_parentheses(arguments))
            }
            Self::Do { action, arguments, .. } => format!("do {action}{}", in_parentheses(arguments)),
            Self::Record { event, arguments } => format!("record {event}{}", in_parentheses(arguments)),
            Self::Set { attribute, value } => {
                format!("set {attribute} = {}", value.as_ref().map_or_else(|| "missing".to_owned(), ToString::to_string))
            }
            Self::Split { split, arm } => format!("split {split} {arm}"),
            Self::Looping { stage } => format!("looping at {stage}"),
            Self::Cascade => "cascade".to_owned(),
            Self::Stranded { stage } => format!("stranded in {stage}"),
        }
    }
}

impl Outcome {
    /// The compact line, without a line break: `2026-03-02 10:00 ann/o1 f: outside -> a`.
    #[must_use]
    pub fn to_line(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("/{key}")).unwrap_or_default();
        on_one_line(&format!("{} {}{key} {}: {}", instant::compact(self.time_ms), self.contact, self.funnel, self.what.to_line()))
    }
}
