//! What templates ask for: the functions of scripts exist, and each machine knows what its own messages ask.

use super::calls::{Wrong, find_function};
use super::project::Project;
use crate::Context;
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::Scenario;
use crate::span::in_text;
use relance_core::machine::{Action, Machine, MessageCalls};
use relance_core::schema::fold;

/// Checks the calls of every template, and hands each scenario those of the templates that it sends.
pub(crate) fn messages(
    project: &Project,
    context: &Context,
    scenarios: &mut [Scenario],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for message in &context.messages {
        let calls = message.calls.iter().fold(Vec::new(), |mut calls, (call, _)| {
            if !calls.contains(call) {
                calls.push(call.clone());
            }
            calls
        });
        let asked = MessageCalls {
            channel: message.channel,
            template: message.template.clone(),
            calls,
            amounts: message.amounts,
        };
        let senders = scenarios.iter_mut().filter(|scenario| sends(&scenario.machine, &asked));
        let mut used = false;
        for scenario in senders {
            scenario.machine.messages.push(asked.clone());
            used = true;
        }
        for (call, at) in &message.calls {
            let Err(Wrong { code, message: told, help, fix }) =
                find_function(project, context, &call.function, call.arguments.len())
            else {
                continue;
            };
            let named = |path: &str| project.scripts.iter().any(|script| script.path == path);
            let defines = format!("fn {}(", fold(&call.function));
            let dormant = context.scripts.iter().find(|s| !named(&s.path) && fold(&s.text).contains(&defines));
            let (told, help) = match dormant {
                // Only a part of the scenarios may be looked at: another one may name the script.
                Some(_) if !used => continue,
                Some(script) => (
                    format!("aucun scénario ne fait appel au script de `{}`", call.function),
                    format!("ajoutez `script \"{}\"` en tête d'un fichier de scénario", script.path),
                ),
                None => (told, help),
            };
            if code == Code::UnknownFunction && project.missing_script {
                continue;
            }
            let found = Diagnostic::new(code, told, &message.file, in_text(&message.text, at)).help(help);
            diagnostics.push(match fix {
                Some(fix) if dormant.is_none() => found.fix(fix),
                _ => found,
            });
        }
    }
}

/// Whether a machine sends a template.
pub(crate) fn sends(machine: &Machine, template: &MessageCalls) -> bool {
    let contacts = machine.sequences().flat_map(|(_, sequence)| sequence.actions().filter_map(Action::contact));
    let mut named = contacts.flat_map(|contact| {
        let chosen = contact.choice.iter().flat_map(|choice| &choice.among);
        contact.template.iter().chain(chosen).map(move |name| (contact.channel, name))
    });
    named.any(|(channel, name)| template.is_of(channel, name))
}
