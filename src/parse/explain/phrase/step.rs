//! Steps and durations.

use super::{Said, Spot, is_unit, is_weekday, number};
use crate::parse::grammar::Rule;

pub(super) fn said(spot: &Spot<'_>) -> Option<Said> {
    duration(spot).or_else(|| match spot.head {
        "wait" => wait(spot),
        "send" | "do" | "record" => request(spot),
        "set" => set(spot),
        "repeat" => repeat(spot),
        _ => None,
    })
}

/// `a week`, `two days`, `days 2`, `the last 7 days` where a duration or a count stands.
fn duration(spot: &Spot<'_>) -> Option<Said> {
    let (word, next) = (spot.word(0), spot.word(1));
    if spot.wants(Rule::dur) && is_unit(word) && spot.is_digits(1) {
        return Some(spot.swap(2, format!("{next} {word}"), "the number stands first, then the unit"));
    }
    if spot.wants(Rule::dur) && is_unit(word) {
        return Some(spot.insert("1 ", "a duration is a number and a unit"));
    }
    if spot.wants(Rule::dur)
        && let Some(digits) = number(word)
    {
        let skipped = if word == "a" && number(next).is_some() { if spot.word(2) == "of" { 3 } else { 2 } } else { 1 };
        let digits = if skipped > 1 { number(next).unwrap_or(digits) } else { digits };
        let unit = match spot.word(skipped) {
            "month" => "30 days".to_owned(),
            "year" => "365 days".to_owned(),
            unit => format!("{digits} {unit}"),
        };
        return is_unit(spot.word(skipped)).then(|| spot.swap(skipped + 1, unit, "a duration is a number in digits and a unit"));
    }
    if spot.wants(Rule::dur)
        && matches!(word, "the" | "another" | "about" | "in")
        && (spot.is_digits(1) || matches!(next, "last" | "past" | "next"))
    {
        let count = if spot.is_digits(1) { 1 } else { 2 };
        return Some(spot.drop(count, "a duration is a number and a unit"));
    }
    if spot.wants(Rule::count)
        && let Some(digits) = number(word)
    {
        return Some(spot.swap(1, digits, "a number is written in digits"));
    }
    None
}

fn wait(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    if before == "wait" {
        return match word {
            "for" if spot.is_digits(1) || number(next).is_some() => Some(spot.drop(1, "a duration stands right behind `wait`")),
            "for" | "till" | "til" | "at" | "on" if !next.is_empty() => {
                Some(spot.swap(1, "until", "what is waited for stands behind `until`"))
            }
            "upto" => Some(spot.swap(1, "up to", "two words")),
            "-" => Some(spot.tell(1, "a wait cannot go back in time", "a minus", "write a duration such as `2 days`")),
            _ => None,
        };
    }
    if spot.has_before("until") {
        let bound = matches!(word, "for" | "within" | "during" | "max" | "maximum") && (spot.is_digits(1) || number(next).is_some());
        if bound || word == "upto" {
            return Some(spot.swap(1, "up to", "how long the wait lasts at most stands behind `up to`"));
        }
        if word == "at" && next == "most" {
            return Some(spot.swap(2, "up to", "how long the wait lasts at most stands behind `up to`"));
        }
        if is_weekday(before) && spot.is_digits(0) {
            return Some(spot.insert("at ", "a weekday and a time are joined by `at`"));
        }
        if matches!(before, "next" | "this" | "coming") && is_weekday(word) {
            return Some(spot.write(
                spot.back_start(0),
                spot.end(0),
                word.to_lowercase(),
                "a wait for a weekday always ends at the next one",
            ));
        }
        if is_weekday(before) && word.is_empty() {
            return Some(spot.tell(
                0,
                format!("`{before}` needs a time of day"),
                "the line ends here",
                format!("write `wait until {before} at 09:00`"),
            ));
        }
    }
    if word == "for" && spot.has_before("up") && spot.is_word(1) {
        return Some(spot.tell(
            0,
            "what is waited for stands before the time",
            "behind the time",
            format!("write `wait until {next} up to …`"),
        ));
    }
    None
}

fn request(spot: &Spot<'_>) -> Option<Said> {
    let (head, word, next, before) = (spot.head, spot.word(0), spot.word(1), spot.back(0));
    let kinds = ["message", "email", "mail", "e", "sms", "push", "the", "a", "an", "action", "event", "text", "letter"];
    let first = spot.behind.len() == 2;
    if spot.behind.len() == 1 && spot.is_text(0) {
        let what = if head == "send" {
            format!("declare it at the top of the file, `message welcome {word} by email`, and write `send welcome`")
        } else {
            "a name is one word without quotes".to_owned()
        };
        return Some(spot.tell(1, format!("`{head}` takes a name, and this is a text"), "a text stands here", what));
    }
    if first && kinds.contains(&before) && spot.is_name(0) {
        let start = spot.back_start(0);
        return Some(spot.write(start, spot.end(0), word, format!("behind `{head}` stands the name alone")).offered());
    }
    if first && head == "send" && matches!(word, "email" | "mail" | "message" | "sms" | "push" | "now" | "immediately") {
        return Some(spot.drop(1, "behind `send` stands the name of a message alone"));
    }
    if matches!(word, "," | "and") && spot.is_name(1) && !spot.has_before("(") {
        return Some(
            spot.write(spot.at, spot.start(1), format!("\n{head} "), format!("each `{head}` stands on a line of its own"))
                .titled(format!("write `{head} {next}` on a new line")),
        );
    }
    let named = if head == "send" { "percent" } else { "amount" };
    if first && (spot.is_digits(0) || spot.is_text(0)) {
        return Some(spot.tell(
            0,
            "a value stands in parentheses, with its name",
            "without a name",
            format!("for example `{head} {before}({named}: {word})`"),
        ));
    }
    if spot.wants(Rule::args) || spot.has_before("(") {
        if before == "(" && (spot.is_digits(0) || spot.is_text(0)) {
            return Some(spot.tell(
                1,
                "each value has a name before it",
                "without a name",
                format!("for example `({named}: {word})`; the names are those of the declaration"),
            ));
        }
        if word == "%" && spot.has_before("(") {
            return Some(spot.drop(1, "a number stands here, without a sign"));
        }
    }
    None
}

fn set(spot: &Spot<'_>) -> Option<Said> {
    if !spot.wants(Rule::want_equals) {
        return None;
    }
    let why = "a new value stands behind `=`";
    match spot.word(0) {
        "to" | "as" | "is" | "by" | "with" => Some(spot.swap(1, "=", why)),
        "+" | "-" if spot.word(1) == "=" || spot.word(1) == spot.word(0) => {
            let name = spot.back(0);
            Some(spot.tell(
                0,
                format!("`{}{}` is not written here", spot.word(0), spot.word(1)),
                why,
                format!("write `set {name} = {name} {} 1`", spot.word(0)),
            ))
        }
        "" => None,
        _ if spot.is_word(0) || spot.is_digits(0) || spot.is_text(0) => Some(spot.insert("= ", why)),
        _ => None,
    }
}

fn repeat(spot: &Spot<'_>) -> Option<Said> {
    let count = number(spot.word(0));
    if spot.back(0) != "repeat" || !(spot.is_digits(0) || count.is_some()) {
        return None;
    }
    match count {
        Some(digits) => Some(spot.swap(1, format!("up to {digits}"), "the bound is said with `up to`")),
        None => Some(spot.insert("up to ", "the bound is said with `up to`")),
    }
}
