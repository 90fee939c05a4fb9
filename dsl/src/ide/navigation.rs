//! From a name to where it is given, and to where it is used.

use super::around::Around;
use super::names::{self, Definitions, Occurrence, Symbol};
use super::workspace::Workspace;
use crate::check::included;
use crate::span::Span;
use relance_core::machine::Channel;
use relance_core::schema::fold;

/// A place to go to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// In a scenario file.
    Place {
        /// Its path in the project.
        file: String,
        /// The name.
        span: Span,
    },
    /// In another file of the project.
    Line {
        /// Its path in the project.
        file: String,
        /// From 1.
        line: u32,
    },
}

/// Where the name at a place is given: a header, a function of a script, the file of a template.
pub fn definition(workspace: &Workspace, around: &dyn Around, path: &str, at: usize) -> Vec<Target> {
    let Some(found) = names::at(workspace, path, at) else { return Vec::new() };
    let line = |file: &str, line: u32| vec![Target::Line { file: file.to_owned(), line }];
    match &found.symbol {
        Symbol::Function(name) => {
            let function = workspace.functions().iter().find(|function| fold(&function.name) == *name);
            function.map_or_else(Vec::new, |function| {
                line(&function.path, u32::try_from(function.line).unwrap_or(u32::MAX))
            })
        }
        Symbol::Template(folder, name) => {
            let card = template(workspace, folder, name).and_then(|(channel, name)| around.template(channel, name));
            card.map_or_else(Vec::new, |card| line(&card.file, 1))
        }
        Symbol::Path(file) if file.ends_with(".rhai") => line(file, 1),
        Symbol::Path(file) => line(&included(path, file), 1),
        symbol => everywhere(workspace, symbol)
            .into_iter()
            .filter(|(_, occurrence)| occurrence.defines)
            .map(|(file, occurrence)| Target::Place { file, span: occurrence.span })
            .collect(),
    }
}

/// Every place where the name at a place is used; where it is given too, when asked for.
pub fn references(workspace: &Workspace, path: &str, at: usize, with_definition: bool) -> Vec<(String, Span)> {
    let Some(found) = names::at(workspace, path, at) else { return Vec::new() };
    everywhere(workspace, &found.symbol)
        .into_iter()
        .filter(|(_, occurrence)| with_definition || !occurrence.defines)
        .map(|(file, occurrence)| (file, occurrence.span))
        .collect()
}

/// Every occurrence of a symbol in the project, by file and place.
pub(super) fn everywhere(workspace: &Workspace, symbol: &Symbol) -> Vec<(String, Occurrence)> {
    let definitions = Definitions::new(workspace);
    let of_file = |path: &str| {
        let all = names::occurrences(workspace, &definitions, path).into_iter();
        all.filter(|occurrence| occurrence.symbol == *symbol)
            .map(|occurrence| (path.to_owned(), occurrence))
            .collect::<Vec<_>>()
    };
    workspace.paths().flat_map(of_file).collect()
}

/// The template of a folder and folded name, as the project spells it.
pub(super) fn template<'a>(workspace: &'a Workspace, folder: &str, name: &str) -> Option<(Channel, &'a str)> {
    let templates = workspace.context().templates.iter();
    let mut named = templates.filter(|template| fold(&template.name) == name && template.channel.folder() == folder);
    named.next().map(|template| (template.channel, template.name.as_str()))
}
