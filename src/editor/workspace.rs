//! The texts of an editor, and the programs they make.
//!
//! Invariants: an open text stands for its file, whatever the disk says; a tree is kept as long as its text and the number
//! of its file are the same, so that a key stroke parses one file; a program is made anew only when a text of it changed,
//! and of its parts only those are checked again whose text did.

use super::Program;
use crate::{
    parse::{self, Parsed},
    source::FileId,
    workspace::{Kept, LoadError, Loaded, Loader, normal},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// Which files make a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Grouping {
    /// All files of a folder belong together, as with `funnelc check FOLDER`.
    #[default]
    Together,
    /// Each file, with what it uses, as with `funnelc check --separately`.
    Separately,
}

/// A text with the tree made of it.
struct Tree {
    text: Arc<str>,
    parsed: Parsed,
}

/// The texts of an editor.
pub struct Workspace {
    loader: Box<dyn Loader + Send>,
    grouping: Grouping,
    /// The files of each folder that is open, as they lie on the disk.
    folders: BTreeMap<String, BTreeSet<String>>,
    /// Texts in the editor, by path.
    open: BTreeMap<String, Arc<str>>,
    /// What was read from the disk.
    read: RefCell<HashMap<String, Result<Arc<str>, LoadError>>>,
    trees: HashMap<(String, FileId), Tree>,
    /// The programs by their roots; `None` where one is to be made anew.
    programs: BTreeMap<Vec<String>, Option<Arc<Program>>>,
    /// What was found in the parts of each program.
    kept: BTreeMap<Vec<String>, Arc<Kept>>,
}

/// Texts of the editor first, then those of the disk, each read once.
struct Texts<'w> {
    loader: &'w dyn Loader,
    open: &'w BTreeMap<String, Arc<str>>,
    read: &'w RefCell<HashMap<String, Result<Arc<str>, LoadError>>>,
    asked: RefCell<HashSet<String>>,
}

impl Loader for Texts<'_> {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        self.asked.borrow_mut().insert(path.to_owned());
        if let Some(text) = self.open.get(path) {
            return Ok(text.to_string());
        }
        let mut read = self.read.borrow_mut();
        let text = read.entry(path.to_owned()).or_insert_with(|| self.loader.read(path).map(Arc::from));
        text.clone().map(|text| text.to_string())
    }
}

