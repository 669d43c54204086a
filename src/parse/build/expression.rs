//! Conditions and values: precedence over the flat operands and operators of the grammar.
//!
//! Lowest to highest: `or`, `and`, `not`, comparison, `+ -`, `* /`, sign, atom. What a bare name is, an event or a
//! value, its place decides; an [`Operand`] keeps that open until the place is known.

use super::{Builder, Kids, atom::Operand, atom::Part};
use crate::{
    ast::{ArithmeticOp, CompareOp, Condition, ConditionKind, Spanned, TextTest, Value, ValueKind},
    diag::Diagnostic,
    parse::{
        codes::{F001, F002, F009, F214},
        grammar::{Pair, Rule},
        scan::NESTING_MAX,
    },
    source::Span,
};

impl<'i> Builder<'i> {
    /// The condition that comes next; its operands and operators are taken, and nothing behind them.
    pub fn condition(&mut self, kids: &mut Kids<'i>) -> Condition {
        let operand = self.operand(kids);
        self.as_condition(operand)
    }

    /// The condition that stands behind a word, if one does; else a finding, and `Broken`.
    pub fn condition_after(&mut self, kids: &mut Kids<'i>, word: &str, within: Span) -> Condition {
        if starts_operand(kids.peek()) {
            return self.condition(kids);
        }
        let span = self.behind(within);
        // Where damage follows, the damage is explained and not the gap before it.
        if kids.peek() != Some(Rule::damage) && !self.frame.trailing {
            self.push(
                Diagnostic::new(F001, span, format!("expected a condition after `{word}`"))
                    .help("a condition is an event such as `purchase`, or a test such as `plan = pro`"),
            );
        }
        Condition { span, kind: ConditionKind::Broken }
    }

    /// The value that comes next.
    pub fn value(&mut self, kids: &mut Kids<'i>) -> Value {
        let operand = self.sum(kids);
        self.as_value(operand)
    }

    /// Whatever comes next, by the whole range of precedence.
    pub fn operand(&mut self, kids: &mut Kids<'i>) -> Operand {
        let first = self.conjunction(kids);
        if !self.next_joins(kids, "or") {
            return first;
        }
        let mut members = Vec::new();
        let mut span = self.member(first, &mut members, true);
        while self.next_joins(kids, "or") {
            kids.next();
            let next = self.conjunction(kids);
            span = span.to(self.member(next, &mut members, true));
        }
        Operand::condition(span, ConditionKind::Or(members))
    }

    fn conjunction(&mut self, kids: &mut Kids<'i>) -> Operand {
        let first = self.negation(kids);
        if !self.next_joins(kids, "and") {
            return first;
        }
        let mut members = Vec::new();
        let mut span = self.member(first, &mut members, false);
        while self.next_joins(kids, "and") {
            kids.next();
            let next = self.negation(kids);
            span = span.to(self.member(next, &mut members, false));
        }
        Operand::condition(span, ConditionKind::And(members))
    }

    /// Adds a member, or the members of one that is joined by the same word.
    fn member(&mut self, operand: Operand, members: &mut Vec<Condition>, or: bool) -> Span {
        let condition = self.as_condition(operand);
        let span = condition.span;
        match condition.kind {
            ConditionKind::Or(inner) if or => members.extend(inner),
            ConditionKind::And(inner) if !or => members.extend(inner),
            kind => members.push(Condition { span, kind }),
        }
        span
    }

    fn next_joins(&self, kids: &Kids<'i>, word: &str) -> bool {
        kids.peek() == Some(Rule::join) && kids.peek_text() == word
    }

    fn negation(&mut self, kids: &mut Kids<'i>) -> Operand {
        let mut words = Vec::new();
        while let Some(pair) = kids.next_if(Rule::not) {
            words.push(self.span(&pair));
        }
        let inner = self.comparison(kids);
        if words.is_empty() {
            return inner;
        }
        if words.len() > NESTING_MAX {
            self.too_long(words[0], "`not`");
            words.truncate(1);
        }
        let mut condition = self.as_condition(inner);
        for word in words.into_iter().rev() {
            condition = Condition { span: word.to(condition.span), kind: ConditionKind::Not(Box::new(condition)) };
        }
        Operand::condition(condition.span, condition.kind)
    }

