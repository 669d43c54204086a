//! Comparisons, counts, windows, figures and clocks, as other languages and everyday speech have them.

use super::{Said, Spot, is_digits, is_unit, is_weekday, number};
use crate::parse::{grammar::Rule, words};

pub(super) fn said(spot: &Spot<'_>) -> Option<Said> {
    clock(spot)
        .or_else(|| joined(spot))
        .or_else(|| window(spot))
        .or_else(|| count(spot))
        .or_else(|| history(spot))
        .or_else(|| compared(spot))
}

/// `every day at 9`, `every 1st`, `on monday at 09:00`.
fn clock(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    let ordinal = |word: &str| matches!(word, "st" | "nd" | "rd" | "th");
    if spot.wants(Rule::clock) && spot.is_digits(0) {
        let hour: u32 = word.split('.').next().and_then(|hour| hour.parse().ok()).filter(|hour| *hour < 25)?;
        let minute = word.split_once('.').map_or("00", |(_, minute)| minute);
        let minute = if minute.len() == 2 && minute < "60" { minute } else { "00" };
        let taken = if matches!(next, "h" | "o" | "Uhr" | "uhr") { 2 } else { 1 };
        return Some(spot.swap(taken, format!("{:02}:{minute}", hour % 24), "a time of day has hours and minutes, with two digits each"));
    }
    if spot.wants(Rule::want_at) && is_digits(word) {
        return Some(spot.insert("at ", "a time of day stands behind `at`"));
    }
    if word == "at" && spot.is_digits(1) && matches!(before, "when" | "or") {
        return Some(spot.insert("every day ", "a time of day says on which days"));
    }
    if before == "every" {
        return match word {
            "week" => Some(spot.tell(1, "`every week` does not say on which day", "which day?", "name the day: `every monday at 09:00`")),
            "hour" | "minute" | "second" | "weekday" | "workday" | "weekend" => Some(spot.tell(
                1,
                format!("there is no clock trigger for every {word}"),
                "no such rhythm",
                "there are `every day`, `every monday`, `every month on day 1` and `every year on birthday`, each `at 09:00`",
            )),
            _ if is_weekday(word) => Some(spot.swap(1, word.to_lowercase(), "words are written in small letters")),
            _ if spot.is_digits(0) && ordinal(next) => Some(spot.tell(
                2,
                format!("`{word}{next}` is no rhythm"),
                "a day of the month?",
                format!("write `every month on day {word} at 09:00`"),
            )),
            _ if spot.is_digits(0) && is_unit(next) => Some(spot.tell(
                2,
                format!("there is no clock trigger for every {word} {next}"),
                "no such rhythm",
                format!(
                    "a nurture repeats with `repeat up to 3 times every {word} {next} {{ … }}`; a clock trigger is `every day at 09:00`"
                ),
            )),
            _ => None,
        };
    }
    if before == "month" && spot.wants(Rule::want_on) && word == "at" {
        return Some(spot.insert("on day 1 ", "which day of the month?"));
    }
    if before == "on" && spot.wants(Rule::want_day) && (word == "the" || spot.is_digits(0)) {
        let shift = usize::from(word == "the");
        let taken = shift + 1 + usize::from(ordinal(spot.word(shift + 1)));
        return spot
            .is_digits(shift)
            .then(|| spot.swap(taken, format!("day {}", spot.word(shift)), "the day of a month is written `day 1`"));
    }
    if is_digits(before) && ordinal(word) && spot.at > 0 && !spot.line.text.get(..spot.at).unwrap_or("").ends_with(' ') {
        return Some(spot.drop(1, "a day is a plain number"));
    }
    if word == "on" && is_weekday(next) {
        return Some(spot.swap(1, "every", "a weekday that comes is `every monday at 09:00`"));
    }
    if before == "on" && spot.has_before("year") && spot.is_digits(0) {
        return Some(spot.tell(
            0,
            "a year turns on a date of the contact",
            "a bare date",
            "name an attribute: `every year on birthday at 09:00`",
        ));
    }
    if is_month(before) && spot.is_digits(0) || is_digits(before) && is_month(word) {
        return Some(spot.tell(1, "a date is written year-month-day", "no date", "for example `2026-03-02`"));
    }
    if spot.wants(Rule::want_at) && word.is_empty() && spot.has_before("every") {
        return Some(spot.tell(
            0,
            "the time of day is missing",
            "the line ends here",
            format!("write `{} at 09:00`", spot.text(spot.line.text.find("every").unwrap_or(0), spot.at)),
        ));
    }
    if matches!(word, "since" | "until" | "after") && spot.word(2) == "-" && spot.is_digits(1) {
        let date = spot.text(spot.start(1), spot.end(5));
        return Some(if word == "until" {
            spot.swap(1, "before", "up to a date is `before`")
        } else {
            // Behind `after` it may be the day itself or the one behind it.
            spot.write(spot.at, spot.end(5), format!("from {date} on"), "from a date on is `from … on`").offered()
        });
    }
    if spot.wants(Rule::want_on) && is_digits(before) && spot.has_before("from") && spot.has_before("-") && word != "on" {
        return Some(spot.tell(
            1,
            "`from` with a date ends with `on`",
            "`on` is missing",
            format!("write `from {} on`", spot.text(spot.back_start(4), spot.at)),
        ));
    }
    None
}

