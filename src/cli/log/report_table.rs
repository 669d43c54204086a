//! The report as tables, to be read in a terminal.

use crate::{
    cli::table::{grouped, length, plural, section, table},
    report::{
        FunnelReport, GroupReport, PromiseReport, RecordsReport, Report, SendCounts, StageReport,
        words::{day, percent, share},
    },
};
use comfy_table::CellAlignment;
use std::fmt::Write as _;

/// So many days, weeks or groups are shown; the other forms have all.
const ROWS_MAX: usize = 12;

/// The report, with a final newline.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    for funnel in &report.funnels {
        funnel_part(&mut out, funnel, report.by.as_deref());
    }
    messages(&mut out, report);
    if !report.actions.is_empty() {
        let mut rows = table(&["action", "asked for"]);
        for action in &report.actions {
            rows.add_row([action.to.clone(), grouped(action.times)]);
        }
        section(&mut out, "Actions", &rows);
    }
    promises(&mut out, &report.promises);
    records(&mut out, report);
    out
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a String takes everything");
}

fn funnel_part(out: &mut String, funnel: &FunnelReport, by: Option<&str>) {
    let mut title = funnel.label.clone().unwrap_or_else(|| funnel.name.clone());
    write!(title, ": {} of {}", plural(funnel.runs, "run"), plural(funnel.contacts, "contact")).expect("a String takes everything");
    if let Some(goal) = &funnel.goal {
        let share = goal.percent.map(|share| format!(" ({})", percent(share))).unwrap_or_default();
        write!(title, ", {} reached a goal{share}", grouped(goal.runs)).expect("a String takes everything");
        if let (Some(median_ms), Some(p90_ms)) = (goal.median_ms, goal.p90_ms) {
            write!(title, ", half of them within {} and 9 of 10 within {}", length(median_ms), length(p90_ms))
                .expect("a String takes everything");
        }
    }
    section(out, &title, &stages(funnel));
    let ways: Vec<_> = funnel.stages.iter().flat_map(|stage| stage.ways.iter().map(move |way| (stage, way))).collect();
    if !ways.is_empty() {
        let mut rows = table(&["from", "to", "times", "of those who came"]);
        if let Some(column) = rows.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Left);
        }
        for (stage, way) in ways {
            rows.add_row([
                stage.name.clone(),
                way.to.clone(),
                grouped(way.times),
                share(way.times, stage.entered).map_or_else(|| "–".to_owned(), percent),
            ]);
        }
        section(out, "Where they moved on to", &rows);
    }
    if let Some(leak) = &funnel.leak {
        put(out, format_args!("{}", leak.sentence()));
    }
    if let Some(lever) = funnel.levers.first() {
        put(out, format_args!("{}", lever.sentence()));
    }
    if funnel.leak.is_some() || !funnel.levers.is_empty() {
        out.push('\n');
    }
    groups(out, funnel, "week of", &funnel.weeks, true);
    if let Some(by) = by {
        groups(out, funnel, by, &funnel.groups, false);
    }
}

fn stages(funnel: &FunnelReport) -> comfy_table::Table {
    let has_targets = funnel.stages.iter().any(|stage| !stage.targets.is_empty());
    let mut head = vec!["stage", "entered", "now in", "moved on", "left", "median time", "9 of 10 within", "to a goal"];
    head.extend(has_targets.then_some("target"));
    let mut rows = table(&head);
    for stage in &funnel.stages {
        let time = |ms: Option<i64>| ms.map_or_else(|| "–".to_owned(), length);
        let mut row = vec![
            name(stage),
            grouped(stage.entered),
            grouped(stage.now_in),
            grouped(stage.moved_on),
            grouped(stage.left),
            time(stage.median_ms),
            time(stage.p90_ms),
            stage.chance_percent.filter(|_| !stage.goal && funnel.goal.is_some()).map_or_else(|| "–".to_owned(), percent),
        ];
        if has_targets {
            row.push(stage.targets.iter().map(|target| format!("{}: {}", target.wish(), target.verdict())).collect::<Vec<_>>().join("; "));
        }
        rows.add_row(row);
    }
    if let (true, Some(column)) = (has_targets, rows.column_mut(8)) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    rows
}

fn name(stage: &StageReport) -> String {
    match (stage.goal, stage.r#final) {
        (true, true) => format!("{} (goal, final)", stage.name),
        (true, false) => format!("{} (goal)", stage.name),
        (false, true) => format!("{} (final)", stage.name),
        (false, false) => stage.name.clone(),
    }
}

