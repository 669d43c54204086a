//! The whole front end over a program that was read.

use super::{
    Kept, allow,
    echo::Echoes,
    load::Loaded,
    parts::{Part, Pass, parts},
};
use crate::{
    ast,
    check::{self, Checked, Scope, Settings},
    diag::Diagnostics,
    model::Model,
    resolve::{self, Use},
    source::{SourceMap, Span},
};
use std::collections::HashSet;

/// What is known of a program.
#[derive(Debug)]
pub struct Analysis {
    /// The texts.
    pub sources: SourceMap,
    /// Their trees, in declaration order.
    pub files: Vec<ast::File>,
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

    /// Replays every story of the findings, and reports each that does not come out as told.
    #[cfg(feature = "runtime")]
    #[must_use]
    pub fn verify(&self) -> Diagnostics {
        let program = Whole { model: &self.model, sources: &self.sources, files: &self.files };
        let Some(parts) = parts(&self.sources, &self.files).filter(|parts| parts.len() > 1) else {
            return crate::story::verify(&self.model, &self.sources, &self.diagnostics);
        };
        let mut faults = Diagnostics::new();
        let mut left: Vec<_> = self.diagnostics.iter().filter(|finding| finding.story.is_some()).cloned().collect();
        for part in &parts {
            let Ok(model) = program.part(part) else { continue };
            let (here, others) = left.into_iter().partition(|finding| part.holds(finding.primary.span));
            left = others;
            faults.extend(crate::story::verify(&model, &self.sources, &Diagnostics::from_iter::<Vec<_>>(here)));
        }
        faults.extend(crate::story::verify(&self.model, &self.sources, &left.into_iter().collect()));
        faults
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

    /// All findings, those of the checks included, with what was `kept` of parts that stayed the same; `None` where nobody
    /// wants them any more before the checks are done.
    #[must_use]
    pub fn findings_while(&self, settings: Settings, kept: Option<&Kept>, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
        let mut diagnostics = self.diagnostics.clone();
        if self.is_whole {
            let program = Whole { model: &self.model, sources: &self.sources, files: &self.files };
            diagnostics.extend(program.checked(Pass::new(kept, settings), settings, is_wanted)?);
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
        let program = Whole { model: &model, sources: &sources, files: &files };
        diagnostics.extend(program.checked(Pass::new(None, settings), settings, &|| true).unwrap_or_default());
    }
    let diagnostics = told(diagnostics, &sources, is_whole);
    Analysis { sources, files, model, diagnostics, is_whole }
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

/// A program without errors in syntax, names and types.
struct Whole<'p> {
    model: &'p Model,
    sources: &'p SourceMap,
    files: &'p [ast::File],
}

impl Whole<'_> {
    /// What the checks find, with stories; `None` where nobody wants it any more.
    fn checked(&self, pass: Pass<'_>, settings: Settings, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
        match self.parted(pass, settings, is_wanted) {
            Ok(found) => Some(found),
            Err(Stop::Unwanted) => None,
            Err(Stop::Torn) => checked(self.model, self.sources, settings, Scope::Program, is_wanted),
        }
    }

    /// What the checks find part by part, and what is said of texts and promised of all funnels.
    fn parted(&self, mut pass: Pass<'_>, settings: Settings, is_wanted: &dyn Fn() -> bool) -> Result<Diagnostics, Stop> {
        let parts = parts(self.sources, self.files).ok_or(Stop::Torn)?;
        let is_parted = parts.len() > 1;
        let mut found = check::texts(self.sources);
        // What several parts need is reported of the first that has something to say of it.
        let mut said: HashSet<(&str, Span)> = HashSet::new();
        let mut haste = Vec::new();
        let check = |model: &Model| {
            let (found, haste) = check::check_part(model, self.sources, settings, is_wanted).ok_or(Stop::Unwanted)?;
            Ok((with_stories(model, self.sources, found, is_wanted).ok_or(Stop::Unwanted)?, haste))
        };
        for part in &parts {
            let (findings, soon) = pass.findings(part, self.sources, || match is_parted {
                true => check(&self.part(part)?),
                false => check(self.model),
            })?;
            haste.push(soon);
            let new: Vec<_> = findings.into_iter().filter(|it| !said.contains(&(it.code.id, it.primary.span))).collect();
            said.extend(new.iter().map(|it| (it.code.id, it.primary.span)));
            found.extend(new.into_iter().collect());
        }
        if is_parted && !self.model.guarantees.is_empty() {
            let promises: HashSet<Span> = self.model.guarantees.iter().map(|it| it.span).collect();
            let mut of_all = checked(self.model, self.sources, settings, Scope::Promises, is_wanted).ok_or(Stop::Unwanted)?;
            of_all.retain(|finding| promises.contains(&finding.primary.span));
            found.extend(of_all);
        }
        found.extend(check::caps(self.model, &haste));
        pass.end();
        #[cfg(feature = "runtime")]
        if is_parted && self.model.channels.values().any(|channel| !channel.caps.is_empty()) {
            crate::story::confirm(self.model, self.sources, found.iter_mut());
        }
        Ok(found)
    }

    /// The model of a part.
    ///
    /// # Errors
    /// A name of it stands outside it.
    fn part(&self, part: &Part) -> Result<Model, Stop> {
        let (model, findings) = resolve::resolve(self.sources, &part.trees(self.files));
        if findings.has_errors() { Err(Stop::Torn) } else { Ok(model) }
    }
}

/// Why a check of the parts does not come to its end.
enum Stop {
    /// Nobody wants it any more.
    Unwanted,
    /// The program has no parts that can be looked at alone.
    Torn,
}

/// What the checks of a scope find, with stories.
fn checked(model: &Model, sources: &SourceMap, settings: Settings, scope: Scope, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
    with_stories(model, sources, check::check_while(model, sources, settings, scope, is_wanted)?, is_wanted)
}

/// Findings with their stories; `None` where nobody wants them any more.
#[allow(unused_variables, reason = "stories need the runtime")]
fn with_stories(model: &Model, sources: &SourceMap, mut found: Diagnostics, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
    #[cfg(feature = "runtime")]
    if is_wanted() {
        crate::story::tell(model, sources, &mut found);
    }
    // What only a story could show is not said without one.
    found.iter_mut().filter(|finding| finding.otherwise.is_some() && finding.story.is_none()).for_each(crate::diag::Diagnostic::untold);
    is_wanted().then_some(found)
}

/// In the order of places, without what comments allow.
fn told(mut diagnostics: Diagnostics, sources: &SourceMap, checked: bool) -> Diagnostics {
    diagnostics.sort();
    let mut diagnostics = allow::apply(diagnostics, sources, checked);
    diagnostics.sort();
    diagnostics
}
