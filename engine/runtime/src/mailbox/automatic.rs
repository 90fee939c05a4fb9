//! Mails that no person wrote: absences, receipts. Taking a person's answer for one of them would let a reminder follow an answer that
//! nobody has read, which is worse than the contrary: in doubt, a mail is a person's.

/// What answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Automatic {
    /// Somebody is away.
    Absence,
    /// A receipt: nobody has read anything yet.
    Receipt,
}

/// What the headers of a mail say of whoever wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Signs {
    /// It says itself that it answers by itself: `Auto-Submitted: auto-replied` (RFC 3834) and its forerunners.
    pub replies: bool,
    /// It comes from a program: `auto-generated`, no return path. Help desks send what people write in that way, too.
    pub program: bool,
}

/// The beginnings of subjects that only answering machines write, in small letters.
const BEGINNINGS: &[&str] = &[
    "réponse automatique",
    "reponse automatique",
    "automatic reply",
    "auto-reply",
    "autoreply",
    "auto reply",
    "out of office",
    "out-of-office",
    "message d'absence",
    "message d’absence",
    "absence du bureau",
    "absent du bureau",
    "absente du bureau",
    "notification d'absence",
    "avis d'absence",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesenheit:",
    "abwesend:",
];
/// Words of absence in a mail that answers by itself, in its subject or at its beginning.
const AWAY: &[&str] = &[
    "absent",
    "absence",
    "en congé",
    "congés",
    "en vacances",
    "de retour",
    "out of office",
    "out of the office",
    "on leave",
    "on vacation",
    "annual leave",
    "maternity",
    "abwesen",
    "nicht im büro",
    "im urlaub",
    "außer haus",
    "fermé du",
    "fermeture annuelle",
];
/// Words of receipts.
const RECEIPTS: &[&str] = &[
    "accusé de réception",
    "accuse de reception",
    "a bien été reçu",
    "a bien été enregistré",
    "avons bien reçu votre",
    "demande enregistrée",
    "has been received",
    "we have received your",
    "ticket created",
    "request received",
    "eingangsbestätigung",
    "ist bei uns eingegangen",
    "ne pas répondre à ce message",
    "do not reply to this",
];

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The subject in small letters, without `Re:` and the like.
fn bare(subject: &str) -> String {
    let mut subject = subject.trim().to_lowercase().replace('\u{a0}', " ");
    while let Some((head, rest)) = subject.split_once(':') {
        if !matches!(head.trim(), "re" | "tr" | "aw" | "fwd" | "fw" | "wg" | "réf") {
            break;
        }
        subject = rest.trim().to_owned();
    }
    subject
}

/// What answered by itself, or `None`: a person.
pub fn look(signs: Signs, subject: &str, text: &str) -> Option<Automatic> {
    let subject = bare(subject);
    let begins = BEGINNINGS.iter().any(|begin| subject.starts_with(begin));
    let head: String = text.chars().take(1_500).collect::<String>().to_lowercase();
    let (away, receipt) =
        (says(&subject, AWAY) || says(&head, AWAY), says(&subject, RECEIPTS) || says(&head, RECEIPTS));
    match signs {
        _ if begins => Some(if receipt && !away { Automatic::Receipt } else { Automatic::Absence }),
        Signs { replies: true, .. } => Some(if away { Automatic::Absence } else { Automatic::Receipt }),
        Signs { program: true, .. } if receipt => Some(Automatic::Receipt),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answered() {
        let (replies, program) = (Signs { replies: true, program: true }, Signs { replies: false, program: true });
        let person = Signs::default();
        assert_eq!(look(person, "Réponse automatique : Relance", "Je suis absente."), Some(Automatic::Absence));
        assert_eq!(look(person, "Re: absence de règlement de la facture 12", "Je paie demain."), None);
        assert_eq!(look(replies, "Re: Relance", "I am out of the office"), Some(Automatic::Absence));
        assert_eq!(look(replies, "Re: Relance", "Merci de votre message"), Some(Automatic::Receipt));
        assert_eq!(look(program, "[Ticket 12]", "Votre demande a bien été enregistrée"), Some(Automatic::Receipt));
        // What a person wrote through a help desk.
        assert_eq!(look(program, "[Ticket 12] Re: Relance", "Le virement part vendredi."), None);
    }
}
