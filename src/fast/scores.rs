//! Scores: points are given when a line applies, and stay, as the reference gives them.

use super::{
    program::Program,
    state::{Line, Rest},
    view::{Present, View},
};

/// The lines after the event that has just been taken.
pub fn after_event(view: View<'_>, present: &Present<'_>) -> Box<[Line]> {
    let view = view.of_contact();
    let first_ms = view.rest.first_ms;
    let after = |(line, standing): (&super::program::LineOf<'_>, &Line)| {
        let test = &view.program.tests[line.test as usize];
        let fits = || test.event == present.event && View { subject: None, ..view }.fits(test, present.props());
        match line.period_ms {
            None if fits() => Line { times: standing.times.saturating_add(1), ..*standing },
            Some(period_ms) if is_newest(first_ms, standing, present.time_ms) && fits() => {
                let periods = view.now_ms.saturating_sub(1).saturating_sub(present.time_ms).max(0) / period_ms;
                Line { latest_ms: Some(present.time_ms), periods, ..*standing }
            }
            None | Some(_) => *standing,
        }
    };
    view.program.lines.iter().zip(&view.rest.scores).map(after).collect()
}

fn is_newest(first_ms: Option<i64>, standing: &Line, time_ms: i64) -> bool {
    standing.latest_ms.or(first_ms).is_none_or(|latest_ms| latest_ms <= time_ms)
}

/// Gives the points of time up to now.
pub fn after_time(program: &Program<'_>, rest: &mut Rest, now_ms: i64) {
    let first_ms = rest.first_ms;
    for (line, standing) in program.lines.iter().zip(&mut rest.scores) {
        if let (Some(period_ms), Some(start_ms)) = (line.period_ms, standing.latest_ms.or(first_ms)) {
            let periods = now_ms.saturating_sub(start_ms).max(0) / period_ms;
            standing.times = standing.times.saturating_add(periods.saturating_sub(standing.periods).max(0));
            standing.periods = standing.periods.max(periods);
        }
    }
}

/// The next instant at which time alone changes a score.
pub fn next_tick(program: &Program<'_>, rest: &Rest) -> Option<i64> {
    let tick = |(line, standing): (&super::program::LineOf<'_>, &Line)| {
        let start_ms = standing.latest_ms.or(rest.first_ms)?;
        start_ms.checked_add(line.period_ms?.checked_mul(standing.periods.checked_add(1)?)?)
    };
    program.lines.iter().zip(&rest.scores).filter_map(tick).min()
}
