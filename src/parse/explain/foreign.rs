//! Words that begin no item: misspelt, of another place, of another language.

use super::{Context, Line, word_at};
use crate::{
    diag::{Diagnostic, nearest},
    parse::{
        build::Builder,
        codes::{F001, F002},
        words,
    },
};

/// A word of other languages and tools, and the word for it here.
struct Foreign {
    words: &'static [&'static str],
    here: &'static str,
}

const FOREIGN: [Foreign; 25] = [
    Foreign { words: &["delay", "sleep", "pause", "hold", "timer"], here: "wait" },
    Foreign { words: &["email", "mail", "sms", "notify", "push", "message", "deliver"], here: "send" },
    Foreign { words: &["exit", "end", "return", "break", "quit", "abort", "finish", "stop"], here: "stop" },
    Foreign { words: &["exit", "end", "quit", "leaves", "drop"], here: "leave" },
    Foreign { words: &["import", "include", "require"], here: "use" },
    Foreign { words: &["journey", "campaign", "workflow", "flow", "pipeline", "automation"], here: "funnel" },
    Foreign { words: &["step", "state", "phase", "status"], here: "stage" },
    Foreign { words: &["when", "case", "switch", "match", "condition"], here: "if" },
    Foreign { words: &["for", "while", "loop", "foreach", "each"], here: "repeat" },
    Foreign { words: &["let", "var", "assign", "update"], here: "set" },
    Foreign { words: &["track", "emit", "fire", "trigger", "log", "event"], here: "record" },
    Foreign { words: &["webhook", "call", "run", "action", "perform", "execute"], here: "do" },
    Foreign { words: &["entry", "entrance", "trigger", "join", "when", "start", "on"], here: "enter" },
    Foreign { words: &["assert", "check", "verify", "should"], here: "expect" },
    Foreign { words: &["experiment", "ab", "abtest", "ab_test", "test", "random"], here: "split" },
    Foreign { words: &["sequence", "drip", "series", "play", "flow"], here: "nurture" },
    Foreign { words: &["default", "timeout", "else"], here: "otherwise" },
    Foreign { words: &["when", "if", "case"], here: "on" },
    Foreign { words: &["email", "mail", "sms", "push", "newsletter", "letter"], here: "message" },
    Foreign { words: &["trigger", "signal", "hook"], here: "event" },
    Foreign {
        words: &["attribute", "attributes", "property", "field", "fields", "user", "customer", "person", "lead", "variable", "let", "var"],
        here: "contact",
    },
    Foreign { words: &["audience", "group", "cohort"], here: "segment" },
    Foreign { words: &["max", "maximum", "limit"], here: "visits" },
    Foreign { words: &["subject", "text", "body", "content", "html"], here: "template" },
    Foreign { words: &["max", "maximum", "limit", "cap"], here: "at" },
];

/// Words for moving somebody, which no step does.
const MOVES: [&str; 8] = ["goto", "go", "jump", "move", "move_to", "moveto", "transition", "advance"];

/// Whether a word that could be a name here is surely meant otherwise.
pub(super) fn is_misplaced(word: &str, context: Context) -> bool {
    context == Context::Attribute && matches!(word, "attribute" | "property" | "field")
}

