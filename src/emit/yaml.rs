//! The rule set as YAML.

use super::Backend;
use crate::ruleset::{RuleSet, to_yaml};

/// YAML, the form that people read.
pub struct Yaml;

impl Backend for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn extension(&self) -> &'static str {
        "yaml"
    }

    fn emit(&self, rules: &RuleSet) -> String {
        to_yaml(rules)
    }
}
