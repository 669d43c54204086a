//! Parsing the files of a program on several threads, before they are asked for in their order.
//!
//! Job: guess from the `use` lines which files there are and in which order they will come, read them, and parse them side
//! by side. Whoever loads the program takes what was guessed right and parses the rest; so a wrong guess costs time and
//! nothing else.

use super::{Loader, join, parallel};
use crate::{
    parse::{self, FILE_MAX, Parsed},
    source::FileId,
};
use std::collections::HashMap;

/// What was read and parsed ahead, by path.
#[derive(Default)]
pub(super) struct Ahead {
    texts: HashMap<String, String>,
    parsed: HashMap<String, (FileId, Parsed)>,
}

impl Ahead {
    /// Reads and parses the files of `roots`, normal and sorted, on so many threads; nothing on one.
    pub fn run(loader: &dyn Loader, roots: &[String], threads: usize) -> Self {
        let mut ahead = Self::default();
        if threads <= 1 {
            return ahead;
        }
        let mut order = Vec::new();
        for root in roots {
            ahead.guess(loader, root, &mut order);
        }
        let files: Vec<(FileId, &String)> = order.iter().zip(0..).map(|(path, id)| (FileId::new(id), path)).collect();
        let work = |(id, path): &(FileId, &String)| ahead.texts.get(*path).map(|text| (*id, parse::parse(*id, text)));
        let parsed = parallel::map(&files, threads, work);
        ahead.parsed = order.iter().cloned().zip(parsed).filter_map(|(path, parsed)| Some((path, parsed?))).collect();
        ahead
    }

    /// Reads a file and those it seems to use, in the order in which they will be loaded.
    fn guess(&mut self, loader: &dyn Loader, root: &str, order: &mut Vec<String>) {
        // A stack of its own, since chains of files may be long; the last is the next.
        let mut open = vec![root.to_owned()];
        while let Some(path) = open.pop() {
            if self.texts.contains_key(&path) {
                continue;
            }
            let Ok(text) = loader.read(&path) else { continue };
            if text.len() <= FILE_MAX {
                let used: Vec<String> = text.lines().filter_map(target).map(|target| join(&path, target)).collect();
                open.extend(used.into_iter().rev());
            }
            self.texts.insert(path.clone(), text);
            order.push(path);
        }
    }

    /// The text of a file that was read.
    pub fn text(&mut self, path: &str) -> Option<String> {
        self.texts.remove(path)
    }

    /// The tree of a file, if it was given this id.
    pub fn parsed(&mut self, path: &str, id: FileId) -> Option<Parsed> {
        self.parsed.remove(path).filter(|(guessed, _)| *guessed == id).map(|(_, parsed)| parsed)
    }
}

/// What a line seems to use.
fn target(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("use")?.trim_start().strip_prefix('"')?;
    rest.split_once('"').map(|(target, _)| target)
}
