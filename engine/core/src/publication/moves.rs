//! What a publication does to the invoices that are under way: those that stay, move, or have no place.

use crate::day::Instant;
use crate::dossier::{Dossier, InvoiceFile};
use crate::event::Event;
use crate::machine::PLAN;
use crate::program::Program;
use crate::step::step;
use serde::Serialize;

/// Where an invoice stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    /// The scenario; none takes it.
    pub scenario: Option<String>,
    /// The state.
    #[serde(rename = "etape")]
    pub state: String,
}

/// An invoice that a publication moves.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Move {
    /// From where.
    #[serde(rename = "de")]
    pub from: Place,
    /// Where to; nowhere when the new version has no such state and does not say where its invoices go.
    #[serde(rename = "vers")]
    pub to: Option<Place>,
    /// The client.
    pub client: String,
    /// The invoice.
    #[serde(rename = "facture")]
    pub invoice: String,
}

/// What becomes of the invoices under way.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Moves {
    /// How many stand where they stood, under the same scenario.
    #[serde(rename = "restent")]
    pub staying: usize,
    /// Those that stand elsewhere, under another scenario, or under none.
    #[serde(rename = "changent")]
    pub moved: Vec<Move>,
    /// Those that have no place in the new version.
    #[serde(rename = "sans_place")]
    pub lost: Vec<Move>,
    /// How many rungs are skipped because they are due already.
    #[serde(rename = "paliers_sautes")]
    pub skipped: usize,
    /// How many sequences end because their rule is no longer there.
    #[serde(rename = "suites_annulees")]
    pub cancelled: usize,
}

/// What becomes of the invoices of these files when `program` is put in force at a moment.
pub fn moves<'d>(program: &Program, dossiers: impl Iterator<Item = &'d Dossier>, at: Instant) -> Moves {
    let mut found = Moves::default();
    for before in dossiers {
        let mut after = before.clone();
        let done = step(program, &mut after, at, Vec::new());
        // The step goes on with what is due: only what comes before the new scenario, and what it skips, is of the publication.
        let assigned = |number: &str| {
            done.entries.iter().position(|entry| {
                entry.invoice.as_deref() == Some(number) && matches!(entry.event, Event::Assigned { .. })
            })
        };
        for (number, old) in before.invoices.iter().filter(|(_, file)| file.taken_over && file.is_open()) {
            let Some(new) = after.invoices.get(number) else { continue };
            let from = place(old);
            let to = (!is_lost(program, new)).then(|| place_after(program, old, new));
            let named = |event: fn(&Event) -> bool| {
                move |entry: &&crate::event::Entry| entry.invoice.as_ref() == Some(number) && event(&entry.event)
            };
            if let Some(at) = assigned(number) {
                let (earlier, later) = done.entries.split_at(at);
                found.cancelled += earlier.iter().filter(named(|e| matches!(e, Event::Cancelled { .. }))).count();
                let later = later.iter().skip(1).take_while(named(|e| matches!(e, Event::RungSkipped { .. })));
                found.skipped += later.count();
            }
            if to.as_ref() == Some(&from) {
                found.staying += 1;
                continue;
            }
            let list = if to.is_some() { &mut found.moved } else { &mut found.lost };
            list.push(Move { from, to, client: before.client.clone(), invoice: number.clone() });
        }
    }
    found.moved.sort();
    found.lost.sort();
    found
}

fn place(file: &InvoiceFile) -> Place {
    Place { scenario: file.scenario.as_ref().map(|scenario| scenario.name.clone()), state: file.state.clone() }
}

/// Where the publication puts an invoice, whatever is due there at once.
fn place_after(program: &Program, old: &InvoiceFile, new: &InvoiceFile) -> Place {
    let scenario = new.scenario.as_ref().map(|scenario| scenario.name.clone());
    let carried = scenario.as_ref().and_then(|name| program.scenario(name)?.place(&old.state));
    Place { state: carried.unwrap_or(&old.state).to_owned(), scenario }
}

/// Whether an invoice is left behind in a version that is no longer in force.
fn is_lost(program: &Program, file: &InvoiceFile) -> bool {
    let Some(own) = file.scenario.as_ref().filter(|_| file.state != PLAN) else { return false };
    let scenario = program.scenario(&own.name);
    scenario.is_none_or(|scenario| scenario.hash != own.hash && scenario.place(&file.state).is_none())
}
