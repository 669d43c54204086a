//! What is said of a guarantee.

use crate::{
    diag::{Plot, Search, Stop},
    model::Guarantee,
};

/// What stands in the way of deciding, and what would decide it.
#[derive(Clone, Debug)]
pub struct Doubt {
    pub what: String,
    pub help: String,
    /// What mends it where a story shows that it is broken, if that is another thing.
    pub mend: Option<String>,
}

/// A guarantee that was looked at.
pub struct Decided<'m> {
    pub guarantee: &'m Guarantee,
    pub verdict: Verdict,
}

pub enum Verdict {
    Holds(Proof),
    /// It may be broken; only a story says that it is.
    Fails(Suspicion),
    Open(Doubt),
}

/// Why it holds.
#[derive(Default)]
pub struct Proof {
    /// The tight number, or the reason in few words.
    pub number: String,
    /// Where it comes from, a line each.
    pub notes: Vec<String>,
    /// The way it is about, where a picture can show it.
    pub way: Vec<Stop>,
    /// What must be seen in plays: of each list one plot.
    pub witnesses: Vec<Vec<Plot>>,
    /// What is doubtful where one is not seen.
    pub doubt: Option<Doubt>,
}

/// How it may be broken.
pub struct Suspicion {
    /// What happens to whom.
    pub says: String,
    pub notes: Vec<String>,
    pub plots: Vec<Plot>,
    pub search: Option<Search>,
    /// Several funnels bring it about together, and none alone.
    pub together: bool,
    /// What is said where no story shows it.
    pub doubt: Doubt,
}

impl Doubt {
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into(), mend: None }
    }

    /// What is said instead of the help where a story breaks it: what was missing for a proof would not mend that.
    pub fn mended_by(self, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..self }
    }
}
