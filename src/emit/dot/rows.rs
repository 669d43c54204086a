//! What stands on the card of a stage, as HTML-like labels take it.

use super::text::{html, indent, wrapped};
use crate::{
    picture::content::{self, Kind},
    ruleset::{RuleSet, Stage},
};

const BREAK: &str = "<BR ALIGN=\"LEFT\"/>";

/// A row: a chip with a text, or a text over the whole width.
pub struct Row {
    /// The word on the chip, if it has one.
    pub chip: Option<String>,
    /// The text, as an HTML-like label takes it.
    pub text: String,
}

/// All rows of a stage below its header.
pub fn rows(rules: &RuleSet, stage: &Stage) -> Vec<Row> {
    content::rows(rules, stage).iter().map(row).collect()
}

fn row(it: &content::Row) -> Row {
    let text = match it.kind {
        Kind::Remark => format!("<FONT COLOR=\"#475569\" POINT-SIZE=\"11\">{}</FONT>", wrapped(&it.text, BREAK)),
        Kind::Heading => {
            let when = if it.when.is_empty() { String::new() } else { format!("{BREAK}{}", wrapped(&it.when, BREAK)) };
            format!("<FONT COLOR=\"#475569\" POINT-SIZE=\"10\"><B>{}</B>{when}</FONT>", wrapped(&it.text, BREAK))
        }
        Kind::Step | Kind::Condition => {
            let indent = indent(it.depth, &it.text);
            let text = wrapped(&it.text, &format!("{BREAK}{indent}"));
            if it.kind == Kind::Condition { format!("{indent}<I>{text}</I>") } else { format!("{indent}{text}") }
        }
    };
    Row { chip: it.chip.as_deref().map(html), text }
}
