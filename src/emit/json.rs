//! The rule set as JSON.

use super::Backend;
use crate::ruleset::{RuleSet, to_json};

/// Pretty-printed JSON.
pub struct Json;

impl Backend for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn emit(&self, rules: &RuleSet) -> String {
        to_json(rules)
    }
}