    /// A comparison, or what stands alone.
    pub fn comparison(&mut self, kids: &mut Kids<'i>) -> Operand {
        let left = self.sum(kids);
        let (span, kind) = match kids.peek() {
            Some(Rule::known) => {
                let Some(pair) = kids.next() else { return left };
                let known = pair.as_str().ends_with("known");
                let value = self.as_value(left);
                (value.span.to(self.span(&pair)), ConditionKind::Known { value, known })
            }
            Some(Rule::compare) => {
                let Some(pair) = kids.next() else { return left };
                self.compared(left, pair, kids)
            }
            _ => return left,
        };
        self.no_chain(kids);
        Operand::condition(span, kind)
    }

    fn compared(&mut self, left: Operand, pair: Pair<'i>, kids: &mut Kids<'i>) -> (Span, ConditionKind) {
        let place = self.span(&pair);
        let text = pair.as_str();
        if let Part::Condition(kind) = &left.part
            && self.slipped(kind, place, text, kids.peek())
        {
            let right = self.sum(kids);
            return (left.span.to(right.span), ConditionKind::Broken);
        }
        let left = self.as_value(left);
        let right = self.sum(kids);
        let right = self.as_value(right);
        let span = left.span.to(right.span);
        let compare = |it| Spanned { span: place, it };
        let op = match text {
            "=" => CompareOp::Equal,
            "!=" => CompareOp::NotEqual,
            "<" => CompareOp::Less,
            "<=" => CompareOp::LessOrEqual,
            ">" => CompareOp::Greater,
            ">=" => CompareOp::GreaterOrEqual,
            "in" => {
                self.must_be_list(&right);
                return (span, ConditionKind::In { left, list: right });
            }
            ":" => {
                self.push(Diagnostic::new(F001, place, "`:` does not compare").at("`=` compares two values").replace(
                    place,
                    " =",
                    "write `=`",
                ));
                CompareOp::Equal
            }
            _ => {
                let test = match text.as_bytes().first() {
                    Some(b'c') => TextTest::Contains,
                    Some(b's') => TextTest::StartsWith,
                    _ => TextTest::EndsWith,
                };
                return (span, ConditionKind::TextTest { left, test: Spanned { span: place, it: test }, right });
            }
        };
        (span, ConditionKind::Compare { left, op: compare(op), right })
    }

    /// `no login in 7 days` and `where 1 < amount < 5`: what stands before the sign is no value.
    fn slipped(&mut self, left: &ConditionKind, place: Span, sign: &str, next: Option<Rule>) -> bool {
        let event = match left {
            ConditionKind::Had { event, .. } | ConditionKind::Count { event, .. } | ConditionKind::Event(event) => event,
            _ => return false,
        };
        if sign == "in" {
            let finding = Diagnostic::new(F001, place, "`in` asks whether a value is in a list");
            let rest = self.source.get(place.end as usize..).unwrap_or("");
            let behind = rest.trim_start_matches(' ').trim_start_matches("the ").trim_start_matches("last ").trim_start_matches("past ");
            if next == Some(Rule::quantity) || behind.starts_with(|c: char| c.is_ascii_digit()) {
                let whole = Span { end: place.end + u32::try_from(rest.len() - behind.len()).unwrap_or(0), ..place };
                let amount: Vec<&str> = behind.split_whitespace().take(2).collect();
                let title = format!("write `within {}`", amount.join(" "));
                self.correct(finding.at("a span of time stands behind `within`").replace(whole, "within ", title));
            } else {
                self.push(finding.at("no value before it").help("a span of time is `within 7 days`"));
            }
            return true;
        }
        let chained = event.filter.as_ref().is_some_and(|filter| !filter.parenthesised);
        if chained {
            self.push(
                Diagnostic::new(F001, place, "one comparison cannot follow another")
                    .at("a second comparison")
                    .help("join two comparisons with `and`: `where (amount > 1 and amount < 5)`"),
            );
        }
        chained
    }

    fn must_be_list(&mut self, right: &Value) {
        if matches!(right.kind, ValueKind::List(_) | ValueKind::Broken) {
            return;
        }
        let text = self.source.get(right.span.range()).unwrap_or("").to_owned();
        let finding = Diagnostic::new(F001, right.span, "`in` needs a list in brackets");
        if self.source.get(right.span.end as usize..).is_some_and(|rest| rest.trim_start().starts_with(',')) {
            self.push(finding.at("no brackets").help(format!("write `[{text}, …]`")));
            return;
        }
        self.push(finding.at("a single value").replace(right.span, format!("[{text}]"), format!("write `[{text}]`")));
    }