/// What joins conditions in speech.
fn joined(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    if matches!(before, "and" | "or") && spot.text(spot.back_start(0), spot.start(0)).contains('\n') || dangling(spot) {
        return None;
    }
    if !spot.wants(Rule::join) {
        return match (before, word) {
            ("when" | "if" | "until" | "on", "and" | "or") => Some(spot.drop(1, "it joins two conditions, and none stands before it")),
            _ => None,
        };
    }
    let condition = "conditions are joined by `and` or `or`";
    match word {
        "unless" => Some(spot.swap(1, "and not", condition)),
        "but" | "plus" | "also" | "while" | "as" if !next.is_empty() => Some(spot.swap(1, "and", condition)),
        "," if matches!(next, "and" | "or") => Some(spot.drop(1, condition)),
        "," if matches!(next, "if" | "when" | "where") && spot.word(2) != "past" => Some(spot.swap(2, " and", condition)),
        _ => None,
    }
}

/// Whether the words before the place end with `and` and a new line: the next line was taken for a condition.
fn dangling(spot: &Spot<'_>) -> bool {
    let text = spot.line.text.get(..spot.at).unwrap_or("");
    text.contains('\n') && text.rsplit('\n').nth(1).is_some_and(|line| line.ends_with("and") || line.ends_with("or"))
}

/// `for 7 days`, `in the last 7 days` where a window stands; `per week` where `within` stands.
fn window(spot: &Spot<'_>) -> Option<Said> {
    let word = spot.word(0);
    let needed = spot.wants(Rule::want_within);
    if !needed && !spot.wants(Rule::window) {
        return None;
    }
    let why = "a span of time stands behind `within`";
    if needed && matches!(word, "messages" | "emails" | "mails" | "sms" | "message" | "times" | "time" | "sends") {
        return Some(spot.drop(1, "a cap counts messages anyway"));
    }
    let opens = matches!(word, "for" | "in" | "during" | "over" | "inside" | "per" | "every" | "each" | "a" | "an" | "any");
    if !opens || spot.head == "score" {
        return None;
    }
    let skipped = (1..4).find(|n| !matches!(spot.word(*n), "the" | "last" | "past" | "next" | "any" | "a" | "an"))?;
    let first = spot.word(skipped);
    if spot.is_digits(skipped) || number(first).is_some() {
        return Some(
            spot.write(spot.at, spot.start(skipped), "within ", why).titled(format!("write `within {first} {}`", spot.word(skipped + 1))),
        );
    }
    is_unit(first).then(|| spot.swap(skipped + 1, format!("within {}", one(first)), why))
}

fn one(unit: &str) -> String {
    match unit {
        "month" | "months" => "30 days".to_owned(),
        "year" | "years" => "365 days".to_owned(),
        unit => format!("1 {unit}"),
    }
}

