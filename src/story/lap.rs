//! What repeats in a story.

use crate::diag::{Lap, Moment, Turn};

/// The shortest run of moments that the end of a story repeats in full, where the funnels do something in it.
pub(super) fn of(moments: &[Moment]) -> Option<Lap> {
    (1..=moments.len() / 2).find_map(|length| {
        let alike = |at: &usize| {
            let (one, other) = (moments.get(*at)?, moments.get(at.checked_sub(length)?)?);
            (one.turn == other.turn && one.text == other.text && one.funnel == other.funnel).then_some(())
        };
        let repeated = (length..moments.len()).rev().take_while(|at| alike(at).is_some()).count();
        let first = moments.len().checked_sub(repeated + length)?;
        let lap = moments.get(first..first + length)?;
        if repeated < length || lap.iter().all(Moment::from_outside) || first + length >= moments.len() {
            return None;
        }
        let mut periods = (first + length..moments.len()).filter_map(|at| Some(moments.get(at)?.at_ms - moments.get(at - length)?.at_ms));
        let period = periods.next()?;
        let every_ms = periods.all(|it| it == period).then_some(period);
        // A lap is told from the beginning of an instant on, best from one at which the contact moves.
        let at_ms = |at: usize| moments.get(at).map(|it| it.at_ms);
        let begins = |at: &usize| at.checked_sub(1).is_none_or(|before| at_ms(before) != at_ms(*at));
        let moves = |it: &Moment| matches!(it.turn, Turn::Enters | Turn::Leaves);
        let moves_then = |at: &usize| moments.iter().skip(*at).take_while(|it| Some(it.at_ms) == at_ms(*at)).any(moves);
        let instants = || (first..first + length).filter(begins);
        let first = instants().find(moves_then).or_else(|| instants().next()).unwrap_or(first);
        (period > 0).then_some(Lap { first, length, every_ms })
    })
}
