//! Random words, values and conditions, as the parser would make them.

use funnelc::{
    ast::*,
    source::{FileId, Span},
    units::{Clock, Date, Duration, Number, Share, Unit, Weekday},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

pub fn span() -> Span {
    Span::new(FileId::new(0), 0, 0)
}

pub fn at<T>(it: T) -> Spanned<T> {
    Spanned { span: span(), it }
}

/// Names: ordinary ones, words of the language that are not reserved, letters of other scripts.
pub fn ident() -> BoxedStrategy<Ident> {
    let words = select(vec![
        "purchase", "aware", "x", "message", "date", "time", "stage", "send", "exactly", "sum", "of", "each", "note", "split", "given",
        "record", "expect", "größe", "имя", "名前", "a_1", "_b", "starts", "by", "never", "day", "calendar", "first", "segment", "record",
    ]);
    words.prop_map(|text| Ident { span: span(), text: text.into() }).boxed()
}

/// Any word, as may stand behind a dot.
fn word() -> BoxedStrategy<Ident> {
    prop_oneof![ident(), select(vec!["at", "when", "rest", "monday", "yes"]).prop_map(|text| Ident { span: span(), text: text.into() })]
        .boxed()
}

pub fn outcome() -> BoxedStrategy<Ident> {
    select(vec!["sent", "delivered", "opened", "clicked", "replied", "bounced", "complained"])
        .prop_map(|text| Ident { span: span(), text: text.into() })
        .boxed()
}

pub fn text() -> BoxedStrategy<Text> {
    prop_oneof!["[a-z ]{0,8}", "[\"\\\\\n#{}éü=&;' ]{0,6}"].prop_map(|value| Text { span: span(), value: value.into() }).boxed()
}

pub fn number() -> BoxedStrategy<Number> {
    prop_oneof![(-50i64..1000).prop_filter_map("fits", Number::from_whole), (-5_000_000i64..5_000_000).prop_map(Number::from_millionths)]
        .boxed()
}

pub fn duration() -> BoxedStrategy<Spanned<Duration>> {
    let amount = prop_oneof![(1i64..100).prop_filter_map("fits", Number::from_whole), Just(Number::from_millionths(1_500_000))];
    (amount, select(Unit::ALL.to_vec()))
        .prop_filter_map("whole milliseconds", |(amount, unit)| Duration::new(amount, unit).ok().map(at))
        .boxed()
}

pub fn count() -> BoxedStrategy<Spanned<u32>> {
    (0u32..40).prop_map(at).boxed()
}

pub fn share() -> BoxedStrategy<Spanned<Share>> {
    (0u32..=10_000).prop_filter_map("at most a whole", |parts| Share::from_millionths(parts * 100).map(at)).boxed()
}

pub fn clock() -> BoxedStrategy<Spanned<Clock>> {
    (0u8..24, 0u8..60).prop_filter_map("a time of day", |(hour, minute)| Clock::new(hour, minute).map(at)).boxed()
}

fn date() -> BoxedStrategy<Date> {
    (2020i16..2040, 1i8..=12, 1i8..=28).prop_filter_map("a day", |(year, month, day)| Date::new(year, month, day)).boxed()
}

pub fn moment() -> BoxedStrategy<DateTime> {
    (date(), clock(), any::<bool>()).prop_map(|(date, clock, utc)| DateTime { date, clock: clock.it, utc }).boxed()
}

pub fn weekday() -> BoxedStrategy<Spanned<Weekday>> {
    select(Weekday::ALL.to_vec()).prop_map(at).boxed()
}

fn value_of(kind: ValueKind) -> Value {
    Value { span: span(), kind }
}

fn path() -> BoxedStrategy<Value> {
    let root = prop_oneof![
        Just(PathRoot::Entry(span())),
        Just(PathRoot::Contact(span())),
        ident().prop_map(PathRoot::Event),
        outcome().prop_map(PathRoot::Event)
    ];
    (root, word()).prop_map(|(root, property)| value_of(ValueKind::Path { root, property })).boxed()
}

/// A value without events in it, `depth` operators deep at most.
pub fn plain_value(depth: u32) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        number().prop_map(|number| value_of(ValueKind::Number(number))),
        text().prop_map(|text| value_of(ValueKind::Text(text))),
        any::<bool>().prop_map(|flag| value_of(ValueKind::Flag(flag))),
        date().prop_map(|date| value_of(ValueKind::Date(date))),
        moment().prop_map(|time| value_of(ValueKind::Time(time))),
        duration().prop_map(|duration| value_of(ValueKind::Duration(duration.it))),
        ident().prop_map(|word| value_of(ValueKind::Word(word))),
        path(),
    ];
    leaf.prop_recursive(depth, 8, 3, |inner| {
        prop_oneof![vec(inner.clone(), 0..3).prop_map(|list| value_of(ValueKind::List(list))), arithmetic(inner.clone()), negated(inner)]
    })
    .boxed()
}

