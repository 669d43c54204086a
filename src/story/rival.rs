//! Whether a second door was open: a play in which the first one stays shut.

use super::{
    claim::split_name,
    places::Places,
    play::{self, Played, WHO},
};
use crate::{
    diag::{Claim, Plot},
    runtime::{Collected, Engine, Options, Outcome, Prepared, What},
};

/// Why some other door that a plot speaks of does not open at the same instant; nothing where it does.
pub(super) fn refutes(prepared: &Prepared<'_>, places: &Places, plot: &Plot, played: &Played) -> Option<String> {
    plot.claims.iter().find_map(|claim| {
        let Claim::OpensToo { door, to, other } = claim else { return None };
        let Some(id) = places.at(*door) else { return Some("the door is not found".to_owned()) };
        let mut engine =
            Engine::over(prepared, Options { forced_arms: play::arms(plot), shut_door: Some(id.to_owned()), ..Options::default() });
        let mut sink = Collected::default();
        engine.advance(plot.start_ms.saturating_sub(1), &mut sink);
        engine.give(WHO, &play::given(plot));
        for (n, (happening, at_ms)) in plot.happenings.iter().zip(&played.happenings).enumerate() {
            engine.push(&play::record(happening, *at_ms, n), &mut sink);
        }
        engine.advance(played.end_ms, &mut sink);
        engine.run_due(&mut sink);
        let (moves, without) = (moves(&played.outcomes, plot, to), moves(&sink.outcomes, plot, to));
        let other = split_name(plot, other).1;
        // Up to the move through the door both plays are the same.
        let together = moves.iter().position(|it| it.by == Some(id)).is_some_and(|at| {
            let same = moves.iter().take(at).eq(without.iter().take(at));
            let instead = moves.get(at).zip(without.get(at));
            same && instead.is_some_and(|(it, instead)| it.at_ms == instead.at_ms && it.from == instead.from && instead.to == Some(other))
        });
        (!together).then(|| format!("the door to `{other}` is not open at that instant"))
    })
}

/// A move, and the clause by which it comes.
#[derive(PartialEq)]
struct Move<'o> {
    at_ms: i64,
    from: Option<&'o str>,
    to: Option<&'o str>,
    by: Option<&'o str>,
}

/// The moves in the funnel of a stage.
fn moves<'o>(outcomes: &'o [Outcome], plot: &Plot, stage: &str) -> Vec<Move<'o>> {
    let (funnel, _) = split_name(plot, stage);
    let own = outcomes.iter().filter(|it| it.funnel == funnel);
    let by = |it: &'o Outcome| it.clause.as_ref().map(|clause| clause.id.as_str());
    own.filter_map(|it| match &it.what {
        What::Move { from, to } => Some(Move { at_ms: it.time_ms, from: from.as_deref(), to: to.as_deref(), by: by(it) }),
        _ => None,
    })
    .collect()
}