/// Says what is wrong with the first word of a line.
pub(super) fn explain(builder: &mut Builder<'_>, line: &Line, context: Context) {
    let word = line.first_word();
    if word.is_empty() {
        let first = line.text.chars().next().map_or(1, char::len_utf8);
        let place = line.place(0, first);
        let text = line.text.get(..first).unwrap_or("");
        if context == Context::Attribute && text == "\"" {
            let name = line.text.get(1..).and_then(|rest| rest.split('"').next()).unwrap_or("");
            let finding = Diagnostic::new(F001, line.place(0, name.len() + 2), "a name has no quotes").at("a text stands here");
            builder.push(finding.help("for example `first_name \"First name\" : text?`"));
            return;
        }
        let text = match text.chars().next() {
            Some(letter) if letter.is_control() => format!("the invisible character U+{:04X}", u32::from(letter)),
            _ => format!("`{text}`"),
        };
        builder.push(Diagnostic::new(F001, place, format!("{text} begins no line {}", context.place())).help(begins(context)));
        return;
    }
    let place = line.place(0, word.len());
    let finding = |message: String| Diagnostic::new(F002, place, message).at(format!("no such word {}", context.place()));
    let unknown = || finding(format!("`{word}` begins nothing {}", context.place()));
    if matches!(word, "elseif" | "elif" | "elsif") {
        builder.push(finding(format!("`{word}` without an `if` before it")).help("write `else if` right behind the `}` of its `if`"));
        return;
    }
    if MOVES.contains(&word) && matches!(context, Context::Step | Context::Stage | Context::Arm | Context::Share) {
        builder.push(
            finding(format!("`{word}` is not written here: steps never move anybody"))
                .help("movement is said in one place, at the door of the stage moved to: `enter from … when …`; a step can `record` an event that opens it"),
        );
        return;
    }
    if context == Context::Share && word.starts_with(|c: char| c.is_ascii_digit()) {
        builder.push(
            Diagnostic::new(F001, place, "a share has a `%`")
                .at("how much of a hundred?")
                .help("an arm is a share, a name and a block: `50% short { … }`"),
        );
        return;
    }
    if context == Context::Share && word != "else" && line.text.get(word.len()..).is_some_and(|rest| rest.contains('%')) {
        builder.push(
            Diagnostic::new(F001, place, "the share stands before the name of its arm")
                .at("a name stands first here")
                .help(format!("for example `50% {word} {{ … }}`")),
        );
        return;
    }
    if context == Context::Share && matches!(word, "else" | "otherwise" | "default" | "remaining" | "others") {
        builder.push(unknown().help("the arm that takes what remains is `rest`, with a name: `rest others { … }`"));
        return;
    }
    if word == "then" {
        builder.push(finding("`then` is not written here".to_owned()).help("what happens stands in braces: `if … { … }`"));
        return;
    }
    let lower = word.to_lowercase();
    let own = context.words();
    if context.is_free()
        && words::is_reserved(word)
        && !is_misplaced(word, context)
        && line.text.get(word.len()..).is_some_and(|rest| rest.trim_start().starts_with([':', '"']))
    {
        builder.push(
            Diagnostic::new(F001, place, format!("`{word}` is a word of the language and cannot be a name"))
                .at("a reserved word")
                .help(format!("choose another name, such as `{word}_1`")),
        );
        return;
    }
    if context == Context::Step && matches!(word, "end" | "endif" | "fi" | "done") {
        builder.push(unknown().help("a block ends with `}`; `stop` ends the nurture"));
        return;
    }
    if context == Context::Step && is_assignment(line.text.get(word.len()..).unwrap_or("")) {
        builder.push(unknown().help(format!("an attribute is changed with `set`: `set {word} = …`")));
        return;
    }
    let next = line.text.get(word.len()..).map_or("", |rest| word_at(rest.trim_start(), 0));
    let article = matches!(lower.as_str(), "define" | "declare" | "create" | "new" | "make" | "def" | "the" | "a" | "an" | "my" | "please");
    let kind = matches!(lower.as_str(), "start" | "initial" | "first" | "begin" | "entry" | "end" | "last" | "exit") && next == "stage";
    if article && own.contains(&next) || kind {
        let here = if matches!(lower.as_str(), "end" | "last" | "exit") { "final" } else { "" };
        let title = if here.is_empty() { "leave it out".to_owned() } else { format!("write `{here}`") };
        builder.correct(finding(format!("`{word}` is not written before `{next}`")).replace(place, here, title));
        return;
    }
    if context == Context::Note && line.text.get(word.len()..).is_some_and(|rest| rest.trim_start().starts_with(':')) {
        builder.push(unknown().help(format!("what comes with it stands in parentheses behind its name: `({word}: number)`")));
        return;
    }
    if let Some(here) = own.iter().copied().find(|own| *own == lower) {
        builder.correct(finding(format!("words are written in small letters: `{here}`")).replace(place, here, format!("write `{here}`")));
        return;
    }
    let foreign = FOREIGN.iter().find(|foreign| own.contains(&foreign.here) && foreign.words.contains(&lower.as_str()));
    if let Some(near) = nearest(word, own.iter().copied()).filter(|_| foreign.is_none()) {
        builder.correct(unknown().replace(place, near, format!("write `{near}`")));
        return;
    }
    if let Some(elsewhere) = home(&lower, context).filter(|_| foreign.is_none()) {
        builder.push(
            Diagnostic::new(F002, place, format!("`{word}` does not stand {}", context.place())).at("in the wrong place").help(elsewhere),
        );
        return;
    }
    match foreign.map(|foreign| foreign.here) {
        Some("template") => {
            builder.push(unknown().help("what a message says is kept by the system that sends it; `template \"…\"` names it there"))
        }
        Some("at") => builder.push(unknown().help("a cap is written `at most 2 within 7 days`")),
        Some("visits") => builder.push(unknown().help("a bound of visits is written `visits at most 3`")),
        Some("contact") => {
            builder.push(unknown().help("what is known of people stands in `contact { … }`, one attribute a line: `plan : text?`"))
        }
        Some(here) => builder.push(unknown().help(format!("the word for it is `{here}`"))),
        None => builder.push(unknown().help(begins(context))),
    }
}

