//! The words by which a mention is recognised.

use super::EACH;
use crate::template::language::Lang;
use relance_core::proof::{Mention, Words};
use relance_core::schema::fold;

/// Words without accents or capitals, and what they say. A blank stands for blanks of any kind.
const TEXTS: &[(&str, Mention)] = &[
    ("indemnite forfaitaire", Mention::Compensation),
    ("penalites de retard", Mention::Penalties),
    ("penalite de retard", Mention::Penalties),
    ("interets de retard", Mention::Penalties),
    ("l. 441-10", Mention::Penalties),
    ("l441-10", Mention::Penalties),
    ("frais de gestion", Mention::RecoveryCosts),
    ("frais de recouvrement", Mention::RecoveryCosts),
    ("frais de dossier", Mention::RecoveryCosts),
    ("frais de relance", Mention::RecoveryCosts),
    ("frais de poursuite", Mention::RecoveryCosts),
    ("frais de procedure", Mention::RecoveryCosts),
    ("frais d'huissier", Mention::RecoveryCosts),
    ("frais d'impaye", Mention::RecoveryCosts),
    ("frais administratifs", Mention::RecoveryCosts),
    ("frais de traitement", Mention::RecoveryCosts),
    ("frais de retard", Mention::RecoveryCosts),
    ("frais supplementaires", Mention::RecoveryCosts),
    ("huissier", Mention::Seizure),
    ("commissaire de justice", Mention::Seizure),
    ("saisie de", Mention::Seizure),
    ("saisie sur", Mention::Seizure),
    ("saisies", Mention::Seizure),
    ("une saisie", Mention::Seizure),
    ("la saisie", Mention::Seizure),
    ("saisir vos", Mention::Seizure),
    ("iban", Mention::MeansOfPayment),
    ("par cheque", Mention::MeansOfPayment),
    ("prelevement", Mention::MeansOfPayment),
    ("contest", Mention::Contact),
    ("repondez a ce", Mention::Contact),
    ("ecrivez-nous", Mention::Contact),
    ("appelez-nous", Mention::Contact),
    ("contactez", Mention::Contact),
    ("nous joindre", Mention::Contact),
    ("croise", Mention::Crossing),
    ("deja paye", Mention::Crossing),
    ("deja regle", Mention::Crossing),
    ("deja ete regle", Mention::Crossing),
    ("tenez pas compte", Mention::Crossing),
    ("mise en demeure", Mention::NoticeWords),
    ("mettons en demeure", Mention::NoticeWords),
    ("met en demeure", Mention::NoticeWords),
    ("mets en demeure", Mention::NoticeWords),
    ("mettre en demeure", Mention::NoticeWords),
    ("sous huit jours", Mention::Deadline),
    ("sous quinze jours", Mention::Deadline),
    ("sous 8 jours", Mention::Deadline),
    ("sous 15 jours", Mention::Deadline),
    ("dans un delai", Mention::Deadline),
    ("dans les", Mention::Deadline),
    ("avant le", Mention::Deadline),
    ("au plus tard", Mention::Deadline),
    ("a defaut", Mention::NextStep),
    ("faute de", Mention::NextStep),
    ("sans reglement", Mention::NextStep),
    ("sans paiement", Mention::NextStep),
    ("passe ce delai", Mention::NextStep),
    ("a l'expiration", Mention::NextStep),
];

/// The same in English.
const ENGLISH: &[(&str, Mention)] = &[
    ("fixed compensation", Mention::Compensation),
    ("lump-sum compensation", Mention::Compensation),
    ("fixed recovery fee", Mention::Compensation),
    ("late payment penalt", Mention::Penalties),
    ("late-payment penalt", Mention::Penalties),
    ("late payment interest", Mention::Penalties),
    ("interest on late payment", Mention::Penalties),
    ("l. 441-10", Mention::Penalties),
    ("l441-10", Mention::Penalties),
    ("administration fee", Mention::RecoveryCosts),
    ("administrative fee", Mention::RecoveryCosts),
    ("collection cost", Mention::RecoveryCosts),
    ("collection fee", Mention::RecoveryCosts),
    ("recovery cost", Mention::RecoveryCosts),
    ("recovery fee", Mention::RecoveryCosts),
    ("reminder fee", Mention::RecoveryCosts),
    ("late fee", Mention::RecoveryCosts),
    ("handling fee", Mention::RecoveryCosts),
    ("legal costs", Mention::RecoveryCosts),
    ("bailiff", Mention::Seizure),
    ("seizure", Mention::Seizure),
    ("seize ", Mention::Seizure),
    ("attachment order", Mention::Seizure),
    ("iban", Mention::MeansOfPayment),
    ("by cheque", Mention::MeansOfPayment),
    ("direct debit", Mention::MeansOfPayment),
    ("dispute", Mention::Contact),
    ("reply to this", Mention::Contact),
    ("contact us", Mention::Contact),
    ("call us", Mention::Contact),
    ("write to us", Mention::Contact),
    ("crossed", Mention::Crossing),
    ("already paid", Mention::Crossing),
    ("already been paid", Mention::Crossing),
    ("disregard", Mention::Crossing),
    ("formal notice", Mention::NoticeWords),
    ("notice of default", Mention::NoticeWords),
    ("within eight days", Mention::Deadline),
    ("within 8 days", Mention::Deadline),
    ("within fifteen days", Mention::Deadline),
    ("within 15 days", Mention::Deadline),
    ("no later than", Mention::Deadline),
    ("failing ", Mention::NextStep),
    ("in the absence of", Mention::NextStep),
    ("if payment is not", Mention::NextStep),
    ("otherwise", Mention::NextStep),
];

