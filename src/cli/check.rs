//! `funnelc check`: what is wrong with funnel files.

use super::{
    Failure, Outcome, args,
    fix::Changes,
    io,
    project::Project,
    proofs::{self, Proof},
    report::{self, Manner, Program},
    witness::{self, Witness},
};
use crate::{
    config::{Choice, Pattern, PatternError},
    diag::{Diagnostic, Diagnostics, Severity, render},
    resolve::F103,
    source::Span,
    units::Date,
    workspace::{Analysis, normal, parallel},
};
use std::{io::Write, num::NonZeroUsize};

/// Check funnel files and show what is wrong, where, and what to do
///
/// All files given belong together, with the files they `use`. Levels of findings come from the nearest `funnelc.yaml` above
/// each file. Exit status: 0 clean, 1 findings, 2 wrong use, 3 a file that cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc check shop.funnel
  funnelc check funnels/ --deny warnings
  funnelc check --separately 'funnels/**/*.funnel'    each file is a program of its own
  funnelc check funnels/ --select F4,F313             loops, and stages with no way on
  funnelc check shop.funnel --fix                     make the changes that are safe
  funnelc check funnels/ --proofs                     what is promised, and whether it holds
  funnelc check shop.funnel --witness witnesses       each story as a test that fails
  funnelc check funnels/ --format sarif > funnelc.sarif
  funnelc check - --stdin-name funnels/shop.funnel < draft.funnel")]
pub struct Args {
    /// Funnel files, folders of them, patterns in quotes, or `-` for standard input
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Take each file, with what it uses, as a program of its own
    #[arg(long)]
    separately: bool,
    /// Report these codes alone, or all that begin so, as `F4`
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    select: Vec<Pattern>,
    /// Do not report these codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', value_parser = ignorable)]
    ignore: Vec<Pattern>,
    /// Make the changes that are safe, in the files, and check again
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change, and change nothing
    #[arg(long)]
    diff: bool,
    /// Play the story of each finding again, from what it says, and report any that comes out otherwise
    #[arg(long)]
    verify: bool,
    /// Show all guarantees in a table, with what was decided of each
    #[arg(long)]
    proofs: bool,
    /// With `--proofs`: show how long each took
    #[arg(long, requires = "proofs")]
    timings: bool,
    /// Write the story of each error and warning to this folder, as a test that fails until it is mended
    #[arg(long, value_name = "FOLDER")]
    witness: Option<String>,
    /// Read this instead of the nearest `funnelc.yaml`
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
    /// Report dates that are past on this day
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// The name of what comes by standard input
    #[arg(long, value_name = "NAME")]
    stdin_name: Option<String>,
    /// How many files to work on at once; if not given, as many as there are cores
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    findings: args::FindingArgs,
}

fn ignorable(text: &str) -> Result<Pattern, String> {
    let pattern: Pattern = text.parse().map_err(|error: PatternError| error.to_string())?;
    pattern.refusal().map_or(Ok(pattern), Err)
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|()| "a date is written as 2026-03-01".to_owned())
}

