//! Why a line does not parse, in a marketer's words.
//!
//! A damaged line is parsed again by the rules of its context; the furthest place that was reached and the rules tried
//! there say what was expected (`expect`), unless it is a known slip (`phrase`) or a word of another language (`foreign`).
//! Invariants: one finding for one line; a finding whose fix is safe is also a correction, with which the file is
//! parsed again, so that what follows from the mistake is not reported.
//! Deliberately absent: marks of other languages and delimiters, which `scan` has mended already.

mod expect;
mod foreign;
mod phrase;

use super::{
    build::Builder,
    codes::{F001, F002, F005},
    grammar::{self, Failure, Rule},
    words,
};
use crate::{
    ast::{Arg, Ident, TypeKind},
    diag::{Diagnostic, nearest},
    source::Span,
};

/// Where a line stands: what may begin there, and by which rule it is parsed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Top,
    Attribute,
    Note,
    Policy,
    Content,
    Points,
    Funnel,
    Stage,
    Step,
    Arm,
    Share,
    Test,
}

impl Context {
    fn rule(self) -> Rule {
        match self {
            Self::Top => Rule::only_top,
            Self::Attribute => Rule::only_attribute,
            Self::Note => Rule::only_note,
            Self::Policy => Rule::only_policy,
            Self::Content => Rule::only_content,
            Self::Points => Rule::only_points,
            Self::Funnel => Rule::only_funnel,
            Self::Stage => Rule::only_stage,
            Self::Step => Rule::only_step,
            Self::Arm => Rule::only_arm,
            Self::Share => Rule::only_share,
            Self::Test => Rule::only_test,
        }
    }

    /// The first words of the items here.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Top => &words::TOP,
            Self::Attribute => &[],
            Self::Note => &words::NOTE,
            Self::Policy => &words::CHANNEL,
            Self::Content => &words::MESSAGE,
            Self::Points => &words::SCORE,
            Self::Funnel => &words::FUNNEL,
            Self::Stage => &words::STAGE,
            Self::Step => &words::STEP,
            Self::Arm => &words::ARM,
            Self::Share => &words::SHARE,
            Self::Test => &words::TEST,
        }
    }

    /// Where this is, in words.
    fn place(self) -> &'static str {
        match self {
            Self::Top => "in a file",
            Self::Attribute => "in `contact`",
            Self::Note => "in this block",
            Self::Policy => "in a channel",
            Self::Content => "in a message",
            Self::Points => "in a score",
            Self::Funnel => "in a funnel",
            Self::Stage => "in a stage",
            Self::Step => "among steps",
            Self::Arm => "among the arms of a wait",
            Self::Share => "among the arms of a split",
            Self::Test => "in a test",
        }
    }

    /// Whether items may begin with a name, a number or a sign.
    fn is_free(self) -> bool {
        matches!(self, Self::Attribute | Self::Test | Self::Points | Self::Share)
    }
}

/// A line, or a line with its block, that is no item.
pub(super) fn stray(builder: &mut Builder<'_>, span: Span, context: Context) {
    let text = builder.parsed_text(span);
    let line = Line::new(builder, span, header_of(&text));
    if line.text.is_empty() && !text.starts_with('{') {
        // A mark of another language stands alone, and has been told.
        return;
    }
    if line.text.is_empty() {
        builder.push(
            Diagnostic::new(F001, Span { end: (span.start + 1).min(span.end), ..span }, "this block belongs to nothing")
                .at("a `{` stands on the line of the item whose block it opens")
                .help("move the `{` up, behind its item"),
        );
        return;
    }
    let word = line.first_word();
    let known = context.words().contains(&word) || (word == "else" && context == Context::Step);
    if !known && !context.is_free() || foreign::is_misplaced(word, context) {
        foreign::explain(builder, &line, context);
        return;
    }
    match grammar::line(context.rule(), &line.text) {
        Err(failure) if failure.at == 0 => foreign::explain(builder, &line, context),
        Err(failure) => expect::explain(builder, &line, failure, context),
        Ok(()) => complete(builder, &line, &text, context),
    }
}

