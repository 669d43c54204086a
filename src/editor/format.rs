//! The canonical layout, as a change of what differs alone.

use super::{Program, lines::changed_part};
use crate::{
    diag::Edit,
    fmt,
    source::{FileId, Span},
};

/// The edit that brings a file into the canonical layout; none where it stands in it already. Line ends stay as the file
/// writes them.
#[must_use]
pub fn format(program: &Program, file: FileId) -> Option<Edit> {
    let source = program.source(file);
    let printed = fmt::print(program.tree(file)?);
    let printed = if source.text().contains("\r\n") { printed.replace('\n', "\r\n") } else { printed };
    let (start, old_end, new_end) = changed_part(source.text(), &printed)?;
    let span = Span::new(file, u32::try_from(start).ok()?, u32::try_from(old_end).ok()?);
    Some(Edit { span, text: printed.get(start..new_end)?.to_owned() })
}
