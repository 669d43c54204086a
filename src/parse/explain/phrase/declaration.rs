//! Names, labels, texts, types and the lines of declarations.

use super::{Context, Said, Spot, number};
use crate::parse::{grammar::Rule, words};

/// The words before a name that is declared.
const DECLARES: [&str; 12] =
    ["event", "channel", "message", "action", "segment", "score", "play", "funnel", "stage", "nurture", "split", "as"];

pub(super) fn said(spot: &Spot<'_>) -> Option<Said> {
    opt_out(spot)
        .or_else(|| name(spot))
        .or_else(|| text(spot))
        .or_else(|| typed(spot))
        .or_else(|| policy(spot))
        .or_else(|| points(spot))
        .or_else(|| other(spot))
}

fn opt_out(spot: &Spot<'_>) -> Option<Said> {
    let why = "an event that takes consent back is `opt out of` a channel";
    match (spot.back(0), spot.word(0)) {
        ("opt", "-") => Some(spot.write(spot.back_start(0), spot.end(1), "opt out", why)),
        (_, "optout" | "opt_out") if spot.head == "event" => Some(spot.swap(if spot.word(1) == "of" { 2 } else { 1 }, "opt out of", why)),
        (_, "unsubscribes" | "unsubscribe" | "optsout") if spot.head == "event" => {
            Some(spot.swap(if matches!(spot.word(1), "from" | "of") { 2 } else { 1 }, "opt out of", why))
        }
        _ => None,
    }
}

/// `check-in`, `Free Trial`, `"Welcome" welcome` where a name stands.
fn name(spot: &Spot<'_>) -> Option<Said> {
    let (word, next) = (spot.word(0), spot.word(1));
    let line = &spot.line.text;
    // `check-in`: a hyphen with letters on both sides of it and no blank.
    let hyphen = if word == "-" {
        Some(spot.at)
    } else if words::is_reserved(word) && next == "-" {
        Some(spot.end(0))
    } else {
        None
    };
    if let Some(at) = hyphen {
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        let start =
            line.get(..at)?.rfind(|c: char| !letter(c)).map_or(0, |index| index + line[index..].chars().next().map_or(1, char::len_utf8));
        let end = at + line.get(at..)?.find(|c: char| !letter(c) && c != '-').unwrap_or(line.len() - at);
        let written = line.get(start..end)?;
        let whole = start < at
            && written.get(at - start + 1..).is_some_and(|rest| rest.starts_with(letter))
            && written.starts_with(|c: char| c.is_alphabetic());
        if whole && !written.ends_with('-') {
            return Some(spot.write(start, end, written.replace('-', "_"), "a name has letters, digits and `_`, and no `-`"));
        }
    }
    let declared = spot.behind_token(1).is_some_and(|token| DECLARES.contains(&token.text));
    let begins = words::STAGE.contains(&word)
        || words::STEP.contains(&word)
        || words::FUNNEL.contains(&word)
        || spot.context.words().contains(&word);
    let plain = spot.is_word(0) && !begins && !is_clause(word);
    let closes = matches!(next, "" | "(" | "by" | "when") || next.starts_with('"');
    if declared && plain && closes && spot.back(1) != "as" && spot.behind.len() <= 4 {
        let start = spot.back_start(0);
        return Some(spot.write(
            start,
            spot.end(0),
            format!("{}_{word}", spot.back(0)),
            "a name is one word; what people read stands in quotes behind it",
        ));
    }
    let attribute = spot.context == Context::Attribute && spot.behind.len() == 1 && spot.is_word(0) && next == ":";
    if attribute {
        return Some(spot.write(0, spot.end(0), format!("{}_{word}", spot.back(0)), "a name is one word"));
    }
    if spot.wants(Rule::name) && spot.is_text(0) && DECLARES.contains(&spot.back(0)) {
        let inner = word.trim_matches('"');
        let slug: String = inner.chars().map(|c| if c.is_alphanumeric() { c.to_lowercase().next().unwrap_or(c) } else { '_' }).collect();
        let slug = slug.trim_matches('_');
        return if spot.is_name(1) && !is_clause(next) {
            Some(spot.swap(2, format!("{next} {word}"), "the name stands before the label"))
        } else if slug.starts_with(|c: char| c.is_alphabetic()) && !words::is_reserved(slug) {
            Some(spot.swap(1, format!("{slug} {word}"), "a name without quotes stands before the label").offered())
        } else {
            None
        };
    }
    if spot.wants(Rule::name) && spot.is_text(0) && matches!(spot.back(0), "by" | "to" | "needs" | "of" | "on" | "from" | ",") {
        let inner = word.trim_matches('"');
        let single =
            !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || c == '_') && inner.starts_with(|c: char| c.is_alphabetic());
        return single.then(|| spot.swap(1, inner, "a name has no quotes"));
    }
    None
}

