//! Arguments that several commands share, and what they do first: read, analyse, print the findings.

use super::{Failure, io};
use crate::{
    diag::{
        Diagnostics, Severity,
        render::{self, Style},
    },
    source::SourceMap,
    workspace::{Analysis, Loaded, analyse},
};
use clap::ValueEnum;
use std::io::{IsTerminal, Write};

/// So many findings are shown with the text they speak of; nobody reads more in one go.
const SHOWN_MAX: usize = 200;

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
    /// With the text they speak of.
    Human,
    /// One line each.
    Short,
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
    fn style(self) -> Style {
        let stderr = std::io::stderr();
        let auto = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Style { colour: self.color == Colour::Always || (self.color == Colour::Auto && auto), width: io::terminal_width() }
    }
}

/// Reads and analyses the funnel files at these paths (folders stand for all `.funnel` files below them).
///
/// # Errors
/// [`Failure::World`] for a path that cannot be read.
pub fn analysis_of(paths: &[String]) -> Result<Analysis, Failure> {
    let files = io::funnel_files(paths)?;
    analysis_of_files(&files)
}

/// Like [`analysis_of`], for files alone.
///
/// # Errors
/// [`Failure::World`] for a path that cannot be read.
pub fn analysis_of_files(files: &[String]) -> Result<Analysis, Failure> {
    let loaded = Loaded::read(&io::Files, files).map_err(|error| Failure::World(error.to_string()))?;
    Ok(analyse(loaded))
}

/// Prints findings to `out` and says whether they block.
///
/// # Errors
/// What writing gives.
pub fn show(findings: &FindingArgs, diagnostics: &Diagnostics, sources: &SourceMap, out: &mut dyn Write) -> Result<bool, Failure> {
    let style = findings.colour.style();
    let shown = diagnostics.iter().filter(|finding| finding.severity != Severity::Information || findings.verbose);
    for (index, finding) in shown.enumerate() {
        if findings.format == Form::Human && index == SHOWN_MAX {
            writeln!(out, "The first {SHOWN_MAX} findings are shown; `--format short` shows all, one line each.\n")?;
            break;
        }
        match findings.format {
            Form::Human => writeln!(out, "{}", render::human(finding, sources, style))?,
            Form::Short => write!(out, "{}", render::short(finding, sources))?,
        }
    }
    Ok(blocks(findings, diagnostics))
}

/// Whether findings stop the build.
pub fn blocks(findings: &FindingArgs, diagnostics: &Diagnostics) -> bool {
    diagnostics.has_errors() || (findings.deny.is_some() && diagnostics.count(Severity::Warning) > 0)
}

/// Shows the findings of errors and warnings on standard error, as commands do whose output is something else.
///
/// # Errors
/// What writing gives.
pub fn show_aside(colour: ColourArgs, diagnostics: &Diagnostics, sources: &SourceMap) -> Result<(), Failure> {
    let findings = FindingArgs { verbose: false, deny: None, format: Form::Human, colour };
    show(&findings, diagnostics, sources, &mut std::io::stderr().lock())?;
    Ok(())
}
