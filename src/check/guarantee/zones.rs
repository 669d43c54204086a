//! Sets of times that several clocks can show together: difference bounds.
//!
//! A zone says of each two clocks how far the one is ahead of the other at most; clock 0 always shows nothing. All bounds are
//! whole milliseconds and belong to the zone, and each is the tightest that follows from all (source: D. Dill, Timing
//! assumptions and verification of finite-state concurrent systems, 1989).
//! Invariants: a zone that is handed out is not empty and closed; widening only adds times, so what is not in a zone never is.

use super::spans::NEVER;

/// What some clocks can show together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    clocks: usize,
    /// By rows: how much the clock of the row shows more than that of the column at most.
    ahead: Vec<i64>,
}

impl Zone {
    /// No clocks at all.
    pub fn none() -> Self {
        Self { clocks: 1, ahead: vec![0] }
    }

    fn ahead(&self, one: usize, other: usize) -> i64 {
        self.ahead.get(one * self.clocks + other).copied().unwrap_or(NEVER)
    }

    fn put(&mut self, one: usize, other: usize, ms: i64) {
        if let Some(place) = self.ahead.get_mut(one * self.clocks + other) {
            *place = ms;
        }
    }

    /// The least that a clock can show.
    pub fn least(&self, clock: usize) -> i64 {
        self.ahead(0, clock).saturating_neg()
    }

    /// Time passes.
    pub fn pass(&mut self) {
        (1..self.clocks).for_each(|clock| self.put(clock, 0, NEVER));
    }

    /// Leaves the times in which a clock shows at most (or at least) so much; whether any are left.
    pub fn at_most(&mut self, clock: usize, ms: i64) -> bool {
        self.limit(clock, 0, ms)
    }

    /// See [`Zone::at_most`].
    pub fn at_least(&mut self, clock: usize, ms: i64) -> bool {
        self.limit(0, clock, ms.saturating_neg())
    }

    fn limit(&mut self, one: usize, other: usize, ms: i64) -> bool {
        if ms >= self.ahead(one, other) {
            return true;
        }
        if sum(ms, self.ahead(other, one)) < 0 {
            return false;
        }
        self.put(one, other, ms);
        for from in 0..self.clocks {
            let way = sum(self.ahead(from, one), ms);
            if way == NEVER {
                continue;
            }
            for to in 0..self.clocks {
                let through = sum(way, self.ahead(other, to));
                if through < self.ahead(from, to) {
                    self.put(from, to, through);
                }
            }
        }
        true
    }

    /// Other clocks: each that one of these clocks showed so far, or one that begins now.
    pub fn with(&self, clocks: &[Option<usize>]) -> Self {
        let own = |at: usize| at.checked_sub(1).and_then(|at| clocks.get(at).copied().flatten()).unwrap_or(0);
        let count = clocks.len() + 1;
        let ahead = (0..count).flat_map(|one| (0..count).map(move |other| (one, other)));
        Self { clocks: count, ahead: ahead.map(|(one, other)| if one == other { 0 } else { self.ahead(own(one), own(other)) }).collect() }
    }

    /// Whether all that is in this zone is in the other, of the same clocks.
    pub fn is_within(&self, other: &Self) -> bool {
        self.ahead.iter().zip(&other.ahead).all(|(own, its)| own <= its)
    }

    /// Forgets what lies beyond the largest time that anybody asks of each clock (source: classical extrapolation of
    /// difference bounds by maximal constants).
    pub fn widen(&mut self, largest: &[i64]) {
        let of = |clock: usize| clock.checked_sub(1).map_or(0, |at| largest.get(at).copied().unwrap_or(NEVER));
        let mut changed = false;
        for one in 0..self.clocks {
            for other in (0..self.clocks).filter(|other| *other != one) {
                let ahead = self.ahead(one, other);
                let wide = if one != 0 && ahead != NEVER && ahead > of(one) {
                    NEVER
                } else if other != 0 && ahead < of(other).saturating_neg() {
                    of(other).saturating_neg().saturating_sub(1)
                } else {
                    continue;
                };
                changed |= wide != ahead;
                self.put(one, other, wide);
            }
        }
        if changed {
            self.close();
        }
    }

    fn close(&mut self) {
        for via in 0..self.clocks {
            for from in 0..self.clocks {
                let way = self.ahead(from, via);
                if way == NEVER {
                    continue;
                }
                for to in 0..self.clocks {
                    let through = sum(way, self.ahead(via, to));
                    if through < self.ahead(from, to) {
                        self.put(from, to, through);
                    }
                }
            }
        }
    }
}

/// The sum of two bounds; no bound where one is none.
fn sum(a: i64, b: i64) -> i64 {
    if a == NEVER || b == NEVER { NEVER } else { a.saturating_add(b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_begin_one_after_the_other_stay_apart() {
        let mut zone = Zone::none().with(&[None]);
        zone.pass();
        assert!(zone.at_most(1, 5) && zone.at_least(1, 3));
        let mut both = zone.with(&[Some(1), None]);
        assert_eq!((both.least(1), both.least(2)), (3, 0));
        both.pass();
        assert!(both.clone().at_least(2, 4));
        let mut late = both.clone();
        assert!(late.at_least(2, 4) && late.least(1) == 7);
        assert!(!late.at_most(1, 6));
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let mut zone = Zone::none().with(&[None, None]);
        zone.pass();
        assert!(zone.at_least(1, 100));
        let exact = zone.clone();
        zone.widen(&[10, 10]);
        assert!(exact.is_within(&zone) && !zone.is_within(&exact));
        assert_eq!(zone.least(1), 11);
    }
}
