//! `generer`: a realistic portfolio.

use crate::args::GenerateArgs;
use crate::failure::{Failure, file};
use crate::output::{self, GREEN, count};
use relance_engine::portfolio::{Params, generate};
use std::path::Path;

/// Limits that keep a slip of the keyboard from filling a disk.
const MOST: usize = 10_000_000;

/// Writes a generated portfolio as CSV files.
pub fn run(dir: &Path, args: &GenerateArgs) -> Result<(), Failure> {
    if args.factures == 0 || args.clients == 0 || args.factures > MOST || args.clients > args.factures {
        return Err(Failure::Usage(
            "il faut au moins un client, au moins autant de factures que de clients, et dix millions de factures au plus".to_owned(),
            "par exemple : relance generer --factures 2000 --clients 300".to_owned(),
        ));
    }
    let folder = args.dans.clone().unwrap_or_else(|| dir.join("donnees"));
    let today = args.le.unwrap_or_else(|| chrono::Local::now().date_naive());
    let params = Params { invoices: args.factures, customers: args.clients, seed: args.graine, today };
    write(&folder, params)?;
    output::print(&format!(
        "{GREEN}Écrit{GREEN:#} dans `{}` : {}, {}, vus au {}.\n",
        folder.display(),
        count(args.factures, "facture", "factures"),
        count(args.clients, "client", "clients"),
        relance_core::day::french_date(today)
    ))
}

/// Writes the files of a portfolio into a folder.
pub fn write(folder: &Path, params: Params) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| file(folder, &error))?;
    for (name, text) in generate(params).files() {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| file(&path, &error))?;
    }
    Ok(())
}