fn is_clause(word: &str) -> bool {
    matches!(
        word,
        "on" | "ours"
            | "opt"
            | "at"
            | "by"
            | "via"
            | "through"
            | "when"
            | "as"
            | "each"
            | "if"
            | "every"
            | "where"
            | "after"
            | "from"
            | "is"
            | "unsubscribes"
            | "optout"
            | "opt_out"
    )
}

/// Texts without quotes; colons before texts; quotes in texts.
fn text(spot: &Spot<'_>) -> Option<Said> {
    let (word, before) = (spot.word(0), spot.back(0));
    let takes = matches!(before, "use" | "timezone" | "note" | "template" | "test");
    if takes && spot.behind.len() == 1 && word == ":" {
        return Some(spot.drop(1, format!("`{before}` needs no colon")));
    }
    if takes && spot.behind.len() == 1 && spot.wants(Rule::text) && (spot.is_word(0) || spot.is_digits(0)) {
        let line = &spot.line.text;
        let end = if before == "test" { line.find(" for ").unwrap_or(line.len()) } else { line.len() };
        let bare = spot.text(spot.at, end);
        return (!bare.contains('"') && !bare.contains('\n'))
            .then(|| spot.write(spot.at, spot.at + bare.len(), format!("\"{bare}\""), "a text stands in quotes"));
    }
    let touching = before.starts_with('"') && before.len() > 1 && spot.behind_token(0).is_some_and(|token| token.end() == spot.at);
    if touching && spot.is_word(0) {
        return Some(spot.tell(1, "the text ends at the quote before this", "outside the text", "a quote inside a text is written `\\\"`"));
    }
    (spot.head == "message" && spot.is_text(0) && spot.has_before("by")).then(|| {
        spot.tell(
            1,
            "a label stands right behind the name",
            "too late",
            format!("write `message {} {word} by …`", spot.line.text.split_whitespace().nth(1).unwrap_or("welcome")),
        )
    })
}

/// Types, in `contact` and in parameters.
fn typed(spot: &Spot<'_>) -> Option<Said> {
    let (word, next) = (spot.word(0), spot.word(1));
    let is_type = |word: &str| {
        matches!(word, "text" | "number" | "flag" | "date" | "time" | "one" | "list" | "string" | "bool" | "boolean" | "integer")
    };
    if spot.wants(Rule::want_colon) && is_type(word) {
        return Some(spot.insert(": ", "a name and its type are joined by a colon"));
    }
    if spot.wants(Rule::want_colon) && is_type(spot.back(0)) && spot.is_name(0) && matches!(spot.back(1), "(" | ",") {
        return Some(spot.write(
            spot.back_start(0),
            spot.end(0),
            format!("{word}: {}", spot.back(0)),
            "the name stands first, then its type",
        ));
    }
    if spot.wants(Rule::want_colon) && matches!(word, ")" | ",") && matches!(spot.head, "event" | "message" | "action" | "play") {
        let name = spot.back(0);
        return Some(spot.tell(
            1,
            format!("the type of `{name}` is not said"),
            "what kind of value?",
            format!("write `{name}: text`, `{name}: number` or another type"),
        ));
    }
    if spot.wants(Rule::kind) {
        return match word {
            "yes" | "no" if next == "/" || next == "or" || next == "," => {
                Some(spot.swap(3, "flag = no", "the type of yes and no is `flag`"))
            }
            "yes" | "no" => Some(spot.swap(1, format!("flag = {word}"), "the type of yes and no is `flag`")),
            "[" => Some(spot.insert("one of ", "a choice of words is `one of [a, b]`")),
            _ => None,
        };
    }
    if spot.context == Context::Attribute {
        let begins_attribute = |n: usize| spot.is_name(n) && spot.word(n + 1) == ":";
        return match word {
            "optional" => Some(spot.write(
                spot.back_start(0),
                spot.end(0),
                format!("{}?", spot.back(0)),
                "a value that may be missing has a `?` behind its type",
            )),
            "required" | "mandatory" => Some(spot.tell(
                1,
                format!("`{word}` is not written here"),
                "no such word",
                "a value that is never missing has a default: `= …`; one that may be missing has `?` behind its type",
            )),
            "," if begins_attribute(1) => {
                Some(spot.swap(1, "\n", "each attribute stands on a line of its own").titled("begin a new line".to_owned()))
            }
            _ if begins_attribute(0) => {
                Some(spot.insert("\n", "each attribute stands on a line of its own").titled("begin a new line".to_owned()))
            }
            _ => None,
        };
    }
    None
}

