//! Findings with the text they speak of, drawn by miette.
//!
//! Notes go into miette's chain of causes, since they tell how the finding comes about. miette's labels know a single
//! source: a label in another file becomes a related note.

use super::excerpt::{Excerpt, floor};
use super::{plain, story::story};
use crate::{
    diag::{Diagnostic, Label, Severity},
    source::{SourceMap, Span},
};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceSpan};
use std::{error::Error, fmt};

/// The longest part of a line that is underlined, in bytes.
const LABEL_MAX: usize = 200;

/// How findings are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Whether in colour.
    pub colour: bool,
    /// Width in columns; 100 where nothing is known.
    pub width: Option<usize>,
}

/// One finding as a picture of text, with a final newline.
#[must_use]
pub fn human(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width.unwrap_or(100))
        .with_context_lines(1)
        .tab_width(4);
    let report = Report::new(diagnostic, sources);
    let mut text = String::new();
    handler.render_report(&mut text, &report).expect("a String takes everything");
    // miette ends some lines with blanks, which snapshots and diffs would show.
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let told: Vec<String> = diagnostic.story.iter().flat_map(|it| story(it, sources)).map(|line| format!("  {line}")).collect();
    let help = lines.iter().rposition(|line| line.starts_with("  help: ") || line.starts_with("  \u{1b}[36mhelp: ")).unwrap_or(lines.len());
    let (before, after) = lines.split_at(help);
    let mut all: Vec<&str> = before.to_vec();
    if !told.is_empty() {
        all.push("");
        all.extend(told.iter().map(String::as_str));
        all.push("");
    }
    all.extend(after);
    while all.last().is_some_and(|line| line.is_empty()) {
        all.pop();
    }
    all.join("\n") + "\n"
}

/// The adapter from our finding to miette's trait.
#[derive(Debug)]
struct Report<'s> {
    code: &'static str,
    severity: Severity,
    message: String,
    source: Excerpt<'s>,
    labels: Vec<LabeledSpan>,
    cause: Option<Box<Cause>>,
    related: Vec<Elsewhere<'s>>,
    help: Option<String>,
}

impl<'s> Report<'s> {
    fn new(diagnostic: &Diagnostic, sources: &'s SourceMap) -> Self {
        let file = diagnostic.primary.span.file;
        let mut labels = vec![labeled(&diagnostic.primary, sources, true)];
        labels.extend(diagnostic.labels.iter().filter(|l| l.span.file == file).map(|l| labeled(l, sources, false)));
        let related = diagnostic.labels.iter().filter(|l| l.span.file != file).map(|label| Elsewhere::new(label, sources)).collect();
        let cause = diagnostic.notes.iter().rev().fold(None, |next, note| Some(Box::new(Cause { text: plain(note), next })));
        Self {
            code: diagnostic.code.id,
            severity: diagnostic.severity,
            message: plain(&diagnostic.message),
            source: Excerpt::new(sources, file),
            labels,
            cause,
            related,
            help: advice(diagnostic).map(|help| plain(&help)),
        }
    }
}

/// What to do; where nothing more is said, the change that is offered.
fn advice(diagnostic: &Diagnostic) -> Option<String> {
    diagnostic.help.clone().or_else(|| diagnostic.fix.as_ref().map(|fix| fix.title.clone()))
}

fn labeled(label: &Label, sources: &SourceMap, primary: bool) -> LabeledSpan {
    let span = visible(label.span, sources);
    let at = SourceSpan::new((span.start as usize).into(), span.len() as usize);
    let text = (!label.text.is_empty()).then(|| plain(&label.text));
    if primary { LabeledSpan::new_primary_with_span(text, at) } else { LabeledSpan::new_with_span(text, at) }
}

/// A span that is drawn well: a long one shrinks to its first line, an empty one stays.
fn visible(span: Span, sources: &SourceMap) -> Span {
    let text = sources.slice(span);
    let first = text.lines().next().unwrap_or("").trim_end().len();
    let first = floor(text, first.min(LABEL_MAX));
    if first < text.len() { Span::new(span.file, span.start, span.start + u32::try_from(first).unwrap_or(0)) } else { span }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Report<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl miette::Diagnostic for Report<'_> {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        Some(Box::new(format!("{} {}", self.severity.word(), self.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Information => miette::Severity::Advice,
        })
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() { None } else { Some(Box::new(self.related.iter().map(|other| other as &dyn miette::Diagnostic))) }
    }
}

/// A note in the chain.
#[derive(Debug)]
struct Cause {
    text: String,
    next: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.next.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// A place in another file.
#[derive(Debug)]
struct Elsewhere<'s> {
    text: String,
    source: Excerpt<'s>,
    label: LabeledSpan,
}

impl<'s> Elsewhere<'s> {
    fn new(label: &Label, sources: &'s SourceMap) -> Self {
        let bare = Label { span: label.span, text: String::new() };
        Self { text: plain(&label.text), source: Excerpt::new(sources, label.span.file), label: labeled(&bare, sources, true) }
    }
}

impl fmt::Display for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Elsewhere<'_> {}

impl miette::Diagnostic for Elsewhere<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}
