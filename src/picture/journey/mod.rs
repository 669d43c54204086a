//! The journey: stages of the main way below each other in declared order, what leads off it in a lane to the right.
//!
//! Invariants: the main way has one middle line; no label meets a line that goes up or down, since labels stand beside
//! their card and those lines run behind the labels; no two labels meet, since each arrow has a height of its own.

mod lane;
mod paint;
mod ports;
mod tracks;

pub use paint::scene;

use super::{
    card::{Card, chip_width},
    content::Line,
    measure::Size,
    scene::{Area, Point, at},
    sheet::{Detail, Sheet},
};
use ports::{Ports, Side};

/// The size of labels.
pub const LABEL: Size = Size::plain(110);
/// From one line of a label to the next.
const LABEL_LINE: i32 = 130;
/// The widest a label may be.
const LABEL_WIDTH: i32 = 1600;
/// Heights are whole steps of this, so that arrows at cards of the lane never lie on those of the main way.
const STEP: i32 = 60;
/// Between stages of the main way.
const GAP: i32 = 360;
/// Around everything.
pub const MARGIN: i32 = 280;
/// Between two lines that go up or down.
const TRACK: i32 = 140;

/// Which way an arrow takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Route {
    /// Straight down to the next stage of the main way.
    Down,
    /// Up on the left.
    Left,
    /// Between the main way and the lane.
    Middle,
    /// Straight down in the lane.
    LaneDown,
    /// To the right of the lane.
    Right,
}

/// What an arrow says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Its lines.
    pub lines: Vec<String>,
    /// All it would say, where it was cut.
    pub full: Option<String>,
    /// The place it takes.
    pub area: Area,
    /// Whether it ends at the right side of its place.
    pub ends: bool,
}

/// An arrow with its places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrow {
    /// Its place in [`Sheet::links`].
    pub link: usize,
    /// Where it bends, ends included.
    pub points: Vec<Point>,
    /// What it says.
    pub label: Option<Label>,
}

/// A funnel with a place for everything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journey {
    /// The place of each card.
    pub areas: Vec<Area>,
    /// The arrows.
    pub arrows: Vec<Arrow>,
    /// The width of chips.
    pub chip: i32,
    /// The cards.
    pub cards: Vec<Card>,
    /// The right end of all this.
    pub right: i32,
    /// Its lower end.
    pub bottom: i32,
}

impl Journey {
    /// Finds a place for everything, below `top`.
    #[must_use]
    pub fn new(sheet: &Sheet, detail: Detail, top: i32) -> Self {
        let chip = chip_width(&sheet.figures);
        let cards: Vec<Card> = sheet.figures.iter().map(|figure| Card::new(figure, detail, chip)).collect();
        Plan::new(sheet, cards, top).place(chip)
    }
}

/// What is known while places are sought.
struct Plan<'s> {
    sheet: &'s Sheet,
    cards: Vec<Card>,
    on_spine: Vec<bool>,
    routes: Vec<Route>,
    labels: Vec<Vec<String>>,
    cut: Vec<bool>,
    tops: Vec<i32>,
    heights: Vec<i32>,
    ports: Ports,
    top: i32,
}

/// The least multiple of the step that is not less.
fn stepped(length: i32) -> i32 {
    length.div_euclid(STEP) * STEP + if length.rem_euclid(STEP) == 0 { 0 } else { STEP }
}

