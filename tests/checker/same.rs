//! Changes of a text that change nothing of what it means.

use funnelc::{
    model::{Model, Source},
    workspace::Analysis,
};
use std::collections::BTreeMap;

/// A change, and whether the places of findings keep their text.
pub struct Change {
    pub name: &'static str,
    pub make: fn(&str, &Analysis) -> Option<String>,
    /// How the text of a place is compared.
    pub place: fn(&str) -> String,
}

/// All changes.
pub const CHANGES: &[Change] = &[
    Change { name: "other names", make: rename, place: |_| String::new() },
    Change { name: "formatted", make: format, place: folded },
    Change { name: "a wait in two", make: split_waits, place: head },
    Change { name: "declarations in another order", make: reorder, place: folded },
    Change { name: "segments written out", make: inline_segments, place: |_| String::new() },
    Change { name: "plays written out", make: inline_plays, place: |_| String::new() },
    Change { name: "sides of `and` and `or` swapped", make: swap_sides, place: |_| String::new() },
    Change { name: "doors that have nothing to do with each other swapped", make: swap_doors, place: folded },
];

fn folded(text: &str) -> String {
    // The formatter takes parentheses away that say nothing.
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['(', ')'], "")
}

fn head(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The findings of a program: codes, and how the places are to be compared.
pub fn findings(analysis: &Analysis, place: fn(&str) -> String) -> BTreeMap<(String, String), usize> {
    let mut out = BTreeMap::new();
    for finding in analysis.diagnostics.iter() {
        let key = (finding.code.id.to_owned(), place(analysis.sources.slice(finding.primary.span)));
        *out.entry(key).or_insert(0) += 1;
    }
    out
}

/// A text in pieces: words, and what stands between them. Quotes and comments are one piece each.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if first == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends || *c == '\n'
            });
            end.map_or(rest.len(), |(at, c)| at + c.len_utf8())
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        out.push(piece);
        rest = after;
    }
    out
}

fn names(model: &Model) -> Vec<String> {
    let built_in = |span: Option<funnelc::source::Span>| span.is_none();
    let mut out: Vec<String> = Vec::new();
    let mut push = |name: &funnelc::model::Name| {
        if !built_in(name.span) {
            out.push(name.text.to_string());
        }
    };
    model.attributes.values().for_each(|it| push(&it.name));
    model.events.values().for_each(|it| push(&it.name));
    model.channels.values().for_each(|it| push(&it.name));
    model.messages.values().for_each(|it| push(&it.name));
    model.actions.values().for_each(|it| push(&it.name));
    model.segments.values().for_each(|it| push(&it.name));
    model.scores.values().for_each(|it| push(&it.name));
    model.plays.values().for_each(|it| push(&it.name));
    model.funnels.values().for_each(|it| push(&it.name));
    model.stages.values().for_each(|it| push(&it.name));
    out.sort();
    out.dedup();
    out
}

/// Words of the language that may be names as well: where one stands it is hard to say which it is.
const WORDS: &str = "use timezone contact event channel message action segment score play assume guarantee funnel test stage goal final \
    nurture enter leave reentry visits target open feeds formerly note for each never starting leaving restart entering needs consent \
    quiet cap template transactional by text number flag date time one of list ours fixed opt out every week day days hours minutes \
    seconds weeks calendar month year hour minute second monday on within sum average highest lowest first exactly least most up repeat \
    times split wait send record set add remove do stop skip past open known missing starts ends contains with web email sms push \
    expect given held capped reaches leaves between messages reachable goes through follows tags yes no most timezone name";

/// Every name becomes another, in another alphabetical order.
fn rename(text: &str, analysis: &Analysis) -> Option<String> {
    let mut names = names(&analysis.model);
    names.retain(|name| !WORDS.split_whitespace().any(|word| word == name));
    let pieces = pieces(text);
    let mut out = String::new();
    for piece in pieces {
        match names.iter().position(|name| name == piece) {
            Some(at) => out.push_str(&format!("n{:03}_{}", 999 - at, piece.to_lowercase())),
            None => out.push_str(piece),
        }
    }
    // A name that is also a property, a `one of` word or a split's name stays one name for all of them.
    Some(out)
}

