//! The words by which a mention is recognised.

use super::EACH;
use relance_core::proof::{Mention, Words};
use relance_core::schema::fold;

/// Words without accents or capitals, and what they say. A blank stands for blanks of any kind.
const TEXTS: &[(&str, Mention)] = &[
    ("40 €", Mention::Compensation),
    ("40 eur", Mention::Compensation),
    ("40,00 €", Mention::Compensation),
    ("quarante euros", Mention::Compensation),
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

/// A text without accents, capitals or runs of blanks, with the line of each byte.
fn flat(text: &str, first_line: usize) -> (String, Vec<usize>) {
    let (mut folded, mut lines) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    let mut line = first_line;
    for c in text.chars() {
        let piece = if c.is_whitespace() { " ".to_owned() } else { fold(&c.to_string()) };
        if piece != " " || !folded.ends_with(' ') {
            folded.push_str(&piece);
            lines.resize(folded.len(), line);
        }
        line += usize::from(c == '\n');
    }
    (folded, lines)
}

/// What a text says, with the line on which it does and the words.
pub(super) fn of_text(text: &str, first_line: usize) -> Vec<(Mention, usize, &'static str)> {
    let (folded, lines) = flat(text, first_line);
    let mut found = Vec::new();
    for (needle, what) in TEXTS {
        for (at, _) in folded.match_indices(needle) {
            let before = folded.get(..at).unwrap_or_default();
            // `140 €` is another amount, and `frais de recouvrement` the law's own words for the compensation.
            let other = needle.starts_with(|c: char| c.is_ascii_digit())
                && before.trim_end().ends_with(|c: char| c.is_ascii_digit() || c == ',');
            let sentence = before.rsplit(['.', '!', '?']).next().unwrap_or_default();
            let legal = *what == Mention::RecoveryCosts
                && (sentence.contains("indemnite forfaitaire") || sentence.contains("indemnite de"));
            if !other && !legal {
                found.push((*what, lines.get(at).copied().unwrap_or(first_line), *needle));
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
        for (n, c) in chars.iter().enumerate().skip(from) {
            read.push_str(&if c.is_whitespace() { " ".to_owned() } else { fold(&c.to_string()) });
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
            "reste_du" | "montant_exigible" => Mention::Balance,
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
        "total" | "total_exigible" => Mention::Balance,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<Mention> {
        of_text(text, 1).into_iter().map(|(what, ..)| what).collect()
    }

    #[test]
    fn words_of_the_law_are_no_costs() {
        let legal = "une indemnité forfaitaire de quarante euros par facture pour frais de recouvrement.";
        assert!(!said(legal).contains(&Mention::RecoveryCosts));
        assert!(said(&format!("{legal} Des frais de\nrecouvrement s'y ajoutent.")).contains(&Mention::RecoveryCosts));
        assert!(said("des FRAIS DE GESTION").contains(&Mention::RecoveryCosts));
    }

    #[test]
    fn another_amount_is_no_compensation() {
        assert_eq!(said("soit 140 € en tout"), []);
        assert_eq!(said("soit 1 240,40 € en tout"), []);
        assert_eq!(said("et 40\u{a0}€ en plus"), [Mention::Compensation]);
        assert_eq!(said("nous saisirons le tribunal"), []);
    }

    #[test]
    fn words_stand_at_their_place() {
        let found = of_text("Sinon,\nun  huissier\nviendra.", 7);
        assert_eq!(found, [(Mention::Seizure, 8, "huissier")]);
        assert_eq!(place("un  huissier", 8, "huissier"), Words { line: 8, from: 5, to: 13 });
        assert_eq!(place("cœur déjà payé", 3, "deja paye"), Words { line: 3, from: 6, to: 15 });
    }
}
