//! The beginnings of lines.

use super::Habit;
use crate::chunk;
use crate::diagnostic::Code;
use crate::keywords;
use crate::lex::LOST_ACTION;
use crate::parse::Rule;
use crate::parse::expected::Failure;
use relance_core::schema::Fact;

/// Openings in other words.
const OPENINGS: &[(&str, &str)] = &[
    ("lorsque|lorsqu", "quand"),
    ("au moment ou", "quand"),
    ("des qu'", "dès que"),
    ("a partir de|du j", "à J"),
    ("des j", "à J"),
    ("a d", "à J"),
    ("scenario :", "scénario"),
    ("etape :", "étape"),
    ("apres j", "à J"),
    ("a l|la entree", "à l'entrée"),
    ("a entree", "à l'entrée"),
    ("a l'arrivee", "à l'entrée"),
    ("en entrant", "à l'entrée"),
    ("maximum #", "au plus"),
    ("fin etape", "fin"),
    ("fin scenario", "fin"),
    ("fin de l'etape", "fin"),
    ("pour toutes les factures", "pour les factures"),
    ("pour tous les factures|clients", "pour les factures"),
    ("pour les|des clients", "pour les factures"),
    ("pour la|une|chaque facture", "pour les factures"),
    ("pour factures|facture", "pour les factures"),
    ("chaque semaine", "toutes les semaines"),
    ("chaque mois", "tous les mois"),
    ("quand le client paie|paye|regle", "quand soldée"),
];

/// The due day in words.
const DUE_DAY: &[&str] = &[
    "a l'echeance",
    "a echeance",
    "a la date d'echeance",
    "a date d'echeance",
    "le jour de l'echeance",
    "au jour de l'echeance",
    "le jour d'echeance",
];

/// A paid invoice in words.
const PAID: &str = "payee|reglee|soldee|acquittee";

