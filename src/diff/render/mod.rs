//! A report in its forms.

mod github;
mod human;
mod json;
mod markdown;

pub use github::github;
pub use human::human;
#[cfg(feature = "runtime")]
pub(super) use human::wrapped;
pub use json::json;
pub use markdown::markdown;

use super::{Change, Report, Verdict};

/// Where in the newer files a change stands.
pub type Places<'f> = &'f dyn Fn(&Change) -> Option<At>;

/// What surrounds a report.
#[derive(Default)]
pub struct Frame<'f> {
    /// Where changes stand.
    pub places: Option<Places<'f>>,
    /// In colour.
    pub colour: bool,
    /// Columns.
    pub width: Option<usize>,
    /// Where people were counted.
    pub crowd: Crowd,
    /// A flowchart of the change, Mermaid.
    pub picture: Option<&'f str>,
    /// What both versions did with a log.
    #[cfg(feature = "runtime")]
    pub played: Option<&'f super::Played>,
}

/// Where the people of a report were counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Crowd {
    /// At the end of a log that was run.
    #[default]
    Log,
    /// In a store, as it stands.
    Store,
}

impl Crowd {
    /// So many of them, in words.
    fn words(self, count: usize) -> String {
        let place = match self {
            Self::Log => "at the end of the log",
            Self::Store => "in the store",
        };
        match count {
            0 => format!("nobody {place}"),
            1 => format!("1 contact {place}"),
            count => format!("{count} contacts {place}"),
        }
    }
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct At {
    /// Its name.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Frame<'_> {
    fn at(&self, change: &Change) -> Option<At> {
        self.places.and_then(|places| places(change))
    }

    /// Where a change stands, in words: `shop › trial (shop.funnel:12)`.
    fn whereabouts(&self, change: &Change) -> String {
        let place = change.place.to_string();
        match self.at(change) {
            Some(at) if place.is_empty() => format!("{}:{}", at.file, at.line),
            Some(at) => format!("{place} ({}:{})", at.file, at.line),
            None => place,
        }
    }
}

/// `1 breaking, 2 behavioural and 3 safe changes`.
fn counted(report: &Report) -> String {
    let parts = Verdict::ALL.iter().map(|verdict| (report.with(*verdict).count(), verdict.word())).filter(|(count, _)| *count > 0);
    let parts: Vec<(usize, String)> = parts.map(|(count, word)| (count, format!("{count} {word}"))).collect();
    let total: usize = parts.iter().map(|(count, _)| count).sum();
    let list = super::words::listed(&parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>());
    format!("{list} change{}", if total == 1 { "" } else { "s" })
}

/// The sentence for two versions that mean the same.
const NOTHING: &str = "nothing changed: both versions mean the same";

/// What both versions did with a log, in words.
#[cfg(feature = "runtime")]
fn played(frame: &Frame<'_>, width: usize) -> Option<String> {
    frame.played.map(|played| played.words(width))
}

/// Without the runtime no log is played.
#[cfg(not(feature = "runtime"))]
fn played(_: &Frame<'_>, _: usize) -> Option<String> {
    None
}
