//! What an editor can ask about funnels: what fits here, what this is, where it is declared, who uses it.
//!
//! Job: keep the texts of an editor and what is known of them ([`Workspace`]), and answer from a [`Program`] and a place in
//! it, in types of our own. A language server, a web page or a test asks the same functions.
//! Invariants: every answer holds for the texts the program was made from; places are byte offsets; only files that changed
//! are parsed again; what a name means is what the compiler resolved it to, never a guess by its letters where there is a
//! resolution.
//! Deliberately absent: protocols, threads, files, and columns in UTF-16, which belong to the edge.

mod actions;
mod complete;
mod fold;
mod format;
mod hints;
mod hover;
mod lens;
mod lines;
mod meanings;
mod names;
mod picture;
mod place;
mod problems;
mod program;
mod rename;
mod search;
mod symbols;
mod tokens;
mod workspace;

pub use actions::{Action, actions, all_safe};
pub use complete::{Completion, CompletionKind, complete, skeletons};
pub use fold::{Fold, folds};
pub use format::format;
pub use hints::{Hint, hints};
pub use hover::{Hover, hover};
pub use lens::{Lens, lenses};
pub use lines::changed_part;
pub use meanings::{Named, Thing};
pub use picture::{Picture, funnel_near, picture};
pub use problems::{Kept, Problem};
pub use program::Program;
pub use rename::{RenameError, renamable, rename};
pub use search::{declarations, references};
pub use symbols::{Symbol, SymbolKind, symbols, workspace_symbols};
pub use tokens::{Token, TokenKind, tokens, vocabulary};
pub use workspace::{Grouping, Workspace};
