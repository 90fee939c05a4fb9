//! What a name means, and the value that it has now.

use crate::ast::Block;
use crate::ide::around::Around;
use crate::ide::lexicon::{EVENTS, templates_of};
use crate::ide::names::{Occurrence, Symbol};
use crate::ide::navigation::{everywhere, template};
use crate::ide::workspace::Workspace;
use relance_core::calendar::Region;
use relance_core::machine::{Nature, PLAN, Tone};
use relance_core::schema::{Fact, fold};

/// What is said of a name.
pub(super) fn card(workspace: &Workspace, around: &dyn Around, path: &str, found: &Occurrence) -> Option<String> {
    Some(match &found.symbol {
        Symbol::Fact(fact) => fact_card(around, *fact),
        Symbol::Field(name) => {
            let field = workspace.checked()?.project.field(name)?;
            format!("**{}** : {}\n\nChamp du projet.{}", field.name, field.ty.french(), current(around, &field.name))
        }
        Symbol::Constant(_) => {
            let (file, name, text) = defined(workspace, &found.symbol)?;
            format!("**{name}** : constante\n\n```relance\n{text}\n```\n\n{file}")
        }
        Symbol::Segment(name) if name == "aucun" => "**aucun** : le client n'a pas de segment.".to_owned(),
        Symbol::Segment(name) => match defined(workspace, &found.symbol) {
            Some((file, name, text)) => {
                format!("**{name}** : segment défini par une règle\n\n```relance\n{text}\n```\n\n{file}")
            }
            None => {
                let spelled = workspace.context().segments.iter().find(|segment| fold(segment) == *name)?;
                format!("**{spelled}** : segment donné par les données, déclaré dans `relance.toml`")
            }
        },
        Symbol::Regime(name) => format!("**{name}** : régime de la facture"),
        Symbol::Stage(_, name) if name == PLAN => "**plan** : le début du scénario".to_owned(),
        Symbol::Stage(..) => stage(workspace, path, found)?,
        Symbol::Scenario(name) => scenario(workspace, name)?,
        Symbol::Function(name) if name == "passee_par" => {
            "**passée_par(étape)** : un oui/non\n\nVrai si la facture est déjà passée par cette étape.".to_owned()
        }
        Symbol::Function(name) => {
            let function = workspace.functions().iter().find(|function| fold(&function.name) == *name)?;
            let arguments = if function.arity > 1 { "arguments" } else { "argument" };
            let takes = if function.arity == 0 {
                "sans argument".to_owned()
            } else {
                format!("{} {arguments}", function.arity)
            };
            format!("**{}** : fonction de script, {takes}\n\n{}, ligne {}", function.name, function.path, function.line)
        }
        Symbol::Template(folder, name) => template_card(workspace, around, folder, name)?,
        Symbol::Role(name) => {
            let spelled = workspace.context().roles.iter().find(|role| fold(role) == *name)?;
            format!("**{spelled}** : un contact du client, ou une personne de l'entreprise")
        }
        Symbol::Event(name) => {
            let (words, doc) = EVENTS.iter().find(|(words, _)| fold(words) == *name)?;
            format!("**quand {words}**\n\n{doc}")
        }
        Symbol::Calendar(name) => {
            let region = Region::ALL.into_iter().find(|region| fold(region.name()) == *name)?;
            let said = if region == Region::None {
                "aucun jour férié ; les fins de semaine restent"
            } else {
                "ses jours fériés"
            };
            format!("**{}** : {said}", region.name())
        }
        Symbol::Path(_) => return None,
    })
}

fn fact_card(around: &dyn Around, fact: Fact) -> String {
    let moves = if fact.moves_with_time() { " Change d'un jour à l'autre." } else { "" };
    format!("**{}** : {}\n\n{}{moves}{}", fact.name(), fact.ty().french(), fact.doc(), current(around, fact.name()))
}

/// The value for the invoice that is looked at, if there is one.
fn current(around: &dyn Around, name: &str) -> String {
    let Some(now) = around.value(name) else { return String::new() };
    match now.value {
        Some(value) => format!("\n\nFacture {} : **{value}**", now.invoice),
        None => format!("\n\nFacture {} : inconnu", now.invoice),
    }
}

