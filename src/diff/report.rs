//! What a comparison says.

use crate::diag::{Code, Severity};
use std::fmt;

/// What a change does to people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// Somebody who is inside now is stranded, moved on at once, or gets something again.
    Breaking,
    /// Something happens otherwise than before, to those whom it concerns from now on.
    Behavioural,
    /// Nothing happens otherwise to anybody.
    Safe,
}

impl Verdict {
    /// All of them, the gravest first.
    pub const ALL: [Self; 3] = [Self::Breaking, Self::Behavioural, Self::Safe];

    /// The verdict in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Breaking => "breaking for people inside",
            Self::Behavioural => "behavioural",
            Self::Safe => "safe",
        }
    }

    /// The word for it in output for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Behavioural => "behavioural",
            Self::Safe => "safe",
        }
    }

    /// The gravity of a change with this verdict among findings.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Breaking => Severity::Error,
            Self::Behavioural => Severity::Warning,
            Self::Safe => Severity::Information,
        }
    }
}

/// How a condition compares with what it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// It holds for fewer, and for nobody else.
    Stricter,
    /// It holds for more, and still for everybody for whom it held.
    Looser,
    /// It holds for some for whom it did not, and no longer for others.
    Different,
    /// It reads otherwise; whether it means something else could not be decided.
    Undecided,
}

impl Relation {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stricter => "stricter",
            Self::Looser => "looser",
            Self::Different => "different",
            Self::Undecided => "undecided",
        }
    }

    /// What two of them make together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Undecided, _) | (_, Self::Undecided) => Self::Undecided,
            (Self::Stricter, Self::Stricter) => Self::Stricter,
            (Self::Looser, Self::Looser) => Self::Looser,
            (Self::Stricter | Self::Looser | Self::Different, _) => Self::Different,
        }
    }
}

/// Where something stands, by the names that it has now (or had, where it is gone).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// The funnel.
    pub funnel: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The nurture.
    pub nurture: Option<String>,
    /// The identity in the newer rules of what is spoken of: a stage, nurture, step, door; for a place in a text.
    pub id: Option<String>,
}

impl Place {
    /// The same place, and this thing in it.
    #[must_use]
    pub fn at(&self, id: &str) -> Self {
        Self { id: Some(id.to_owned()), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [&self.funnel, &self.stage, &self.nurture];
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&names.join(" › "))
    }
}

/// Those of whom a sentence speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// Who is in this stage: its identity in the older rules.
    Inside(String),
    /// Who waits at this step: its identity in the older rules.
    Waiting(String),
    /// Who is in this nurture: its identity in the older rules.
    Nurtured(String),
    /// Nobody that could be counted.
    Others,
}

/// What happens to some people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fate {
    /// To whom.
    pub who: Who,
    /// What, as a sentence without a full stop.
    pub words: String,
    /// How many of them there are, where somebody has counted.
    pub count: Option<usize>,
}

impl Fate {
    /// What happens to these.
    #[must_use]
    pub fn new(who: Who, words: String) -> Self {
        Self { who, words, count: None }
    }
}

/// Somebody to whom it makes a difference, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// Who, and what is happening to them.
    pub who: String,
    /// What happened to them by the older rules.
    pub before: String,
    /// What happens now.
    pub now: String,
}

/// One change of meaning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// What it does to people.
    pub verdict: Verdict,
    /// What kind of change it is, where there is a page about it.
    pub code: Option<Code>,
    /// Where.
    pub place: Place,
    /// What changed, as a sentence without a full stop.
    pub message: String,
    /// The words of it before.
    pub before: Option<String>,
    /// Its words now.
    pub now: Option<String>,
    /// How a condition compares with what it was.
    pub relation: Option<Relation>,
    /// For whom it makes a difference.
    pub examples: Vec<Example>,
    /// What happens to those who are inside.
    pub people: Vec<Fate>,
    /// What to do.
    pub help: Option<String>,
}

impl Change {
    /// A change that needs no more to be said.
    #[must_use]
    pub fn new(verdict: Verdict, place: Place, message: impl Into<String>) -> Self {
        let (examples, people) = (Vec::new(), Vec::new());
        Self { verdict, code: None, place, message: message.into(), before: None, now: None, relation: None, examples, people, help: None }
    }

    /// With a page about it.
    #[must_use]
    pub fn code(self, code: Code) -> Self {
        Self { code: Some(code), ..self }
    }

    /// With its words before and now.
    #[must_use]
    pub fn words(self, before: Option<&str>, now: Option<&str>) -> Self {
        Self { before: before.map(str::to_owned), now: now.map(str::to_owned), ..self }
    }

    /// With what happens to somebody.
    #[must_use]
    pub fn people(mut self, who: Who, words: impl Into<String>) -> Self {
        self.people.push(Fate::new(who, words.into()));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// With somebody to whom it makes a difference.
    #[must_use]
    pub fn examples(mut self, examples: Vec<Example>) -> Self {
        self.examples.extend(examples);
        self
    }
}

/// All that changed, the gravest first, then in the order of the newer files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// The changes.
    pub changes: Vec<Change>,
}

impl Report {
    /// Those with a verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.verdict == verdict)
    }

    /// The gravest verdict; nothing where nothing changed.
    #[must_use]
    pub fn gravest(&self) -> Option<Verdict> {
        self.changes.iter().map(|change| change.verdict).min()
    }
}
