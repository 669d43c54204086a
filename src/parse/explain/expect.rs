//! What was expected where a line stops being right.

use super::{Context, Line, phrase, two_items, word_at};
use crate::{
    diag::{Diagnostic, nearest},
    parse::{
        build::Builder,
        codes::{F001, F002},
        grammar::{Failure, Rule},
        words,
    },
};

/// How needed a part is: what must stand is named before what may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Must,
    May,
}

/// Reports the place where a line fails.
pub(super) fn explain(builder: &mut Builder<'_>, line: &Line, failure: Failure, context: Context) {
    let at = failure.at.min(line.text.len());
    let found = Found::at(&line.text, at);
    if cut_off(builder, line, &found, context)
        || phrase::explain(builder, line, at, &failure.expected, context)
        || misspelt(builder, line, &failure, &found)
    {
        return;
    }
    if failure.could_stop() && !found.text.is_empty() {
        surplus(builder, line, &found, &failure, context);
        return;
    }
    let before = word_before(&line.text, at);
    let expected = phrases(&failure.expected, before);
    let place = if found.text.is_empty() { line.place(line.text.len(), line.text.len()) } else { line.place(at, at + found.text.len()) };
    let behind = if before.is_empty() { String::new() } else { format!(" after `{before}`") };
    let finding = Diagnostic::new(F001, place, format!("expected {}{behind}", join(&expected)));
    let wants_name = failure.expected.iter().any(|rule| matches!(rule, Rule::name | Rule::stage_ref));
    let finding = if found.text.is_empty() && builder.begins_block(place) {
        finding.at("missing before `{`")
    } else if found.text.is_empty() {
        finding.at("the line ends here")
    } else if wants_name && words::is_reserved(found.text) {
        let near = format!("{}_{}", found.text, noun(before).unwrap_or("1"));
        finding
            .at(format!("`{}` is a word of the language and cannot be a name", found.text))
            .help(format!("choose another name, such as `{near}`"))
    } else if wants_name && found.text.starts_with('"') {
        finding.at("a text stands here").help("a name is one word without quotes; a label in quotes stands behind it")
    } else if wants_name && found.text.starts_with(|c: char| c.is_ascii_digit()) {
        finding.at(format!("found `{}`", found.text)).help("a name begins with a letter")
    } else {
        finding.at(format!("found `{}`", found.text))
    };
    builder.push(with_example(finding, &failure.expected));
}

/// A word near one of those expected is meant to be it.
fn misspelt(builder: &mut Builder<'_>, line: &Line, failure: &Failure, found: &Found<'_>) -> bool {
    // An `if` is meant: whoever writes it knows it from elsewhere.
    if !found.is_word || found.text == "if" || failure.expected.iter().any(|rule| matches!(rule, Rule::name | Rule::stage_ref)) {
        return false;
    }
    let keywords: Vec<&str> = failure.expected.iter().flat_map(|rule| keywords(*rule)).copied().collect();
    let lower = found.text.to_lowercase();
    let near = keywords.iter().copied().find(|word| *word == lower).or_else(|| nearest(found.text, keywords.iter().copied()));
    let Some(near) = near.filter(|near| *near != found.text) else { return false };
    let place = line.place(found.at, found.at + found.text.len());
    builder.correct(
        Diagnostic::new(F002, place, format!("`{}` is not a word of the language here", found.text))
            .at(format!("did you mean `{near}`?"))
            .replace(place, near, format!("write `{near}`")),
    );
    true
}

/// A condition that ends with `and` or `or`, so that the item on the next line was taken for its rest.
fn cut_off(builder: &mut Builder<'_>, line: &Line, found: &Found<'_>, context: Context) -> bool {
    let before = line.text.get(..found.at).unwrap_or("");
    let Some((first, last)) = before.trim_end().rsplit_once('\n') else { return false };
    let first = first.trim_end();
    let join = ["and", "or"].into_iter().find(|join| first.ends_with(&format!(" {join}")));
    let (Some(join), true) = (join, context.words().contains(&word_at(last.trim_start(), 0))) else { return false };
    let place = line.place(first.len() - join.len(), first.len());
    builder.push(
        Diagnostic::new(F001, place, format!("expected a condition after `{join}`"))
            .at("the line ends here")
            .help("a condition is an event such as `purchase`, or a test such as `plan = pro`"),
    );
    true
}