/// A head that is right, without the block that it needs, or with one too many.
fn complete(builder: &mut Builder<'_>, line: &Line, text: &str, context: Context) {
    let word = line.first_word();
    if word == "else" {
        let finding = Diagnostic::new(F001, line.place(0, 4), "`else` without an `if` before it")
            .at("no `if` ends right before this line")
            .help("`else` stands behind the `}` of its `if`, on the same line or the next");
        builder.push(finding);
        return;
    }
    if text.len() > line.text.len() {
        let brace = line.place(text.find('{').unwrap_or(0), text.find('{').unwrap_or(0) + 1);
        builder.push(Diagnostic::new(F001, brace, format!("`{word}` takes no block")).at("unexpected `{`"));
        return;
    }
    if builder.opens_next_line(line.span) {
        // The brace on the next line is told there.
        return;
    }
    let end = builder.behind(line.span);
    builder.push(
        Diagnostic::new(F001, end, format!("expected `{{` and a block behind `{}`", line.tail()))
            .help(format!("`{word}` {} has its block in braces: `{word} … {{ … }}`", context.place())),
    );
}

/// Text behind an item that is complete.
pub(super) fn trailing(builder: &mut Builder<'_>, item: Span, behind: Span, context: Context) {
    let whole = item.to(behind);
    let text = builder.parsed_text(whole);
    // An item with a block is complete behind its brace; what follows is parsed alone.
    if builder.parsed_text(item).ends_with('}') {
        second_item(builder, item, behind, context);
        return;
    }
    let rest = builder.parsed_text(behind);
    if rest.starts_with('{') {
        let line = Line::new(builder, item, &builder.parsed_text(item));
        let place = Span { end: (behind.start + 1).min(behind.end), ..behind };
        let word = line.first_word();
        let finding = Diagnostic::new(F001, place, format!("`{word}` takes no block")).at("unexpected `{`");
        builder.push(match word {
            "wait" => finding.help("to wait for the first of several things write `wait up to 5 days { on … { … } otherwise { … } }`"),
            "send" | "do" => finding.help(format!("what comes next stands on the next line; `{word}` has its parameters in parentheses")),
            _ => finding,
        });
        return;
    }
    let line = Line::new(builder, whole, header_of(&text));
    match grammar::line(context.rule(), &line.text) {
        Err(failure) => expect::explain(builder, &line, failure, context),
        Ok(()) => second_item(builder, item, behind, context),
    }
}

fn second_item(builder: &mut Builder<'_>, item: Span, behind: Span, context: Context) {
    let rest = builder.parsed_text(behind);
    let line = Line::new(builder, behind, header_of(&rest));
    let word = line.first_word();
    if context.words().contains(&word) || context == Context::Test && !word.is_empty() {
        two_items(builder, line.place(0, word.len().max(1)), Span::empty(item.file, behind.start), word);
    } else {
        let near = nearest(word, ["else", "otherwise"].into_iter().chain(context.words().iter().copied()));
        let finding = Diagnostic::new(F001, behind, format!("`{}` does not belong behind a complete item", line.tail_from(0)))
            .at("the item before it ends here");
        builder.push(match near {
            Some(near) => finding.help(format!("did you mean `{near}`? a new item begins on a new line")),
            None => finding.help("a new item begins on a new line; a comment begins with `#`"),
        });
    }
}

fn two_items(builder: &mut Builder<'_>, at: Span, gap: Span, word: &str) {
    builder.correct(Diagnostic::new(F001, at, format!("a new line is needed before `{word}`")).at("a second item on one line").replace(
        gap,
        "\n",
        "begin a new line",
    ));
}

