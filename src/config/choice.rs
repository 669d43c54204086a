//! What the command line chooses, over what the file says.

use super::{Config, Level, Pattern};
use crate::{
    catalog,
    diag::{Code, Diagnostic, Severity},
};

/// Which findings count, and whether warnings do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// These alone; all where none is named.
    pub select: Vec<Pattern>,
    /// Not these.
    pub ignore: Vec<Pattern>,
    /// Whether warnings are errors.
    pub deny_warnings: bool,
}

impl Choice {
    /// The finding as it counts, by this choice first and then by the file; `None` where it does not. An error that keeps
    /// the file from being compiled always counts: behind it nothing else was looked for.
    #[must_use]
    pub fn judge(&self, mut finding: Diagnostic, config: &Config) -> Option<Diagnostic> {
        let code = finding.code;
        let selected = weight(&self.select, code);
        let is_left_out = match (selected, weight(&self.ignore, code)) {
            (Some(by), Some(against)) => against >= by,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => !self.select.is_empty(),
        };
        if is_left_out && catalog::may_be_lowered(code) {
            return None;
        }
        let is_named = self.select.iter().any(|pattern| pattern.is_code() && pattern.is_for(code));
        match config.levels.of(code) {
            Some(Level::At(severity)) => finding.severity = severity,
            Some(Level::Off) if !is_named => return None,
            Some(Level::Off) | None => {}
        }
        if self.deny_warnings && finding.severity == Severity::Warning {
            finding.severity = Severity::Error;
        }
        Some(finding)
    }
}

/// How exactly patterns speak of a code.
fn weight(patterns: &[Pattern], code: Code) -> Option<usize> {
    patterns.iter().filter(|pattern| pattern.is_for(code)).map(Pattern::weight).max()
}
