//! Findings that only repeat a syntax error.
//!
//! A line that did not parse may hold the declaration that a name misses, or the use that a declaration misses. Such
//! findings are held back until the syntax is whole; all others are shown in the same run.

use crate::{
    diag::{Diagnostic, Diagnostics},
    source::SourceMap,
};
use std::collections::BTreeSet;

/// The words that come before the name in a declaration.
const DECLARERS: [&str; 12] =
    ["stage", "event", "message", "play", "segment", "channel", "action", "score", "funnel", "nurture", "split", "as"];

/// What the damaged files seem to declare.
pub(super) struct Echoes {
    declared: BTreeSet<String>,
    mentions_reentry: bool,
}

impl Echoes {
    /// Reads the files in which `syntax` found something.
    pub fn new(sources: &SourceMap, syntax: &Diagnostics) -> Self {
        let damaged: BTreeSet<_> = syntax.iter().map(|finding| finding.primary.span.file).collect();
        let mut echoes = Self { declared: BTreeSet::new(), mentions_reentry: false };
        for file in damaged {
            let text = sources.file(file).text();
            echoes.mentions_reentry |= text.contains("reentry");
            let mut before = "";
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            for word in text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()) {
                if DECLARERS.contains(&before) {
                    echoes.declared.insert(word.to_owned());
                }
                before = word;
            }
            for line in text.lines() {
                if let Some((name, _)) = line.split_once(':') {
                    echoes.declared.extend(name.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_owned));
                }
            }
        }
        echoes
    }

    /// Whether a finding about names or types may be no more than an echo.
    pub fn repeats(&self, finding: &Diagnostic, sources: &SourceMap) -> bool {
        match finding.code.id {
            "F101" | "F102" => self.declared.contains(sources.slice(finding.primary.span)),
            "F214" => self.mentions_reentry && finding.message.ends_with(" again"),
            "F004" | "F104" | "F213" | "F216" => true,
            _ => false,
        }
    }
}
