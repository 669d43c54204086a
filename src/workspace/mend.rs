//! Safe fixes of a whole program, until none is left.
//!
//! Invariants: a file parses after a fix at least as well as before, and is in the canonical layout where it was; the work
//! ends after [`ROUNDS_MAX`] rounds; nothing is written, the caller has the texts.
//! Deliberately absent: fixes that somebody should look at first.

use super::Analysis;
use crate::{
    diag::{Diagnostic, Fix, Severity, mend},
    fmt, parse,
    source::FileId,
};
use std::collections::{BTreeMap, BTreeSet};

/// A fix may uncover the next; more rounds than this would be fixes that undo each other.
const ROUNDS_MAX: usize = 12;

/// Texts that differ from those that were read, by the path of their file.
pub type Texts = BTreeMap<String, String>;

/// A fix that was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// In which file.
    pub file: String,
    /// In which line of the text that it was made in, from 1.
    pub line: u32,
    /// The code of the finding that it mends.
    pub code: &'static str,
    /// What it does.
    pub title: String,
}

/// What was done.
#[derive(Debug)]
pub struct Mended {
    /// The fixes, in the order in which they were made.
    pub made: Vec<Made>,
    /// The program after them.
    pub analysis: Analysis,
}

/// Makes the safe fixes of a program in `texts`, again and again until nothing changes. `analyse` reads the program with
/// these texts in place of those it would read.
///
/// # Errors
/// What `analyse` gives.
pub fn mend_all<E>(texts: &mut Texts, mut analyse: impl FnMut(&Texts) -> Result<Analysis, E>) -> Result<Mended, E> {
    let mut made = Vec::new();
    let mut refused = BTreeSet::new();
    let mut analysis = analyse(texts)?;
    for _ in 0..ROUNDS_MAX {
        let round = Round { analysis: &analysis };
        let fresh = round.run(texts, &mut refused);
        if fresh.is_empty() {
            break;
        }
        made.extend(fresh);
        analysis = analyse(texts)?;
    }
    Ok(Mended { made, analysis })
}

struct Round<'a> {
    analysis: &'a Analysis,
}

impl Round<'_> {
    fn run(&self, texts: &mut Texts, refused: &mut BTreeSet<Made>) -> Vec<Made> {
        let findings: Vec<&Diagnostic> = self.analysis.diagnostics.iter().filter(|finding| fix_of(finding).is_some()).collect();
        let open = findings.iter().filter(|finding| !refused.contains(&self.made(finding)));
        let chosen = mend::together(open.clone().filter_map(|finding| fix_of(finding)));
        let meant: Vec<&Diagnostic> = open.copied().filter(|finding| fix_of(finding).is_some_and(|fix| is_among(fix, &chosen))).collect();
        if self.make(&chosen, texts) {
            return meant.into_iter().map(|finding| self.made(finding)).collect();
        }
        // Together they do harm: one alone, the next round the next.
        for finding in meant {
            let alone: Vec<&Fix> = fix_of(finding).into_iter().collect();
            if self.make(&alone, texts) {
                return vec![self.made(finding)];
            }
            refused.insert(self.made(finding));
        }
        Vec::new()
    }

    fn made(&self, finding: &Diagnostic) -> Made {
        let sources = &self.analysis.sources;
        Made {
            file: sources.file(finding.primary.span.file).name().to_owned(),
            line: sources.position(finding.primary.span).line,
            code: finding.code.id,
            title: fix_of(finding).map(|fix| fix.title.clone()).unwrap_or_default(),
        }
    }

    /// Puts the texts after these fixes into `texts`, if every file is as good as before; whether anything changed.
    fn make(&self, fixes: &[&Fix], texts: &mut Texts) -> bool {
        let files: BTreeSet<FileId> = fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span.file).collect();
        let mut changed = Vec::new();
        for id in files {
            let file = self.analysis.sources.file(id);
            let Some(text) = guarded(id, file.text(), mend::apply(id, file.text(), fixes)) else { return false };
            if text != file.text() {
                changed.push((file.name().to_owned(), text));
            }
        }
        let is_change = !changed.is_empty();
        texts.extend(changed);
        is_change
    }
}

/// The fix of a finding, if it may be made without asking.
fn fix_of(finding: &Diagnostic) -> Option<&Fix> {
    finding.fix.as_ref().filter(|fix| fix.safe && !fix.edits.is_empty())
}

fn is_among(fix: &Fix, chosen: &[&Fix]) -> bool {
    chosen.iter().any(|other| std::ptr::eq(*other, fix))
}

/// The new text, in the canonical layout if the old one was; `None` where it parses worse than the old one.
fn guarded(id: FileId, old: &str, new: String) -> Option<String> {
    let (before, after) = (parse::parse(id, old), parse::parse(id, &new));
    let errors = |parsed: &parse::Parsed| parsed.diagnostics.count(Severity::Error);
    if errors(&after) > errors(&before) {
        return None;
    }
    let was_canonical = errors(&before) == 0 && fmt::print(&before.file) == old;
    Some(if was_canonical && errors(&after) == 0 { fmt::print(&after.file) } else { new })
}