fn format(text: &str, _: &Analysis) -> Option<String> {
    let mut sources = funnelc::source::SourceMap::new();
    let parsed = funnelc::parse::parse(sources.add("case.funnel", text), text);
    parsed.diagnostics.is_empty().then(|| funnelc::fmt::print(&parsed.file))
}

/// `wait 4 days` becomes `wait 2 days` twice.
fn split_waits(text: &str, _: &Analysis) -> Option<String> {
    let mut changed = false;
    let mut out = String::new();
    for line in text.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["wait", amount, unit] = words[..]
            && let Ok(amount) = amount.parse::<u32>()
            && amount > 1
            && unit.ends_with('s')
        {
            changed = true;
            let unit = |n: u32| if n == 1 { unit.trim_end_matches('s') } else { unit };
            let (one, two) = (amount / 2, amount - amount / 2);
            out.push_str(&format!("{indent}wait {one} {}\n{indent}wait {two} {}\n", unit(one), unit(two)));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    changed.then_some(out)
}

/// A text as its top-level items, each with the comments before it.
fn items(text: &str) -> Vec<String> {
    let (mut out, mut item, mut depth) = (Vec::new(), String::new(), 0_i64);
    for line in text.lines() {
        item.push_str(line);
        item.push('\n');
        for piece in pieces(line) {
            depth += match piece {
                "{" | "(" | "[" => 1,
                "}" | ")" | "]" => -1,
                _ => 0,
            };
        }
        let trimmed = line.trim();
        if depth == 0 && !trimmed.is_empty() && !trimmed.starts_with('#') {
            out.push(std::mem::take(&mut item));
        }
    }
    if !item.trim().is_empty() {
        out.push(item);
    }
    out
}

/// The same declarations from the last to the first; what is run keeps its order, and so do attributes.
fn reorder(text: &str, _: &Analysis) -> Option<String> {
    let items = items(text);
    let word = |item: &String| item.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).map(head);
    let is_fixed = |item: &String| matches!(word(item).as_deref(), Some("funnel" | "use" | "timezone" | "test") | None);
    // A line that goes on in the next one is no item of its own.
    let goes_on = |item: &String| matches!(word(item).as_deref(), Some("and" | "or" | "else" | "otherwise" | "when"));
    if items.iter().any(goes_on) || items.iter().any(|item| item.trim_end().ends_with(" and") || item.trim_end().ends_with(" or")) {
        return None;
    }
    let (fixed, mut free): (Vec<String>, Vec<String>) = items.into_iter().partition(is_fixed);
    free.reverse();
    let half = fixed.len() / 2;
    Some([&fixed[..half], &free[..], &fixed[half..]].concat().concat())
}

/// `in segment x` becomes the condition itself, in parentheses.
fn inline_segments(text: &str, _: &Analysis) -> Option<String> {
    let mut out = text.to_owned();
    let mut changed = false;
    for _ in 0..4 {
        let lines: Vec<String> = out.lines().map(str::to_owned).collect();
        let declared = lines.iter().enumerate().find_map(|(at, line)| {
            let (name, rest) = line.strip_prefix("segment ")?.split_once(' ')?;
            let (_, when) = rest.split_once("when ").filter(|_| !rest.contains('{'))?;
            Some((at, name.to_owned(), when.split('#').next().unwrap_or(when).trim().to_owned()))
        });
        let Some((at, name, when)) = declared else { break };
        let next = lines.get(at + 1).map_or("", |line| line.trim());
        let open = |text: &str| text.ends_with(" and") || text.ends_with(" or") || text.ends_with('(') || text.ends_with('[');
        if open(&when) || next.starts_with("and ") || next.starts_with("or ") || !out.contains(&format!("in segment {name}")) {
            return None;
        }
        changed = true;
        let rest: Vec<String> = lines.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| line.clone()).collect();
        let mut text = rest.join("\n") + "\n";
        for end in [" ", "\n", ")", ","] {
            text = text.replace(&format!("in segment {name}{end}"), &format!("({when}){end}"));
        }
        out = text;
    }
    changed.then_some(out)
}

