//! Graphviz DOT in the house style.
//!
//! Job: each stage a card with what stands on it; each way between two stages an edge with its conditions; `feeds` as dotted
//! edges between funnels. It is written from the sheet that all pictures are drawn from, so counts, changes, findings and
//! detail are on it as on the others.
//! Invariants: declaration order in, declaration order out, so that adding a stage changes what is near it and nothing
//! else; every text is escaped; every id is a prefix of ours and a number.
//! Deliberately absent: layout. `dot` does it; weights and ranks only tell it which way is the main one.

mod card;
mod text;
mod title;

use super::{Backend, svg::Theme};
use crate::{
    lower::Sketch,
    picture::{
        content::Line,
        fold,
        ink::Ink,
        notes::Notes,
        sheet::{Change, Detail, Link, Sheet},
    },
    ruleset::RuleSet,
};
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};
use text::{html, string, wrapped};

/// Graphviz DOT.
pub struct Dot;

impl Backend for Dot {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn extension(&self) -> &'static str {
        "dot"
    }

    fn emit(&self, rules: &RuleSet) -> String {
        let sheet = |funnel| fold::folded(Sheet::new(rules, funnel, Detail::Actions, &Notes::default()));
        dot(&rules.funnels.iter().map(sheet).collect::<Vec<_>>(), Style::default())
    }
}

/// In what colours, and how much of long texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// The colours; what draws knows no two at once.
    pub theme: Theme,
    /// Whether what is behind everything is left out.
    pub transparent: bool,
    /// Whether long texts are told to their end.
    pub is_full: bool,
}

/// Draws a sketch of a model with what is laid over it.
#[must_use]
pub fn sketch(sketch: &Sketch, notes: &Notes) -> String {
    dot(&super::sheets(sketch, Detail::Actions, notes), Style::default())
}

const LEFT_BREAK: &str = "<BR ALIGN=\"LEFT\"/>";

/// Writes funnels as one drawing.
#[must_use]
pub fn dot(sheets: &[Sheet], style: Style) -> String {
    let page = if style.transparent { "transparent" } else { style.colour(Ink::Page) };
    let (ink, arrow, mute) = (style.colour(Ink::Text), style.colour(Ink::Main), style.colour(Ink::Mute));
    let mut out = format!(
        "// written by funnelc graph; render with: dot -Tsvg this.dot -o this.svg\n\
         digraph funnelc {{\n\
         \x20 graph [rankdir=TB, nodesep=0.6, ranksep=0.45, splines=spline, newrank=true, bgcolor=\"{page}\", pad=0.35, fontname=\"Arial\", \
         fontsize=20, fontcolor=\"{ink}\", labelloc=t, labeljust=l]\n\
         \x20 node [shape=plain, fontname=\"Arial\", fontsize=12, fontcolor=\"{ink}\"]\n\
         \x20 edge [fontname=\"Arial\", fontsize=11, fontcolor=\"{mute}\", color=\"{arrow}\", penwidth=1.6, arrowsize=0.75]\n",
    );
    let nodes = sheets.iter().enumerate().flat_map(|(f, sheet)| {
        let node = move |s: usize| format!("f{f}_s{s}");
        sheet.figures.iter().enumerate().map(move |(s, figure)| (figure.id.as_str(), node(s)))
    });
    let places: HashMap<&str, String> = nodes.collect();
    for (n, sheet) in sheets.iter().enumerate() {
        Drawing { sheet, style, n }.draw(&mut out, sheets.len() > 1);
    }
    for (n, sheet) in sheets.iter().enumerate() {
        Drawing { sheet, style, n }.feeds(&places, &mut out);
    }
    out.push_str("}\n");
    out
}

impl Style {
    fn colour(self, ink: Ink) -> &'static str {
        let (light, dark) = ink.colours();
        if self.theme == Theme::Dark { dark } else { light }
    }

    /// A text on lines of its own.
    fn wrapped(self, text: &str, line_break: &str) -> String {
        wrapped(text, line_break, if self.is_full { 12 } else { 4 })
    }
}

struct Drawing<'s> {
    sheet: &'s Sheet,
    style: Style,
    n: usize,
}

