//! The vertical lines: which arrow runs where, shortest innermost.

use super::{Plan, Route, ports::Side};

/// The air that a line keeps above and below another on the same track.
const AIR: i32 = 90;

/// Where columns begin.
pub struct Xs {
    /// The left side of the main way.
    pub main_x: i32,
    /// Its right side.
    pub main_right: i32,
    /// The first track to its left.
    pub left: i32,
    /// The first track to its right.
    pub middle: i32,
    /// The left side of the lane.
    pub lane_x: i32,
    /// Its right side.
    pub lane_right: i32,
    /// The first track to its right.
    pub right: i32,
}

/// The track of each arrow.
pub struct Tracks {
    by_link: Vec<Option<(Route, usize)>>,
}

impl Tracks {
    /// The track of an arrow, innermost nought.
    pub fn of(&self, link: usize) -> i32 {
        self.by_link.get(link).copied().flatten().map_or(0, |(_, track)| i32::try_from(track).unwrap_or(0))
    }

    /// How many tracks run there.
    pub fn count(&self, route: Route) -> usize {
        self.by_link.iter().flatten().filter(|(other, _)| *other == route).map(|(_, track)| track + 1).max().unwrap_or(0)
    }
}

/// Gives each arrow the innermost free track, shorter arrows first.
pub fn assign(plan: &Plan<'_>) -> Tracks {
    let mut by_link = vec![None; plan.routes.len()];
    for route in [Route::Left, Route::Middle, Route::Right] {
        let mut spans: Vec<(i32, i32, i32, usize)> = (0..plan.routes.len())
            .filter(|n| plan.routes[*n] == route)
            .map(|n| {
                let (a, b) = (plan.ports.y(n, Side::From), plan.ports.y(n, Side::To));
                ((a - b).abs(), a.min(b), a.max(b), n)
            })
            .filter(|(length, ..)| *length > 0)
            .collect();
        spans.sort_unstable();
        let mut tracks: Vec<Vec<(i32, i32)>> = Vec::new();
        for (_, low, high, n) in spans {
            let is_free = |track: &Vec<(i32, i32)>| track.iter().all(|(from, to)| high + AIR <= *from || *to + AIR <= low);
            let at = tracks.iter().position(is_free).unwrap_or_else(|| {
                tracks.push(Vec::new());
                tracks.len() - 1
            });
            tracks[at].push((low, high));
            by_link[n] = Some((route, at));
        }
    }
    Tracks { by_link }
}
