//! Pictures of funnels, before they are written in any form.
//!
//! Job: say what a picture of a funnel tells (`content`), in which colours (`look`), how wide its texts are (`measure`).
//! Invariants: declared order is the order of the picture; lengths are whole tenths of a pixel, so that a picture is the same on
//! every machine.
//! Deliberately absent: markup, which belongs to the backends.

pub mod content;
pub mod look;
pub mod measure;
