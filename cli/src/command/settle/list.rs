//! The list of messages in doubt as a file that a person fills in: given out, and read back.

use super::{Answer, words};
use crate::args::SettleArgs;
use crate::failure::Failure;
use crate::output::count;
use crate::output::plain::cell;
use chrono_tz::Tz;
use relance_core::schema::fold;
use relance_engine::import::table::{self, Cell, Table};
use relance_engine::import::{Problem, load};
use relance_engine::store::Doubt;
use std::collections::BTreeMap;
use std::path::Path;

const KEY: &str = "cle";
const ANSWER: &str = "reponse";
const REASON: &str = "motif";

/// The list, to be filled in.
pub(super) fn write(doubts: &[Doubt], zone: Tz) -> String {
    if doubts.is_empty() {
        anstream::eprintln!("Aucun message n’est en doute.");
    }
    let mut out = format!("{KEY};client;factures;canal;decide_le;{ANSWER};{REASON}\n");
    for Doubt { key, client, invoices, channel, decided, .. } in doubts {
        let decided = decided.with_timezone(&zone).format("%d/%m/%Y %H:%M").to_string();
        let cells = [key.as_str(), client, &invoices.join(", "), channel, &decided, "", ""].map(cell);
        out.push_str(&cells.join(";"));
        out.push('\n');
    }
    out
}

/// The answers of a list; a line without one leaves its message in doubt. One mistake, and nothing is taken.
pub(super) fn read<'a>(path: &Path, doubts: &'a [Doubt], args: &SettleArgs) -> Result<Vec<Answer<'a>>, Failure> {
    let told = |problem: Problem| {
        Failure::Outside(problem.to_string(), "donnez la liste que `relance trancher` écrit, remplie".to_owned())
    };
    let files = load(path).map_err(told)?;
    let [(name, bytes)] = files.as_slice() else {
        return Err(Failure::Usage(
            format!("`{}` n’est pas un fichier", path.display()),
            "donnez la liste que `relance trancher` écrit, remplie".to_owned(),
        ));
    };
    let decoded = table::decode(name, bytes).map_err(told)?;
    let known = |text: &str| [KEY, ANSWER, REASON].contains(&fold(text).as_str());
    let table = table::read(name, &decoded, &known).map_err(told)?;
    let (answers, problems) = answers(&table, doubts, words(args.motif.as_deref()));
    for problem in &problems {
        anstream::eprintln!("{problem}");
    }
    if !problems.is_empty() {
        let told = count(problems.len(), "erreur", "erreurs");
        return Err(Failure::Findings(format!("{told} : rien n’est noté. Corrigez, puis recommencez.")));
    }
    if answers.is_empty() {
        return Err(Failure::Usage(
            format!("`{}` ne donne aucune réponse", path.display()),
            format!("écrivez `parti` ou `non-parti` dans la colonne `{ANSWER}`"),
        ));
    }
    Ok(answers)
}

fn answers<'a>(table: &Table<'_>, doubts: &'a [Doubt], usual: Option<String>) -> (Vec<Answer<'a>>, Vec<Problem>) {
    let column = |name: &str| table.headers.iter().find(|header| fold(&header.text) == name).map(|h| h.column);
    let (Some(key), Some(answer)) = (column(KEY), column(ANSWER)) else {
        let missing = if column(KEY).is_none() { KEY } else { ANSWER };
        let problem = Problem::of_file(&table.file, format!("il manque la colonne `{missing}`"))
            .advise("donnez la liste que `relance trancher` écrit, remplie");
        return (Vec::new(), vec![problem]);
    };
    let by_key: BTreeMap<&str, &Doubt> = doubts.iter().map(|doubt| (doubt.key.as_str(), doubt)).collect();
    let (mut answers, mut problems, mut lines) = (Vec::new(), Vec::new(), BTreeMap::new());
    for row in &table.rows {
        let cell = |column: usize| row.cells.get(column).map(Cell::shown).unwrap_or_default();
        let (key, answer) = (cell(key), cell(answer));
        if answer.is_empty() {
            continue;
        }
        let wrong = |reason: &str, value: &str| Problem::of_file(&table.file, reason).at_line(row.line).about(value);
        let left = match fold(&answer).replace([' ', '_'], "-").as_str() {
            "parti" => true,
            "non-parti" => false,
            _ => {
                problems
                    .push(wrong("cette réponse n’en est pas une", &answer).advise("écrivez `parti` ou `non-parti`"));
                continue;
            }
        };
        // The apostrophe keeps a spreadsheet from taking a number such as `=1` for a formula.
        let known = by_key.get(key.as_str()).or_else(|| by_key.get(key.strip_prefix('\'')?));
        let Some(doubt) = known.copied() else {
            let advice = "`relance trancher` donne la liste de ceux qui le sont encore";
            problems.push(wrong("aucun message en doute n’a cette clé", &key).advise(advice));
            continue;
        };
        if let Some(first) = lines.insert(key.clone(), row.line) {
            problems.push(
                wrong("cette clé a déjà une réponse", &key)
                    .advise(format!("gardez une ligne : celle-ci ou la {first}")),
            );
            continue;
        }
        let reason = column(REASON).and_then(|column| words(Some(&cell(column)))).or_else(|| usual.clone());
        answers.push(Answer { doubt, left, reason });
    }
    (answers, problems)
}
