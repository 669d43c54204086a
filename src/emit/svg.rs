//! SVG.
//!
//! Job: a scene as text, one element a line.
//! Invariants: every length has at most one decimal; a picture for both themes carries light colours in its attributes and
//! the dark ones in one rule of style; nothing in it depends on the machine; every text is escaped.
//! Deliberately absent: fonts. Boxes fit Helvetica, Arial and what shares their widths.

use crate::picture::{
    ink::Ink,
    scene::{Anchor, Area, Dash, Group, Mark, Point, Scene, Stroke, Text},
};
use std::fmt::Write as _;

/// In which colours a picture is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    Auto,
    /// On white.
    Light,
    /// On black.
    Dark,
}

/// The families that share the widths of Helvetica.
pub const FAMILY: &str = "Helvetica,Arial,'Liberation Sans',sans-serif";

/// The radius of the corners of arrows.
const CORNER: i32 = 90;

/// Writes a scene as SVG. `transparent` leaves out what is behind everything.
#[must_use]
pub fn svg(scene: &Scene, theme: Theme, transparent: bool) -> String {
    let mut writer = Writer { out: String::new(), theme };
    writer.open(scene);
    if !transparent {
        let fill = writer.fill(Some(Ink::Page));
        let (width, height) = (Length(scene.width), Length(scene.height));
        writer.line(&format!("<rect width=\"{width}\" height=\"{height}\"{fill}/>"));
    }
    for group in &scene.groups {
        writer.group(group);
    }
    writer.line("</svg>");
    writer.out
}

/// A length in pixels, with one decimal where it is not whole.
struct Length(i32);

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        if tenth == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{tenth}") }
    }
}

struct Writer {
    out: String,
    theme: Theme,
}

impl Writer {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn open(&mut self, scene: &Scene) {
        let (width, height) = (Length(scene.width), Length(scene.height));
        self.line(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"{FAMILY}\" font-size=\"12.5\" role=\"img\">"
        ));
        self.line(&format!("<title>{}</title>", escaped(&scene.title)));
        self.line(&format!("<desc>{}</desc>", escaped(&scene.description)));
        if self.theme == Theme::Auto {
            let mut rules = String::new();
            for (ink, class) in Ink::NAMED.iter().filter_map(|ink| Some((ink, ink.class()?))) {
                let dark = ink.colours().1;
                let _ = write!(rules, ".f-{class}{{fill:{dark}}}.s-{class}{{stroke:{dark}}}");
            }
            self.line(&format!("<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"));
        }
    }

    fn colour(&self, ink: Ink) -> &'static str {
        let (light, dark) = ink.colours();
        if self.theme == Theme::Dark { dark } else { light }
    }

    fn class(&self, kind: &str, ink: Ink) -> String {
        match ink.class() {
            Some(class) if self.theme == Theme::Auto => format!(" class=\"{kind}-{class}\""),
            Some(_) | None => String::new(),
        }
    }

    fn fill(&self, ink: Option<Ink>) -> String {
        ink.map_or_else(|| " fill=\"none\"".to_owned(), |ink| format!("{} fill=\"{}\"", self.class("f", ink), self.colour(ink)))
    }

    fn stroke(&self, stroke: Stroke) -> String {
        let dash = match stroke.dash {
            Dash::Solid => "",
            Dash::Dashed => " stroke-dasharray=\"6 4\"",
            Dash::Dotted => " stroke-dasharray=\"1.6 4\" stroke-linecap=\"round\"",
        };
        let class = self.class("s", stroke.ink);
        format!("{class} stroke=\"{}\" stroke-width=\"{}\"{dash}", self.colour(stroke.ink), Length(stroke.width))
    }

    fn group(&mut self, group: &Group) {
        let is_bare = group.id.is_none() && group.title.is_none() && group.at == Point::default();
        if !is_bare {
            let id = group.id.as_deref().map_or_else(String::new, |id| format!(" id=\"{}\"", escaped(&id.replace('/', "."))));
            let place = if group.at == Point::default() {
                String::new()
            } else {
                format!(" transform=\"translate({} {})\"", Length(group.at.x), Length(group.at.y))
            };
            self.line(&format!("<g{id}{place}>"));
            if let Some(title) = &group.title {
                self.line(&format!("<title>{}</title>", escaped(title)));
            }
        }
        for mark in &group.marks {
            self.mark(mark);
        }
        if !is_bare {
            self.line("</g>");
        }
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Box { area, radius, fill, line } => {
                let line = line.map_or_else(String::new, |line| self.stroke(line));
                // One class attribute holds only one of the two; no box has both.
                let fill = if line.is_empty() || fill.is_some() { self.fill(*fill) } else { " fill=\"none\"".to_owned() };
                let radius = if *radius > 0 { format!(" rx=\"{}\"", Length(*radius)) } else { String::new() };
                self.line(&format!("<rect{}{radius}{fill}{line}/>", placed(*area)));
            }
            Mark::Header { area, radius, fill } => {
                let Area { x, y, width, height } = *area;
                let (r, w, h) = (Length(*radius), Length(width - 2 * radius), Length(height - radius));
                let path = format!("M{} {}v-{h}q0-{r} {r}-{r}h{w}q{r} 0 {r} {r}v{h}z", Length(x), Length(y + height));
                let fill = self.fill(Some(*fill));
                self.line(&format!("<path d=\"{path}\"{fill}/>"));
            }
            Mark::Way { points, line, arrow, title } => self.way(points, *line, *arrow, title.as_deref()),
            Mark::Shape { points, fill, opacity } => {
                let corners: Vec<String> = points.iter().map(|point| format!("{} {}", Length(point.x), Length(point.y))).collect();
                let fill = self.fill(Some(*fill));
                let opacity = if *opacity < 100 { format!(" opacity=\"0.{opacity:02}\"") } else { String::new() };
                self.line(&format!("<path d=\"M{}z\"{fill}{opacity}/>", corners.join("L")));
            }
            Mark::Text(text) => self.text(text),
        }
    }

    fn way(&mut self, points: &[Point], line: Stroke, arrow: bool, title: Option<&str>) {
        let title = title.map_or_else(String::new, |title| format!("<title>{}</title>", escaped(title)));
        let stroke = self.stroke(line);
        let end = if title.is_empty() { "/>".to_owned() } else { format!(">{title}</path>") };
        self.line(&format!("<path d=\"{}\" fill=\"none\"{stroke}{end}", rounded(points, arrow)));
        if let (true, [.., before, last]) = (arrow, points) {
            let fill = self.fill(Some(line.ink));
            self.line(&format!("<path d=\"{}\"{fill}/>", head(*before, *last)));
        }
    }

    fn text(&mut self, text: &Text) {
        let size = if text.size.tenths == 125 { String::new() } else { format!(" font-size=\"{}\"", Length(text.size.tenths)) };
        let weight = if text.size.bold { " font-weight=\"bold\"" } else { "" };
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let struck = if text.struck { " text-decoration=\"line-through\"" } else { "" };
        let fill = self.fill(Some(text.ink));
        let full = text.full.as_deref().map_or_else(String::new, |full| format!("<title>{}</title>", escaped(full)));
        let (x, y) = (Length(text.at.x), Length(text.at.y));
        self.line(&format!("<text x=\"{x}\" y=\"{y}\"{size}{weight}{anchor}{struck}{fill}>{full}{}</text>", escaped(&text.text)));
    }
}

