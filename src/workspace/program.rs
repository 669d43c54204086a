//! The whole front end over a program that was read.

use super::{allow, echo::Echoes, load::Loaded};
use crate::{
    check::{self, Checked, Settings},
    diag::Diagnostics,
    model::Model,
    resolve,
    source::SourceMap,
};

/// What is known of a program.
#[derive(Debug)]
pub struct Analysis {
    /// The texts.
    pub sources: SourceMap,
    /// The resolved program; with gaps where findings say so.
    pub model: Model,
    /// All findings, in the order of files and positions.
    pub diagnostics: Diagnostics,
    /// Whether names and types are whole, so that the program can at least be drawn.
    pub is_whole: bool,
}

impl Analysis {
    /// The program as one that may be lowered; `None` while an error remains.
    #[must_use]
    pub fn checked(&self) -> Option<Checked<'_>> {
        Checked::new(&self.model, &self.diagnostics)
    }
}

/// Resolves and checks a program. Checks run where syntax, names and types are whole: behind a broken line they would
/// speak of stages that only seem lost.
#[must_use]
pub fn analyse(loaded: Loaded) -> Analysis {
    analyse_with(loaded, Settings::default())
}

/// [`analyse`], with what a project decides about checks.
#[must_use]
pub fn analyse_with(loaded: Loaded, settings: Settings) -> Analysis {
    let Loaded { sources, files, mut diagnostics } = loaded;
    let syntax_is_whole = !diagnostics.has_errors();
    let (model, names) = resolve::resolve(&sources, &files);
    let is_whole = syntax_is_whole && !names.has_errors();
    if syntax_is_whole {
        diagnostics.extend(names);
    } else {
        let echoes = Echoes::new(&sources, &diagnostics);
        diagnostics.extend(names.into_iter().filter(|finding| !echoes.repeats(finding, &sources)).collect());
    }
    if is_whole {
        let found = check::check(&model, &sources, settings);
        #[cfg(feature = "runtime")]
        let found = {
            let mut found = found;
            crate::story::tell(&model, &sources, &mut found);
            found
        };
        diagnostics.extend(found);
    }
    diagnostics.sort();
    let mut diagnostics = allow::apply(diagnostics, &sources, is_whole);
    diagnostics.sort();
    Analysis { sources, model, diagnostics, is_whole }
}
