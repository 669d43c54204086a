//! From files to findings and a checked program.
//!
//! Job: find the files that belong together (`use`, folders), bring them into declaration order, run the front end over
//! them, and keep what came out. [`Loader`] is the only door to the file system, so that an editor or a web page can
//! hand in texts of its own.
//! Invariants: each file is read once, however often it is used; the order of files depends on their paths alone.
//! Deliberately absent: printing, and files that are not funnel files.

mod ahead;
mod allow;
pub mod codes;
mod echo;
mod load;
mod loader;
mod mend;
pub mod parallel;
mod parts;
mod program;

pub use load::Loaded;
pub use loader::{LoadError, Loader, MemoryLoader, join, normal};
pub use mend::{Made, Mended, Texts, mend_all};
pub use parts::Kept;
pub use program::{Analysis, Resolved, analyse, analyse_with};
