//! Tests on one cell: what filters mostly ask of the event that they look at, without going by a value of any type.

use super::{Condition, Id, Program, Term};
use crate::{
    fast::{row::Props, value::Seen},
    ruleset::Comparison,
    units::Number,
};
use smol_str::SmolStr;
use std::cmp::Ordering;

/// A test on one property.
#[derive(Clone, Debug)]
pub enum CellTest {
    /// It is a number, and compares so.
    Number(u8, Comparison, Number),
    /// It is a text, and one of these, or (then it is not) none of them.
    Words(u8, Box<[SmolStr]>, bool),
}

impl CellTest {
    /// Whether it holds.
    #[inline]
    pub fn holds(&self, props: Props<'_>) -> bool {
        match self {
            Self::Number(slot, is, than) => props.number(*slot).is_some_and(|number| is.admits(number.cmp(than))),
            Self::Words(slot, words, is_one) => {
                props.letters(*slot).is_some_and(|letters| words.iter().any(|word| word.as_bytes() == letters) == *is_one)
            }
        }
    }
}

/// The tests on one cell, by the condition that they are.
pub fn cell_tests(program: &Program<'_>) -> Vec<Option<CellTest>> {
    program.conditions.iter().map(|condition| cell_test(program, condition)).collect()
}

fn cell_test(program: &Program<'_>, condition: &Condition) -> Option<CellTest> {
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
        Condition::In(left, list) => CellTest::Words(slot(*left)?, list.iter().map(word).collect::<Option<_>>()?, true),
        _ => return None,
    })
}
