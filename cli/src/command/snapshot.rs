//! `simuler --instantane` and `--verifier-instantane`: a simulation kept in a file, and later ones compared with it.

use crate::args::{Personnes, SimulateArgs};
use crate::failure::{self, Failure};
use crate::output::{self, BOLD, GREEN, count};
use crate::snapshot::{FORM, Header, Snapshot, compare, told};
use chrono::NaiveDate;
use clap::ValueEnum;
use relance_core::day::french_date;
use relance_core::journal::Line;
use relance_core::program::Program;
use std::path::Path;

/// The snapshot to compare with, when one is asked for.
pub fn read(args: &SimulateArgs) -> Result<Option<Snapshot>, Failure> {
    let Some(path) = &args.verifier_instantane else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|error| failure::file(path, &error))?;
    let parsed = Snapshot::parse(&text);
    parsed.map(Some).map_err(|line| {
        Failure::Outside(
            format!("`{}`, ligne {line} : ce n’est pas un instantané de simulation", path.display()),
            "refaites-le : `relance simuler --instantane FICHIER`".to_owned(),
        )
    })
}

/// What people do: as in the snapshot to compare with, else as asked.
pub fn people(args: &SimulateArgs, before: Option<&Snapshot>) -> Personnes {
    let kept = before.and_then(|before| Personnes::from_str(&before.header.personnes, true).ok());
    kept.unwrap_or(args.personnes)
}

fn header(program: &Program, (du, au): (NaiveDate, NaiveDate), people: Personnes) -> Header {
    let scenarios = program.scenarios.iter().map(|s| (s.machine.name.clone(), s.hash.clone())).collect();
    let personnes = people.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    Header { instantane: FORM, du, au, personnes, scenarios }
}

/// Writes the simulation into a file.
pub fn write(
    path: &Path,
    program: &Program,
    days: (NaiveDate, NaiveDate),
    people: Personnes,
    lines: &[Line],
) -> Result<(), Failure> {
    let text = Snapshot::text(&header(program, days, people), lines);
    std::fs::write(path, text).map_err(|error| failure::file(path, &error))?;
    let (from, to) = (french_date(days.0), french_date(days.1));
    let told = count(lines.len(), "ligne", "lignes");
    output::print(&format!("Instantané du {from} au {to} : {told} dans `{}`.\n", path.display()))
}

/// Compares the simulation with the one in the file.
pub fn check(
    before: &Snapshot,
    program: &Program,
    days: (NaiveDate, NaiveDate),
    people: Personnes,
    lines: &[Line],
) -> Result<(), Failure> {
    let after = Snapshot::of(header(program, days, people), lines);
    let changes = compare(before, &after);
    let (from, to) = (french_date(days.0), french_date(days.1));
    if changes.is_empty() {
        let mut text = format!(
            "{GREEN}Comme l’instantané{GREEN:#} : {} du {from} au {to}.\n",
            count(lines.len(), "ligne", "lignes")
        );
        if before.header.scenarios != after.header.scenarios {
            text.push_str("Les scénarios ont changé depuis, sans effet sur cette simulation.\n");
        }
        return output::print(&text);
    }
    output::print(&format!(
        "{BOLD}Ce qui change par rapport à l’instantané, du {from} au {to}{BOLD:#}\n{}",
        told(&changes)
    ))?;
    let verb = if changes.len() > 1 { "changent" } else { "change" };
    Err(Failure::Findings(format!(
        "{} {verb} : si c’est voulu, refaites l’instantané par --instantane.",
        count(changes.len(), "facture", "factures")
    )))
}
