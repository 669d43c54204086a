//! The heights at which arrows leave and reach cards.

use super::{Plan, Route, STEP, stepped};
use std::collections::{BTreeMap, HashMap};

/// The height of the first arrow at a card, in the middle of its header.
const FIRST: i32 = 150;
/// From the last arrow to the bottom of its card.
const LAST: i32 = 150;

/// An end of an arrow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// Where it begins.
    From,
    /// Where it ends.
    To,
}

/// The heights of the ends of arrows.
#[derive(Default)]
pub struct Ports {
    absolute: HashMap<(usize, Side), i32>,
}

impl Ports {
    /// The height of an end.
    pub fn y(&self, link: usize, side: Side) -> i32 {
        self.absolute.get(&(link, side)).copied().unwrap_or(0)
    }
}

/// An end of an arrow at one side of a card.
#[derive(Clone, Copy)]
struct End {
    link: usize,
    side: Side,
    /// The room its label takes above it.
    above: i32,
}

impl Plan<'_> {
    /// Gives each end of an arrow a height, and each card the height that takes.
    pub(super) fn give_ports(&mut self) {
        let mut wanted: BTreeMap<(usize, Route), (Vec<End>, Vec<End>)> = BTreeMap::new();
        for (n, link) in self.sheet.links.iter().enumerate() {
            let route = self.routes[n];
            if matches!(route, Route::Down | Route::LaneDown) {
                continue;
            }
            for (card, side) in [(link.from, Side::From), (link.to, Side::To)] {
                let labelled = match route {
                    // The label stands at the main way.
                    Route::Middle if self.is_main(link.from) => side == Side::From,
                    Route::Middle => side == Side::To,
                    Route::Left | Route::Right | Route::Down | Route::LaneDown => side == Side::From,
                };
                let end = End { link: n, side, above: if labelled { self.label_height(n) } else { STEP } };
                let (arrivals, departures) = wanted.entry((card, route)).or_default();
                // In the lane both kinds stand in one row by where they come from.
                if side == Side::To || (route == Route::Middle && !self.is_main(card)) { arrivals.push(end) } else { departures.push(end) }
            }
        }
        let mut heights: Vec<i32> = self.cards.iter().map(|card| stepped(card.height)).collect();
        let mut relative: Vec<(usize, End, i32, bool)> = Vec::new();
        for (key, (mut arrivals, mut departures)) in wanted {
            arrivals.sort_by_key(|end| self.order(key, *end));
            departures.sort_by_key(|end| self.order(key, *end));
            let mut y = FIRST - 2 * STEP;
            let header = self.cards[key.0].header - super::super::card::HEADER;
            for (n, end) in arrivals.iter().enumerate() {
                y = if n == 0 { FIRST + stepped(header / 2) } else { y + stepped(STEP + end.above) };
                relative.push((key.0, *end, y, true));
            }
            // Departures stand at the bottom, counted from there.
            let mut up = LAST;
            for (n, end) in departures.iter().rev().enumerate() {
                relative.push((key.0, *end, up, false));
                if n + 1 < departures.len() {
                    up += stepped(STEP + end.above);
                }
            }
            let first_above = departures.first().map_or(0, |end| end.above);
            let needs = match (arrivals.is_empty(), departures.is_empty()) {
                (_, true) => y + LAST,
                (true, false) => up + first_above.min(LAST),
                (false, false) => y + stepped(STEP + first_above) + up,
            };
            heights[key.0] = heights[key.0].max(stepped(needs));
        }
        self.heights = heights;
        self.ports.absolute.clear();
        for (card, end, y, from_top) in relative {
            let y = if from_top { self.top_of(card) + y } else { self.top_of(card) + self.height_of(card) - y };
            self.ports.absolute.insert((end.link, end.side), y);
        }
    }

    /// The middle of the card at the other end of an arrow.
    fn other(&self, end: End) -> i32 {
        let link = &self.sheet.links[end.link];
        let card = if end.side == Side::From { link.to } else { link.from };
        self.top_of(card) + self.height_of(card) / 2
    }

    /// Which arrow stands above which, so that few cross.
    fn order(&self, (card, route): (usize, Route), end: End) -> (bool, i32, usize) {
        let (here, there) = (self.top_of(card) + self.height_of(card) / 2, self.other(end));
        let link = &self.sheet.links[end.link];
        match route {
            // A way back to the same stage is the shortest, so it runs inside the others.
            Route::Left if link.from == link.to && end.side == Side::To => (true, i32::MAX, end.link),
            Route::Middle if !self.is_main(card) => (false, there, end.link),
            Route::Left | Route::Middle | Route::Right | Route::Down | Route::LaneDown => (there > here, -there, end.link),
        }
    }

    /// A card of the lane with a single arrow from the main way moves a little, so that the arrow is straight.
    pub(super) fn align(&mut self) {
        for card in (0..self.cards.len()).filter(|n| !self.is_main(*n)).collect::<Vec<_>>() {
            let mut ends = Vec::new();
            for (n, link) in self.sheet.links.iter().enumerate().filter(|(n, _)| self.routes[*n] == Route::Middle) {
                ends.extend((link.from == card).then_some((n, Side::From, Side::To)));
                ends.extend((link.to == card).then_some((n, Side::To, Side::From)));
            }
            let [(link, here, there)] = ends.as_slice() else { continue };
            let by = self.ports.y(*link, *there) - self.ports.y(*link, *here);
            if by.abs() <= STEP {
                self.tops[card] += by;
                let mine: Vec<(usize, Side)> =
                    self.ports.absolute.keys().copied().filter(|(n, side)| self.card_of(*n, *side) == card).collect();
                for key in mine {
                    *self.ports.absolute.entry(key).or_default() += by;
                }
            }
        }
    }

    fn card_of(&self, link: usize, side: Side) -> usize {
        let link = &self.sheet.links[link];
        if side == Side::From { link.from } else { link.to }
    }
}
