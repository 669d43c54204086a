//! From trees to a model: names become ids, values get types, plays are filled in.
//!
//! Passes, in order: `declare` gives every declaration its id (all files, so that order of files does not matter for
//! names); `vocabulary` reads types, events, channels, messages; `flow` declares stages and reads doors' events, from
//! which `ways` answers what a run brings to a stage; then `rules`, `flow`, `promise` and `trial` read conditions,
//! doors, nurtures, guarantees and tests; `used` reports what nobody mentions.
//! Invariants: each mistake is reported once, where it was made; what could not be resolved stands as `Broken` in the
//! model and causes no further findings; output depends on the order of declarations alone.
//! Deliberately absent: anything that takes the graph of stages or the truth of conditions to know.

mod arguments;
mod branch;
mod builtin;
pub mod codes;
mod compare;
mod condition;
mod declare;
mod entry;
mod event;
mod finding;
mod flow;
mod instant;
mod missing;
mod names;
mod note;
mod nurture;
mod once;
mod promise;
mod rules;
mod scope;
mod sides;
mod span;
mod stage;
mod step;
mod trial;
mod trigger;
mod types;
mod used;
mod value;
mod vocabulary;
mod wait;
mod ways;
mod write;

pub use codes::*;
pub use note::{Meaning, Use};

use crate::{
    ast,
    diag::{Diagnostic, Diagnostics},
    model::Model,
    source::SourceMap,
};
use declare::Declared;
use names::Names;
use nurture::PlayBody;
use used::Used;
use ways::Ways;

/// Resolves the trees of all files, given in declaration order.
///
/// The model is complete even where there are findings; what could not be resolved stands in it as `Broken`.
#[must_use]
pub fn resolve(sources: &SourceMap, files: &[ast::File]) -> (Model, Diagnostics) {
    let (model, findings, _) = run(sources, files, None);
    (model, findings)
}

/// [`resolve`], and what each name in the files means, in the order of places.
#[must_use]
pub fn resolve_noting(sources: &SourceMap, files: &[ast::File]) -> (Model, Diagnostics, Vec<Use>) {
    let (model, findings, uses) = run(sources, files, Some(Vec::new()));
    let mut uses = uses.unwrap_or_default();
    uses.sort_by_key(|it| it.span);
    uses.dedup();
    (model, findings, uses)
}

fn run(sources: &SourceMap, files: &[ast::File], uses: Option<Vec<Use>>) -> (Model, Diagnostics, Option<Vec<Use>>) {
    let mut resolver = Resolver {
        sources,
        model: Model::default(),
        names: Names::default(),
        used: Used::default(),
        findings: Diagnostics::new(),
        ways: Vec::new(),
        plays: Vec::new(),
        suggestions_left: SUGGESTIONS_MAX,
        damaged: false,
        uses,
    };
    resolver.builtin_events();
    let mut declared = resolver.declare(files);
    resolver.run(&mut declared);
    let mut findings = resolver.findings;
    findings.sort();
    (resolver.model, findings, resolver.uses)
}

/// So many names get a suggestion; a file with more unknown names is not helped by them.
const SUGGESTIONS_MAX: u32 = 200;

/// What the passes share.
struct Resolver<'a> {
    sources: &'a SourceMap,
    model: Model,
    names: Names,
    used: Used,
    findings: Diagnostics,
    /// By funnel: its doors and what they bring.
    ways: Vec<Ways>,
    /// By play: its steps as written, and what was reported in them.
    plays: Vec<PlayBody<'a>>,
    suggestions_left: u32,
    /// Whether some text did not parse: what looks unused may be used there.
    damaged: bool,
    /// What names mean, where somebody wants to know.
    uses: Option<Vec<Use>>,
}

impl<'a> Resolver<'a> {
    fn run(&mut self, declared: &mut Declared<'a>) {
        self.vocabulary(declared);
        self.stages(declared);
        self.prepare_ways(declared);
        self.rules(declared);
        self.play_bodies(declared);
        self.flow(declared);
        self.promises(declared);
        self.trials(declared);
        self.report_unused(declared);
    }

    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }
}
