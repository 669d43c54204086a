//! Mermaid, for pages that draw it themselves.
//!
//! Job: a flowchart of each funnel, its stages with what stands on their cards.
//! Invariants: every id is a prefix of ours and numbers, since words such as `end` break a chart; every text is quoted and
//! escaped; a chart stays within the 500 ways and the length that Mermaid takes.
//! Deliberately absent: layout, and themes beyond colours.

use crate::{
    diag::Severity,
    picture::{
        content::{Line, Role, counted},
        sheet::{Change, Figure, Link, Reads, Sheet},
    },
};
use std::fmt::Write as _;

/// So many ways Mermaid takes.
const WAYS_MAX: usize = 500;
/// So long a chart may be, well below what Mermaid takes.
const LENGTH_MAX: usize = 45_000;

/// Writes funnels as one flowchart.
#[must_use]
pub fn mermaid(sheets: &[Sheet]) -> String {
    let whole = chart(sheets, true);
    if whole.len() <= LENGTH_MAX { whole } else { chart(sheets, false) }
}

fn chart(sheets: &[Sheet], with_rows: bool) -> String {
    let mut out = String::from("flowchart TD\n");
    let titles: Vec<&str> = sheets.iter().map(|sheet| sheet.title.as_str()).collect();
    let _ = writeln!(out, "  accTitle: {}", plain(&titles.join(", ")));
    let _ = writeln!(out, "  accDescr: {}", plain(&sheets.iter().map(|sheet| sheet.facts.join(" · ")).collect::<Vec<_>>().join("; ")));
    let mut room = WAYS_MAX;
    let mut styles: Vec<(usize, &str)> = Vec::new();
    for (n, sheet) in sheets.iter().enumerate() {
        if sheets.len() > 1 {
            let _ = writeln!(out, "  subgraph f{n}[\"{}\"]", label(&sheet.title));
        }
        if let Some(banner) = &sheet.banner {
            let _ = writeln!(out, "  f{n}_note[\"{}\"]:::broken", label(banner));
        }
        for (r, row) in sheet.findings.iter().enumerate() {
            let class = if row.reads == Reads::Finding(Severity::Error) { "broken" } else { "warned" };
            let _ = writeln!(out, "  f{n}_found{r}[\"{}\"]:::{class}", label(&row.text));
        }
        for (s, figure) in sheet.figures.iter().enumerate() {
            card(&mut out, &format!("f{n}_s{s}"), figure, with_rows);
        }
        let shown = sheet.links.len().min(room);
        for link in sheet.links.iter().take(shown) {
            if let Some(style) = style(link) {
                styles.push((WAYS_MAX - room, style));
            }
            room -= 1;
            way(&mut out, n, link);
        }
        if shown < sheet.links.len() {
            let _ = writeln!(out, "  f{n}_more[\"{}\"]", label(&format!("+{} more", counted(sheet.links.len() - shown, "way"))));
        }
        if sheets.len() > 1 {
            out.push_str("  end\n");
        }
    }
    for (n, style) in styles {
        let _ = writeln!(out, "  linkStyle {n} {style}");
    }
    out.push_str(CLASSES);
    if sheets.iter().flat_map(|sheet| &sheet.figures).any(|figure| matches!(figure.change, Change::Untested | Change::Aside)) {
        out.push_str(UNTESTED);
    }
    out
}

const UNTESTED: &str = "  classDef untested fill:#f1f5f9,stroke:#94a3b8,color:#475569,stroke-dasharray:2 4\n";

const CLASSES: &str = "  classDef start fill:#1d4ed8,stroke:#1d4ed8,color:#ffffff
  classDef stage fill:#334155,stroke:#7d8ba1,color:#ffffff
  classDef goal fill:#15803d,stroke:#15803d,color:#ffffff,stroke-width:2px
  classDef side fill:#e2e8f0,stroke:#64748b,color:#0f172a,stroke-dasharray:5 4
  classDef warned fill:#fde68a,stroke:#b45309,color:#78350f,stroke-dasharray:5 4,stroke-width:2px
  classDef broken fill:#b91c1c,stroke:#b91c1c,color:#ffffff,stroke-width:2.5px
  classDef added fill:#dcfce7,stroke:#15803d,color:#14532d,stroke-width:3px
  classDef removed fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d,stroke-dasharray:5 4
  classDef moved fill:#dbeafe,stroke:#1d4ed8,color:#1e3a8a,stroke-width:3px
