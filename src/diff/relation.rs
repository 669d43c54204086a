//! How a condition compares with what it was: the same, stricter, looser, different.
//!
//! Job: ask the solver for somebody for whom the one holds and not the other, both ways round. Nobody either way is a proof
//! that nothing changed; an example is somebody to show. What the solver does not understand, or could be wrong about, makes
//! the answer undecided and never the same.

use super::{
    raise::{Side, Space},
    report::Relation,
};
use crate::{
    check::words::Words,
    logic::{Answer, Moment, Question, Solver, VarKind, Witness},
    model::Condition,
    ruleset,
};

/// What is different, with people in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub relation: Relation,
    /// For whom it held and no longer holds.
    pub lost: Option<String>,
    /// For whom it holds and did not hold before.
    pub gained: Option<String>,
    /// For whom it holds and did not hold before, at an instant at which nothing happens; empty words are everybody.
    pub gained_at_rest: Option<String>,
}

impl Difference {
    /// A difference that nobody is named for.
    pub fn bare(relation: Relation) -> Self {
        Self { relation, lost: None, gained: None, gained_at_rest: None }
    }
}

/// Who decides.
pub(super) struct Judge<'m> {
    space: &'m Space,
    solver: Solver<'m>,
}

impl<'m> Judge<'m> {
    pub fn new(space: &'m Space) -> Self {
        Self { space, solver: Solver::new(&space.model) }
    }

    /// The vocabulary in which conditions are asked about.
    pub fn space(&self) -> &'m Space {
        self.space
    }

    /// Like [`Self::difference`], for conditions of a rule set, either of which may be left out: then it always holds.
    pub fn between(&self, old: Option<&ruleset::Condition>, new: Option<&ruleset::Condition>) -> Option<Difference> {
        let raised = |side, it: Option<&ruleset::Condition>| it.map_or_else(|| self.space.always(), |it| self.space.condition(side, it));
        self.difference(&raised(Side::Old, old), &raised(Side::New, new))
    }

    /// How the second compares with the first; `None` where they are the same.
    pub fn difference(&self, old: &Condition, new: &Condition) -> Option<Difference> {
        let lost = self.only(old, new, None);
        let gained = self.only(new, old, None);
        let relation = match (&lost, &gained) {
            (None, None) => return None,
            (Some(_), None) => Relation::Stricter,
            (None, Some(_)) => Relation::Looser,
            (Some(_), Some(_)) => Relation::Different,
        };
        let doubtful = [&lost, &gained].into_iter().flatten().any(|witness| self.is_doubtful(witness));
        let at_rest = gained.as_ref().and_then(|_| self.only(new, old, Some(Moment::Quiet)));
        Some(Difference {
            relation: if doubtful { Relation::Undecided } else { relation },
            lost: lost.map(|it| self.words(&it)),
            gained: gained.map(|it| self.words(&it)),
            gained_at_rest: at_rest.map(|it| self.words(&it)),
        })
    }

    /// Somebody for whom both conditions hold at one instant.
    pub fn both(&self, a: &Condition, b: &Condition) -> Option<String> {
        match self.solver.decide(&Question::new().holds(a).holds(b)) {
            Answer::Possible(witness) if !self.is_doubtful(&witness) => Some(self.words(&witness)),
            Answer::Possible(_) | Answer::Impossible(_) => None,
        }
    }

    /// Whether a condition can hold while nothing happens.
    pub fn can_rest(&self, condition: &Condition) -> bool {
        self.solver.can_be(&Question::new().holds(condition).at(Moment::Quiet))
    }

    /// Somebody for whom the first holds, and not the second.
    fn only(&self, holds: &Condition, fails: &Condition, moment: Option<Moment>) -> Option<Witness> {
        let question = Question::new().holds(holds).fails(fails);
        let question = if let Some(moment) = moment { question.at(moment) } else { question };
        match self.solver.decide(&question) {
            Answer::Possible(witness) => Some(witness),
            Answer::Impossible(_) => None,
        }
    }

    /// Whether the example leans on something that the solver does not know well enough: it may be that nobody is like it.
    fn is_doubtful(&self, witness: &Witness) -> bool {
        let mut tested = Vec::new();
        witness.values.iter().any(|(var, _)| match self.solver.kind(*var) {
            VarKind::Unknown(_) | VarKind::TextOf(..) => true,
            VarKind::Text(base, ..) => {
                let again = tested.contains(&base);
                tested.push(base);
                again
            }
            _ => false,
        })
    }

    fn words(&self, witness: &Witness) -> String {
        Words { solver: &self.solver, model: self.solver.model() }.sample_in_full(witness)
    }
}
