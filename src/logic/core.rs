//! Why something cannot be: parts of it none of which can be left out.

use super::{
    Clashing, Core, Var,
    formula::{Formula, LAW},
    solver::Prepared,
};
use crate::source::Span;

/// More words than this are not tried one by one.
const WORDS_MAX: usize = 400;

/// The words and facts of a question that cannot be, less those without which it still cannot.
pub(super) fn core_of(prepared: &Prepared) -> Core {
    let mut words: Vec<Clashing> = Vec::new();
    let mut add = |part: u32, span: Option<Span>, var: Option<Var>| {
        let part = if part == LAW { None } else { usize::try_from(part).ok() };
        if let (Some(part), Some(span)) = (part, span)
            && !words.iter().any(|it| it.part == part && it.span == span)
        {
            words.push(Clashing { part, span, var });
        }
    };
    for formula in &prepared.formulas {
        never(formula, &mut add);
        formula.each(&mut |it| add(it.part, it.span, Some(it.var)));
    }
    let mut facts: Vec<usize> = (0..prepared.facts.len()).collect();
    let fails = |words: &[Clashing], facts: &[usize]| {
        let relaxed = |part: u32, span: Option<Span>| {
            span.is_some_and(|span| part != LAW && !words.iter().any(|it| u32::try_from(it.part) == Ok(part) && it.span == span))
        };
        prepared.search(&relaxed, &|n| !facts.contains(&n)).is_none()
    };
    let mut at = facts.len();
    while at > 0 {
        at -= 1;
        let mut fewer = facts.clone();
        fewer.remove(at);
        if fails(&words, &fewer) {
            facts = fewer;
        }
    }
    if words.len() <= WORDS_MAX {
        let mut at = words.len();
        while at > 0 {
            at -= 1;
            let mut fewer = words.clone();
            fewer.remove(at);
            if fails(&fewer, &facts) {
                words = fewer;
            }
        }
    }
    words.sort_by_key(|it| (it.part, it.span));
    Core { words, facts }
}

fn never(formula: &Formula, add: &mut dyn FnMut(u32, Option<Span>, Option<Var>)) {
    match formula {
        Formula::False(it) => add(it.part, it.span, None),
        Formula::All(list) | Formula::Any(list) => list.iter().for_each(|it| never(it, add)),
        Formula::True | Formula::Is(_) => {}
    }
}
