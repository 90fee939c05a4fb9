//! Actions as they are spoken.

use super::{Habit, Zone};
use crate::diagnostic::Code;
use crate::keywords;
use crate::lex::LOST_ACTION;
use crate::parse::expected::Failure;

/// Verbs that only say that something is done.
const DOING: &[&str] = &[
    "envoyer",
    "envoi",
    "envoie",
    "envoyez",
    "relancer",
    "relance",
    "relancez",
    "faire",
    "adresser",
    "expedier",
    "contacter",
    "passer",
    "send",
];

/// Small words between such a verb and what is sent.
const BETWEEN: &[&str] = &["un", "une", "le", "la", "par", "de", "l", "d'un", "via", "the"];

/// Joints and other words, and what says the same.
const WORDS: &[(&str, &str)] = &[
    ("et|puis puis|ensuite", "puis"),
    ("et et", "et"),
    ("puis et", "puis"),
    ("avec|en copie a|de", "copie"),
    ("avec|en copie", "copie"),
    ("a defaut a defaut", "à défaut"),
    ("fin du mois", "fin de mois"),
    ("sauf ci|quand|que|lorsque", "sauf si"),
    (", puis", "puis"),
    (", et", "et"),
    (": :", ":"),
];

impl Failure<'_> {
    pub(super) fn action_habit(&self, i: usize) -> Option<Habit> {
        self.notice_in_words(i)
            .or_else(|| self.doing(i))
            .or_else(|| self.pause_habit(i))
            .or_else(|| self.fallback_habit(i))
            .or_else(|| self.spoken_joint(i))
            .or_else(|| self.template_in_words(i))
            .or_else(|| self.number_in_words(i))
            .or_else(|| self.unit_habit(i))
    }

    fn begins_action(&self, i: usize) -> bool {
        i > 0 && matches!(self.word(i - 1), "alors" | ":" | "puis" | "et" | "defaut" | "sinon")
    }

    /// `mettre en demeure`, `lettre recommandée mise en demeure`, `email mise en demeure`.
    fn notice_in_words(&self, i: usize) -> Option<Habit> {
        if !self.begins_action(i) {
            return None;
        }
        let doing = DOING
            .contains(&self.word(i))
            .then(|| self.matches(i + 1, "une|la mise en demeure").or_else(|| self.matches(i + 1, "mise en demeure")));
        let bare = self.matches(i, "mettre|mettez|mise en demeure").or_else(|| self.matches(i, "une mise en demeure"));
        let registered = [
            "lettre|courrier recommandee|recommande mise en demeure",
            "lettre_recommandee mise en demeure",
            "lrar mise en demeure",
        ];
        let registered = registered.iter().find_map(|words| self.matches(i, words));
        if let Some(end) = doing.flatten().or(bare).or(registered) {
            let found = self.said_otherwise(i, end, "lettre_recommandée mise_en_demeure");
            return Some(found.help("écrivez `lettre_recommandée mise_en_demeure` : la voie, puis le nom du modèle"));
        }
        let end = self.matches(i, "email|courrier mise en demeure")?;
        Some(self.said_otherwise(i, end, &format!("{} mise_en_demeure", self.word(i))))
    }

    /// `envoyer un email`, `relancer par mail`, `appeler le client`.
    fn doing(&self, i: usize) -> Option<Habit> {
        if !self.begins_action(i) {
            return None;
        }
        let mut at = i;
        if DOING.contains(&self.word(i)) {
            at = (i + 1..i + 3).find(|k| !BETWEEN.contains(&self.word(*k)))?;
            if self.is_name(at) && keywords::meant_action(self.word(at)).is_none() && self.word(at) != "e" {
                let (verb, end) = (self.written(i), self.stop(i).max(at + 1));
                let found = Habit::unclear(i..end, format!("`{verb}` ne dit pas par quel canal"), LOST_ACTION);
                return Some(
                    found.help("écrivez `email`, `sms`, `appel` ou `courrier`, puis le nom du modèle : `email ferme`"),
                );
            }
        }
        let mail = self.matches(at, "e - mail|mails");
        let verb = match mail {
            Some(_) => "email",
            None => keywords::meant_action(self.word(at)).or_else(|| keywords::action(self.word(at)))?,
        };
        let mut end = mail.unwrap_or(at + 1);
        // Whom, when it is the client: that goes without saying.
        if let Some(after) = self.matches(end, "le|au|du|a client").or_else(|| self.matches(end, "au|le debiteur")) {
            end = after;
        }
        if end == i + 1 {
            return None;
        }
        let said = self.said(i..end);
        if at > i {
            return Some(Habit::otherwise(i..end, format!("`{said}` s'écrit `{verb}`"), verb));
        }
        if end > mail.unwrap_or(at + 1) {
            let found = Habit::otherwise(i..end, format!("`{said}` s'écrit `{verb}`"), verb);
            return Some(found.help(format!("écrivez `{verb}` : c'est toujours le client de la facture")));
        }
        None
    }

    /// `email rappel amical`, `email ferme au comptable`.
    fn template_in_words(&self, i: usize) -> Option<Habit> {
        if matches!(self.word(i), "au" | "aux" | "chez")
            && self.is_name(i + 1)
            && !self.is_first(i)
            && self.word(i - 1) != "transmettre"
        {
            return Some(self.said_otherwise(i, i + 1, "à"));
        }
        let channel = |k: usize| matches!(self.word(k), "email" | "sms" | "appel" | "courrier" | "lettre_recommandee");
        if i == 0 || !channel(i - 1) || self.is_first(i) {
            return None;
        }
        if let Some((stem, _)) = self.word(i).split_once('.').filter(|(stem, _)| !stem.is_empty()) {
            return Some(Habit::otherwise(i..i + 1, "un modèle se nomme sans son extension", stem));
        }
        let end = (i..i + 5).find(|k| !self.is_written_name(*k) || self.is_first(*k)).filter(|end| *end >= i + 2)?;
        let joints = ["copie", "puis", "après", "sauf", "sans", "ensuite", "avec", "client"];
        let joint = |k: usize| {
            let word = self.word(k);
            word == "en" || joints.contains(&word) || keywords::nearest(word, joints).is_some()
        };
        let closes = matches!(self.word(end), "puis" | "et" | "a" | "copie" | "apres" | "sauf" | "sans" | "")
            || self.is_first(end);
        (closes && !(i + 1..end).any(joint)).then(|| self.joined_name(i, end))
    }

    /// `puis 3 jours après`, `puis après appel`, `puis après -3j`, `attendre puis`.
    fn pause_habit(&self, i: usize) -> Option<Habit> {
        let unit = "j|jour|jours|semaine|semaines|mois";
        if let Some(end) = self.matches(i, &format!("puis # {unit} apres|plus")) {
            let end = if self.word(end) == "tard" { end + 1 } else { end };
            let fix = format!("puis après {} {}", self.written(i + 1), self.written(i + 2));
            return Some(self.said_otherwise(i, end, &fix));
        }
        if let Some(end) = self.matches(i, &format!("puis apres - # {unit}")) {
            let fix = format!("puis après {} {}", self.written(i + 3), self.written(i + 4));
            let found = Habit::otherwise(i..end, "un délai ne va pas en arrière", fix);
            return Some(
                found.code(Code::OutOfRange).help("pour agir avant l'échéance, écrivez une règle `à J-5 : …`"),
            );
        }
        let acts = |k: usize| {
            keywords::is_action(self.word(k)) || matches!(self.word(k), "puis" | "et") || k >= self.tokens.len()
        };
        if self.matches(i, "puis apres").is_some() && acts(i + 2) {
            let found =
                Habit::unclear(i..i + 2, format!("il manque une durée après `{}`", self.written(i + 1)), "puis");
            return Some(found.code(Code::Unfinished).help("écrivez par exemple `puis après 3j email ferme`"));
        }
        if let Some(end) = self.matches(i, &format!("apres # {unit} puis"))
            && i > 0
            && self.word(i - 1) == "puis"
        {
            let wait = format!("attendre {} {}", self.written(i + 1), self.written(i + 2));
            let found = Habit::otherwise(
                i..end - 1,
                format!("il manque une action après `{}`", self.said(i + 1..end - 1)),
                wait,
            );
            return Some(found.code(Code::Unfinished).help(format!(
                "ajoutez l'action qui suit ce délai, ou écrivez `attendre {}` s'il n'y a qu'à attendre",
                self.said(i + 1..end - 1)
            )));
        }
        // A wait is a step of its own: nothing else is done at its side.
        if self.word(i) == "attendre" && i > 0 && self.word(i - 1) == "et" {
            let found = Habit::otherwise(i - 1..i + 1, "`attendre` ne se joint pas par `et`", "puis attendre");
            return Some(found.help(format!("écrivez `puis attendre {}`", self.delay_after(i + 1))));
        }
        if self.word(i) == "attendre" && acts(i + 1) {
            let joint = if keywords::is_action(self.word(i + 1)) { " puis" } else { "" };
            let mend = format!("{LOST_ACTION}{joint}");
            let found = Habit::unclear(i..i + 1, format!("il manque une durée après `{}`", self.written(i)), &mend);
            return Some(found.code(Code::Unfinished).help("écrivez par exemple `attendre 3j`"));
        }
        None
    }

    /// The delay that is written at `i`, or an example of one.
    fn delay_after(&self, i: usize) -> String {
        let unit = "j|jour|jours|semaine|semaines|mois";
        let end = self.matches(i, &format!("# {unit} ouvres|ouvre")).or_else(|| self.matches(i, &format!("# {unit}")));
        end.map_or_else(|| "3j".to_owned(), |end| self.said(i..end).to_owned())
    }

    /// `à défaux`, `par défaut`.
    fn fallback_habit(&self, i: usize) -> Option<Habit> {
        let misspelt = self.word(i) == "a"
            && self.word(i + 1) != "defaut"
            && keywords::nearest(self.word(i + 1), ["défaut"]).is_some();
        let other = self.matches(i, "par defaut").or_else(|| self.matches(i, "sinon"));
        let end = if misspelt { i + 2 } else { other? };
        (i > 0).then(|| self.said_otherwise(i, end, "à défaut"))
    }

    fn spoken_joint(&self, i: usize) -> Option<Habit> {
        if let Some((end, fix)) = self.listed_habit(i, WORDS) {
            return Some(self.said_otherwise(i, end, fix));
        }
        let acts = |k: usize| keywords::is_action(self.word(k)) || keywords::meant_action(self.word(k)).is_some();
        if self.word(i) == "ensuite" && !self.is_first(i) && acts(i + 1) {
            return Some(self.said_otherwise(i, i + 1, "puis"));
        }
        if matches!(self.word(i), "/" | "+") && acts(i + 1) {
            let fix = if self.word(i) == "+" { "et" } else { "puis" };
            let found = Habit::otherwise(i..i + 1, format!("`{}` ne joint pas deux actions", self.word(i)), fix);
            return Some(found.help("écrivez `puis` pour l'une après l'autre, `et` pour les deux ensemble"));
        }
        let begun = || self.separator_place().unwrap_or(0);
        if self.word(i) == "alors" && !(begun() + 1..i).any(|k| matches!(self.word(k), "si" | "quand" | "que")) {
            let fix = if acts(i + 1) { "puis" } else { "" };
            let found = Habit::otherwise(i..i + 1, "`alors` ne se dit qu'une fois par règle", fix);
            return Some(
                found.help("deux actions se joignent par `puis` ou `et` ; une autre condition demande une autre règle"),
            );
        }
        if self.begins_action(i) && matches!(self.word(i), "," | ":") {
            return Some(Habit::otherwise(i..i + 1, format!("`{}` est de trop", self.word(i)), ""));
        }
        if self.begins_action(i) && self.word(i) == "fin" {
            let found = Habit::unclear(i..i + 1, "`fin` n'est pas une action", LOST_ACTION);
            return Some(found.help("écrivez `fin` seul sur sa ligne, à la fin de l'étape"));
        }
        if self.word(i) == "sauf" && self.word(i + 1) != "si" {
            return Some(self.said_otherwise(i, i + 1, "sauf si"));
        }
        if self.begins_action(i) && self.matches(i, "sauf si").is_some() {
            let end = (i + 2..self.tokens.len()).find(|k| keywords::is_action(self.word(*k)))?;
            let found = Habit::unclear(i..end, "`sauf si` se met après les actions", "");
            return Some(found.help(format!("écrivez `… {} … {}`", self.written(end), self.said(i..end))));
        }
        None
    }

    /// Signs that mean nothing where they stand, in any zone.
    pub(super) fn sign_habit(&self, i: usize, zone: Zone) -> Option<Habit> {
        if self.word(i) == "." {
            let found = Habit::otherwise(i..i + 1, "ce point est de trop", "");
            return Some(found.help(
                "supprimez-le : une règle va d'elle-même jusqu'à la suivante, et les unités s'écrivent sans point",
            ));
        }
        let arrow = self.matches(i, "- >").or_else(|| self.matches(i, "= >"));
        let acts = |k: usize| keywords::is_action(self.word(k)) || keywords::meant_action(self.word(k)).is_some();
        let end = arrow.or_else(|| matches!(self.word(i), "=" | "-").then_some(i + 1))?;
        if zone == Zone::Head && self.is_rule() && acts(end) {
            let separator = self.separator();
            let found = Habit::otherwise(
                i..end,
                format!("la tête de cette règle finit par `{separator}`, pas par `{}`", self.said(i..end)),
                separator,
            );
            return Some(found.code(Code::MissingWord));
        }
        if zone == Zone::Actions && arrow.is_some() && acts(end) {
            return Some(self.said_otherwise(i, end, "puis"));
        }
        None
    }
}
