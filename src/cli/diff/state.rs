//! The people of a store.

use crate::{
    cli::{Failure, state},
    diff::Report,
    ruleset::RuleSet,
    store::Store,
};
use std::path::Path;

/// The rules in force in a store.
///
/// # Errors
/// [`Failure::World`] for a store that is not there, or on which nothing was run.
pub fn rules(path: &str) -> Result<RuleSet, Failure> {
    let newest = Store::beside(Path::new(path))?.rules()?.pop();
    newest.map(|(_, rules)| rules).ok_or_else(|| Failure::World(format!("nothing was run yet on the store `{path}`")))
}

/// Counts the people of a store whom a report speaks of.
///
/// # Errors
/// [`Failure::Usage`] where the older version is not the one in force.
pub fn count(path: &str, old: &RuleSet, report: &mut Report) -> Result<(), Failure> {
    if rules(path)?.meaning != old.meaning {
        return Err(Failure::Usage(format!(
            "the older version is not what runs on the store `{path}`: give the newer one alone, and it is compared with the store's own"
        )));
    }
    state::count(&Store::beside(Path::new(path))?, old, report)
}
