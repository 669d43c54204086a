//! Graphviz DOT in the house style.
//!
//! Job: each stage a card with its role, its doors from outside, its nurtures and its ways out; each way between two
//! stages an edge with the conditions of its doors; `feeds` as dotted edges.
//! Invariants: declaration order in, declaration order out, so that adding a stage changes what is near it and nothing
//! else; every text is escaped; every id is a prefix of ours and a number.
//! Deliberately absent: layout. `dot` does it; weights and ranks only tell it which way is the main one.

mod rows;
mod text;
mod title;

use super::Backend;
use crate::{
    diag::{Diagnostics, Severity},
    lower::Sketch,
    model::Model,
    picture::{
        content::{Content, Line, Way, is_from_anywhere, name_of, opening, words},
        look::{BROKEN, Look, WARNED, chip, look},
    },
    ruleset::{RuleSet, Stage},
};
use rows::rows;
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};
use text::{string, wrapped};

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
        draw(rules, &Marks::default())
    }
}

/// Draws a sketch of a model with the findings about its stages.
#[must_use]
pub fn sketch(sketch: &Sketch, model: &Model, findings: &Diagnostics) -> String {
    let mut marks = Marks::default();
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Information) {
        let stage = model.stages.values().find(|stage| stage.span.contains(finding.primary.span));
        if let Some(stage) = stage {
            let id = format!("{}/{}", model.funnels[stage.funnel].name.text, stage.name.text);
            marks.0.entry(id).or_default().push((finding.severity, format!("{} {}", finding.code.id, finding.code.title)));
        }
    }
    draw(sketch.rules(), &marks)
}

/// Findings by the id of the stage they are about.
#[derive(Default)]
struct Marks(HashMap<String, Vec<(Severity, String)>>);

const LEFT_BREAK: &str = "<BR ALIGN=\"LEFT\"/>";

fn draw(rules: &RuleSet, marks: &Marks) -> String {
    let mut out = String::from(
        "// written by funnelc graph; render with: dot -Tsvg this.dot -o this.svg\n\
         digraph funnelc {\n\
         \x20 graph [rankdir=TB, nodesep=0.6, ranksep=0.45, splines=spline, newrank=true, bgcolor=\"#FFFFFF\", pad=0.35, fontname=\"Arial\", \
         fontsize=20, fontcolor=\"#0F172A\", labelloc=t, labeljust=l]\n\
         \x20 node [shape=plain, fontname=\"Arial\", fontsize=12, fontcolor=\"#0F172A\"]\n\
         \x20 edge [fontname=\"Arial\", fontsize=11, fontcolor=\"#334155\", color=\"#334155\", penwidth=1.6, arrowsize=0.75]\n",
    );
    let places = Places::new(rules);
    for (n, funnel) in rules.funnels.iter().enumerate() {
        Drawing { content: Content::new(rules, funnel), marks, places: &places, n }.draw(&mut out, rules.funnels.len() > 1);
    }
    for (n, funnel) in rules.funnels.iter().enumerate() {
        Drawing { content: Content::new(rules, funnel), marks, places: &places, n }.feeds(&mut out);
    }
    out.push_str("}\n");
    out
}

/// The node of each stage, by its id.
struct Places<'r>(HashMap<&'r str, String>);

impl<'r> Places<'r> {
    fn new(rules: &'r RuleSet) -> Self {
        let nodes = rules
            .funnels
            .iter()
            .enumerate()
            .flat_map(|(f, funnel)| funnel.stages.iter().enumerate().map(move |(s, stage)| (stage.id.as_str(), format!("f{f}_s{s}"))));
        Self(nodes.collect())
    }
}

struct Drawing<'r> {
    content: Content<'r>,
    marks: &'r Marks,
    places: &'r Places<'r>,
    n: usize,
}

/// How an edge is drawn.
fn attributes(line: Line) -> &'static str {
    match line {
        Line::Spine => "weight=20, penwidth=2.4",
        Line::On => "penwidth=1.6",
        Line::Off => "style=dashed, penwidth=1.3, color=\"#64748B\", fontcolor=\"#475569\"",
        Line::Back => "style=dotted, penwidth=1.8, color=\"#7C3AED\", fontcolor=\"#6D28D9\", constraint=false",
    }
}

