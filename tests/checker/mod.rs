//! What the suites that doubt the checker have in common.
#![allow(dead_code, reason = "each suite uses a part of it")]

pub mod claims;
pub mod conditions;
pub mod corpus;
pub mod make;
pub mod mutants;
pub mod probe;
pub mod random;
pub mod replay;
pub mod same;
pub mod shrink;
pub mod sim;
pub mod world;

use claims::{Case, Clauses, Lie};
use funnelc::{
    check::Checked,
    diag::Diagnostics,
    lower,
    ruleset::RuleSet,
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use random::Random;
use sim::{Effort, Seen};

/// The analysis of one text.
pub fn analysis(text: &str) -> Analysis {
    let loader = MemoryLoader::new([("case.funnel", text)]);
    analyse(Loaded::read(&loader, &["case.funnel".to_owned()]).expect("the file is in memory"))
}

/// The rule set of a program whatever is found in it, if its names and types are whole.
pub fn rules_of(analysis: &Analysis) -> Option<RuleSet> {
    let checked = Checked::new(&analysis.model, &Diagnostics::new())?;
    let bad = |id: &str| id < "F300" && id != "F204" || ["F003", "F004", "F009"].contains(&id);
    let broken = analysis.diagnostics.iter().any(|it| it.severity == funnelc::diag::Severity::Error && bad(it.code.id));
    (analysis.is_whole && !broken).then(|| lower::lower(&checked, &analysis.sources))
}

/// What was found out about a program.
pub struct Doubt {
    pub analysis: Analysis,
    pub rules: RuleSet,
    pub seen: Seen,
    pub lies: Vec<Lie>,
    pub silent: Vec<String>,
}

/// Simulates a program and holds what is seen against what is said.
pub fn doubt(analysis: Analysis, effort: Effort, random: &mut Random) -> Option<Doubt> {
    let mut rules = rules_of(&analysis)?;
    let clauses = Clauses::of(&analysis.model, &rules);
    let marks = probe::mark(&analysis.model, &mut rules);
    let mut seen = sim::explore(&rules, effort, random);
    sim::overlaps(&rules, &mut seen);
    let case = Case { analysis: &analysis, rules: &rules, clauses: &clauses, marks: &marks, seen: &seen };
    let (lies, silent) = (case.lies(), case.silent());
    Some(Doubt { analysis, rules, seen, lies, silent })
}
