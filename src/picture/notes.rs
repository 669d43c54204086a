//! What is laid over a picture: findings, and how many people came.
//!
//! A picture knows nothing of where they come from: whoever asks for it hands them in, by the ids of stages.

use super::sheet::Change;
use crate::diag::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// A finding about a stage; several of one kind are one remark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// Its gravity.
    pub severity: Severity,
    /// Its code and what findings of this code are about.
    pub text: String,
    /// What it says itself.
    pub says: String,
    /// How many there are.
    pub times: usize,
}

/// So long a finding may be to be told in its own words.
const SAYS_MAX: usize = 90;

impl Remark {
    /// What stands on the picture: the finding's own words where it is one and short, and else what findings of its code are
    /// about.
    #[must_use]
    pub fn told(&self) -> String {
        if self.times > 1 {
            format!("{} × {}", self.times, self.text)
        } else if self.says.chars().count() <= SAYS_MAX {
            self.says.clone()
        } else {
            self.text.clone()
        }
    }
}

/// What was found about a funnel.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// How many errors, those of its stages included.
    pub errors: usize,
    /// How many warnings.
    pub warnings: usize,
    /// Findings that belong to no stage.
    pub remarks: Vec<Remark>,
}

/// A name that is used for a stage and is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ghost {
    /// The name.
    pub name: String,
    /// The id of the stage whose door names it.
    pub stage: String,
}

/// How many people came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Of whom, and until when.
    pub about: String,
    /// Runs that came to a stage, by its id.
    pub stages: BTreeMap<String, u64>,
    /// Visits to a stage, by its id: what shares of ways are of.
    pub visits: BTreeMap<String, u64>,
    /// How often somebody went from one stage to another, by their ids.
    pub moves: BTreeMap<(String, String), u64>,
}

/// What tests reach.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Covered {
    /// By how many tests, and how the rest is marked.
    pub about: String,
    /// What they come by: stages, doors, ways out, nurtures and steps by their ids, arms of steps by their number.
    pub reached: BTreeSet<(String, Option<usize>)>,
}

/// A way through a funnel, as of a proof or of a story.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Traced {
    /// What it shows.
    pub about: String,
    /// The stages on it, by their ids, with what is to be said of each.
    pub places: BTreeMap<String, Vec<String>>,
    /// The moves from stage to stage on it, by their ids.
    pub moves: BTreeSet<(String, String)>,
}

impl Traced {
    /// How a stage, or what belongs to it, is drawn.
    fn place(&self, id: &str) -> Change {
        let is_on = |place: &String| id.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if self.places.contains_key(id) {
            Change::Shown
        } else if self.places.keys().any(is_on) {
            Change::Same
        } else {
            Change::Aside
        }
    }

    /// How a way from one stage to another is drawn.
    pub(super) fn link(&self, from: &str, to: &str) -> Change {
        if self.moves.contains(&(from.to_owned(), to.to_owned())) { Change::Shown } else { Change::Aside }
    }
}

/// All that is laid over a picture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// Findings by the id of the stage they are about.
    pub remarks: BTreeMap<String, Vec<Remark>>,
    /// What was found about funnels, by their names.
    pub funnels: BTreeMap<String, Found>,
    /// The ids of stages that nobody can come to.
    pub unreachable: BTreeSet<String>,
    /// Names that are no stages.
    pub ghosts: Vec<Ghost>,
    /// What is to be known of the whole picture first, such as that a file is broken.
    pub banner: Option<String>,
    /// How many people came, of a run.
    pub counts: Option<Counts>,
    /// What tests reach.
    pub covered: Option<Covered>,
    /// A way that is shown.
    pub traced: Option<Traced>,
}

impl Notes {
    /// How something is drawn that tests reach or do not, or that lies on the way that is shown or beside it; where neither
    /// is asked for, as ever.
    #[must_use]
    pub fn covered(&self, id: &str, arm: Option<usize>) -> Change {
        if let Some(traced) = &self.traced {
            return traced.place(id);
        }
        match &self.covered {
            Some(covered) if !covered.reached.contains(&(id.to_owned(), arm)) => Change::Untested,
            Some(_) | None => Change::Same,
        }
    }
}

/// A number with a narrow gap between its thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A share as people read it: whole percents, tenths below ten.
#[must_use]
pub fn percent(part: u64, of: u64) -> Option<String> {
    let tenths = part.checked_mul(1000)?.checked_add(of / 2)?.checked_div(of)?;
    Some(if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{}\u{202f}%", tenths / 10, tenths % 10)
    } else {
        format!("{}\u{202f}%", (tenths + 5) / 10)
    })
}
