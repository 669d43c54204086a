//! Cutting boxes by what has not happened yet: events of ours that nobody has recorded, answers to messages not sent.

use super::{Facts, known::Known, reckon};
use crate::{
    logic::{Events, Formula, Key, Operand, ValueSet, Var, VarKind},
    model::{Condition, EventId, EventTest, MessageId, ScoreId, ScoreRule},
};

/// Says of an event, about one message or about any, that it cannot have happened.
pub type IsUnheard<'a> = &'a dyn Fn(EventId, Option<MessageId>) -> bool;

impl Facts<'_> {
    /// What is left of some boxes where some events have not happened yet, as far as a condition asks for them.
    #[must_use]
    pub fn before_any(&self, boxes: &[Known], when: &Condition, unheard: IsUnheard<'_>) -> Vec<Known> {
        let cuts: Vec<(Var, ValueSet)> =
            self.asked_with_bases(when).into_iter().filter_map(|var| self.over_nothing(var, unheard).map(|values| (var, values))).collect();
        let cut = |known: &Known| cuts.iter().try_fold(known.clone(), |known, (var, set)| self.words.restrict(known, *var, set, None));
        boxes.iter().filter_map(cut).collect()
    }

    /// The variables of a condition, with those that they are worked out from.
    fn asked_with_bases(&self, when: &Condition) -> Vec<Var> {
        let mut open: Vec<Var> = Vec::new();
        self.each_asked(when, &mut |var| open.push(var));
        let mut vars: Vec<Var> = Vec::new();
        while let Some(var) = open.pop() {
            if vars.contains(&var) {
                continue;
            }
            vars.push(var);
            match self.kind(var) {
                VarKind::Order(a, b) | VarKind::TextOf(a, _, b) => open.extend([*a, *b]),
                VarKind::OnClock(base) | VarKind::Text(base, ..) => open.push(*base),
                VarKind::Arithmetic { left, right, .. } => {
                    open.extend([left, right].into_iter().filter_map(|it| if let Operand::Var(var) = it { Some(*var) } else { None }));
                }
                VarKind::Attribute(_)
                | VarKind::Property(..)
                | VarKind::Entry(_)
                | VarKind::Latest(..)
                | VarKind::Score(_)
                | VarKind::Figure { .. }
                | VarKind::Today
                | VarKind::Count(..)
                | VarKind::Since(_)
                | VarKind::Happening
                | VarKind::Finished(_)
                | VarKind::Unknown(_) => {}
            }
        }
        // What others are worked out from is cut first.
        vars.reverse();
        vars
    }

    /// What a variable is while none of its events has happened.
    fn over_nothing(&self, var: Var, unheard: IsUnheard<'_>) -> Option<ValueSet> {
        match self.kind(var) {
            VarKind::Since(of) => self.is_unheard(*of, unheard).then_some(ValueSet::MISSING),
            VarKind::Count(of, _) => self.is_unheard(*of, unheard).then(|| ValueSet::one(Key::Int(0))),
            VarKind::Figure { kind, of, .. } => self.is_unheard(*of, unheard).then(|| reckon::over_nothing(*kind)),
            VarKind::Latest(event, _) => unheard(*event, None).then_some(ValueSet::MISSING),
            VarKind::Score(score) => Some(self.points(*score, unheard)),
            VarKind::Attribute(_)
            | VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Arithmetic { .. }
            | VarKind::OnClock(_)
            | VarKind::Today
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Text(..)
            | VarKind::Order(..)
            | VarKind::TextOf(..)
            | VarKind::Unknown(_) => None,
        }
    }

    /// Whether none of some events can have happened: of none of the messages that its `where` allows.
    fn is_unheard(&self, of: Events, unheard: IsUnheard<'_>) -> bool {
        let model = self.words.model;
        if unheard(of.event, None) {
            return true;
        }
        let Some(place) = model.events[of.event].properties.iter().position(|it| it.name == "message") else { return false };
        let mut allowed: Option<ValueSet> = None;
        let filter = self.words.solver.filter(of.filter);
        let parts = if let Formula::All(parts) = &filter { parts.as_slice() } else { std::slice::from_ref(&filter) };
        for part in parts {
            let Formula::Is(literal) = part else { continue };
            let is_message = |kind: &VarKind| matches!(kind, VarKind::Property(_, at) if usize::try_from(*at) == Ok(place));
            if is_message(&self.words.solver.kind(literal.var)) {
                allowed = Some(allowed.map_or_else(|| literal.set.clone(), |set| set.and(&literal.set)));
            }
        }
        let number = |id: MessageId| i64::try_from(id.index()).unwrap_or(i64::MAX);
        let fits = |id: &MessageId| allowed.as_ref().is_none_or(|set| !set.and(&ValueSet::one(Key::Int(number(*id)))).is_empty());
        allowed.is_some() && model.messages.ids().filter(fits).all(|id| unheard(of.event, Some(id)))
    }

    /// The points that a score can have.
    fn points(&self, score: ScoreId, unheard: IsUnheard<'_>) -> ValueSet {
        let is_silent = |test: &EventTest| test.event.is_some_and(|event| unheard(event, None) || unheard(event, test.message));
        let (mut falls, mut rises) = (false, false);
        for line in &self.words.model.scores[score].lines {
            let counts = match &line.rule {
                ScoreRule::Event(test) => !is_silent(test),
                ScoreRule::EveryWithout { .. } => true,
            };
            falls |= counts && line.points.millionths() < 0;
            rises |= counts && line.points.millionths() > 0;
        }
        ValueSet::between((!falls).then_some(Key::Int(0)), (!rises).then_some(Key::Int(1)))
    }
}
