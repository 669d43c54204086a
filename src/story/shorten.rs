//! A story without what does not matter: fewer steps first, then less time.

use crate::diag::{Plot, When};

/// How many shorter plots are tried.
const TRIES_MAX: usize = 96;

const MINUTE_MS: i64 = 60_000;

/// The plot with everything dropped without which it still does what it claims, in a fixed order.
pub(super) fn shorten(plot: Plot, works: &mut dyn FnMut(&Plot) -> bool) -> Plot {
    let mut shortening = Shortening { plot, tries: 0, works };
    shortening.happenings();
    shortening.known();
    shortening.properties();
    shortening.times();
    shortening.plot
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
