//! Conditions.

use super::{F215, Resolver, finding::DiagnosticExt, missing::Facts, scope::Scope, trigger::is_trigger};
use crate::{
    ast::{self, Count, EventMatch, PastDoor, Spanned, Window},
    diag::Diagnostic,
    model::{Condition, ConditionKind, EventTest},
    source::Span,
};

impl Resolver<'_> {
    /// A condition with everything in it, and a look at what missing values do to it; `facts` are what is known there.
    pub(super) fn whole_condition(&mut self, tree: &ast::Condition, scope: Scope<'_>, facts: &Facts) -> Condition {
        let condition = self.condition(tree, scope);
        self.flips(&condition, scope, facts);
        condition
    }

    /// A condition with everything in it.
    pub(super) fn condition(&mut self, tree: &ast::Condition, scope: Scope<'_>) -> Condition {
        let span = tree.span;
        let kind = if scope.event.is_some() { self.behind_where(tree, scope) } else { self.anywhere(tree, scope) };
        Condition { span, kind }
    }

    fn anywhere(&mut self, tree: &ast::Condition, scope: Scope<'_>) -> ConditionKind {
        use ast::ConditionKind as Tree;
        match &tree.kind {
            Tree::Or(members) => ConditionKind::Or(members.iter().map(|member| self.condition(member, scope)).collect()),
            Tree::And(members) => self.and(members, scope),
            Tree::Not(inner) => self.not(tree.span, inner, scope),
            Tree::Event(event) => {
                let test = self.event_test(event, scope);
                if self.may_happen(event, scope) { ConditionKind::Event(test) } else { ConditionKind::Broken }
            }
            Tree::Had { negated, event, window, .. } => {
                let event = self.event_test(event, scope);
                let window = window.as_ref().map(|window| self.window(window, scope));
                ConditionKind::Had { negated: *negated, event, window }
            }
            Tree::Count { count, bound, event, window } => {
                let test = self.event_test(event, scope);
                let window = window.as_ref().map(|window| self.window(window, scope));
                self.count(count, bound, test, window)
            }
            Tree::Compare { left, op, right } => self.compare(left, op, right, scope),
            Tree::In { left, list } => self.one_of_these(left, list, scope),
            Tree::TextTest { left, test, right } => self.text_test(left, test, right, scope),
            Tree::Known { value, known } => ConditionKind::Known { term: self.value(value, scope, None), known: *known },
            Tree::Segment(name) => match self.segment(name) {
                Some(id) => ConditionKind::Segment(id),
                None => ConditionKind::Broken,
            },
            Tree::Finished(play) => {
                self.finished(play, scope);
                ConditionKind::Finished(play.text.clone())
            }
            Tree::Before(date) => ConditionKind::Before(date.it),
            Tree::From(date) => ConditionKind::From(date.it),
            Tree::Every(every) => {
                let schedule = self.schedule(&every.schedule, scope);
                if self.may_strike(tree.span, scope) { ConditionKind::Every { schedule, at: every.at.it } } else { ConditionKind::Broken }
            }
            Tree::Instant(reached) => {
                let instant = self.instant(&reached.instant, scope);
                let past_opens = reached.past.is_some_and(|past| past.it == PastDoor::Open);
                if self.may_strike(tree.span, scope) { ConditionKind::Reaches { instant, past_opens } } else { ConditionKind::Broken }
            }
            Tree::Broken => {
                self.damaged = true;
                ConditionKind::Broken
            }
        }
    }

    /// Behind `where` stand comparisons of properties.
    fn behind_where(&mut self, tree: &ast::Condition, scope: Scope<'_>) -> ConditionKind {
        use ast::ConditionKind as Tree;
        match &tree.kind {
            Tree::Or(members) => ConditionKind::Or(members.iter().map(|member| self.condition(member, scope)).collect()),
            Tree::And(members) => ConditionKind::And(members.iter().map(|member| self.condition(member, scope)).collect()),
            Tree::Not(inner) => ConditionKind::Not(Box::new(self.condition(inner, scope))),
            Tree::Compare { .. } | Tree::In { .. } | Tree::TextTest { .. } | Tree::Known { .. } | Tree::Broken => {
                self.anywhere(tree, scope)
            }
            Tree::Event(_)
            | Tree::Had { .. }
            | Tree::Count { .. }
            | Tree::Segment(_)
            | Tree::Finished(_)
            | Tree::Before(_)
            | Tree::From(_)
            | Tree::Every(_)
            | Tree::Instant(_) => {
                // The parser reports what is no comparison.
                self.damaged = true;
                ConditionKind::Broken
            }
        }
    }

    fn and(&mut self, members: &[ast::Condition], scope: Scope<'_>) -> ConditionKind {
        let slipped = self.slipped(members);
        let resolved: Vec<Condition> = members
            .iter()
            .zip(&slipped)
            .map(
                |(member, slipped)| {
                    if *slipped { Condition { span: member.span, kind: ConditionKind::Broken } } else { self.condition(member, scope) }
                },
            )
            .collect();
        self.two_triggers(&resolved);
        ConditionKind::And(resolved)
    }

    fn not(&mut self, span: Span, inner: &ast::Condition, scope: Scope<'_>) -> ConditionKind {
        // A `!` was reported already; what it becomes is looked at when it says `not`.
        let written = self.sources.slice(span).starts_with("not");
        match &inner.kind {
            ast::ConditionKind::Had { word, negated, event, window } => {
                let inner_window = window.as_ref();
                let test = self.event_test(event, scope);
                let window = window.as_ref().map(|window| self.window(window, scope));
                let (long, short) = if *negated { ("not no", "had") } else { ("not had", "no") };
                let name = &event.event.text;
                let behind = Span::new(span.file, word.end, tree_end(event, inner_window)).range();
                let text = format!("{short}{}", self.sources.file(span.file).text().get(behind).unwrap_or(""));
                if written {
                    self.one_way(span, (span, &text), &format!("{long} {name}"), short, name);
                }
                ConditionKind::Had { negated: !negated, event: test, window }
            }
            ast::ConditionKind::Event(event) => {
                let test = self.event_test(event, scope);
                let name = &event.event.text;
                if test.event.is_some() && written {
                    let written = self.sources.slice(event.span);
                    self.report(
                        Diagnostic::new(
                            F215,
                            span,
                            format!("`not {name}` holds at nearly every moment, since `{name}` holds only while it happens"),
                        )
                        .help(format!("whether it has not happened is `no {name}`"))
                        .offer(span, format!("no {written}"), format!("write `no {name}`")),
                    );
                }
                ConditionKind::Had { negated: true, event: test, window: None }
            }
            _ => {
                let resolved = self.condition(inner, scope);
                if is_trigger(&resolved) {
                    self.report(
                        Diagnostic::new(
                            F215,
                            span,
                            "something that happens at one moment stands under `not`, which holds at nearly every other moment",
                        )
                        .label(inner.span, "this holds for a moment only")
                        .help("ask for what has not happened: `no …`"),
                    );
                }
                ConditionKind::Not(Box::new(resolved))
            }
        }
    }

    fn count(
        &mut self,
        count: &Spanned<Count>,
        bound: &Spanned<u32>,
        event: EventTest,
        window: Option<crate::model::Window>,
    ) -> ConditionKind {
        let name = event.event.map(|id| self.model.events[id].name.text.clone()).unwrap_or_default();
        let words = match count.it {
            Count::AtLeast => "at least",
            Count::AtMost => "at most",
            Count::Exactly => "exactly",
        };
        let short = match (count.it, bound.it) {
            (Count::AtLeast, 1) => "had",
            (Count::AtMost | Count::Exactly, 0) => "no",
            _ => return ConditionKind::Count { count: count.it, bound: bound.it, event, window },
        };
        let span = count.span.to(bound.span);
        // A bound that could not be read is told already, and what was meant is not known.
        if !self.sources.slice(bound.span).bytes().all(|byte| byte.is_ascii_digit()) {
            return ConditionKind::Count { count: count.it, bound: bound.it, event, window };
        }
        self.one_way(span.to(event.span), (span, short), &format!("{words} {} {name}", bound.it), short, &name);
        ConditionKind::Had { negated: short == "no", event, window }
    }

    /// Reports the longer of two ways to say one thing: `replaced` becomes `text`.
    fn one_way(&mut self, span: Span, (replaced, text): (Span, &str), long: &str, short: &str, name: &str) {
        self.report(
            Diagnostic::new(F215, span, format!("`{long}` is the long way to say `{short} {name}`, and each thing is said in one way"))
                .help(format!("write `{short} {name}`"))
                .replace(replaced, text, format!("write `{short} {name}`")),
        );
    }
}

/// Where an event with its window ends.
fn tree_end(event: &EventMatch, window: Option<&Window>) -> u32 {
    window.map_or(event.span.end, |window| window.span.end.max(event.span.end))
}
