//! Atoms of conditions and values: events with their `where`, counts, aggregates, instants, clocks, lists.

use super::{Builder, Kids};
use crate::{
    ast::{
        Aggregate, AggregateKind, Condition, ConditionKind, Count, EventMatch, Every, Ident, InstantBase, InstantCondition, InstantExpr,
        Offset, OffsetSide, PastDoor, PathRoot, Schedule, Spanned, Value, ValueKind, Where, Window, WindowKind,
    },
    diag::{Diagnostic, nearest},
    parse::{
        codes::{F001, F002},
        grammar::{Pair, Rule},
    },
    source::Span,
};

/// A part of a condition of which it is not yet known whether it is a value.
pub(in crate::parse) struct Operand {
    pub span: Span,
    pub part: Part,
    /// Whether it is parentheses and what is in them.
    pub grouped: bool,
}

pub(in crate::parse) enum Part {
    /// A bare name: an event or a value.
    Name(Ident),
    Value(ValueKind),
    Condition(ConditionKind),
    /// An instant with what is said of its past.
    Instant(InstantExpr, Option<Spanned<PastWord>>),
}

/// The words behind `if past`; doors know two of them and waits the other two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::parse) enum PastWord {
    Open,
    Never,
    Skip,
    Stop,
}

impl Operand {
    pub fn condition(span: Span, kind: ConditionKind) -> Self {
        Self { span, part: Part::Condition(kind), grouped: false }
    }

    pub fn value(span: Span, kind: ValueKind) -> Self {
        Self { span, part: Part::Value(kind), grouped: false }
    }
}

pub(super) fn bare_event(event: Ident) -> EventMatch {
    EventMatch { span: event.span, event, message: None, filter: None }
}

