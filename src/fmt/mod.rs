//! The canonical layout of funnel text.
//!
//! Job: print a tree so that it parses to the same tree, and printing that again gives the same text. Also the one-line
//! forms that sentences, diagrams and reports quote.
//! Invariants: comments and at most one blank line between items are kept; parentheses come from precedence; text
//! that did not parse passes through untouched.
//! Deliberately absent: choices. There is one layout: two spaces per level, [`WIDTH`] columns, conditions that are
//! longer broken before `and` and `or`, lists behind commas, a short block of one item on its line where the author put it
//! there.

mod damage;
mod declaration;
mod expression;
mod format;
mod funnel;
mod guarantee;
mod layout;
mod step;
mod test;

pub use format::{Formatted, Refused, format};

use crate::ast::{Condition, Enter, EventMatch, File, InstantExpr, Leave, Step, TestItem, Value};
use layout::Printer;

/// Columns of a line.
pub const WIDTH: usize = 100;

/// The whole file in the canonical layout.
#[must_use]
pub fn print(file: &File) -> String {
    print_with(file, "\n")
}

/// [`print`] with other ends of lines.
fn print_with(file: &File, line_end: &'static str) -> String {
    let mut printer = Printer::new(line_end);
    printer.nodes(&file.items, &file.tail, Printer::top);
    printer.finish()
}

/// A condition on one line.
#[must_use]
pub fn condition(condition: &Condition) -> String {
    expression::condition(condition)
}

/// A value on one line.
#[must_use]
pub fn value(value: &Value) -> String {
    expression::value(value)
}

/// An event with its message and `where`, on one line.
#[must_use]
pub fn event_match(event: &EventMatch) -> String {
    expression::event(event)
}

/// An instant, without what is said of its past: `2 days before entry.starts_at at 09:00`.
#[must_use]
pub fn instant(instant: &InstantExpr) -> String {
    expression::instant(instant)
}

/// A door on one line: `enter from aware when comment`.
#[must_use]
pub fn enter(enter: &Enter) -> String {
    funnel::enter(enter).flat()
}

/// A way out on one line: `leave after 30 days`.
#[must_use]
pub fn leave(leave: &Leave) -> String {
    funnel::leave(leave).flat()
}

/// The first line of a step, without its blocks: `if had clicked welcome`.
#[must_use]
pub fn step_line(step: &Step) -> String {
    step::head(step).flat()
}

/// A line of a test: `expect in customer`.
#[must_use]
pub fn test_line(item: &TestItem) -> String {
    test::line(item)
}