/// A program that was checked.
struct Checked {
    program: Program,
    funnels: usize,
    witnesses: Vec<Witness>,
    proofs: Option<Vec<Proof>>,
    certain: String,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let (loader, files) = inputs(args)?;
    let programs: Vec<Vec<String>> =
        if args.separately { files.iter().map(|file| vec![file.clone()]).collect() } else { vec![files.clone()] };
    let choice = Choice { select: args.select.clone(), ignore: args.ignore.clone(), deny_warnings: args.findings.deny.is_some() };
    let project = Project::new(args.config.clone(), choice, args.as_of);
    if args.fix || args.diff {
        let mut changes = Changes::default();
        programs.iter().try_for_each(|program| changes.mend(&project, &loader, program))?;
        if args.diff {
            io::write_text(None, &changes.diff(&loader)?)?;
            changes.tell(false);
            return Ok(if changes.is_empty() { Outcome::Clean } else { Outcome::Findings });
        }
        changes.write()?;
        changes.tell(true);
    }
    let threads = args.threads.map_or_else(parallel::cores, NonZeroUsize::get);
    // Threads go to programs, or to the files of the only one.
    let inside = if programs.len() > 1 { 1 } else { threads };
    let checked = parallel::map(&programs, threads, |program| {
        args::analysis_on(&project, &loader, program, inside).map(|mut analysis| {
            hint_at_separate_programs(&mut analysis, program);
            let witnesses = if args.witness.is_some() { witness::of(&analysis, program) } else { Vec::new() };
            let proofs = if args.proofs { proofs::of(&analysis, args.timings) } else { Some(Vec::new()) };
            let certain = if args.findings.verbose { proofs::certain(&analysis) } else { String::new() };
            Checked { proofs, certain, ..Checked::new(analysis, args.verify, witnesses) }
        })
    });
    let mut checked: Vec<Checked> = checked.into_iter().collect::<Result<_, _>>()?;
    if let Some(folder) = &args.witness {
        let witnesses: Vec<Witness> = checked.iter_mut().flat_map(|one| std::mem::take(&mut one.witnesses)).collect();
        witness::write(&witnesses, folder, args.separately)?;
    }
    let mut certain: Vec<String> = checked.iter_mut().map(|one| std::mem::take(&mut one.certain)).filter(|it| !it.is_empty()).collect();
    certain.dedup();
    let proofs: Vec<Option<Vec<Proof>>> = checked.iter_mut().map(|one| one.proofs.take()).collect();
    let funnels = checked.iter().map(|one| one.funnels).sum();
    let programs: Vec<Program> = checked.into_iter().map(|one| one.program).collect();
    let style = args.findings.colour.style(io::stdout_is_terminal());
    let manner = Manner { form: args.findings.format, verbose: args.findings.verbose, style };
    let found = report::in_order(&programs);
    let mut out = io::writer(None)?;
    report::show(manner, &programs, &found, &mut out)?;
    let all: Diagnostics = found.iter().map(|located| located.finding.clone()).collect();
    if manner.form == args::Form::Human && manner.verbose && !certain.is_empty() {
        write!(out, "What is certain\n\n{}", certain.concat())?;
    }
    if args.proofs && matches!(manner.form, args::Form::Human | args::Form::Short) {
        writeln!(out, "{}", proofs::table(proofs))?;
    }
    if manner.form == args::Form::Human {
        writeln!(out, "{}", summary(&all, manner.verbose, files.len(), funnels))?;
    }
    out.flush()?;
    Ok(if all.has_errors() { Outcome::Findings } else { Outcome::Clean })
}

impl Checked {
    fn new(mut analysis: Analysis, verify: bool, witnesses: Vec<Witness>) -> Self {
        let funnels = analysis.model.funnels.len();
        if verify {
            let faults = analysis.verify();
            analysis.diagnostics.extend(faults);
            analysis.diagnostics.sort();
        }
        Self {
            program: Program { sources: analysis.sources, diagnostics: analysis.diagnostics },
            funnels,
            witnesses,
            proofs: None,
            certain: String::new(),
        }
    }
}

/// Names that clash over files given together may be those of programs that have nothing to do with each other.
fn hint_at_separate_programs(analysis: &mut Analysis, given: &[String]) {
    if given.len() < 2 {
        return;
    }
    let sources = &analysis.sources;
    let given: Vec<String> = given.iter().map(|path| normal(path)).collect();
    let is_given = |span: Span| given.iter().any(|path| path == sources.file(span.file).name());
    let hint = |mut finding: Diagnostic| {
        let place = finding.primary.span;
        let elsewhere = finding.labels.iter().any(|label| label.span.file != place.file && is_given(label.span));
        if finding.code.id == F103.id && elsewhere && is_given(place) {
            let help = finding.help.take().map_or_else(String::new, |help| help + "; ");
            finding.help = Some(help + "if each file is a program of its own, check them with `--separately`");
        }
        finding
    };
    analysis.diagnostics = std::mem::take(&mut analysis.diagnostics).into_iter().map(hint).collect();
}

/// Where texts come from, and which files are meant.
fn inputs(args: &Args) -> Result<(io::Files, Vec<String>), Failure> {
    let (stdin, paths): (Vec<String>, Vec<String>) = args.paths.iter().cloned().partition(|path| path == "-");
    if stdin.is_empty() {
        return match &args.stdin_name {
            Some(name) => Err(Failure::Usage(format!("`--stdin-name {name}` names standard input: write `-` among the files"))),
            None => Ok((io::Files::default(), io::funnel_files(&paths)?)),
        };
    }
    if args.witness.is_some() {
        return Err(Failure::Usage("`--witness` writes tests that use the file, and standard input is none".to_owned()));
    }
    if args.fix && !args.diff {
        return Err(Failure::Usage("`--fix` cannot write to standard input: `--diff` shows the changes".to_owned()));
    }
    let name = normal(args.stdin_name.as_deref().unwrap_or("<stdin>"));
    let mut files = io::funnel_files(&paths)?;
    files.push(name.clone());
    files.sort();
    files.dedup();
    Ok((io::stdin_as(&name)?, files))
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
