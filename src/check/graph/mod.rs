//! Checks on the shape of the funnel: who can get where.

pub mod no_goal;
pub mod no_way_on;
pub mod rest;
pub mod trap;
pub mod unreachable;
pub mod unrecorded;
