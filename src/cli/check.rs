//! `funnelc check`: what is wrong with funnel files.

use super::{Failure, Outcome, args, io};
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
    let mut out = io::writer(None)?;
    let mut all = Diagnostics::new();
    let mut blocked = false;
    let mut funnels = 0;
    for program in &programs {
        let analysis = args::analysis_of_files(program)?;
        blocked |= args::show(&args.findings, &analysis.diagnostics, &analysis.sources, &mut out)?;
        funnels += analysis.model.funnels.len();
        all.extend(analysis.diagnostics);
    }
    if args.findings.format == args::Form::Human {
        writeln!(out, "{}", summary(&all, files.len(), funnels))?;
    }
    out.flush()?;
    Ok(if blocked { Outcome::Findings } else { Outcome::Clean })
}

fn summary(findings: &Diagnostics, files: usize, funnels: usize) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let what = format!("{} in {}", plural(funnels, "funnel"), plural(files, "file"));
    let told = findings.count(Severity::Information);
    match render::tally(findings) {
        Some(tally) => format!("{tally} ({what})"),
        None if told > 0 => format!("no errors and no warnings ({what}; {told} more with `--verbose`)"),
        None => format!("no errors and no warnings ({what})"),
    }
}
