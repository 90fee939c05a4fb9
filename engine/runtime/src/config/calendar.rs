//! `[calendrier]`: the days on which the company is closed.

use super::TOP;
use super::reader::{Placed, Section};
use crate::import::value::date;
use relance_core::calendar::Closing;

/// A closing of more days than this is a slip of the pen, and nothing would be sent for all that time.
const LONGEST: i64 = 366;

/// Reads `fermetures = ["24/12/2026", "du 03/08/2026 au 21/08/2026"]`.
pub(super) fn closings(mut section: Section<'_, '_>) -> Vec<Closing> {
    let mut found: Vec<Closing> = Vec::new();
    for text in section.texts("fermetures").unwrap_or_default() {
        match closing(&text) {
            Ok(closing) => found.push(closing),
            Err((message, help)) => section.report(text.at, message, Some(help)),
        }
    }
    section.finish(&TOP, &[]);
    found
}

fn closing(text: &Placed<String>) -> Result<Closing, (String, String)> {
    let text = text.value.as_str();
    let help = || "exemples : \"24/12/2026\", ou \"du 03/08/2026 au 21/08/2026\"".to_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let (from, to) = match words.as_slice() {
        [] => return Err(("une fermeture est vide".to_owned(), help())),
        [day] => (*day, *day),
        [du, from, au, to] if du.eq_ignore_ascii_case("du") && au.eq_ignore_ascii_case("au") => (*from, *to),
        _ => return Err((format!("fermeture illisible `{text}`"), help())),
    };
    let day = |word: &str| date::parse(word).map_err(|refusal| (format!("`{word}` : {}", refusal.reason), help()));
    let closing = Closing { from: day(from)?, to: day(to)? };
    let days = (closing.to - closing.from).num_days();
    if days < 0 {
        return Err((format!("`{text}` finit avant de commencer"), "inversez les deux dates".to_owned()));
    }
    if days >= LONGEST {
        let message = format!("`{text}` fermerait la société plus d'un an");
        return Err((message, "vérifiez l'année des deux dates".to_owned()));
    }
    Ok(closing)
}