fn arithmetic(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let op = select(vec![ArithmeticOp::Add, ArithmeticOp::Subtract, ArithmeticOp::Multiply, ArithmeticOp::Divide]);
    (op, inner.clone(), inner)
        .prop_map(|(op, left, right)| value_of(ValueKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) }))
        .boxed()
}

/// A minus before a value; one before a number is the number's own.
fn negated(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    inner
        .prop_map(|value| match value.kind {
            ValueKind::Number(number) if number.millionths() >= 0 => value,
            ValueKind::Duration(_) | ValueKind::Broken => value,
            _ => value_of(ValueKind::Negate(Box::new(value))),
        })
        .boxed()
}

pub fn value() -> BoxedStrategy<Value> {
    prop_oneof![4 => plain_value(2), 1 => aggregate(), 1 => event(1).prop_map(|it| value_of(ValueKind::TimeSince(Box::new(it))))]
        .prop_recursive(2, 6, 2, arithmetic)
        .boxed()
}

fn aggregate() -> BoxedStrategy<Value> {
    let kind =
        select(vec![AggregateKind::Sum, AggregateKind::Average, AggregateKind::Highest, AggregateKind::Lowest, AggregateKind::First]);
    (kind, prop_oneof![ident(), outcome()], word(), option::of(filter(1)), option::of(window()))
        .prop_map(|(kind, event, property, filter, window)| {
            let event = EventMatch { span: span(), event, message: None, filter };
            value_of(ValueKind::Aggregate(Box::new(Aggregate { kind: at(kind), event, property, window })))
        })
        .boxed()
}

fn window() -> BoxedStrategy<Window> {
    prop_oneof![duration().prop_map(WindowKind::Within), Just(WindowKind::SinceEntering), Just(WindowKind::SinceStarting)]
        .prop_map(|kind| Window { span: span(), kind })
        .boxed()
}

pub fn event(depth: u32) -> BoxedStrategy<EventMatch> {
    let filter = if depth == 0 { Just(None).boxed() } else { option::of(filter(depth - 1)).boxed() };
    let named = prop_oneof![ident().prop_map(|name| (name, None)), (outcome(), option::of(ident()))];
    (named, filter).prop_map(|((event, message), filter)| EventMatch { span: span(), event, message, filter }).boxed()
}

fn filter(depth: u32) -> BoxedStrategy<Where> {
    let side = if depth == 0 { plain_value(1) } else { prop_oneof![3 => plain_value(1), 1 => aggregate_flat()].boxed() };
    let one = comparison(side);
    let joined = condition_tree(one.clone());
    // Parentheses right behind `where` are always those of the whole condition, and `time` with `since` behind it is one word.
    let needs_parentheses = |it: &Condition| {
        let text = funnelc::fmt::condition(it);
        text.starts_with('(') || text.ends_with(" time")
    };
    prop_oneof![one.prop_map(move |it| (needs_parentheses(&it), it)), joined.prop_map(|it| (true, it))]
        .prop_map(|(parenthesised, condition)| Where { span: span(), parenthesised, condition: Box::new(condition) })
        .boxed()
}

fn aggregate_flat() -> BoxedStrategy<Value> {
    (ident(), word(), option::of(window()))
        .prop_map(|(event, property, window)| {
            let event = EventMatch { span: span(), event, message: None, filter: None };
            let kind = at(AggregateKind::Highest);
            value_of(ValueKind::Aggregate(Box::new(Aggregate { kind, event, property, window })))
        })
        .boxed()
}

fn condition_of(kind: ConditionKind) -> Condition {
    Condition { span: span(), kind }
}