/// `more than 3 purchase`, `at least three`, `purchase 3 times`.
fn count(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    let counted = |n: usize| spot.is_name(n) && !is_unit(spot.word(n));
    if word == "at"
        && matches!(next, "least" | "most")
        && let Some(digits) = number(spot.word(2))
    {
        return Some(spot.swap(3, format!("at {next} {digits}"), "a number is written in digits"));
    }
    if before == "exactly"
        && let Some(digits) = number(word)
    {
        return Some(spot.swap(1, digits, "a number is written in digits"));
    }
    if word == "than" && matches!(before, "more" | "less" | "fewer") && spot.is_digits(1) && counted(2) {
        let many: u32 = next.parse().ok()?;
        let bound = if before == "more" { format!("at least {}", many + 1) } else { format!("at most {}", many.saturating_sub(1)) };
        return Some(spot.write(spot.back_start(0), spot.end(1), bound, "events are counted with `at least`, `at most` and `exactly`"));
    }
    if spot.wants(Rule::window) && spot.is_name_before() {
        let times = if is_digits(word) && matches!(next, "times" | "time" | "x") {
            word
        } else {
            number(word).filter(|_| matches!(word, "twice" | "once" | "thrice") || next == "times").unwrap_or("")
        };
        if !times.is_empty() {
            return Some(spot.tell(
                0,
                "how often stands before the event",
                "behind the event",
                format!("write `at least {times} {before}`, or `exactly {times} {before}`"),
            ));
        }
    }
    let figure = ["sum", "average", "highest", "lowest", "first"];
    if word == "of" && spot.is_word(1) {
        let here = match before {
            "total" | "amount" => "sum",
            "max" | "maximum" | "biggest" | "largest" => "highest",
            "min" | "minimum" | "smallest" => "lowest",
            "avg" | "mean" => "average",
            "count" | "number" => {
                return Some(spot.tell(
                    0,
                    "events are counted with `at least`, `at most` or `exactly`",
                    "no figure",
                    format!("write `at least 3 {next}`"),
                ));
            }
            "last" | "latest" => {
                return Some(spot.tell(
                    0,
                    "the latest value of an event is named without a figure",
                    "no figure",
                    format!("write `{next}.amount`"),
                ));
            }
            _ => return None,
        };
        return Some(spot.write(
            spot.back_start(0),
            spot.back_start(0) + before.len(),
            here,
            "the figures are `sum`, `average`, `highest`, `lowest` and `first`",
        ));
    }
    if word == "(" && (figure.contains(&before) || matches!(before, "count" | "avg" | "max" | "min" | "total")) {
        return Some(spot.tell(
            0,
            format!("`{before}` has no parentheses"),
            "a call of another language",
            "write `sum of purchase.amount within 30 days >= 100`, or count with `at least 3 purchase`",
        ));
    }
    if figure.contains(&before) && spot.is_word(1) | (spot.word(1) == ".") && spot.is_word(0) && spot.word(1) == "." {
        return Some(spot.insert("of ", "a figure and its event are joined by `of`"));
    }
    if spot.wants(Rule::prop) && spot.back(1) == "of" && figure.contains(&spot.back(2)) {
        return Some(spot.tell(
            1,
            format!("`{before}` is an event, and the figure needs one of its numbers"),
            "no number",
            format!("for example `{} of {before}.amount`", spot.back(2)),
        ));
    }
    None
}

