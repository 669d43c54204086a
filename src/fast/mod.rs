//! The fast runtime: what the reference does, byte for byte, over tables.
//!
//! A rule set becomes a `program` of dense tables: names are numbers, conditions nodes over slots of a record and of a contact.
//! Records become `row`s that keep what some rule reads. Contacts are spread over `shard`s, one for each thread, which share
//! nothing; what happened is merged into the one order of results.
//! In reading order: `program`, `row`, `bare`, `shapes` and `feed` (what comes in), `readers` (on several threads), `state`, `more`,
//! `track`, `people`, `roll`, `names`, `counted` and `known` (what is kept), `engine`, `rounds`, `shard` and `intake` (the order of
//! time), `turn`, `know`, `settle`, `moves`, `plays`, `steps`, `sends`, `steady`, `timers`, `clocks`, `scores` (what is done), `view`,
//! `term` and `change` (what is true now), `out`, `taken` and `done` (what comes out).
//! `reach` counts who comes how far without playing anything.
//! `keep` is the same record by record, over contacts that are written down and read back, for stores.
//! Invariants: the reference decides what is right; the output is the same for any number of threads and any size of batches.
//! What the tables do not hold is run by the reference, all of it: a name that stands twice, more than 255 properties of an event that
//! are read ([`fits`] says so), rules that change while they run, and coverage.

#[cfg(feature = "columns")]
mod bare;
mod blocks;
mod change;
mod clocks;
mod counted;
mod digits;
mod done;
mod engine;
mod feed;
pub mod ingest;
mod intake;
mod keep;
mod know;
#[cfg(feature = "columns")]
mod known;
mod more;
mod moves;
mod names;
mod numbers;
mod out;
mod people;
mod plays;
mod program;
pub mod reach;
mod readers;
mod roll;
mod rounds;
mod row;
mod scores;
mod sends;
mod settle;
mod shapes;
mod shard;
mod state;
mod steady;
mod steps;
mod taken;
mod term;
mod timers;
mod track;
mod turn;
mod value;
mod view;

pub use engine::{Settings, fits, fits_hearing, run, run_log};
pub use keep::Keeper;
pub use program::Unfit;
