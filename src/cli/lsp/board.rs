//! What is shown of findings, and what is to be shown next.
//!
//! After a key stroke the findings about text and names are shown, with those of the checks as they were, moved along;
//! when the checks are done, theirs. Both threads write here, one at a time; what belongs to older texts is dropped.

use super::{convert, paths};
use crate::{
    cli::project::Project,
    diag::Diagnostics,
    editor::{Kept, Problem, Program},
};
use lsp_server::{Message, Notification};
use lsp_types::{Diagnostic, MessageType, PublishDiagnosticsParams, ShowMessageParams};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Where messages to the editor go.
pub(super) type Sender = Box<dyn Fn(Message) + Send>;

/// What is known of a program.
pub(super) struct Shown {
    pub program: Arc<Program>,
    pub problems: Arc<Vec<Problem>>,
    /// The findings they were made of.
    pub findings: Arc<Diagnostics>,
    /// Whether the checks have looked at it.
    is_checked: bool,
}

/// What is shown.
pub(super) struct Board {
    sender: Sender,
    shown: BTreeMap<Vec<String>, Shown>,
    kept: BTreeMap<Vec<String>, Kept>,
    /// By path: what the editor has.
    published: BTreeMap<String, Vec<Diagnostic>>,
    /// The versions of open texts.
    pub versions: BTreeMap<String, i32>,
    /// What was complained about last, so that it is said once.
    complaint: Option<String>,
}

impl Board {
    pub fn new(sender: Sender) -> Self {
        Self {
            sender,
            shown: BTreeMap::new(),
            kept: BTreeMap::new(),
            published: BTreeMap::new(),
            versions: BTreeMap::new(),
            complaint: None,
        }
    }

    /// Shows what is known at once of these programs, which are all there are; gives those that are to be checked.
    pub fn take(&mut self, programs: &[Arc<Program>], project: &Project) -> Vec<Arc<Program>> {
        let roots: BTreeSet<&[String]> = programs.iter().map(|program| program.roots()).collect();
        self.shown.retain(|known, _| roots.contains(known.as_slice()));
        self.kept.retain(|known, _| roots.contains(known.as_slice()));
        let mut unchecked = Vec::new();
        for program in programs {
            let roots = program.roots().to_vec();
            let is_known = self.shown.get(&roots).is_some_and(|shown| Arc::ptr_eq(&shown.program, program));
            if !is_known {
                let findings = self.judged(project, program.unchecked(), program);
                let mut problems = Problem::all(&findings, program.sources());
                problems.extend(self.kept.get(&roots).map(|kept| kept.carried(program)).unwrap_or_default());
                let shown = Shown {
                    program: Arc::clone(program),
                    problems: Arc::new(problems),
                    findings: Arc::new(findings),
                    is_checked: !program.is_whole(),
                };
                self.shown.insert(roots.clone(), shown);
            }
            if self.shown.get(&roots).is_some_and(|shown| !shown.is_checked) {
                unchecked.push(Arc::clone(program));
            }
        }
        self.publish();
        unchecked
    }

    /// Shows what the checks found in a program, if it is still the one that is shown.
    pub fn checked(&mut self, program: &Arc<Program>, findings: Diagnostics, project: &Project) {
        let findings = self.judged(project, findings, program);
        let Some(shown) = self.shown.get_mut(program.roots()) else { return };
        if !Arc::ptr_eq(&shown.program, program) {
            return;
        }
        let problems = Problem::all(&findings, program.sources());
        self.kept.insert(program.roots().to_vec(), Kept::new(Arc::clone(program), &problems));
        shown.problems = Arc::new(problems);
        shown.findings = Arc::new(findings);
        shown.is_checked = true;
        self.publish();
    }

    /// Lets all that is known of programs go, as when levels have changed.
    pub fn forget(&mut self) {
        self.shown.clear();
        self.kept.clear();
        self.complaint = None;
    }

    /// What is known of a program.
    pub fn shown(&self, program: &Arc<Program>) -> Option<&Shown> {
        self.shown.get(program.roots()).filter(|shown| Arc::ptr_eq(&shown.program, program))
    }

    /// Findings with the levels of the project; as they are, where its configuration cannot be used, which is said once.
    fn judged(&mut self, project: &Project, findings: Diagnostics, program: &Program) -> Diagnostics {
        match project.judged(findings.clone(), program.sources()) {
            Ok(findings) => findings,
            Err(failure) => {
                self.complain(&failure.to_string());
                findings
            }
        }
    }

    /// Tells the user what is wrong with the project itself.
    pub fn complain(&mut self, text: &str) {
        if self.complaint.as_deref() != Some(text) {
            self.complaint = Some(text.to_owned());
            let message = ShowMessageParams { typ: MessageType::ERROR, message: text.to_owned() };
            self.notify("window/showMessage", &message);
        }
    }

    /// Sends a message as it is.
    pub fn send(&self, message: Message) {
        (self.sender)(message);
    }

    pub fn notify(&self, method: &str, params: &impl serde::Serialize) {
        self.send(Message::Notification(Notification::new(method.to_owned(), params)));
    }

    /// Tells the editor what has changed for each file.
    fn publish(&mut self) {
        let mut now: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        for shown in self.shown.values() {
            let sources = shown.program.sources();
            for (_, file) in sources.files() {
                now.entry(file.name().to_owned()).or_default();
            }
            for problem in shown.problems.iter() {
                let list = now.entry(sources.file(problem.span.file).name().to_owned()).or_default();
                let diagnostic = convert::diagnostic(sources, problem);
                if !list.contains(&diagnostic) {
                    list.push(diagnostic);
                }
            }
        }
        let gone: Vec<String> = self.published.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        now.extend(gone.into_iter().map(|path| (path, Vec::new())));
        for (path, diagnostics) in &now {
            if self.published.get(path).map_or(&[] as &[Diagnostic], Vec::as_slice) == diagnostics.as_slice()
                && self.published.contains_key(path)
            {
                continue;
            }
            if let Some(uri) = paths::uri_of(path) {
                let params = PublishDiagnosticsParams::new(uri, diagnostics.clone(), self.versions.get(path).copied());
                self.notify("textDocument/publishDiagnostics", &params);
            }
        }
        now.retain(|path, diagnostics| !diagnostics.is_empty() || self.shown.values().any(|shown| shown.program.file(path).is_some()));
        self.published = now;
    }
}