impl<'i> Builder<'i> {
    /// One atom; `sign` is the minus before a number.
    pub fn atom(&mut self, kids: &mut Kids<'i>, sign: Option<Span>) -> Operand {
        let Some(pair) = kids.next() else {
            let span = Span::empty(self.file, 0);
            self.internal(span, "an operand");
            return Operand::value(span, ValueKind::Broken);
        };
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::name => self.named(&pair, kids),
            Rule::outcome => self.outcome(&pair, kids),
            Rule::quantity => {
                let kind = self.quantity(&pair, sign.is_some());
                match kids.next_if(Rule::offset) {
                    Some(offset) => self.offset(&pair, kind, offset),
                    None => Operand::value(sign.map_or(span, |sign| sign.to(span)), kind),
                }
            }
            Rule::text => Operand::value(span, ValueKind::Text(self.text_of(&pair))),
            Rule::moment => match self.moment(&pair) {
                Ok(date) => Operand::value(span, ValueKind::Date(date.it)),
                Err(time) => Operand::value(span, ValueKind::Time(time.it)),
            },
            Rule::flag => Operand::value(span, ValueKind::Flag(pair.as_str() == "yes")),
            Rule::root => self.rooted(&pair, kids),
            Rule::group => {
                let mut inner = Kids::of(pair);
                let operand = self.operand(&mut inner);
                self.no_more(&mut inner);
                Operand { span, grouped: true, ..operand }
            }
            Rule::list => {
                let elements = Kids::of(pair).map(|element| self.value(&mut Kids::of(element))).collect();
                Operand::value(span, ValueKind::List(elements))
            }
            Rule::aggregate => self.aggregate(pair, span),
            Rule::since => {
                let event = self.event(&mut Kids::of(pair), span);
                Operand::value(span, ValueKind::TimeSince(Box::new(event)))
            }
            _ => match self.condition_atom(pair, span) {
                Some(kind) => Operand::condition(span, kind),
                None => {
                    self.internal(span, "an operand");
                    Operand::condition(span, ConditionKind::Broken)
                }
            },
        }
    }

    fn condition_atom(&mut self, pair: Pair<'i>, span: Span) -> Option<ConditionKind> {
        let rule = pair.as_rule();
        let text = pair.as_str();
        let mut kids = Kids::of(pair);
        Some(match rule {
            Rule::had => {
                let negated = text.starts_with("no");
                let word = Span { end: span.start + if negated { 2 } else { 3 }, ..span };
                let event = Box::new(self.event(&mut kids, span));
                ConditionKind::Had { word, negated, event, window: self.window(&mut kids) }
            }
            Rule::bound => {
                let count = match kids.next_if(Rule::bounding) {
                    Some(word) => {
                        let it = match word.as_str().as_bytes() {
                            [b'e', ..] => Count::Exactly,
                            [.., b'm', b'o', b's', b't'] => Count::AtMost,
                            _ => Count::AtLeast,
                        };
                        self.spanned(&word, it)
                    }
                    None => Spanned { span, it: Count::AtLeast },
                };
                let bound = self.count(&mut kids, span);
                let event = Box::new(self.event(&mut kids, span));
                ConditionKind::Count { count, bound, event, window: self.window(&mut kids) }
            }
            Rule::in_segment => ConditionKind::Segment(self.ident(&mut kids, span)),
            Rule::before => ConditionKind::Before(self.day(&mut kids, span)),
            Rule::from_on => ConditionKind::From(self.day(&mut kids, span)),
            Rule::every => ConditionKind::Every(self.every(text, &mut kids, span)),
            _ => return None,
        })
    }

    fn named(&mut self, pair: &Pair<'i>, kids: &mut Kids<'i>) -> Operand {
        let name = self.ident_of(pair);
        match kids.peek() {
            Some(Rule::prop) => self.path(PathRoot::Event(name.clone()), name.span, kids),
            Some(Rule::finished) => {
                let word = kids.next().map_or(name.span, |word| self.span(&word));
                Operand::condition(name.span.to(word), ConditionKind::Finished(name))
            }
            Some(Rule::filter | Rule::window) => self.trigger(name, None, kids),
            _ => Operand { span: name.span, part: Part::Name(name), grouped: false },
        }
    }

    fn outcome(&mut self, pair: &Pair<'i>, kids: &mut Kids<'i>) -> Operand {
        let name = self.ident_of(pair);
        if kids.peek() == Some(Rule::prop) {
            return self.path(PathRoot::Event(name.clone()), name.span, kids);
        }
        let message = kids.next_if(Rule::name).map(|pair| self.ident_of(&pair));
        self.trigger(name, message, kids)
    }

    fn rooted(&mut self, pair: &Pair<'i>, kids: &mut Kids<'i>) -> Operand {
        let span = self.span(pair);
        let root = if pair.as_str() == "entry" { PathRoot::Entry(span) } else { PathRoot::Contact(span) };
        self.path(root, span, kids)
    }

    fn path(&mut self, root: PathRoot, start: Span, kids: &mut Kids<'i>) -> Operand {
        let property = match kids.next_if(Rule::prop) {
            Some(pair) => self.property_of(&pair),
            None => self.ident(kids, start),
        };
        Operand::value(start.to(property.span), ValueKind::Path { root, property })
    }

    /// An event that happens; a window behind it means that it was to be looked back for.
    fn trigger(&mut self, event: Ident, message: Option<Ident>, kids: &mut Kids<'i>) -> Operand {
        let event = self.event_of(event, message, kids);
        let span = event.span;
        match self.window(kids) {
            None => Operand::condition(span, ConditionKind::Event(Box::new(event))),
            Some(window) => {
                let start = Span::empty(self.file, span.start);
                let name = &event.event.text;
                self.push(
                    Diagnostic::new(F001, window.span, format!("`{name}` alone is the event happening now, and a window looks back"))
                        .at("a window needs `had` or `no`")
                        .replace(start, "had ", format!("write `had {name} …`")),
                );
                let whole = span.to(window.span);
                let kind = ConditionKind::Had { word: start, negated: false, event: Box::new(event), window: Some(window) };
                Operand::condition(whole, kind)
            }
        }
    }

    /// The event that comes next, with its message and `where`.
    pub fn event(&mut self, kids: &mut Kids<'i>, within: Span) -> EventMatch {
        let is_outcome = kids.peek() == Some(Rule::outcome);
        let event = self.ident(kids, within);
        let message = if is_outcome { kids.next_if(Rule::name).map(|pair| self.ident_of(&pair)) } else { None };
        self.event_of(event, message, kids)
    }

    fn event_of(&mut self, event: Ident, message: Option<Ident>, kids: &mut Kids<'i>) -> EventMatch {
        let filter = kids.next_if(Rule::filter).map(|pair| self.filter(pair));
        let mut span = message.as_ref().map_or(event.span, |message| event.span.to(message.span));
        if let Some(filter) = &filter {
            span = span.to(filter.span);
        }
        EventMatch { span, event, message, filter }
    }

    fn filter(&mut self, pair: Pair<'i>) -> Where {
        let span = self.span(&pair);
        let mut kids = Kids::of(pair);
        let operand = self.comparison(&mut kids);
        self.no_more(&mut kids);
        let parenthesised = operand.grouped;
        let condition = match operand.part {
            // Where more text follows on the line, that is explained.
            Part::Name(name) if self.frame.trailing => Condition { span: name.span, kind: ConditionKind::Broken },
            Part::Name(name) => self.not_a_comparison(name.span),
            _ => self.as_condition(operand),
        };
        self.only_comparisons(&condition);
        Where { span, parenthesised, condition: Box::new(condition) }
    }

    /// Inside `where` stand comparisons, joined by `and`, `or`, `not`.
    fn only_comparisons(&mut self, condition: &Condition) {
        match &condition.kind {
            ConditionKind::Or(members) | ConditionKind::And(members) => members.iter().for_each(|member| self.only_comparisons(member)),
            ConditionKind::Not(inner) => self.only_comparisons(inner),
            ConditionKind::Compare { .. }
            | ConditionKind::In { .. }
            | ConditionKind::TextTest { .. }
            | ConditionKind::Known { .. }
            | ConditionKind::Broken => {}
            ConditionKind::Event(_)
            | ConditionKind::Had { .. }
            | ConditionKind::Count { .. }
            | ConditionKind::Segment(_)
            | ConditionKind::Finished(_)
            | ConditionKind::Before(_)
            | ConditionKind::From(_)
            | ConditionKind::Every(_)
            | ConditionKind::Instant(_) => {
                self.not_a_comparison(condition.span);
            }
        }
    }

    fn not_a_comparison(&mut self, span: Span) -> Condition {
        let text = self.source.get(span.range()).unwrap_or("").to_owned();
        self.push(
            Diagnostic::new(F001, span, format!("`{text}` is no comparison, as `where` needs")).help(
                "after `where` stand comparisons of the event's properties: `where amount > 20`, `where (amount > 20 and paid = yes)`",
            ),
        );
        Condition { span, kind: ConditionKind::Broken }
    }

    pub fn window(&mut self, kids: &mut Kids<'i>) -> Option<Window> {
        let pair = kids.next_if(Rule::window)?;
        let span = self.span(&pair);
        let mut inner = Kids::of(pair);
        let kind = match inner.next_if(Rule::entering) {
            Some(word) if word.as_str().starts_with('e') => WindowKind::SinceEntering,
            Some(_) => WindowKind::SinceStarting,
            None => WindowKind::Within(self.duration(&mut inner, span)),
        };
        Some(Window { span, kind })
    }

    fn aggregate(&mut self, pair: Pair<'i>, span: Span) -> Operand {
        let mut kids = Kids::of(pair);
        let kind = match kids.next_if(Rule::figure) {
            Some(word) => {
                let it = match word.as_str() {
                    "sum" => AggregateKind::Sum,
                    "average" => AggregateKind::Average,
                    "highest" => AggregateKind::Highest,
                    "lowest" => AggregateKind::Lowest,
                    _ => AggregateKind::First,
                };
                self.spanned(&word, it)
            }
            None => Spanned { span, it: AggregateKind::Sum },
        };
        let event = self.ident(&mut kids, span);
        let property = match kids.next_if(Rule::prop) {
            Some(pair) => self.property_of(&pair),
            None => self.ident(&mut kids, span),
        };
        let event = self.event_of(event, None, &mut kids);
        let window = self.window(&mut kids);
        Operand::value(span, ValueKind::Aggregate(Box::new(Aggregate { kind, event, property, window })))
    }

    fn every(&mut self, text: &str, kids: &mut Kids<'i>, span: Span) -> Every {
        let schedule = match kids.peek() {
            Some(Rule::weekday) => match kids.next() {
                Some(pair) => Schedule::Week(self.weekday(&pair)),
                None => Schedule::Day,
            },
            Some(Rule::count) => Schedule::Month(self.count(kids, span)),
            Some(Rule::clock) => Schedule::Day,
            _ => Schedule::Year(self.path_value(kids, text, span)),
        };
        if let Schedule::Month(day) = &schedule
            && !(1..=31).contains(&day.it)
        {
            self.push(
                Diagnostic::new(crate::parse::codes::F005, day.span, format!("a month has no day {}", day.it))
                    .help("the days of a month go from 1 to 31; a shorter month has its last day"),
            );
        }
        Every { schedule, at: self.clock(kids, span) }
    }

    /// A name, or a path with a dot.
    fn path_value(&mut self, kids: &mut Kids<'i>, what: &str, within: Span) -> Value {
        let operand = match kids.next() {
            Some(pair) if pair.as_rule() == Rule::root => self.rooted(&pair, kids),
            Some(pair) if matches!(pair.as_rule(), Rule::name | Rule::outcome) => {
                let name = self.ident_of(&pair);
                if kids.peek() == Some(Rule::prop) {
                    self.path(PathRoot::Event(name.clone()), name.span, kids)
                } else {
                    Operand { span: name.span, part: Part::Name(name), grouped: false }
                }
            }
            _ => {
                self.internal(within, what);
                Operand::value(within, ValueKind::Broken)
            }
        };
        self.as_value(operand)
    }

    /// `2 days before entry.starts_at at 09:00, if past open`
    fn offset(&mut self, by: &Pair<'i>, kind: ValueKind, pair: Pair<'i>) -> Operand {
        let by_span = self.span(by);
        let whole = by_span.to(self.span(&pair));
        let side = if pair.as_str().starts_with("before") { OffsetSide::Before } else { OffsetSide::After };
        let by = match kind {
            ValueKind::Duration(duration) => Spanned { span: by_span, it: duration },
            // A number without unit: the finding offers one.
            _ => self.duration_of(by),
        };
        let mut kids = Kids::of(pair);
        let base = match kids.next_if(Rule::moment) {
            Some(moment) => match self.moment(&moment) {
                Ok(date) => InstantBase::Date(date),
                Err(time) => InstantBase::Time(time),
            },
            None => InstantBase::Value(self.path_value(&mut kids, "an instant", whole)),
        };
        let base_span = match &base {
            InstantBase::Date(date) => date.span,
            InstantBase::Time(time) => time.span,
            InstantBase::Value(value) => value.span,
        };
        let (at, past, end) = self.at_and_past(&mut kids, base_span);
        self.no_more(&mut kids);
        let instant = InstantExpr { span: by_span.to(end), offset: Some(Offset { by, side }), base, at };
        Operand { span: whole, part: Part::Instant(instant, past), grouped: false }
    }

    /// `at 09:00` and `, if past …`, and where the instant ends.
    pub fn at_and_past(
        &mut self,
        kids: &mut Kids<'i>,
        mut end: Span,
    ) -> (Option<Spanned<crate::units::Clock>>, Option<Spanned<PastWord>>, Span) {
        let at = kids.next_if(Rule::at).map(|pair| {
            let span = self.span(&pair);
            end = span;
            self.clock(&mut Kids::of(pair), span)
        });
        let past = kids.next_if(Rule::past).and_then(|pair| self.past(pair));
        (at, past, end)
    }

    fn past(&mut self, pair: Pair<'i>) -> Option<Spanned<PastWord>> {
        let span = self.span(&pair);
        let word = Kids::of(pair).next_if(Rule::choice)?;
        let it = match word.as_str() {
            "open" => PastWord::Open,
            "never" => PastWord::Never,
            "skip" => PastWord::Skip,
            "stop" => PastWord::Stop,
            other => {
                let place = self.span(&word);
                let finding = Diagnostic::new(F002, place, format!("`{other}` is not what `if past` can do"));
                let finding =
                    finding.help("a door or nurture says `if past open` or `if past never`; a wait says `if past skip` or `if past stop`");
                self.push(match nearest(other, ["open", "never", "skip", "stop"]) {
                    Some(near) => finding.replace(place, near, format!("write `{near}`")),
                    None => finding,
                });
                PastWord::Open
            }
        };
        Some(Spanned { span, it })
    }

    /// An instant as a condition: what doors say of the past.
    pub fn instant_condition(&mut self, instant: InstantExpr, past: Option<Spanned<PastWord>>) -> ConditionKind {
        let past = match past {
            None => {
                self.past_missing(instant.span, ["open", "never"]);
                None
            }
            Some(Spanned { span, it }) => {
                let door = match it {
                    PastWord::Open => PastDoor::Open,
                    PastWord::Never => PastDoor::Never,
                    PastWord::Skip => self.wrong_past(span, "skip", "open", PastDoor::Open),
                    PastWord::Stop => self.wrong_past(span, "stop", "never", PastDoor::Never),
                };
                Some(Spanned { span, it: door })
            }
        };
        ConditionKind::Instant(Box::new(InstantCondition { instant, past }))
    }

    /// Reports a word of `if past` that belongs to the other kind of place.
    pub fn wrong_past<T>(&mut self, span: Span, word: &str, right: &str, it: T) -> T {
        let waits = matches!(word, "skip" | "stop");
        let (has, needs) =
            if waits { ("waits", "a condition opens or stays shut") } else { ("conditions", "a wait is skipped or stops the play") };
        let start = span.end.saturating_sub(u32::try_from(word.len()).unwrap_or(0)).max(span.start);
        let place = Span { start, ..span };
        self.push(
            Diagnostic::new(F001, place, format!("`if past {word}` is for {has}"))
                .at(needs)
                .replace(place, right, format!("write `if past {right}`"))
                .safely(false),
        );
        it
    }
}
