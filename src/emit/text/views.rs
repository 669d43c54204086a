//! The other views as text: bands as bars, lanes as lists by channel, a stage by day.

use super::{change, head, push};
use crate::picture::{
    agenda::Entry,
    content::Line,
    lanes::{channels, columns},
    notes::grouped,
    sheet::{Figure, Sheet},
    timeline::{goes, headed},
};

/// The longest bar.
const BAR: usize = 40;

/// Writes each funnel as bars: how many came, or, where nothing was counted, the order alone.
#[must_use]
pub fn bands(sheets: &[Sheet], width: usize) -> String {
    each(sheets, |sheet, out| {
        head(sheet, width, out);
        let most = sheet.count_max();
        let spine: Vec<usize> = sheet.spine().collect();
        for (at, n) in spine.iter().enumerate() {
            let Some(figure) = sheet.figures.get(*n) else { continue };
            let count = figure.count.map_or_else(String::new, |count| format!("  {}", grouped(count)));
            push(out, change(figure.change), "  ", &format!("{}{count}", figure.name), width);
            out.push_str(&bar(figure.count.unwrap_or(0), most, at, spine.len()));
            let names = does(figure);
            if !names.is_empty() {
                push(out, "    ", "    ", &names.join(" · "), width);
            }
            let link = sheet.links.iter().find(|link| link.from == *n && spine.get(at + 1) == Some(&link.to) && link.line == Line::Spine);
            match link.and_then(|link| link.share.as_deref()) {
                Some(share) => push(out, "    ▼ ", "", share, width),
                None if at + 1 < spine.len() => out.push_str("    ▼\n"),
                None => {}
            }
        }
    })
}

/// A bar whose length is the share of the most, or shrinks from stage to stage.
fn bar(count: u64, most: u64, at: usize, stages: usize) -> String {
    let long = if most > 0 {
        usize::try_from(u128::from(count) * 40 / u128::from(most)).unwrap_or(BAR)
    } else {
        BAR - (BAR - 10) * at / stages.saturating_sub(1).max(1)
    };
    format!("    {}\n", if long == 0 { "▏".to_owned() } else { "█".repeat(long.min(BAR)) })
}

/// What people get in a stage, each thing once.
fn does(figure: &Figure) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in figure.inside.agendas.iter().flat_map(|agenda| &agenda.entries).filter(|entry| entry.is_request) {
        let name = format!("{}{}", change(entry.change), entry.text);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Writes what each stage sends, channel by channel.
#[must_use]
pub fn lanes(sheets: &[Sheet], width: usize) -> String {
    each(sheets, |sheet, out| {
        head(sheet, width, out);
        let columns = columns(sheet);
        let channels = channels(&columns);
        if channels.is_empty() {
            out.push_str("nothing is sent and nothing is asked for\n");
        }
        for (c, chip) in channels.iter().enumerate() {
            if c > 0 {
                out.push('\n');
            }
            out.push_str(if chip == "DO" { "ACTIONS" } else { chip });
            out.push('\n');
            for (n, entries) in &columns {
                let mut entries = entries.iter().filter(|(entry, _)| entry.chip == *chip).peekable();
                let (Some(figure), true) = (sheet.figures.get(*n), entries.peek().is_some()) else { continue };
                let count = figure.count.map_or_else(String::new, |count| format!("  {}", grouped(count)));
                push(out, &format!("  {}", change(figure.change)), "    ", &format!("{}{count}", figure.name), width);
                for (entry, start) in entries {
                    let when = [vec![entry.day()], start.iter().cloned().collect(), entry.conditions.clone()].concat().join(", ");
                    push(out, &format!("    {}", change(entry.change)), "      ", &format!("{}: {when}", entry.text), width);
                }
            }
        }
    })
}

/// Writes single stages, what they do by day.
#[must_use]
pub fn stages(found: &[(Sheet, usize)], width: usize) -> String {
    each(found, |(sheet, n), out| {
        let Some(figure) = sheet.figures.get(*n) else { return };
        head(&headed(sheet, figure), width, out);
        out.push_str("COMES IN\n");
        for door in &figure.inside.doors {
            push(out, &format!("  {}", change(door.change)), "    ", &door.text, width);
        }
        if figure.inside.doors.is_empty() {
            out.push_str("  nobody: no door leads here\n");
        }
        for agenda in &figure.inside.agendas {
            let start = agenda.start.as_deref().map_or_else(String::new, |start| format!(", {start}"));
            out.push('\n');
            push(out, "", "  ", &format!("{}{start}", agenda.name.to_uppercase()), width);
            days(&agenda.entries, width, out);
        }
        out.push_str("\nGOES\n");
        for (text, changed) in goes(sheet, *n) {
            push(out, &format!("  {}→ ", change(changed)), "    ", &text, width);
        }
    })
}

fn days(entries: &[Entry], width: usize, out: &mut String) {
    let left = entries.iter().map(|entry| entry.day().chars().count()).max().unwrap_or(0);
    let mut day = String::new();
    for entry in entries {
        let words = entry.day();
        let first = if words == day { "" } else { words.as_str() };
        let conditions = if entry.conditions.is_empty() { String::new() } else { format!(" ({})", entry.conditions.join(", ")) };
        let begin = format!("  {first:>left$} │ {}{:<8} ", change(entry.change), entry.chip);
        let rest = format!("  {:>left$} │ {:<9}", "", "");
        push(out, &begin, &rest, &format!("{}{conditions}", entry.text), width);
        day = words;
    }
}

/// One after the other, an empty line between.
fn each<T>(things: &[T], write: impl Fn(&T, &mut String)) -> String {
    let mut out = String::new();
    for (n, thing) in things.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        write(thing, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn bars_shrink_with_their_counts_or_evenly() {
        assert_eq!(bar(0, 10, 1, 2), "    ▏\n");
        assert_eq!(bar(5, 10, 0, 2), format!("    {}\n", "█".repeat(20)));
        assert_eq!([bar(0, 0, 0, 3), bar(0, 0, 2, 3)], [format!("    {}\n", "█".repeat(40)), format!("    {}\n", "█".repeat(10))]);
    }
}
