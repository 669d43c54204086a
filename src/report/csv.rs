//! The report as one table for a spreadsheet: a number a line, with what it is the number of.

use super::figures::{FunnelReport, GroupReport, Report, SendCounts};
use std::fmt::Write as _;

/// Writes cells line by line.
#[derive(Default)]
struct Table(String);

impl Table {
    /// A number: of which part of the report, of what, of what of that, which one.
    fn put(&mut self, part: &str, funnel: &str, item: &str, detail: &str, measure: &str, value: impl std::fmt::Display) {
        let cells = [part, funnel, item, detail, measure].map(cell);
        writeln!(self.0, "{},{}", cells.join(","), cell(&value.to_string())).expect("a String takes everything");
    }

    fn put_some(&mut self, part: &str, funnel: &str, item: &str, detail: &str, measure: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.put(part, funnel, item, detail, measure, value);
        }
    }

    fn requests(&mut self, part: &str, item: &str, detail: &str, requests: &SendCounts) {
        let SendCounts { sent, held, capped, no_consent, dropped } = requests;
        let all = [("sent", sent), ("held", held), ("capped", capped), ("no_consent", no_consent), ("dropped", dropped)];
        for (measure, count) in all {
            self.put(part, "", item, detail, measure, count);
        }
    }
}

/// A cell: in quotes where it holds what would end it, and never what a spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let is_number = text.parse::<crate::units::Number>().is_ok();
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

impl Report {
    /// It as a table with the columns `part`, `funnel`, `item`, `detail`, `measure` and `value`.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut table = Table("part,funnel,item,detail,measure,value\n".to_owned());
        table.put("records", "", "", "", "read", self.records.read);
        table.put("records", "", "", "", "taken", self.records.taken);
        table.put("records", "", "", "", "repeated", self.records.repeated);
        for aside in &self.records.set_aside {
            table.put("records", "", "", &aside.reason, "set_aside", aside.records);
        }
        for funnel in &self.funnels {
            funnel_lines(&mut table, funnel, self.by.as_deref());
        }
        for message in &self.messages {
            table.requests("message", &message.name, &message.channel, &message.requests);
        }
        for day in &self.days {
            table.requests("day", &day.day, &day.channel, &day.requests);
        }
        for action in &self.actions {
            table.put("action", "", &action.to, "", "asked_for", action.times);
        }
        for promise in &self.promises {
            table.put("promise", "", &promise.sentence, "", "of", promise.of);
            table.put_some("promise", "", &promise.sentence, "", "broken", promise.broken);
            table.put("promise", "", &promise.sentence, "", "open", promise.open);
        }
        table.0
    }
}

fn funnel_lines(table: &mut Table, funnel: &FunnelReport, by: Option<&str>) {
    let name = funnel.name.as_str();
    table.put("funnel", name, "", "", "runs", funnel.runs);
    table.put("funnel", name, "", "", "contacts", funnel.contacts);
    if let Some(goal) = &funnel.goal {
        table.put("funnel", name, "", "", "reached_goal", goal.runs);
        table.put_some("funnel", name, "", "", "goal_percent", goal.percent);
        table.put_some("funnel", name, "", "", "goal_median_ms", goal.median_ms);
        table.put_some("funnel", name, "", "", "goal_p90_ms", goal.p90_ms);
    }
    for stage in &funnel.stages {
        let item = stage.name.as_str();
        let counts = [
            ("runs", stage.runs),
            ("entered", stage.entered),
            ("now_in", stage.now_in),
            ("moved_on", stage.moved_on),
            ("left", stage.left),
        ];
        for (measure, count) in counts {
            table.put("stage", name, item, "", measure, count);
        }
        table.put_some("stage", name, item, "", "median_ms", stage.median_ms);
        table.put_some("stage", name, item, "", "p90_ms", stage.p90_ms);
        table.put_some("stage", name, item, "", "chance_percent", stage.chance_percent);
        for way in &stage.ways {
            table.put("way", name, item, &way.to, "times", way.times);
        }
        for (n, target) in stage.targets.iter().enumerate() {
            let detail = (n + 1).to_string();
            table.put("target", name, item, &detail, "wished_percent", target.wished_percent);
            table.put("target", name, item, &detail, "within_ms", target.within_ms);
            table.put("target", name, item, &detail, "due", target.due);
            table.put("target", name, item, &detail, "reached", target.reached);
            table.put("target", name, item, &detail, "open", target.open);
            table.put_some("target", name, item, &detail, "percent", target.percent);
        }
    }
    for way in funnel.leak.iter().flat_map(|leak| leak.ways.iter().map(move |way| (leak, way))) {
        table.put("leak", name, &way.0.stage, &way.1.to, "runs", way.1.times);
    }
    for lever in &funnel.levers {
        table.put("lever", name, &lever.stage, "", "goals", lever.goals);
    }
    groups(table, funnel, "week", &funnel.weeks);
    groups(table, funnel, by.unwrap_or_default(), &funnel.groups);
}

fn groups(table: &mut Table, funnel: &FunnelReport, part: &str, groups: &[GroupReport]) {
    for group in groups {
        let item = group.group.as_deref().unwrap_or_default();
        table.put(part, &funnel.name, item, "", "runs", group.runs);
        table.put(part, &funnel.name, item, "", "reached_goal", group.goals);
        for (stage, runs) in funnel.stages.iter().zip(&group.stages) {
            table.put(part, &funnel.name, item, &stage.name, "runs", runs);
        }
    }
}