fn placed(area: Area) -> String {
    let Area { x, y, width, height } = area;
    let at = if (x, y) == (0, 0) { String::new() } else { format!(" x=\"{}\" y=\"{}\"", Length(x), Length(y)) };
    format!("{at} width=\"{}\" height=\"{}\"", Length(width), Length(height))
}

/// A line through points with rounded corners; with a head it ends a little before its last point.
fn rounded(points: &[Point], arrow: bool) -> String {
    let mut path = String::new();
    for (n, point) in points.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|n| points.get(n));
        match (before, points.get(n + 1)) {
            (None, _) => {
                let _ = write!(path, "M{} {}", Length(point.x), Length(point.y));
            }
            (Some(before), None) => {
                let end = if arrow { toward(*point, *before, 50) } else { *point };
                let _ = write!(path, "L{} {}", Length(end.x), Length(end.y));
            }
            (Some(before), Some(after)) => {
                let radius = CORNER.min(distance(*before, *point) / 2).min(distance(*point, *after) / 2);
                let (a, b) = (toward(*point, *before, radius), toward(*point, *after, radius));
                let _ = write!(
                    path,
                    "L{} {}Q{} {} {} {}",
                    Length(a.x),
                    Length(a.y),
                    Length(point.x),
                    Length(point.y),
                    Length(b.x),
                    Length(b.y)
                );
            }
        }
    }
    path
}

/// How far two points of a line that runs straight across or down are from each other.
fn distance(a: Point, b: Point) -> i32 {
    (a.x - b.x).abs().max((a.y - b.y).abs())
}

/// The point that lies `by` from one toward the other.
fn toward(from: Point, to: Point, by: i32) -> Point {
    Point { x: from.x + by * (to.x - from.x).signum(), y: from.y + by * (to.y - from.y).signum() }
}

/// The head of an arrow that ends here.
fn head(before: Point, tip: Point) -> String {
    let back = toward(tip, before, 75);
    let (dx, dy) = ((tip.y - before.y).signum() * 35, (tip.x - before.x).signum() * 35);
    let (tip_x, tip_y) = (Length(tip.x), Length(tip.y));
    format!("M{} {}L{tip_x} {tip_y}L{} {}z", Length(back.x - dx), Length(back.y - dy), Length(back.x + dx), Length(back.y + dy))
}

/// A text as XML takes it: no markup, no control characters, no controls of direction that would turn what stands beside it.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}
