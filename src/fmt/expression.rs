//! Conditions and values, with the parentheses that precedence needs.

use crate::ast::{
    Aggregate, AggregateKind, Arg, ArithmeticOp, CompareOp, Condition, ConditionKind, Count, DateTime, EventMatch, Every, InstantBase,
    InstantExpr, OffsetSide, PastDoor, PathRoot, Schedule, TextTest, Value, ValueKind, Where, Window, WindowKind,
};

/// A text in quotes, with its escapes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

pub(super) fn list<T>(items: &[T], one: impl Fn(&T) -> String) -> String {
    items.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `1 time`, `3 times`
pub(super) fn how_often(times: u32) -> String {
    if times == 1 { "1 time".to_owned() } else { format!("{times} times") }
}

/// `(amount: 20)`, or nothing.
pub(super) fn args(args: Option<&Vec<Arg>>) -> String {
    args.map_or_else(String::new, |args| format!("({})", list(args, |arg| format!("{}: {}", arg.name.text, value(&arg.value)))))
}

/// A part of a longer condition is broken itself beyond this.
const PART_MAX: usize = 80;

pub(super) fn condition(condition: &Condition) -> String {
    parts(condition).join(" ")
}

/// A condition in the parts before which it may be broken.
pub(super) fn parts(condition: &Condition) -> Vec<String> {
    match &condition.kind {
        ConditionKind::Or(members) => joined(members, "or", |member| {
            let whole = parts(member).join(" ");
            if whole.chars().count() > PART_MAX { parts(member) } else { vec![whole] }
        }),
        ConditionKind::And(members) => joined(members, "and", |member| match member.kind {
            ConditionKind::Or(_) => vec![grouped(member)],
            _ => parts(member),
        }),
        _ => vec![single(condition)],
    }
}

fn joined(members: &[Condition], word: &str, of: impl Fn(&Condition) -> Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    for (index, member) in members.iter().enumerate() {
        for (inner, part) in of(member).into_iter().enumerate() {
            all.push(if index > 0 && inner == 0 { format!("{word} {part}") } else { part });
        }
    }
    all
}

fn grouped(inner: &Condition) -> String {
    format!("({})", condition(inner))
}

fn single(condition: &Condition) -> String {
    match &condition.kind {
        ConditionKind::Or(_) | ConditionKind::And(_) => grouped(condition),
        ConditionKind::Not(inner) => format!("not {}", single(inner)),
        ConditionKind::Event(matched) => event(matched),
        ConditionKind::Had { negated, event: matched, window, .. } => {
            format!("{} {}{}", if *negated { "no" } else { "had" }, event(matched), window_text(window.as_ref()))
        }
        ConditionKind::Count { count, bound, event: matched, window } => {
            let word = match count.it {
                Count::AtLeast => "at least",
                Count::AtMost => "at most",
                Count::Exactly => "exactly",
            };
            format!("{word} {} {}{}", bound.it, event(matched), window_text(window.as_ref()))
        }
        ConditionKind::Segment(name) => format!("in segment {}", name.text),
        ConditionKind::Finished(play) => format!("{} finished", play.text),
        ConditionKind::Before(date) => format!("before {}", date.it),
        ConditionKind::From(date) => format!("from {} on", date.it),
        ConditionKind::Every(every) => every_text(every),
        ConditionKind::Instant(it) => {
            let past = match &it.past {
                None => "",
                Some(past) if past.it == PastDoor::Open => ", if past open",
                Some(_) => ", if past never",
            };
            format!("{}{past}", instant(&it.instant))
        }
        ConditionKind::Broken => String::new(),
        ConditionKind::Compare { .. } | ConditionKind::In { .. } | ConditionKind::TextTest { .. } | ConditionKind::Known { .. } => {
            comparison(&condition.kind, false)
        }
    }
}

/// A comparison; bare behind `where`, aggregates at its end stand in parentheses, so that what follows is not theirs.
fn comparison(kind: &ConditionKind, bare: bool) -> String {
    let first = |it: &Value| operand(it, 0, false);
    let side = |it: &Value| operand(it, 0, bare);
    match kind {
        ConditionKind::Compare { left, op, right } => {
            let op = match op.it {
                CompareOp::Equal => "=",
                CompareOp::NotEqual => "!=",
                CompareOp::Less => "<",
                CompareOp::LessOrEqual => "<=",
                CompareOp::Greater => ">",
                CompareOp::GreaterOrEqual => ">=",
            };
            format!("{} {op} {}", first(left), side(right))
        }
        ConditionKind::In { left, list } => format!("{} in {}", first(left), side(list)),
        ConditionKind::TextTest { left, test, right } => {
            let word = match test.it {
                TextTest::Contains => "contains",
                TextTest::StartsWith => "starts with",
                TextTest::EndsWith => "ends with",
            };
            format!("{} {word} {}", first(left), side(right))
        }
        ConditionKind::Known { value, known } => format!("{} is {}", first(value), if *known { "known" } else { "missing" }),
        ConditionKind::Or(_)
        | ConditionKind::And(_)
        | ConditionKind::Not(_)
        | ConditionKind::Event(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Every(_)
        | ConditionKind::Instant(_)
        | ConditionKind::Broken => String::new(),
    }
}

pub(super) fn event(matched: &EventMatch) -> String {
    let mut text = matched.event.text.to_string();
    if let Some(message) = &matched.message {
        text.push(' ');
        text.push_str(&message.text);
    }
    text + &filter(matched.filter.as_ref())
}

fn filter(filter: Option<&Where>) -> String {
    match filter {
        None => String::new(),
        Some(Where { parenthesised: true, condition: inner, .. }) => format!(" where ({})", condition(inner)),
        Some(Where { condition, .. }) => format!(" where {}", comparison(&condition.kind, true)),
    }
}

fn window_text(window: Option<&Window>) -> String {
    match window.map(|window| &window.kind) {
        None => String::new(),
        Some(WindowKind::Within(duration)) => format!(" within {}", duration.it),
        Some(WindowKind::SinceEntering) => " since entering".to_owned(),
        Some(WindowKind::SinceStarting) => " since starting".to_owned(),
    }
}

fn every_text(every: &Every) -> String {
    let days = match &every.schedule {
        Schedule::Day => "day".to_owned(),
        Schedule::Week(weekday) => weekday.it.word().to_owned(),
        Schedule::Month(day) => format!("month on day {}", day.it),
        Schedule::Year(birthday) => format!("year on {}", value(birthday)),
    };
    format!("every {days} at {}", every.at.it)
}

pub(super) fn instant(instant: &InstantExpr) -> String {
    let mut text = String::new();
    if let Some(offset) = &instant.offset {
        let side = match offset.side {
            OffsetSide::Before => "before",
            OffsetSide::After => "after",
        };
        text = format!("{} {side} ", offset.by.it);
    }
    text += &match &instant.base {
        InstantBase::Date(date) => date.it.to_string(),
        InstantBase::Time(time) => moment(time.it),
        InstantBase::Value(it) => value(it),
    };
    if let Some(at) = &instant.at {
        text += &format!(" at {}", at.it);
    }
    text
}

pub(super) fn moment(time: DateTime) -> String {
    format!("{} {}{}", time.date, time.clock, if time.utc { " UTC" } else { "" })
}

pub(super) fn value(value: &Value) -> String {
    operand(value, 0, false)
}

/// A value where operators bind at least as tight as `level`: 1 sums, 2 products, 3 signs.
fn operand(value: &Value, level: u8, bare: bool) -> String {
    match &value.kind {
        ValueKind::Number(number) => number.to_string(),
        ValueKind::Text(text) => quoted(&text.value),
        ValueKind::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        ValueKind::Date(date) => date.to_string(),
        ValueKind::Time(time) => moment(*time),
        ValueKind::Duration(duration) => duration.to_string(),
        ValueKind::Word(word) => word.text.to_string(),
        ValueKind::Path { root, property } => {
            let root = match root {
                PathRoot::Entry(_) => "entry",
                PathRoot::Contact(_) => "contact",
                PathRoot::Event(event) => event.text.as_str(),
            };
            format!("{root}.{}", property.text)
        }
        ValueKind::List(elements) => format!("[{}]", list(elements, self::value)),
        ValueKind::Negate(inner) => format!("-{}", operand(inner, 3, bare)),
        ValueKind::Arithmetic { op, left, right } => {
            let (sign, own) = match op {
                ArithmeticOp::Add => ("+", 1),
                ArithmeticOp::Subtract => ("-", 1),
                ArithmeticOp::Multiply => ("*", 2),
                ArithmeticOp::Divide => ("/", 2),
            };
            // Level 4 puts any calculation in parentheses, and so what would take the operator for its own.
            let left_text = match &left.kind {
                ValueKind::Arithmetic { .. } if !bare && open_end(left) => operand(left, 4, bare),
                _ if !bare && open_end(left) => format!("({})", operand(left, own, bare)),
                _ => operand(left, own, bare),
            };
            let text = format!("{left_text} {sign} {}", operand(right, own + 1, bare));
            if own < level { format!("({text})") } else { text }
        }
        ValueKind::Aggregate(it) => wrapped(aggregate(it), bare),
        ValueKind::TimeSince(matched) => wrapped(format!("time since {}", event(matched)), bare),
        ValueKind::Broken => String::new(),
    }
}

fn wrapped(text: String, bare: bool) -> String {
    if bare { format!("({text})") } else { text }
}

/// Whether a value ends in a bare `where`, which would take an operator behind it for its own.
fn open_end(value: &Value) -> bool {
    let open = |matched: &EventMatch| matched.filter.as_ref().is_some_and(|filter| !filter.parenthesised);
    match &value.kind {
        ValueKind::Aggregate(it) => it.window.is_none() && open(&it.event),
        ValueKind::TimeSince(matched) => open(matched),
        ValueKind::Negate(inner) => open_end(inner),
        ValueKind::Arithmetic { right, .. } => open_end(right),
        ValueKind::Number(_)
        | ValueKind::Text(_)
        | ValueKind::Flag(_)
        | ValueKind::Date(_)
        | ValueKind::Time(_)
        | ValueKind::Duration(_)
        | ValueKind::Word(_)
        | ValueKind::Path { .. }
        | ValueKind::List(_)
        | ValueKind::Broken => false,
    }
}

fn aggregate(it: &Aggregate) -> String {
    let figure = match it.kind.it {
        AggregateKind::Sum => "sum",
        AggregateKind::Average => "average",
        AggregateKind::Highest => "highest",
        AggregateKind::Lowest => "lowest",
        AggregateKind::First => "first",
    };
    let tail = filter(it.event.filter.as_ref());
    format!("{figure} of {}.{}{tail}{}", it.event.event.text, it.property.text, window_text(it.window.as_ref()))
}
