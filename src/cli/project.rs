//! The `funnelc.yaml` that holds for a file: the nearest one above it.

use super::Failure;
use crate::{
    check::Settings,
    config::{Choice, Config, FILE_NAME},
    diag::Diagnostics,
    source::{FileId, SourceMap},
    units::Date,
    workspace::{Analysis, Loaded, analyse_with},
};
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// What holds where nothing is configured, and what the command line says.
#[derive(Default)]
pub struct Project {
    /// The file to read instead of looking for one.
    pub config: Option<String>,
    /// What the command line chooses.
    pub choice: Choice,
    /// The day to look from, if the command line names one.
    pub as_of: Option<Date>,
    /// What was found, by folder.
    folders: Mutex<HashMap<PathBuf, Arc<Found>>>,
}

/// A configuration with the path it was read from.
#[derive(Default)]
struct Found {
    path: Option<PathBuf>,
    config: Config,
}

impl Project {
    /// A project as the command line says.
    pub fn new(config: Option<String>, choice: Choice, as_of: Option<Date>) -> Self {
        Self { config, choice, as_of, folders: Mutex::default() }
    }

    /// Analyses a program whose roots are `files`, and gives its findings their levels.
    ///
    /// # Errors
    /// A configuration that cannot be used.
    pub fn analyse(&self, loaded: Loaded, files: &[String]) -> Result<Analysis, Failure> {
        let settings = self.settings(files)?;
        let mut analysis = analyse_with(loaded, settings);
        let all = std::mem::take(&mut analysis.diagnostics);
        analysis.diagnostics = self.judged(all, &analysis.sources)?;
        Ok(analysis)
    }

    /// Findings with the levels that hold for their files; what is off is left out.
    ///
    /// # Errors
    /// A configuration that cannot be used.
    pub fn judged(&self, findings: Diagnostics, sources: &SourceMap) -> Result<Diagnostics, Failure> {
        let configs = self.configs(sources)?;
        let judged = findings.into_iter().filter_map(|finding| {
            let found = configs.get(&finding.primary.span.file)?;
            self.choice.judge(finding, &found.config)
        });
        Ok(judged.collect())
    }

    fn configs(&self, sources: &SourceMap) -> Result<HashMap<FileId, Arc<Found>>, Failure> {
        sources.files().map(|(id, file)| Ok((id, self.found(file.name())?))).collect()
    }

    /// What checks are told about a program. Its files must agree on it.
    ///
    /// # Errors
    /// A configuration that cannot be used, or two that do not agree.
    pub fn settings(&self, files: &[String]) -> Result<Settings, Failure> {
        let mut agreed: Option<(Settings, Arc<Found>)> = None;
        for file in files {
            let found = self.found(file)?;
            let settings = found.config.settings();
            match &agreed {
                Some((other, first)) if *other != settings => {
                    let name =
                        |found: &Found| found.path.as_ref().map_or_else(|| "no file".to_owned(), |path| format!("`{}`", shown(path)));
                    return Err(Failure::Usage(format!(
                        "these files belong together, but {} and {} say different things under `check`: let them agree, or check the files with `--separately`",
                        name(first),
                        name(&found)
                    )));
                }
                Some(_) => {}
                None => agreed = Some((settings, found)),
            }
        }
        let settings = agreed.map_or_else(Settings::default, |(settings, _)| settings);
        Ok(Settings { as_of: self.as_of.or(settings.as_of), ..settings })
    }

    /// The configuration that holds for a file.
    fn found(&self, file: &str) -> Result<Arc<Found>, Failure> {
        if let Some(path) = &self.config {
            return self.remembered(PathBuf::new(), |_| read(Path::new(path)).and_then(|found| found.ok_or_else(|| missing(path))));
        }
        let absolute = std::path::absolute(file).map_err(Failure::from)?;
        let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
        self.remembered(folder, |folder| {
            for folder in folder.ancestors() {
                if let Some(found) = read(&folder.join(FILE_NAME))? {
                    return Ok(found);
                }
            }
            Ok(Found::default())
        })
    }

    fn remembered(&self, key: PathBuf, look: impl FnOnce(&Path) -> Result<Found, Failure>) -> Result<Arc<Found>, Failure> {
        // What a thread that ended badly has put in is whole all the same.
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = folders.get(&key) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(look(&key)?);
        folders.insert(key, Arc::clone(&found));
        Ok(found)
    }
}

/// Reads a configuration; `None` where there is no such file.
fn read(path: &Path) -> Result<Option<Found>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(Failure::World(format!("`{}` cannot be read: {error}", shown(path)))),
    };
    let config = Config::parse(&text).map_err(|error| {
        let place = error.place.map(|(line, column)| format!("{line}:{column}: ")).unwrap_or_else(|| " ".to_owned());
        Failure::Usage(format!("{}:{place}{}", shown(path), error.reason))
    })?;
    Ok(Some(Found { path: Some(path.to_owned()), config }))
}

fn missing(path: &str) -> Failure {
    Failure::World(format!("there is no file `{path}`"))
}

/// A path as seen from the folder we are in, where it lies below.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
