//! Settings as they are spoken.

use super::{Habit, is_weekday};
use crate::diagnostic::Code;
use crate::keywords;
use crate::parse::Rule;
use crate::parse::expected::Failure;

const WEEKDAYS: &[&str] = &["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

/// Days in English.
const ENGLISH_DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Failure<'_> {
    pub(super) fn setting_habit(&self, i: usize) -> Option<Habit> {
        // `calendrier : france`
        if self.word(i) == ":" {
            let found = Habit::otherwise(i..i + 1, "un réglage s'écrit sans `:`", "");
            return Some(found);
        }
        match self.chunk.rule {
            Some(Rule::set_sendings) => self.days_habit(i).or_else(|| self.hours_habit(i)),
            Some(Rule::set_cap) => self.cap_habit(i),
            Some(Rule::set_fresh) if self.matches(i, "depuis #").is_some() => {
                Some(self.said_otherwise(i, i + 1, "depuis moins de"))
            }
            Some(Rule::set_selection) => self.selection_habit(i),
            _ => None,
        }
    }

    fn days_habit(&self, i: usize) -> Option<Habit> {
        let day = |k: usize| is_weekday(self.word(k));
        if day(i) && matches!(self.word(i + 1), "-" | "au" | "a") && day(i + 2) {
            let du = i > 0 && self.word(i - 1) == "du";
            if du && self.word(i + 1) == "au" {
                return None;
            }
            let fix = format!("du {} au {}", self.written(i), self.written(i + 2));
            return Some(self.said_otherwise(if du { i - 1 } else { i }, i + 3, &fix));
        }
        if let Some(end) =
            self.matches(i, "les jours ouvres|ouvrables").or_else(|| self.matches(i, "jours ouvres|ouvrables"))
        {
            return Some(self.said_otherwise(i, end, "du lundi au vendredi"));
        }
        if !self.is_name(i) || day(i) || i == 0 {
            return None;
        }
        let english = ENGLISH_DAYS.iter().position(|day| *day == self.word(i)).and_then(|at| WEEKDAYS.get(at)).copied();
        let meant = english.or_else(|| keywords::nearest(self.word(i), WEEKDAYS.iter().copied()))?;
        let message = format!("`{}` n'est pas un jour : vouliez-vous dire `{meant}` ?", self.written(i));
        Some(Habit::otherwise(i..i + 1, message, meant))
    }

    /// `9h-18h`, `9h à 18h`, `9 heures`.
    fn hours_habit(&self, i: usize) -> Option<Habit> {
        if let Some(end) = self.matches(i, "# heure|heures") {
            // `9 heures 30` keeps its minutes.
            let found = Habit::otherwise(i..end, "une heure s'écrit avec un `h`", format!("{}h", self.written(i)));
            return Some(found.code(Code::BadHour));
        }
        let hour = |k: usize| self.is_number(k) && self.word(k + 1) == "h";
        let minutes = |k: usize| if self.is_number(k + 2) && self.glued(k + 2) { k + 3 } else { k + 2 };
        // `9h30` is read as `9` and `h30`.
        let glued = |k: usize| {
            self.is_number(k)
                && self.word(k + 1).strip_prefix('h').is_some_and(|m| m.chars().all(|c| c.is_ascii_digit()))
        };
        if !(hour(i) || glued(i)) || i == 0 {
            return None;
        }
        let joint = if glued(i) { i + 2 } else { minutes(i) };
        let second = joint + 1;
        if !matches!(self.word(joint), "-" | "a") || !(hour(second) || glued(second)) {
            return None;
        }
        let de = self.word(i - 1) == "de";
        if de && self.word(joint) == "a" {
            return None;
        }
        let end = if glued(second) { second + 2 } else { minutes(second) };
        let fix = format!("de {} à {}", self.said(i..joint), self.said(second..end));
        Some(self.said_otherwise(if de { i - 1 } else { i }, end, &fix))
    }

    fn cap_habit(&self, i: usize) -> Option<Habit> {
        if self.matches(i, "tous|toutes le|la #").is_some() {
            return Some(self.said_otherwise(i, i + 2, "tous les"));
        }
        if self.matches(i, "# fois").is_some() && i == 2 {
            return Some(self.said_otherwise(i + 1, i + 2, if self.word(i) == "1" { "contact" } else { "contacts" }));
        }
        if self.matches(i, "par facture|factures").is_some() {
            let found = Habit::otherwise(
                i..i + 2,
                "un plafond compte les contacts du client, pas ceux de la facture",
                "par client",
            );
            return Some(found);
        }
        self.number_in_words(i)
    }

    fn selection_habit(&self, i: usize) -> Option<Habit> {
        (i == 3)
            .then(|| self.matches(i, "dont|avec|qui|quand|si|ayant"))
            .flatten()
            .map(|end| self.said_otherwise(i, end, "où"))
    }
}
