//! Bars: how far people came, and how many began in each week.

use super::title;
use crate::{
    emit::site::html::Html,
    picture::notes::grouped,
    report::{
        DayReport, FunnelReport, GroupReport,
        words::{percent, share},
    },
    units::{Date, Number},
};
use std::collections::BTreeMap;

/// So many columns fit beside each other on a phone.
const COLUMNS_MAX: usize = 62;

/// Longer tables are folded away.
const ROWS_MAX: usize = 8;

/// How many runs came to each stage.
pub fn stages(html: &mut Html, funnel: &FunnelReport) {
    title(html, "How many came how far");
    html.block("div", &[("class", "bars")], |html| {
        for stage in &funnel.stages {
            let label = stage.label.as_ref().unwrap_or(&stage.name);
            let class = if stage.goal {
                "fill goal"
            } else if stage.r#final {
                "fill back"
            } else {
                "fill"
            };
            let of = share(stage.runs, funnel.runs);
            bar(html, label, class, of, &grouped(stage.runs), &of.map_or_else(String::new, percent));
        }
    });
    html.line("p", &[("class", "key")], |html| {
        html.raw("<i class=\"a\"></i>stage");
        if funnel.goal.is_some() {
            html.raw(" <i class=\"g\"></i>goal");
        }
        if funnel.stages.iter().any(|stage| stage.r#final && !stage.goal) {
            html.raw(" <i></i>end");
        }
    });
}

/// A bar with its name and number.
pub fn bar(html: &mut Html, name: &str, class: &str, of: Option<Number>, value: &str, share: &str) {
    let width = format!("width:{}", of.map_or_else(|| "0%".to_owned(), percent));
    html.line("div", &[("class", "name"), ("dir", "auto")], |html| {
        html.text(name);
    });
    html.line("div", &[("class", "track")], |html| {
        if of.is_some_and(|of| of.millionths() > 0) {
            html.word("div", &[("class", class), ("style", &width)], "");
        }
    });
    html.line("div", &[("class", "value")], |html| {
        html.text(value).raw(" ").word("span", &[("class", "mute")], share);
    });
}

/// A column: its parts from the top, each with its class and size, and what it says.
struct Column {
    about: String,
    parts: Vec<(&'static str, u64)>,
}

fn columns(html: &mut Html, columns: &[Column], first: &str, last: &str) {
    let most = columns.iter().map(|column| column.parts.iter().map(|(_, size)| size).sum()).max().unwrap_or(0);
    // Two or three columns would otherwise be as wide as the page.
    let width = format!("max-width:{}rem", (columns.len() * 4).max(14));
    html.block("div", &[("style", &width)], |html| {
        html.block("div", &[("class", "columns"), ("role", "img"), ("aria-label", &format!("columns from {first} to {last}"))], |html| {
            for column in columns {
                html.line("div", &[("class", "column"), ("title", &column.about)], |html| {
                    for (class, size) in column.parts.iter().filter(|(_, size)| *size > 0) {
                        let height = format!("height:{}", share(*size, most).map_or_else(|| "0%".to_owned(), percent));
                        html.word("i", &[("class", class), ("style", &height)], "");
                    }
                });
            }
        });
        html.line("div", &[("class", "axis")], |html| {
            html.word("span", &[], first);
            html.word("span", &[], if first == last { "" } else { last });
        });
    });
}

/// Runs by the week in which they began.
pub fn weeks(html: &mut Html, funnel: &FunnelReport) {
    let (Some(first), Some(last)) = (funnel.weeks.first(), funnel.weeks.last()) else { return };
    title(html, "By the week in which the run began");
    let has_goal = funnel.goal.is_some();
    if funnel.weeks.len() > 1 {
        let by_day: BTreeMap<&str, &GroupReport> = funnel.weeks.iter().filter_map(|week| Some((week.group.as_deref()?, week))).collect();
        let all = every(first.group.as_deref().unwrap_or_default(), last.group.as_deref().unwrap_or_default(), 7);
        let column = |day: &String| {
            let (runs, goals) = by_day.get(day.as_str()).map_or((0, 0), |week| (week.runs, week.goals));
            let about =
                if has_goal { format!("{day}: {runs} began, {goals} of them reached a goal") } else { format!("{day}: {runs} began") };
            let parts = if has_goal { vec![("", runs - goals), ("g", goals)] } else { vec![("a", runs)] };
            Column { about, parts }
        };
        let all: Vec<String> = all.into_iter().rev().take(COLUMNS_MAX).rev().collect();
        columns(
            html,
            &all.iter().map(column).collect::<Vec<_>>(),
            all.first().map_or("", String::as_str),
            all.last().map_or("", String::as_str),
        );
        if has_goal {
            html.line("p", &[("class", "key")], |html| {
                html.raw("<i class=\"g\"></i>reached a goal <i></i>not, or not yet");
            });
        }
    }
    if funnel.weeks.len() > ROWS_MAX {
        html.block("details", &[], |html| {
            html.line("summary", &[], |html| {
                html.text("Each week in numbers");
            });
            super::tables::cohorts(html, funnel, "week of", &funnel.weeks);
        });
    } else {
        super::tables::cohorts(html, funnel, "week of", &funnel.weeks);
    }
}

/// Messages by day, or by week where the days are many.
pub fn days(html: &mut Html, days: &[DayReport]) {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return };
    let count = every(&first.day, &last.day, 1).len();
    if count < 2 {
        return;
    }
    let step = if count > COLUMNS_MAX { 7 } else { 1 };
    let all: Vec<String> = every(&first.day, &last.day, step).into_iter().rev().take(COLUMNS_MAX).rev().collect();
    let column = |(n, day): (usize, &String)| {
        let next = all.get(n + 1);
        let here = days.iter().filter(|it| it.day >= *day && next.is_none_or(|next| it.day < *next));
        let (sent, unsent) = here.fold((0, 0), |(sent, unsent), it| {
            let requests = &it.requests;
            (sent + requests.sent, unsent + requests.capped + requests.no_consent + requests.dropped)
        });
        let when = if step == 1 { day.clone() } else { format!("week from {day}") };
        Column { about: format!("{when}: {sent} sent, {unsent} not sent"), parts: vec![("", unsent), ("a", sent)] }
    };
    let columns_of: Vec<Column> = all.iter().enumerate().map(column).collect();
    columns(html, &columns_of, all.first().map_or("", String::as_str), all.last().map_or("", String::as_str));
    html.line("p", &[("class", "key")], |html| {
        html.raw("<i class=\"a\"></i>sent <i></i>not sent: over the cap, without consent, or dropped");
    });
}

/// Every so many days from one to another.
fn every(first: &str, last: &str, step: i64) -> Vec<String> {
    let (Ok(first), Ok(last)) = (first.parse::<Date>(), last.parse::<Date>()) else { return Vec::new() };
    let mut days = Vec::new();
    let mut day = first.days();
    while day <= last.days() {
        days.extend(Date::from_days(day).map(|day| day.to_string()));
        day += step;
    }
    days
}
