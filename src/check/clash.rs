//! Why conditions cannot hold together, in words.

use crate::{
    logic::{Answer, Core, Part, Question, Solver, Var, VarKind},
    model::{Condition, ConditionKind, Model, TermKind},
    source::{SourceMap, Span, sentence_of},
};

/// Parts of conditions that cannot hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Where they stand.
    pub parts: Vec<Span>,
    /// Why, in one clause.
    pub reason: String,
    /// Whether all of it speaks of what has happened.
    pub history: bool,
}

/// Why a question cannot be, if it cannot.
pub fn clash_of<'m>(solver: &Solver<'m>, sources: &SourceMap, question: &Question<'m>) -> Option<Clash> {
    if solver.can_be_in_model(question) {
        return None;
    }
    match solver.decide(question) {
        Answer::Impossible(core) => Some(Words { solver, model: solver.model(), sources }.clash(question, &core)),
        Answer::Possible(_) => None,
    }
}

/// The source text of a part, in quotes for a message.
fn quoted(sources: &SourceMap, span: Span) -> String {
    format!("`{}`", sentence_of(sources.slice(span)))
}

/// A part of a condition that takes part in a clash.
struct Unit<'c> {
    span: Span,
    /// It, unless it is a part of a `where` or a delay.
    condition: Option<&'c Condition>,
    holds: bool,
}

impl<'c> Unit<'c> {
    /// The first side of a choice.
    fn first_side(&self) -> Option<(&'c Condition, bool)> {
        match (&self.condition?.kind, self.holds) {
            (ConditionKind::Or(list), true) | (ConditionKind::And(list), false) => Some((list.first()?, self.holds)),
            _ => None,
        }
    }
}

struct Words<'a, 'm> {
    solver: &'a Solver<'m>,
    model: &'m Model,
    sources: &'a SourceMap,
}

