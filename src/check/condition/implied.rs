//! F506: a part of a condition that follows from the rest.

use super::{
    super::context::{Context, listed},
    sites::{Site, Verdicts},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    logic::{Answer, Part, Question},
    model::{Condition, ConditionKind, EventId, Term, TermKind},
    source::Span,
};

pub const CODE: Code = Code::warning("F506", "a part of a condition that the rest implies");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut verdicts = Verdicts::default();
    for site in &context.sites().conditions {
        let decided = |holds: bool| {
            let part = Question::new().part(Part::Condition(site.condition, holds)).at(site.moment);
            !context.solver.can_be_in_model(&part)
        };
        let finding = if decided(true) || decided(false) { None } else { Search { context, site }.find(site.condition, &[]) };
        verdicts.add(site.condition.span, finding);
    }
    verdicts.report(found);
}

struct Search<'a, 'm> {
    context: &'a Context<'m>,
    site: &'a Site<'m>,
}

impl<'m> Search<'_, 'm> {
    /// The first part that adds nothing; `beside` holds as well, for everybody who gets to it.
    fn find(&self, condition: &'m Condition, beside: &[&'m Condition]) -> Option<Diagnostic> {
        match &condition.kind {
            ConditionKind::And(list) => self.member(list, true).or_else(|| {
                list.iter().enumerate().find_map(|(place, it)| {
                    let others = list.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, it)| it);
                    let beside: Vec<&'m Condition> = beside.iter().copied().chain(others).collect();
                    self.find(it, &beside)
                })
            }),
            ConditionKind::Or(list) => self
                .member(list, false)
                .or_else(|| list.iter().find_map(|it| self.shut_out(it, beside)))
                .or_else(|| list.iter().find_map(|it| self.find(it, beside))),
            ConditionKind::Not(inner) => self.find(inner, &[]),
            ConditionKind::Event(_)
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
            | ConditionKind::Every { .. }
            | ConditionKind::Reaches { .. }
            | ConditionKind::Broken => None,
        }
    }

    /// A member that changes nothing: beside `and` one that holds where the others do, beside `or` one that does not hold
    /// where they do not. The later of two equal ones.
    fn member(&self, list: &'m [Condition], all: bool) -> Option<Diagnostic> {
        list.iter().enumerate().rev().find_map(|(place, it)| {
            // Whoever asks whether something is known makes a comparison safe to read.
            if is_guard(it, list) {
                return None;
            }
            let question = Question::new().part(Part::Condition(it, !all)).at(self.site.moment);
            let others = list.iter().enumerate().filter(|(other, _)| *other != place);
            let question = others.clone().fold(question, |question, (_, other)| question.part(Part::Condition(other, all)));
            if self.context.solver.can_be_in_model(&question) {
                return None;
            }
            let Answer::Impossible(core) = self.context.solver.decide(&question) else { return None };
            // A side that is never true in itself is another finding.
            if core.words.iter().all(|word| word.part == 0) {
                return None;
            }
            let others: Vec<&Condition> = others.map(|(_, it)| it).collect();
            let because = core.words.iter().filter_map(|word| others.get(word.part.checked_sub(1)?)).map(|it| it.span);
            let mut because: Vec<Span> = because.collect();
            because.dedup();
            Some(self.finding(it.span, &because, all))
        })
    }

    /// A side that can hold, but not beside what must hold with it.
    fn shut_out(&self, side: &'m Condition, beside: &[&'m Condition]) -> Option<Diagnostic> {
        let own = || Question::new().holds(side).at(self.site.moment);
        let question = beside.iter().copied().fold(own(), Question::holds);
        let solver = &self.context.solver;
        if beside.is_empty() || solver.can_be_in_model(&question) || !solver.can_be_in_model(&own()) {
            return None;
        }
        let Answer::Impossible(core) = solver.decide(&question) else { return None };
        let because = core.words.iter().filter_map(|word| beside.get(word.part.checked_sub(1)?)).map(|it| it.span);
        let mut because: Vec<Span> = because.collect();
        because.dedup();
        let quotes: Vec<String> = because.iter().map(|it| self.context.quote(*it)).collect();
        let written = self.context.quote(side.span);
        let message = format!("{written} adds nothing: it is never true together with {}", listed(&quotes, "and"));
        let finding =
            because.iter().fold(Diagnostic::new(CODE, side.span, message).at("adds nothing"), |it, other| it.label(*other, "excludes it"));
        Some(finding.help("take it out, or write what else it should ask for"))
    }

    fn finding(&self, span: Span, because: &[Span], all: bool) -> Diagnostic {
        let quotes: Vec<String> = because.iter().map(|it| self.context.quote(*it)).collect();
        let (rest, written) = (listed(&quotes, "and"), self.context.quote(span));
        let says = if because.len() == 1 { "says" } else { "say" };
        let message = if all {
            format!("{written} adds nothing: {rest} {says} so already")
        } else {
            format!(
                "{written} adds nothing: wherever it holds, {} {} too",
                listed(&quotes, "or"),
                if because.len() == 1 { "holds" } else { "hold" }
            )
        };
        let finding =
            because.iter().fold(Diagnostic::new(CODE, span, message).at("adds nothing"), |it, other| it.label(*other, "says enough"));
        finding.help("take it out, or write what else it should ask for")
    }
}

/// Whether a part makes another safe to read: that something is known, or has happened at all.
fn is_guard(it: &Condition, list: &[Condition]) -> bool {
    match &it.kind {
        ConditionKind::Known { .. } => true,
        ConditionKind::Had { event, window: None, .. } => {
            event.filter.is_none() && event.event.is_some_and(|event| list.iter().any(|other| reads_latest(other, event)))
        }
        ConditionKind::Not(inner) => is_guard(inner, list),
        _ => false,
    }
}

/// Whether a condition reads the latest such event, or a figure over such events, which are missing where there was none.
fn reads_latest(it: &Condition, event: EventId) -> bool {
    let term = |it: &Term| match &it.kind {
        TermKind::Latest { event: read, .. } => *read == event,
        TermKind::Aggregate(figure) => figure.event.event == Some(event),
        _ => false,
    };
    match &it.kind {
        ConditionKind::And(list) | ConditionKind::Or(list) => list.iter().any(|it| reads_latest(it, event)),
        ConditionKind::Not(inner) => reads_latest(inner, event),
        ConditionKind::TimeSince { event: test, .. } => test.event == Some(event),
        ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => term(left) || term(right),
        ConditionKind::In { left, .. } => term(left),
        _ => false,
    }
}
