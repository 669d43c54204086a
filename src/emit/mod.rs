//! Backends: a rule set in other forms.
//!
//! Job: one table of what `funnelc` can write. A new target is a file here and a line in [`BACKENDS`].
//! Invariants: a backend reads the rule set and nothing earlier; the same rule set gives the same bytes everywhere.
//! Deliberately absent: files and command-line arguments.

pub mod dot;
mod json;
pub mod mermaid;
pub mod notes;
#[cfg(feature = "png")]
pub mod png;
pub mod site;
pub mod svg;
pub mod text;
mod yaml;

use crate::{
    diag::Code,
    lower::Sketch,
    picture::{
        fold,
        notes::Notes,
        sheet::{Detail, Sheet},
    },
    ruleset::RuleSet,
};

/// A letter of a picture of pixels that no font of the machine has.
pub const F997: Code = Code::warning("F997", "letters that no font has");

/// The codes of pictures.
pub const CODES: &[Code] = &[F997];

/// Their pages.
pub const PAGES: &[(&str, &str)] = &[("F997", include_str!("pages/F997.md"))];

/// A form in which a rule set can be written.
pub trait Backend: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// The ending of its files, without a dot.
    fn extension(&self) -> &'static str;

    /// The text, with a final newline.
    fn emit(&self, rules: &RuleSet) -> String;
}

/// What a sketch tells, to be drawn.
#[must_use]
pub fn rules_of(sketch: &Sketch) -> &RuleSet {
    sketch.rules()
}

/// The sheets of a sketch's funnels, folded where they would hold too much.
#[must_use]
pub fn sheets(sketch: &Sketch, detail: Detail, notes: &Notes) -> Vec<Sheet> {
    let rules = sketch.rules();
    rules.funnels.iter().map(|funnel| fold::folded(Sheet::new(rules, funnel, detail, notes))).collect()
}

/// All backends, by name.
pub const BACKENDS: &[&dyn Backend] = &[&dot::Dot, &json::Json, &yaml::Yaml];

/// The backend of that name.
#[must_use]
pub fn backend(name: &str) -> Option<&'static dyn Backend> {
    BACKENDS.iter().copied().find(|backend| backend.name() == name)
}
