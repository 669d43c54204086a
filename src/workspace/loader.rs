//! The door to the file system, and paths.

use std::collections::BTreeMap;

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// There is none of this name.
    #[error("there is no file `{0}`")]
    Missing(String),
    /// Its bytes are not UTF-8.
    #[error("`{path}` is not UTF-8 text: byte {offset} does not fit; save it as UTF-8")]
    NotText {
        /// Which file.
        path: String,
        /// The first byte that does not fit, from 0.
        offset: usize,
    },
    /// The system refuses.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system says.
        reason: String,
    },
}

/// Where texts come from. Paths have `/` between their parts.
pub trait Loader {
    /// The text of a file.
    ///
    /// # Errors
    /// [`LoadError`] in the user's words.
    fn read(&self, path: &str) -> Result<String, LoadError>;
}

/// Texts in memory, for tests and editors.
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    texts: BTreeMap<String, String>,
}

impl MemoryLoader {
    /// These texts under these paths.
    pub fn new<P: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (P, T)>) -> Self {
        Self { texts: texts.into_iter().map(|(path, text)| (path.into(), text.into())).collect() }
    }
}

impl Loader for MemoryLoader {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        self.texts.get(path).cloned().ok_or_else(|| LoadError::Missing(path.to_owned()))
    }
}

/// The path without `.` and, where possible, without `..`; `\` counts as `/`.
#[must_use]
pub fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

/// `relative` as seen from the folder of the file `from`.
#[must_use]
pub fn join(from: &str, relative: &str) -> String {
    if relative.starts_with('/') {
        return normal(relative);
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let rooted = from.starts_with('/') && folder.is_empty();
    if folder.is_empty() && !rooted { normal(relative) } else { normal(&format!("{folder}/{relative}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_from_the_file_that_names_them() {
        assert_eq!(join("a/b/main.funnel", "../shop.funnel"), "a/shop.funnel");
        assert_eq!(join("main.funnel", "./x//shop.funnel"), "x/shop.funnel");
        assert_eq!(join("main.funnel", "../shop.funnel"), "../shop.funnel");
        assert_eq!(join("/main.funnel", "shop.funnel"), "/shop.funnel");
        assert_eq!(join("../a.funnel", "../b.funnel"), "../../b.funnel");
    }
}
