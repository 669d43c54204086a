//! The file system and the terminal.

use super::Failure;
use crate::workspace::{LoadError, Loader, normal};
use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    path::Path,
};

/// Files of the system, and perhaps one text that came in by standard input under a name of its own.
#[derive(Default)]
pub struct Files {
    /// The name and the text.
    pub stdin: Option<(String, String)>,
}

impl Loader for Files {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        if let Some((name, text)) = &self.stdin
            && name == path
        {
            return Ok(text.clone());
        }
        let bytes = fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => LoadError::Missing(path.to_owned()),
            _ => LoadError::Unreadable { path: path.to_owned(), reason: error.to_string() },
        })?;
        text_of(path, bytes)
    }
}

fn text_of(path: &str, bytes: Vec<u8>) -> Result<String, LoadError> {
    String::from_utf8(bytes).map_err(|error| LoadError::NotText { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })
}

/// All of standard input, under this name.
///
/// # Errors
/// [`Failure::World`] where it cannot be read or is no text.
pub fn stdin_as(name: &str) -> Result<Files, Failure> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let text = text_of(name, bytes).map_err(|error| Failure::World(error.to_string()))?;
    Ok(Files { stdin: Some((name.to_owned(), text)) })
}

/// The funnel files that paths stand for: a file for itself, a folder for all `.funnel` files below it, a pattern for the
/// files and folders it fits. A file that is really there is never taken for a pattern.
///
/// # Errors
/// [`Failure::World`] for a path that is not there, and for a folder or pattern without a funnel file.
pub fn funnel_files(paths: &[String]) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if Path::new(path).is_dir() {
            walk(path, &mut files)?;
            if files.len() == before {
                return Err(Failure::World(format!("the folder `{path}` holds no `.funnel` file")));
            }
        } else if path.contains(['*', '?', '[']) && !Path::new(path).exists() {
            matching(path, &mut files)?;
            if files.len() == before {
                return Err(Failure::World(format!("no `.funnel` file fits the pattern `{path}`")));
            }
        } else {
            files.push(normal(path));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The funnel files below a folder, in order; there may be none.
///
/// # Errors
/// [`Failure::World`] for a folder that cannot be read.
#[cfg(feature = "lsp")]
pub fn files_below(folder: &str) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    files.sort();
    Ok(files)
}

/// The funnel files that a pattern fits, and those in the folders it fits.
fn matching(pattern: &str, files: &mut Vec<String>) -> Result<(), Failure> {
    // As in a shell, a star does not stand for what hides behind a point.
    let options = glob::MatchOptions { require_literal_leading_dot: true, require_literal_separator: true, case_sensitive: true };
    let found = glob::glob_with(pattern, options)
        .map_err(|error| Failure::Usage(format!("`{pattern}` is no pattern: {} at character {}", error.msg, error.pos + 1)))?;
    for path in found {
        let path = path.map_err(|error| Failure::World(format!("`{}` cannot be read: {}", error.path().display(), error.error())))?;
        let name = path.to_string_lossy();
        if path.is_dir() {
            walk(&name, files)?;
        } else if path.extension().is_some_and(|ending| ending == "funnel") {
            files.push(normal(&name));
        }
    }
    Ok(())
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

/// Whether people answer by standard input.
pub fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether people read standard output as it comes.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether people read standard error as it comes.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// So many bytes are written in one go.
const WRITTEN: usize = 1 << 16;

/// A file that keeps what it holds until the first that is written anew, or until the end if nothing is: who cannot even begin has
/// taken nothing away.
struct Anew {
    path: String,
    file: fs::File,
    is_begun: bool,
}

impl Anew {
    /// Does something with the file, when it is empty; an error names it.
    fn with<T>(&mut self, does: impl FnOnce(&mut fs::File) -> io::Result<T>) -> io::Result<T> {
        let begin = |file: &fs::File| if file.metadata()?.is_file() { file.set_len(0) } else { Ok(()) };
        let begun = if self.is_begun { Ok(()) } else { begin(&self.file) };
        self.is_begun = true;
        let done = begun.and_then(|()| does(&mut self.file));
        done.map_err(|error| io::Error::new(error.kind(), format!("`{}` cannot be written: {error}", self.path)))
    }
}

impl Write for Anew {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(io::Write::flush)
    }
}

/// Where output goes: a file, or standard output for `-` and for nothing. What a file held before is gone with the first that is
/// written, or when it is flushed.
///
/// # Errors
/// [`Failure::World`] where the file cannot be made.
pub fn writer(path: Option<&str>) -> Result<Box<dyn Write>, Failure> {
    match path {
        None | Some("-") => Ok(Box::new(io::BufWriter::with_capacity(WRITTEN, io::stdout().lock()))),
        Some(path) => {
            let file = fs::File::options().write(true).create(true).truncate(false).open(path);
            let file = file.map_err(|error| Failure::World(format!("`{path}` cannot be written: {error}")))?;
            Ok(Box::new(io::BufWriter::with_capacity(WRITTEN, Anew { path: path.to_owned(), file, is_begun: false })))
        }
    }
}

/// The form that goes with the ending of an output, if one does.
pub fn by_ending<F: Copy>(output: Option<&str>, forms: &[(&str, F)]) -> Option<F> {
    let path = output?;
    forms.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, form)| *form)
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

/// Writes a file beside the old one and puts it in its place, with the old one's permissions.
///
/// # Errors
/// What the file system says.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    // What a link points at is changed, not the link.
    let path = fs::canonicalize(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    })();
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written
}