/// Text behind what was complete already.
fn surplus(builder: &mut Builder<'_>, line: &Line, found: &Found<'_>, failure: &Failure, context: Context) {
    let at = found.at;
    let place = line.place(at, at + found.text.len());
    let first = line.first_word();
    let stage = matches!(first, "stage" | "goal" | "final");
    let within = needs_block(first) && words::STEP.contains(&found.text) || stage && words::STAGE.contains(&found.text);
    if within || (needs_block(first) || stage) && matches!(found.text, ":" | "then") {
        builder.push(
            Diagnostic::new(F001, place, format!("expected `{{` before `{}`", found.text))
                .help(format!("what belongs to `{first}` stands in braces: `{first} … {{ … }}`")),
        );
        return;
    }
    if context.words().contains(&found.text) && !matches!(found.text, "at" | "for" | "on") {
        let gap = line.place(at, at);
        two_items(builder, place, gap, found.text);
        return;
    }
    let rest = line.place(at, line.text.len());
    let tail = line.tail_from(at);
    let finding = Diagnostic::new(F001, rest, format!("`{tail}` does not belong here"));
    let may = failure.expected.iter().flat_map(|rule| clause(*rule)).copied().collect::<Vec<_>>();
    let mut may: Vec<String> = may.into_iter().map(|word| format!("`{word} …`")).collect();
    may.sort();
    may.dedup();
    let help = match (first, found.text) {
        ("send", "by" | "via" | "on" | "through") => {
            "the channel of a message is said where it is declared: `message welcome by email`".to_owned()
        }
        ("send", "to" | "at" | "after" | "in") => "a message goes to the contact, at once; a `wait` before it makes it later".to_owned(),
        ("wait", "and" | "or") => "a duration is one number and one unit: write `36 hours`, not `1 day and 12 hours`".to_owned(),
        ("enter" | "leave", ",") => "several conditions are joined by `and` or `or`".to_owned(),
        ("sent" | "delivered" | "opened" | "clicked" | "replied" | "bounced" | "complained", message) if context == Context::Test => {
            format!("say which message in parentheses: `{first}(message: {message})`")
        }
        ("enter" | "leave", "if") => "what else must hold is joined by `and`: `when purchase and plan = pro`".to_owned(),
        ("guarantee", "within") if line.text.contains(" reaches ") => {
            "with a bound it is said of those inside: `every contact in trial reaches customer within 14 days`".to_owned()
        }
        _ if found.text == "if" => "a condition stands behind `when`, or in a step `if … { … }` of its own".to_owned(),
        _ if found.text == "else" => "`else` stands behind the `}` of an `if`".to_owned(),
        _ if found.text == "%" => "a share is a number and `%`: `20%`".to_owned(),
        _ if may.is_empty() => "a new item begins on a new line, and a comment with `#`".to_owned(),
        _ => format!("it may go on with {}", join(&may)),
    };
    builder.push(finding.at("the line is complete before this").help(help));
}

/// What stands where a line fails.
struct Found<'t> {
    at: usize,
    text: &'t str,
    is_word: bool,
}

impl<'t> Found<'t> {
    fn at(line: &'t str, at: usize) -> Self {
        let word = word_at(line, at);
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let rest = line.get(at..).unwrap_or("");
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ')' | ']' | '{')).unwrap_or(rest.len());
            return Self { at, text: rest.get(..end).unwrap_or(word), is_word: false };
        }
        if !word.is_empty() {
            return Self { at, text: word, is_word: word.starts_with(|c: char| c.is_alphabetic()) };
        }
        let rest = line.get(at..).unwrap_or("");
        let length = if rest.starts_with('"') {
            rest.get(1..).and_then(|inner| inner.find('"')).map_or(rest.len(), |index| index + 2)
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        Self { at, text: rest.get(..length).unwrap_or(""), is_word: false }
    }
}

