//! Checks of several funnels together: what one does makes the other do something.

pub mod chase;
pub mod rivals;
pub mod shut_out;
