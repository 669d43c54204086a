//! A picture as shapes with places: what every drawn form is written from.
//!
//! Invariants: all lengths are whole tenths of a pixel; marks stand in groups, and the places of marks are relative to
//! their group, so that moving a card changes one line of what is written.

use super::{ink::Ink, measure::Size};

/// A place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Down.
    pub y: i32,
}

/// A place.
#[must_use]
pub const fn at(x: i32, y: i32) -> Point {
    Point { x, y }
}

/// A rectangle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Area {
    /// Its left side.
    pub x: i32,
    /// Its top.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Area {
    /// Its right side.
    #[must_use]
    pub const fn right(self) -> i32 {
        self.x + self.width
    }

    /// Its bottom.
    #[must_use]
    pub const fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// Whether two have a place in common; those that only touch have none.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether the other lies in it.
    #[must_use]
    pub const fn holds(self, other: Self) -> bool {
        self.x <= other.x && other.right() <= self.right() && self.y <= other.y && other.bottom() <= self.bottom()
    }

    /// It, moved.
    #[must_use]
    pub const fn moved(self, by: Point) -> Self {
        Self { x: self.x + by.x, y: self.y + by.y, ..self }
    }
}

/// How a line is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dash {
    /// It is not.
    Solid,
    /// Long pieces.
    Dashed,
    /// Points.
    Dotted,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its width in tenths.
    pub width: i32,
    /// How it is broken.
    pub dash: Dash,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A line of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// Where its baseline begins, or has its middle or end.
    pub at: Point,
    /// What it says.
    pub text: String,
    /// Its size.
    pub size: Size,
    /// Its colour.
    pub ink: Ink,
    /// Which end stands at the place.
    pub anchor: Anchor,
    /// Whether it is struck through.
    pub struck: bool,
    /// All it would say, where it was cut.
    pub full: Option<String>,
}

impl Text {
    /// A text that begins here.
    #[must_use]
    pub fn new(at: Point, text: impl Into<String>, size: Size, ink: Ink) -> Self {
        Self { at, text: text.into(), size, ink, anchor: Anchor::Start, struck: false, full: None }
    }

    /// The same with another end at its place.
    #[must_use]
    pub fn anchored(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    /// The place it takes.
    #[must_use]
    pub fn area(&self) -> Area {
        let width = self.size.width(&self.text);
        let x = match self.anchor {
            Anchor::Start => self.at.x,
            Anchor::Middle => self.at.x - width / 2,
            Anchor::End => self.at.x - width,
        };
        let (up, down) = (self.size.tenths * 4 / 5, self.size.tenths / 5);
        Area { x, y: self.at.y - up, width, height: up + down }
    }
}

/// A shape.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A rectangle with rounded corners.
    Box {
        /// Where.
        area: Area,
        /// The radius of its corners.
        radius: i32,
        /// Its inside.
        fill: Option<Ink>,
        /// Its frame.
        line: Option<Stroke>,
    },
    /// A rectangle of which only the upper corners are rounded.
    Header {
        /// Where.
        area: Area,
        /// The radius of its upper corners.
        radius: i32,
        /// Its inside.
        fill: Ink,
    },
    /// A line through some points, its corners rounded.
    Way {
        /// The points.
        points: Vec<Point>,
        /// How it is drawn.
        line: Stroke,
        /// Whether a head stands at its end.
        arrow: bool,
        /// What it means, for whoever points at it.
        title: Option<String>,
    },
    /// A shape with straight sides.
    Shape {
        /// Its corners.
        points: Vec<Point>,
        /// Its inside.
        fill: Ink,
        /// Its opacity in hundredths.
        opacity: u8,
    },
    /// A text.
    Text(Text),
}

/// Marks that belong together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Group {
    /// Its identity in the picture, if it has one.
    pub id: Option<String>,
    /// What it is, for whoever cannot see it.
    pub title: Option<String>,
    /// Where it stands.
    pub at: Point,
    /// What is in it, places counted from there.
    pub marks: Vec<Mark>,
}

/// A whole picture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scene {
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// What it shows.
    pub title: String,
    /// What it shows, in sentences.
    pub description: String,
    /// What is in it, from back to front.
    pub groups: Vec<Group>,
}

impl Scene {
    /// Pictures below each other.
    #[must_use]
    pub fn stacked(scenes: Vec<Self>) -> Self {
        let mut whole = Self::default();
        for scene in scenes {
            for group in scene.groups {
                let at = at(group.at.x, group.at.y + whole.height);
                whole.groups.push(Group { at, ..group });
            }
            whole.width = whole.width.max(scene.width);
            whole.height += scene.height;
            for (into, text, between) in [(&mut whole.title, scene.title, ", "), (&mut whole.description, scene.description, " ")] {
                if !into.is_empty() {
                    into.push_str(between);
                }
                into.push_str(&text);
            }
        }
        whole
    }

    /// All texts with the places they take.
    pub fn texts(&self) -> impl Iterator<Item = (&Text, Area)> {
        self.groups.iter().flat_map(|group| {
            group.marks.iter().filter_map(move |mark| match mark {
                Mark::Text(text) => Some((text, text.area().moved(group.at))),
                Mark::Box { .. } | Mark::Header { .. } | Mark::Way { .. } | Mark::Shape { .. } => None,
            })
        })
    }
}