/// The word or mark that ends right before an offset.
fn word_before(line: &str, at: usize) -> &str {
    let before = line.get(..at).unwrap_or("").trim_end();
    let last = before.chars().next_back();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '%' | '.');
    match last {
        None => "",
        Some('"') => {
            before.get(..before.len() - 1).and_then(|inner| inner.rfind('"')).and_then(|index| before.get(index..)).unwrap_or(before)
        }
        Some('0'..='9' | '%') => before.get(before.rfind(char::is_whitespace).map_or(0, |index| index + 1)..).unwrap_or(""),
        Some(letter) if is_word(letter) => {
            let start =
                before.rfind(|c: char| !is_word(c)).map_or(0, |index| index + before[index..].chars().next().map_or(1, char::len_utf8));
            before.get(start..).unwrap_or("")
        }
        Some(letter) => before.get(before.len() - letter.len_utf8()..).unwrap_or(""),
    }
}

/// What the rules expect, in words; what must stand if something must.
fn phrases(rules: &[Rule], before: &str) -> Vec<String> {
    let operand = rules.contains(&Rule::group);
    let mut all: Vec<(Need, String)> = Vec::new();
    if operand {
        let compared = matches!(before, "=" | "<" | ">" | "<=" | ">=" | "!=" | "contains" | "with" | "+" | "-" | "*" | "/");
        let phrase = if rules.contains(&Rule::not) && !compared {
            "a condition such as `purchase` or `plan = pro`"
        } else {
            "a value such as `20`, `\"DE\"` or `plan`"
        };
        all.push((Need::Must, phrase.to_owned()));
    }
    // One phrase stands for all that can follow these words.
    let whole = [Rule::want_wait, Rule::want_reentry].into_iter().find(|rule| rules.contains(rule));
    let own = whole.map(|rule| vec![rule]);
    for rule in own.as_deref().unwrap_or(rules) {
        if let Some((need, phrase)) = phrase(*rule, before, operand) {
            all.push((need, phrase));
        }
    }
    let most = all.iter().map(|(need, _)| *need).min().unwrap_or(Need::May);
    let mut phrases: Vec<String> = Vec::new();
    for (need, phrase) in all {
        if need == most && !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    if phrases.is_empty() {
        phrases.push("something else".to_owned());
    }
    phrases
}

fn phrase(rule: Rule, before: &str, operand: bool) -> Option<(Need, String)> {
    let must = |text: &str| Some((Need::Must, text.to_owned()));
    let may = |text: &str| Some((Need::May, text.to_owned()));
    match rule {
        Rule::name | Rule::stage_ref if before == "guarantee" => must("a promise such as `every contact leaves trial within 45 days`"),
        Rule::name if operand => None,
        Rule::name => {
            Some((Need::Must, noun(before).map_or_else(|| "a name".to_owned(), |noun| format!("the name of {} {noun}", article(noun)))))
        }
        Rule::stage_ref => must("the name of a stage"),
        Rule::text if operand => None,
        Rule::text if matches!(before, "use" | "timezone" | "note" | "template" | "test" | "for") => must("a text in quotes"),
        Rule::text => may("a label in quotes"),
        Rule::dur => must("a duration such as `2 days`"),
        Rule::count => must("a whole number such as `3`"),
        Rule::share => must("a share such as `20%`"),
        Rule::clock => must("a time of day such as `09:00`"),
        Rule::moment if operand => None,
        Rule::moment => must("a date with a time such as `2026-03-02 10:00`"),
        Rule::day => must("a date such as `2026-03-02`"),
        Rule::kind => must("a type such as `text`, `number` or `one of [a, b]`"),
        Rule::params | Rule::args => may("parameters in parentheses"),
        Rule::compare if !operand => may("a comparison such as `= pro` or `> 20`"),
        Rule::prop => must("a dot and a property"),
        Rule::signed_amount => must("points such as `+5`"),
        Rule::want_schedule => must("`day`, a weekday, `month on day 1` or `year on birthday`"),
        Rule::want_reentry => must("`never`, `after leaving`, `30 days after leaving`, `30 days after starting` or `restart from …`"),
        Rule::want_choice => must("what then happens, such as `open` or `skip`"),
        Rule::want_wait => must("a duration such as `2 days`"),
        Rule::want_close_round => must("`)` or a comma"),
        Rule::want_close_square => must("`]` or a comma"),
        Rule::want_at_most => must("`at most`"),
        Rule::want_known => must("`known` or `missing`"),
        Rule::want_entering => must(if before == "of" { "`entering`" } else { "`entering` or `starting`" }),
        Rule::want_leaving_or_starting => must("`leaving` or `starting`"),
        Rule::want_goes => must("`goes through`"),
        Rule::want_from_every => must("`from every stage`"),
        Rule::want_colon => must("`:`"),
        Rule::want_equals => must("`=`"),
        Rule::join | Rule::arith | Rule::known | Rule::compare | Rule::filter | Rule::window | Rule::stop => None,
        _ => {
            let words = keywords(rule);
            let need =
                if is_clause(rule) && !matches!(rule, Rule::when | Rule::from | Rule::after | Rule::by) { Need::May } else { Need::Must };
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            (!words.is_empty()).then(|| (need, join(&words)))
        }
    }
}

/// The words a rule begins with, as far as they are looked for in place of a misspelt one.
fn keywords(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::want_after => &["after"],
        Rule::want_at => &["at"],
        Rule::want_at_most => &["at"],
        Rule::want_between => &["between"],
        Rule::want_by | Rule::by => &["by"],
        Rule::want_contact => &["contact"],
        Rule::want_day => &["day"],
        Rule::want_days => &["days"],
        Rule::want_each => &["each"],
        Rule::want_entering => &["entering", "starting"],
        Rule::want_enters => &["enters"],
        Rule::want_follows => &["follows"],
        Rule::want_for => &["for"],
        Rule::want_from | Rule::from => &["from"],
        Rule::want_goes => &["goes"],
        Rule::want_known => &["known", "missing"],
        Rule::want_least => &["least", "most"],
        Rule::want_leaving => &["leaving"],
        Rule::want_leaving_or_starting => &["leaving", "starting"],
        Rule::want_most => &["most"],
        Rule::want_of | Rule::of_stage => &["of"],
        Rule::want_on => &["on"],
        Rule::want_out => &["out"],
        Rule::want_outside => &["outside"],
        Rule::want_past => &["past"],
        Rule::want_per => &["per"],
        Rule::want_reachable => &["reachable"],
        Rule::want_reaches => &["reaches"],
        Rule::want_reentry => &["never", "restart", "after"],
        Rule::want_schedule => &["day", "month", "year"],
        Rule::want_send => &["send"],
        Rule::want_time => &["time"],
        Rule::want_times => &["times"],
        Rule::want_to => &["to"],
        Rule::want_until | Rule::until => &["until"],
        Rule::want_wait => &["until", "up"],
        Rule::want_within => &["within"],
        Rule::want_without => &["without"],
        Rule::when => &["when"],
        Rule::after => &["after"],
        Rule::alias => &["as"],
        Rule::each_time => &["each"],
        Rule::up_to | Rule::times => &["up"],
        Rule::period => &["every"],
        Rule::filter => &["where"],
        Rule::window => &["within", "since"],
        Rule::join => &["and", "or"],
        Rule::known => &["is"],
        Rule::compare => &["contains", "in", "starts", "ends"],
        Rule::finished => &["finished"],
        Rule::touchpoint => &["on"],
        Rule::ours => &["ours"],
        Rule::fixed => &["fixed"],
        Rule::opt_out => &["opt"],
        Rule::rate => &["at"],
        Rule::leaves => &["leaves"],
        Rule::reaches => &["in"],
        Rule::reachable => &["is"],
        Rule::follows => &["never"],
        Rule::excludes => &["excludes"],
        Rule::after_event => &["after"],
        Rule::in_stage => &["in"],
        Rule::never => &["never"],
        Rule::restart => &["restart"],
        Rule::held => &["held"],
        Rule::capped => &["capped"],
        Rule::expect_outside => &["outside"],
        Rule::offset => &["before", "after"],
        Rule::at => &["at"],
        _ => &[],
    }
}