impl Drawing<'_> {
    fn draw(&self, out: &mut String, one_of_several: bool) {
        let title = self.title();
        if one_of_several {
            let _ = writeln!(
                out,
                "\n  subgraph cluster_f{} {{\n    graph [label=<{title}>, margin=24, style=rounded, color=\"#CBD5E1\"]",
                self.n
            );
        } else {
            let _ = writeln!(out, "  graph [label=<{title}>]");
        }
        for (s, stage) in self.content.funnel.stages.iter().enumerate() {
            self.card(out, s, stage);
        }
        self.edges(out);
        if one_of_several {
            out.push_str("  }\n");
        }
    }

    fn node(&self, s: usize) -> String {
        format!("f{}_s{s}", self.n)
    }

    fn card(&self, out: &mut String, s: usize, stage: &Stage) {
        let role = self.content.roles[s];
        let marks = self.marks.0.get(&stage.id).map_or([].as_slice(), Vec::as_slice);
        let colours = match marks.iter().map(|(severity, _)| severity).min() {
            Some(Severity::Error) => BROKEN,
            Some(Severity::Warning | Severity::Information) => WARNED,
            None => look(role),
        };
        let name = name_of(stage);
        let words = words(stage, role).join(" · ");
        let tooltip = stage.note.as_ref().map_or_else(|| name.to_owned(), |note| format!("{name}: {note}"));
        let _ = write!(out, "    {} [id=\"{}\", tooltip={}, label=<\n      ", self.node(s), self.node(s), string(&tooltip));
        out.push_str(&open_table(colours));
        let _ = writeln!(
            out,
            "        <TR><TD COLSPAN=\"2\" BGCOLOR=\"{}\" ALIGN=\"LEFT\" BALIGN=\"LEFT\" WIDTH=\"220\"><FONT COLOR=\"{}\" POINT-SIZE=\"14\"><B>{}</B></FONT>{}</TD></TR>",
            colours.header,
            colours.name,
            wrapped(name, LEFT_BREAK),
            if words.is_empty() {
                String::new()
            } else {
                format!("<FONT COLOR=\"{}\" POINT-SIZE=\"10\">&#160;&#160;&#160;{words}</FONT>", colours.word)
            }
        );
        for (severity, what) in marks {
            let ink = if *severity == Severity::Error { "#B91C1C" } else { "#78350F" };
            let _ = writeln!(
                out,
                "        <TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT COLOR=\"{ink}\" POINT-SIZE=\"11\"><B>{}</B></FONT></TD></TR>",
                wrapped(what, LEFT_BREAK)
            );
        }
        for row in rows(self.content.rules, stage) {
            match &row.chip {
                None => {
                    let _ = writeln!(out, "        <TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\" BALIGN=\"LEFT\">{}</TD></TR>", row.text);
                }
                Some(word) => {
                    let (back, ink) = chip(word);
                    let _ = writeln!(
                        out,
                        "        <TR><TD BGCOLOR=\"{back}\" WIDTH=\"62\" HEIGHT=\"22\" CELLPADDING=\"2\"><FONT COLOR=\"{ink}\" POINT-SIZE=\"9\"><B>{word}</B></FONT></TD>\
                         <TD ALIGN=\"LEFT\" BALIGN=\"LEFT\" CELLPADDING=\"4\" WIDTH=\"170\">{}</TD></TR>",
                        row.text
                    );
                }
            }
        }
        out.push_str("      </TABLE>>]\n");
    }

    fn edges(&self, out: &mut String) {
        let mut joined = HashSet::new();
        for Way { from, to, doors, line } in &self.content.ways {
            let (from, to, line) = (*from, *to, *line);
            if line == Line::Spine {
                joined.insert((from, to));
            }
            let text = doors.iter().map(|door| opening(&door.sentence, false)).collect::<Vec<_>>();
            let sentences = doors.iter().map(|door| door.sentence.as_str()).collect::<Vec<_>>().join("\n");
            let (a, b) = (self.node(from), self.node(to));
            let ports = match line {
                Line::Spine => (":s", ":n"),
                Line::Back if from == to => (":e", ":e"),
                Line::On | Line::Off | Line::Back => ("", ""),
            };
            let _ = writeln!(
                out,
                "    {a}{} -> {b}{} [{}, label=<{}>, tooltip={}]",
                ports.0,
                ports.1,
                attributes(line),
                label(&text),
                string(&sentences)
            );
        }
        // Stages of the main way stand below each other even where no door joins them.
        for pair in self.content.spine().collect::<Vec<_>>().windows(2) {
            if let [from, to] = pair
                && !joined.contains(&(*from, *to))
            {
                let _ = writeln!(out, "    {} -> {} [style=invis, weight=8]", self.node(*from), self.node(*to));
            }
        }
        for (to, stage) in self.content.funnel.stages.iter().enumerate() {
            let doors = stage.doors.iter().filter(|door| is_from_anywhere(door));
            for (d, door) in doors.enumerate() {
                let any = format!("f{}_any{to}_{d}", self.n);
                if to > 0 {
                    let _ = writeln!(out, "    {{ rank=same; {}; {any} }}", self.node(to - 1));
                }
                let to = self.node(to);
                let _ = writeln!(
                    out,
                    "    {any} [id=\"{any}\", label=<<FONT COLOR=\"#475569\"><I>any other stage</I></FONT>>]\n    {any} -> {to} [{}, label=<{}>, tooltip={}]",
                    attributes(Line::Off),
                    label(&[opening(&door.sentence, false)]),
                    string(&door.sentence)
                );
            }
        }
    }

    fn feeds(&self, out: &mut String) {
        for (s, stage) in self.content.funnel.stages.iter().enumerate() {
            for feed in &stage.feeds {
                if let Some(to) = self.places.0.get(feed.stage.as_str()) {
                    let _ = writeln!(
                        out,
                        "    {} -> {to} [style=dotted, arrowhead=empty, penwidth=1.6, color=\"#B45309\", fontcolor=\"#B45309\", constraint=false, label=<{}>]",
                        self.node(s),
                        label(&[format!("brings others in by {}", feed.by)])
                    );
                }
            }
        }
    }
}

/// A label beside its edge, with a little air; several doors of one way stand below each other.
fn label(doors: &[String]) -> String {
    let or = format!("{LEFT_BREAK}<I>or</I>&#160;");
    let text = doors.iter().map(|text| wrapped(text, LEFT_BREAK)).collect::<Vec<_>>().join(&or);
    format!("<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"3\"><TR><TD BALIGN=\"LEFT\">{text}</TD></TR></TABLE>")
}

fn open_table(look: Look) -> String {
    format!(
        "<TABLE BORDER=\"{}\" COLOR=\"{}\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"6\"{} BGCOLOR=\"#FFFFFF\">\n",
        look.width,
        look.border,
        if look.dashed { " STYLE=\"DASHED\"" } else { "" }
    )
}
