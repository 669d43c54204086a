//! The people of a store, for whoever compares rules.

use crate::{
    cli::Failure,
    diff::{
        Report,
        play::{self, Track},
    },
    ruleset::RuleSet,
    runtime::Prepared,
    store::{Live, Store},
};

/// Counts the people of a store whom a report speaks of. `rules` are those in force.
///
/// # Errors
/// [`Failure::World`] for a store that cannot be read.
pub fn count(store: &Store, rules: &RuleSet, report: &mut Report) -> Result<(), Failure> {
    let kept = store.rules()?;
    let prepared =
        kept.iter().map(|(number, rules)| Ok((*number, Prepared::new(rules).map_err(|error| Failure::World(error.to_string()))?)));
    let prepared: Vec<(u32, Prepared<'_>)> = prepared.collect::<Result<_, Failure>>()?;
    let Some((now, _)) = kept.last() else { return Ok(()) };
    // It reads beside whoever works on the store.
    let mut live = Live::to_look_at(Store::beside(store.path())?, &prepared, *now)?;
    live.wake_all()?;
    let mut track = Track::default();
    for (contact, inside) in live.look().places() {
        track.place(contact, inside.funnel, inside.key, inside.stage, inside.plays.iter().copied());
    }
    track.rest(live.look().resting());
    play::count(report, rules, &track);
    Ok(())
}
