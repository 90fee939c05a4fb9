//! The block of the recipient, as it stands in the window of an envelope (NF Z 10-011: six lines of 38 characters).

use crate::words::{line, lines};
use relance_core::country;

const LINES: usize = 6;
const LETTERS: usize = 38;

/// Name, person, address, and the country of mail that leaves France. What is too long goes on in the next line; what does not fit is taken
/// from the middle, since the first line says to whom and the last ones where.
pub(crate) fn block(name: &str, person: Option<&str>, address: Option<&String>, country: Option<&str>) -> Vec<String> {
    let name = line(name);
    let person = person.map(line).filter(|person| !person.is_empty() && *person != name);
    let person = person.map(|person| format!("À l’attention de {person}"));
    let mut place = lines(address);
    if let Some(abroad) = country.and_then(|code| abroad(code, &place)) {
        place.push(abroad);
    }
    let (first, last) = place.split_at(place.len().saturating_sub(2));
    let mut head = folded(&name, 2);
    let tail: Vec<String> = last.iter().flat_map(|line| folded(line, 2)).take(LINES - 1).collect();
    head.truncate(LINES - tail.len());
    let middle =
        person.iter().flat_map(|person| folded(person, 1)).chain(first.iter().flat_map(|line| folded(line, 2)));
    let room = LINES.saturating_sub(head.len() + tail.len());
    head.into_iter().chain(middle.take(room).collect::<Vec<_>>()).chain(tail).collect()
}

/// The last line of an address abroad: its country in capitals, unless it stands there already or there is no address.
fn abroad(code: &str, place: &[String]) -> Option<String> {
    let last = place.last()?;
    if country::is_french_mail(code) || country::code_of(last).is_some() || last.eq_ignore_ascii_case(code) {
        return None;
    }
    Some(country::french_name(code).unwrap_or(code).to_uppercase())
}

/// A text on at most so many lines; the last one is cut.
fn folded(text: &str, most: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > LETTERS && out.len() + 1 < most {
        let end = rest.iter().take(LETTERS + 1).rposition(|c| *c == ' ').filter(|end| *end > 0).unwrap_or(LETTERS);
        let after = rest.split_off(end);
        out.push(rest.into_iter().collect::<String>().trim().to_owned());
        rest = after.into_iter().skip_while(|c| *c == ' ').collect();
    }
    if rest.len() > LETTERS {
        rest.truncate(LETTERS - 1);
        rest.push('…');
    }
    out.push(rest.into_iter().collect::<String>().trim_end().to_owned());
    out
}

/// The town of an address: what stands behind the postal code, without CEDEX.
pub(crate) fn town(address: Option<&String>) -> Option<String> {
    lines(address).iter().rev().find_map(|line| {
        let (code, town) = line.split_once(' ')?;
        let is_code = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
        let upper = town.to_uppercase();
        let town = upper.find(" CEDEX").and_then(|at| town.get(..at)).unwrap_or(town).trim();
        (is_code && !town.is_empty()).then(|| town.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(name: &str, person: Option<&str>, address: &str) -> Vec<String> {
        block(name, person, Some(&address.to_owned()), Some("FR"))
    }

    #[test]
    fn the_usual_ones_stand_as_written() {
        let expected =
            ["Garage Lefèvre SARL", "À l’attention de Nadia Benoît", "8 avenue de la République", "38000 Grenoble"];
        assert_eq!(
            of("Garage Lefèvre SARL", Some("Nadia Benoît"), "8 avenue de la République\n\n38000 Grenoble"),
            expected
        );
        assert_eq!(of("Paul Lefèvre", Some("Paul Lefèvre"), "1 rue A\n38000 Grenoble").len(), 3);
        assert_eq!(block("Paul", None, None, Some("DE")), ["Paul"]);
    }

    #[test]
    fn the_town_stays_whatever_comes_before() {
        let name = "Groupement d’intérêt économique des établissements hospitaliers publics de la région";
        let told =
            of(name, Some("Service comptabilité"), "Bâtiment C\nPorte 12\nZone industrielle\n8 rue X\n38000 Grenoble");
        let expected = [
            "Groupement d’intérêt économique des",
            "établissements hospitaliers publics d…",
            "À l’attention de Service comptabilité",
            "Bâtiment C",
            "8 rue X",
            "38000 Grenoble",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn mail_that_leaves_france_names_its_country() {
        let to = |address: &str, country| block("Müller GmbH", None, Some(&address.to_owned()), country).pop();
        let street = "Hauptstraße 5\n10115 Berlin";
        assert_eq!(to(street, Some("DE")).as_deref(), Some("ALLEMAGNE"));
        assert_eq!(to(street, Some("XK")).as_deref(), Some("XK"), "better than nothing");
        for (address, country) in [(street, None), (street, Some("FR")), ("1 rue A\n97400 Saint-Denis", Some("RE"))] {
            assert_eq!(to(address, country).as_deref(), address.lines().last());
        }
        for said in ["Allemagne", "ALLEMAGNE", "de"] {
            assert_eq!(to(&format!("{street}\n{said}"), Some("DE")).as_deref(), Some(said));
        }
    }

    #[test]
    fn towns() {
        let town = |address: &str| town(Some(&address.to_owned()));
        assert_eq!(town("12 rue des Tanneurs\n69003 Lyon").as_deref(), Some("Lyon"));
        assert_eq!(town("1 rue A\n92055 Paris La Défense Cedex 4\nFrance").as_deref(), Some("Paris La Défense"));
        assert_eq!(town("10 Downing Street\nLondon"), None);
    }

    proptest! {
        #[test]
        fn every_block_fits_the_window(name in "\\PC{0,120}", person in proptest::option::of("\\PC{0,80}"), address in "(\\PC{0,60}\n){0,9}") {
            let told = block(&name, person.as_deref(), Some(&address), Some("GB"));
            prop_assert!(told.len() <= LINES);
            prop_assert!(told.iter().all(|line| line.chars().count() <= LETTERS), "{told:?}");
        }
    }
}
