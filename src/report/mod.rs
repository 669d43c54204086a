//! The report of a run: what became of everybody, in numbers that a marketer asks for.
//!
//! Job: a consumer of results in the order in which any engine tells them ([`Watching`]), and what it has counted at the end
//! ([`Report`]).
//! In reading order: `people` (what is known of a contact), `walk` (one run through a funnel), `watch` (the consumer),
//! `promise` (what the files say of the world), `chain` (where people end who go as others went), `finish` (from counts to the
//! report), `figures` (the report itself, which is also its JSON), `csv`, `page`.
//! Invariants: each result is handled in a time that does not grow with the number of results before it, and no list of
//! partial matches is kept; counts are whole numbers, shares are rounded once and half to even; for every stage the visits that
//! began are those that go on, that ended in another stage and that ended outside; the same results give the same bytes.
//! Deliberately absent: engines, files, and how a report looks.

mod chain;
mod csv;
mod figures;
mod finish;
mod page;
mod people;
mod promise;
mod walk;
mod watch;
pub mod words;

pub use chain::{Chain, Prospect};
pub use figures::{
    DayReport, FunnelReport, GoalReport, GroupReport, LeakReport, LeverReport, MessageReport, PromiseReport, RecordsReport, Report,
    SendCounts, SetAsideReport, StageReport, TargetReport, WayReport,
};
pub use watch::Watching;
