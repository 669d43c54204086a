//! What several test suites need.
#![allow(dead_code, reason = "each suite uses a part of it")]

pub mod arbitrary;
pub mod events;
pub mod shape;

use funnelc::{
    diag::Severity,
    lower,
    ruleset::RuleSet,
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};

/// The analysis of one text.
pub fn analysis(text: &str) -> Analysis {
    let loader = MemoryLoader::new([("case.funnel", text)]);
    analyse(Loaded::read(&loader, &["case.funnel".to_owned()]).expect("the file is in memory"))
}

/// Code and line, from 1, of each error and warning of a text.
pub fn findings(text: &str) -> Vec<(String, u32)> {
    let analysis = analysis(text);
    let shown = analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information);
    shown.map(|finding| (finding.code.id.to_owned(), analysis.sources.position(finding.primary.span).line)).collect()
}

/// The rule set of a text; its findings where it has errors.
pub fn compile(text: &str) -> Result<RuleSet, Vec<(String, u32)>> {
    let analysis = analysis(text);
    analysis.checked().map(|checked| lower::lower(&checked, &analysis.sources)).ok_or_else(|| findings(text))
}
