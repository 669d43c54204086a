//! Findings of one or many programs in one order, in the form that was asked for.

use super::{Failure, args::Form};
use crate::{
    catalog,
    diag::{
        Diagnostic, Diagnostics, Severity,
        render::{self, Explained, Located, Style},
    },
    source::{SourceMap, Span},
};
use std::{cmp::Ordering, io::Write};

/// So many findings are shown with the text they speak of; nobody reads more in one go.
const SHOWN_MAX: usize = 200;

/// The findings of one program, with its texts.
pub struct Program {
    pub sources: SourceMap,
    pub diagnostics: Diagnostics,
}

/// How findings are shown.
#[derive(Clone, Copy)]
pub struct Manner {
    pub form: Form,
    /// Whether information is shown in forms for people.
    pub verbose: bool,
    pub style: Style,
}

/// The findings of all programs by file and position, those of a file that several programs use once.
pub fn in_order(programs: &[Program]) -> Vec<Located<'_>> {
    let all = programs.iter().flat_map(|program| program.diagnostics.iter().map(|finding| Located { finding, sources: &program.sources }));
    let mut all: Vec<Located<'_>> = all.collect();
    all.sort_by(|a, b| order(*a, *b));
    all.dedup_by(|a, b| same(*a, *b));
    all
}

/// Shows findings.
///
/// # Errors
/// What writing gives.
pub fn show(manner: Manner, programs: &[Program], found: &[Located<'_>], out: &mut dyn Write) -> Result<(), Failure> {
    let is_shown = |located: &&Located<'_>| manner.verbose || located.finding.severity != Severity::Information;
    let shown = || found.iter().filter(is_shown).copied();
    match manner.form {
        Form::Human => pictures(shown(), manner.style, out)?,
        Form::Short => {
            for located in shown() {
                out.write_all(render::short(located.finding, located.sources).as_bytes())?;
            }
        }
        Form::Github => {
            for located in shown() {
                out.write_all(render::github(located).as_bytes())?;
            }
        }
        Form::Gitlab => out.write_all(render::gitlab(&shown().collect::<Vec<_>>()).as_bytes())?,
        Form::Junit => out.write_all(render::junit(&files(programs), &shown().collect::<Vec<_>>()).as_bytes())?,
        Form::Json => out.write_all(render::json(found).as_bytes())?,
        Form::Sarif => out.write_all(render::sarif(found, &explained()).as_bytes())?,
    }
    Ok(())
}

/// Findings with the text they speak of, the first ones of many.
///
/// # Errors
/// What writing gives.
pub fn pictures<'a>(found: impl Iterator<Item = Located<'a>>, style: Style, out: &mut dyn Write) -> Result<(), Failure> {
    for (index, located) in found.enumerate() {
        if index == SHOWN_MAX {
            writeln!(out, "The first {SHOWN_MAX} findings are shown; `--format short` shows all, one line each.\n")?;
            break;
        }
        writeln!(out, "{}", render::human(located.finding, located.sources, style))?;
    }
    Ok(())
}

/// What is known of all codes.
fn explained() -> Vec<Explained> {
    catalog::codes().iter().filter_map(|code| Some(Explained { code: *code, page: catalog::page(code.id)? })).collect()
}

/// The names of all files, each once.
fn files(programs: &[Program]) -> Vec<&str> {
    let mut names: Vec<&str> = programs.iter().flat_map(|program| program.sources.files().map(|(_, file)| file.name())).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn name<'a>(located: Located<'a>, span: Span) -> &'a str {
    located.sources.file(span.file).name()
}

fn order(a: Located<'_>, b: Located<'_>) -> Ordering {
    let key = |located: Located<'_>| (located.finding.primary.span.start, located.finding.primary.span.end, located.finding.code.id);
    let names = || name(a, a.finding.primary.span).cmp(name(b, b.finding.primary.span));
    names().then_with(|| key(a).cmp(&key(b))).then_with(|| a.finding.message.cmp(&b.finding.message)).then_with(|| texts(a).cmp(&texts(b)))
}

fn same(a: Located<'_>, b: Located<'_>) -> bool {
    order(a, b) == Ordering::Equal && places(a) == places(b) && a.finding.severity == b.finding.severity
}

fn texts(located: Located<'_>) -> (&[String], Option<&str>) {
    let Diagnostic { notes, help, .. } = located.finding;
    (notes, help.as_deref())
}

fn places<'a>(located: Located<'a>) -> Vec<(&'a str, u32, u32, &'a str)> {
    let labels = located.finding.labels.iter();
    labels.map(|label| (name(located, label.span), label.span.start, label.span.end, label.text.as_str())).collect()
}