/// A play without parameters is written where it is used.
fn inline_plays(text: &str, _: &Analysis) -> Option<String> {
    let items = items(text);
    let play = items.iter().find_map(|item| {
        let begin = item.lines().find(|line| line.starts_with("play "))?;
        let (name, _) = begin.strip_prefix("play ")?.split_once(' ')?;
        let body = &item[item.find(begin)?..];
        (!name.contains('(')).then(|| (item.clone(), name.to_owned(), body[body.find('{').unwrap_or(0)..].trim_end().to_owned()))
    });
    let (item, name, body) = play?;
    let mut changed = false;
    let rest = text.replacen(&item, "", 1);
    let mut out = String::new();
    for line in rest.lines() {
        out.push_str(line);
        let uses = line.trim() == format!("nurture {name}")
            || line.trim().starts_with(&format!("nurture {name} when ")) && !line.contains('{')
            || line.trim().starts_with(&format!("nurture {name} each time ")) && !line.contains('{');
        if uses {
            out.push(' ');
            out.push_str(&body);
            changed = true;
        }
        out.push('\n');
    }
    let is_left = out.contains(&format!("nurture {name}(")) || out.contains(&format!("nurture {name} as "));
    (changed && !is_left).then_some(out)
}

/// `a and b` becomes `b and a` where that is all there is.
fn swap_sides(text: &str, _: &Analysis) -> Option<String> {
    let mut changed = false;
    let mut out = String::new();
    for line in text.lines() {
        let swapped = swapped(line);
        changed |= swapped.is_some();
        out.push_str(&swapped.unwrap_or_else(|| line.to_owned()));
        out.push('\n');
    }
    changed.then_some(out)
}

fn swapped(line: &str) -> Option<String> {
    let code = line.trim_start();
    if code.starts_with('#') || line.contains('"') || line.contains('(') || line.contains(" where ") || line.contains(" between ") {
        return None;
    }
    let begin = [" when ", "if ", "on ", " until "].iter().filter_map(|word| line.find(word).map(|at| at + word.len())).min()?;
    let end = [" up to ", " {"].iter().filter_map(|word| line[begin..].find(word).map(|at| begin + at)).min().unwrap_or(line.len());
    let condition = &line[begin..end];
    let joined = [" and ", " or "].into_iter().filter(|word| condition.contains(word)).collect::<Vec<_>>();
    let [word] = joined[..] else { return None };
    let mut sides: Vec<&str> = condition.split(word).collect();
    sides.reverse();
    Some(format!("{}{}{}", &line[..begin], sides.join(word), &line[end..]))
}

/// Two doors of a stage, one after the other in the file, that lead from different stages.
fn swap_doors(text: &str, analysis: &Analysis) -> Option<String> {
    for stage in analysis.model.stages.values() {
        for pair in stage.doors.windows(2) {
            let [one, two] = pair else { continue };
            let disjoint = match (&one.source, &two.source) {
                (Source::Stages(a), Source::Stages(b)) => a.iter().all(|(id, _)| b.iter().all(|(other, _)| id != other)),
                (Source::Outside, Source::Stages(_)) | (Source::Stages(_), Source::Outside) => true,
                _ => false,
            };
            let (a, b) = (one.span.range(), two.span.range());
            if disjoint && a.end <= b.start && !text[a.end..b.start].contains('#') {
                return Some([&text[..a.start], &text[b.clone()], &text[a.end..b.start], &text[a.clone()], &text[b.end..]].concat());
            }
        }
    }
    None
}
