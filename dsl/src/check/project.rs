//! What the files of a project define for all of them: segments, fields, constants, scripts.

use super::Names;
use super::names::lower_first;
use crate::Context;
use crate::ast::{Block, Literal, Tree};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::keywords::{is_reserved, nearest};
use crate::source::Source;
use crate::span::{Node, Span};
use relance_core::machine::{Field, ScriptSource};
use relance_core::schema::{Fact, Type, fold};
use relance_core::script::{Place, ScriptProblem, Scripts};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A function that a script defines.
#[derive(Clone)]
pub(crate) struct ScriptFunction {
    /// Its name, as the script writes it.
    pub name: String,
    /// How many arguments it takes.
    pub arity: usize,
    /// The script's path, relative to the project.
    pub path: String,
    /// Where in it, from 1.
    pub line: usize,
}

/// A file and what has been read of it.
pub(crate) struct File<'a> {
    pub source: &'a Source,
    pub tree: Tree,
    pub original: String,
    pub sink: Sink<'a>,
}

/// The definitions of a project.
#[derive(Default)]
pub(crate) struct Project {
    /// Segments defined by rule.
    pub segments: Names,
    pub fields: Vec<Field>,
    field_names: Names,
    pub constants: Vec<(String, Literal)>,
    constant_names: Names,
    /// Functions of the scripts that a file names.
    pub functions: Vec<ScriptFunction>,
    /// The scripts that a file names, by path.
    pub scripts: Vec<ScriptSource>,
    /// One of those is not there.
    pub missing_script: bool,
    /// Names whose definition is wrong and told: their uses are not told again.
    failed: Names,
}

