//! What tests reach, from the report of `funnelc test --report`.

use crate::{cli::Failure, picture::notes::Covered, ruleset::RuleSet, scenario::coverage::CoverageReport};
use std::fs;

/// Reads a report.
///
/// # Errors
/// [`Failure::World`] where it cannot be read, or speaks of none of these funnels.
pub fn read(path: &str, rules: &RuleSet) -> Result<Covered, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::World(format!("`{path}` cannot be read: {error}")))?;
    let report = CoverageReport::read(&text).map_err(|error| Failure::World(format!("`{path}` {error}")))?;
    let is_drawn = |funnel: &String| rules.funnels.iter().any(|other| other.name == *funnel);
    let drawn: Vec<_> = report.parts.iter().filter(|part| part.funnel.as_ref().is_some_and(is_drawn)).collect();
    if drawn.is_empty() {
        return Err(Failure::World(format!("`{path}` is the report of other funnels")));
    }
    let reached = drawn.iter().filter(|part| part.times > 0);
    let tests = if report.tests == 1 { "1 test reaches".to_owned() } else { format!("{} tests reach", report.tests) };
    let about = format!("{tests} {} of {} parts, the others are faint and say “untested”", reached.clone().count(), drawn.len());
    Ok(Covered { about, reached: reached.map(|part| (part.id.clone(), part.arm)).collect() })
}