/// Where a name is given: the file, the name and the block as written.
fn defined(workspace: &Workspace, symbol: &Symbol) -> Option<(String, String, String)> {
    let (file, found) = everywhere(workspace, symbol).into_iter().find(|(_, occurrence)| occurrence.defines)?;
    let reading = workspace.reading(&file)?;
    let holds = |block: &&crate::Node<Block>| block.span.start <= found.span.start && found.span.end <= block.span.end;
    let block = reading.tree.blocks.iter().find(holds)?;
    let written = |span: crate::Span| reading.text().get(span.start..span.end).map(str::to_owned);
    Some((file, written(found.span)?, written(block.span)?))
}

fn stage(workspace: &Workspace, path: &str, found: &Occurrence) -> Option<String> {
    let all = everywhere(workspace, &found.symbol);
    let (file, given) = all.iter().find(|(_, occurrence)| occurrence.defines)?;
    let reading = workspace.reading(file)?;
    let header = reading.tree.blocks.iter().find_map(|block| match &block.value {
        Block::Stage(header) if header.name.span == given.span => Some(header),
        _ => None,
    })?;
    let title = header.title.as_ref().map_or_else(String::new, |title| format!(" « {} »", title.value));
    let mut text = format!("**{}** : étape{title}", header.name.value);
    let line =
        |span: crate::Span| reading.text().get(..span.start).map_or(1, |before| before.matches('\n').count() + 1);
    let uses: Vec<String> = all
        .iter()
        .filter(|(other, occurrence)| !occurrence.defines && other == file)
        .map(|(_, occurrence)| line(occurrence.span).to_string())
        .collect();
    let place = if file == path {
        format!("ligne {}", line(given.span))
    } else {
        format!("{file}, ligne {}", line(given.span))
    };
    text.push_str(&format!("\n\nDéfinie {} {place}.", if file == path { "à la" } else { "dans" }));
    match uses.as_slice() {
        [] => text.push_str(" Aucune règle n'y mène."),
        [one] => text.push_str(&format!(" Nommée à la ligne {one}.")),
        many => text.push_str(&format!(" Nommée aux lignes {}.", many.join(", "))),
    }
    Some(text)
}

fn scenario(workspace: &Workspace, name: &str) -> Option<String> {
    let known = workspace.checked()?.scenarios.iter().find(|scenario| fold(&scenario.machine.name) == *name)?;
    let machine = &known.machine;
    let mut text = format!("**{}** : scénario", machine.name);
    if let Some(title) = &machine.title {
        text.push_str(&format!(" « {title} »"));
    }
    match &machine.selection {
        Some(selection) => text.push_str(&format!("\n\nPour les factures où {selection}.")),
        None => text.push_str("\n\nPour les factures qu'aucun autre ne prend."),
    }
    let stages: Vec<&str> = machine.states.iter().skip(1).map(|state| state.name.as_str()).collect();
    if !stages.is_empty() {
        text.push_str(&format!("\n\nÉtapes : {}.", stages.join(", ")));
    }
    Some(text)
}

fn template_card(workspace: &Workspace, around: &dyn Around, folder: &str, name: &str) -> Option<String> {
    let (channel, spelled) = template(workspace, folder, name)?;
    let known = workspace.context().templates.iter().find(|t| t.channel == channel && t.name == spelled)?;
    let nature = match known.nature {
        Some(Nature::FormalNotice) => "mise en demeure",
        Some(Nature::Information) => "information : ne compte pas comme une relance",
        Some(Nature::Reminder) | None => "relance",
    };
    let tone = match known.tone {
        Tone::Preventive => "préventif",
        Tone::Friendly => "amical",
        Tone::Polite => "courtois",
        Tone::Firm => "ferme",
        Tone::Formal => "formel",
        Tone::Notice => "mise en demeure",
    };
    let mut text = format!("**{spelled}** : {}\n\nNature : {nature}. Ton : {tone}.", templates_of(folder));
    if let Some(card) = around.template(channel, spelled) {
        if let Some(subject) = card.subject {
            text.push_str(&format!("\n\nObjet : {subject}"));
        }
        if !card.beginning.is_empty() {
            text.push_str(&format!("\n\n```\n{}\n```", card.beginning.trim_end()));
        }
        text.push_str(&format!("\n\n{}", card.file));
    }
    Some(text)
}
