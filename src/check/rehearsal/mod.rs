//! Rehearsals: what the funnels do by themselves to a contact of whom as little as possible is assumed.
//!
//! Job: play the rules of time (know, move, nurture, echo, timers) from a stage that has just been entered, or a play that
//! has just begun, while the world is silent; find where this comes round to its beginning.
//! What is not known of the contact is asked for when it matters: each answer that is possible is played through, and what
//! was assumed stands in the lap that is found. Other funnels come in when something concerns them.
//! Invariants: work is bounded, the order of everything is fixed; a lap that leans on something that could not be decided
//! is not `sure`.
//! Deliberately absent: quiet hours, points that time alone gives to scores, and everything the world does.

mod choice;
mod condition;
mod moves;
mod nurture;
mod reads;
mod search;
mod state;
mod term;
mod time;
mod world;

pub use reads::{Hub, reads};
pub use search::{Finding, Start, Stop, rehearse, stages_of};
pub use state::{Mode, Moment, What};
pub use world::World;
