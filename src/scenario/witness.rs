//! A story as a test that fails, played before it is handed out.

use super::{Stage, Told, cases};
use crate::{
    diag::Story,
    parse,
    source::FileId,
    story::{self, Unsayable},
};

/// The story as a `test` block under this name that states what ought to be so. It was played in these rules, and what it
/// expects is not so; with a final newline.
///
/// # Errors
/// [`Unsayable`]: why there is no such test.
pub fn witness(stage: &Stage<'_>, story: &Story, name: &str) -> Result<String, Unsayable> {
    let text = story::failing_test(story, name)?;
    let parsed = parse::parse(FileId::new(0), &text);
    let case = cases(std::slice::from_ref(&parsed.file)).into_iter().next().filter(|_| parsed.diagnostics.is_empty());
    let verdict = stage.play(&case.ok_or(Unsayable::Unseen)?);
    let broken = verdict.rows.iter().filter(|row| matches!(row.what, Told::Expected { holds: false, .. })).count();
    // A line that cannot be played is a fault too, and no witness of anything.
    if broken > 0 && broken == verdict.faults.len() { Ok(text) } else { Err(Unsayable::Unseen) }
}
