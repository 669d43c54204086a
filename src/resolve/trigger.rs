//! Triggers: where one can be, and how many at once.

use super::{
    F211, F212, F214, F216, F217, Resolver,
    finding::DiagnosticExt,
    scope::{Scope, Triggers},
    value::find_property,
};
use crate::{
    ast::{self, EventMatch, Ident, Value, ValueKind},
    diag::{Diagnostic, Edit},
    model::{Condition, ConditionKind, EventTest},
    source::Span,
};

/// Whether a condition holds for an instant only, or on one side of an `or`.
pub(super) fn is_trigger(condition: &Condition) -> bool {
    match &condition.kind {
        ConditionKind::Event(_) | ConditionKind::Every { .. } | ConditionKind::Reaches { .. } => true,
        ConditionKind::Or(members) | ConditionKind::And(members) => members.iter().any(is_trigger),
        ConditionKind::Not(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Compare { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Text { .. }
        | ConditionKind::Known { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Broken => false,
    }
}

/// The event of a condition that is a trigger by one event alone.
fn sole_event(condition: &Condition) -> Option<&EventTest> {
    match &condition.kind {
        ConditionKind::Event(event) => Some(event),
        _ => None,
    }
}

impl Resolver<'_> {
    /// Whether an event can be happening here; reported if not.
    pub(super) fn may_happen(&mut self, event: &EventMatch, scope: Scope<'_>) -> bool {
        let Triggers::Never(place) = scope.triggers else { return true };
        let name = &event.event.text;
        if self.names.events.contains_key(name) {
            self.report(
                Diagnostic::new(F211, event.span, format!("`{name}` holds only while it happens, and nothing can be happening {place}"))
                    .help(format!(
                        "whether it has happened is `had {}`",
                        event.message.as_ref().map_or(name.to_string(), |about| format!("{name} {}", about.text))
                    ))
                    .insert(event.span, "had ", format!("write `had {name}`"))
                    .safely(true),
            );
        }
        false
    }

    /// Whether a clock can strike here; reported if not.
    pub(super) fn may_strike(&mut self, span: Span, scope: Scope<'_>) -> bool {
        let Triggers::Never(place) = scope.triggers else { return true };
        self.report(
            Diagnostic::new(F211, span, format!("this is one moment of the clock, and nothing can be happening {place}"))
                .help("wait for it with `wait until …`, or ask for days: `from 2026-12-01 on`, `before 2026-12-31`"),
        );
        false
    }

    /// Reports triggers joined by `and`.
    pub(super) fn two_triggers(&mut self, members: &[Condition]) {
        let mut triggers = members.iter().filter(|member| is_trigger(member));
        let Some(first) = triggers.next() else { return };
        for second in triggers {
            let finding =
                Diagnostic::new(F212, second.span, "two things would have to happen at the very same instant, which they never do")
                    .at("this happens at one instant")
                    .label(first.span, "and this at another");
            let wrong = sole_event(second).or_else(|| sole_event(first));
            let name = wrong.and_then(|event| event.event).map(|id| self.model.events[id].name.text.clone());
            self.report(match (wrong, name) {
                (Some(event), Some(name)) => finding.help(format!("say of one of them that it has happened before: `had {name}`")).insert(
                    event.span,
                    "had ",
                    format!("write `had {name}`"),
                ),
                _ => finding.help("keep one of them, or say `or`"),
            });
        }
    }

    /// Reports a condition behind `each time` that is no trigger.
    pub(super) fn must_trigger(&mut self, condition: &Condition) {
        match &condition.kind {
            ConditionKind::Broken => {}
            ConditionKind::Or(members) => members.iter().for_each(|member| self.must_trigger(member)),
            _ if is_trigger(condition) => {}
            _ => self.report(
                Diagnostic::new(F214, condition.span, "`each time` needs something that happens, and this stays true for a while")
                    .help("name an event or a clock time, such as `each time purchase`; once for each visit is `nurture … when …`"),
            ),
        }
    }

    /// Reports a door from outside of a keyed funnel that could open without the key. Returns whether it carries it.
    pub(super) fn must_carry(&mut self, key: &str, span: Span, when: Option<&Condition>) {
        if when.is_some_and(|when| self.carries(when, key)) {
            return;
        }
        let bringing: Vec<&str> = self
            .model
            .events
            .values()
            .filter(|event| find_property(&event.properties, key).is_some())
            .map(|event| event.name.text.as_str())
            .take(4)
            .collect();
        let finding = Diagnostic::new(F216, span, format!("this door does not bring `{key}`, so nobody could say whose run begins"))
            .note(format!("`for each contact and {key}` has one run for each value of `{key}`"));
        let help = if bringing.is_empty() {
            format!("open it by an event that has the property `{key}`")
        } else {
            format!("open it by an event that has it: {}", super::finding::listed(bringing, "or"))
        };
        self.report(finding.help(help));
    }

    fn carries(&self, condition: &Condition, key: &str) -> bool {
        match &condition.kind {
            ConditionKind::Broken => true,
            ConditionKind::Event(event) => event.event.is_none_or(|id| find_property(&self.model.events[id].properties, key).is_some()),
            ConditionKind::Or(members) => members.iter().all(|member| self.carries(member, key)),
            ConditionKind::And(members) => members.iter().any(|member| self.carries(member, key)),
            _ => false,
        }
    }

    /// Which members of an `and` are comparisons that slipped out of the `where` before them; reported.
    pub(super) fn slipped(&mut self, members: &[ast::Condition]) -> Vec<bool> {
        let mut slipped = vec![false; members.len()];
        let mut open: Option<(&EventMatch, Span)> = None;
        for (member, slipped) in members.iter().zip(&mut slipped) {
            if let Some((event, end)) = open
                && let Some(name) = self.slips(event, member)
            {
                let name = name.clone();
                self.report_slipped(event, end, member.span, &name);
                *slipped = true;
            }
            if let Some(event) = last_where(member) {
                open = Some((event, member.span));
            }
        }
        slipped
    }

    /// The name in a comparison that is a property of the event.
    fn slips<'m>(&self, event: &EventMatch, member: &'m ast::Condition) -> Option<&'m Ident> {
        let id = self.names.events.get(&event.event.text)?;
        let properties = &self.model.events[*id].properties;
        compared_words(member).into_iter().find(|word| find_property(properties, &word.text).is_some())
    }

    fn report_slipped(&mut self, event: &EventMatch, before: Span, member: Span, name: &Ident) {
        let Some(filter) = &event.filter else { return };
        let (owner, word) = (&event.event.text, &name.text);
        let inside = self.sources.slice(filter.condition.span).to_owned();
        let behind = self.sources.slice(member).to_owned();
        let mut finding = Diagnostic::new(
            F217,
            member,
            format!("this stands behind the `where` of `{owner}`, not in it: `{word}` would be the contact's, not that of `{owner}`"),
        )
        .label(filter.span, "this `where` ends here, after one comparison")
        .note(format!("in the `where`: `{owner} where ({inside} and {behind})`"))
        .note(format!("of the contact: `{owner} where {inside} and {}`", behind.replacen(word.as_str(), &format!("contact.{word}"), 1)));
        finding = finding.help(format!("put both comparisons in parentheses, or write `contact.{word}`"));
        if before.end == filter.span.end {
            finding = finding.offer_all(
                vec![
                    Edit { span: Span::empty(member.file, filter.condition.span.start), text: "(".into() },
                    Edit { span: Span::empty(member.file, member.end), text: ")".into() },
                ],
                "put both comparisons in parentheses",
            );
        }
        self.report(finding);
        self.used.attributes.mark_if(self.names.attributes.get(word));
    }
}