impl<'s> Plan<'s> {
    fn new(sheet: &'s Sheet, cards: Vec<Card>, top: i32) -> Self {
        let on_spine: Vec<bool> = sheet.figures.iter().map(|figure| figure.role.is_on_the_way()).collect();
        let is_main = |n: usize| on_spine.get(n).copied().unwrap_or(false);
        let route = |link: &super::sheet::Link| match (is_main(link.from), is_main(link.to), link.line) {
            (true, true, Line::Spine) => Route::Down,
            (true, true, Line::Back) => Route::Left,
            (true, true, Line::On | Line::Off) | (true, false, _) | (false, true, _) => Route::Middle,
            (false, false, _) => Route::Right,
        };
        let routes = sheet.links.iter().map(route).collect();
        let texts: Vec<String> = sheet.links.iter().map(label_of).collect();
        let wrapped: Vec<Vec<String>> = texts.iter().map(|text| LABEL.balanced(text, LABEL_WIDTH, 3)).collect();
        let cut = texts
            .iter()
            .zip(&wrapped)
            .map(|(text, lines)| !lines.iter().flat_map(|line| line.split_whitespace()).eq(text.split_whitespace()))
            .collect();
        let heights = cards.iter().map(|card| stepped(card.height)).collect();
        let tops = vec![0; cards.len()];
        Self { sheet, cards, on_spine, routes, labels: wrapped, cut, tops, heights, ports: Ports::default(), top }
    }

    fn place(mut self, chip: i32) -> Journey {
        // Twice: in which order arrows best leave a card is known only when everything has a height.
        self.stack();
        for _ in 0..2 {
            self.give_ports();
            self.stack();
            self.place_lane();
        }
        self.give_ports();
        self.align();
        self.draw(chip)
    }

    fn is_main(&self, n: usize) -> bool {
        self.on_spine.get(n).copied().unwrap_or(false)
    }

    fn top_of(&self, n: usize) -> i32 {
        self.tops.get(n).copied().unwrap_or(0)
    }

    fn height_of(&self, n: usize) -> i32 {
        self.heights.get(n).copied().unwrap_or(0)
    }

    /// The main way, one below the other.
    fn stack(&mut self) {
        let mut y = stepped(self.top) + STEP / 2;
        for n in self.sheet.spine().collect::<Vec<_>>() {
            if let Some(top) = self.tops.get_mut(n) {
                *top = y;
            }
            y += stepped(self.height_of(n)) + GAP;
        }
    }

    /// How high an arrow's label is above its line.
    fn label_height(&self, link: usize) -> i32 {
        let lines = self.labels.get(link).map_or(0, Vec::len);
        if lines == 0 { STEP } else { 50 + LABEL_LINE * i32::try_from(lines).unwrap_or(3) }
    }

    fn label_width(&self, link: usize) -> i32 {
        self.labels.get(link).into_iter().flatten().map(|line| LABEL.width(line)).max().unwrap_or(0)
    }

    /// The width of all cards of the main way, or of the lane.
    fn width(&self, main: bool) -> i32 {
        (0..self.cards.len()).filter(|n| self.is_main(*n) == main).map(|n| self.cards[n].width).max().unwrap_or(0)
    }

    /// The widest label of the arrows that go this way, with air on both sides.
    fn column(&self, route: Route) -> i32 {
        let labels = (0..self.routes.len()).filter(|n| self.routes[*n] == route).map(|n| self.label_width(n)).max();
        labels.map_or(0, |width| width + 200)
    }

