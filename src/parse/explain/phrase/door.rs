//! Doors, and the other lines of stages and funnels that have a door's words.

use super::{Said, Spot, is_unit, number};
use crate::{diag::nearest, parse::grammar::Rule};

/// What other tools write for `when`.
const WHEN: [&str; 9] = ["if", "on", "once", "whenever", "upon", "where", "wen", "as", "unless"];

pub(super) fn said(spot: &Spot<'_>) -> Option<Said> {
    match spot.head {
        "enter" | "leave" => door(spot),
        "nurture" => nurture(spot),
        "segment" => segment(spot),
        "reentry" => reentry(spot),
        "visits" => visits(spot),
        "target" => target(spot),
        "for" if spot.wants(Rule::want_each) && matches!(spot.word(0), "every" | "all" | "any" | "a" | "the") => {
            Some(spot.swap(1, "each", "a funnel runs `for each contact`"))
        }
        "goal" | "final" => goal(spot),
        _ => None,
    }
}

fn door(spot: &Spot<'_>) -> Option<Said> {
    let (word, before) = (spot.word(0), spot.back(0));
    let clause =
        spot.behind.iter().rev().map(|token| token.text).find(|text| matches!(*text, "from" | "after" | "when" | "enter" | "leave"))?;
    if clause == "when" {
        return None;
    }
    let opens = "a door opens `when` something happens or holds";
    if word == "at" && spot.is_digits(1) && before != "from" {
        return Some(spot.insert("when every day ", "a time of day says on which days"));
    }
    if before == "from" {
        return (word == "outside").then(|| {
            spot.tell(
                1,
                "people from outside come in without `from`",
                "not needed",
                "write `enter when …`; `from` names stages of the funnel",
            )
        });
    }
    if word == "after" && spot.is_digits(1) && spot.word(2) == "-" {
        let date = spot.text(spot.start(1), spot.end(5));
        return Some(spot.tell(
            6,
            "`after` counts from entering the stage, and this is a date",
            "a date",
            format!("write `when from {date} on`"),
        ));
    }
    if before == "after" {
        if spot.word(1) == "without" || spot.is_digits(0) || number(word).is_some() || is_unit(word) {
            return None;
        }
        return spot.is_word(0).then(|| {
            spot.tell(
                1,
                format!("`after` needs a length of time, and `{word}` is none"),
                "no duration",
                format!("when it happens is `when {word}`; some time later is `after 14 days`"),
            )
        });
    }
    if before == "without" {
        return None;
    }
    if clause == "after" {
        return after(spot);
    }
    if clause == "from" && word == "and" && before == "anywhere" {
        return Some(spot.swap(1, "or", "people are in the funnel or outside"));
    }
    if clause == "from" && matches!(word, "and" | "or") && spot.is_word(1) {
        return Some(spot.write(spot.at, spot.end(0), ",", "several stages are separated by commas"));
    }
    if WHEN.contains(&word) && !spot.word(1).is_empty() && word != "unless" {
        return Some(spot.swap(1, "when", opens));
    }
    if spot.is_digits(0) && is_unit(spot.word(1)) {
        return Some(spot.tell(
            2,
            format!("`{} {}` stands alone", word, spot.word(1)),
            "before or after what?",
            "write `after 14 days`, or `after 14 days without purchase`",
        ));
    }
    if clause == "from" && spot.is_name(0) && matches!(spot.word(1), "when" | "after" | ",") {
        return Some(spot.insert_at(spot.at, ", ", "several stages are separated by commas"));
    }
    let starts = spot.is_word(0)
        && nearest(word, ["when", "from", "after"]).is_none()
        && !matches!(word, "and" | "or" | "where" | "within" | "without" | "until");
    starts.then(|| spot.insert("when ", opens))
}

/// Behind `after 14 days`.
fn after(spot: &Spot<'_>) -> Option<Said> {
    let without = "what must not happen meanwhile stands behind `without`";
    match (spot.word(0), spot.word(1)) {
        ("no", _) => Some(spot.swap(1, "without", without)),
        ("of" | "with", "no") => Some(spot.swap(2, "without", without)),
        ("if" | "on" | "once" | "where", next) if !next.is_empty() => Some(spot.swap(1, "when", "what must hold stands behind `when`")),
        (_, _) if spot.back(1) == "without" && number(spot.back(0)).is_some() && spot.is_word(0) => {
            let start = spot.back_start(0);
            Some(spot.write(start, spot.end(0), spot.word(0), "an event is named without an article"))
        }
        ("of" | "in" | "from", _) => None,
        (word, _) if spot.is_name(0) && nearest(word, ["when", "without", "from"]).is_none() => Some(spot.tell(
            1,
            format!("`{word}` stands behind the time without a word before it"),
            "how does it belong to the time?",
            format!("write `without {word}` if it must not happen meanwhile, or `when {word}` if it opens the door then"),
        )),
        _ => None,
    }
}