/// `has purchase`, `never purchase`, `welcome clicked`.
fn history(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    let outcome = |word: &str| match word {
        "click" | "clicks" | "clicked" => Some("clicked"),
        "open" | "opens" | "opened" => Some("opened"),
        "reply" | "replies" | "replied" => Some("replied"),
        "bounce" | "bounces" | "bounced" => Some("bounced"),
        "deliver" | "delivers" | "delivered" => Some("delivered"),
        "complain" | "complains" | "complained" => Some("complained"),
        "sent" => Some("sent"),
        _ => None,
    };
    let back = "what has happened is `had`, what has not is `no`";
    if before == "had" && matches!(word, "no" | "not" | "never" | "any" | "a" | "an") {
        let new = if matches!(word, "no" | "not" | "never") { "no" } else { "had" };
        return Some(spot.write(spot.back_start(0), spot.end(0), new, back));
    }
    if matches!(word, "did" | "does" | "do") && spot.is_word(1) && spot.wants(Rule::when) {
        let negated = matches!(next, "not" | "never");
        return Some(spot.swap(if negated { 2 } else { 1 }, if negated { "no" } else { "had" }, back));
    }
    if spot.wants(Rule::window) && spot.is_name(0) && matches!(before, "has" | "have" | "having" | "ever" | "already" | "never" | "without")
    {
        let new = if matches!(before, "never" | "without") { "no" } else { "had" };
        return Some(spot.write(spot.back_start(0), spot.back_start(0) + before.len(), new, back));
    }
    if spot.wants(Rule::filter) && spot.is_name_before() && words::RESERVED.contains(&word) && outcome(word).is_some() {
        let start = spot.back_start(0);
        return Some(spot.write(start, spot.end(0), format!("{word} {before}"), "what happened to a message stands before its name"));
    }
    if spot.wants(Rule::filter)
        && spot.is_name(0)
        && !words::RESERVED.contains(&before)
        && let Some(here) = outcome(before)
    {
        return Some(spot.write(spot.back_start(0), spot.back_start(0) + before.len(), here, "what happens to messages is called so here"));
    }
    if outcome(before) == Some(before) && matches!(word, "on" | "in" | "the" | "a") && spot.is_word(1) {
        return Some(spot.drop(1, "the name of the message stands right behind it"));
    }
    if spot.wants(Rule::filter) && matches!(word, "with" | "having" | "whose" | "which" | "that") && spot.is_word(1) {
        return Some(spot.swap(1, "where", "what an event brought is asked behind `where`"));
    }
    if before == "segment" && spot.head != "segment" && spot.is_name(0) {
        return Some(spot.write(spot.back_start(0), spot.end(0), format!("in segment {word}"), "a segment is asked with `in segment`"));
    }
    if word == "in" && spot.is_name(1) && matches!(before, "when" | "if" | "until" | "and" | "or" | "not") {
        return Some(spot.swap(1, "in segment", "a segment is asked with `in segment`"));
    }
    let compares = |word: &str| matches!(word, "=" | "<" | ">" | "<=" | ">=" | "!=" | "is" | "contains" | "in");
    (spot.wants(Rule::filter) && spot.is_name(0) && compares(next))
        .then(|| spot.insert("where ", "what an event brought is asked behind `where`"))
}

/// `is`, `equals`, `greater than`, `between`, `like`.
fn compared(spot: &Spot<'_>) -> Option<Said> {
    if spot.back(0) == "is" && spot.wants(Rule::want_known) {
        return is(spot);
    }
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    if word == "," && spot.has_before("(") && spot.wants(Rule::prop) && spot.has_before("in") {
        let open = spot.line.text.get(..spot.at)?.rfind('(')?;
        let close = spot.at + spot.line.text.get(spot.at..)?.find(')')?;
        let list = spot.text(open + 1, close);
        return Some(spot.write(open, close + 1, format!("[{list}]"), "a list stands in brackets"));
    }
    if !spot.wants(Rule::compare) && !spot.wants(Rule::known) {
        return None;
    }
    if let Some((count, here)) = operator(spot, 0) {
        return Some(spot.swap(count, here, "the signs are `=`, `!=`, `<`, `<=`, `>` and `>=`"));
    }
    let text = "texts are asked with `contains`, `starts with` and `ends with`";
    match word {
        "between" if spot.is_digits(1) && spot.word(2) == "and" => Some(spot.tell(
            0,
            "`between` does not compare",
            "two comparisons",
            format!("write `({before} >= {next} and {before} <= {})`", spot.word(3)),
        )),
        "like" | "include" | "includes" | "containing" | "contain" | "has" | "matches" if !next.is_empty() => {
            Some(spot.swap(1, "contains", text))
        }
        "startswith" | "starts_with" | "startsWith" => Some(spot.swap(1, "starts with", text)),
        "endswith" | "ends_with" | "endsWith" => Some(spot.swap(1, "ends with", text)),
        "begins" | "begin" | "start" | "beginning" if next == "with" => Some(spot.swap(2, "starts with", text)),
        "end" | "ending" if next == "with" => Some(spot.swap(2, "ends with", text)),
        "exists" | "exist" | "present" => Some(spot.swap(1, "is known", "whether there is a value is asked with `is known`")),
        "not" if next == "in" => {
            Some(spot.tell(2, "`not` stands before the whole condition", "too late", format!("write `not {before} in […]`")))
        }
        "isn" | "isnt" => Some(spot.tell(0, "unequal is `!=`", "no comparison", format!("write `{before} != …`"))),
        _ => None,
    }
}