/// Whether what stands behind a word changes its value: `= 1`, `+= 1`, `++`.
fn is_assignment(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with('=') || ["+=", "-=", "++", "--"].iter().any(|sign| rest.starts_with(sign))
}

/// What can begin an item here.
fn begins(context: Context) -> String {
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match context {
        Context::Attribute => "a line here is an attribute: `plan : text?`".to_owned(),
        Context::Points => "a line here gives or takes points: `+5 for page_view`".to_owned(),
        Context::Share => "an arm is a share, a name and a block: `50% short { … }`, the last perhaps `rest`".to_owned(),
        Context::Arm => "an arm is `on … { … }` or, last, `otherwise { … }`".to_owned(),
        Context::Policy => "a channel has `needs …`, `at most … within …`, `quiet from … to …` and `note`".to_owned(),
        Context::Test => "a line here is an event, or begins with `given`, `at`, `after`, `record at`, `expect`".to_owned(),
        _ => format!("a line here begins with {}", list(context.words())),
    }
}

/// Where a word of the language belongs that does not stand here.
fn home(word: &str, context: Context) -> Option<String> {
    let places: [(&[&str], Context, &str); 5] = [
        (&words::STAGE, Context::Stage, "in a stage: `stage aware { … }`"),
        (&words::STEP, Context::Step, "among the steps of a nurture: `nurture welcome_series { … }`"),
        (&words::FUNNEL, Context::Funnel, "directly in a funnel: `funnel … { … }`"),
        (&words::TOP, Context::Top, "at the top of a file, outside every block"),
        (&words::ARM, Context::Arm, "in `wait up to 5 days { … }`"),
    ];
    let found: Vec<_> = places
        .iter()
        .filter(|(words, home, _)| *home != context && words.contains(&word) && !matches!(word, "note" | "formerly"))
        .collect();
    let (_, _, place) = found.first()?;
    Some(format!("`{word}` stands {place}"))
}

/// What other languages write before a block, and what is to be said of it.
pub(super) fn before_block(text: &str) -> Option<&'static str> {
    match text {
        "then" => Some("what happens stands in braces, without `then`"),
        "do" => Some("what happens stands in braces, without `do`"),
        ":" => Some("a block needs no colon, only its braces"),
        "=" | "->" | "begin" | "is" => Some("a block needs nothing but its braces"),
        _ => None,
    }
}
