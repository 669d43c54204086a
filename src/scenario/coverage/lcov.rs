//! Coverage as lcov, which editors and services for code know.
//!
//! A line is hit as often as what on it was come by most; arms are branches of the line on which their step stands.

use super::{Coverage, Kind, Part};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// The coverage of all files, a record for each, in the order of their names.
#[must_use]
pub fn lcov(coverage: &Coverage) -> String {
    let mut files: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in coverage.parts() {
        files.entry(&part.place.file).or_default().push(part);
    }
    let mut text = String::new();
    for (file, parts) in files {
        record(file, &parts, &mut text).expect("a String takes everything");
    }
    text
}

fn record(file: &str, parts: &[&Part], text: &mut String) -> std::fmt::Result {
    let mut lines: BTreeMap<u32, u64> = BTreeMap::new();
    let mut steps: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.kind != Kind::Arm) {
        let hits = lines.entry(part.place.line).or_insert(0);
        *hits = (*hits).max(part.times);
        if part.kind == Kind::Step {
            steps.insert(&part.id, (part.place.line, part.times));
        }
    }
    writeln!(text, "TN:funnelc\nSF:{file}")?;
    let arms: Vec<&&Part> = parts.iter().filter(|part| part.kind == Kind::Arm).collect();
    // The number of a step on its line tells branches of several steps apart.
    let mut blocks: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for arm in &arms {
        let line = steps.get(arm.id.as_str()).map_or(arm.place.line, |(line, _)| *line);
        blocks.entry(line).or_default().insert(&arm.id);
    }
    let mut branches: BTreeSet<(u32, usize, usize, String)> = BTreeSet::new();
    for arm in &arms {
        let (line, came) = steps.get(arm.id.as_str()).copied().unwrap_or((arm.place.line, 0));
        let block = blocks.get(&line).and_then(|ids| ids.iter().position(|id| *id == arm.id)).unwrap_or(0);
        let taken = if came == 0 { "-".to_owned() } else { arm.times.to_string() };
        branches.insert((line, block, arm.arm.unwrap_or(0), taken));
    }
    for (line, block, arm, taken) in &branches {
        writeln!(text, "BRDA:{line},{block},{arm},{taken}")?;
    }
    let taken = branches.iter().filter(|(.., taken)| !matches!(taken.as_str(), "-" | "0")).count();
    writeln!(text, "BRF:{}\nBRH:{taken}", branches.len())?;
    for (line, hits) in &lines {
        writeln!(text, "DA:{line},{hits}")?;
    }
    writeln!(text, "LF:{}\nLH:{}\nend_of_record", lines.len(), lines.values().filter(|hits| **hits > 0).count())
}