/// A comparison in words from the n-th word on: how many words it has, and its sign.
fn operator(spot: &Spot<'_>, n: usize) -> Option<(usize, &'static str)> {
    let (word, next) = (spot.word(n), spot.word(n + 1));
    let (mut count, mut here) = match word {
        "equals" | "equal" | "eq" | "exactly" => (1, "="),
        "differs" => (1, "!="),
        "more" | "greater" | "higher" | "bigger" | "larger" | "above" | "over" | "exceeds" | "gt" => (1, ">"),
        "less" | "lower" | "smaller" | "fewer" | "below" | "under" | "lt" => (1, "<"),
        "at" if next == "least" => (2, ">="),
        "at" if next == "most" => (2, "<="),
        _ => return None,
    };
    if matches!(spot.word(n + count), "than" | "to" | "from") {
        count += 1;
    }
    if spot.word(n + count) == "or" && spot.word(n + count + 1) == "equal" {
        count += if spot.word(n + count + 2) == "to" { 3 } else { 2 };
        here = if here == ">" { ">=" } else { "<=" };
    }
    (!spot.word(n + count).is_empty()).then_some((count, here))
}

/// Behind `is`: `pro`, `not pro`, `greater than 20`, `empty`.
fn is(spot: &Spot<'_>) -> Option<Said> {
    let start = spot.back_start(0);
    let negated = spot.word(0) == "not";
    let n = usize::from(negated);
    let why = "two values are compared with a sign; `is` asks `is known` or `is missing`";
    let write = |count: usize, here: &str| Some(spot.write(start, spot.end(count - 1), here, why));
    let (known, missing) = if negated { ("is missing", "is known") } else { ("is known", "is missing") };
    match spot.word(n) {
        "known" | "set" | "given" | "present" | "there" | "available" | "filled" => return write(n + 1, known),
        "missing" | "unknown" | "empty" | "null" | "nil" | "blank" | "none" | "unset" | "nothing" => return write(n + 1, missing),
        "today" | "now" | "tomorrow" => {
            return Some(spot.tell(
                0,
                format!("`is {}` is no question", spot.word(n)),
                "no comparison",
                "a day that comes is a clock trigger: `every year on birthday at 09:00`, `2 days before entry.starts_at, if past never`",
            ));
        }
        "in" if !negated => return write(1, "in"),
        "between" => {
            let name = spot.back(1);
            return Some(spot.tell(
                0,
                "`between` does not compare",
                "two comparisons",
                format!("write `({name} >= {} and {name} <= {})`", spot.word(n + 1), spot.word(n + 3)),
            ));
        }
        "" => return None,
        _ => {}
    }
    if let Some((count, here)) = operator(spot, n) {
        let here = if negated { turned(here) } else { here };
        return write(n + count, here);
    }
    if spot.is_word(n) || spot.is_digits(n) || spot.is_text(n) {
        return Some(spot.write(start, if negated { spot.end(0) } else { start + 2 }, if negated { "!=" } else { "=" }, why));
    }
    None
}

fn turned(sign: &'static str) -> &'static str {
    match sign {
        "=" => "!=",
        ">" => "<=",
        "<" => ">=",
        ">=" => "<",
        "<=" => ">",
        other => other,
    }
}

fn is_month(word: &str) -> bool {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = word.to_lowercase();
    lower.len() >= 3 && word.starts_with(|c: char| c.is_uppercase()) && months.iter().any(|month| lower.starts_with(month))
}

impl Spot<'_> {
    /// Whether a name stands right before the place.
    fn is_name_before(&self) -> bool {
        let before = self.back(0);
        before.starts_with(|c: char| c.is_alphabetic()) && !words::is_reserved(before)
    }
}