/// The words with which a complete line may go on by a clause.
fn clause(rule: Rule) -> &'static [&'static str] {
    if is_clause(rule) { keywords(rule) } else { &[] }
}

fn is_clause(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::when
            | Rule::from
            | Rule::after
            | Rule::alias
            | Rule::each_time
            | Rule::up_to
            | Rule::until
            | Rule::by
            | Rule::touchpoint
            | Rule::ours
            | Rule::fixed
            | Rule::opt_out
            | Rule::rate
            | Rule::filter
            | Rule::window
            | Rule::join
            | Rule::finished
            | Rule::known
            | Rule::offset
            | Rule::at
    )
}

/// What kind of thing a name behind this word names.
fn noun(before: &str) -> Option<&'static str> {
    Some(match before {
        "send" | "sent" => "message",
        "do" | "did" | "action" => "action",
        "record" | "event" | "had" | "without" | "assume" => "event",
        "stage" | "from" | "leaves" | "reaches" | "enters" | "through" | "follows" | "excludes" | "entering" | "feeds" => "stage",
        "funnel" => "funnel",
        "message" => "message",
        "channel" | "by" => "channel",
        "segment" => "segment",
        "score" => "score",
        "play" | "nurture" => "nurture",
        "split" => "split",
        "needs" => "flag",
        "set" => "attribute",
        _ => return None,
    })
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e']) { "an" } else { "a" }
}