impl Failure<'_> {
    /// A line that begins otherwise than the language says it.
    pub(super) fn line_habit(&self, i: usize) -> Option<Habit> {
        if let Some((end, fix)) = self.listed_habit(i, OPENINGS) {
            // The number and the sign of `à partir de J+15` stay.
            let end = if fix == "au plus" { end - 1 } else { end };
            let mut found = self.said_otherwise(i, end, fix);
            if fix == "à J" && !matches!(self.word(end), "+" | "-") {
                return None;
            }
            if self.chunk.rule == Some(Rule::set_selection) && i == 0 {
                found.rule = Some(Rule::set_selection);
            }
            return Some(found);
        }
        if self.matches(i, "j +|- #").is_some() {
            let found = Habit::otherwise(i..i + 1, format!("il manque `à` devant `{}`", self.said(i..i + 3)), "à J");
            return Some(found.code(Code::MissingWord).help(format!("écrivez `à {}`", self.said(i..i + 3))));
        }
        self.several_dates(i)
            .or_else(|| self.due_day(i))
            .or_else(|| self.paid_invoice(i))
            .or_else(|| self.selection_in_words(i))
            .or_else(|| self.counted_days(i))
            .or_else(|| self.verb_first(i))
    }

    /// `à l'échéance :`, `à échéance + 10 jours :`.
    fn due_day(&self, i: usize) -> Option<Habit> {
        let end = DUE_DAY.iter().find_map(|words| self.matches(i, words))?;
        let Some(number) = self.matches(end, "+|- #") else {
            return matches!(self.word(end), ":" | "si" | "alors").then(|| self.said_otherwise(i, end, "à J"));
        };
        let fix = format!("à J{}{}", self.word(end), self.written(end + 1));
        let end = self.matches(number, "j|jour|jours").unwrap_or(number);
        Some(self.said_otherwise(i, end, &fix))
    }

    /// `quand la facture est payée`.
    fn paid_invoice(&self, i: usize) -> Option<Habit> {
        let forms = [
            "quand la|une|cette facture est",
            "quand facture est",
            "quand la|une facture",
            "quand facture",
            "quand elle est",
        ];
        let end = forms.iter().find_map(|form| self.matches(i, &format!("{form} {PAID}")))?;
        Some(self.said_otherwise(i, end, "quand soldée"))
    }

    /// `pour segment = vip`.
    fn selection_in_words(&self, i: usize) -> Option<Habit> {
        let fact = self.word(i + 1) == "segment" || Fact::find(self.word(i + 1)).is_some();
        (self.word(i) == "pour" && fact && !self.is_first(i + 1))
            .then(|| self.said_otherwise(i, i + 1, "pour les factures où"))
    }

    /// `à J+15, J+30 et J+45 : …`: each date is a rule of its own.
    fn several_dates(&self, i: usize) -> Option<Habit> {
        let first = self.matches(i, "a j +|- #")?;
        let mut end = first;
        while let Some(next) = ["et|, j +|- #", "et|, a j +|- #"].iter().find_map(|p| self.matches(end, p)) {
            end = next;
        }
        if end == first {
            return None;
        }
        let one = self.said(i..first);
        let found = Habit::unclear(i..end, "une règle n'a qu'une date", &one);
        Some(
            found
                .help(format!("écrivez une règle pour chaque date, l'une sous l'autre : `{one} : …`, puis les autres")),
        )
    }

    /// `15 jours après l'échéance`, `le 15e jour`, `au bout de 15 jours`.
    fn counted_days(&self, i: usize) -> Option<Habit> {
        let unit = "j|jour|jours";
        let after = |end: usize, start: usize, sign: char, n: &str| {
            let ends = |k: &usize| {
                matches!(self.word(*k), ":" | "," | "alors") || keywords::is_action(self.word(*k)) || self.is_first(*k)
            };
            let end = (end..self.tokens.len() + 1).find(ends).unwrap_or(end);
            let fix = format!("à J{sign}{n}");
            let found = Habit::otherwise(start..end, format!("`{}` s'écrit `{fix}`", self.said(start..end)), fix);
            found.help(format!("une règle se date depuis l'échéance : écrivez `à J{sign}{n}`"))
        };
        if let Some(end) = self.matches(i, &format!("# {unit} apres|avant|de")) {
            let sign = if self.word(end - 1) == "avant" { '-' } else { '+' };
            return Some(after(end, i, sign, self.written(i)));
        }
        if let Some(end) = self.matches(i, &format!("apres # {unit} de|d")) {
            return Some(after(end, i, '+', self.written(i + 1)));
        }
        if let Some(end) = self.matches(i, &format!("au bout de # {unit}")) {
            return Some(after(end, i, '+', self.written(i + 3)));
        }
        let ordinal = self.matches(i, "le # e|eme|ieme jour")?;
        Some(after(ordinal, i, '+', self.written(i + 1)))
    }

    /// `email ferme si retard >= 15j`: the condition comes first.
    fn verb_first(&self, i: usize) -> Option<Habit> {
        if self.chunk.rule.is_some() || i > 0 || self.tokens.is_empty() {
            return None;
        }
        let si = (1..self.tokens.len()).find(|k| matches!(self.word(*k), "si" | "quand" | "lorsque"))?;
        let end = (si + 1..self.tokens.len()).find(|k| self.is_first(*k)).unwrap_or(self.tokens.len());
        let ends_well = !(si..end).any(|k| matches!(self.word(k), "alors" | ":")) && !(1..si).any(|k| self.is_first(k));
        if !ends_well || si + 1 >= end {
            return None;
        }
        let fix = format!("si {} alors {}", self.said(si + 1..end), self.said(0..si));
        let mut found = Habit::otherwise(0..end, "la condition vient avant l'action", fix);
        // Its words keep their places: the condition is read where it stands.
        found.around = Some((si, LOST_ACTION));
        Some(found)
    }

    /// `champ chiffre d'affaires : montant`, `segment très gros : …`, `scénario mauvais payeurs`.
    pub(super) fn header_habit(&self, i: usize) -> Option<Habit> {
        if i != 1 || !self.chunk.rule.is_some_and(chunk::is_header) || self.is_first(1) {
            return None;
        }
        let defines = matches!(self.chunk.rule, Some(Rule::segment_block | Rule::field_block | Rule::constant_block));
        let names = matches!(self.chunk.rule, Some(Rule::scenario_block | Rule::stage_block));
        if self.is_number(1) && self.glued(2) && names {
            let said = self.said(1..3);
            let message = format!("un nom commence par une lettre, et `{said}` par un chiffre");
            let found = Habit::unclear(1..3, message, &format!("_{said}"));
            return Some(found.code(Code::BadName).help("placez le nombre à la fin : `relances_2026`"));
        }
        let part = |k: usize| (self.is_name(k) || self.is_number(k) || self.word(k) == "-") && !self.is_first(k);
        let end = (1..self.tokens.len()).find(|k| !part(*k)).unwrap_or(self.tokens.len());
        let closed = if defines { matches!(self.word(end), ":" | "=") } else { names };
        if end < 3 || !closed {
            return None;
        }
        let said = self.said(1..end);
        let fix: Vec<&str> =
            said.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|part| !part.is_empty()).collect();
        let fix = fix.join("_");
        let found =
            Habit::otherwise(1..end, "un nom de plusieurs mots s'écrit avec `_`", fix.clone()).code(Code::BadName);
        let header = self.written(0);
        Some(if names {
            found.help(format!("écrivez `{header} {fix}` ; un titre se met entre guillemets, après le nom"))
        } else {
            found
        })
    }
}
