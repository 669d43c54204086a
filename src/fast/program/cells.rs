//! Tests on cells: what filters mostly ask of the event that they look at, without going by values of any type, and without anything
//! else that a condition may ask for.

use super::{Condition, Id, Program, Term};
use crate::{
    fast::{row::Props, value::Seen},
    ruleset::Comparison,
    units::Number,
};
use smol_str::SmolStr;
use std::cmp::Ordering;

/// A test on the properties of an event.
#[derive(Clone, Debug)]
pub enum CellTest {
    /// It is a number, and compares so.
    Number(u8, Comparison, Number),
    /// It is a text, and one of these, or (then it is not) none of them.
    Words(u8, Box<[SmolStr]>, bool),
    /// One of these holds.
    Any(Box<[CellTest]>),
    /// Each of these holds.
    All(Box<[CellTest]>),
    /// This does not hold.
    Not(Box<CellTest>),
}

impl CellTest {
    /// Whether it holds.
    #[inline]
    pub fn holds(&self, props: Props<'_>) -> bool {
        match self {
            Self::Number(slot, is, than) => props.number(*slot).is_some_and(|number| is.admits(number.cmp(than))),
            Self::Words(slot, words, is_one) => {
                // Most words differ at once.
                let is = |word: &SmolStr, letters: &[u8]| word.as_bytes().first() == letters.first() && word.as_bytes() == letters;
                props.letters(*slot).is_some_and(|letters| words.iter().any(|word| is(word, letters)) == *is_one)
            }
            Self::Any(sides) => sides.iter().any(|side| side.holds(props)),
            Self::All(sides) => sides.iter().all(|side| side.holds(props)),
            Self::Not(side) => !side.holds(props),
        }
    }
}

/// The conditions that are no more than tests on cells, by number: each has its parts before it.
pub fn cell_tests(program: &Program<'_>) -> Vec<Option<CellTest>> {
    let mut tests: Vec<Option<CellTest>> = Vec::with_capacity(program.conditions.len());
    for condition in &program.conditions {
        tests.push(cell_test(program, condition, &tests));
    }
    tests
}

fn cell_test(program: &Program<'_>, condition: &Condition, before: &[Option<CellTest>]) -> Option<CellTest> {
    let part = |side: &Id| before.get(*side as usize)?.clone();
    let slot = |term: Id| match program.terms[term as usize] {
        Term::Property(slot) => Some(slot),
        _ => None,
    };
    let constant = |term: &Id| match program.terms[*term as usize] {
        Term::Constant(at) => Some(program.constants[at as usize].seen()),
        _ => None,
    };
    let word = |term: &Id| constant(term)?.as_text().map(SmolStr::from);
    Some(match condition {
        Condition::Compare(left, is, right) => match (constant(right)?, is) {
            (Seen::Number(than), _) => CellTest::Number(slot(*left)?, *is, than),
            (_, Comparison::Equal | Comparison::NotEqual) => {
                CellTest::Words(slot(*left)?, Box::new([word(right)?]), is.admits(Ordering::Equal))
            }
            _ => return None,
        },
        Condition::Any(sides) if !sides.is_empty() => CellTest::Any(sides.iter().map(part).collect::<Option<_>>()?),
        Condition::All(sides) if !sides.is_empty() => CellTest::All(sides.iter().map(part).collect::<Option<_>>()?),
        Condition::Not(side) => CellTest::Not(Box::new(part(side)?)),
        Condition::In(left, list) => CellTest::Words(slot(*left)?, list.iter().map(word).collect::<Option<_>>()?, true),
        _ => return None,
    })
}
