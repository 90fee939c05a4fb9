//! The files on the desk: those of each project on the disk, and over them what the editor has open.

use super::load::{self, Problem};
use super::office::Office;
use relance_dsl::diagnostic::Code;
use relance_dsl::ide::Workspace;
use relance_dsl::{Diagnostic, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file that the editor has open.
#[derive(Debug)]
pub struct Open {
    /// As the editor counts.
    pub version: i32,
    /// As the editor shows it.
    pub text: String,
}

/// Files that are checked together.
#[derive(Debug)]
pub struct Folder {
    /// Paths of the workspace start here.
    pub dir: PathBuf,
    /// The scenarios.
    pub workspace: Workspace,
    /// What surrounds them.
    pub office: Office,
    /// What is wrong besides the scenarios.
    pub problems: Vec<Problem>,
    /// Its settings could be read: a name that they do not know is wrong.
    pub known: bool,
}

/// Everything on the desk.
#[derive(Debug, Default)]
pub struct Desk {
    /// By their own folder; a file that belongs to no project, by its own path.
    pub folders: BTreeMap<PathBuf, Folder>,
    /// By path.
    pub open: BTreeMap<PathBuf, Open>,
    /// The invoice whose facts hover tells.
    pub invoice: Option<String>,
    /// The base that has it, when it is not the project's own.
    pub base: Option<String>,
}

/// The project that a file stands in: the nearest folder above it with a `relance.toml`.
fn root(file: &Path) -> Option<&Path> {
    file.ancestors().skip(1).find(|dir| dir.join("relance.toml").is_file())
}

/// A path as the workspace of a folder calls it.
fn shown(dir: &Path, file: &Path) -> String {
    file.strip_prefix(dir).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

impl Desk {
    /// Which folder a file belongs to.
    fn key(file: &Path) -> PathBuf {
        match root(file) {
            Some(root) if file.starts_with(root.join("scenarios")) => root.to_owned(),
            _ => file.to_owned(),
        }
    }

    /// The folder of a file, and the file's path in it.
    pub fn find(&self, file: &Path) -> Option<(&Folder, String)> {
        let folder = self.folders.get(&Desk::key(file))?;
        Some((folder, shown(&folder.dir, file)))
    }

    /// Takes a text from the editor.
    pub fn set(&mut self, file: PathBuf, open: Open) {
        let key = Desk::key(&file);
        if !self.folders.contains_key(&key) {
            self.load(&key, &file);
        }
        if let Some(folder) = self.folders.get_mut(&key) {
            let path = shown(&folder.dir, &file);
            folder.workspace.set_file(Source { path, bytes: open.text.clone().into_bytes() });
        }
        self.open.insert(file, open);
    }

    /// The editor lets go of a file: what the disk has counts again.
    pub fn close(&mut self, file: &Path) {
        self.open.remove(file);
        let key = Desk::key(file);
        let alone = key == file;
        let Some(folder) = self.folders.get_mut(&key) else { return };
        let path = shown(&folder.dir, file);
        match std::fs::read(file) {
            Ok(bytes) if !alone => folder.workspace.set_file(Source { path, bytes }),
            _ => folder.workspace.remove_file(&path),
        }
        if !self.open.keys().any(|open| Desk::key(open) == key) {
            // Its findings are taken back by whoever published them.
            self.folders.remove(&key);
        }
    }

    /// Reads the disk again, after it has changed.
    pub fn reload(&mut self) {
        self.folders.clear();
        let open: Vec<PathBuf> = self.open.keys().cloned().collect();
        for file in open {
            if let Some(text) = self.open.remove(&file) {
                self.set(file, text);
            }
        }
    }

    fn load(&mut self, key: &Path, file: &Path) {
        let project = root(file);
        let dir = project.or_else(|| file.parent()).unwrap_or(file).to_owned();
        let loaded = project.map(|dir| load::project(dir, self.invoice.as_deref(), self.base.as_deref()));
        let loaded = loaded.unwrap_or_default();
        let mut workspace = Workspace::new(loaded.context);
        if key != file {
            loaded.sources.into_iter().for_each(|source| workspace.set_file(source));
        }
        let office = Office { dir: dir.clone(), invoice: loaded.invoice };
        let folder = Folder { dir, workspace, office, problems: loaded.problems, known: loaded.known };
        self.folders.insert(key.to_owned(), folder);
    }
}

impl Folder {
    /// Checks what has changed, and gives what is worth telling of each file, clean ones included.
    pub fn findings(&mut self) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
        let known = self.known;
        let (mut all, dir) = (BTreeMap::new(), self.dir.clone());
        for path in self.workspace.paths() {
            all.insert(dir.join(path), Vec::new());
        }
        for found in self.workspace.check() {
            if !known && needs_project(found.code) {
                continue;
            }
            if let Some(label) = found.place() {
                all.entry(dir.join(&label.file)).or_default().push(found.clone());
            }
        }
        all
    }
}

/// Whether a finding compares with what only a project declares.
fn needs_project(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownTemplate
            | Code::UnknownSegment
            | Code::UnknownRole
            | Code::UnknownScript
            | Code::UnknownFunction
            | Code::UnknownInclude
    )
}