impl Workspace {
    /// A workspace without texts; what is not open is read by `loader`.
    #[must_use]
    pub fn new(loader: Box<dyn Loader + Send>, grouping: Grouping) -> Self {
        Self {
            loader,
            grouping,
            folders: BTreeMap::new(),
            open: BTreeMap::new(),
            read: RefCell::default(),
            trees: HashMap::new(),
            programs: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// Takes in a folder with the funnel files that lie in it, or says which lie in it now.
    pub fn folder(&mut self, folder: &str, files: impl IntoIterator<Item = String>) {
        self.folders.insert(normal(folder), files.into_iter().map(|file| normal(&file)).collect());
        self.regroup();
    }

    /// Lets a folder go.
    pub fn forget_folder(&mut self, folder: &str) {
        self.folders.remove(&normal(folder));
        self.regroup();
    }

    /// Which files make a program.
    pub fn group(&mut self, grouping: Grouping) {
        self.grouping = grouping;
        self.regroup();
    }

    /// The text of a file in the editor, from now on.
    pub fn set(&mut self, path: &str, text: impl Into<Arc<str>>) {
        let (path, text) = (normal(path), text.into());
        let is_new = !self.open.contains_key(&path);
        if self.open.insert(path.clone(), Arc::clone(&text)).as_ref() != Some(&text) {
            self.touch(&path);
        }
        if is_new {
            self.regroup();
        }
    }

    /// The text of an open file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&Arc<str>> {
        self.open.get(path)
    }

    /// The paths of the open files.
    pub fn open_files(&self) -> impl Iterator<Item = &str> {
        self.open.keys().map(String::as_str)
    }

    /// A file is no longer in the editor: the disk counts again.
    pub fn close(&mut self, path: &str) {
        let path = normal(path);
        self.open.remove(&path);
        self.changed_on_disk(&path);
        self.regroup();
    }

    /// A file on the disk has changed, come or gone.
    pub fn changed_on_disk(&mut self, path: &str) {
        let path = normal(path);
        self.read.borrow_mut().remove(&path);
        self.touch(&path);
    }

    /// All programs, made anew where a text of theirs changed.
    pub fn programs(&mut self) -> Vec<Arc<Program>> {
        let stale: Vec<Vec<String>> =
            self.programs.iter().filter(|(_, program)| program.is_none()).map(|(roots, _)| roots.clone()).collect();
        for roots in stale {
            let program = self.make(&roots);
            self.programs.insert(roots, program.map(Arc::new));
        }
        self.programs.values().flatten().cloned().collect()
    }

    /// The program that a file belongs to: the one it is a root of, else the first that uses it.
    pub fn program_of(&mut self, path: &str) -> Option<(Arc<Program>, FileId)> {
        let path = normal(path);
        let programs = self.programs();
        let is_root = |program: &&Arc<Program>| program.roots().contains(&path);
        let program = programs.iter().find(is_root).or_else(|| programs.iter().find(|program| program.file(&path).is_some()))?;
        let file = program.file(&path)?;
        Some((Arc::clone(program), file))
    }

    /// Reads and resolves a program. Files that cannot be read are left out; whoever uses them hears of it.
    fn make(&mut self, roots: &[String]) -> Option<Program> {
        let texts = Texts { loader: self.loader.as_ref(), open: &self.open, read: &self.read, asked: RefCell::default() };
        let readable: Vec<String> = roots.iter().filter(|root| texts.read(root).is_ok()).cloned().collect();
        let trees = &mut self.trees;
        let mut parse = |path: &str, id: FileId, text: &Arc<str>| {
            let key = (path.to_owned(), id);
            if let Some(tree) = trees.get(&key)
                && tree.text == *text
            {
                return tree.parsed.clone();
            }
            let parsed = parse::parse(id, text);
            trees.insert(key, Tree { text: Arc::clone(text), parsed: parsed.clone() });
            parsed
        };
        let loaded = Loaded::read_parsing(&texts, &readable, &mut parse).ok()?;
        let kept = Arc::clone(self.kept.entry(roots.to_vec()).or_default());
        (!readable.is_empty()).then(|| Program::new(loaded, roots.to_vec()).after(kept))
    }

    /// Marks what must be made anew because of a file: programs that hold it, and those that miss a file.
    fn touch(&mut self, path: &str) {
        for (roots, program) in &mut self.programs {
            let holds = roots.iter().any(|root| root == path) || program.as_ref().is_some_and(|it| it.file(path).is_some());
            let misses = program.as_ref().is_some_and(|it| it.misses_files());
            if holds || misses {
                *program = None;
            }
        }
    }

    /// Says anew which files make a program; programs with the same roots as before are kept.
    fn regroup(&mut self) {
        let mut groups: Vec<Vec<String>> = Vec::new();
        let inside = |folder: &str, path: &str| match folder {
            "/" => true,
            "" => !path.starts_with('/'),
            folder => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        };
        let mut placed: BTreeSet<&String> = BTreeSet::new();
        for (folder, files) in &self.folders {
            let open = self.open.keys().filter(|path| inside(folder, path));
            let all: BTreeSet<&String> = files.iter().chain(open).filter(|path| !placed.contains(path)).collect();
            placed.extend(&all);
            match self.grouping {
                Grouping::Together => groups.push(all.into_iter().cloned().collect()),
                Grouping::Separately => groups.extend(all.into_iter().map(|path| vec![path.clone()])),
            }
        }
        groups.extend(self.open.keys().filter(|path| !placed.contains(path)).map(|path| vec![path.clone()]));
        let mut before = std::mem::take(&mut self.programs);
        let known = groups.into_iter().filter(|group| !group.is_empty()).map(|roots| {
            let program = before.remove(&roots).flatten();
            (roots, program)
        });
        self.programs = known.collect();
        self.kept.retain(|roots, _| self.programs.contains_key(roots));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::MemoryLoader;

    fn workspace(grouping: Grouping) -> Workspace {
        let files = [("w/a.funnel", "use \"b.funnel\"\nsegment s when had x\n"), ("w/b.funnel", "event x\n"), ("w/c.funnel", "event y\n")];
        let mut workspace = Workspace::new(Box::new(MemoryLoader::new(files)), grouping);
        workspace.folder("w", files.map(|(path, _)| path.to_owned()));
        workspace
    }

    #[test]
    fn only_programs_whose_texts_changed_are_made_anew() {
        let mut workspace = workspace(Grouping::Separately);
        let before = workspace.programs();
        assert_eq!(before.len(), 3);
        workspace.set("w/b.funnel", "event x\nevent z\n");
        let after = workspace.programs();
        let same: Vec<bool> = before.iter().zip(&after).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!(same, [false, false, true], "`a` uses `b`");
        workspace.set("w/b.funnel", "event x\nevent z\n");
        assert!(workspace.programs().iter().zip(&after).all(|(a, b)| Arc::ptr_eq(a, b)), "the same text is no change");
    }

    #[test]
    fn an_open_text_belongs_to_its_folder_even_before_it_is_saved() {
        let mut workspace = workspace(Grouping::Together);
        assert_eq!(workspace.programs().len(), 1);
        workspace.set("w/new.funnel", "segment t when had y\n");
        let (program, _) = workspace.program_of("w/new.funnel").expect("it is open");
        assert_eq!(program.roots().len(), 4);
        workspace.set("elsewhere.funnel", "event x\n");
        assert_eq!(workspace.programs().len(), 2, "a file outside is a program of its own");
        workspace.close("elsewhere.funnel");
        workspace.close("w/new.funnel");
        let programs = workspace.programs();
        assert_eq!((programs.len(), programs[0].roots().len()), (1, 3));
    }

    #[test]
    fn a_file_that_comes_is_found_by_those_that_missed_it() {
        let mut workspace = Workspace::new(Box::new(MemoryLoader::default()), Grouping::Together);
        workspace.set("a.funnel", "use \"b.funnel\"\n");
        assert!(workspace.programs()[0].unchecked().has_errors());
        workspace.set("b.funnel", "event x\n");
        let (program, _) = workspace.program_of("a.funnel").expect("it is open");
        assert!(!program.unchecked().has_errors());
    }
}
