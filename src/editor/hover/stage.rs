//! The story of a stage: how people come in, what they get and when, how they go, and how long they stay.

use super::words::{name_head, plain};
use crate::{
    editor::Program,
    model::{Condition, Delay, Door, EventId, FunnelId, MessageId, Model, Source, Stage, StageId, Start, Step, StepKind},
    picture::{
        agenda::agendas,
        content::{Content, name_of, opening},
        notes::Notes,
    },
    ruleset::{Funnel as DrawnFunnel, Stage as DrawnStage},
    units::Duration,
};
use std::fmt::Write as _;

/// The most lines of a list.
const LINES_MAX: usize = 12;

/// A stage.
pub(super) fn story(program: &Program, id: StageId) -> String {
    let model = program.model();
    let stage = &model.stages[id];
    let funnel = &model.funnels[stage.funnel].name;
    let kind = match (stage.goal, stage.is_final) {
        (true, true) => "goal and final stage",
        (true, false) => "goal stage",
        (false, true) => "final stage",
        (false, false) => "stage",
    };
    let mut text = name_head(&format!("{kind} of *{}*,", plain(funnel.label.as_ref().unwrap_or(&funnel.text))), &stage.name);
    let rules = program.sketch().rules();
    let drawn = rules.funnels.iter().find(|it| it.name == funnel.text);
    let Some((drawn, n)) = drawn.and_then(|it| Some((it, it.stages.iter().position(|it| it.name == stage.name.text)?))) else {
        return text;
    };
    let content = Content::new(rules, drawn);
    let Some(it) = drawn.stages.get(n) else { return text };
    list(&mut text, "In", doors_in(it));
    let does: Vec<String> = agendas(rules, it, &Notes::default()).iter().flat_map(does).collect();
    if !does.is_empty() {
        list(&mut text, "While here", does);
    }
    list(&mut text, "Out", doors_out(&content, drawn, it, n));
    let proved = program.bounds(&funnel.text).and_then(|it| it.proved_stay(&stage.name.text));
    let long = match (proved, stage.is_final) {
        (Some(stay), false) => format!("at most {stay}, proved"),
        (Some(stay), true) => format!("{}, which takes {stay} at most, proved", how_long(model, id)),
        (None, _) => how_long(model, id),
    };
    let _ = writeln!(text, "\n**How long:** {long}");
    text
}

fn list(text: &mut String, head: &str, lines: Vec<String>) {
    let _ = write!(text, "\n**{head}**\n\n");
    let more = lines.len().saturating_sub(LINES_MAX);
    lines.iter().take(LINES_MAX).for_each(|line| {
        let _ = writeln!(text, "- {line}");
    });
    if more > 0 {
        let _ = writeln!(text, "- … and {more} more");
    }
}

fn doors_in(stage: &DrawnStage) -> Vec<String> {
    let lines: Vec<String> = stage
        .doors
        .iter()
        .map(|door| {
            let words = door.sentence.strip_prefix("enter").unwrap_or(&door.sentence).trim();
            match door.from {
                crate::ruleset::Source::Outside => format!("from outside `{words}`").replace(" ``", ""),
                crate::ruleset::Source::Stages(_) | crate::ruleset::Source::Anywhere | crate::ruleset::Source::AnywhereOrOutside => {
                    format!("`{words}`")
                }
            }
        })
        .collect();
    if lines.is_empty() { vec!["nobody: no door leads here".to_owned()] } else { lines }
}

fn does(agenda: &crate::picture::agenda::Agenda) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in agenda.entries.iter().filter(|entry| entry.is_request) {
        let under = if entry.conditions.is_empty() { String::new() } else { format!(" ({})", plain(&entry.conditions.join(", "))) };
        let start = agenda.start.as_ref().map_or_else(String::new, |start| format!(" {}, ", plain(start)));
        lines.push(format!("{start}{}: {} {}{under}", entry.when.words(), entry.chip.to_lowercase(), plain(&entry.text)));
    }
    lines
}

fn doors_out(content: &Content<'_>, funnel: &DrawnFunnel, stage: &DrawnStage, n: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for way in content.ways.iter().filter(|way| way.from == n) {
        let Some(to) = funnel.stages.get(way.to) else { continue };
        for door in &way.doors {
            let when = opening(&door.sentence, false);
            lines.push(if when.is_empty() {
                format!("to {} at once", plain(name_of(to)))
            } else {
                format!("to {}: `{when}`", plain(name_of(to)))
            });
        }
    }
    for leave in stage.leaves.iter().chain(&funnel.leaves) {
        lines.push(format!("out of the funnel: `{}`", opening(&leave.sentence, false)));
    }
    if stage.is_final {
        lines.push("nowhere: the run ends here".to_owned());
    }
    if lines.is_empty() { vec!["nowhere".to_owned()] } else { lines }
}

/// A way out of a stage.
struct Exit<'m> {
    after: Option<&'m Delay>,
    /// No condition, and no bound on visits behind which it could be shut.
    is_certain: bool,
}