/// What speaks of the compensation: forty euros of anything else are a price.
const ABOUT_COMPENSATION: &[&str] =
    &["indemni", "forfait", "recouvrement", "frais", "penalit", "retard", "441-", "compensation", "recovery", "late"];

/// Before costs, these words say that there are none.
const NONE: &[&str] = &["aucun", "aucuns", "sans", "ni", "pas de", "point de", "no", "without", "without any", "nor"];

/// Marks of a text's form, which stand between its words.
fn is_mark(c: char) -> bool {
    matches!(c, '*' | '_' | '`')
}

/// A character as it is compared: without accents or capitals, blanks of any kind alike, apostrophes too.
fn plain(c: char) -> String {
    match c {
        c if c.is_whitespace() => " ".to_owned(),
        '’' => "'".to_owned(),
        c => fold(&c.to_string()),
    }
}

/// A text as it is compared, without marks or runs of blanks, with the line of each byte.
fn flat(text: &str, first_line: usize) -> (String, Vec<usize>) {
    let (mut folded, mut lines) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    let mut line = first_line;
    for c in text.chars() {
        let piece = plain(c);
        if !is_mark(c) && (piece != " " || !folded.ends_with(' ')) {
            folded.push_str(&piece);
            lines.resize(folded.len(), line);
        }
        line += usize::from(c == '\n');
    }
    (folded, lines)
}

