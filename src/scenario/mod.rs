//! Tests: the `test` blocks of a program, played in virtual time on the reference runtime.
//!
//! Job: take the lines of a test one after the other, let the timers on the way fire, and say of each expectation whether
//! it holds, and what was so where it does not. In reading order: `play` (a test, line by line), `value` (what a test hands
//! over), `expect` (whether an expectation holds), `words` (what was so instead), `page` (the timeline beside what was expected), `witness` (a story as a test that
//! fails), `coverage` (what tests reach), `record` (a contact of a log as
//! tests), `matrix` (tests in other zones).
//! Invariants: all funnels of the program run; a test depends on nothing but its lines and the rules; it never waits.
//! Readings where the language is silent: a test begins with its first `at`, and `given` stands before it; what became of a
//! send (`held until`, `capped`) and of a nurture (`finished`) is asked of all that has happened so far; a list is compared without its order;
//! for a run per key `expect in` without `for` asks whether any of the runs is there.
//! Deliberately absent: reading files, threads, and the forms of output, which the command has.

pub mod coverage;
mod expect;
mod matrix;
mod page;
mod play;
mod record;
mod value;
mod witness;
mod words;

pub use matrix::{Repetition, ZONES, repetitions};
pub use page::page;
pub use record::{Recording, Unrecordable};
pub use witness::witness;

use crate::{
    ast::{File, Test, Top},
    lower::Rehearsal,
    ruleset::RuleSet,
    runtime::{EngineError, Prepared},
    source::Span,
};
use jiff::tz::TimeZone;

/// A test of a program, and where it stands.
#[derive(Clone, Debug)]
pub struct Case {
    /// From `test` to its last brace.
    pub span: Span,
    /// Its name, funnel and lines.
    pub test: Test,
}

/// The tests of files, in their order.
#[must_use]
pub fn cases(files: &[File]) -> Vec<Case> {
    let nodes = files.iter().flat_map(|file| &file.items);
    let case = |node: &crate::ast::Node<Top>| match &node.it {
        Top::Test(test) => Some(Case { span: node.span, test: test.clone() }),
        Top::Use(_)
        | Top::Timezone(_)
        | Top::Contact(_)
        | Top::Event(_)
        | Top::Channel(_)
        | Top::Message(_)
        | Top::Action(_)
        | Top::Segment(_)
        | Top::Score(_)
        | Top::Play(_)
        | Top::Assume(_)
        | Top::Guarantee(_)
        | Top::Funnel(_)
        | Top::Broken(_) => None,
    };
    nodes.filter_map(case).collect()
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When, in milliseconds of UTC.
    pub at_ms: i64,
    /// What.
    pub what: Told,
}

/// What a line of the timeline tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// What the test let happen.
    Happening(String),
    /// What the funnels did.
    Deed(String),
    /// What was expected: the words behind `expect`.
    Expected {
        /// The words.
        words: String,
        /// Where they stand.
        span: Span,
        /// Whether it was so.
        holds: bool,
    },
}

/// A line that did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line.
    pub span: Span,
    /// What was expected and what was so, in words; or why the line cannot be played.
    pub words: String,
    /// What to do, where that is known.
    pub help: Option<&'static str>,
}

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The test's name.
    pub name: String,
    /// In which zone and over which change of the clock it was repeated, where it was.
    pub repetition: Option<String>,
    /// The funnel it speaks of.
    pub funnel: String,
    /// Where it stands.
    pub span: Span,
    /// Who it is about: `somebody with consent = yes`.
    pub who: String,
    /// The zone of the contact when the test began.
    pub zone: TimeZone,
    /// What happened and what was expected, by time.
    pub rows: Vec<Row>,
    /// What was wrong, in the order of the lines; nothing where the test passes.
    pub faults: Vec<Fault>,
    /// Which rules it came by and how often, with a number an arm; nothing unless the stage keeps that.
    pub trail: Vec<(String, Option<usize>, u64)>,
    /// The messages that were sent, each as often.
    pub sent: Vec<String>,
}

impl Verdict {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.faults.is_empty()
    }
}

/// A program's rules, made ready for tests.
pub struct Stage<'r> {
    rules: &'r RuleSet,
    prepared: Prepared<'r>,
    /// How much older than the newest record a record may be, in milliseconds; without it, any age will do.
    lateness_ms: Option<i64>,
    keeps_trail: bool,
}

impl<'r> Stage<'r> {
    /// The rules of a program, looked up.
    ///
    /// # Errors
    /// [`EngineError`] for a rule set that cannot be run.
    pub fn new(rules: &'r RuleSet, lateness_ms: Option<i64>) -> Result<Self, EngineError> {
        Ok(Self { rules, prepared: Prepared::new(rules)?, lateness_ms, keeps_trail: false })
    }

    /// The rules of a program whose names and types are whole, looked up, whatever the checks find wrong with it.
    ///
    /// # Errors
    /// [`EngineError`] for a rule set that cannot be run.
    pub fn even_with_errors(rehearsal: &'r Rehearsal, lateness_ms: Option<i64>) -> Result<Self, EngineError> {
        Self::new(rehearsal.rules(), lateness_ms)
    }

    /// It, keeping which rules tests come by.
    #[must_use]
    pub fn keeping_trail(self) -> Self {
        Self { keeps_trail: true, ..self }
    }

    /// Plays a test.
    #[must_use]
    pub fn play(&self, case: &Case) -> Verdict {
        play::play(self, case)
    }
}