fn needs_block(word: &str) -> bool {
    matches!(word, "if" | "else" | "split" | "repeat" | "on" | "otherwise" | "funnel" | "play" | "score" | "test" | "contact" | "nurture")
}

fn with_example(finding: Diagnostic, rules: &[Rule]) -> Diagnostic {
    if finding.help.is_some() {
        return finding;
    }
    let example = if rules.contains(&Rule::kind) {
        "types are `text`, `number`, `flag`, `date`, `time`, `one of [a, b]` and `list of text`, with `?` where a value may be missing"
    } else if rules.contains(&Rule::want_wait) {
        "also `wait until …` and `wait up to 5 days { … }`"
    } else if rules.contains(&Rule::period) {
        "for example `repeat up to 3 times every 7 days { … }`"
    } else if rules.contains(&Rule::by) {
        "a message says its channel: `message welcome \"Welcome\" by email`"
    } else if rules.contains(&Rule::want_schedule) || finding.message.starts_with("expected `at` after") {
        "for example `every day at 09:00`, `every monday at 09:00`, `every month on day 1 at 09:00`"
    } else if rules.contains(&Rule::of_stage) {
        "for example `target 20% within 14 days`, `target 20% of subscribed within 60 days`"
    } else if rules.contains(&Rule::want_of) {
        "for example `assume purchase within 90 days of entering engaged`"
    } else if finding.message.ends_with("after `enter`") {
        "for example `enter when purchase`, `enter from trial after 14 days`"
    } else if finding.message.ends_with("after `leave`") {
        "for example `leave when unsubscribe`, `leave after 30 days`"
    } else if rules.contains(&Rule::when) && finding.message.starts_with("expected `when`") {
        "for example `segment vip when plan = pro`"
    } else if rules.contains(&Rule::want_at_most) {
        "for example `visits at most 3`"
    } else if finding.message.ends_with("after `nurture`") {
        "for example `nurture welcome_series { … }`"
    } else if finding.message.ends_with("after `split`") {
        "for example `split price_test { 50% low { … } 50% high { … } }`"
    } else if finding.message.ends_with("%`") || finding.message.ends_with("after `rest`") {
        "each arm has a name, which reports show: `50% short { … }`"
    } else if rules.contains(&Rule::want_within) {
        "for example `within 7 days`"
    } else {
        return finding;
    };
    finding.help(example)
}

fn join(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
