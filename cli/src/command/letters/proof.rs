//! A proof that somebody has in hand: a scanned receipt, a page of the postal service.

use crate::args::{LettersArgs, When};
use crate::command::import::moment;
use crate::failure::{Failure, file};
use crate::output::plain::line;
use crate::output::{GREEN, YELLOW};
use crate::project::Project;
use relance_core::day::{civil_date, french_date};
use relance_engine::store::Store;
use relance_engine::tracking::proof::{LARGEST, ProofFile};
use relance_engine::tracking::{Trouble, letters, note as noted};
use std::io::Read;
use std::path::Path;

/// Keeps a proof of a letter of an invoice, and tells what it is from now on.
pub async fn note(project: &Project, store: &dyn Store, path: &Path, args: &LettersArgs) -> Result<String, Failure> {
    let zone = project.config.creditor.zone;
    let at = moment(args.le.map(When::Day), zone);
    let number = args.facture.as_deref().unwrap_or_default();
    let Some(client) = store.client_of(number).await? else {
        return Err(Failure::Usage(
            format!("aucune facture n’a le numéro `{number}`"),
            "donnez son numéro tel qu’il est dans factures.csv".to_owned(),
        ));
    };
    let (all, _) = letters(store, &[client], at, true).await?;
    let mut own: Vec<_> = all
        .into_iter()
        .filter(|letter| letter.invoices.iter().any(|invoice| invoice == number))
        .filter(|letter| args.cle.as_ref().map_or(letter.registered, |key| *key == letter.key))
        .collect();
    own.sort_by_key(|letter| letter.posted);
    let Some(letter) = own.pop() else {
        return Err(Failure::Usage(
            format!("aucune lettre recommandée de la facture {number} n’est à poster ni postée depuis trois mois"),
            format!("cherchez sa clé (`cle`) : relance journal --facture {number} --format jsonl"),
        ));
    };
    // A byte more than is kept says that it is too large, however large it is.
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)
        .and_then(|open| open.take(most).read_to_end(&mut bytes))
        .map_err(|error| file(path, &error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let proof = ProofFile::new(&name, bytes).map_err(|trouble| {
        let (Trouble::Service(why) | Trouble::Letter(why) | Trouble::Proof(why)) = trouble;
        Failure::Usage(
            format!("`{}` ne peut pas servir de preuve : {why}", path.display()),
            "donnez un PDF ou une image (PNG, JPEG, TIFF) de 5 Mo au plus".to_owned(),
        )
    })?;
    let shown = proof.proof.clone();
    let new = noted(store, &letter, None, vec![proof], (at, zone)).await?;
    if !new {
        return Ok(format!("{YELLOW}Déjà gardée{YELLOW:#} : {} (SHA-256 {}).\n", line(&shown.name), shown.sha256));
    }
    let posted = if letter.posted <= civil_date(at, zone) { french_date(letter.posted) } else { String::new() };
    Ok(format!(
        "{GREEN}Preuve gardée{GREEN:#} : {} pour la lettre du {posted} ({}).\n  SHA-256 {}\n",
        line(&shown.name),
        line(&letter.invoices.join(", ")),
        shown.sha256
    ))
}
