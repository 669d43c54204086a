//! Checks on conditions: what never holds, what always does, what others leave nothing of.

pub mod always;
pub mod covered_arm;
pub mod dead_door;
mod doors;
pub mod gap;
pub mod history;
pub mod implied;
pub mod never;
pub mod no_else;
pub mod shadowed_door;
pub mod sites;
pub mod two_doors;