    /// Tells of a second comparison behind one, `1 < x < 5`, and passes over it.
    fn no_chain(&mut self, kids: &mut Kids<'i>) {
        let mut told = false;
        while matches!(kids.peek(), Some(Rule::compare | Rule::known)) {
            let Some(pair) = kids.next() else { return };
            if !told {
                self.push(
                    Diagnostic::new(F001, self.span(&pair), "one comparison cannot follow another")
                        .at("a second comparison")
                        .help("join two comparisons with `and`: `amount > 1 and amount < 5`"),
                );
                told = true;
            }
            if pair.as_rule() == Rule::compare {
                self.sum(kids);
            }
        }
    }

    /// Terms joined by `+` and `-`.
    pub fn sum(&mut self, kids: &mut Kids<'i>) -> Operand {
        self.chain(kids, &["+", "-"], Self::product)
    }

    fn product(&mut self, kids: &mut Kids<'i>) -> Operand {
        self.chain(kids, &["*", "/"], Self::signed)
    }

    fn chain(&mut self, kids: &mut Kids<'i>, ops: &[&str], next: fn(&mut Self, &mut Kids<'i>) -> Operand) -> Operand {
        let mut left = next(self, kids);
        let mut length = 0;
        while kids.peek() == Some(Rule::arith) && ops.contains(&kids.peek_text()) {
            let Some(pair) = kids.next() else { return left };
            let op = match pair.as_str() {
                "+" => ArithmeticOp::Add,
                "-" => ArithmeticOp::Subtract,
                "*" => ArithmeticOp::Multiply,
                _ => ArithmeticOp::Divide,
            };
            length += 1;
            if length == NESTING_MAX + 1 {
                self.too_long(self.span(&pair), "operators of one calculation");
            }
            let right = next(self, kids);
            let (left_value, right) = (self.as_value(left), self.as_value(right));
            let span = left_value.span.to(right.span);
            let kind = if length > NESTING_MAX {
                ValueKind::Broken
            } else {
                ValueKind::Arithmetic { op, left: Box::new(left_value), right: Box::new(right) }
            };
            left = Operand::value(span, kind);
        }
        left
    }

    fn signed(&mut self, kids: &mut Kids<'i>) -> Operand {
        let mut signs = Vec::new();
        while let Some(pair) = kids.next_if(Rule::minus) {
            signs.push(self.span(&pair));
        }
        if let Some(pair) = kids.next_if(Rule::not) {
            let span = self.span(&pair);
            let rest = self.comparison(kids);
            self.push(
                Diagnostic::new(F001, span, "`not` stands before a whole condition, never before a value")
                    .help("write `not plan = pro`, or `plan != pro`"),
            );
            return Operand::value(span.to(rest.span), ValueKind::Broken);
        }
        let literal = !signs.is_empty() && kids.peek() == Some(Rule::quantity);
        let sign = if literal { signs.pop() } else { None };
        let operand = self.atom(kids, sign);
        if signs.is_empty() {
            return operand;
        }
        if signs.len() > NESTING_MAX {
            self.too_long(signs[0], "signs");
            signs.truncate(1);
        }
        let mut value = self.as_value(operand);
        for sign in signs.into_iter().rev() {
            let span = sign.to(value.span);
            let kind = match value.kind {
                // `-(5)` is the number `-5`, as it is printed.
                ValueKind::Number(number) if number.millionths() >= 0 => match number.checked_neg() {
                    Some(negative) => ValueKind::Number(negative),
                    None => ValueKind::Broken,
                },
                _ => ValueKind::Negate(Box::new(value)),
            };
            value = Value { span, kind };
        }
        Operand::value(value.span, value.kind)
    }

    pub fn too_long(&mut self, span: Span, what: &str) {
        self.push(
            Diagnostic::new(F009, span, format!("more than {NESTING_MAX} {what} in a row"))
                .at("the limit is passed here")
                .help("split it into several steps or segments"),
        );
    }

    /// An operand where a condition must stand.
    pub fn as_condition(&mut self, operand: Operand) -> Condition {
        let span = operand.span;
        let kind = match operand.part {
            Part::Name(event) => ConditionKind::Event(Box::new(super::atom::bare_event(event))),
            Part::Condition(kind) => kind,
            Part::Instant(instant, past) => self.instant_condition(instant, past),
            Part::Value(ValueKind::Broken) => ConditionKind::Broken,
            Part::Value(kind) => {
                let text = self.source.get(span.range()).unwrap_or("").to_owned();
                if hyphenated(&kind, &text) {
                    let near = text.replace('-', "_");
                    self.correct(
                        Diagnostic::new(F001, span, format!("`{text}` reads as a subtraction"))
                            .at("a name has letters, digits and `_`, and no `-`")
                            .replace(span, near.clone(), format!("write `{near}`")),
                    );
                    return Condition { span, kind: ConditionKind::Broken };
                }
                let help = match kind {
                    ValueKind::Duration(_) => "say what lasts that long: `time since page_view > 14 days`".to_owned(),
                    ValueKind::Path { .. } | ValueKind::Arithmetic { .. } | ValueKind::Aggregate(_) | ValueKind::TimeSince(_) => {
                        format!("compare it: `{text} > …`, or ask `{text} is known`")
                    }
                    _ => "a condition is an event such as `purchase`, or a test such as `plan = pro`".to_owned(),
                };
                self.push(Diagnostic::new(F001, span, format!("`{text}` is a value and not a condition")).help(help));
                ConditionKind::Broken
            }
        };
        Condition { span, kind }
    }

    /// An operand where a value must stand.
    pub fn as_value(&mut self, operand: Operand) -> Value {
        let span = operand.span;
        let kind = match operand.part {
            Part::Value(kind) => kind,
            Part::Name(name) => self.word(name),
            Part::Condition(ConditionKind::Broken) => ValueKind::Broken,
            Part::Condition(_) | Part::Instant(..) => {
                let text = self.source.get(span.range()).unwrap_or("").to_owned();
                self.push(
                    Diagnostic::new(F001, span, format!("`{text}` is a condition, where a value is needed"))
                        .help("compare attributes, properties, numbers and texts; join conditions with `and` and `or`"),
                );
                ValueKind::Broken
            }
        };
        Value { span, kind }
    }

    /// A bare word as a value; the words of other languages for `yes`, `no` and nothing are told.
    fn word(&mut self, name: crate::ast::Ident) -> ValueKind {
        let finding = |near: &str| Diagnostic::new(F002, name.span, format!("`{}` is not a word of this language", name.text)).at(near);
        match name.text.to_lowercase().as_str() {
            "true" => {
                self.push(finding("a flag is `yes` or `no`").replace(name.span, "yes", "write `yes`"));
                ValueKind::Flag(true)
            }
            "false" => {
                self.push(finding("a flag is `yes` or `no`").replace(name.span, "no", "write `no`"));
                ValueKind::Flag(false)
            }
            "null" | "nil" | "undefined" => {
                self.push(finding("nothing is ever equal to a missing value").help("ask `is missing` or `is known`"));
                ValueKind::Broken
            }
            _ => ValueKind::Word(name),
        }
    }

    /// Reports that `if past` is missing.
    pub fn past_missing(&mut self, instant: Span, choices: [&str; 2]) {
        if self.frame.trailing {
            return;
        }
        let [first, second] = choices;
        self.push(
            Diagnostic::new(F214, instant, "what happens when this instant is past already is not said")
                .at(format!("add `, if past {first}` or `, if past {second}`"))
                .help(format!("`, if past {first}` {}; `, if past {second}` {}", effect(first), effect(second))),
        );
    }
}

/// Whether a subtraction is written as a name with hyphens: `sign-up`.
fn hyphenated(kind: &ValueKind, text: &str) -> bool {
    matches!(kind, ValueKind::Arithmetic { op: ArithmeticOp::Subtract, .. })
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn effect(choice: &str) -> &'static str {
    match choice {
        "open" => "opens at once",
        "never" => "stays shut",
        "skip" => "goes on at once",
        _ => "ends the play",
    }
}

/// Whether an operand can begin with this pair.
pub(super) fn starts_operand(rule: Option<Rule>) -> bool {
    !matches!(
        rule,
        None | Some(
            Rule::damage | Rule::steps | Rule::notes | Rule::at | Rule::past | Rule::up_to | Rule::alias | Rule::when | Rule::each_time
        )
    )
}
