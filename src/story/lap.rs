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
        // A lap is best told from a move on; in one instant nothing goes round again.
        let begins = |at: &usize| moments.get(*at).is_some_and(|it| matches!(it.turn, Turn::Enters | Turn::Leaves));
        let first = (first..first + length).find(begins).unwrap_or(first);
        (period > 0).then_some(Lap { first, length, every_ms })
    })
}