/// Caps, quiet hours, and promises that count messages.
fn policy(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    if before == "quiet" {
        let why = "quiet hours are `quiet from 21:00 to 08:00`";
        return match word {
            "between" => Some(spot.swap(1, "from", why)),
            "hours" | "time" | ":" => Some(spot.drop(1, why)),
            _ if spot.is_digits(0) => Some(spot.insert("from ", why)),
            _ => None,
        };
    }
    if spot.head == "quiet" && spot.wants(Rule::want_to) && matches!(word, "and" | "until" | "till" | "-" | "through" | "till_") {
        return Some(spot.swap(1, "to", "quiet hours are `quiet from 21:00 to 08:00`"));
    }
    if spot.head == "needs" && spot.behind.len() == 2 && matches!(word, "=" | "is" | ":") {
        return Some(spot.drop(2, "the flag is named alone; it is needed to be `yes`"));
    }
    let most = "the most that is allowed is `at most`";
    if matches!(before, "max" | "maximum" | "limit" | "cap") && spot.is_digits(0) {
        return Some(spot.write(spot.back_start(0), spot.back_start(0) + before.len(), "at most", most));
    }
    if spot.head == "guarantee" && before == "guarantee" && word == "no" && next == "more" {
        return Some(spot.swap(3, "at most", most));
    }
    if spot.head == "guarantee" && matches!(word, "per" | "in" | "a" | "every") && spot.has_before("most") {
        return Some(spot.tell(0, "a span of time stands behind `within`", "how long?", "write `within 7 days`"));
    }
    if spot.head == "guarantee" && matches!(before, "everyone" | "everybody" | "all" | "contacts" | "each") {
        return Some(spot.tell(
            1,
            "a promise about people begins with `every contact`",
            "who?",
            "for example `guarantee every contact leaves trial within 45 days`",
        ));
    }
    None
}

/// `+5 when login`, `+5 points for login`.
fn points(spot: &Spot<'_>) -> Option<Said> {
    if spot.context != Context::Points {
        return None;
    }
    let (word, before) = (spot.word(0), spot.back(0));
    let why = "points are given `for` an event";
    if before == "every" && spot.wants(Rule::dur) && spot.is_name(0) {
        return Some(spot.write(spot.back_start(0), spot.at, "", "points are given for each one anyway").titled("leave it out".to_owned()));
    }
    if !spot.wants(Rule::want_for) {
        return None;
    }
    match word {
        "points" | "point" | "pts" => Some(spot.drop(1, why)),
        "when" | "if" | "on" | "per" | "each" => Some(spot.swap(1, "for", why)),
        _ if spot.is_word(0) => Some(spot.insert("for ", why)),
        _ => None,
    }
}

/// `via email`, `expect trying`, `2x`.
fn other(spot: &Spot<'_>) -> Option<Said> {
    let (word, next, before) = (spot.word(0), spot.word(1), spot.back(0));
    if (spot.wants(Rule::want_by) || spot.wants(Rule::by))
        && matches!(word, "via" | "through" | "over" | "on" | "in" | "with" | "using" | "per" | "as" | "to")
        && !next.is_empty()
    {
        return Some(spot.swap(1, "by", "the channel of a message stands behind `by`"));
    }
    if spot.head == "expect" && spot.wants(Rule::held) && before != "expect" && spot.behind.len() == 2 && word.is_empty() {
        return Some(spot.tell(
            0,
            format!("what is expected of `{before}` is not said"),
            "the line ends here",
            format!("for a stage write `expect in {before}`, for a message `expect sent {before}`"),
        ));
    }
    if spot.head == "expect"
        && spot.has_before("sent")
        && let Some(digits) = number(word).filter(|_| matches!(word, "once" | "twice" | "thrice") || next == "times")
    {
        return Some(spot.swap(if next == "times" { 2 } else { 1 }, format!("{digits} times"), "how often is written in digits"));
    }
    if before == "most" && spot.wants(Rule::count) && spot.is_word(0) {
        let digits = number(word)?;
        return Some(spot.swap(1, digits, "a number is written in digits"));
    }
    if spot.head == "event" && spot.wants(Rule::want_per) && matches!(word, "a" | "an" | "each" | "every" | "in" | "within") {
        return Some(spot.swap(1, "per", "a rate is `at most 1 per day`"));
    }
    if spot.head == "event" && spot.is_name(0) && next == ":" {
        return Some(spot.tell(
            0,
            "what an event brings stands in parentheses",
            "outside parentheses",
            format!("write `event {}({} …)`", spot.back(0), spot.text(spot.at, spot.end(1))),
        ));
    }
    None
}
