//! What is folded where a picture would hold too much to be read: stages of long ways, and ways back beyond a few.

use super::{
    content::{Line, Role},
    ink::dress,
    sheet::{Change, Figure, Inside, Link, Reads, Row, Sheet},
};

/// So many stages are drawn one by one.
const STAGES_MAX: usize = 25;
/// So many ways back are drawn as arrows.
const BACK_MAX: usize = 8;
/// So many stages stand on one card at most.
const PHASE_MAX: usize = 12;

/// The sheet with what is too much for one picture folded.
#[must_use]
pub fn folded(sheet: Sheet) -> Sheet {
    few_back(few_stages(sheet))
}

/// Long runs of the main way on one card each: first stages with no other way in or out, then any ordinary ones.
fn few_stages(mut sheet: Sheet) -> Sheet {
    for quiet_only in [true, false] {
        if sheet.figures.len() <= STAGES_MAX {
            return sheet;
        }
        let can_fold: Vec<bool> = (0..sheet.figures.len()).map(|n| can_fold(&sheet, n, quiet_only)).collect();
        let mut runs: Vec<Vec<usize>> = Vec::new();
        for (n, can) in can_fold.iter().enumerate() {
            match runs.last_mut() {
                Some(run) if *can && run.len() < PHASE_MAX && run.last() == n.checked_sub(1).as_ref() => run.push(n),
                _ if *can => runs.push(vec![n]),
                _ => {}
            }
        }
        runs.retain(|run| run.len() > 2);
        sheet = fold(sheet, &runs);
    }
    sheet
}

fn can_fold(sheet: &Sheet, n: usize, quiet_only: bool) -> bool {
    let Some(figure) = sheet.figures.get(n) else { return false };
    let is_plain = figure.role == Role::Plain && matches!(figure.change, Change::Same | Change::Aside);
    let has_finding = figure.rows.iter().any(|row| matches!(row.reads, Reads::Finding(_)));
    let is_quiet = sheet.links.iter().filter(|link| link.from == n || link.to == n).all(|link| link.line == Line::Spine);
    is_plain && !has_finding && (is_quiet || !quiet_only)
}

fn fold(sheet: Sheet, runs: &[Vec<usize>]) -> Sheet {
    let mut place = vec![0; sheet.figures.len()];
    let mut figures: Vec<Figure> = Vec::new();
    for (n, figure) in sheet.figures.iter().enumerate() {
        match runs.iter().find(|run| run.contains(&n)) {
            Some(run) if run.first() == Some(&n) => figures.push(phase(&sheet, run)),
            Some(_) => {}
            None => figures.push(figure.clone()),
        }
        place[n] = figures.len() - 1;
    }
    let mut links: Vec<Link> = Vec::new();
    for link in sheet.links {
        let (from, to) = (place[link.from], place[link.to]);
        if from == to && link.from != link.to {
            continue;
        }
        match links.iter_mut().find(|other| (other.from, other.to) == (from, to)) {
            Some(other) => other.when.extend(link.when.into_iter().filter(|when| !other.when.contains(when)).collect::<Vec<_>>()),
            None => links.push(Link { from, to, ..link }),
        }
    }
    Sheet { figures, links, ..sheet }
}

/// One card for several stages.
fn phase(sheet: &Sheet, run: &[usize]) -> Figure {
    let members: Vec<&Figure> = run.iter().filter_map(|n| sheet.figures.get(*n)).collect();
    let name = |figure: Option<&&Figure>| figure.map_or_else(String::new, |figure| figure.name.clone());
    let (first, last) = (name(members.first()), name(members.last()));
    let names: Vec<&str> = members.iter().map(|figure| figure.name.as_str()).collect();
    Figure {
        id: members.first().map_or_else(String::new, |figure| figure.id.clone()),
        name: format!("{first} … {last}"),
        words: vec!["FOLDED"],
        role: Role::Plain,
        dress: dress(Role::Plain),
        rows: vec![Row::remark(format!("{} stages: {}", names.len(), names.join(", ")))],
        title: names.join(", "),
        was: None,
        count: members.first().and_then(|figure| figure.count),
        change: members.first().map_or(Change::Same, |figure| figure.change),
        inside: Inside { agendas: members.iter().flat_map(|figure| figure.inside.agendas.clone()).collect(), ..Inside::default() },
    }
}

/// Beyond a few, ways back are told on the card they begin at: the shortest are drawn.
fn few_back(mut sheet: Sheet) -> Sheet {
    let mut back: Vec<(usize, usize)> = sheet
        .links
        .iter()
        .enumerate()
        .filter(|(_, link)| link.line == Line::Back && link.change != Change::Shown)
        .map(|(n, link)| (link.from.abs_diff(link.to), n))
        .collect();
    if back.len() <= BACK_MAX {
        return sheet;
    }
    back.sort_unstable();
    let told: Vec<usize> = back.split_off(BACK_MAX).into_iter().map(|(_, n)| n).collect();
    for n in 0..sheet.figures.len() {
        let names: Vec<String> = (told.iter().filter_map(|link| sheet.links.get(*link)))
            .filter(|link| link.from == n)
            .filter_map(|link| Some(format!("to {} {}", sheet.figures.get(link.to)?.name, when(link))))
            .collect();
        if let (false, Some(figure)) = (names.is_empty(), sheet.figures.get_mut(n)) {
            let ways = if names.len() == 1 { "way" } else { "ways" };
            figure.rows.push(Row::remark(format!("+{} more {ways} back: {}", names.len(), names.join("; "))));
        }
    }
    let links = std::mem::take(&mut sheet.links);
    sheet.links = links.into_iter().enumerate().filter(|(n, _)| !told.contains(n)).map(|(_, link)| link).collect();
    sheet
}

fn when(link: &Link) -> String {
    let text = link.when.join(" or ");
    if text.starts_with("after ") || text == "at once" { text } else { format!("when {text}") }
}
