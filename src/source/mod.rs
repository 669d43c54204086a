//! Source texts and places in them.
//!
//! Job: keep every text that takes part in a compilation, and turn byte offsets into lines and columns.
//! Invariants: a [`Span`] always names a file of the [`SourceMap`] it was made for; offsets are byte offsets at
//! character boundaries; files are at most 16 MiB, so that `u32` is ample.
//! Deliberately absent: reading files. Texts come in from outside through `workspace::Loader`.

mod map;
mod position;
mod scan;
mod sentence;
mod span;

pub use map::{FileId, SourceFile, SourceMap, harmless};
pub use position::{LineIndex, Position};
pub use scan::{Piece, pieces};
pub use sentence::sentence_of;
pub use span::Span;
