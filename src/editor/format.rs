//! The canonical layout, as a change of what differs alone.

use super::{Program, lines::changed_part};
use crate::{
    diag::Edit,
    fmt,
    source::{FileId, Span},
};

/// The edit that brings a file into the canonical layout; none where it stands in it already. Line ends stay as the file
/// writes them, and what could not be read stays as it is.
///
/// # Errors
/// [`fmt::Refused`] where the new text would not mean what the old one does, which is a mistake of ours.
pub fn format(program: &Program, file: FileId) -> Result<Option<Edit>, fmt::Refused> {
    let text = program.source(file).text();
    let new = fmt::format(text)?.text;
    Ok(changed_part(text, &new).and_then(|(start, old_end, new_end)| {
        let span = Span::new(file, u32::try_from(start).ok()?, u32::try_from(old_end).ok()?);
        Some(Edit { span, text: new.get(start..new_end)?.to_owned() })
    }))
}
