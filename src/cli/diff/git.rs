//! Files as of a git reference, read by the program `git`.

use crate::{
    cli::Failure,
    workspace::{LoadError, Loader, normal},
};
use std::{
    io::ErrorKind,
    path::Path,
    process::{Command, Output},
};

/// The files of a commit, by their paths as seen from the folder we are in.
pub struct Git {
    /// As the user wrote it.
    reference: String,
    /// The commit that it means.
    commit: String,
}

fn git(arguments: &[&str]) -> Result<Output, Failure> {
    Command::new("git").args(arguments).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::World(
            "the older version is to come from git, and there is no program `git` here: install it, or give two files".to_owned(),
        ),
        _ => Failure::World(format!("`git` cannot be started: {error}")),
    })
}

impl Git {
    /// The files as of a reference: a branch, a tag, a commit.
    ///
    /// # Errors
    /// [`Failure::World`] where there is no git, no repository, or no such reference.
    pub fn at(reference: &str) -> Result<Self, Failure> {
        if !git(&["rev-parse", "--is-inside-work-tree"])?.status.success() {
            return Err(Failure::World(
                "the folder we are in is in no git repository: go into one, or give two files to compare".to_owned(),
            ));
        }
        let name = format!("{reference}^{{commit}}");
        let found = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
        if !found.status.success() {
            let hint = if is_shallow() { "; this clone is shallow: fetch more of it, with `fetch-depth: 0` in GitHub Actions" } else { "" };
            return Err(Failure::World(format!("this repository has no branch, tag or commit `{reference}`{hint}")));
        }
        let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        Ok(Self { reference: reference.to_owned(), commit })
    }

    /// The funnel files that some paths stood for then: a file for itself, a folder for all `.funnel` files below it.
    ///
    /// # Errors
    /// [`Failure::World`] for a path that was not there then.
    pub fn funnel_files(&self, paths: &[String]) -> Result<Vec<String>, Failure> {
        let mut files = Vec::new();
        for path in paths {
            let before = files.len();
            let from_here = relative(path);
            let listed = git(&["ls-tree", "-r", "-z", "--name-only", &self.commit, "--", &from_here])?;
            if !listed.status.success() {
                let reason = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
                return Err(Failure::World(format!("`{path}` cannot be read as of `{}`: {reason}", self.reference)));
            }
            let text = String::from_utf8_lossy(&listed.stdout).into_owned();
            let is_hidden = |name: &str| name.split('/').any(|part| part.starts_with('.') && part != "." && part != "..");
            let funnels = text.split('\0').filter(|name| *name == from_here || name.ends_with(".funnel") && !is_hidden(name));
            files.extend(funnels.filter(|name| !name.is_empty()).map(normal));
            if files.len() == before {
                return Err(Failure::World(if Path::new(path).is_dir() {
                    format!("the folder `{path}` held no `.funnel` file as of `{}`: all of it is new, and nobody is inside", self.reference)
                } else if Path::new(path).exists() {
                    format!("there was no file `{path}` as of `{}`: it is new, and nobody is inside", self.reference)
                } else {
                    format!("there is no file `{path}`, nor was there one as of `{}`", self.reference)
                }));
            }
        }
        files.sort();
        files.dedup();
        Ok(files)
    }
}

fn is_shallow() -> bool {
    git(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| said.stdout.starts_with(b"true"))
}

/// A path as seen from the folder we are in.
fn relative(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = Path::new(path).strip_prefix(&here).ok().map(|rest| rest.to_string_lossy().into_owned());
    let path = normal(inside.as_deref().unwrap_or(path));
    if path.is_empty() { ".".to_owned() } else { path }
}

impl Loader for Git {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        let unreadable = |reason: String| LoadError::Unreadable { path: path.to_owned(), reason };
        let object = format!("{}:./{}", self.commit, relative(path));
        let shown = git(&["cat-file", "blob", &object]).map_err(|failure| unreadable(failure.to_string()))?;
        if !shown.status.success() {
            return Err(LoadError::Missing(format!("{path} (as of {})", self.reference)));
        }
        String::from_utf8(shown.stdout)
            .map_err(|error| LoadError::NotText { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })
    }
}
