//! What an edit does to people: two versions of a rule set compared.
//!
//! Job: say what means something else, never what is merely written otherwise, and what that does to those who are inside now.
//! In reading order: `report` (what is said), `names` (the same under another name), `raise` (both in one space), `relation`
//! (conditions compared by the solver), `segments`, `ways` and `movement` (doors), `align`, `line`, `fate` and `steps` (nurtures
//! and those who wait in them), `funnels`, `vocabulary`; `render` (its forms); `play` (both versions on a log).
//! Invariants: a verdict of "the same" is proved; an example is somebody for whom it makes a difference; equal rule sets give
//! nothing at all; the same pair gives the same report.
//! Deliberately absent: places in texts, files, git; and carrying people over, which the runtime does.

mod align;
mod branches;
pub mod codes;
mod fate;
mod funnels;
mod movement;
mod names;
mod nurtures;
mod places;
#[cfg(feature = "runtime")]
pub mod play;
mod raise;
mod relation;
pub mod render;
mod report;
mod segments;
mod steps;
mod vocabulary;
mod walk;
mod ways;
mod words;

pub use codes::{CODES, PAGES};
pub use names::Renames;
pub use places::places;
#[cfg(feature = "runtime")]
pub use play::Played;

pub use report::{Change, Example, Fate, Place, Relation, Report, Verdict, Who};

use crate::ruleset::RuleSet;
use funnels::Funnels;
use raise::Space;
use relation::Judge;

/// Both versions, the older one in the names of the newer.
struct Versions<'r> {
    old: &'r RuleSet,
    new: &'r RuleSet,
    renames: &'r Renames,
}

/// What changed from one version to the next.
#[must_use]
pub fn compare(old: &RuleSet, new: &RuleSet) -> Report {
    let mut renames = Renames::between(old, new);
    let old = renames.applied(old);
    let versions = Versions { old: &old, new, renames: &renames };
    let mut space = Space::new(&old, new);
    let segments = segments::bring_in(&mut space, &old, new);
    let scores = segments::changed_scores(&old, new);
    let judge = Judge::new(&space);
    let changed_segments = segments.keys().cloned().collect();
    let funnels = Funnels { versions: &versions, judge: &judge, segments: &changed_segments, scores: &scores };
    let (moved, through) = funnels.compared();
    let mut changes = moved;
    changes.extend(vocabulary::segments(&versions, &segments, &through));
    changes.extend(vocabulary::scores(&versions, &scores, &through));
    changes.extend(vocabulary::compared(&versions));
    changes.sort_by_key(|change| change.verdict);
    Report { changes }
}
