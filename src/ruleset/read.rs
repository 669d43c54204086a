//! Reading a rule set back, strictly.
//!
//! A rule set that is read is as good as one just built: the version is known, no field is missing or unknown, every
//! name refers to something, and its hash fits what it says.

use super::{FORMAT, RuleSet, VERSION, meaning_of, yaml};
use serde::Deserialize;

/// Why a text is no rule set that this program can run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not JSON or YAML, or not of this shape.
    #[error("{}{reason}", place.map_or(String::new(), |(line, column)| format!("line {line}, column {column}: ")))]
    Shape {
        /// Line and column, from 1.
        place: Option<(usize, usize)>,
        /// What is wrong there.
        reason: String,
    },
    /// Another kind of file.
    #[error("this is no rule set: its `format` is `{0}`, not `{FORMAT}`; `funnelc build` writes one")]
    Format(String),
    /// Another kind of file, or an empty one.
    #[error("this is no rule set: it does not begin with `format: {FORMAT}`; `funnelc build` writes one")]
    NoFormat,
    /// A version this program does not know.
    #[error("this rule set has version {0} and this funnelc reads version {VERSION}; build it again from its source with this funnelc")]
    Version(u32),
    /// A name that refers to nothing.
    #[error("{place}: there is no {kind} `{name}` in this rule set")]
    Dangling {
        /// Where, as a path of fields.
        place: String,
        /// What was meant.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A value outside what the field allows.
    #[error("{place}: {reason}")]
    Value {
        /// Where, as a path of fields.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The text was changed after it was written.
    #[error("the `meaning` of this rule set does not fit its rules: it was edited after it was built; build it again from its source")]
    Meaning,
}

#[derive(Deserialize)]
#[serde(expecting = "a rule set")]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

/// Reads a rule set from JSON (where the text begins with `{`) or YAML.
///
/// # Errors
/// [`ReadError`], which says where the text is wrong and what to do.
pub fn read(text: &str) -> Result<RuleSet, ReadError> {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let head: Head = if is_json { json(text)? } else { yaml_text(text)? };
    let format = head.format.ok_or(ReadError::NoFormat)?;
    if format != FORMAT {
        return Err(ReadError::Format(format));
    }
    match head.version {
        Some(VERSION) => {}
        Some(other) => return Err(ReadError::Version(other)),
        None => return Err(ReadError::Shape { place: None, reason: "the field `version` is missing".to_owned() }),
    }
    let rules: RuleSet = if is_json { json(text)? } else { yaml_text(text)? };
    super::references::check(&rules)?;
    if meaning_of(&rules) != rules.meaning {
        return Err(ReadError::Meaning);
    }
    Ok(rules)
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| {
        let full = error.to_string();
        let reason = full.rsplit_once(" at line ").map_or(full.as_str(), |(reason, _)| reason).to_owned();
        ReadError::Shape { place: Some((error.line(), error.column())), reason }
    })
}

fn yaml_text<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    yaml::from_yaml(text).map_err(|error| ReadError::Shape { place: error.place, reason: error.reason })
}