fn groups(out: &mut String, funnel: &FunnelReport, title: &str, groups: &[GroupReport], by_time: bool) {
    if groups.is_empty() {
        return;
    }
    let mut head = vec![title, "runs"];
    head.extend(funnel.stages.iter().map(|stage| stage.name.as_str()));
    head.extend(funnel.goal.is_some().then_some("reached a goal"));
    let mut rows = table(&head);
    let rest = groups.len().saturating_sub(ROWS_MAX);
    // Of weeks the latest are shown, of groups the largest.
    let (skipped, taken) = if by_time { (rest, ROWS_MAX) } else { (0, ROWS_MAX) };
    for group in groups.iter().skip(skipped).take(taken) {
        let mut row = vec![group.group.clone().unwrap_or_else(|| "(unknown)".to_owned()), grouped(group.runs)];
        row.extend(group.stages.iter().map(|runs| grouped(*runs)));
        row.extend(funnel.goal.is_some().then(|| group.percent.map_or_else(|| "–".to_owned(), percent)));
        rows.add_row(row);
    }
    let which = if by_time { "earlier ones" } else { "smaller ones" };
    let more = if rest > 0 { format!(" ({rest} {which} are in the other forms)") } else { String::new() };
    let what = if by_time { "By the week in which the run began".to_owned() } else { format!("By {title} when the run began") };
    section(out, &format!("{what}{more}"), &rows);
}

fn cells(requests: &SendCounts) -> [String; 5] {
    [requests.sent, requests.held, requests.capped, requests.no_consent, requests.dropped].map(grouped)
}

fn messages(out: &mut String, report: &Report) {
    if report.messages.is_empty() {
        return;
    }
    let mut rows = table(&["message", "sent", "held", "capped", "no consent", "dropped"]);
    for message in &report.messages {
        rows.add_row(std::iter::once(message.name.clone()).chain(cells(&message.requests)));
    }
    section(out, "Messages", &rows);
    if report.days.is_empty() {
        return;
    }
    let mut rows = table(&["day", "channel", "sent", "held", "capped", "no consent", "dropped"]);
    if let Some(column) = rows.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    let rest = report.days.len().saturating_sub(ROWS_MAX);
    for day in report.days.iter().skip(rest) {
        rows.add_row([day.day.clone(), day.channel.clone()].into_iter().chain(cells(&day.requests)));
    }
    let more = if rest > 0 { format!(" ({rest} earlier ones are in the other forms)") } else { String::new() };
    section(out, &format!("Messages by day{more}"), &rows);
}

fn promises(out: &mut String, promises: &[PromiseReport]) {
    if promises.is_empty() {
        return;
    }
    put(out, format_args!("What the files say of the world"));
    out.push('\n');
    for promise in promises {
        put(out, format_args!(" `{}`: {}", promise.sentence, promise.verdict()));
    }
    out.push('\n');
}

fn records(out: &mut String, report: &Report) {
    let mut what = format!("{} of {}", plural(report.records.read, "record"), plural(report.contacts, "contact"));
    if report.from.is_some() {
        write!(what, ", {} to {}", day(report.from.as_deref()), day(report.until.as_deref())).expect("a String takes everything");
    }
    records_lines(out, &report.records, &what);
    if report.looping > 0 {
        put(
            out,
            format_args!("{} a run would have entered a stage twice at one instant, and was stopped there", plural(report.looping, "time")),
        );
    }
}

/// The records of a log, said what they are, and what became of them.
pub fn records_lines(out: &mut String, records: &RecordsReport, what: &str) {
    let mut line = what.to_owned();
    write!(line, "; {} taken", grouped(records.taken)).expect("a String takes everything");
    if records.repeated > 0 {
        write!(line, ", {} dropped as repetitions", grouped(records.repeated)).expect("a String takes everything");
    }
    if !records.set_aside.is_empty() {
        let reasons: Vec<String> = records.set_aside.iter().map(|it| format!("{} {}", grouped(it.records), it.reason)).collect();
        write!(line, "; set aside: {}", reasons.join(", ")).expect("a String takes everything");
    }
    put(out, format_args!("{line}"));
    if records.read > 0 && records.taken == 0 {
        put(out, format_args!("no record was taken, so nothing happened: `funnelc inspect` shows what is in the log"));
    }
}
