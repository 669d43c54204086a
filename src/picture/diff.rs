//! What became of a funnel since an older version of it, on one sheet.
//!
//! Stages are the same by their ids, or by the name they had before. What is gone stays where it stood; what stands in
//! another order than before counts as moved, the fewest of them that can be.

use super::{
    agenda::{Agenda, Entry},
    content::{Line, counted},
    sheet::{Change, Figure, Inside, Link, Reads, Row, Said, Sheet},
};

/// The new sheet with what was added, removed and moved since the old one.
#[must_use]
pub fn compared(new: Sheet, old: Option<&Sheet>) -> Sheet {
    let nothing = Sheet { figures: Vec::new(), links: Vec::new(), ..new.clone() };
    let old = old.unwrap_or(&nothing);
    let matched: Vec<Option<usize>> =
        new.figures.iter().map(|figure| old.figures.iter().position(|before| is_same(figure, before))).collect();
    let kept = longest_rising(&matched);
    let mut figures: Vec<Figure> = Vec::new();
    let mut old_places = vec![None; old.figures.len()];
    let mut new_places = Vec::new();
    // What is gone stands behind what it followed.
    let mut gone: Vec<usize> = (0..old.figures.len()).filter(|n| !matched.contains(&Some(*n))).collect();
    let mut take_gone = |before: Option<usize>, figures: &mut Vec<Figure>, old_places: &mut Vec<Option<usize>>| {
        let mut after = before.map_or(0, |n| n + 1);
        while let Some(at) = gone.iter().position(|n| *n == after) {
            gone.remove(at);
            old_places[after] = Some(figures.len());
            figures.push(removed(&old.figures[after]));
            after += 1;
        }
    };
    take_gone(None, &mut figures, &mut old_places);
    for (n, figure) in new.figures.iter().enumerate() {
        new_places.push(figures.len());
        let before = matched[n].and_then(|m| old.figures.get(m));
        figures.push(before.map_or_else(|| added(figure), |before| changed(figure, before, !kept.contains(&n))));
        if let Some(m) = matched[n] {
            old_places[m] = Some(figures.len() - 1);
            take_gone(Some(m), &mut figures, &mut old_places);
        }
    }
    let mut links = links(&new, old, &new_places, &old_places);
    straighten(&figures, &mut links);
    let mut facts = new.facts.clone();
    facts.push(summary(&figures, &links));
    Sheet { facts, figures, links, ..new }
}

/// An old sheet whose funnel is gone.
#[must_use]
pub fn gone(old: &Sheet) -> Sheet {
    let empty = Sheet { figures: Vec::new(), links: Vec::new(), ..old.clone() };
    compared(empty, Some(old))
}

fn is_same(new: &Figure, old: &Figure) -> bool {
    new.id == old.id || new.was.as_ref() == Some(&old.id)
}

fn added(figure: &Figure) -> Figure {
    let rows = figure.rows.iter().map(|row| with(row, Change::Added)).collect();
    Figure { change: Change::Added, rows, inside: within(&figure.inside, &Inside::default()), ..figure.clone() }
}

fn removed(figure: &Figure) -> Figure {
    let rows = figure.rows.iter().map(|row| with(row, Change::Removed)).collect();
    let inside = Inside { is_final: figure.inside.is_final, ..within(&Inside::default(), &figure.inside) };
    Figure { change: Change::Removed, rows, count: None, inside, ..figure.clone() }
}

fn with(row: &Row, change: Change) -> Row {
    let change = if matches!(row.reads, Reads::Finding(_)) { Change::Same } else { change };
    Row { change, ..row.clone() }
}

fn changed(new: &Figure, old: &Figure, has_moved: bool) -> Figure {
    let (findings, rows): (Vec<Row>, Vec<Row>) = new.rows.iter().cloned().partition(|row| matches!(row.reads, Reads::Finding(_)));
    let mut all = findings;
    if new.words != old.words || new.name != old.name {
        let words = if old.words.is_empty() { String::new() } else { format!(" {}", old.words.join(" · ")) };
        all.push(Row { change: Change::Moved, ..Row::remark(format!("was {}{words}", old.name)) });
    }
    let before: Vec<Row> = old.rows.iter().filter(|row| !matches!(row.reads, Reads::Finding(_))).cloned().collect();
    all.extend(merged(&rows, &before, with));
    let change = if has_moved { Change::Moved } else { Change::Same };
    Figure { change, rows: all, inside: within(&new.inside, &old.inside), ..new.clone() }
}

/// What is told of a stage where there is room, with what changed in it.
fn within(new: &Inside, old: &Inside) -> Inside {
    let said = |said: &Said, change| Said { change, ..said.clone() };
    let entry = |entry: &Entry, change| Entry { change, ..entry.clone() };
    let mut agendas: Vec<Agenda> = Vec::new();
    for agenda in &new.agendas {
        let before = old.agendas.iter().find(|other| other.id == agenda.id).map_or([].as_slice(), |other| &other.entries);
        agendas.push(Agenda { entries: shifted(merged(&agenda.entries, before, entry)), ..agenda.clone() });
    }
    let is_gone = |agenda: &&Agenda| new.agendas.iter().all(|other| other.id != agenda.id);
    agendas.extend(old.agendas.iter().filter(is_gone).map(|gone| Agenda { entries: merged(&[], &gone.entries, entry), ..gone.clone() }));
    let doors = merged(&new.doors, &old.doors, said);
    let (anywhere, leaves) = (merged(&new.anywhere, &old.anywhere, said), merged(&new.leaves, &old.leaves, said));
    Inside { doors, anywhere, agendas, leaves, ..new.clone() }
}