";

fn class(figure: &Figure) -> &'static str {
    let found = figure.rows.iter().filter_map(|row| if let Reads::Finding(severity) = row.reads { Some(severity) } else { None }).min();
    match (figure.change, found) {
        (Change::Added, _) => "added",
        (Change::Removed, _) => "removed",
        (Change::Moved | Change::Shown, _) => "moved",
        (Change::Untested | Change::Aside, None) => "untested",
        (Change::Same | Change::Untested | Change::Aside, Some(Severity::Error)) => "broken",
        (Change::Same | Change::Untested | Change::Aside, Some(_)) => "warned",
        (Change::Same, None) => match figure.role {
            Role::Start => "start",
            Role::Plain => "stage",
            Role::Goal => "goal",
            Role::Side | Role::Final => "side",
        },
    }
}

fn card(out: &mut String, id: &str, figure: &Figure, with_rows: bool) {
    let mut text = format!("<b>{}</b>", label(&figure.name));
    if !figure.words.is_empty() {
        let _ = write!(text, " {}", figure.words.join(" · "));
    }
    if let Some(count) = figure.count {
        let _ = write!(text, " · {count}");
    }
    for row in figure.rows.iter().filter(|row| with_rows || matches!(row.reads, Reads::Finding(_))) {
        let indent = "#160;#160;".repeat(row.depth.min(8));
        let chip = row.chip.as_deref().map_or_else(String::new, |chip| format!("{} ", label(chip)));
        let said = label(&row.text);
        let said = match row.change {
            Change::Same | Change::Untested | Change::Shown | Change::Aside => said,
            Change::Added | Change::Moved => format!("+ {said}"),
            Change::Removed => format!("<s>{said}</s>"),
        };
        let _ = write!(text, "<br/>{indent}{chip}{said}");
    }
    let _ = writeln!(out, "  {id}[\"{text}\"]:::{}", class(figure));
}

fn way(out: &mut String, n: usize, link: &Link) {
    let when = if link.line == Line::Spine && link.change == Change::Same { String::new() } else { link.when.join(" or ") };
    let parts: Vec<String> = link.share.iter().cloned().chain((!when.is_empty()).then_some(when)).collect();
    let when = label(&parts.join(" · "));
    let (open, close, bare) = match link.line {
        Line::Spine => ("==", "==>", "==>"),
        Line::On => ("--", "-->", "-->"),
        Line::Off | Line::Back => ("-.", ".->", "-.->"),
    };
    let (from, to) = (link.from, link.to);
    let _ = if when.is_empty() {
        writeln!(out, "  f{n}_s{from} {bare} f{n}_s{to}")
    } else {
        writeln!(out, "  f{n}_s{from} {open} \"{when}\" {close} f{n}_s{to}")
    };
}

fn style(link: &Link) -> Option<&'static str> {
    match (link.change, link.line) {
        (Change::Added, _) => Some("stroke:#15803d,color:#15803d"),
        (Change::Removed, _) => Some("stroke:#b91c1c,color:#b91c1c"),
        (Change::Moved | Change::Shown, _) => Some("stroke:#1d4ed8,color:#1d4ed8"),
        (Change::Untested | Change::Aside, _) => Some("stroke:#94a3b8,color:#64748b,stroke-dasharray:2 4"),
        (Change::Same, Line::Back) => Some("stroke:#7c3aed,color:#7c3aed"),
        (Change::Same, Line::Spine | Line::On | Line::Off) => None,
    }
}

/// A text for a label in quotes. What Mermaid would take for markup or for a list is written by number.
fn label(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    for (n, c) in text.chars().enumerate() {
        match c {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '&' => escaped.push_str("#amp;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            // Two of them would begin a formula, even by number; an invisible joiner keeps them apart.
            '$' => escaped.push_str("#36;\u{2060}"),
            // A colon after the word `style`, with a number sign behind, would take the end of the line away.
            '`' | '*' | '_' | '~' | '\\' | '[' | ']' | '{' | '}' | '|' | ':' => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
            '-' | '+' if n == 0 => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
            '.' | ')' if digits > 0 && n == digits => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
            '\n' | '\t' => escaped.push(' '),
            c if c.is_control() || is_turn(c) => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text for a line of its own.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '#' | ';' | '{' | '}' | '%') { ' ' } else { c })
        .filter(|c| !is_turn(*c))
        .collect()
}

/// Whether a character would turn round what stands beside it.
fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
