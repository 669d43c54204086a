//! The summary of a run as tables.

pub use crate::report::words::length;
use crate::runtime::{self, Carried, Counters, FunnelSummary, StageSummary, Summary, TargetSummary};
use crate::units::Duration;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::fmt::Write as _;

/// The summary, with a final newline. `kept` says whether the records set aside went to a file.
pub fn summary(summary: &Summary, counters: &Counters, kept: bool) -> String {
    let mut out = String::new();
    for funnel in &summary.funnels {
        section(&mut out, &funnel_title(funnel), &stages(funnel));
    }
    if !summary.messages.is_empty() {
        let mut table = table(&["message", "sent", "held", "capped", "no consent", "dropped"]);
        for message in &summary.messages {
            let numbers = [message.sent, message.held, message.capped, message.no_consent, message.dropped];
            let name = std::iter::once(message.name.clone());
            table.add_row(name.chain(numbers.iter().map(|number| grouped(*number))));
        }
        section(&mut out, "Messages", &table);
    }
    if !summary.actions.is_empty() {
        let mut table = table(&["action", "asked for"]);
        for (action, times) in &summary.actions {
            table.add_row([action.clone(), grouped(*times)]);
        }
        section(&mut out, "Actions", &table);
    }
    out.push_str(&records(summary, counters, kept));
    out
}

/// What became of those inside when rules changed, with an empty line behind.
pub fn carried(carried: &Carried) -> String {
    let runs = |count: u64| if count == 1 { "1 run".to_owned() } else { format!("{} runs", grouped(count)) };
    let go = if carried.runs == 1 { "goes on" } else { "go on" };
    let mut out = format!("The rules changed at {}: {} {go}", runtime::compact(carried.at_ms), runs(carried.runs));
    if carried.back > 0 {
        write!(out, ", {} more after a pause", grouped(carried.back)).expect("a String takes everything");
    }
    out.push('\n');
    for ((funnel, stage), count) in &carried.stranded {
        let are = if *count == 1 { "is" } else { "are" };
        let line = format!(
            "{} {are} stranded in `{stage}` of `{funnel}`, which is gone: say `formerly {stage}` in the stage that takes them",
            runs(*count)
        );
        writeln!(out, "  {line}").expect("a String takes everything");
    }
    out + "\n"
}

/// A title and its table.
pub fn section(out: &mut String, title: &str, table: &Table) {
    let rows: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    writeln!(out, "{title}\n\n{}\n", rows.join("\n")).expect("a String takes everything");
}

/// A table without lines; numbers stand at the right.
pub fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(head.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn funnel_title(funnel: &FunnelSummary) -> String {
    let name = funnel.label.as_ref().unwrap_or(&funnel.name);
    format!("{name}: {} of {}", plural(funnel.runs, "run"), plural(funnel.contacts, "contact"))
}

fn stages(funnel: &FunnelSummary) -> Table {
    let has_targets = funnel.stages.iter().any(|stage| !stage.targets.is_empty());
    let mut head = vec!["stage", "entered", "now in", "left", "median time"];
    head.extend(has_targets.then_some("target"));
    let mut table = table(&head);
    for stage in &funnel.stages {
        let mut row = vec![stage_name(stage), grouped(stage.entered), grouped(stage.now_in), grouped(stage.left)];
        row.push(stage.median_ms.map_or("–".to_owned(), length));
        if has_targets {
            row.push(stage.targets.iter().map(target).collect::<Vec<_>>().join("; "));
        }
        table.add_row(row);
    }
    if let (true, Some(column)) = (has_targets, table.column_mut(5)) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    table
}

fn stage_name(stage: &StageSummary) -> String {
    match (stage.goal, stage.is_final) {
        (true, true) => format!("{} (goal, final)", stage.name),
        (true, false) => format!("{} (goal)", stage.name),
        (false, true) => format!("{} (final)", stage.name),
        (false, false) => stage.name.clone(),
    }
}

fn target(target: &TargetSummary) -> String {
    let within = Duration::from_milliseconds(target.within_ms);
    let wish = format!("{}% within {within}", target.percent);
    match target.share_millionths() {
        None if target.open > 0 => format!("{wish}: not due yet"),
        None => format!("{wish}: nobody yet"),
        Some(share) => {
            let tenths = (share + 500) / 1_000;
            let open = if target.open > 0 { format!(", {} not due yet", grouped(target.open)) } else { String::new() };
            format!("{wish}: {}.{}% of {}{open}", tenths / 10, tenths % 10, grouped(target.of - target.open))
        }
    }
}

fn records(summary: &Summary, counters: &Counters, kept: bool) -> String {
    let mut out = format!("{}, {} taken", plural(counters.records, "record"), grouped(counters.taken));
    if counters.duplicates > 0 {
        write!(out, ", {} dropped as repetitions", grouped(counters.duplicates)).expect("a String takes everything");
    }
    let aside: u64 = summary.set_aside.values().sum();
    if aside > 0 {
        let reasons: Vec<String> = summary.set_aside.iter().map(|(reason, times)| format!("{} {reason}", grouped(*times))).collect();
        write!(out, "; set aside: {}", reasons.join(", ")).expect("a String takes everything");
        if !kept {
            out.push_str("\n(`--set-aside FILE` writes each of them with its line and the reason)");
        }
    }
    out.push('\n');
    if counters.records > 0 && counters.taken == 0 {
        out.push_str("no record was taken, so nothing happened: do the fields of the log have other names? `--map contact=…,time=…,event=…` says which\n");
    }
    if summary.looping > 0 {
        let times = plural(summary.looping, "time");
        writeln!(out, "{times} a run would have entered a stage twice at one instant, and was stopped there")
            .expect("a String takes everything");
    }
    if !counters.ignored.is_empty() {
        let list: Vec<String> = counters.ignored.keys().map(|(event, property)| format!("{event}.{property}")).collect();
        let shown = list.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        let more = if list.len() > 8 { format!(" and {} more", list.len() - 8) } else { String::new() };
        writeln!(out, "not declared, so not read: {shown}{more}").expect("a String takes everything");
    }
    out
}

/// `1 run`, `2 runs`
pub fn plural(number: u64, word: &str) -> String {
    format!("{} {word}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A number with a narrow gap between its thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}
