//! Arguments that several commands share, and what they do first: read, analyse, print the findings.

use super::{Failure, io, project::Project, report};
use crate::{
    diag::{
        Diagnostics, Severity,
        render::{Located, Style},
    },
    source::SourceMap,
    workspace::{Analysis, Loaded, Loader},
};
use clap::ValueEnum;

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Colour {
    /// In a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Form {
    /// With the text they speak of
    Human,
    /// One line each
    Short,
    /// One JSON document, with everything; `funnelc schema findings` prints its schema
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// JUnit XML, a test case for each file
    Junit,
}

/// How findings are shown.
#[derive(clap::Args, Clone, Debug)]
pub struct FindingArgs {
    /// Show information as well as errors and warnings
    #[arg(long, short)]
    pub verbose: bool,
    /// Treat warnings as errors
    #[arg(long, value_name = "warnings", value_parser = ["warnings"])]
    pub deny: Option<String>,
    /// The form of findings
    #[arg(long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    pub format: Form,
    #[command(flatten)]
    pub colour: ColourArgs,
}

/// When to use colour.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct ColourArgs {
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
}

impl ColourArgs {
    /// Colour and width for output to something that is a terminal or not.
    pub fn style(self, is_terminal: bool) -> Style {
        let auto = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Style { colour: self.color == Colour::Always || (self.color == Colour::Auto && auto), width: io::terminal_width() }
    }
}

/// Reads and analyses the funnel files at these paths (folders stand for all `.funnel` files below them), as the nearest
/// `funnelc.yaml` says.
///
/// # Errors
/// [`Failure::World`] for a path that cannot be read, [`Failure::Usage`] for a configuration that cannot be used.
pub fn analysis_of(paths: &[String]) -> Result<Analysis, Failure> {
    analysis_of_files(&Project::default(), &io::Files::default(), &io::funnel_files(paths)?)
}

/// Like [`analysis_of`], for files alone.
///
/// # Errors
/// As there.
pub fn analysis_of_files(project: &Project, loader: &dyn Loader, files: &[String]) -> Result<Analysis, Failure> {
    analysis_on(project, loader, files, 1)
}

/// Like [`analysis_of_files`], with files parsed on so many threads.
///
/// # Errors
/// As there.
pub fn analysis_on(project: &Project, loader: &dyn Loader, files: &[String], threads: usize) -> Result<Analysis, Failure> {
    let loaded = Loaded::read_on(loader, files, threads).map_err(|error| Failure::World(error.to_string()))?;
    project.analyse(loaded, files)
}

/// Shows errors and warnings on standard error, as commands do whose output is something else.
///
/// # Errors
/// What writing gives.
pub fn show_aside(colour: ColourArgs, diagnostics: &Diagnostics, sources: &SourceMap) -> Result<(), Failure> {
    let style = colour.style(io::stderr_is_terminal());
    let mut out = std::io::stderr().lock();
    let shown = diagnostics.iter().filter(|finding| finding.severity != Severity::Information);
    report::pictures(shown.map(|finding| Located { finding, sources }), style, &mut out)?;
    Ok(())
}
