//! Findings as text.
//!
//! Invariants: the output depends on the findings and the sources alone; no links, and colour only where asked for.
//! Deliberately absent: choosing a form, which is the command line's business.

mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod place;
mod sarif;
mod short;
mod story;

pub use github::{github, workflow_command};
pub use gitlab::gitlab;
pub use human::{Style, human};
pub use json::{json, json_schema};
pub use junit::{escaped as xml_text, junit};
pub use place::{Explained, Located};
pub use sarif::sarif;
pub use short::{short, tally};
pub use story::{date_and_time, head, story};

use crate::source::harmless;

/// Words of the file that a message repeats are cut beyond so many letters.
const QUOTED_MAX: usize = 240;

/// A message with the words of the file that it repeats made harmless and short.
fn plain(text: &str) -> String {
    let text = harmless(text);
    if text.len() <= QUOTED_MAX {
        return text.into_owned();
    }
    let parts: Vec<String> =
        text.split('`').enumerate().map(|(index, part)| if index % 2 == 1 { shortened(part) } else { part.to_owned() }).collect();
    parts.join("`")
}

fn shortened(word: &str) -> String {
    if word.chars().count() <= QUOTED_MAX { word.to_owned() } else { word.chars().take(QUOTED_MAX - 1).chain(['…']).collect() }
}

/// A document as indented JSON, with a final newline.
fn pretty(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).expect("plain data with text keys is always JSON") + "\n"
}
