//! `funnelc explain`: what a code means.

use super::{Failure, Outcome, args::ColourArgs, io};
use crate::{
    catalog,
    config::Pattern,
    diag::{Code, Severity},
};
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write as _;

/// Explain a code: the problem, a bad and a good example, why it matters, when to ignore it
///
/// In a terminal the page is drawn; into a file or pipe it goes as Markdown. The beginning of codes, as `F4`, lists those
/// that begin so.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc explain F404
  funnelc explain F404 > F404.md
  funnelc explain F4                          the codes that begin so
  funnelc explain --list --format json        all codes, for programs")]
pub struct Args {
    /// The code, such as F404, or the beginning of several
    #[arg(required_unless_present = "list", value_name = "CODE")]
    code: Option<Pattern>,
    /// List codes with their gravity
    #[arg(long)]
    list: bool,
    /// The form of the list
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,
    #[command(flatten)]
    colour: ColourArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// A line for each code
    Text,
    /// A JSON list
    Json,
}

/// A code as `--format json` lists it.
#[derive(Serialize)]
struct Entry {
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    /// Whether `funnelc.yaml` may make less of it than an error.
    may_be_lowered: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let meant = |code: &&Code| args.code.as_ref().is_none_or(|pattern| pattern.is_for(**code));
    let codes: Vec<Code> = catalog::codes().iter().filter(meant).copied().collect();
    let text = match codes.as_slice() {
        [one] if !args.list && args.format == Form::Text => page(*one, args.colour),
        all if args.format == Form::Json => as_json(all)?,
        all => listed(all),
    };
    io::write_text(None, &text)?;
    Ok(Outcome::Clean)
}

fn page(code: Code, colour: ColourArgs) -> String {
    let page = catalog::page(code.id).unwrap_or(code.title);
    let is_terminal = io::stdout_is_terminal();
    let in_colour = colour.style(is_terminal).colour;
    if is_terminal || in_colour { drawn(page, code.severity, in_colour) } else { page.to_owned() }
}

fn listed(codes: &[Code]) -> String {
    codes.iter().fold(String::new(), |mut text, code| {
        writeln!(text, "{}  {:<11}  {}", code.id, code.severity.word(), code.title).expect("a String takes everything");
        text
    })
}

fn as_json(codes: &[Code]) -> Result<String, Failure> {
    let entry = |code: &Code| Entry {
        code: code.id,
        severity: code.severity.word(),
        title: code.title,
        may_be_lowered: catalog::may_be_lowered(*code),
    };
    let entries: Vec<Entry> = codes.iter().map(entry).collect();
    let text = serde_json::to_string_pretty(&entries).map_err(|error| Failure::World(error.to_string()))?;
    Ok(text + "\n")
}

/// A page for a terminal: headings stand out, examples are set in, marks of Markdown are gone.
fn drawn(page: &str, severity: Severity, in_colour: bool) -> String {
    let paint = |style: &str, text: &str| if in_colour { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut is_example = false;
    let mut out = String::new();
    for line in page.lines() {
        let drawn = if line.starts_with("```") {
            is_example = !is_example;
            let name = line.split_once("file=").map(|(_, name)| paint("2", &format!("    # {name}")));
            match name {
                Some(name) => name,
                None => continue,
            }
        } else if is_example {
            if line.is_empty() { String::new() } else { format!("    {}", paint("36", line)) }
        } else if let Some(title) = line.strip_prefix("# ") {
            format!("{} {}", paint("1", severity.word()), paint("1", title))
        } else if let Some(heading) = line.strip_prefix("## ") {
            paint("1;4", heading)
        } else {
            line.to_owned()
        };
        out.push_str(&drawn);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::drawn;
    use crate::diag::Severity;

    #[test]
    fn a_page_is_drawn_without_marks() {
        let page = "# F000: title\n\nText.\n\n## Bad\n\n```funnel\nevent a\n\nevent b\n```\n\n```funnel file=b.funnel\nevent c\n```\n";
        let text = drawn(page, Severity::Error, false);
        assert_eq!(text, "error F000: title\n\nText.\n\nBad\n\n    event a\n\n    event b\n\n    # b.funnel\n    event c\n");
        assert!(drawn(page, Severity::Error, true).contains("\u{1b}[1;4mBad\u{1b}[0m"));
    }
}
