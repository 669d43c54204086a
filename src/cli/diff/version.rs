//! A version of funnels: files, a folder, a rule set, or files as of a git reference.

use super::git::Git;
use crate::{
    cli::{Failure, args, io, project::Project},
    config::Choice,
    diag::{Diagnostics, Severity},
    diff::render::At,
    lower,
    ruleset::{self, RuleSet},
    source::{SourceMap, Span},
    workspace::{Analysis, Loader},
};
use std::{collections::BTreeMap, fs};

/// A rule set, and where its parts stand in the texts it comes from.
pub struct Version {
    pub rules: RuleSet,
    /// What is wrong with it, and the texts.
    pub findings: Option<(Diagnostics, SourceMap)>,
    places: BTreeMap<String, Span>,
}

impl Version {
    /// Reads what stands at some paths: one rule set, or funnel files and folders of them.
    ///
    /// # Errors
    /// [`Failure::World`] for what cannot be read or compared.
    pub fn read(paths: &[String]) -> Result<Self, Failure> {
        match paths {
            [path] if is_rules(path) => Self::of_rules(path),
            paths => {
                let files = io::funnel_files(paths)?;
                Self::of_files(&io::Files::default(), &files, &format!("`{}`", paths.join(" ")))
            }
        }
    }

    /// Reads what stood at some paths as of a git reference.
    ///
    /// # Errors
    /// [`Failure::World`] where there is no git, no such reference, or no such file in it.
    pub fn read_from_git(reference: &str, paths: &[String]) -> Result<Self, Failure> {
        let git = Git::at(reference)?;
        let files = git.funnel_files(paths)?;
        Self::of_files(&git, &files, &format!("`{}` as of `{reference}`", paths.join(" ")))
    }

    /// Rules that are in force.
    #[cfg(feature = "store")]
    pub fn in_force(rules: RuleSet) -> Self {
        Self { rules, findings: None, places: BTreeMap::new() }
    }

    fn of_rules(path: &str) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::World(format!("there is no file `{path}`")),
            _ => Failure::World(format!("`{path}` cannot be read: {error}")),
        })?;
        let rules = ruleset::read(&text).map_err(|error| Failure::World(format!("`{path}` cannot be compared with: {error}")))?;
        Ok(Self { rules, findings: None, places: BTreeMap::new() })
    }

    fn of_files(loader: &dyn Loader, files: &[String], name: &str) -> Result<Self, Failure> {
        let project = Project::new(None, Choice::default(), None);
        let analysis = args::analysis_of_files(&project, loader, files)?;
        if !analysis.is_whole {
            let errors: Diagnostics = analysis.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
            args::show_aside(args::ColourArgs { color: args::Colour::Auto }, &errors, &analysis.sources)?;
            return Err(Failure::World(format!("{name} cannot be compared, because of the errors above")));
        }
        // What only the checks complain of has a meaning, and can be compared.
        let rules = lower::sketch(&analysis.model, &analysis.sources).rules().clone();
        let places = crate::diff::places(&analysis.model, &rules);
        let Analysis { sources, diagnostics, .. } = analysis;
        Ok(Self { rules, findings: Some((diagnostics, sources)), places })
    }

    /// Whether the checks find errors in it.
    pub fn has_errors(&self) -> bool {
        self.findings.as_ref().is_some_and(|(found, _)| found.has_errors())
    }

    /// Where something stands, by its identity.
    pub fn place(&self, id: &str) -> Option<At> {
        let (_, sources) = self.findings.as_ref()?;
        let span = self.places.get(id)?;
        let position = sources.position(*span);
        Some(At { file: sources.file(span.file).name().to_owned(), line: position.line, column: position.column })
    }
}

/// Whether a path names a rule set, by its ending.
fn is_rules(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending))
}
