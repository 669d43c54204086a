//! A story without what does not matter: fewer steps first, then less time.
//!
//! What is left out one by one may leave a story that has a shorter one in it. So of a few things that happen every choice is tried
//! at the end, the smallest first: each at its instant, looked on as long.

use crate::diag::{Claim, Plot, When};

/// How many shorter plots are tried.
const TRIES_MAX: usize = 96;

const MINUTE_MS: i64 = 60_000;

/// Of so many things that happen all choices are tried.
const FEW: usize = 4;

/// The plot with everything dropped without which it still does what it claims, in a fixed order.
pub(super) fn shorten(plot: Plot, works: &mut dyn FnMut(&Plot) -> bool) -> Plot {
    let mut shortening = Shortening { plot, tries: 0, works };
    shortening.happenings();
    shortening.known();
    shortening.properties();
    shortening.times();
    shortening.plot
}

/// The smallest choice of what happens in a dated plot that does what it claims as well; nothing where that is all of it. Plots of
/// many things, and those that claim nothing of a guarantee, are left as they are.
pub(super) fn fewest(dated: &Plot, works: &mut dyn FnMut(&Plot) -> bool) -> Option<Plot> {
    let count = dated.happenings.len();
    let breaks = dated.claims.iter().any(|claim| matches!(claim, Claim::Breaks(_)));
    let last_ms = |plot: &Plot| plot.happenings.last().and_then(|it| if let When::At(ms) = it.when { Some(ms) } else { None });
    let end_ms = last_ms(dated)?.saturating_add(dated.horizon_ms);
    if !breaks || count > FEW {
        return None;
    }
    let mut choices: Vec<u32> = (1..(1_u32 << count) - 1).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    choices.into_iter().find_map(|choice| {
        let mut plot = dated.clone();
        let mut at = 0;
        plot.happenings.retain(|_| {
            at += 1;
            choice & (1 << (at - 1)) != 0
        });
        plot.horizon_ms = end_ms.saturating_sub(last_ms(&plot)?);
        works(&plot).then_some(plot)
    })
}

struct Shortening<'a> {
    plot: Plot,
    tries: usize,
    works: &'a mut dyn FnMut(&Plot) -> bool,
}

impl Shortening<'_> {
    fn attempt(&mut self, change: impl FnOnce(&mut Plot)) -> bool {
        if self.tries >= TRIES_MAX {
            return false;
        }
        self.tries += 1;
        let mut plot = self.plot.clone();
        change(&mut plot);
        let works = plot != self.plot && (self.works)(&plot);
        if works {
            self.plot = plot;
        }
        works
    }

    fn happenings(&mut self) {
        // One happening must remain: without any nothing begins.
        for at in (0..self.plot.happenings.len()).rev() {
            if self.plot.happenings.len() > 1 {
                self.attempt(|plot| {
                    plot.happenings.remove(at);
                    if let (0, Some(first)) = (at, plot.happenings.first_mut()) {
                        first.when = When::At(plot.start_ms);
                    }
                });
            }
        }
    }

    fn known(&mut self) {
        for at in (0..self.plot.given.len()).rev() {
            self.attempt(|plot| drop(plot.given.remove(at)));
        }
        for at in (0..self.plot.arms.len()).rev() {
            self.attempt(|plot| drop(plot.arms.remove(at)));
        }
    }

    fn properties(&mut self) {
        for at in 0..self.plot.happenings.len() {
            let count = self.plot.happenings.get(at).map_or(0, |it| it.properties.len());
            for property in (0..count).rev() {
                // What must be there cannot be dropped: the record would be set aside.
                self.attempt(|plot| {
                    if let Some(happening) = plot.happenings.get_mut(at) {
                        happening.properties.remove(property);
                    }
                });
            }
        }
    }

    fn times(&mut self) {
        for at in 0..self.plot.happenings.len() {
            self.attempt(|plot| match plot.happenings.get_mut(at).map(|it| &mut it.when) {
                Some(When::Then(after_ms) | When::Reached { after_ms, .. } | When::Sent { after_ms, .. }) if *after_ms > MINUTE_MS => {
                    *after_ms = MINUTE_MS;
                }
                Some(_) | None => {}
            });
        }
    }
}