fn nurture(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    if before == "nurture" {
        return None;
    }
    if before == "each" && word != "time" && spot.is_word(0) && nearest(word, ["time"]).is_none() {
        return Some(spot.insert("time ", "a nurture that starts again and again starts `each time`"));
    }
    if spot.has_before("when") || spot.has_before("each") {
        return None;
    }
    match word {
        "[" | "(" => Some(spot.tell(0, "the steps of a nurture stand in braces", "other brackets", "write `nurture welcome_series { … }`")),
        "every" if matches!(next, "day" | "month" | "year") || super::is_weekday(next) => {
            Some(spot.insert("each time ", "a nurture starts `each time` the clock comes there"))
        }
        "every" | "foreach" if next != "time" => {
            Some(spot.swap(1, "each time", "a nurture that starts again and again starts `each time`"))
        }
        "every" => Some(spot.swap(2, "each time", "a nurture that starts again and again starts `each time`")),
        "after" => Some(spot.tell(
            0,
            "a nurture starts when the stage is entered, or `when` something holds",
            "no start",
            "begin its steps with a wait: `wait 2 days`",
        )),
        "unless" | "as" | "where" => None,
        _ if WHEN.contains(&word) && !next.is_empty() => Some(spot.swap(1, "when", "a nurture starts `when` something happens or holds")),
        _ => None,
    }
}

/// `goal x { … }`, `goal: purchase`.
fn goal(spot: &Spot<'_>) -> Option<Said> {
    if !matches!(spot.back(0), "goal" | "final") {
        return None;
    }
    if spot.is_name(0) || spot.is_text(0) {
        return Some(spot.insert("stage ", "a goal is a stage that counts as success, and people stay in stages"));
    }
    Some(spot.tell(
        0,
        format!("`{}` stands before `stage`", spot.back(0)),
        "no stage",
        "a goal is a stage: `goal stage customer { enter from trial when purchase }`",
    ))
}

fn segment(spot: &Spot<'_>) -> Option<Said> {
    let open = spot.wants(Rule::when) && !spot.has_before("when");
    (open && matches!(spot.word(0), "if" | "where" | ":" | "=" | "is" | "are" | "on" | "with") && !spot.word(1).is_empty()).then(|| {
        spot.swap(1, if matches!(spot.word(0), ":") { " when" } else { "when" }, "the condition of a segment stands behind `when`")
    })
}

fn reentry(spot: &Spot<'_>) -> Option<Said> {
    let (word, before) = (spot.word(0), spot.back(0));
    match (before, word) {
        ("reentry", "always" | "yes" | "allowed" | "anytime" | "ok" | "true" | "immediately") => {
            Some(spot.swap(1, "after leaving", "whoever has left may come again"))
        }
        ("reentry", "no" | "none" | "not" | "forbidden" | "once" | "false") => Some(spot.swap(1, "never", "nobody comes in twice")),
        ("after", _) if spot.is_digits(0) || number(word).is_some() => {
            let time = if spot.word(1).starts_with("year") {
                "365 days".to_owned()
            } else {
                format!("{} {}", number(word).unwrap_or(word), spot.word(1))
            };
            let time = if is_unit(spot.word(1)) && !time.contains("month") { time } else { "30 days".to_owned() };
            Some(spot.tell(
                0,
                "the time stands before `after`, and behind it what it counts from",
                "after what?",
                format!("write `reentry {time} after leaving`, or `reentry {time} after starting`"),
            ))
        }
        _ => None,
    }
}

fn visits(spot: &Spot<'_>) -> Option<Said> {
    let why = "the bound is said with `at most`";
    match (spot.back(0), spot.word(0)) {
        ("visits", "max" | "maximum" | "only" | "limit" | "<=") => Some(spot.swap(1, "at most", why)),
        ("visits", _) if spot.is_digits(0) => Some(spot.insert("at most ", why)),
        _ => None,
    }
}

fn target(spot: &Spot<'_>) -> Option<Said> {
    (spot.back(0) == "target" && spot.is_digits(0) && spot.word(1) != "%").then(|| {
        let digits = spot.word(0);
        spot.swap(1, format!("{digits}%"), "a share has a `%`")
    })
}
