//! The file system and the terminal.

use super::Failure;
use crate::workspace::{LoadError, Loader, normal};
use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
};

/// Files of the system.
pub struct Files;

impl Loader for Files {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        let bytes = fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => LoadError::Missing(path.to_owned()),
            _ => LoadError::Unreadable { path: path.to_owned(), reason: error.to_string() },
        })?;
        String::from_utf8(bytes).map_err(|error| LoadError::NotText { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })
    }
}

/// The funnel files that paths stand for: a file for itself, a folder for all `.funnel` files below it.
///
/// # Errors
/// [`Failure::World`] for a path that is not there, and for a folder without a funnel file.
pub fn funnel_files(paths: &[String]) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if Path::new(path).is_dir() {
            let before = files.len();
            walk(path, &mut files)?;
            if files.len() == before {
                return Err(Failure::World(format!("the folder `{path}` holds no `.funnel` file")));
            }
        } else {
            files.push(normal(path));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(folder: &str, files: &mut Vec<String>) -> Result<(), Failure> {
    let unreadable = |error: io::Error| Failure::World(format!("the folder `{folder}` cannot be read: {error}"));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{}/{name}", folder.trim_end_matches('/'));
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() && !name.starts_with('.') {
            walk(&path, files)?;
        } else if !kind.is_dir() && Path::new(&name).extension().is_some_and(|ending| ending == "funnel") {
            files.push(normal(&path));
        }
    }
    Ok(())
}

/// The width of the terminal that findings go to, in columns.
pub fn terminal_width() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| (40..=400).contains(columns))
}

/// Whether people read standard output as it comes.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether people read standard error as it comes.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Where output goes: a file, or standard output for `-` and for nothing.
///
/// # Errors
/// [`Failure::World`] where the file cannot be made.
pub fn writer(path: Option<&str>) -> Result<Box<dyn Write>, Failure> {
    match path {
        None | Some("-") => Ok(Box::new(io::BufWriter::new(io::stdout().lock()))),
        Some(path) => {
            let file = fs::File::create(path).map_err(|error| Failure::World(format!("`{path}` cannot be written: {error}")))?;
            Ok(Box::new(io::BufWriter::new(file)))
        }
    }
}

/// Writes a whole text to a file or standard output.
///
/// # Errors
/// [`Failure::World`] where it cannot be written.
pub fn write_text(path: Option<&str>, text: &str) -> Result<(), Failure> {
    let mut out = writer(path)?;
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
