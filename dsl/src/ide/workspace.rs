//! The files of a project, read and checked as they stand now.

use super::reading::Reading;
use crate::ast::Tree;
use crate::check::{File, ScriptFunction};
use crate::diagnostic::{Diagnostic, Sink};
use crate::source::Source;
use crate::{Checked, Context, Severity, check_files, verify};
use std::collections::BTreeMap;

/// The files of a project. Everything asked of it is answered from the last [`Workspace::check`].
#[derive(Default)]
pub struct Workspace {
    context: Context,
    files: BTreeMap<String, Reading>,
    checked: Option<Checked>,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.files.keys()).finish()
    }
}

impl Workspace {
    /// A workspace without files.
    pub fn new(context: Context) -> Workspace {
        Workspace { context, ..Workspace::default() }
    }

    /// What the project declares around the files.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Replaces it.
    pub fn set_context(&mut self, context: Context) {
        if self.context != context {
            self.context = context;
            self.checked = None;
        }
    }

    /// Adds a file, or replaces its content.
    pub fn set_file(&mut self, source: Source) {
        if self.files.get(&source.path).is_some_and(|known| known.source.bytes == source.bytes) {
            return;
        }
        let before = self.files.remove(&source.path);
        self.files.insert(source.path.clone(), Reading::new(source, before));
        self.checked = None;
    }

    /// Takes a file out.
    pub fn remove_file(&mut self, path: &str) {
        if self.files.remove(path).is_some() {
            self.checked = None;
        }
    }

    /// The paths of the files, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The text of a file, without its byte-order mark.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(Reading::text)
    }

    /// Reads and checks what has changed, and tells everything found, by file and place.
    pub fn check(&mut self) -> &[Diagnostic] {
        if self.checked.is_none() {
            // The trees are lent to the check, not copied: a file may have thousands of rules.
            let trees: Vec<Tree> = self.files.values_mut().map(|reading| std::mem::take(&mut reading.tree)).collect();
            let mut files: Vec<File<'_>> = Vec::with_capacity(trees.len());
            for (reading, tree) in self.files.values().zip(trees) {
                let sink = Sink { found: reading.found.clone(), ..Sink::new(&reading.source.path) };
                files.push(File { source: &reading.source, tree, original: reading.source.text(), sink });
            }
            self.checked = Some(check_files(&mut files, &self.context));
            let trees: Vec<Tree> = files.into_iter().map(|file| file.tree).collect();
            self.files.values_mut().zip(trees).for_each(|(reading, tree)| reading.tree = tree);
        }
        self.diagnostics()
    }

    /// Adds what can be proved of the files as they stand, and takes out what comments accept. It lasts until the next edit.
    pub fn prove(&mut self) {
        self.check();
        if self.has_errors() {
            return;
        }
        let sources: Vec<Source> = self.files.values().map(|reading| reading.source.clone()).collect();
        let proved = verify(&sources, &self.context, &[]).diagnostics;
        if let Some(checked) = &mut self.checked {
            checked.diagnostics = proved;
        }
    }

    /// What the last check found.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.checked.as_ref().map_or(&[], |checked| &checked.diagnostics)
    }

    /// Whether the last check found an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics().iter().any(|found| found.severity == Severity::Error)
    }

    /// The functions of the scripts that a file names.
    pub(super) fn functions(&self) -> &[ScriptFunction] {
        self.checked.as_ref().map_or(&[], |checked| &checked.project.functions)
    }

    pub(super) fn checked(&self) -> Option<&Checked> {
        self.checked.as_ref()
    }

    pub(super) fn reading(&self, path: &str) -> Option<&Reading> {
        self.files.get(path)
    }

    pub(super) fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.files.values()
    }
}
