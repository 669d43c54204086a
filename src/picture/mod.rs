//! Pictures of funnels, before they are written in any form.
//!
//! Job: say what a picture of a funnel tells (`content`, and card by card `sheet`), what is laid over it (`notes`), in which
//! colours (`look`, `ink`), how wide its texts are (`measure`), and where everything stands (`card`, `frame` and a module
//! for each view), as a `scene` of shapes.
//! Invariants: declared order is the order of the picture; lengths are whole tenths of a pixel, so that a picture is the same on
//! every machine.
//! Deliberately absent: markup, which belongs to the backends.

pub mod agenda;
pub mod bands;
mod card;
mod compact;
pub mod content;
pub mod diff;
mod figure;
pub mod fold;
mod frame;
pub mod ink;
pub mod journey;
pub mod lanes;
pub mod look;
pub mod measure;
pub mod notes;
pub mod scene;
pub mod sheet;
pub mod timeline;