/// The event of a member that ends in a `where` without parentheses, or has one.
fn last_where(member: &ast::Condition) -> Option<&EventMatch> {
    use ast::ConditionKind as Tree;
    let open = |event: &EventMatch| event.filter.as_ref().is_some_and(|filter| !filter.parenthesised);
    match &member.kind {
        Tree::Event(event) | Tree::Had { event, .. } | Tree::Count { event, .. } => Some(&**event).filter(|event| open(event)),
        Tree::Not(inner) => last_where(inner),
        Tree::Compare { left, right, .. } => [right, left].into_iter().find_map(|value| match &value.kind {
            ValueKind::TimeSince(event) => Some(&**event).filter(|event| open(event)),
            ValueKind::Aggregate(aggregate) => Some(&aggregate.event).filter(|event| open(event)),
            _ => None,
        }),
        _ => None,
    }
}

/// The bare words that a comparison asks about.
fn compared_words(member: &ast::Condition) -> Vec<&Ident> {
    use ast::ConditionKind as Tree;
    let mut words = Vec::new();
    match &member.kind {
        Tree::Not(inner) => return compared_words(inner),
        Tree::Compare { left, right, .. } => {
            value_words(left, &mut words);
            if words.is_empty() {
                value_words(right, &mut words);
            }
        }
        Tree::In { left, .. } | Tree::TextTest { left, .. } => value_words(left, &mut words),
        Tree::Known { value, .. } => value_words(value, &mut words),
        _ => {}
    }
    words
}

fn value_words<'v>(value: &'v Value, words: &mut Vec<&'v Ident>) {
    match &value.kind {
        ValueKind::Word(word) => words.push(word),
        ValueKind::Negate(inner) => value_words(inner, words),
        ValueKind::Arithmetic { left, right, .. } => {
            value_words(left, words);
            value_words(right, words);
        }
        _ => {}
    }
}
