//! One editor: its texts, its folders, what it understands.

use super::{
    board::{Board, Sender},
    checker::Checker,
    paths,
};
use crate::{
    cli::{
        io::{self, Files},
        project::Project,
    },
    config::FILE_NAME,
    diag::Diagnostics,
    editor::{Grouping, Problem, Program, Workspace},
    source::{FileId, LineIndex},
    workspace::{LoadError, Loader},
};
use lsp_server::{Message, Notification, Request};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, FileChangeType, FileEvent, InitializeParams, TextDocumentContentChangeEvent, Uri,
};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the editor may say about us when it starts.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Options {
    /// Each file, with what it uses, is a program of its own.
    separately: bool,
    /// The editor shows diagrams itself when `funnelc.showDiagram` is chosen.
    pub shows_diagrams: bool,
    /// The editor offers the beginnings of items at the top of a file by itself.
    pub own_snippets: bool,
}

/// What the editor understands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    pub snippets: bool,
    pub shows_documents: bool,
    watches: bool,
}

/// One editor.
pub(super) struct Session {
    workspace: Workspace,
    project: Arc<Project>,
    board: Arc<Mutex<Board>>,
    checker: Checker,
    folders: BTreeSet<String>,
    pub options: Options,
    pub client: Client,
    /// Numbers of the requests we make.
    asked: i32,
}

/// The files of the disk; an unsaved text has none.
struct Disk;

impl Loader for Disk {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        Files::default().read(path)
    }
}

impl Session {
    /// An editor that has just said hello.
    pub fn new(params: &InitializeParams, sender: Sender) -> Self {
        let options: Options =
            params.initialization_options.clone().and_then(|options| serde_json::from_value(options).ok()).unwrap_or_default();
        let board = Arc::new(Mutex::new(Board::new(sender)));
        let grouping = if options.separately { Grouping::Separately } else { Grouping::Together };
        Self {
            workspace: Workspace::new(Box::new(Disk), grouping),
            project: Arc::new(Project::default()),
            checker: Checker::start(Arc::clone(&board)),
            board,
            folders: folders(params),
            options,
            client: client(params),
            asked: 0,
        }
    }

