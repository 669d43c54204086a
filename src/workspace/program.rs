//! The whole front end over a program that was read.

use super::{allow, echo::Echoes, load::Loaded};
use crate::{
    ast,
    check::{self, Checked, Settings},
    diag::Diagnostics,
    model::Model,
    resolve::{self, Use},
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

/// A program whose names are resolved, before its checks.
#[derive(Debug)]
pub struct Resolved {
    /// The texts.
    pub sources: SourceMap,
    /// Their trees, in declaration order.
    pub files: Vec<ast::File>,
    /// The resolved program; with gaps where findings say so.
    pub model: Model,
    /// What each name means, in the order of places.
    pub uses: Vec<Use>,
    /// Findings about text, names and types, without echoes of one mistake.
    pub diagnostics: Diagnostics,
    /// Whether syntax, names and types are whole, so that checks can say something.
    pub is_whole: bool,
}

impl Resolved {
    /// Resolves a program, noting what its names mean.
    #[must_use]
    pub fn new(loaded: Loaded) -> Self {
        let Loaded { sources, files, diagnostics } = loaded;
        let (model, names, uses) = resolve::resolve_noting(&sources, &files);
        let (diagnostics, is_whole) = joined(&sources, diagnostics, names);
        Self { sources, files, model, uses, diagnostics, is_whole }
    }

    /// What is found without the checks, with `allow` comments heeded.
    #[must_use]
    pub fn unchecked(&self) -> Diagnostics {
        told(self.diagnostics.clone(), &self.sources, false)
    }

    /// All findings, those of the checks included; `None` where nobody wants them any more before the checks are done.
    #[must_use]
    pub fn findings_while(&self, settings: Settings, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
        let mut diagnostics = self.diagnostics.clone();
        if self.is_whole {
            diagnostics.extend(checked(&self.model, &self.sources, settings, is_wanted)?);
        }
        Some(told(diagnostics, &self.sources, self.is_whole))
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
    let Loaded { sources, files, diagnostics } = loaded;
    let (model, names) = resolve::resolve(&sources, &files);
    let (mut diagnostics, is_whole) = joined(&sources, diagnostics, names);
    if is_whole {
        diagnostics.extend(checked(&model, &sources, settings, &|| true).unwrap_or_default());
    }
    let diagnostics = told(diagnostics, &sources, is_whole);
    Analysis { sources, model, diagnostics, is_whole }
}

/// Findings about text and about names, without echoes, and whether there is no error among them.
fn joined(sources: &SourceMap, syntax: Diagnostics, names: Diagnostics) -> (Diagnostics, bool) {
    let syntax_is_whole = !syntax.has_errors();
    let is_whole = syntax_is_whole && !names.has_errors();
    let mut diagnostics = syntax;
    if syntax_is_whole {
        diagnostics.extend(names);
    } else {
        let echoes = Echoes::new(sources, &diagnostics);
        diagnostics.extend(names.into_iter().filter(|finding| !echoes.repeats(finding, sources)).collect());
    }
    (diagnostics, is_whole)
}

/// What the checks find, with stories.
fn checked(model: &Model, sources: &SourceMap, settings: Settings, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
    #[allow(unused_mut, reason = "stories need the runtime")]
    let mut found = check::check_while(model, sources, settings, is_wanted)?;
    #[cfg(feature = "runtime")]
    if is_wanted() {
        crate::story::tell(model, sources, &mut found);
    }
    is_wanted().then_some(found)
}

/// In the order of places, without what comments allow.
fn told(mut diagnostics: Diagnostics, sources: &SourceMap, checked: bool) -> Diagnostics {
    diagnostics.sort();
    let mut diagnostics = allow::apply(diagnostics, sources, checked);
    diagnostics.sort();
    diagnostics
}
