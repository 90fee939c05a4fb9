//! What opens a line: rules, settings, headers, lines of tests; and what follows the settings' words.

use super::{CompletionKind, List};
use crate::ide::lexicon::{EVENTS, Place};
use crate::parse::Rule;
use relance_core::calendar::Region;

const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const TYPES: [&str; 7] = ["texte", "nombre", "montant", "durée", "date", "oui/non", "pourcentage"];

impl List<'_> {
    pub(super) fn openings(&mut self) {
        if self.cursor.rule == Some(Rule::test_block) {
            self.entries(Place::Test);
        } else {
            self.entries(Place::Rule);
            self.entries(Place::Setting);
        }
        self.entries(Place::Header);
    }

    /// Before the condition and the actions of a rule, or where nothing is open.
    pub(super) fn head(&mut self) {
        match (self.cursor.back(0), self.cursor.back(1)) {
            ("calendrier", _) => self.setting(),
            ("a", "") => {
                self.insert(
                    "J+15",
                    CompletionKind::Snippet,
                    "jour",
                    "Quinze jours après l'échéance.",
                    "J+${1:15} : $0",
                );
                self.insert("J-5", CompletionKind::Snippet, "jour", "Cinq jours avant l'échéance.", "J-${1:5} : $0");
                self.insert("l'entrée", CompletionKind::Snippet, "entrée", "En entrant dans l'étape.", "l'entrée : $0");
            }
            ("pour", "") => self.add("les factures où", CompletionKind::Keyword, "réglage", ""),
            ("des", "") => self.add("que", CompletionKind::Keyword, "règle", ""),
            _ if matches!(self.cursor.rule, Some(Rule::rule_rung | Rule::rule_entry | Rule::rule_after)) => {
                self.add("fin de mois", CompletionKind::Keyword, "règle", "Le dernier jour du mois où tombe ce jour.");
                self.add("si", CompletionKind::Keyword, "condition", "La règle ne vaut que si la condition est vraie.");
                self.add(
                    "sauf si",
                    CompletionKind::Keyword,
                    "condition",
                    "La règle ne vaut pas si la condition est vraie.",
                );
            }
            _ => {}
        }
    }

    pub(super) fn event(&mut self) {
        if self.cursor.back(0) != "quand" {
            // The words of an event may be several: `litige ouvert`.
            let said: Vec<String> = self.cursor.before.iter().skip(1).map(|word| word.text.clone()).collect();
            let said = said.join(" ");
            for (words, doc) in EVENTS {
                let folded = relance_core::schema::fold(words);
                if let Some(rest) = folded.strip_prefix(&format!("{said} ")) {
                    let rest = words.get(
                        words.len()
                            - words.chars().rev().take(rest.chars().count()).map(char::len_utf8).sum::<usize>()..,
                    );
                    self.add(rest.unwrap_or_default(), CompletionKind::Event, "événement", doc);
                }
            }
            self.add("si", CompletionKind::Keyword, "condition", "La réaction ne vaut que si la condition est vraie.");
            self.add(
                "sauf si",
                CompletionKind::Keyword,
                "condition",
                "La réaction ne vaut pas si la condition est vraie.",
            );
            return;
        }
        for (words, doc) in EVENTS {
            let insert = if *words == "événement" { "événement \"${1:nom}\" : $0" } else { words };
            self.insert(words, CompletionKind::Event, "événement", doc, insert);
        }
    }

    pub(super) fn setting(&mut self) {
        match (self.cursor.rule, self.cursor.back(0)) {
            (_, "calendrier") => {
                for region in Region::ALL {
                    let doc =
                        if region == Region::None { "Aucun jour férié ; les fins de semaine restent." } else { "" };
                    self.add(region.name(), CompletionKind::Value, "calendrier", doc);
                }
            }
            (Some(Rule::set_sendings), "du" | "au" | "le" | "et" | ",") => {
                DAYS.into_iter().for_each(|day| self.add(day, CompletionKind::Value, "jour", ""));
            }
            (Some(Rule::set_sendings), "envois" | "envoi") => {
                let usual = "du lundi au vendredi de 9h à 18h";
                self.add(usual, CompletionKind::Snippet, "réglage", "Les heures par défaut.");
                self.add("tous les jours", CompletionKind::Keyword, "réglage", "");
            }
            (Some(Rule::field_block), ":") => {
                TYPES.into_iter().for_each(|ty| self.add(ty, CompletionKind::Value, "type", ""));
            }
            (Some(Rule::set_carry), "->") => self.stages(true),
            (Some(Rule::set_carry), "etape") if self.cursor.back(1) == "->" => self.stages(true),
            _ => {}
        }
    }
}