    /// Looks around, once the editor is ready.
    pub fn begin(&mut self) {
        for folder in self.folders.clone() {
            self.scan(&folder);
        }
        if self.client.watches {
            let watch = |pattern: String| serde_json::json!({ "globPattern": pattern });
            let registration = serde_json::json!({ "registrations": [{
                "id": "funnel-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": [watch("**/*.funnel".to_owned()), watch(format!("**/{FILE_NAME}"))] },
            }] });
            self.ask("client/registerCapability", registration);
        }
        self.refresh();
    }

    pub fn board(&self) -> MutexGuard<'_, Board> {
        // What a thread that ended badly has put in is whole all the same.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the editor for something; what it answers is not waited for.
    pub fn ask(&mut self, method: &str, params: serde_json::Value) {
        self.asked += 1;
        let request = Request::new(self.asked.into(), method.to_owned(), params);
        self.board().send(Message::Request(request));
    }

    /// The program that a file belongs to.
    pub fn program(&mut self, uri: &Uri) -> Option<(Arc<Program>, FileId)> {
        self.workspace.program_of(&paths::path_of(uri))
    }

    /// All programs.
    pub fn programs(&mut self) -> Vec<Arc<Program>> {
        self.workspace.programs()
    }

    /// What is known to be wrong with a program as it is now.
    pub fn problems(&mut self, program: &Arc<Program>) -> (Arc<Vec<Problem>>, Arc<Diagnostics>) {
        self.refresh();
        let board = self.board();
        board.shown(program).map(|shown| (Arc::clone(&shown.problems), Arc::clone(&shown.findings))).unwrap_or_default()
    }

    /// Shows what is known at once of texts that changed, and has the rest found out.
    pub fn refresh(&mut self) {
        let programs = self.workspace.programs();
        let unchecked = self.board().take(&programs, &self.project);
        if !unchecked.is_empty() {
            self.checker.check(unchecked, &self.project);
        }
    }

    /// Finds the funnel files of a folder.
    fn scan(&mut self, folder: &str) {
        match io::files_below(folder) {
            Ok(files) => self.workspace.folder(folder, files),
            Err(failure) => self.board().complain(&failure.to_string()),
        }
    }

    /// Takes in what the editor tells.
    pub fn hear(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => self.with(params, Self::opened),
            "textDocument/didChange" => self.with(params, Self::changed),
            "textDocument/didClose" => self.with(params, Self::closed),
            "workspace/didChangeWatchedFiles" => self.with(params, Self::files_changed),
            "workspace/didChangeWorkspaceFolders" => self.with(params, Self::folders_changed),
            _ => {}
        }
    }

    fn with<P: serde::de::DeserializeOwned>(&mut self, params: serde_json::Value, then: impl FnOnce(&mut Self, P)) {
        match serde_json::from_value(params) {
            Ok(params) => then(self, params),
            Err(error) => eprintln!("funnelc: the editor sent something odd: {error}"),
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let path = paths::path_of(&params.text_document.uri);
        self.board().versions.insert(path.clone(), params.text_document.version);
        self.workspace.set(&path, params.text_document.text);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let path = paths::path_of(&params.text_document.uri);
        let Some(text) = self.workspace.text(&path) else { return };
        let text = params.content_changes.iter().fold(text.to_string(), changed);
        self.board().versions.insert(path.clone(), params.text_document.version);
        self.workspace.set(&path, text);
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let path = paths::path_of(&params.text_document.uri);
        self.board().versions.remove(&path);
        self.workspace.close(&path);
    }

    fn files_changed(&mut self, params: DidChangeWatchedFilesParams) {
        let mut rules_changed = false;
        for change in &params.changes {
            let path = paths::path_of(&change.uri);
            rules_changed |= path.ends_with(&format!("/{FILE_NAME}"));
            self.workspace.changed_on_disk(&path);
        }
        if rules_changed {
            self.project = Arc::new(Project::default());
            self.board().forget();
        }
        // What is written anew stands where it stood.
        let is_new = |change: &FileEvent| change.typ != FileChangeType::CHANGED;
        if params.changes.iter().any(is_new) {
            self.folders.clone().iter().for_each(|folder| self.scan(folder));
        }
    }

    fn folders_changed(&mut self, params: DidChangeWorkspaceFoldersParams) {
        for gone in &params.event.removed {
            let folder = paths::path_of(&gone.uri);
            self.folders.remove(&folder);
            self.workspace.forget_folder(&folder);
        }
        for new in &params.event.added {
            let folder = paths::path_of(&new.uri);
            self.folders.insert(folder.clone());
            self.scan(&folder);
        }
    }
}

/// A text after a change.
fn changed(text: String, change: &TextDocumentContentChangeEvent) -> String {
    let Some(range) = change.range else { return change.text.clone() };
    let lines = LineIndex::new(&text);
    let start = lines.offset_utf16(&text, range.start.line, range.start.character) as usize;
    let end = lines.offset_utf16(&text, range.end.line, range.end.character) as usize;
    let mut text = text;
    text.replace_range(start..end.max(start), &change.text);
    text
}

#[allow(deprecated, reason = "older editors know one folder alone")]
fn folders(params: &InitializeParams) -> BTreeSet<String> {
    match &params.workspace_folders {
        Some(folders) if !folders.is_empty() => folders.iter().map(|folder| paths::path_of(&folder.uri)).collect(),
        _ => params.root_uri.iter().map(paths::path_of).collect(),
    }
}

fn client(params: &InitializeParams) -> Client {
    let capabilities = &params.capabilities;
    let completion = capabilities.text_document.as_ref().and_then(|it| it.completion.as_ref()).and_then(|it| it.completion_item.as_ref());
    let watching = capabilities.workspace.as_ref().and_then(|it| it.did_change_watched_files.as_ref());
    let documents = capabilities.window.as_ref().and_then(|it| it.show_document.as_ref());
    Client {
        snippets: completion.and_then(|it| it.snippet_support).unwrap_or(false),
        shows_documents: documents.is_some_and(|it| it.support),
        watches: watching.and_then(|it| it.dynamic_registration).unwrap_or(false),
    }
}
