//! funnelc, the compiler for customer journeys.
//!
//! This page is the map of the crate, in the order of a text on its way through it:
//!
//! | module | job |
//! |---|---|
//! | [`source`], [`units`] | texts and places in them; exact numbers, durations, shares, dates |
//! | [`diag`] | findings, and how they are drawn |
//! | [`ast`], [`parse`], [`fmt`] | the tree of a file; text to tree, the only module that knows the parser library; tree to text |
//! | [`model`], [`resolve`] | the resolved program; names and types |
//! | [`graph`], [`logic`], [`facts`], [`check`] | the flow of people between stages; what can be true together; what is known where; what is wrong |
//! | [`catalog`] | every code of every phase |
//! | [`config`] | `funnelc.yaml`: levels of codes, and what checks are told |
//! | [`ruleset`], [`lower`] | the executable rule set, which is also the wire format; from the checked program to it |
//! | [`picture`], [`emit`] | what pictures say, and where it stands; backends: YAML, JSON, SVG, PNG, Mermaid, Graphviz, text, pages |
//! | `runtime` | executes rule sets on event logs |
//! | `fast` | does the same over tables, many times as fast |
//! | [`diff`] | two versions of a rule set: what an edit does to people |
//! | `report` | counts what happened on a log: stages, leaks, messages, broken promises, cohorts |
//! | `reach` | counts how far contacts come, step by step, within a time |
//! | `store` | keeps what a run knows in SQLite, so that the next one goes on where it ended |
//! | `story` | plays findings on the runtime: what happens to one contact, dated |
//! | `scenario` | plays `test` blocks on the runtime: what was expected beside what happened |
//! | `survey` | what is in an event log, and the declarations that fit it |
//! | [`template`] | what a new project begins with |
//! | [`workspace`] | files in, findings and programs out; its `Loader` is the only door to the file system |
//! | `editor` | what an editor can ask, without any transport |
//! | `cli` | the command line, the language server among its commands |
//!
//! Stages: text → [`parse::Parsed`] → [`model::Model`] → [`check::Checked`] → [`ruleset::RuleSet`] → backends and runtime.
//! Each front stage returns *(result, findings)*. Only `Checked`, which exists while no error remains, may be lowered to
//! a rule set. Backends and runtime read the rule set and nothing earlier. Which module may use which is kept by
//! `tests/architecture.rs`.

// The code that pest derives without `std` names this crate.
extern crate alloc;

pub mod ast;
pub mod catalog;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod diag;
pub mod diff;
#[cfg(feature = "editor")]
pub mod editor;
pub mod emit;
pub mod facts;
#[cfg(feature = "runtime")]
pub mod fast;
pub mod fmt;
pub mod graph;
pub mod logic;
pub mod lower;
pub mod model;
pub mod parse;
pub mod picture;
#[cfg(feature = "runtime")]
pub mod reach;
#[cfg(feature = "runtime")]
pub mod report;
pub mod resolve;
pub mod ruleset;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "runtime")]
pub mod scenario;
pub mod source;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "runtime")]
pub mod story;
#[cfg(feature = "runtime")]
pub mod survey;
pub mod template;
pub mod units;
pub mod workspace;
