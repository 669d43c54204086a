//! What is not known of the contact, decided when it matters.
//!
//! A rehearsal takes the first of the answers that are possible and notes the others; each of these is played in a rehearsal
//! of its own, from the beginning.

use super::world::World;
use crate::{
    logic::{Moment, Question},
    model::{Condition, ConditionKind},
};

/// So many questions one rehearsal may ask.
const CHOICES_MAX: usize = 48;

/// The answers of one rehearsal.
#[derive(Debug, Default)]
pub struct Choices {
    given: Vec<u32>,
    taken: usize,
    /// The answers of rehearsals still to be played.
    pub others: Vec<Vec<u32>>,
    /// What was assumed of the contact.
    pub known: Vec<Condition>,
    /// Whether something was assumed that could not be decided.
    pub unsure: bool,
}

impl Choices {
    pub fn new(given: Vec<u32>) -> Self {
        Self { given, ..Self::default() }
    }

    /// One of so many answers; `None` where too much was asked.
    pub fn choose(&mut self, options: u32) -> Option<u32> {
        if options <= 1 {
            return Some(0);
        }
        if self.taken >= CHOICES_MAX {
            return None;
        }
        let answer = match self.given.get(self.taken) {
            Some(answer) => *answer,
            None => {
                for other in 1..options {
                    let mut given = self.given.clone();
                    given.push(other);
                    self.others.push(given);
                }
                self.given.push(0);
                0
            }
        };
        self.taken += 1;
        Some(answer)
    }

    /// Whether something holds of the contact that is not known yet.
    pub fn decide(&mut self, world: &World<'_, '_>, it: Condition) -> Option<bool> {
        let opposite = negated(&it);
        if self.known.iter().any(|known| known.kind == it.kind) {
            return Some(true);
        }
        if self.known.iter().any(|known| known.kind == opposite.kind) {
            return Some(false);
        }
        let may_hold = self.possible(world, &it);
        let may_fail = self.possible(world, &opposite);
        let holds = match (may_hold, may_fail) {
            (true, true) => self.choose(2)? == 0,
            (holds, _) => holds,
        };
        self.known.push(if holds { it } else { opposite });
        Some(holds)
    }

    /// Either answer to something that cannot be decided.
    pub fn guess(&mut self) -> Option<bool> {
        self.unsure = true;
        Some(self.choose(2)? == 0)
    }

    fn possible(&self, world: &World<'_, '_>, it: &Condition) -> bool {
        let question = self.known.iter().chain([it]).fold(Question::new(), Question::holds);
        world.context.solver.can_be(&question.at(Moment::Quiet))
    }
}

/// The opposite of a condition.
pub fn negated(it: &Condition) -> Condition {
    match &it.kind {
        ConditionKind::Not(inner) => (**inner).clone(),
        _ => Condition { span: it.span, kind: ConditionKind::Not(Box::new(it.clone())) },
    }
}