/// The sentence around a place, up to it and after it.
fn sentence(text: &str, at: usize) -> (&str, &str) {
    // A full stop ends a sentence only before a blank: `art. L. 441-10` has others.
    let ends = |text: &str, (n, c): (usize, char)| {
        matches!(c, '!' | '?' | '\n')
            || (c == '.' && text.get(n + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let begin = before.char_indices().rfind(|found| ends(before, *found)).map_or(0, |(n, c)| n + c.len_utf8());
    let end = after.char_indices().find(|found| ends(after, *found)).map_or(after.len(), |(n, _)| n);
    (before.get(begin..).unwrap_or_default(), after.get(..end).unwrap_or_default())
}

/// Forty euros, however they are written: `40 €`, `40€`, `40,00 EUR`, `quarante (40) euros`. Where, and the words.
fn forty_euros(text: &str) -> impl Iterator<Item = (usize, &str)> {
    ["40", "quarante", "forty"].into_iter().flat_map(move |number| text.match_indices(number)).filter_map(
        move |(at, number)| {
            let (before, rest) = (text.get(..at)?, text.get(at + number.len()..)?);
            // `140 €` and `1 240,40 €` are other amounts.
            let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, ',' | '.');
            if before.ends_with(inside)
                || before.strip_suffix(' ').is_some_and(|b| b.ends_with(|c: char| c.is_ascii_digit()))
            {
                return None;
            }
            let rest = rest.strip_prefix(" (40)").unwrap_or(rest);
            let rest = [",00", ".00", ")"].iter().find_map(|cents| rest.strip_prefix(cents)).unwrap_or(rest);
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            let unit = ["€", "euros", "euro", "eur"].iter().find(|unit| rest.starts_with(**unit))?;
            let end = text.len() - rest.len() + unit.len();
            let (said, follows) = sentence(text, at);
            let about = |word: &&str| said.contains(*word) || follows.contains(*word);
            ABOUT_COMPENSATION.iter().any(about).then(|| text.get(at..end).map(|words| (at, words)))?
        },
    )
}

/// What a text says, with the line on which it does and the words.
pub(super) fn of_text(text: &str, first_line: usize, lang: Lang) -> Vec<(Mention, usize, String)> {
    let (folded, lines) = flat(text, first_line);
    let line = |at: usize| lines.get(at).copied().unwrap_or(first_line);
    let mut found = Vec::new();
    if let Some((at, words)) = forty_euros(&folded).next() {
        found.push((Mention::Compensation, line(at), words.to_owned()));
    }
    for (needle, what) in if lang == Lang::English { ENGLISH } else { TEXTS } {
        for (at, _) in folded.match_indices(needle) {
            let (said, _) = sentence(&folded, at);
            // `frais de recouvrement` are the law's own words for the compensation, and `aucun frais` asks for none.
            let costs = *what == Mention::RecoveryCosts;
            let legal = ["indemnite forfaitaire", "indemnite de", "compensation"].iter().any(|law| said.contains(law));
            let none = NONE
                .iter()
                .any(|word| said.trim_end().strip_suffix(word).is_some_and(|b| !b.ends_with(char::is_alphanumeric)));
            if !(costs && (legal || none)) {
                found.push((*what, line(at), (*needle).to_owned()));
                break;
            }
        }
    }
    found
}

/// Where words stand on a line of the file; the whole line when a line end cuts them.
pub(super) fn place(text: &str, line: usize, needle: &str) -> Words {
    let chars: Vec<char> = text.chars().collect();
    for from in 0..chars.len() {
        let mut read = String::new();
        if chars.get(from).is_some_and(|c| is_mark(*c)) {
            continue;
        }
        for (n, c) in chars.iter().enumerate().skip(from) {
            if is_mark(*c) {
                continue;
            }
            read.push_str(&plain(*c));
            if read == needle {
                return Words { line, from: from + 1, to: n + 2 };
            }
            if !needle.starts_with(&read) {
                break;
            }
        }
    }
    Words { line, from: 1, to: chars.len() + 1 }
}

/// What a variable says when it is written.
pub(super) fn of_variable(name: &str) -> Option<Mention> {
    let invoice = name.strip_prefix("facture.").or_else(|| name.strip_prefix(EACH)?.strip_prefix('.'));
    if let Some(part) = invoice {
        return Some(match part {
            "numero" => Mention::InvoiceNumber,
            "date_emission" => Mention::InvoiceDate,
            "date_echeance" => Mention::DueDate,
            "reste_du" | "montant_exigible" | "total_a_payer" => Mention::Balance,
            "penalites" => Mention::Penalties,
            "indemnite" => Mention::Compensation,
            "retard" => Mention::DaysLate,
            "lien_paiement" => Mention::MeansOfPayment,
            _ => return None,
        });
    }
    Some(match name {
        "creancier.nom" => Mention::Creditor,
        "creancier.iban" => Mention::MeansOfPayment,
        "creancier.signataire" => Mention::Signatory,
        "creancier.telephone" | "creancier.email" | "responsable.telephone" | "responsable.email" => Mention::Contact,
        "client.nom" => Mention::Debtor,
        "client.code" => Mention::CustomerReference,
        "total" | "total_exigible" | "total_a_payer" => Mention::Balance,
        "total_penalites" => Mention::Penalties,
        "total_indemnites" => Mention::Compensation,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<Mention> {
        of_text(text, 1, Lang::French).into_iter().map(|(what, ..)| what).collect()
    }

    #[test]
    fn words_of_the_law_are_no_costs() {
        let legal = "une indemnité forfaitaire de quarante euros par facture pour frais de recouvrement.";
        assert!(!said(legal).contains(&Mention::RecoveryCosts));
        assert!(said(&format!("{legal} Des frais de\nrecouvrement s'y ajoutent.")).contains(&Mention::RecoveryCosts));
        assert!(said("des FRAIS DE GESTION").contains(&Mention::RecoveryCosts));
        assert!(said("Des *frais* de gestion, des frais d’impayé : 20 €").contains(&Mention::RecoveryCosts));
        assert_eq!(said("Nous ne facturons aucun frais de gestion."), []);
        assert_eq!(said("C'est sans frais de dossier."), []);
    }

    #[test]
    fn another_amount_is_no_compensation() {
        assert_eq!(said("soit 140 € en tout"), []);
        assert_eq!(said("soit 1 240,40 € en tout"), []);
        assert_eq!(said("votre abonnement de 40 € par mois"), []);
        for text in [
            "et 40\u{a0}€ de frais en plus",
            "L'indemnité de 40€ est due.",
            "Indemnité de quarante (40) euros.",
            "L'indemnité de **40** € est due.",
            "Conformément à la loi, 40,00 EUR d'indemnité s'ajoutent.",
            "Indemnité légale (40 euros, art. D. 441-5)",
        ] {
            assert_eq!(said(text), [Mention::Compensation], "{text}");
        }
        assert_eq!(said("nous saisirons le tribunal"), []);
    }

    #[test]
    fn words_stand_at_their_place() {
        let found = of_text("Sinon,\nun  huissier\nviendra.", 7, Lang::French);
        assert_eq!(found, [(Mention::Seizure, 8, "huissier".to_owned())]);
        assert_eq!(place("soit **40** €", 2, "40 €"), Words { line: 2, from: 8, to: 14 });
        assert_eq!(place("un  huissier", 8, "huissier"), Words { line: 8, from: 5, to: 13 });
        assert_eq!(place("cœur déjà payé", 3, "deja paye"), Words { line: 3, from: 6, to: 15 });
    }
}