/// Where each name was defined first, by kind of name (those of one kind must differ) and folded name.
type Firsts = HashMap<(&'static str, String), First>;

/// Where a name was defined first.
struct First {
    file: usize,
    span: Span,
}

/// The types of a `champ`, by folded name.
const TYPES: [(&str, Type); 7] = [
    ("texte", Type::Text),
    ("nombre", Type::Number),
    ("montant", Type::Amount),
    ("duree", Type::Duration),
    ("date", Type::Date),
    ("oui/non", Type::Bool),
    ("pourcentage", Type::Percent),
];

/// What people call a type.
const TYPE_SYNONYMS: [(&str, &str); 16] = [
    ("chaine", "texte"),
    ("string", "texte"),
    ("mot", "texte"),
    ("entier", "nombre"),
    ("decimal", "nombre"),
    ("nombres", "nombre"),
    ("int", "nombre"),
    ("euros", "montant"),
    ("argent", "montant"),
    ("jours", "durée"),
    ("delai", "durée"),
    ("booleen", "oui/non"),
    ("bool", "oui/non"),
    ("oui_non", "oui/non"),
    ("logique", "oui/non"),
    ("taux", "pourcentage"),
];

impl Project {
    /// Whether a wrong definition of this name is already told.
    pub fn is_failed(&self, name: &str) -> bool {
        self.failed.place(name).is_some()
    }

    /// The constant of this name.
    pub fn constant(&self, name: &str) -> Option<&Literal> {
        self.constants.get(self.constant_names.place(name)?).map(|(_, value)| value)
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.field_names.place(name)?)
    }

    /// Reads the definitions of every file.
    pub fn collect(files: &mut [File<'_>], context: &Context, told: &mut Vec<Diagnostic>) -> Project {
        let mut project = Project::default();
        let mut firsts = Firsts::new();
        let mut scripts: Vec<String> = Vec::new();
        for index in 0..files.len() {
            let Some(file) = files.get(index) else { continue };
            let mut found = Vec::new();
            for block in &file.tree.blocks {
                match &block.value {
                    Block::Segment(name, _) => {
                        if fold(&name.value) == "aucun" {
                            let message = "`aucun` dit qu'un client n'a pas de segment : il ne peut pas en nommer un";
                            found.push(
                                file.sink
                                    .report(Code::ReservedName, message, name.span)
                                    .help("choisissez un autre nom"),
                            );
                        } else if first(&mut firsts, "segment", index, name, files, &mut found) {
                            project.segments.push(name.value.clone());
                        }
                    }
                    Block::Field(name, ty) => {
                        let ty = field_type(file, ty, &mut found);
                        let free = name_is_free(&mut firsts, index, name, files, &mut found);
                        match (ty, free) {
                            (Some(ty), true) => {
                                project.field_names.push(name.value.clone());
                                project.fields.push(Field { name: name.value.clone(), ty });
                            }
                            _ => project.failed.push(name.value.clone()),
                        }
                    }
                    Block::Constant(name, value) if name_is_free(&mut firsts, index, name, files, &mut found) => {
                        project.constant_names.push(name.value.clone());
                        project.constants.push((name.value.clone(), value.value.clone()));
                    }
                    Block::Script(path) => match script(file, path, context, &mut found) {
                        Some(path) => scripts.push(path),
                        None => project.missing_script = true,
                    },
                    Block::Include(path) => include(file, path, files, &mut found),
                    Block::FailedDefinition(name) => project.failed.push(name.clone()),
                    _ => {}
                }
            }
            if let Some(file) = files.get_mut(index) {
                found.into_iter().for_each(|diagnostic| file.sink.push(diagnostic));
            }
        }
        scripts.sort();
        scripts.dedup();
        let named = |script: &&ScriptSource| scripts.contains(&script.path);
        project.scripts = context.scripts.iter().filter(named).cloned().collect();
        project.compile_scripts(told);
        project
    }

    /// The functions of the scripts, or what is wrong with them.
    fn compile_scripts(&mut self, told: &mut Vec<Diagnostic>) {
        let fields: Vec<(String, Type)> = self.fields.iter().map(|field| (field.name.clone(), field.ty)).collect();
        match Scripts::compile(&self.scripts, &fields) {
            Ok(scripts) => {
                self.functions = scripts
                    .functions()
                    .map(|function| ScriptFunction {
                        name: function.name.clone(),
                        arity: function.arity(),
                        path: function.place.file.clone(),
                        line: function.place.line,
                    })
                    .collect();
            }
            Err(problems) => {
                // Calls of functions that could not be read are not told again.
                self.missing_script = true;
                told.extend(problems.iter().map(|problem| self.script_problem(problem)));
            }
        }
    }

    fn script_problem(&self, problem: &ScriptProblem) -> Diagnostic {
        let span = |place: &Place| {
            let text = self.scripts.iter().find(|s| s.path == place.file).map_or("", |s| s.text.as_str());
            let before: usize = text.split_inclusive('\n').take(place.line.saturating_sub(1)).map(str::len).sum();
            let line = text.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            let column = line.char_indices().nth(place.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
            let word = line.get(column..).unwrap_or_default();
            let length = word.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(word.len()).max(1);
            let start = before + column;
            Span { start, end: (start + length).min(text.len()).max(start) }
        };
        let mut found =
            Diagnostic::new(Code::WrongScript, problem.message.clone(), &problem.place.file, span(&problem.place));
        if let Some(other) = &problem.other {
            found = found.also(&other.file, span(other), "voir aussi");
        }
        match &problem.help {
            Some(help) => found.help(help.clone()),
            None => found,
        }
    }
}

/// Fields and constants share their names with the facts.
fn name_is_free(
    firsts: &mut Firsts,
    index: usize,
    name: &Node<String>,
    files: &[File<'_>],
    found: &mut Vec<Diagnostic>,
) -> bool {
    // Told where it was read: `segment` is a word of the language first, and a fact besides.
    if is_reserved(&name.value) {
        return false;
    }
    if let (Some(fact), Some(file)) = (Fact::find(&name.value), files.get(index)) {
        let message = format!("`{}` est déjà un fait du langage", name.value);
        found.push(file.sink.report(Code::DuplicateDefinition, message, name.span).help(format!(
            "choisissez un autre nom ; le fait `{}` : {}",
            fact.name(),
            lower_first(fact.doc())
        )));
        return false;
    }
    first(firsts, "nom", index, name, files, found)
}

/// Whether the name is new; else tells both places.
fn first(
    firsts: &mut Firsts,
    kind: &'static str,
    file: usize,
    name: &Node<String>,
    files: &[File<'_>],
    found: &mut Vec<Diagnostic>,
) -> bool {
    let known = match firsts.entry((kind, fold(&name.value))) {
        Entry::Vacant(new) => {
            new.insert(First { file, span: name.span });
            return true;
        }
        Entry::Occupied(known) => known.into_mut(),
    };
    if let (Some(here), Some(there)) = (files.get(file), files.get(known.file)) {
        let message = format!("`{}` est déjà défini", name.value);
        found.push(
            here.sink
                .report(Code::DuplicateDefinition, message, name.span)
                .also(&there.source.path, known.span, "la première définition est ici")
                .help("une définition vaut pour tout le projet : gardez l'une des deux, ou changez un nom"),
        );
    }
    false
}

fn field_type(file: &File<'_>, written: &Node<String>, found: &mut Vec<Diagnostic>) -> Option<Type> {
    let bare: String = fold(&written.value).chars().filter(|c| !c.is_whitespace()).collect();
    if let Some((_, ty)) = TYPES.iter().find(|(name, _)| *name == bare) {
        return Some(*ty);
    }
    let synonym = TYPE_SYNONYMS.iter().find(|(said, _)| *said == bare).map(|(_, name)| *name);
    let names = ["texte", "nombre", "montant", "durée", "date", "oui/non", "pourcentage"];
    let meant = synonym.or_else(|| nearest(&bare, names));
    let message = match meant {
        Some(meant) => format!("type inconnu `{}` : vouliez-vous dire `{meant}` ?", written.value),
        None => format!("type inconnu `{}`", written.value),
    };
    let told = file.sink.report(Code::UnknownType, message, written.span);
    let told = told.help("les types sont `texte`, `nombre`, `montant`, `durée`, `date`, `oui/non` et `pourcentage`");
    found.push(match meant {
        Some(meant) => told.fix(meant),
        None => told,
    });
    None
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn script(file: &File<'_>, path: &Node<String>, context: &Context, found: &mut Vec<Diagnostic>) -> Option<String> {
    let wanted = normal(&path.value);
    if context.scripts.iter().any(|script| script.path == wanted) {
        return Some(wanted);
    }
    let known: Vec<&str> = context.scripts.iter().map(|script| script.path.as_str()).collect();
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rhai").to_owned();
    let same = known.iter().find(|known| name(known) == name(&wanted)).copied();
    let meant = same.or_else(|| nearest(&wanted, known.iter().copied()));
    let message = match meant {
        Some(meant) => format!("le script `{}` n'existe pas : vouliez-vous dire `{meant}` ?", path.value),
        None => format!("le script `{}` n'existe pas", path.value),
    };
    let told = file.sink.report(Code::UnknownScript, message, path.span);
    found.push(match meant {
        Some(meant) => told.help(format!("écrivez `script \"{meant}\"`")).fix(format!("\"{meant}\"")),
        None => {
            let name = wanted.rsplit('/').next().unwrap_or_default();
            told.help(format!("les scripts se rangent dans `scripts/`, et s'écrivent `script \"scripts/{name}\"`"))
        }
    });
    None
}

/// The path in the project of what a file includes.
pub(crate) fn included(including: &str, path: &str) -> String {
    let folder = including.rsplit_once('/').map_or("", |(folder, _)| folder);
    normal(&format!("{folder}/{path}"))
}

fn include(file: &File<'_>, path: &Node<String>, files: &[File<'_>], found: &mut Vec<Diagnostic>) {
    let wanted = included(&file.source.path, &path.value);
    if files.iter().any(|other| normal(&other.source.path) == wanted) {
        return;
    }
    let folder = file.source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let known: Vec<&str> = files
        .iter()
        .filter(|other| other.source.path != file.source.path)
        .filter_map(|other| other.source.path.strip_prefix(folder).map(|rest| rest.trim_start_matches('/')))
        .collect();
    let with_ending = format!("{}.relance", path.value.trim_end_matches(".relance"));
    let meant = known.iter().find(|known| **known == with_ending).copied();
    let meant = meant.or_else(|| nearest(&path.value, known.iter().copied()));
    let message = match meant {
        Some(meant) => format!("le fichier `{}` n'existe pas : vouliez-vous dire `{meant}` ?", path.value),
        None => format!("le fichier `{}` n'existe pas", path.value),
    };
    let told = file.sink.report(Code::UnknownInclude, message, path.span);
    found.push(match meant {
        Some(meant) => told.help(format!("écrivez `inclure \"{meant}\"`")).fix(format!("\"{meant}\"")),
        None => {
            told.help(format!("le projet n'a pas de fichier `{wanted}` : le chemin part du dossier de ce fichier-ci"))
        }
    });
}