    fn draw(self, chip: i32) -> Journey {
        let tracks = tracks::assign(&self);
        let count = |route| i32::try_from(tracks.count(route)).unwrap_or(0);
        let (left_column, middle_column) = (self.column(Route::Left), self.column(Route::Middle));
        let has_left = self.routes.contains(&Route::Left);
        let main_x = MARGIN + if has_left { left_column + TRACK * count(Route::Left) } else { 0 };
        let main_right = main_x + self.width(true);
        let has_lane = self.on_spine.contains(&false);
        let between = middle_column + TRACK * count(Route::Middle);
        let lane_x = main_right + if has_lane { (between + 160).max(600) } else { 0 };
        let lane_x = if self.on_spine.contains(&true) { lane_x } else { MARGIN };
        let lane_right = lane_x + self.width(false);
        let hang = self.lane_hang();
        let right_column = self.column(Route::Right).max(hang);
        let xs = tracks::Xs {
            main_x,
            main_right,
            middle: main_right + middle_column,
            lane_x,
            lane_right,
            right: lane_right + right_column,
            left: main_x - left_column,
        };
        let areas: Vec<Area> = (0..self.cards.len())
            .map(|n| {
                let (x, width) = if self.is_main(n) { (main_x, main_right - main_x) } else { (lane_x, lane_right - lane_x) };
                Area { x, y: self.top_of(n), width, height: self.height_of(n) }
            })
            .collect();
        let arrows = (0..self.sheet.links.len()).map(|n| self.arrow(n, &tracks, &xs, &areas)).collect();
        let beyond = if has_lane {
            lane_right + if self.routes.contains(&Route::Right) { right_column + TRACK * count(Route::Right) } else { hang }
        } else {
            main_right + between
        };
        let bottom = areas.iter().map(|area| area.bottom()).max().unwrap_or(self.top);
        Journey { areas, arrows, chip, cards: self.cards, right: beyond, bottom }
    }

    fn arrow(&self, n: usize, tracks: &tracks::Tracks, xs: &tracks::Xs, areas: &[Area]) -> Arrow {
        let link = &self.sheet.links[n];
        let (from, to) = (areas[link.from], areas[link.to]);
        let port = |side| self.ports.y(n, side);
        let track = tracks.of(n);
        let points = match self.routes[n] {
            Route::Down | Route::LaneDown => {
                let x = from.x + from.width / 2;
                vec![at(x, from.bottom()), at(x, to.y)]
            }
            Route::Left => bend(xs.main_x, port(Side::From), xs.left - TRACK * track, xs.main_x, port(Side::To)),
            Route::Right => bend(xs.lane_right, port(Side::From), xs.right + TRACK * track, xs.lane_right, port(Side::To)),
            Route::Middle => {
                let end = |n| if self.is_main(n) { xs.main_right } else { xs.lane_x };
                bend(end(link.from), port(Side::From), xs.middle + TRACK * track, end(link.to), port(Side::To))
            }
        };
        Arrow { link: n, label: self.label(n, &points), points }
    }

    fn label(&self, n: usize, points: &[Point]) -> Option<Label> {
        let lines = self.labels.get(n)?.clone();
        let route = *self.routes.get(n)?;
        if lines.is_empty() || route == Route::Down {
            return None;
        }
        let link = self.sheet.links.get(n)?;
        let (first, last) = (points.first()?, points.last()?);
        let height = LABEL_LINE * i32::try_from(lines.len()).unwrap_or(3);
        let width = self.label_width(n);
        // It stands where the arrow meets the main way, for there is the room for it.
        let place = if route == Route::Middle && !self.is_main(link.from) { last } else { first };
        let (x, y) = match route {
            Route::LaneDown => (first.x + 80, first.y + (last.y - first.y - height) / 2),
            Route::Left => (place.x - 80 - width, place.y - 40 - height),
            Route::Down | Route::Middle | Route::Right => (place.x + 80 + if place == last { 40 } else { 0 }, place.y - 40 - height),
        };
        let full = self.cut[n].then(|| label_of(link));
        Some(Label { lines, full, area: Area { x, y, width, height }, ends: route == Route::Left })
    }
}

/// What stands on an arrow.
fn label_of(link: &super::sheet::Link) -> String {
    let when = link.when.join(" or ");
    match &link.share {
        Some(share) if when.is_empty() => share.clone(),
        Some(share) => format!("{share} · {when}"),
        None => when,
    }
}

/// A way with a vertical line at `x`; straight where both ends have the same height.
fn bend(from_x: i32, from_y: i32, x: i32, to_x: i32, to_y: i32) -> Vec<Point> {
    if from_y == to_y && from_x != to_x {
        return vec![at(from_x, from_y), at(to_x, to_y)];
    }
    vec![at(from_x, from_y), at(x, from_y), at(x, to_y), at(to_x, to_y)]
}