/// Text between the head of a block and its `{`.
pub(super) fn header(builder: &mut Builder<'_>, item: Span, damage: Span, context: Context) {
    let whole = item.to(damage);
    let whole = Span { end: damage.end, ..whole };
    let line = Line::new(builder, whole, &builder.parsed_text(whole));
    let extra = builder.parsed_text(damage);
    if let Some(habit) = foreign::before_block(extra.trim()) {
        builder.correct(
            Diagnostic::new(F001, damage, format!("`{}` is not written here", extra.trim()))
                .at(habit)
                .replace(damage, "", "leave it out")
                .safely(!extra.contains(char::is_alphanumeric)),
        );
        return;
    }
    match grammar::line(context.rule(), &line.text) {
        Err(failure) => expect::explain(builder, &line, failure, context),
        Ok(()) => builder.push(Diagnostic::new(F001, damage, format!("`{}` does not belong before `{{`", extra.trim()))),
    }
}

/// A block construct whose head is not complete.
pub(super) fn headless(builder: &mut Builder<'_>, item: Span, damage: Option<Span>, context: Context) {
    let text = builder.parsed_text(item);
    let head = header_of(&text);
    let end = damage.map_or(item.start + u32::try_from(head.trim_end().len()).unwrap_or(0), |damage| damage.end);
    let whole = Span { end: end.max(item.start), ..item };
    let line = Line::new(builder, whole, head);
    match grammar::line(context.rule(), &line.text) {
        Err(failure) => expect::explain(builder, &line, failure, context),
        Ok(()) => builder.internal(whole, "the head of a block"),
    }
}

/// A word that is no type, with the type that was meant.
pub(super) fn unknown_type(builder: &mut Builder<'_>, name: Ident) -> TypeKind {
    let behind = builder.source.get(name.span.end as usize..).unwrap_or("").lines().next().unwrap_or("").trim_start();
    if name.text == "one" && behind.starts_with("of ") {
        builder.push(
            Diagnostic::new(F001, name.span, "the words of a `one of` stand in brackets")
                .at("a choice without its words")
                .help("write `one of [free, pro]`: brackets around them, commas between them, no quotes"),
        );
        return TypeKind::Unknown(name);
    }
    if matches!(name.text.as_str(), "optional" | "maybe" | "nullable") {
        let ty = behind.split_whitespace().next().unwrap_or("text");
        builder.push(
            Diagnostic::new(F001, name.span, format!("`{}` is not written here", name.text))
                .at("a value that may be missing has a `?` behind its type")
                .help(format!("write `{ty}?`")),
        );
        return TypeKind::Unknown(name);
    }
    if name.text == "list" && behind.starts_with("of ") {
        builder.push(Diagnostic::new(F001, name.span, "a list holds texts").at("no such list").help("write `list of text`"));
        return TypeKind::List;
    }
    let (near, kind) = match name.text.to_lowercase().as_str() {
        "string" | "str" | "varchar" | "char" | "texts" | "words" | "email" | "url" | "phone" | "name" | "id" => {
            (Some("text"), TypeKind::Text)
        }
        "int" | "integer" | "float" | "double" | "decimal" | "num" | "numeric" | "numbers" | "money" | "currency" | "price" | "amount"
        | "eur" | "usd" => (Some("number"), TypeKind::Number),
        "bool" | "boolean" | "yesno" | "flags" | "bit" | "true" | "false" | "checkbox" => (Some("flag"), TypeKind::Flag),
        "datetime" | "timestamp" | "instant" | "times" => (Some("time"), TypeKind::Time),
        "dates" | "day" => (Some("date"), TypeKind::Date),
        "enum" | "choice" | "oneof" | "one_of" => (Some("one of [a, b]"), TypeKind::Unknown(name.clone())),
        "array" | "list" | "tags" | "set" => (Some("list of text"), TypeKind::List),
        other => {
            let types = ["text", "number", "flag", "date", "time", "message"];
            let near = types.into_iter().find(|ty| *ty == other).or_else(|| nearest(other, types));
            let kind = match near {
                Some("text") => TypeKind::Text,
                Some("number") => TypeKind::Number,
                Some("flag") => TypeKind::Flag,
                Some("date") => TypeKind::Date,
                Some("time") => TypeKind::Time,
                Some("message") => TypeKind::Message,
                _ => TypeKind::Unknown(name.clone()),
            };
            (near, kind)
        }
    };
    let finding = Diagnostic::new(F002, name.span, format!("`{}` is no type", name.text)).at("unknown type");
    let types = "types are `text`, `number`, `flag`, `date`, `time`, `one of [a, b]` and `list of text`";
    builder.push(match near {
        Some(near) if near.contains(' ') => finding.help(format!("write `{near}`; {types}")),
        Some(near) => finding.replace(name.span, near, format!("write `{near}`")).help(types),
        None => finding.help(types),
    });
    kind
}

