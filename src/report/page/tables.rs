//! The tables of the page.

use super::{charts, heading, title};
use crate::{
    emit::site::html::Html,
    picture::notes::grouped,
    report::{
        FunnelReport, GroupReport, PromiseReport, Report, SendCounts, StageReport,
        words::{length, percent, plural, share},
    },
};

/// So many groups get a bar.
const BARS_MAX: usize = 12;

/// A table with a head; numbers stand at the right from column `numbers` on.
fn table(html: &mut Html, head: &[&str], numbers: usize, rows: impl FnOnce(&mut Html)) {
    html.block("div", &[("class", "wide"), ("tabindex", "0")], |html| {
        html.block("table", &[], |html| {
            html.block("thead", &[], |html| {
                html.line("tr", &[], |html| {
                    for (n, word) in head.iter().enumerate() {
                        html.word("th", &[("class", if n >= numbers { "n" } else { "" })], word);
                    }
                });
            });
            html.block("tbody", &[], rows);
        });
    });
}

/// A table of words, whose rows become lines below each other on a phone.
fn plain_table(html: &mut Html, head: &[&str], rows: impl FnOnce(&mut Html)) {
    html.block("table", &[("class", "wrap")], |html| {
        html.block("thead", &[], |html| {
            html.line("tr", &[], |html| {
                for word in head {
                    html.word("th", &[], word);
                }
            });
        });
        html.block("tbody", &[], rows);
    });
}

fn number(html: &mut Html, text: &str) {
    html.word("td", &[("class", "n")], text);
}

fn label(html: &mut Html, text: &str) {
    html.word("td", &[("dir", "auto")], text);
}

/// The stages, with their times and targets.
pub fn stages(html: &mut Html, funnel: &FunnelReport) {
    let has_goal = funnel.goal.is_some();
    let mut head = vec!["stage", "entered", "now in", "moved on", "left", "median time", "9 of 10 within"];
    head.extend(has_goal.then_some("then reach a goal"));
    table(html, &head, 1, |html| {
        for stage in &funnel.stages {
            html.line("tr", &[], |html| stage_row(html, stage, has_goal));
        }
    });
    let targets: Vec<_> = funnel.stages.iter().flat_map(|stage| stage.targets.iter().map(move |target| (stage, target))).collect();
    if !targets.is_empty() {
        title(html, "Targets");
        plain_table(html, &["stage", "target", "came in time"], |html| {
            for (stage, target) in targets {
                html.line("tr", &[], |html| {
                    label(html, stage.label.as_ref().unwrap_or(&stage.name));
                    html.word("td", &[("data-label", "target")], &target.wish());
                    let class = match target.met {
                        Some(true) => "met",
                        Some(false) => "missed",
                        None => "",
                    };
                    html.word("td", &[("class", class)], &target.verdict());
                });
            }
        });
    }
    ways(html, funnel);
}

fn stage_row(html: &mut Html, stage: &StageReport, has_goal: bool) {
    label(html, stage.label.as_ref().unwrap_or(&stage.name));
    for count in [stage.entered, stage.now_in, stage.moved_on, stage.left] {
        number(html, &grouped(count));
    }
    for ms in [stage.median_ms, stage.p90_ms] {
        number(html, &ms.map_or_else(|| "–".to_owned(), length));
    }
    if has_goal {
        let chance = stage.chance_percent.filter(|_| !stage.goal);
        number(html, &chance.map_or_else(|| "–".to_owned(), percent));
    }
}

fn ways(html: &mut Html, funnel: &FunnelReport) {
    if funnel.stages.iter().all(|stage| stage.ways.is_empty()) {
        return;
    }
    let name = |name: &str| {
        let stage = funnel.stages.iter().find(|stage| stage.name == name);
        stage.and_then(|stage| stage.label.clone()).unwrap_or_else(|| name.to_owned())
    };
    html.block("details", &[], |html| {
        html.line("summary", &[], |html| {
            html.text("Where they moved on to");
        });
        table(html, &["from", "to", "times", "of those who came"], 2, |html| {
            for stage in &funnel.stages {
                for way in &stage.ways {
                    html.line("tr", &[], |html| {
                        label(html, &name(&stage.name));
                        label(html, &name(&way.to));
                        number(html, &grouped(way.times));
                        number(html, &share(way.times, stage.entered).map_or_else(|| "–".to_owned(), percent));
                    });
                }
            }
        });
    });
}

