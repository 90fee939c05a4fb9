//! What can be proved of compiled machines before any invoice meets them. What is called impossible follows from the conditions alone;
//! what is called possible is shown by an invoice, and the simulation has confirmed it.

mod cycles;
mod domain;
mod finding;
mod instant;
mod messages;
mod paths;
mod rules;
mod selections;
mod site;
mod solve;
mod witness;

pub use cycles::{Cycle, cycles, turns_through_work};
pub use finding::{At, Delayed, Finding, InTemplate, Kind};
pub use messages::{Mention, Said, TemplateFacts, Words};
pub use selections::{Together, together};
pub use witness::Witness;

use crate::machine::Machine;
use domain::Facts;
use witness::Lab;

/// What the project around the machines declares.
#[derive(Clone, Debug)]
pub struct Project {
    /// The segments that clients can have; none when they are not known.
    pub segments: Vec<String>,
    /// The creditor's time zone.
    pub zone: chrono_tz::Tz,
    /// What is known of the templates' texts.
    pub templates: Vec<TemplateFacts>,
}

impl Default for Project {
    fn default() -> Project {
        Project { segments: Vec::new(), zone: chrono_tz::Europe::Paris, templates: Vec::new() }
    }
}

/// A machine with what its proofs need.
struct Proof<'a> {
    machine: &'a Machine,
    project: &'a Project,
    /// The machines that could take one of its invoices before it does.
    rivals: &'a [&'a Machine],
    lab: &'a Lab,
}

impl<'a> Proof<'a> {
    fn facts(&self, state: &'a str) -> Facts<'a> {
        Facts::new(self.project, self.machine, Some(state))
    }

    /// What must hold for the machine to take an invoice.
    fn selected(&self, facts: &Facts<'_>) -> solve::Formula {
        site::selected(self.rivals, self.machine, facts)
    }
}

/// Everything found about the machines of a project, by scenario and place.
pub fn examine(machines: &[Machine], project: &Project) -> Vec<Finding> {
    // A machine that turns at one instant is refused by the compiler; no example is run on it.
    let turning: Vec<Finding> = machines.iter().flat_map(paths::states::turning).collect();
    if !turning.is_empty() {
        return turning;
    }
    let lab = Lab::new(machines, project.zone);
    let ordered = site::in_order(machines);
    let rivals = site::rivals(&ordered, project);
    let mut found = selections::examine(&ordered, &rivals, project, &lab);
    let mut proofs = Vec::new();
    for (machine, rivals) in ordered.iter().zip(&rivals) {
        let proof = Proof { machine, project, rivals, lab: &lab };
        let dead = rules::never::examine(&proof, &mut found);
        rules::hidden::examine(&proof, &dead, &mut found);
        rules::conflict::examine(&proof, &dead, &mut found);
        rules::cut::examine(&proof, &dead, &mut found);
        rules::past::examine(&proof, &dead, &mut found);
        rules::leaving::examine(&proof, &dead, &mut found);
        rules::cap::examine(&proof, &dead, &mut found);
        rules::pace::examine(&proof, &mut found);
        paths::states::examine(&proof, &dead, &mut found);
        found.extend(paths::states::working(machine));
        paths::limitation::examine(&proof, &dead, &mut found);
        paths::notice::examine(&proof, &dead, &mut found);
        proofs.push((proof, dead));
    }
    messages::examine(&proofs, &mut found);
    let order = |scenario: &str| machines.iter().position(|machine| machine.name == scenario);
    found.sort_by(|a, b| (order(&a.scenario), &a.at).cmp(&(order(&b.scenario), &b.at)));
    found
}