fn comparison(side: BoxedStrategy<Value>) -> BoxedStrategy<Condition> {
    let op = select(vec![
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Less,
        CompareOp::LessOrEqual,
        CompareOp::Greater,
        CompareOp::GreaterOrEqual,
    ]);
    let test = select(vec![TextTest::Contains, TextTest::StartsWith, TextTest::EndsWith]);
    let list = vec(plain_value(0), 0..3).prop_map(|list| value_of(ValueKind::List(list)));
    prop_oneof![
        (side.clone(), op, side.clone()).prop_map(|(left, op, right)| ConditionKind::Compare { left, op: at(op), right }),
        (side.clone(), list).prop_map(|(left, list)| ConditionKind::In { left, list }),
        (side.clone(), test, side.clone()).prop_map(|(left, test, right)| ConditionKind::TextTest { left, test: at(test), right }),
        (side, any::<bool>()).prop_map(|(value, known)| ConditionKind::Known { value, known }),
    ]
    .prop_map(condition_of)
    .boxed()
}

/// `and`, `or`, `not` over conditions, none joined with its own kind.
fn condition_tree(leaf: BoxedStrategy<Condition>) -> BoxedStrategy<Condition> {
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|members| joined(members, false)),
            vec(inner.clone(), 2..4).prop_map(|members| joined(members, true)),
            inner.prop_map(|it| condition_of(ConditionKind::Not(Box::new(it)))),
        ]
    })
    .boxed()
}

fn joined(members: Vec<Condition>, or: bool) -> Condition {
    let members = members
        .into_iter()
        .flat_map(|member| match member.kind {
            ConditionKind::Or(inner) if or => inner,
            ConditionKind::And(inner) if !or => inner,
            kind => vec![condition_of(kind)],
        })
        .collect();
    condition_of(if or { ConditionKind::Or(members) } else { ConditionKind::And(members) })
}

fn base() -> BoxedStrategy<InstantBase> {
    prop_oneof![
        date().prop_map(|date| InstantBase::Date(at(date))),
        moment().prop_map(|time| InstantBase::Time(at(time))),
        path().prop_map(InstantBase::Value),
        ident().prop_map(|word| InstantBase::Value(value_of(ValueKind::Word(word)))),
    ]
    .boxed()
}

pub fn offset() -> BoxedStrategy<Offset> {
    (duration(), any::<bool>())
        .prop_map(|(by, before)| Offset { by, side: if before { OffsetSide::Before } else { OffsetSide::After } })
        .boxed()
}

pub fn instant(offset: BoxedStrategy<Option<Offset>>) -> BoxedStrategy<InstantExpr> {
    (offset, base(), option::of(clock())).prop_map(|(offset, base, at)| InstantExpr { span: span(), offset, base, at }).boxed()
}

fn every() -> BoxedStrategy<Every> {
    let schedule = prop_oneof![
        Just(Schedule::Day),
        weekday().prop_map(Schedule::Week),
        (1u32..=31).prop_map(|day| Schedule::Month(at(day))),
        prop_oneof![path(), ident().prop_map(|word| value_of(ValueKind::Word(word)))].prop_map(Schedule::Year),
    ];
    (schedule, clock()).prop_map(|(schedule, at)| Every { schedule, at }).boxed()
}

/// Any condition.
pub fn condition() -> BoxedStrategy<Condition> {
    let counted = select(vec![Count::AtLeast, Count::AtMost, Count::Exactly]);
    let past = any::<bool>().prop_map(|open| Some(at(if open { PastDoor::Open } else { PastDoor::Never })));
    let atom = prop_oneof![
        event(1).prop_map(|it| ConditionKind::Event(Box::new(it))),
        (any::<bool>(), event(1), option::of(window())).prop_map(|(negated, it, window)| ConditionKind::Had {
            word: span(),
            negated,
            event: Box::new(it),
            window
        }),
        (counted, count(), event(1), option::of(window())).prop_map(|(kind, bound, it, window)| ConditionKind::Count {
            count: at(kind),
            bound,
            event: Box::new(it),
            window
        }),
        ident().prop_map(ConditionKind::Segment),
        ident().prop_map(ConditionKind::Finished),
        date().prop_map(|date| ConditionKind::Before(at(date))),
        date().prop_map(|date| ConditionKind::From(at(date))),
        every().prop_map(ConditionKind::Every),
        (instant(offset().prop_map(Some).boxed()), past)
            .prop_map(|(instant, past)| ConditionKind::Instant(Box::new(InstantCondition { instant, past }))),
    ]
    .prop_map(condition_of);
    condition_tree(prop_oneof![2 => atom, 1 => comparison(value())].boxed())
}
