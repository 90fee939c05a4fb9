//! A new name for what the files of the project define.

use super::Edit;
use super::names::{self, Definitions, Occurrence, Symbol};
use super::navigation::everywhere;
use super::workspace::Workspace;
use crate::keywords::is_reserved;
use crate::span::Span;
use relance_core::machine::PLAN;
use relance_core::schema::{Fact, fold};

/// The name at a place, when it can be changed; else why not, in French.
pub fn renamable(workspace: &Workspace, path: &str, at: usize) -> Result<Span, String> {
    let found = names::at(workspace, path, at).ok_or_else(|| "il n'y a pas ici de nom à changer".to_owned())?;
    let written = workspace.text(path).and_then(|text| text.get(found.span.start..found.span.end)).unwrap_or_default();
    let refused = match &found.symbol {
        Symbol::Fact(fact) => format!("`{}` est un fait du langage : son nom ne change pas", fact.name()),
        Symbol::Regime(_) => format!("`{written}` est un régime du langage : son nom ne change pas"),
        Symbol::Calendar(_) => format!("`{written}` est un calendrier du langage : son nom ne change pas"),
        Symbol::Event(_) => format!("`{written}` est un événement du langage : son nom ne change pas"),
        Symbol::Role(_) => format!("le rôle `{written}` se déclare dans `relance.toml` : changez-le d'abord là"),
        Symbol::Function(_) => format!("la fonction `{written}` est celle d'un script : changez-la d'abord là"),
        Symbol::Template(folder, _) => {
            format!("`{written}` est le nom d'un fichier : renommez-le d'abord dans `modeles/{folder}`")
        }
        Symbol::Path(_) => "ce chemin est celui d'un fichier : renommez d'abord le fichier".to_owned(),
        Symbol::Stage(_, name) if name == PLAN => {
            "`plan` est le début de tout scénario : son nom ne change pas".to_owned()
        }
        Symbol::Scenario(_) | Symbol::Stage(..) | Symbol::Segment(_) | Symbol::Field(_) | Symbol::Constant(_) => {
            let defined = everywhere(workspace, &found.symbol).iter().any(|(_, occurrence)| occurrence.defines);
            if defined {
                return Ok(found.span);
            }
            match &found.symbol {
                Symbol::Segment(_) => {
                    format!("le segment `{written}` vient des données et de `relance.toml` : changez-le d'abord là")
                }
                _ => format!("aucun fichier ne définit `{written}`"),
            }
        }
    };
    Err(refused)
}

/// The edits that give another name to what stands at a place, in every file; else why not, in French.
pub fn rename(workspace: &Workspace, path: &str, at: usize, name: &str) -> Result<Vec<Edit>, String> {
    renamable(workspace, path, at)?;
    let Some(Occurrence { symbol, .. }) = names::at(workspace, path, at) else { return Ok(Vec::new()) };
    let name = name.trim();
    valid(name)?;
    if !same(&symbol, name) {
        free(workspace, &symbol, name)?;
    }
    let edit = |(file, occurrence): (String, Occurrence)| Edit { file, span: occurrence.span, text: name.to_owned() };
    Ok(everywhere(workspace, &symbol).into_iter().map(edit).collect())
}

/// Only the case or the accents change.
fn same(symbol: &Symbol, name: &str) -> bool {
    match symbol {
        Symbol::Scenario(known)
        | Symbol::Stage(_, known)
        | Symbol::Segment(known)
        | Symbol::Field(known)
        | Symbol::Constant(known) => *known == fold(name),
        _ => false,
    }
}

fn valid(name: &str) -> Result<(), String> {
    let letters = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !letters || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Err(format!(
            "`{name}` n'est pas un nom : il y faut des lettres, des chiffres et `_`, une lettre d'abord"
        ));
    }
    if is_reserved(name) {
        return Err(format!("`{name}` est un mot du langage : choisissez un autre nom"));
    }
    Ok(())
}

fn free(workspace: &Workspace, symbol: &Symbol, name: &str) -> Result<(), String> {
    let folded = fold(name);
    let definitions = Definitions::new(workspace);
    let taken = match symbol {
        Symbol::Stage(..) if folded == PLAN || folded == "soldee" => {
            return Err(format!("`{name}` nomme déjà un état de tout scénario : choisissez un autre nom"));
        }
        Symbol::Stage(scope, _) => {
            let other = Symbol::Stage(scope.clone(), folded);
            everywhere(workspace, &other).iter().any(|(_, occurrence)| occurrence.defines)
        }
        Symbol::Scenario(_) => definitions.scenarios.iter().any(|(known, _)| *known == folded),
        Symbol::Segment(_) if folded == "aucun" => {
            return Err("`aucun` dit qu'un client n'a pas de segment : choisissez un autre nom".to_owned());
        }
        Symbol::Segment(_) => definitions.segments.contains(&folded),
        _ => {
            if Fact::find(name).is_some() {
                return Err(format!("`{name}` est déjà un fait du langage : choisissez un autre nom"));
            }
            definitions.fields.contains_key(&folded) || definitions.constants.contains(&folded)
        }
    };
    if !taken {
        return Ok(());
    }
    Err(match symbol {
        Symbol::Stage(..) => format!("ce scénario a déjà une étape `{name}` : choisissez un autre nom"),
        Symbol::Scenario(_) => format!("il y a déjà un scénario `{name}` : choisissez un autre nom"),
        Symbol::Segment(_) => format!("il y a déjà un segment `{name}` : choisissez un autre nom"),
        _ => format!("`{name}` est déjà défini dans le projet : choisissez un autre nom"),
    })
}
