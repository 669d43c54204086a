//! Checks that know what people bring to a place: what is ruled out there, answered already, too late, or beaten.

pub mod all_ways_dead;
pub mod answered;
pub mod at_once;
pub mod beaten;
pub mod decided_time;
pub mod false_exits;
pub mod fate;
pub mod late_timer;
pub mod no_exit;
mod places;
pub mod ruled_out;
pub mod silence;
mod told;
pub mod trap_known;
mod unheard;
