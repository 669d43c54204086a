//! What tests reach, told and written.

use crate::{
    cli::{Failure, io},
    scenario::coverage::{Coverage, CoverageReport, F908, Kind, Part, lcov},
};
use std::fmt::Write as _;

/// What tests reach, in words: for each funnel how much, and what no test reaches, with its place.
pub fn told(coverage: &Coverage) -> String {
    let unreached = coverage.unreached();
    let mut text = String::new();
    for funnel in coverage.funnels() {
        let tallies = Kind::ALL.into_iter().map(|kind| (kind, coverage.tally(kind, Some(funnel))));
        section(&mut text, &format!("`{funnel}`"), tallies, unreached.iter().filter(|part| part.funnel.as_deref() == Some(funnel)));
    }
    let messages = [(Kind::Message, coverage.tally(Kind::Message, None))];
    section(&mut text, "messages", messages.into_iter(), unreached.iter().filter(|part| part.funnel.is_none()));
    let unasked: Vec<String> = coverage
        .parts()
        .filter(|part| part.kind == Kind::Message && part.times == 0 && !unreached.contains(part))
        .map(|part| format!("`{}`", part.id))
        .collect();
    if !unasked.is_empty() {
        writeln!(text, "  and for want of the above none has {}", unasked.join(", ")).expect("a String takes everything");
    }
    text
}

fn section<'p>(
    text: &mut String,
    what: &str,
    tallies: impl Iterator<Item = (Kind, (usize, usize))>,
    unreached: impl Iterator<Item = &'p &'p Part>,
) {
    let share = |(kind, (reached, all)): (Kind, (usize, usize))| {
        let (one, several) = kind.words();
        (all > 0).then(|| format!("{reached} of {all} {}", if all == 1 { one } else { several }))
    };
    let shares: Vec<String> = tallies.filter_map(share).collect();
    if shares.is_empty() {
        return;
    }
    writeln!(text, "\ncoverage of {what}: {}", shares.join(", ")).expect("a String takes everything");
    for part in unreached {
        let (place, severity) = (&part.place, F908.severity.word());
        writeln!(text, "  {}:{}:{}: {severity} {}: {}", place.file, place.line, place.column, F908.id, part.unreached)
            .expect("a String takes everything");
    }
}

/// Writes what tests reach to files.
///
/// # Errors
/// [`Failure::World`] where one cannot be written.
pub fn write(coverage: &Coverage, report: Option<&str>, lcov_to: Option<&str>) -> Result<(), Failure> {
    if let Some(path) = report {
        io::write_text(Some(path), &CoverageReport::new(coverage).to_json())?;
    }
    if let Some(path) = lcov_to {
        io::write_text(Some(path), &lcov(coverage))?;
    }
    Ok(())
}
