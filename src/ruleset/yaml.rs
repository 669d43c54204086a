//! Rule sets as YAML. The only file that names `serde_yaml`.

use super::RuleSet;
use serde::de::DeserializeOwned;

/// A place and a reason why a YAML text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// Line and column, from 1, where known.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub reason: String,
}

/// The rule set as YAML text; the same bytes for the same rule set.
#[must_use]
pub fn to_yaml(rules: &RuleSet) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_yaml::Serializer::new(&mut bytes);
    serde_yaml::with::singleton_map_recursive::serialize(rules, &mut serializer)
        .expect("a rule set is plain data and memory does not fail");
    String::from_utf8(bytes).expect("YAML is written in UTF-8")
}

/// Reads any of our wire types from YAML, strictly.
///
/// # Errors
/// [`YamlError`] with the place, where the text is not YAML or does not fit the type.
pub fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let deserializer = serde_yaml::Deserializer::from_str(text);
    serde_yaml::with::singleton_map_recursive::deserialize(deserializer).map_err(|error| {
        let place = error.location().map(|l| (l.line(), l.column()));
        let full = error.to_string();
        let reason = full.rsplit_once(" at line ").map_or(full.as_str(), |(reason, _)| reason).to_owned();
        YamlError { place, reason }
    })
}
