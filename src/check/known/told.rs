//! What is known at a place, in words, and where it comes from.

use super::super::{
    context::{Context, listed},
    words::Words,
};
use crate::{
    diag::Diagnostic,
    facts::Known,
    logic::{Answer, Part, Question},
    model::Condition,
    source::Span,
};

/// As many places are pointed at.
const PLACES_MAX: usize = 3;

/// What is known, and where it comes from.
#[derive(Debug, Default)]
pub struct Told {
    /// As conditions.
    pub lines: Vec<String>,
    /// The clauses that say so.
    pub places: Vec<Span>,
}

impl Told {
    /// What is known in these boxes that keeps a condition from holding (or from not holding).
    pub fn of(context: &Context<'_>, known: &[Known], when: &Condition, holds: bool) -> Self {
        let solver = context.facts.solver();
        let words = Words { solver, model: context.model };
        let mut told = Self::default();
        for known in known {
            let facts = context.facts.told(known, when);
            let question = Question::new().part(Part::Condition(when, holds));
            let question = facts.iter().fold(question, |question, (var, fact)| question.fact(*var, fact.values.clone()));
            let used = match solver.decide(&question) {
                Answer::Impossible(core) => core.facts,
                Answer::Possible(_) => (0..facts.len()).collect(),
            };
            for (var, fact) in used.iter().filter_map(|at| facts.get(*at)) {
                told.lines.extend(words.about(*var, &fact.values));
                told.places.extend(fact.origins.iter().filter(|it| !it.contains(when.span) && !when.span.contains(**it)));
            }
        }
        told.lines.sort();
        told.lines.dedup();
        told.places.sort_unstable();
        told.places.dedup();
        told
    }

    /// It as part of a sentence about those who get there.
    pub fn sentence(&self) -> String {
        match self.lines.as_slice() {
            [] => "what is known of everybody who gets here rules it out".to_owned(),
            lines if lines.len() <= 3 => {
                let several = if self.places.len() > 1 && lines.len() > 1 { "or" } else { "and" };
                format!("{} holds for everybody who gets here", listed(lines, several))
            }
            lines => format!("{} and more is known of those who get here", listed(lines.get(..3).unwrap_or(lines), "or")),
        }
    }

    /// A finding that points at where it comes from.
    pub fn label(&self, finding: Diagnostic) -> Diagnostic {
        self.places.iter().take(PLACES_MAX).fold(finding, |finding, place| finding.label(*place, "this says so"))
    }
}
