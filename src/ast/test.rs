//! Test blocks.

use super::{Arg, Block, Broken, DateTime, Ident, Spanned, Text, Value};
use crate::units::{Clock, Duration};

/// `test "whoever buys gets no reminder" for abandoned_cart { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it says.
    pub name: Text,
    /// The funnel `expect in` speaks of.
    pub funnel: Ident,
    /// What happens and what is expected.
    pub body: Block<TestItem>,
}

/// A line of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its construct")]
pub enum TestItem {
    /// `given consent = yes, split subject_line = short`
    Given(Vec<Given>),
    /// `at 2026-03-02 10:00`
    At(Spanned<DateTime>),
    /// `after 3 hours`
    After(Spanned<Duration>),
    /// `purchase(amount: 50)`
    Event {
        event: Ident,
        args: Option<Vec<Arg>>,
    },
    /// `record at 2026-03-02 09:00 purchase(amount: 50)`
    RecordAt {
        time: Spanned<DateTime>,
        event: Ident,
        args: Option<Vec<Arg>>,
    },
    Expect(Expectation),
    Note(Text),
    Broken(Broken),
}

/// One part of `given`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `consent = yes`
    Attribute {
        /// Which.
        attribute: Ident,
        /// Its value.
        value: Value,
    },
    /// `split subject_line = short`
    Split {
        /// Which split.
        split: Ident,
        /// Which arm.
        arm: Ident,
    },
}

/// What is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its construct")]
pub enum Expectation {
    /// `expect not in trial for "A-17"`
    In { not: bool, stage: Ident, key: Option<Text> },
    /// `expect outside`
    Outside,
    /// `expect not sent receipt(amount: 50)`, `expect sent welcome 2 times`
    Sent { not: bool, message: Ident, args: Option<Vec<Arg>>, times: Option<Spanned<u32>> },
    /// `expect welcome held until 08:00`
    Held { message: Ident, until: Spanned<Clock> },
    /// `expect welcome capped`
    Capped { message: Ident },
    /// `expect plan = pro`
    Attribute { attribute: Ident, value: Value },
    /// `expect not did open_ticket(subject: "Bad review")`
    Did { not: bool, action: Ident, args: Option<Vec<Arg>> },
    /// `expect welcome_series finished`
    Finished { play: Ident },
}