/// What is done on another day than before is one entry, and not one that is gone and a new one.
fn shifted(entries: Vec<Entry>) -> Vec<Entry> {
    let is_same = |a: &Entry, b: &Entry| (&a.chip, &a.text, &a.conditions) == (&b.chip, &b.text, &b.conditions);
    let (gone, mut kept): (Vec<Entry>, Vec<Entry>) = entries.iter().cloned().partition(|entry| {
        entry.change == Change::Removed && entries.iter().any(|other| other.change == Change::Added && is_same(entry, other))
    });
    for gone in gone {
        match kept.iter_mut().find(|entry| entry.change == Change::Added && is_same(entry, &gone)) {
            Some(entry) => (entry.change, entry.was) = (Change::Moved, Some(gone.when)),
            None => kept.push(gone),
        }
    }
    kept
}

/// What both have, in order: those of the longest list that both have stay as they are, the others are marked.
fn merged<T: Clone + PartialEq>(new: &[T], old: &[T], with: impl Fn(&T, Change) -> T) -> Vec<T> {
    let mut longest = vec![vec![0_usize; old.len() + 1]; new.len() + 1];
    for n in (0..new.len()).rev() {
        for o in (0..old.len()).rev() {
            longest[n][o] = if new[n] == old[o] { longest[n + 1][o + 1] + 1 } else { longest[n + 1][o].max(longest[n][o + 1]) };
        }
    }
    let (mut n, mut o) = (0, 0);
    let mut all = Vec::new();
    while n < new.len() || o < old.len() {
        if n < new.len() && o < old.len() && new[n] == old[o] {
            all.push(new[n].clone());
            (n, o) = (n + 1, o + 1);
        } else if o < old.len() && (n == new.len() || longest[n][o + 1] >= longest[n + 1][o]) {
            all.push(with(&old[o], Change::Removed));
            o += 1;
        } else {
            all.push(with(&new[n], Change::Added));
            n += 1;
        }
    }
    all
}

/// Which of these stand in rising order, as many as can be.
fn longest_rising(matched: &[Option<usize>]) -> Vec<usize> {
    let mut best: Vec<Vec<usize>> = Vec::new();
    for (n, m) in matched.iter().enumerate() {
        let Some(m) = m else { continue };
        let before =
            best.iter().filter(|run| run.last().and_then(|last| matched[*last]).is_some_and(|last| last < *m)).max_by_key(|run| run.len());
        let mut run = before.cloned().unwrap_or_default();
        run.push(n);
        best.push(run);
    }
    best.into_iter().rev().max_by_key(Vec::len).unwrap_or_default()
}

fn links(new: &Sheet, old: &Sheet, new_places: &[usize], old_places: &[Option<usize>]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut before: Vec<Link> = (old.links.iter())
        .filter_map(|link| {
            Some(Link { from: (*old_places.get(link.from)?)?, to: (*old_places.get(link.to)?)?, share: None, ..link.clone() })
        })
        .collect();
    for link in &new.links {
        let (Some(from), Some(to)) = (new_places.get(link.from).copied(), new_places.get(link.to).copied()) else { continue };
        let was = before.iter().position(|other| (other.from, other.to) == (from, to)).map(|at| before.remove(at));
        let mut link = Link { from, to, ..link.clone() };
        match was {
            None => link.change = Change::Added,
            Some(was) if was.when != link.when => {
                link.change = Change::Moved;
                link.when = vec![format!("{} (was {})", link.when.join(" or "), was.when.join(" or "))];
            }
            Some(_) => {}
        }
        links.push(link);
    }
    links.extend(before.into_iter().map(|link| Link { change: Change::Removed, ..link }));
    links
}

/// Says anew which ways lead straight to the next stage, for between two stages a third may stand now.
fn straighten(figures: &[Figure], links: &mut [Link]) {
    let spine: Vec<usize> = (0..figures.len()).filter(|n| figures[*n].role.is_on_the_way()).collect();
    let place = |n: usize| spine.iter().position(|other| *other == n);
    for link in links {
        link.line = match (place(link.from), place(link.to)) {
            (Some(from), Some(to)) if to == from + 1 => Line::Spine,
            _ if link.to <= link.from => Line::Back,
            (_, None) => Line::Off,
            (_, Some(_)) => Line::On,
        };
    }
}

fn summary(figures: &[Figure], links: &[Link]) -> String {
    let of = |wanted: Change| figures.iter().filter(|figure| figure.change == wanted).count();
    let mut parts = Vec::new();
    for (change, word) in [(Change::Added, "added"), (Change::Removed, "removed"), (Change::Moved, "moved")] {
        if of(change) > 0 {
            parts.push(format!("{} {word}", counted(of(change), "stage")));
        }
    }
    let inside = |figure: &&Figure| {
        matches!(figure.change, Change::Same | Change::Moved) && figure.rows.iter().any(|row| row.change != Change::Same)
    };
    let (inside, ways) = (figures.iter().filter(inside).count(), links.iter().filter(|link| link.change != Change::Same).count());
    if inside > 0 {
        parts.push(format!("{} changed inside", counted(inside, "stage")));
    }
    if ways > 0 {
        parts.push(format!("{} changed", counted(ways, "way")));
    }
    if parts.is_empty() { "nothing changed".to_owned() } else { format!("changes: {}", parts.join(", ")) }
}