/// Runs by a group, with how many came to each stage.
pub fn cohorts(html: &mut Html, funnel: &FunnelReport, what: &str, groups: &[GroupReport]) {
    let mut head = vec![what, "runs"];
    head.extend(funnel.stages.iter().map(|stage| stage.label.as_ref().unwrap_or(&stage.name).as_str()));
    head.extend(funnel.goal.is_some().then_some("reached a goal"));
    table(html, &head, 1, |html| {
        for group in groups {
            html.line("tr", &[], |html| {
                label(html, group.group.as_deref().unwrap_or("(unknown)"));
                number(html, &grouped(group.runs));
                for runs in &group.stages {
                    number(html, &grouped(*runs));
                }
                if funnel.goal.is_some() {
                    number(html, &group.percent.map_or_else(|| "–".to_owned(), percent));
                }
            });
        }
    });
}

/// Runs by the value of a property.
pub fn groups(html: &mut Html, funnel: &FunnelReport, by: &str) {
    html.line("h3", &[], |html| {
        html.said(&format!("By `{by}` when the run began"));
    });
    if funnel.goal.is_some() {
        html.block("div", &[("class", "bars")], |html| {
            for group in funnel.groups.iter().take(BARS_MAX) {
                let name = group.group.as_deref().unwrap_or("(unknown)");
                let of = format!("{} of {}", grouped(group.goals), grouped(group.runs));
                charts::bar(html, name, "fill goal", group.percent, &group.percent.map_or_else(|| "–".to_owned(), percent), &of);
            }
        });
        html.line("p", &[("class", "key")], |html| {
            html.raw("<i class=\"g\"></i>reached a goal, of the runs that began");
        });
    }
    cohorts(html, funnel, by, &funnel.groups);
}

fn requests(html: &mut Html, requests: &SendCounts) {
    for count in [requests.sent, requests.held, requests.capped, requests.no_consent, requests.dropped] {
        number(html, &grouped(count));
    }
}

/// The messages, by channel and day.
pub fn messages(html: &mut Html, report: &Report) {
    if report.messages.is_empty() {
        return;
    }
    heading(html, "Messages");
    charts::days(html, &report.days);
    table(html, &["message", "channel", "sent", "held", "capped", "no consent", "dropped"], 2, |html| {
        for message in &report.messages {
            html.line("tr", &[], |html| {
                label(html, message.label.as_ref().unwrap_or(&message.name));
                label(html, &message.channel);
                requests(html, &message.requests);
            });
        }
    });
    if report.days.is_empty() {
        return;
    }
    html.block("details", &[], |html| {
        html.line("summary", &[], |html| {
            html.text("By channel and day");
        });
        table(html, &["day", "channel", "sent", "held", "capped", "no consent", "dropped"], 2, |html| {
            for day in &report.days {
                html.line("tr", &[], |html| {
                    label(html, &day.day);
                    label(html, &day.channel);
                    requests(html, &day.requests);
                });
            }
        });
    });
}

/// What the files say of the world.
pub fn promises(html: &mut Html, promises: &[PromiseReport]) {
    if promises.is_empty() {
        return;
    }
    heading(html, "What the funnel says of the world");
    plain_table(html, &["it says", "and the log?"], |html| {
        for promise in promises {
            html.line("tr", &[], |html| {
                html.span("td", &[], |html| {
                    html.word("code", &[], &promise.sentence);
                });
                let class = match promise.broken {
                    Some(0) if promise.of > 0 => "met",
                    Some(0) | None => "",
                    Some(_) => "missed",
                };
                html.span("td", &[("class", class)], |html| {
                    html.said(&promise.verdict());
                });
            });
        }
    });
}

/// The records of the log.
pub fn records(html: &mut Html, report: &Report) {
    heading(html, "The log");
    let records = &report.records;
    html.line("p", &[], |html| {
        let repeated = if records.repeated > 0 { format!(", {} were there already", grouped(records.repeated)) } else { String::new() };
        html.text(&format!("{} were read, {} were taken{repeated}.", plural(records.read, "record"), grouped(records.taken)));
    });
    if report.looping > 0 {
        html.line("p", &[], |html| {
            html.text(&format!(
                "{} a run would have entered a stage twice at one instant, and was stopped there.",
                plural(report.looping, "time")
            ));
        });
    }
    if !records.set_aside.is_empty() {
        table(html, &["set aside, since", "records"], 1, |html| {
            for aside in &records.set_aside {
                html.line("tr", &[], |html| {
                    label(html, &aside.reason);
                    number(html, &grouped(aside.records));
                });
            }
        });
    }
}
