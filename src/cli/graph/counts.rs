//! How many people came, from the report of a run.

use crate::{
    cli::Failure,
    picture::notes::{Counts, grouped},
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
    let report = Report::read(&text).map_err(|error| Failure::World(format!("`{path}` {error}")))?;
    let mut counts = Counts { about: about(&report), ..Counts::default() };
    let mut is_known = false;
    for funnel in &report.funnels {
        is_known |= rules.funnels.iter().any(|other| other.name == funnel.name);
        let id = |stage: &str| format!("{}/{stage}", funnel.name);
        counts.stages.extend(funnel.stages.iter().map(|stage| (id(&stage.name), stage.runs)));
        counts.visits.extend(funnel.stages.iter().map(|stage| (id(&stage.name), stage.entered)));
        counts.moves.extend(funnel.moves.iter().map(|way| ((id(&way.from), id(&way.to)), way.times)).collect::<BTreeMap<_, _>>());
    }
    if !is_known {
        return Err(Failure::World(format!("`{path}` is the report of other funnels")));
    }
    Ok(counts)
}

fn about(report: &Report) -> String {
    let people = format!("{} {}", grouped(report.contacts), if report.contacts == 1 { "person" } else { "people" });
    report.until.as_deref().map_or_else(|| people.clone(), |until| format!("{people} until {}", until.get(..10).unwrap_or(until)))
}
