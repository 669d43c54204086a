//! How many people came, from the report of a run.

use crate::{
    cli::Failure,
    picture::notes::{Counts, grouped},
    report::Report as Figures,
    ruleset::RuleSet,
    runtime::Report,
};
use std::{collections::BTreeMap, fs};

/// Reads a report.
///
/// # Errors
/// [`Failure::World`] where it cannot be read, or speaks of none of these funnels.
pub fn read(path: &str, rules: &RuleSet) -> Result<Counts, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::World(format!("`{path}` cannot be read: {error}")))?;
    // What `funnelc report` writes as JSON says the same and more.
    if let Ok(figures) = Figures::read(&text) {
        return known(figures.counts(), rules, path);
    }
    let report = Report::read(&text).map_err(|error| Failure::World(format!("`{path}` {error}")))?;
    let mut counts = Counts { about: about(&report), ..Counts::default() };
    for funnel in &report.funnels {
        let id = |stage: &str| format!("{}/{stage}", funnel.name);
        counts.stages.extend(funnel.stages.iter().map(|stage| (id(&stage.name), stage.runs)));
        counts.visits.extend(funnel.stages.iter().map(|stage| (id(&stage.name), stage.entered)));
        counts.moves.extend(funnel.moves.iter().map(|way| ((id(&way.from), id(&way.to)), way.times)).collect::<BTreeMap<_, _>>());
    }
    known(counts, rules, path)
}

/// Counts that speak of one of these funnels.
fn known(counts: Counts, rules: &RuleSet, path: &str) -> Result<Counts, Failure> {
    let of = |funnel: &str| counts.stages.keys().any(|stage| stage.split_once('/').is_some_and(|(name, _)| name == funnel));
    if rules.funnels.iter().any(|funnel| of(&funnel.name)) {
        Ok(counts)
    } else {
        Err(Failure::World(format!("`{path}` is the report of other funnels")))
    }
}

fn about(report: &Report) -> String {
    let people = format!("{} {}", grouped(report.contacts), if report.contacts == 1 { "person" } else { "people" });
    report.until.as_deref().map_or_else(|| people.clone(), |until| format!("{people} until {}", until.get(..10).unwrap_or(until)))
}
