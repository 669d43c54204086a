//! What a command writes lies apart from what it reads, and from what else it writes.

use super::Failure;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An option that says where something is written, and what it says.
pub type Written<'a> = (&'static str, Option<&'a str>);

/// Sees to it that nothing is written over a file that is read, and no two things into one file.
///
/// # Errors
/// [`Failure::Usage`] says what would be lost.
pub fn apart<'a>(read: impl IntoIterator<Item = &'a str>, written: &[Written<'a>]) -> Result<(), Failure> {
    let mut places: Vec<(&str, PathBuf)> = Vec::new();
    for (option, path) in written {
        let Some(place) = path.filter(|path| *path != "-").and_then(place) else { continue };
        if let Some((other, _)) = places.iter().find(|(_, taken)| *taken == place) {
            let path = path.unwrap_or_default();
            return Err(Failure::Usage(format!("`{other}` and `{option}` are the same file, `{path}`: give each one of its own")));
        }
        places.push((option, place));
    }
    for path in read {
        let there = place(path);
        if let Some((option, _)) = places.iter().find(|(_, taken)| Some(taken) == there.as_ref()) {
            return Err(Failure::Usage(format!("`{option}` would write over `{path}`, which is read: give it a file of its own")));
        }
    }
    Ok(())
}

/// Where a file lies, whatever it is called; nothing for what is no file, such as a pipe.
fn place(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    match fs::metadata(path) {
        Ok(it) => it.is_file().then(|| fs::canonicalize(path).ok())?,
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
        }
    }
}
