//! `funnelc fmt`: the canonical layout of funnel files.

use super::{Failure, Outcome, args, io};
use crate::{
    fmt::{Formatted, format},
    source::LineIndex,
    workspace::{Loader, normal, parallel},
};
use similar::{ChangeTag, TextDiff};
use std::{fmt::Write as _, path::Path};

/// Bring funnel files into the one canonical layout
///
/// Comments and blank lines are kept. What is written means what was there before: the new text is read again and compared
/// first. Lines that cannot be read stay as they are; `funnelc check` tells what is wrong with them. Exit status: 0 done, 1
/// with `--check` or `--diff` if something would change, 2 wrong use, 3 a file that cannot be read or written.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc fmt shop.funnel
  funnelc fmt .                               all funnel files below this folder
  funnelc fmt --check 'funnels/**/*.funnel'   names the files that would change
  funnelc fmt --diff shop.funnel              shows what would change
  funnelc fmt - < draft.funnel > tidy.funnel")]
pub struct Args {
    /// Funnel files, folders of them, patterns in quotes, or `-` for standard input, which goes to standard output
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Write nothing; name the files that would change
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change
    #[arg(long)]
    diff: bool,
    /// The name of what comes by standard input
    #[arg(long, value_name = "NAME")]
    stdin_name: Option<String>,
    #[command(flatten)]
    colour: args::ColourArgs,
}

/// A file before and after.
struct File {
    path: String,
    old: String,
    new: Formatted,
}

impl File {
    fn changes(&self) -> bool {
        self.old != self.new.text
    }

    /// The lines that could not be read, in words.
    fn kept(&self) -> Option<String> {
        if self.new.kept.is_empty() {
            return None;
        }
        let index = LineIndex::new(&self.old);
        let mut lines: Vec<usize> = self.new.kept.iter().map(|span| index.line_of(span.start) + 1).collect();
        lines.sort_unstable();
        lines.dedup();
        let told: Vec<String> = lines.iter().take(5).map(usize::to_string).collect();
        let more = if lines.len() > told.len() { ", …" } else { "" };
        let word = if lines.len() == 1 { "line" } else { "lines" };
        Some(format!(
            "{}: what begins on {word} {}{more} cannot be read and stays as it is: `funnelc check` says why",
            self.path,
            told.join(", ")
        ))
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let (loader, paths) = inputs(args)?;
    let files = parallel::map(&paths, parallel::cores(), |path| read(&loader, path));
    let files: Vec<File> = files.into_iter().collect::<Result<_, _>>()?;
    for told in files.iter().filter_map(File::kept) {
        eprintln!("{told}");
    }
    let changed: Vec<&File> = files.iter().filter(|file| file.changes()).collect();
    if args.check || args.diff {
        let mut text = String::new();
        for file in &changed {
            if args.diff {
                text.push_str(&diff(file, args.colour.style(io::stdout_is_terminal()).colour));
            } else {
                writeln!(text, "{}", file.path).expect("a String takes everything");
            }
        }
        io::write_text(None, &text)?;
        eprintln!("{}", summary(changed.len(), files.len(), false));
        return Ok(if changed.is_empty() { Outcome::Clean } else { Outcome::Findings });
    }
    if loader.stdin.is_some() {
        io::write_text(None, files.first().map_or("", |file| &file.new.text))?;
        return Ok(Outcome::Clean);
    }
    for file in &changed {
        io::replace(Path::new(&file.path), &file.new.text)
            .map_err(|error| Failure::World(format!("`{}` cannot be written: {error}", file.path)))?;
        eprintln!("formatted {}", file.path);
    }
    eprintln!("{}", summary(changed.len(), files.len(), true));
    Ok(Outcome::Clean)
}

fn read(loader: &io::Files, path: &str) -> Result<File, Failure> {
    let old = loader.read(path).map_err(|error| Failure::World(error.to_string()))?;
    let new = format(&old).map_err(|refused| {
        Failure::World(format!(
            "internal error: `{path}` stays as it is, since {refused}\nthis is a mistake in funnelc, not in your file; please report it, if you can with the file"
        ))
    })?;
    Ok(File { path: path.to_owned(), old, new })
}

fn inputs(args: &Args) -> Result<(io::Files, Vec<String>), Failure> {
    let named = args.stdin_name.as_deref();
    if args.paths.iter().all(|path| path != "-") {
        return match named {
            Some(name) => Err(Failure::Usage(format!("`--stdin-name {name}` names standard input: write `-` in place of a file"))),
            None => Ok((io::Files::default(), io::funnel_files(&args.paths)?)),
        };
    }
    if args.paths.len() > 1 {
        return Err(Failure::Usage(
            "`-` goes to standard output, and stands alone: give the other files in a command of their own".to_owned(),
        ));
    }
    let name = normal(named.unwrap_or("<stdin>"));
    Ok((io::stdin_as(&name)?, vec![name]))
}

/// A unified diff; lines that go in red and lines that come in green, where colour is wanted.
fn diff(file: &File, colour: bool) -> String {
    let diff = TextDiff::from_lines(file.old.as_str(), file.new.text.as_str());
    let mut unified = diff.unified_diff();
    unified.header(&format!("a/{}", file.path), &format!("b/{}", file.path));
    if !colour {
        return unified.to_string();
    }
    let mut text = format!("\u{1b}[1m--- a/{0}\n+++ b/{0}\u{1b}[0m\n", file.path);
    for hunk in unified.iter_hunks() {
        writeln!(text, "\u{1b}[36m{}\u{1b}[0m", hunk.header()).expect("a String takes everything");
        for change in hunk.iter_changes() {
            let (sign, paint, plain) = match change.tag() {
                ChangeTag::Delete => ('-', "\u{1b}[31m", "\u{1b}[0m"),
                ChangeTag::Insert => ('+', "\u{1b}[32m", "\u{1b}[0m"),
                ChangeTag::Equal => (' ', "", ""),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            writeln!(text, "{paint}{sign}{line}{plain}").expect("a String takes everything");
        }
    }
    text
}

fn summary(changed: usize, all: usize, is_done: bool) -> String {
    let plural = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
    let is = if all == 1 { "is" } else { "are" };
    match (changed, is_done) {
        (0, _) => format!("nothing to change: {} {is} formatted already", plural(all)),
        (_, true) => format!("{} formatted, of {}", plural(changed), plural(all)),
        (_, false) => format!("{} of {} would be formatted", changed, plural(all)),
    }
}
