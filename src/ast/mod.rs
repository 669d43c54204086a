//! The tree of a funnel file, as written.
//!
//! Plain data with places; one file per construct. Every construct of the language reaches this tree, in the order and
//! with the words of the file, and so do comments and blank lines (see [`trivia`](Node::trivia)).
//! Invariants: spans lie in the file the tree was made from; text that did not parse stands in it as `Broken`.
//! Deliberately absent: parentheses (the printer puts them back from precedence; `where (…)` keeps them, since they
//! decide what belongs to it) and everything that needs more than one item to know.

mod condition;
mod decl;
mod funnel;
mod guarantee;
mod node;
mod step;
mod test;
mod value;

pub use condition::{
    CompareOp, Condition, ConditionKind, Count, EventMatch, Every, InstantCondition, PastDoor, Schedule, TextTest, Where, Window,
    WindowKind,
};
pub use decl::{
    Action, Attribute, Channel, ChannelItem, Event, EventClause, Head, Message, MessageItem, NoteItem, Param, Play, Rate, Score, ScoreItem,
    ScoreRule, Segment, Type, TypeKind,
};
pub use funnel::{After, Enter, Funnel, FunnelItem, Leave, Nurture, NurtureStart, Reentry, ReentryKind, Source, Stage, StageItem, Target};
pub use guarantee::{Assume, Guarantee, GuaranteeKind, MessageScope, StageRef};
pub use node::{Block, Broken, Comment, File, Ident, Node, Text, Top, Trivia};
pub use step::{Arg, Arm, Branch, PastWait, Repeat, Split, SplitArm, SplitShare, Step, Wait, WaitArms};
pub use test::{Expectation, Given, Test, TestItem};
pub use value::{
    Aggregate, AggregateKind, ArithmeticOp, DateTime, InstantBase, InstantExpr, Offset, OffsetSide, PathRoot, Spanned, Value, ValueKind,
};
