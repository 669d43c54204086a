//! What was found in parts, kept while their texts stay the same.

use super::{Part, shift::Shift};
use crate::{
    check::{Haste, Settings},
    diag::{Diagnostic, Diagnostics},
    source::{SourceMap, Span},
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Findings of parts by what their texts say. Of each check only what it used is kept for the next.
#[derive(Debug, Default)]
pub struct Kept {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    settings: Settings,
    parts: HashMap<[u8; 32], Entry>,
    /// How many parts the last check looked at, and how many there were.
    looked_at: (usize, usize),
}

/// What was found in a part, and where the part stood then.
#[derive(Debug, Clone)]
struct Entry {
    spans: Vec<Span>,
    findings: Vec<Diagnostic>,
    haste: Vec<Haste>,
}

/// A check under way: what it may take over, and what it leaves for the next.
pub(in crate::workspace) struct Pass<'k> {
    kept: Option<&'k Kept>,
    settings: Settings,
    used: HashMap<[u8; 32], Entry>,
    looked_at: (usize, usize),
}

impl Kept {
    /// How many parts the last check looked at, and how many there were.
    #[must_use]
    pub fn looked_at(&self) -> (usize, usize) {
        self.state().looked_at
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a thread that ended badly has put in is whole all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'k> Pass<'k> {
    pub fn new(kept: Option<&'k Kept>, settings: Settings) -> Self {
        Self { kept, settings, used: HashMap::new(), looked_at: (0, 0) }
    }

    /// The findings of a part, and how soon it may ask for messages: what was kept, at the places where it belongs now, else
    /// what `check` finds.
    ///
    /// # Errors
    /// Why the check did not come to its end.
    pub fn findings<E>(
        &mut self,
        part: &Part,
        sources: &SourceMap,
        check: impl FnOnce() -> Result<(Diagnostics, Vec<Haste>), E>,
    ) -> Result<(Vec<Diagnostic>, Vec<Haste>), E> {
        self.looked_at.1 += 1;
        let checked = |(found, haste): (Diagnostics, Vec<Haste>)| (found.into_iter().collect(), haste);
        let Some(kept) = self.kept else { return check().map(checked) };
        let digest = part.digest(sources);
        let entry = Some(kept.state()).filter(|it| it.settings == self.settings).and_then(|it| it.parts.get(&digest).cloned());
        let moved = entry.and_then(|entry| {
            let shift = Shift::new(&entry.spans, &part.spans);
            let findings: Option<Vec<Diagnostic>> = entry.findings.iter().map(|finding| shift.moved(finding)).collect();
            Some((findings?, entry.haste))
        });
        let (findings, haste): (Vec<Diagnostic>, Vec<Haste>) = match moved {
            Some(moved) => moved,
            None => {
                self.looked_at.0 += 1;
                check().map(checked)?
            }
        };
        let entry = Entry { spans: part.spans.clone(), findings: findings.clone(), haste: haste.clone() };
        self.used.insert(digest, entry);
        Ok((findings, haste))
    }

    /// Leaves what was used for the next check.
    pub fn end(self) {
        if let Some(kept) = self.kept {
            *kept.state() = State { settings: self.settings, parts: self.used, looked_at: self.looked_at };
        }
    }
}