/// A word behind `per` that is no single unit.
pub(super) fn unknown_period(builder: &mut Builder<'_>, span: Span, word: &str) {
    let units = ["second", "minute", "hour", "day", "week"];
    let finding = Diagnostic::new(F005, span, format!("`{word}` is no unit of time here")).at("a second, minute, hour, day or week");
    builder.push(match (word, nearest(word, units)) {
        ("month", _) => finding.help("a month has no fixed length: write `per 30 days`"),
        ("year", _) => finding.help("a year has no fixed length: write `per 365 days`"),
        (_, Some(near)) => finding.replace(span, near, format!("write `per {near}`")),
        (_, None) => finding.help("write `per day`, `per week` or `per 3 days`"),
    });
}

/// Arguments belong to the use of a play, and a block to a nurture of its own.
pub(super) fn args_with_block(builder: &mut Builder<'_>, name: &Ident, args: &[Arg]) {
    let place = args.iter().fold(name.span, |span, arg| span.to(arg.value.span));
    builder.push(
        Diagnostic::new(F001, place, "a nurture with steps of its own takes no arguments")
            .at("arguments are for plays")
            .help("use the play without a block: `nurture win_back(offer: big_discount)`; or leave the arguments out"),
    );
}

/// A damaged line: its text as it was parsed, and the way to places in the file.
pub(super) struct Line {
    pub span: Span,
    pub text: String,
    places: Vec<Span>,
}

impl Line {
    fn new(builder: &Builder<'_>, span: Span, text: &str) -> Self {
        let text = text.trim_end().to_owned();
        let start = builder.offsets.repaired(span.start as usize);
        let places = (0..=text.len()).map(|index| builder.place(start + index, start + index)).collect();
        Self { span, text, places }
    }

    /// The place of a part of the line in the file.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let at = |index: usize| self.places.get(index.min(self.places.len().saturating_sub(1))).copied().unwrap_or(self.span);
        let (start, end) = (at(start), at(end));
        Span { end: end.start.max(start.start), ..start }
    }

    pub fn first_word(&self) -> &str {
        word_at(&self.text, 0)
    }

    /// The last words of the line, for messages.
    fn tail(&self) -> &str {
        let words = self.text.trim_end();
        words.rfind(' ').and_then(|index| words.get(index + 1..)).unwrap_or(words)
    }

    /// The text from an offset on, cut where it becomes long.
    pub fn tail_from(&self, at: usize) -> String {
        let rest = self.text.get(at..).unwrap_or("").trim();
        let first_line = rest.lines().next().unwrap_or("");
        if first_line.chars().count() <= 40 { first_line.to_owned() } else { first_line.chars().take(39).chain(['…']).collect() }
    }
}

/// The word that begins at an offset; empty where none does.
fn word_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let end = rest.find(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest.get(..end).unwrap_or("")
}

/// The part of an item before its block.
fn header_of(text: &str) -> &str {
    let mut in_text = false;
    let mut escaped = false;
    for (index, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '{' if !in_text => return text.get(..index).unwrap_or(text),
            _ => {}
        }
    }
    text
}

impl Failure {
    /// Whether the text could have ended where it failed.
    fn could_stop(&self) -> bool {
        self.expected.contains(&Rule::stop)
    }
}
