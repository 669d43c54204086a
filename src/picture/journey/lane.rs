//! The lane to the right: each card at the height of what leads to it, and below the one before it.

use super::{LABEL_LINE, Plan, Route, STEP, ports::Side, stepped};

/// Between cards of the lane.
const APART: i32 = 240;
/// From the top of a card to the arrows that reach it.
const ARRIVAL: i32 = 150;

impl Plan<'_> {
    pub(super) fn place_lane(&mut self) {
        let lane: Vec<usize> = (0..self.cards.len()).filter(|n| !self.is_main(*n)).collect();
        let mut wished: Vec<(i32, usize)> = Vec::new();
        for card in &lane {
            let wish = self.wish(*card, &wished);
            wished.push((wish, *card));
        }
        wished.sort_unstable();
        for n in 0..self.routes.len() {
            if self.routes[n] == Route::LaneDown {
                self.routes[n] = Route::Right;
            }
        }
        let mut free = self.top;
        for (at, (wish, card)) in wished.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| wished.get(at)).map(|(_, card)| *card);
            let joined = before.and_then(|before| self.sheet.links.iter().position(|link| link.from == before && link.to == *card));
            let gap = joined.map_or(APART, |link| {
                self.routes[link] = Route::LaneDown;
                let lines = i32::try_from(self.labels[link].len()).unwrap_or(3);
                APART.max(200 + LABEL_LINE * lines.max(2))
            });
            let y = stepped((*wish).max(if before.is_some() { free + gap } else { stepped(self.top) + STEP }));
            self.tops[*card] = y;
            free = y + self.height_of(*card);
        }
    }

    /// The height at which a card of the lane would like to stand.
    fn wish(&self, card: usize, placed: &[(i32, usize)]) -> i32 {
        let links = || self.sheet.links.iter().enumerate();
        let mean = |heights: Vec<i32>| {
            let sum: i64 = heights.iter().copied().map(i64::from).sum();
            i64::try_from(heights.len()).ok().and_then(|count| sum.checked_div(count)).and_then(|mean| i32::try_from(mean).ok())
        };
        let arrivals =
            links().filter(|(_, link)| link.to == card && self.is_main(link.from)).map(|(n, _)| self.ports.y(n, Side::From)).collect();
        let departures =
            links().filter(|(_, link)| link.from == card && self.is_main(link.to)).map(|(n, _)| self.ports.y(n, Side::To)).collect();
        let below = || {
            let above =
                links().filter(|(_, link)| link.to == card).filter_map(|(_, link)| placed.iter().find(|(_, other)| *other == link.from));
            above.map(|(wish, other)| wish + self.height_of(*other) + 2 * APART).max()
        };
        // A card that nothing leads to stands where it was declared.
        let declared = || (card..self.cards.len()).find(|n| self.is_main(*n)).map_or(self.top, |n| self.top_of(n));
        mean(arrivals).map(|y| y - ARRIVAL).or_else(below).or_else(|| mean(departures).map(|y| y - ARRIVAL)).unwrap_or_else(declared)
    }

    /// How far labels between cards of the lane reach beyond them.
    pub(super) fn lane_hang(&self) -> i32 {
        let labels = (0..self.routes.len()).filter(|n| self.routes[*n] == Route::LaneDown).map(|n| self.label_width(n)).max();
        labels.map_or(0, |width| (width + 200 - self.width(false) / 2).max(0))
    }
}