/// The clauses by which people can go from a stage.
fn exits(model: &Model, id: StageId) -> Vec<Exit<'_>> {
    let stage = &model.stages[id];
    let leads = |door: &Door, to: StageId| match &door.source {
        Source::Outside => false,
        Source::Stages(list) => list.iter().any(|(from, _)| *from == id),
        Source::Anywhere { .. } => to != id && !stage.is_final,
    };
    let doors = model.stages_of(stage.funnel).flat_map(|(to, other)| other.doors.iter().map(move |door| (to, door)));
    let doors = doors.filter(|(to, door)| leads(door, *to)).map(|(to, door)| {
        let is_certain = door.when.is_none() && model.stages[to].visits_at_most.is_none();
        Exit { after: door.after.as_ref(), is_certain }
    });
    let leaves = stage.leaves.iter().chain(&model.funnels[stage.funnel].leaves);
    let leaves = leaves.map(|leave| Exit { after: leave.after.as_ref(), is_certain: leave.when.is_none() });
    doors.chain(leaves).collect()
}

/// How long people stay, as far as the clauses alone say.
pub(super) fn how_long(model: &Model, id: StageId) -> String {
    if model.stages[id].is_final {
        return "the run ends here, as soon as its nurtures have ended".to_owned();
    }
    let exits = exits(model, id);
    if exits.is_empty() {
        return "for ever: no way leads on".to_owned();
    }
    if exits.iter().any(|exit| exit.is_certain && exit.after.is_none()) {
        return "no time at all: a way on is open at once".to_owned();
    }
    let timed = exits.iter().filter(|exit| exit.is_certain).filter_map(|exit| exit.after);
    let whole = timed.clone().filter(|delay| delay.without.is_none()).map(|delay| delay.delay_ms).min();
    let quiet = timed.filter_map(|delay| Some((delay.delay_ms, delay.without.as_ref()?.event?))).min_by_key(|(ms, _)| *ms);
    match (whole, quiet) {
        (Some(ms), _) => format!("at most {}", Duration::from_milliseconds(ms)),
        (None, Some((ms, event))) => {
            format!("until {} have passed without `{}`, at the longest", Duration::from_milliseconds(ms), model.events[event].name.text)
        }
        (None, None) => "until one of the ways out opens; no clock alone opens one".to_owned(),
    }
}

/// A funnel: its stages in order.
pub(super) fn funnel(program: &Program, id: FunnelId) -> String {
    let model = program.model();
    let it = &model.funnels[id];
    let mut text = name_head("funnel", &it.name);
    if let Some(key) = &it.key {
        let _ = writeln!(text, "\nOne run for each contact and `{key}`.");
    }
    let lines = model.stages_of(id).map(|(_, stage)| stage_line(stage)).collect();
    list(&mut text, "Stages", lines);
    if let Some(bounds) = program.bounds(&it.name.text).filter(|it| !it.is_empty()) {
        let lines = std::iter::once(format!("a run: {}", bounds.run())).chain(bounds.message_lines()).collect();
        list(&mut text, "Proved, at most", lines);
    }
    text
}

fn stage_line(stage: &Stage) -> String {
    let words = match (stage.goal, stage.is_final) {
        (true, true) => ", goal and final",
        (true, false) => ", goal",
        (false, true) => ", final",
        (false, false) => "",
    };
    format!("{}{words}", plain(stage.name.label.as_ref().unwrap_or(&stage.name.text)))
}

/// A nurture: where it runs.
pub(super) fn nurture(program: &Program, funnel: FunnelId, name: &str) -> String {
    let model = program.model();
    let mut text = format!("**{}** — nurture\n", plain(name));
    for (_, stage) in model.stages_of(funnel) {
        for it in stage.nurtures.iter().filter(|it| it.name == name) {
            let starts = match &it.start {
                Start::Entry => "starts on entering".to_owned(),
                Start::When(when) => format!("starts when `{}`", super::on_one_line(program, when.span)),
                Start::EachTime(when) => format!("starts each time `{}`", super::on_one_line(program, when.span)),
            };
            let _ = writeln!(text, "\nIn the stage `{}`: {starts}.", stage.name.text);
        }
    }
    text
}

/// Where a message is sent.
pub(super) fn sent_in(program: &Program, id: MessageId) -> String {
    let model = program.model();
    let mut lines = Vec::new();
    for stage in model.stages.values() {
        let mut times = 0;
        for nurture in &stage.nurtures {
            Step::each(&nurture.steps, &mut |step| {
                times += usize::from(matches!(&step.kind, StepKind::Send { message: Some(sent), .. } if *sent == id));
            });
        }
        if times > 0 {
            lines.push(format!(
                "`{}.{}`{}",
                model.funnels[stage.funnel].name.text,
                stage.name.text,
                if times > 1 { format!(", {times} steps") } else { String::new() }
            ));
        }
    }
    let mut text = String::new();
    if !lines.is_empty() {
        list(&mut text, "Sent in", lines);
    }
    text
}

/// The doors and ways out that an event opens.
pub(super) fn opened_by(program: &Program, id: EventId) -> String {
    let model = program.model();
    let opens = |when: Option<&Condition>| {
        let mut found = false;
        if let Some(when) = when {
            when.each_atom(true, &mut |atom, _| {
                found |= matches!(&atom.kind, crate::model::ConditionKind::Event(test) if test.event == Some(id))
            });
        }
        found
    };
    let mut lines = Vec::new();
    for stage in model.stages.values() {
        let name = format!("`{}.{}`", model.funnels[stage.funnel].name.text, stage.name.text);
        lines.extend(stage.doors.iter().filter(|door| opens(door.when.as_ref())).map(|_| format!("a door into {name}")));
        lines.extend(stage.leaves.iter().filter(|leave| opens(leave.when.as_ref())).map(|_| format!("a way out of {name}")));
    }
    lines.dedup();
    let mut text = String::new();
    if !lines.is_empty() {
        list(&mut text, "Opens", lines);
    }
    text
}
