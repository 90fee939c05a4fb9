//! What the journal of an example says, in French.

use crate::dossier::parse_key;
use crate::event::{Entry, Event};
use crate::program::Program;

/// One entry as a person reads it; `None` for what no example needs.
pub(super) fn told(entry: &Entry, program: &Program) -> Option<String> {
    let rule = || {
        let about = entry.about.as_ref()?;
        let machine = &program.scenario(&about.scenario)?.machine;
        let id = about.rule?;
        let line = machine.place(id).map(|place| format!(" (ligne {})", place.line)).unwrap_or_default();
        Some(format!("`{}`{line}", machine.sequence(id)?))
    };
    Some(match &entry.event {
        Event::Fired { .. } => format!("la règle {} se déclenche", rule()?),
        Event::Departed { channel, template, .. } | Event::Sent { channel, template, .. } => {
            let template = template.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            format!("`{}{template}` part", channel.name())
        }
        Event::Cancelled { what, reason, .. } if !what.is_empty() => format!("`{what}` est annulé : {reason}"),
        Event::StateEntered { to, .. } => format!("la facture passe à l’étape `{to}`"),
        Event::Postponed { key, .. } => {
            let (_, _, stage, item, attempt) = parse_key(key)?;
            let about = entry.about.as_ref()?;
            let sequence = program.scenario(&about.scenario)?.machine.sequence(about.rule?)?;
            let action = sequence.stages.get(stage as usize)?.items.get(item)?.0.get(attempt as usize)?;
            format!("`{action}` attend : le plafond de contacts est atteint")
        }
        Event::HandedOver { target, .. } => format!("la créance est transmise à « {target} »"),
        Event::Assigned { scenario: None, .. } => "aucun scénario ne la prend".to_owned(),
        Event::Assigned { scenario: Some(scenario), .. } => format!("le scénario `{}` la prend", scenario.name),
        _ => return None,
    })
}