impl Drawing<'_> {
    fn draw(&self, out: &mut String, one_of_several: bool) {
        let title = self.title();
        if one_of_several {
            let rule = self.style.colour(Ink::Rule);
            let _ = writeln!(
                out,
                "\n  subgraph cluster_f{} {{\n    graph [label=<{title}>, margin=24, style=rounded, color=\"{rule}\"]",
                self.n
            );
        } else {
            let _ = writeln!(out, "  graph [label=<{title}>]");
        }
        for (s, figure) in self.sheet.figures.iter().enumerate() {
            self.card(out, s, figure);
        }
        self.edges(out);
        if one_of_several {
            out.push_str("  }\n");
        }
    }

    fn node(&self, s: usize) -> String {
        format!("f{}_s{s}", self.n)
    }

    fn colour(&self, ink: Ink) -> &'static str {
        self.style.colour(ink)
    }

    fn edges(&self, out: &mut String) {
        let mut joined = HashSet::new();
        for link in &self.sheet.links {
            let (from, to) = (link.from, link.to);
            if link.line == Line::Spine {
                joined.insert((from, to));
            }
            let ports = match link.line {
                Line::Spine => (":s", ":n"),
                Line::Back if from == to => (":e", ":e"),
                Line::On | Line::Off | Line::Back => ("", ""),
            };
            let (a, b) = (self.node(from), self.node(to));
            let _ = write!(out, "    {a}{} -> {b}{} [{}", ports.0, ports.1, self.attributes(link));
            if let Some(label) = self.label(link) {
                let _ = write!(out, ", label=<{label}>");
            }
            let _ = writeln!(out, ", tooltip={}]", string(&self.told(link)));
        }
        // Stages of the main way stand below each other even where no door joins them.
        for pair in self.sheet.spine().collect::<Vec<_>>().windows(2) {
            if let [from, to] = pair
                && !joined.contains(&(*from, *to))
            {
                let _ = writeln!(out, "    {} -> {} [style=invis, weight=8]", self.node(*from), self.node(*to));
            }
        }
    }

    /// How a way is drawn: as its kind, in the colour of what became of it.
    fn attributes(&self, link: &Link) -> String {
        let (how, ink, words) = match link.line {
            Line::Spine => ("weight=20, penwidth=2.4", Ink::Main, Ink::Mute),
            Line::On => ("penwidth=1.6", Ink::Main, Ink::Mute),
            Line::Off => ("style=dashed, penwidth=1.3", Ink::Leave, Ink::Mute),
            Line::Back => ("style=dotted, penwidth=1.8, constraint=false", Ink::Loop, Ink::LoopText),
        };
        let (ink, words) = changed(link.change).map_or((ink, words), |ink| (ink, ink));
        let colour = |name: &str, ink: Ink, usual: Ink| {
            if ink == usual { String::new() } else { format!(", {name}=\"{}\"", self.colour(ink)) }
        };
        format!("{how}{}{}", colour("color", ink, Ink::Main), colour("fontcolor", words, Ink::Mute))
    }

    /// What stands beside a way; the conditions of the main way stand on the card below it.
    fn label(&self, link: &Link) -> Option<String> {
        let when = if link.line == Line::Spine && link.change == Change::Same { [].as_slice() } else { &link.when };
        let doors: Vec<String> = when.iter().map(|text| self.style.wrapped(text, LEFT_BREAK)).collect();
        let mut text = doors.join(&format!("{LEFT_BREAK}<I>or</I>&#160;"));
        if link.change == Change::Removed {
            text = struck(&text);
        }
        if let Some(share) = &link.share {
            let share = format!("<B>{}</B>", html(share));
            text = if text.is_empty() { share } else { format!("{share}&#160;·&#160;{text}") };
        }
        if text.is_empty() {
            return None;
        }
        Some(format!("<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"3\"><TR><TD BALIGN=\"LEFT\">{text}</TD></TR></TABLE>"))
    }

    fn told(&self, link: &Link) -> String {
        let name = |n: usize| self.sheet.figures.get(n).map_or("", |figure| figure.name.as_str());
        let when = link.when.join(" or ");
        format!("{} to {}{}{when}", name(link.from), name(link.to), if when.is_empty() { "" } else { ": " })
    }

    fn feeds(&self, places: &HashMap<&str, String>, out: &mut String) {
        for (s, figure) in self.sheet.figures.iter().enumerate() {
            for (to, by) in &figure.inside.feeds {
                if let Some(to) = places.get(to.as_str()) {
                    let ink = self.colour(Ink::WarnLine);
                    let _ = writeln!(
                        out,
                        "    {} -> {to} [style=dotted, arrowhead=empty, penwidth=1.6, color=\"{ink}\", fontcolor=\"{ink}\", constraint=false, \
                         label=<{}>]",
                        self.node(s),
                        html(&format!("brings others in by {by}"))
                    );
                }
            }
        }
    }
}

/// The ink of what changed.
fn changed(change: Change) -> Option<Ink> {
    match change {
        Change::Same => None,
        Change::Added => Some(Ink::Added),
        Change::Removed => Some(Ink::Removed),
        Change::Moved | Change::Shown => Some(Ink::Moved),
        Change::Untested | Change::Aside => Some(Ink::Mute),
    }
}

/// Text that is gone, struck through line by line, since a line break may not stand inside.
fn struck(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    text.split(LEFT_BREAK).map(|line| format!("<S>{line}</S>")).collect::<Vec<_>>().join(LEFT_BREAK)
}
