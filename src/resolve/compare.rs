//! Comparisons: both sides of one type, and of one that the comparison can ask about.

use super::{
    F201, F205, Resolver,
    finding::DiagnosticExt,
    scope::Scope,
    types::{asks_order, comparable, in_words, ordered},
};
use crate::{
    ast::{CompareOp, EventMatch, Spanned, TextTest, Value, ValueKind},
    diag::Diagnostic,
    model::{ConditionKind, Literal, Term, TermKind, Type},
    source::Span,
};

impl Resolver<'_> {
    /// `plan = pro`, `time since page_view > 14 days`
    pub(super) fn compare(&mut self, left: &Value, op: &Spanned<CompareOp>, right: &Value, scope: Scope<'_>) -> ConditionKind {
        match (&left.kind, &right.kind) {
            (ValueKind::TimeSince(event), other) if !matches!(other, ValueKind::TimeSince(_)) => {
                self.time_since(event, left.span, op.it, right, scope)
            }
            (other, ValueKind::TimeSince(event)) if !matches!(other, ValueKind::TimeSince(_)) => {
                self.time_since(event, right.span, flipped(op.it), left, scope)
            }
            _ => {
                let left = self.value(left, scope, None);
                let right = self.compared_to(right, scope, &left);
                if self.can_compare(&left, op, &right) { ConditionKind::Compare { left, op: op.it, right } } else { ConditionKind::Broken }
            }
        }
    }

    /// The right side. Where the type of the left one is not known, nobody can say what a bare word means.
    fn compared_to(&mut self, right: &Value, scope: Scope<'_>, left: &Term) -> Term {
        if let (Type::Unknown, ValueKind::Word(word)) = (&left.ty, &right.kind) {
            self.used.attributes.mark_if(self.names.attributes.get(&word.text));
            self.used.messages.mark_if(self.names.messages.get(&word.text));
            return super::types::broken(right.span);
        }
        self.value(right, scope, Some(&left.ty))
    }

    fn time_since(&mut self, event: &EventMatch, span: Span, op: CompareOp, than: &Value, scope: Scope<'_>) -> ConditionKind {
        let event = self.event_test(event, scope);
        let than = self.value(than, scope, None);
        match (&than.kind, &than.ty) {
            (TermKind::Literal(Literal::Duration(ms)), _) => ConditionKind::TimeSince { event, op, than_ms: *ms },
            (TermKind::Broken, _) => ConditionKind::Broken,
            (kind, ty) => {
                let finding = Diagnostic::new(F205, than.span, format!("`time since …` is a length of time, and this is {}", in_words(ty)))
                    .at(in_words(ty))
                    .label(span, "a length of time")
                    .help("compare it with a duration such as `14 days`");
                self.report(match kind {
                    TermKind::Literal(Literal::Number(number)) => {
                        finding.offer(than.span, format!("{number} days"), format!("write `{number} days`"))
                    }
                    _ => finding,
                });
                ConditionKind::Broken
            }
        }
    }

    /// Whether a comparison makes sense; reported if not.
    fn can_compare(&mut self, left: &Term, op: &Spanned<CompareOp>, right: &Term) -> bool {
        if matches!(left.kind, TermKind::Broken) || matches!(right.kind, TermKind::Broken) {
            return false;
        }
        if left.ty == Type::Duration && right.ty == Type::Duration {
            self.report(
                Diagnostic::new(F201, left.span.to(right.span), "two durations that are written out always compare in the same way")
                    .help("compare a time that passes: `time since … > 14 days`"),
            );
            return false;
        }
        if !comparable(&left.ty, &right.ty) {
            self.mismatch(left, right);
            return false;
        }
        if asks_order(op.it) && !(ordered(&left.ty) && ordered(&right.ty)) {
            self.report(
                Diagnostic::new(F201, op.span, format!("neither of two values comes first where the value is {}", in_words(&left.ty)))
                    .label(left.span, format!("this is {}", in_words(&left.ty)))
                    .help("numbers, dates and times have an order; ask here with `=` or `!=`"),
            );
            return false;
        }
        true
    }

    /// Reports two types that do not go together.
    fn mismatch(&mut self, left: &Term, right: &Term) {
        let mixed = matches!((&left.ty, &right.ty), (Type::Duration, Type::Number) | (Type::Number, Type::Duration));
        let code = if mixed { F205 } else { F201 };
        let (left_words, right_words) = (in_words(&left.ty), in_words(&right.ty));
        let finding = Diagnostic::new(code, right.span, format!("{left_words} cannot be compared with {right_words}"))
            .at(right_words)
            .label(left.span, left_words);
        self.report(self.mend(finding, left, right));
    }

    fn mend(&self, finding: Diagnostic, left: &Term, right: &Term) -> Diagnostic {
        match (&left.ty, &right.ty, &right.kind) {
            (Type::OneOf(words), Type::Text, TermKind::Literal(Literal::Text(text))) if words.contains(text) => finding
                .help(format!("a value of a `one of` has no quotes: `{text}`"))
                .offer(right.span, text.as_str(), "take the quotes away"),
            (Type::Number, Type::Text, TermKind::Literal(Literal::Text(text))) if text.parse::<crate::units::Number>().is_ok() => {
                finding.help(format!("a number has no quotes: `{text}`")).offer(right.span, text.as_str(), "take the quotes away")
            }
            (Type::Message, Type::Text, TermKind::Literal(Literal::Text(text))) if self.names.messages.contains_key(text) => finding
                .help(format!("a message is named without quotes: `{text}`"))
                .offer(right.span, text.as_str(), "take the quotes away"),
            (Type::Date | Type::Time, Type::Text, _) => finding.help("a date has no quotes: `2026-03-02`, `2026-03-02 10:00`"),
            (Type::List, Type::Text, _) => finding.help("ask a list with `contains`"),
            (Type::List, _, _) => finding.help("a list cannot be compared; ask it with `contains`"),
            (Type::Text, Type::Number, TermKind::Literal(Literal::Number(number))) => finding
                .help(format!("a text stands in quotes: `\"{number}\"`"))
                .offer(right.span, format!("\"{number}\""), "put it in quotes"),
            (Type::Flag, _, _) => finding.help("a flag is `yes` or `no`"),
            (Type::OneOf(a), Type::OneOf(b), _) => finding
                .note(format!("the left one can be {}", super::finding::listed(a.iter().map(|word| word.as_str()), "or")))
                .note(format!("the right one can be {}", super::finding::listed(b.iter().map(|word| word.as_str()), "or")))
                .help("they have no value in common, so they are never equal"),
            (Type::Duration, Type::Number, _) | (Type::Number, Type::Duration, _) => {
                finding.help("a duration is compared with `time since …`, a number with a number")
            }
            _ => finding.help("compare values of one type"),
        }
    }

    /// `country in ["DE", "AT"]`
    pub(super) fn one_of_these(&mut self, left: &Value, list: &Value, scope: Scope<'_>) -> ConditionKind {
        let left = self.value(left, scope, None);
        let ValueKind::List(items) = &list.kind else {
            // The parser reports what is no list.
            self.damaged = true;
            return ConditionKind::Broken;
        };
        let mut terms = Vec::with_capacity(items.len());
        let mut fine = !matches!(left.kind, TermKind::Broken);
        for item in items {
            let term = self.compared_to(item, scope, &left);
            if matches!(term.kind, TermKind::Broken) || !fine {
                fine = false;
            } else if comparable(&left.ty, &term.ty) {
                terms.push(term);
            } else {
                self.mismatch(&left, &term);
                fine = false;
            }
        }
        if fine { ConditionKind::In { left, list: terms } } else { ConditionKind::Broken }
    }

    /// `email contains "@"`
    pub(super) fn text_test(&mut self, left: &Value, test: &Spanned<TextTest>, right: &Value, scope: Scope<'_>) -> ConditionKind {
        let left = self.value(left, scope, None);
        let right = self.value(right, scope, Some(&Type::Text));
        if matches!(left.kind, TermKind::Broken) || matches!(right.kind, TermKind::Broken) {
            return ConditionKind::Broken;
        }
        let words = match test.it {
            TextTest::Contains => "`contains` looks into a text or a list",
            TextTest::StartsWith => "`starts with` looks into a text",
            TextTest::EndsWith => "`ends with` looks into a text",
        };
        let left_fine = matches!(left.ty, Type::Text | Type::Unknown) || (left.ty == Type::List && test.it == TextTest::Contains);
        if !left_fine {
            self.report(
                Diagnostic::new(F201, left.span, format!("{words}, and this is {}", in_words(&left.ty)))
                    .label(test.span, "asked here")
                    .help("compare it with `=`, or ask another value"),
            );
            return ConditionKind::Broken;
        }
        if !matches!(right.ty, Type::Text | Type::Unknown) {
            self.report(
                Diagnostic::new(F201, right.span, format!("{words} for a text, and this is {}", in_words(&right.ty)))
                    .help("a text stands in quotes"),
            );
            return ConditionKind::Broken;
        }
        ConditionKind::Text { left, test: test.it, right }
    }
}

/// The comparison with its sides exchanged.
fn flipped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::Equal,
        CompareOp::NotEqual => CompareOp::NotEqual,
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
    }
}
