//! What conditions can be true together.
//!
//! Job: decide conditions, and show a contact for whom they hold or the words that clash. A [`Solver`] reads conditions as
//! formulas over variables ([`Var`], what each is says [`VarKind`]) that lie in sets ([`ValueSet`]), adds what always holds
//! between them (`laws`), divides the values of each variable into the cells that the question can tell apart (`grid`), and
//! searches (`search`, after too many steps `sat`).
//! Invariants: "impossible" is a proof; everything is exact integers; equal questions get equal answers.
//! Deliberately absent: where in a funnel a condition stands and what is known there; callers hand that in as facts.

pub mod boxes;
mod core;
mod formula;
mod friendly;
mod grid;
mod laws;
mod linear;
mod pairs;
mod plain;
mod question;
mod read;
mod read_term;
mod sat;
mod search;
mod set;
mod solver;
mod value;
mod var;
mod witness;

pub use formula::{Formula, Literal, Never};
pub use pairs::Pairs;
pub use question::{Answer, Clashing, Core, Moment, Part, Question, Witness};
pub use set::{Key, ValueSet};
pub use solver::Solver;
pub use var::{Events, Filter, Operand, Period, Var, VarKind};
