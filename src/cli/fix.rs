//! `funnelc check --fix`: makes safe changes in files, or shows them.

use super::{Failure, args, io, project::Project};
use crate::workspace::{LoadError, Loader, Made, Texts, mend_all};
use similar::TextDiff;
use std::path::Path;

/// The changes of a run.
#[derive(Default)]
pub struct Changes {
    texts: Texts,
    made: Vec<Made>,
}

/// Files with other texts in place of some.
struct Overlay<'a> {
    files: &'a io::Files,
    texts: &'a Texts,
}

impl Loader for Overlay<'_> {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        self.texts.get(path).cloned().map_or_else(|| self.files.read(path), Ok)
    }
}

impl Changes {
    /// Makes the safe changes of a program; what earlier programs changed is there already.
    ///
    /// # Errors
    /// As [`args::analysis_of_files`].
    pub fn mend(&mut self, project: &Project, files: &io::Files, roots: &[String]) -> Result<(), Failure> {
        let mended = mend_all(&mut self.texts, |texts| args::analysis_of_files(project, &Overlay { files, texts }, roots))?;
        self.made.extend(mended.made);
        Ok(())
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Says what was done, or would be.
    pub fn tell(&self, is_done: bool) {
        for Made { file, line, code, title } in &self.made {
            eprintln!("{file}:{line}: {code}: {title}");
        }
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let (changes, files) = (plural(self.made.len(), "change"), plural(self.texts.len(), "file"));
        match (self.is_empty(), is_done) {
            (true, _) => eprintln!("nothing to change: no finding has a change that is safe to make"),
            (false, true) => eprintln!("{changes} made in {files}"),
            (false, false) => eprintln!("{changes} would be made in {files}; without `--diff` they are written"),
        }
    }

    /// The changes as a unified diff.
    ///
    /// # Errors
    /// [`Failure::World`] for a file that cannot be read again.
    pub fn diff(&self, files: &io::Files) -> Result<String, Failure> {
        let mut text = String::new();
        for (path, new) in &self.texts {
            let old = files.read(path).map_err(|error| Failure::World(error.to_string()))?;
            let diff = TextDiff::from_lines(old.as_str(), new.as_str());
            text.push_str(&diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string());
        }
        Ok(text)
    }

    /// Writes the files, each in one go: whoever reads one meanwhile sees the old text or the new, never a part.
    ///
    /// # Errors
    /// [`Failure::World`] for a file that cannot be written.
    pub fn write(&self) -> Result<(), Failure> {
        self.texts.iter().try_for_each(|(path, text)| {
            io::replace(Path::new(path), text).map_err(|error| Failure::World(format!("`{path}` cannot be written: {error}")))
        })
    }
}
