//! A stage as a figure: what stands on its card, and all that is told where there is more room.

use super::{
    agenda::agendas,
    compact,
    content::{self, Content, Kind, Line, Role, is_from_anywhere, name_of, opening},
    ink::{BROKEN, UNTESTED, WARNED, dress},
    notes::Notes,
    sheet::{Change, Detail, Figure, Inside, Link, Reads, Row, Said, signs},
};
use crate::{
    diag::Severity,
    ruleset::{Funnel, Source, Stage},
};

/// The card of a stage.
pub(super) fn figure(content: &Content<'_>, s: usize, detail: Detail, notes: &Notes) -> Option<Figure> {
    let (stage, role) = (content.funnel.stages.get(s)?, *content.roles.get(s)?);
    let remarks = notes.remarks.get(&stage.id).map_or([].as_slice(), Vec::as_slice);
    let dress = match remarks.iter().map(|remark| remark.severity).min() {
        Some(Severity::Error) => BROKEN,
        Some(Severity::Warning | Severity::Information) => WARNED,
        None if matches!(notes.covered(&stage.id, None), Change::Untested | Change::Aside) => UNTESTED,
        None => dress(role),
    };
    let mut rows: Vec<Row> = remarks.iter().map(Row::finding).collect();
    let said = notes.traced.as_ref().and_then(|traced| traced.places.get(&stage.id));
    rows.extend(said.into_iter().flatten().map(|text| Row { change: Change::Shown, ..Row::remark(text.clone()) }));
    if detail != Detail::Stages {
        rows.extend(entrances(content, s, stage, notes));
        rows.extend(body(content, stage, detail, notes));
    }
    let name = name_of(stage);
    Some(Figure {
        id: stage.id.clone(),
        name: name.to_owned(),
        words: content::words(stage, role),
        role,
        dress,
        rows,
        title: stage.note.as_ref().map_or_else(|| name.to_owned(), |note| format!("{name}: {note}")),
        was: stage.formerly.as_ref().map(|name| format!("{}/{name}", content.funnel.name)),
        count: notes.counts.as_ref().map(|counts| counts.stages.get(&stage.id).copied().unwrap_or(0)),
        change: notes.covered(&stage.id, None),
        inside: inside(content, stage, notes),
    })
}

fn inside(content: &Content<'_>, stage: &Stage, notes: &Notes) -> Inside {
    let said = |id: &str, text: String| Said { text, change: notes.covered(id, None) };
    let leaves = stage.leaves.iter().chain(&content.funnel.leaves);
    Inside {
        doors: stage.doors.iter().map(|door| said(&door.id, signs(&door.sentence.replacen("enter ", "", 1)))).collect(),
        anywhere: (stage.doors.iter().filter(|door| is_from_anywhere(door)))
            .map(|door| said(&door.id, signs(&opening(&door.sentence, false))))
            .collect(),
        agendas: agendas(content.rules, stage, notes),
        leaves: leaves.map(|leave| said(&leave.id, signs(&opening(&leave.sentence, false)))).collect(),
        note: stage.note.clone(),
        is_final: stage.is_final,
        feeds: stage.feeds.iter().map(|feed| (feed.stage.clone(), feed.by.clone())).collect(),
    }
}

/// Who comes in without an arrow that says so: from outside, from anywhere, and along the main way.
fn entrances(content: &Content<'_>, s: usize, stage: &Stage, notes: &Notes) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for door in &stage.doors {
        let change = notes.covered(&door.id, None);
        let mut push = |text: String| match rows.iter_mut().find(|row| row.text == text) {
            // Two doors that read alike are drawn as one, which is reached as soon as one of them is.
            Some(row) if change == Change::Same => row.change = change,
            Some(_) => {}
            None => rows.push(Row { change, ..Row::remark(text) }),
        };
        let opens = opening(&door.sentence, true);
        match &door.from {
            Source::Outside => push(format!("enters {opens}").trim_end().to_owned()),
            Source::Stages(_) => {
                let is_next =
                    |way: &&content::Way<'_>| way.to == s && way.line == Line::Spine && way.doors.iter().any(|it| it.id == door.id);
                if content.ways.iter().any(|way| is_next(&way)) {
                    push(if opens.is_empty() { "enters at once".to_owned() } else { format!("enters {opens}") });
                }
            }
            Source::Anywhere | Source::AnywhereOrOutside => {
                debug_assert!(is_from_anywhere(door));
                let outside = if door.from == Source::Anywhere { "" } else { " or outside" };
                push(format!("enters from any other stage{outside} {opens}").trim_end().to_owned());
            }
        }
    }
    rows
}

fn body(content: &Content<'_>, stage: &Stage, detail: Detail, notes: &Notes) -> Vec<Row> {
    let mut rows = Vec::new();
    if detail == Detail::Full {
        rows.extend(content::remarks(stage).into_iter().filter(|row| !row.text.starts_with("enters")).map(|row| Row::remark(row.text)));
        if let Some(open) = &stage.open_to {
            rows.push(Row::remark(if open.is_empty() { "open to no channel".to_owned() } else { format!("open to {}", open.join(", ")) }));
        }
    }
    let steps = content::steps(content.rules, stage);
    let written: Vec<Row> = steps
        .into_iter()
        .map(|row| {
            let text = if row.when.is_empty() { row.text } else { format!("{}, {}", row.text, row.when) };
            let reads = match row.kind {
                Kind::Remark => Reads::Remark,
                Kind::Heading => Reads::Heading,
                Kind::Step | Kind::Condition => Reads::Step,
            };
            let change = row.rule.map_or(Change::Same, |(id, arm)| notes.covered(&id, arm));
            Row { reads, chip: row.chip, depth: row.depth, text, change }
        })
        .collect();
    rows.extend(if detail == Detail::Full { written } else { compact::compact(written) });
    rows.extend(
        stage.feeds.iter().map(|feed| Row::step("BRINGS", 0, format!("others into {} by {}", feed.stage.replace('/', " / "), feed.by))),
    );
    rows.extend(stage.leaves.iter().map(|leave| {
        let row = Row::step("LEAVE", 0, opening(&leave.sentence, false));
        Row { change: notes.covered(&leave.id, None), ..row }
    }));
    rows
}

/// A name that is no stage: a card at the end of the arrow that should lead from it.
pub(super) fn ghosts(funnel: &Funnel, notes: &Notes, figures: &mut Vec<Figure>, links: &mut Vec<Link>) {
    for ghost in &notes.ghosts {
        let Some(to) = funnel.stages.iter().position(|stage| stage.id == ghost.stage) else { continue };
        let from = figures.len();
        figures.push(Figure {
            id: format!("{}/?{}", funnel.name, ghost.name),
            name: ghost.name.clone(),
            words: vec!["UNKNOWN"],
            role: Role::Side,
            dress: BROKEN,
            rows: vec![Row { reads: Reads::Finding(Severity::Error), ..Row::remark("there is no such stage".to_owned()) }],
            title: format!("{}: there is no such stage", ghost.name),
            was: None,
            count: None,
            change: Change::Same,
            inside: Inside::default(),
        });
        links.push(Link { from, to, line: Line::Off, when: Vec::new(), share: None, change: Change::Same });
    }
}