impl<'m> Words<'_, 'm> {
    fn clash(&self, question: &Question<'m>, core: &Core) -> Clash {
        let mut units: Vec<Unit<'m>> = Vec::new();
        for (number, part) in question.parts.iter().enumerate() {
            let words: Vec<Span> = core.words.iter().filter(|it| it.part == number).map(|it| it.span).collect();
            match part {
                Part::Condition(condition, holds) => self.units(condition, condition.span, *holds, &words, &mut units),
                Part::Delay(..) => units.extend(words.into_iter().map(|span| Unit { span, condition: None, holds: true })),
            }
        }
        let history = core.words.iter().all(|it| it.var.is_some_and(|var| self.is_history(var)));
        let mut parts: Vec<Span> = units.iter().map(|it| it.span).collect();
        parts.sort();
        parts.dedup();
        let all = || parts.iter().map(|it| quoted(self.sources, *it)).collect::<Vec<_>>();
        let reason = match (parts.as_slice(), units.first()) {
            ([], _) | (_, None) => "it contradicts what is known here".to_owned(),
            ([_], Some(unit)) => return self.alone(question, unit, history),
            ([a, b], _) => format!("{} and {} cannot hold at once", quoted(self.sources, *a), quoted(self.sources, *b)),
            (_, Some(_)) => match self.only_var(core) {
                Some(name) if units.iter().all(|it| it.first_side().is_none()) => format!("no value of {name} fits all of this"),
                _ => format!("{} cannot all hold at once", super::context::listed(&all(), "and")),
            },
        };
        Clash { parts, reason, history }
    }

    /// One part that never holds.
    fn alone(&self, question: &Question<'m>, unit: &Unit<'m>, history: bool) -> Clash {
        let written = quoted(self.sources, unit.span);
        if let Some((first, holds)) = unit.first_side() {
            let side = Question { parts: vec![Part::Condition(first, holds)], ..question.clone() };
            if let Some(inner) = clash_of(self.solver, self.sources, &side) {
                return Clash { reason: format!("no side of {written} can hold; {}", inner.reason), ..inner };
            }
        }
        let reason = match unit.condition.map(|it| &it.kind) {
            Some(ConditionKind::In { list, .. }) if list.is_empty() => format!("nothing is in an empty list, as {written} asks"),
            Some(ConditionKind::Known { term, known: false }) if matches!(term.kind, TermKind::Attribute(_)) && !term.optional => {
                format!("{} is never missing: it has a value from the start", quoted(self.sources, term.span))
            }
            Some(_) | None => format!("{written} never holds"),
        };
        Clash { parts: vec![unit.span], reason, history }
    }

    /// What clashes, a choice with several clashing sides as a whole.
    fn units<'c>(&self, whole: &'c Condition, span: Span, holds: bool, words: &[Span], found: &mut Vec<Unit<'c>>)
    where
        'm: 'c,
    {
        match (&whole.kind, holds) {
            (ConditionKind::And(list), true) | (ConditionKind::Or(list), false) => {
                list.iter().for_each(|it| self.units(it, it.span, holds, words, found));
            }
            (ConditionKind::And(list), false) | (ConditionKind::Or(list), true) => {
                let sides: Vec<Vec<Unit<'c>>> = list
                    .iter()
                    .map(|it| {
                        let mut own = Vec::new();
                        self.units(it, it.span, holds, words, &mut own);
                        own
                    })
                    .filter(|own| !own.is_empty())
                    .collect();
                if sides.len() > 1 {
                    found.push(Unit { span, condition: Some(whole), holds });
                } else {
                    found.extend(sides.into_iter().flatten());
                }
            }
            (ConditionKind::Not(inner), _) => self.units(inner, span, !holds, words, found),
            (ConditionKind::Segment(id), _) => {
                // The words stand in the segment, and are quoted from there.
                let when = &self.model.segments[*id].when;
                self.units(when, when.span, holds, words, found);
            }
            (
                ConditionKind::Event(_)
                | ConditionKind::Had { .. }
                | ConditionKind::Count { .. }
                | ConditionKind::TimeSince { .. }
                | ConditionKind::Compare { .. }
                | ConditionKind::In { .. }
                | ConditionKind::Text { .. }
                | ConditionKind::Known { .. }
                | ConditionKind::Finished(_)
                | ConditionKind::Before(_)
                | ConditionKind::From(_)
                | ConditionKind::Every { .. }
                | ConditionKind::Reaches { .. }
                | ConditionKind::Broken,
                _,
            ) => {
                let inside = words.iter().filter(|word| span.contains(**word));
                found.extend(inside.map(|word| Unit { span: *word, condition: (*word == span).then_some(whole), holds }));
            }
        }
    }

    fn is_history(&self, var: Var) -> bool {
        matches!(self.solver.kind(var), VarKind::Since(_) | VarKind::Count(..) | VarKind::Figure { .. })
    }

    /// The name of the one thing that all words speak of.
    fn only_var(&self, core: &Core) -> Option<String> {
        let first = core.words.first()?.var?;
        let same = core.words.iter().all(|it| it.var == Some(first));
        same.then(|| name_of(self.solver, self.model, first)).flatten()
    }
}

/// What a variable is called in a message, where it has a name.
pub fn name_of(solver: &Solver<'_>, model: &Model, var: Var) -> Option<String> {
    let property = |event: crate::model::EventId, at: u32| {
        let event = &model.events[event];
        event.properties.get(at as usize).map(|it| (event.name.text.clone(), it.name.clone()))
    };
    Some(match solver.kind(var) {
        VarKind::Attribute(id) => format!("`{}`", model.attributes[id].name.text),
        VarKind::Score(id) => format!("`{}`", model.scores[id].name.text),
        VarKind::Entry(name) => format!("`entry.{name}`"),
        VarKind::Property(event, at) => property(event, at).map(|(_, name)| format!("`{name}`"))?,
        VarKind::Latest(event, at) => property(event, at).map(|(event, name)| format!("`{event}.{name}`"))?,
        VarKind::OnClock(base) => return name_of(solver, model, base),
        VarKind::Today => "today's date".to_owned(),
        VarKind::Figure { .. }
        | VarKind::Arithmetic { .. }
        | VarKind::Count(..)
        | VarKind::Since(_)
        | VarKind::Happening
        | VarKind::Finished(_)
        | VarKind::Text(..)
        | VarKind::Order(..)
        | VarKind::TextOf(..)
        | VarKind::Unknown(_) => return None,
    })
}
