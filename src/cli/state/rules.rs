//! The rules that a store was written with, and those that are given now.

use crate::{
    cli::{Failure, diff as comparing},
    diff::{self, Change, Report, Verdict, render},
    ruleset::RuleSet,
    runtime::{self, Prepared},
    store::{Changed, Store},
};

/// All rule sets of a run.
pub struct Rules {
    /// Those that are kept, the present one last.
    kept: Vec<(u32, RuleSet)>,
    /// Those that are given.
    given: RuleSet,
}

impl Rules {
    /// The rules of a store, and those that are given.
    ///
    /// # Errors
    /// [`Failure::World`] where the store's cannot be read.
    pub fn new(store: &Store, given: &RuleSet) -> Result<Self, Failure> {
        Ok(Self { kept: store.rules()?, given: given.clone() })
    }

    /// Whether other rules are given than are in force.
    pub fn are_other(&self) -> bool {
        self.kept.last().is_some_and(|(_, rules)| *rules != self.given)
    }

    /// The number of the rules in force; that of the given ones where nothing is kept.
    pub fn present(&self) -> u32 {
        self.kept.last().map_or(1, |(number, _)| *number)
    }

    /// The given rules, where they are the first ones.
    pub fn first(&self) -> Option<&RuleSet> {
        self.kept.is_empty().then_some(&self.given)
    }

    /// All of them with their numbers, looked up.
    ///
    /// # Errors
    /// [`Failure::World`] for rules that cannot be run.
    pub fn prepared(&self) -> Result<Vec<(u32, Prepared<'_>)>, Failure> {
        let newer = (self.kept.is_empty() || self.are_other()).then_some(&self.given);
        let numbered = self.kept.iter().map(|(number, rules)| (*number, rules));
        let next = self.kept.last().map_or(1, |(number, _)| number + 1);
        let prepared = |(number, rules)| Ok((number, Prepared::new(rules).map_err(|error| Failure::World(error.to_string()))?));
        numbered.chain(newer.map(|rules| (next, rules))).map(prepared).collect()
    }

    /// The rules in force.
    ///
    /// # Errors
    /// [`Failure::World`] where they are not among these.
    pub fn present_of<'r>(&self, prepared: &[(u32, Prepared<'r>)]) -> Result<Prepared<'r>, Failure> {
        let present = prepared.iter().find(|(number, _)| *number == self.present());
        present.map(|(_, prepared)| prepared.clone()).ok_or_else(|| Failure::World(format!("there is no rule set {}", self.present())))
    }

    /// The change to the given rules, if they are others.
    pub fn change<'r>(&'r self, prepared: &[(u32, Prepared<'r>)]) -> Option<Changed<'r>> {
        let (number, prepared) = prepared.last().filter(|_| self.are_other())?;
        Some(Changed { number: *number, rules: &self.given, prepared: prepared.clone() })
    }

    /// Newer rules cannot hold from an instant on that the store has left behind.
    ///
    /// # Errors
    /// [`Failure::Usage`] where they were to.
    pub fn not_before(&self, switch_ms: Option<i64>, now_ms: i64) -> Result<(), Failure> {
        if !self.are_other() || switch_ms.is_none_or(|switch_ms| switch_ms >= now_ms) {
            return Ok(());
        }
        let now = runtime::compact(now_ms);
        Err(Failure::Usage(format!("the store has come to {now} UTC already: the newer rules cannot hold from before that on")))
    }

    /// Whether a run may go on by the given rules: nothing about them is breaking for people inside, or it is meant. What is, is
    /// shown.
    ///
    /// # Errors
    /// [`Failure::Usage`] for codes that are none.
    pub fn may_go_on(&self, store: &Store, path: &str, allow: &[String]) -> Result<bool, Failure> {
        let allowed = comparing::codes(allow)?;
        let Some((_, old)) = self.kept.last().filter(|_| self.are_other()) else { return Ok(true) };
        let mut report = diff::compare(old, &self.given);
        let is_meant = |change: &Change| change.code.is_some_and(|code| allowed.contains(&code.id));
        report.changes.retain(|change| change.verdict == Verdict::Breaking && !is_meant(change));
        if report.changes.is_empty() {
            return Ok(true);
        }
        super::people::count(store, old, &mut report)?;
        self.refuse(path, &report);
        Ok(false)
    }

    fn refuse(&self, path: &str, report: &Report) {
        let frame = render::Frame { places: None, colour: false, width: None, crowd: render::Crowd::Store, picture: None, played: None };
        let mut codes: Vec<&str> = report.changes.iter().filter_map(|change| change.code.map(|code| code.id)).collect();
        codes.sort_unstable();
        codes.dedup();
        eprint!("{}", render::human(report, &frame));
        eprintln!(
            "funnelc: nothing was run: `{path}` was written with other rules, and these are breaking for people inside; `--allow {}` says that it is meant",
            codes.join(",")
        );
    }
}
