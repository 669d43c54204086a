//! Which rules of a rule set a run came by, and how often: what coverage is made of.
//!
//! A rule is marked where it takes effect: a door or `leave` by which somebody goes, a nurture that begins, a step that is
//! taken, an arm that is chosen (of `if`, of a wait, of a split; the arms in order, `otherwise` behind the last).

use std::collections::BTreeMap;

/// The rules that were come by. It keeps nothing unless it is on.
#[derive(Clone, Debug, Default)]
pub struct Trail<'r> {
    is_on: bool,
    marks: BTreeMap<(&'r str, Option<usize>), u64>,
}

impl<'r> Trail<'r> {
    /// A trail that keeps what is come by.
    #[must_use]
    pub fn kept() -> Self {
        Self { is_on: true, marks: BTreeMap::new() }
    }

    /// How often each rule was come by, by its identity; with a number, an arm of it.
    pub fn marks(&self) -> impl Iterator<Item = (&'r str, Option<usize>, u64)> + '_ {
        self.marks.iter().map(|((id, arm), times)| (*id, *arm, *times))
    }

    /// A rule was come by.
    pub(super) fn mark(&mut self, id: &'r str, arm: Option<usize>) {
        if self.is_on {
            let times = self.marks.entry((id, arm)).or_insert(0);
            *times = times.saturating_add(1);
        }
    }
}
