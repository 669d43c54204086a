//! `funnelc check`: what is wrong with funnel files.

use super::{
    Failure, Outcome, args, io,
    report::{self, Manner, Program},
};
use crate::diag::{Diagnostics, Severity, render};
use std::io::Write;

/// Check funnel files and show what is wrong, where, and what to do
///
/// All files given belong together, with the files they `use`. Exit status: 0 clean, 1 findings, 2 wrong use, 3 a file
/// that cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc check shop.funnel
  funnelc check funnels/ --deny warnings
  funnelc check funnels/ --format sarif > funnelc.sarif
  funnelc check --separately examples/    each file is a program of its own")]
pub struct Args {
    /// Funnel files, or folders of them
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Take each file, with what it uses, as a program of its own
    #[arg(long)]
    separately: bool,
    #[command(flatten)]
    findings: args::FindingArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let files = io::funnel_files(&args.paths)?;
    let programs: Vec<Vec<String>> =
        if args.separately { files.iter().map(|file| vec![file.clone()]).collect() } else { vec![files.clone()] };
    let mut funnels = 0;
    let mut checked = Vec::new();
    for program in &programs {
        let analysis = args::analysis_of_files(program)?;
        funnels += analysis.model.funnels.len();
        checked.push(Program { sources: analysis.sources, diagnostics: analysis.diagnostics });
    }
    if args.findings.deny.is_some() {
        checked.iter_mut().for_each(|program| deny_warnings(&mut program.diagnostics));
    }
    let style = args.findings.colour.style(io::stdout_is_terminal());
    let manner = Manner { form: args.findings.format, verbose: args.findings.verbose, style };
    let found = report::in_order(&checked);
    let mut out = io::writer(None)?;
    report::show(manner, &checked, &found, &mut out)?;
    let all: Diagnostics = found.iter().map(|located| located.finding.clone()).collect();
    if manner.form == args::Form::Human {
        writeln!(out, "{}", summary(&all, manner.verbose, files.len(), funnels))?;
    }
    out.flush()?;
    Ok(if all.has_errors() { Outcome::Findings } else { Outcome::Clean })
}

/// Makes errors of warnings.
fn deny_warnings(diagnostics: &mut Diagnostics) {
    let raised = std::mem::take(diagnostics).into_iter().map(|mut finding| {
        if finding.severity == Severity::Warning {
            finding.severity = Severity::Error;
        }
        finding
    });
    *diagnostics = raised.collect();
}

fn summary(findings: &Diagnostics, verbose: bool, files: usize, funnels: usize) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let what = format!("{} in {}", plural(funnels, "funnel"), plural(files, "file"));
    let told = findings.count(Severity::Information);
    match render::tally(findings) {
        Some(tally) => format!("{tally} ({what})"),
        None if told > 0 && !verbose => format!("no errors and no warnings ({what}; {told} more with `--verbose`)"),
        None => format!("no errors and no warnings ({what})"),
    }
}
