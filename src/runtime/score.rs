//! Scores: points are given when a line applies, and stay.
//!
//! A line for an event applies when the event comes, by what is known then. `every D without E` applies at each full D since
//! the latest E, or since the contact's first record; an E that comes exactly then is first. A late E begins the count anew
//! at its own time, without points for what is past already.

use super::{
    condition::View,
    contact::{Contact, RunId},
    log::Past,
    program::Program,
    standing,
};
use crate::{
    ruleset::{ScoreLine, ScoreRule},
    units::Number,
};

/// Where a score line stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// How often it has applied.
    times: i64,
    /// The time of the latest event that begins its period anew.
    latest_ms: Option<i64>,
    /// How many full periods since then are done with.
    periods: i64,
}

impl Standing {
    /// How often, since when, how many periods: what is kept of it.
    pub fn form(&self) -> (i64, Option<i64>, i64) {
        (self.times, self.latest_ms, self.periods)
    }

    /// The same from what was kept.
    pub fn of_form((times, latest_ms, periods): (i64, Option<i64>, i64)) -> Self {
        Self { times, latest_ms, periods }
    }
}

/// The score now; missing where it does not fit.
pub(super) fn total(view: View<'_, '_>, name: &str) -> Option<Number> {
    let mut millionths = 0_i128;
    for ((score, line), standing) in view.program.score_lines.iter().zip(&view.contact.state.scores) {
        if *score == name {
            millionths = millionths.checked_add(i128::from(line.points.millionths()).checked_mul(i128::from(standing.times))?)?;
        }
    }
    i64::try_from(millionths).ok().map(Number::from_millionths)
}

/// The lines after an event that has just been taken.
pub(super) fn after_event(view: View<'_, '_>, past: &Past) -> Vec<Standing> {
    let state = &view.contact.state;
    let lines = view.program.score_lines.iter().map(|(_, line)| *line);
    let after = |(line, standing): (&ScoreLine, &Standing)| match &line.rule {
        ScoreRule::Event(test) if view.fits(test, past) => Standing { times: standing.times.saturating_add(1), ..standing.clone() },
        ScoreRule::EveryWithout { period_ms, event } if is_newest(state.first_ms, standing, past) && view.fits(event, past) => {
            let periods = view.now_ms.saturating_sub(1).saturating_sub(past.time_ms).max(0) / (*period_ms).max(1);
            Standing { latest_ms: Some(past.time_ms), periods, ..standing.clone() }
        }
        ScoreRule::Event(_) | ScoreRule::EveryWithout { .. } => standing.clone(),
    };
    lines.zip(&state.scores).map(after).collect()
}

fn is_newest(first_ms: Option<i64>, standing: &Standing, past: &Past) -> bool {
    standing.latest_ms.or(first_ms).is_none_or(|latest_ms| latest_ms <= past.time_ms)
}

/// The lines after time has given its points up to now.
pub(super) fn after_time(program: &Program<'_>, standings: &[Standing], first_ms: Option<i64>, now_ms: i64) -> Vec<Standing> {
    let after = |((_, line), standing): (&(&str, &ScoreLine), &Standing)| {
        let mut standing = standing.clone();
        if let (ScoreRule::EveryWithout { period_ms, .. }, Some(start_ms)) = (&line.rule, standing.latest_ms.or(first_ms)) {
            let periods = now_ms.saturating_sub(start_ms).max(0) / (*period_ms).max(1);
            standing.times = standing.times.saturating_add(periods.saturating_sub(standing.periods).max(0));
            standing.periods = standing.periods.max(periods);
        }
        standing
    };
    program.score_lines.iter().zip(standings).map(after).collect()
}

/// The next instant at which time alone changes a score.
pub(super) fn next_tick(view: View<'_, '_>) -> Option<i64> {
    let state = &view.contact.state;
    let tick = |((_, line), standing): (&(&str, &ScoreLine), &Standing)| match &line.rule {
        ScoreRule::Event(_) => None,
        ScoreRule::EveryWithout { period_ms, .. } => {
            let start_ms = standing.latest_ms.or(state.first_ms)?;
            start_ms.checked_add((*period_ms).max(1).checked_mul(standing.periods.checked_add(1)?)?)
        }
    };
    view.program.score_lines.iter().zip(&state.scores).filter_map(tick).min()
}

/// The lines by newer rules: those that say the same stand where they stood; the others are reckoned anew, from all that has
/// happened, by what is known now.
pub(super) fn carried<'r>(old: &Program<'r>, new: &Program<'r>, contact: &Contact<'r>, now_ms: i64) -> Vec<Standing> {
    let mut free: Vec<Option<&Standing>> = contact.state.scores.iter().map(Some).collect();
    let mut same = |name: &str, line: &ScoreLine| {
        let mut lines = old.score_lines.iter().enumerate();
        let is_it = |(at, (other, was)): &(usize, &(&str, &ScoreLine))| {
            *other == name && was.rule == line.rule && free.get(*at).is_some_and(Option::is_some)
        };
        let at = lines.find(is_it).map(|(at, _)| at)?;
        free.get_mut(at)?.take().cloned()
    };
    let lines: Vec<Option<Standing>> = new.score_lines.iter().map(|(name, line)| same(name, line)).collect();
    if lines.iter().all(Option::is_some) {
        return lines.into_iter().flatten().collect();
    }
    let anew = reckoned(new, contact, now_ms);
    lines.into_iter().zip(anew).map(|(same, anew)| same.unwrap_or(anew)).collect()
}

fn reckoned<'r>(program: &Program<'r>, contact: &Contact<'r>, now_ms: i64) -> Vec<Standing> {
    let mut contact = contact.clone();
    contact.state.scores = program.score_lines.iter().map(|_| Standing::default()).collect();
    let nobody = RunId { funnel: 0, key: String::new() };
    for at in 0..contact.log.len() {
        let Some(time_ms) = contact.log.get(at).map(|past| past.time_ms) else { continue };
        contact.state.scores = after_time(program, &contact.state.scores, contact.state.first_ms, time_ms);
        let view = standing::view(program, &contact, &nobody, time_ms).of_contact();
        if let Some(past) = contact.log.get(at) {
            contact.state.scores = after_event(view, past);
        }
    }
    after_time(program, &contact.state.scores, contact.state.first_ms, now_ms)
}
