//! Conditions as they are spoken.

use super::{Habit, is_weekday};
use crate::diagnostic::Code;
use crate::keywords;
use crate::lex::LOST_VALUE;
use crate::parse::Rule;
use crate::parse::expected::Failure;
use relance_core::schema::Fact;

/// Comparisons in words, the longest first.
const COMPARISONS: &[(&str, &str)] = &[
    ("est strictement superieur* a|au|aux", ">"),
    ("est superieur* ou egal* a|au|aux", ">="),
    ("superieur* ou egal* a|au|aux", ">="),
    ("est superieur* a|au|aux", ">"),
    ("superieur* a|au|aux", ">"),
    ("est superieur*", ">"),
    ("superieur*", ">"),
    ("est strictement inferieur* a|au|aux", "<"),
    ("est inferieur* ou egal* a|au|aux", "<="),
    ("inferieur* ou egal* a|au|aux", "<="),
    ("est inferieur* a|au|aux", "<"),
    ("inferieur* a|au|aux", "<"),
    ("est inferieur*", "<"),
    ("inferieur*", "<"),
    ("est egal* a|au|aux", "="),
    ("egal* a|au|aux", "="),
    ("est different* de|du", "≠"),
    ("different* de|du", "≠"),
    ("est plus grand* que", ">"),
    ("plus grand* que", ">"),
    ("est plus petit* que", "<"),
    ("plus petit* que", "<"),
    ("est de plus de", ">"),
    ("plus de", ">"),
    ("est de moins de", "<"),
    ("moins de", "<"),
    ("est d'au moins", ">="),
    ("au moins", ">="),
    ("atteint", ">="),
    ("depasse", ">"),
    ("vaut", "="),
    ("> =", ">="),
    ("< =", "<="),
    ("< >", "≠"),
    ("= =", "="),
];

/// Joints and other words, and what says the same.
const WORDS: &[(&str, &str)] = &[
    ("est compris* entre", "entre"),
    ("compris* entre", "entre"),
    ("ou bien", "ou"),
    ("ou alors", "ou"),
    ("et / ou", "ou"),
    ("et aussi", "et"),
    ("et egalement", "et"),
    ("et que|si", "et"),
    ("ou que|si", "ou"),
    ("mais pas", "et non"),
    ("mais", "et"),
    ("et pas", "et non"),
    ("ou pas", "ou non"),
    ("si pas", "si non"),
    ("si si", "si"),
    ("sauf ci|quand|que|lorsque", "sauf si"),
    ("sauf en litige", "sauf si en_litige"),
    ("sauf litige", "sauf si en_litige"),
    ("en litige", "en_litige"),
    ("montant ttc|ht", "montant"),
    ("fin du mois", "fin de mois"),
    ("n'est pas dans", "n'est pas parmi"),
    ("est un|une", "est"),
    ("est dans", "parmi"),
    ("non parmi", "n'est pas parmi"),
    ("litige en cours", "en_litige"),
    ("promesse en cours", "promesse_en_cours"),
    ("jours de retard", "retard"),
    ("sont connus|connues", "est connu"),
    ("sont inconnus|inconnues", "est inconnu"),
    (", alors", "alors"),
    (", et", "et"),
    (", ou", "ou"),
];

/// How late an invoice is, in words: `#` days, and the sign.
const LATENESS: &[(&str, &str)] = &[
    ("a|ait plus de # jours de retard", ">"),
    ("a|ait au moins # jours de retard", ">="),
    ("a|ait # jours de retard", ">="),
    ("est impayee depuis plus de # jours", ">"),
    ("est impayee depuis # jours", ">="),
    ("impayee depuis plus de # jours", ">"),
    ("impayee depuis # jours", ">="),
    ("est en retard de plus de # jours", ">"),
    ("est en retard de # jours", ">="),
    ("en retard de plus de # jours", ">"),
    ("en retard de # jours", ">="),
    ("retard de plus de # jours", ">"),
    ("retard de # jours", ">="),
    ("plus de # jours de retard", ">"),
    ("au moins # jours de retard", ">="),
    ("# jours de retard", ">="),
];

/// Whose lateness that is.
const OF_THE_INVOICE: &[&str] = &["la|une|cette facture", "facture", "il y", "elle", "le"];

/// Words that belong to a fact only in speech.
const ARTICLES: &[&str] = &["le", "la", "les", "un", "une", "l", "son", "sa"];

/// Numbers in words.
const NUMBERS: &[(&str, u32)] = &[
    ("un", 1),
    ("une", 1),
    ("deux", 2),
    ("trois", 3),
    ("quatre", 4),
    ("cinq", 5),
    ("six", 6),
    ("sept", 7),
    ("huit", 8),
    ("neuf", 9),
    ("dix", 10),
    ("onze", 11),
    ("douze", 12),
    ("treize", 13),
    ("quatorze", 14),
    ("quinze", 15),
    ("seize", 16),
    ("vingt", 20),
    ("trente", 30),
    ("quarante", 40),
    ("cinquante", 50),
    ("soixante", 60),
    ("cent", 100),
    ("mille", 1000),
];

/// What a number counts.
const UNITS: &[&str] = &[
    "j", "jour", "jours", "semaine", "semaines", "sem", "mois", "an", "ans", "euro", "euros", "contact", "contacts",
    "fois",
];

/// A word that people put after a number, and the unit that it means.
const UNIT_SYNONYMS: &[(&str, &str)] = &[
    ("days", "jours"),
    ("day", "jour"),
    ("jrs", "jours"),
    ("jr", "jour"),
    ("d", "jours"),
    ("weeks", "semaines"),
    ("week", "semaine"),
    ("months", "mois"),
    ("month", "mois"),
    ("dollars", "USD"),
    ("dollar", "USD"),
    ("livres", "GBP"),
];

impl Failure<'_> {
    pub(super) fn condition_habit(&self, i: usize) -> Option<Habit> {
        self.spoken_event(i)
            .or_else(|| self.spoken_lateness(i))
            .or_else(|| self.client_of_a_kind(i))
            .or_else(|| self.article_habit(i))
            .or_else(|| self.kind_of_client(i))
            .or_else(|| self.spoken_comparison(i))
            .or_else(|| self.name_in_words(i))
            .or_else(|| self.number_in_words(i))
            .or_else(|| self.unit_habit(i))
            .or_else(|| self.rung_habit(i))
    }

    /// `quand retard >= 15j`: a condition, not an event.
    fn spoken_event(&self, i: usize) -> Option<Habit> {
        let compares = |k: usize| matches!(self.word(k), "<" | ">" | "=" | "<=" | ">=" | "<>");
        if i == 0 && self.chunk.rule == Some(Rule::rule_when) && (1..self.tokens.len().min(8)).any(compares) {
            let mut habit = Habit::otherwise(0..1, "`quand` attend un événement, et ceci est une condition", "dès que");
            habit.rule = Some(Rule::rule_as_soon);
            return Some(
                habit.help(
                    "écrivez `dès que` devant une condition ; `quand` répond à un événement : `quand soldée : …`",
                ),
            );
        }
        if i == 0 && self.chunk.rule == Some(Rule::rule_as_soon) && self.word(1) != "que" {
            if matches!(self.word(1), "lors" | "l'instant" | "ke") {
                let end = if self.word(2) == "que" { 3 } else { 2 };
                return Some(Habit::otherwise(0..end, format!("`{}` s'écrit `dès que`", self.said(0..end)), "dès que"));
            }
            if !self.is_name(2) {
                return None;
            }
            let end = (1..self.tokens.len()).find(|k| matches!(self.word(*k), ":" | "alors")).unwrap_or(2);
            let mut habit = Habit::unclear(1..end, format!("il manque `que` après `{}`", self.written(0)), "");
            habit.mend = Some(format!("que {LOST_VALUE}"));
            return Some(habit.code(Code::MissingWord).help(
                "écrivez `dès que` devant une condition (`dès que retard >= 15j : …`) ; un événement suit `quand` (`quand soldée : …`)",
            ));
        }
        None
    }

    /// `la facture a plus de 15 jours de retard`, `facture impayée depuis 20 jours`, `retard de 15 jours`.
    fn spoken_lateness(&self, i: usize) -> Option<Habit> {
        let days = "j|jour|jours";
        let number = |from: usize, end: usize| (from..end).find(|k| self.is_number(*k));
        let found = LATENESS.iter().find_map(|(pattern, sign)| {
            let before = OF_THE_INVOICE.iter().filter_map(|words| self.matches(i, words)).max().unwrap_or(i);
            let end = self.matches(before, &pattern.replace("jours", days))?;
            (end > before).then_some((end, *sign))
        });
        let (end, sign) = found?;
        let n = number(i, end)?;
        let fix = format!("retard {sign} {} jours", self.written(n));
        Some(Habit::otherwise(i..end, format!("`{}` s'écrit `{fix}`", self.said(i..end)), fix))
    }

    /// `le client est un mauvais payeur`.
    fn client_of_a_kind(&self, i: usize) -> Option<Habit> {
        let from = ["le client est un|une", "client est un|une", "le client est", "client est"];
        let from = from.iter().find_map(|words| self.matches(i, words))?;
        let ends = |k: &usize| {
            !self.is_written_name(*k) || self.is_first(*k) || matches!(self.word(*k), "alors" | "et" | "ou")
        };
        let end = (from..from + 5).find(ends).filter(|end| *end > from)?;
        let words: Vec<&str> = (from..end).map(|k| self.written(k)).collect();
        let fix = format!("segment = {}", words.join("_"));
        let message = format!("`{}` : le genre d'un client est son segment", self.said(i..end));
        let mut found = Habit::otherwise(i..end, message, fix);
        found.mend = Some(LOST_VALUE.to_owned());
        Some(found)
    }

    /// `le retard`, `la facture`.
    fn article_habit(&self, i: usize) -> Option<Habit> {
        let named = |k: usize| Fact::find(self.word(k)).is_some() || self.word(k) == "client";
        if !ARTICLES.contains(&self.word(i)) || !named(i + 1) || self.is_first(i + 1) {
            return None;
        }
        let fact = self.written(i + 1);
        let mut found = Habit::otherwise(i..i + 2, format!("`{}` est de trop", self.written(i)), fact);
        found.mend = Some(self.word(i + 1).to_owned());
        Some(found.help(format!("les faits s'écrivent sans article : `{fact}`")))
    }

    /// `client mauvais payeur`.
    fn kind_of_client(&self, i: usize) -> Option<Habit> {
        if self.word(i) != "client" {
            return None;
        }
        let ends =
            |k: &usize| !self.is_name(*k) || self.is_first(*k) || keywords::meant_action(self.word(*k)).is_some();
        let end = (i + 1..i + 5).find(ends)?;
        let closes = matches!(self.word(end), "et" | "ou" | "alors" | ":" | "") || self.is_first(end);
        if end == i + 1 || !closes {
            return None;
        }
        let words: Vec<&str> = (i + 1..end).map(|k| self.written(k)).collect();
        let fix = format!("segment = {}", words.join("_"));
        let said = self.said(i..end);
        let message = format!("`{said}` n'est pas une condition : le genre d'un client est son segment");
        let mut found = Habit::otherwise(i..end, message, fix);
        found.mend = Some(LOST_VALUE.to_owned());
        Some(found)
    }

    /// `segment = mauvais payeur`, `facture non payée`.
    fn name_in_words(&self, i: usize) -> Option<Habit> {
        if let Some(end) = self.matches(i, "facture non payee|reglee|soldee") {
            let found = Habit::unclear(i..end, format!("`{}` est toujours vrai", self.said(i..end)), LOST_VALUE);
            return Some(found.help("supprimez cette condition : rien ne part plus pour une facture soldée"));
        }
        if i == 0 || !matches!(self.word(i - 1), "=" | "<>" | "est" | "(" | ",") || self.is_first(i) {
            return None;
        }
        let end = (i..i + 5).find(|k| !self.is_written_name(*k) || self.is_first(*k)).filter(|end| *end >= i + 2)?;
        let closes = matches!(self.word(end), "et" | "ou" | "alors" | ":" | ")" | "," | "") || self.is_first(end);
        closes.then(|| self.joined_name(i, end))
    }

    /// Names side by side that are meant as one.
    pub(super) fn joined_name(&self, i: usize, end: usize) -> Habit {
        let words: Vec<&str> = (i..end).map(|k| self.written(k)).collect();
        Habit::otherwise(i..end, "un nom de plusieurs mots s'écrit avec `_`", words.join("_")).code(Code::BadName)
    }

    fn spoken_comparison(&self, i: usize) -> Option<Habit> {
        // `retard > à 15j`
        if matches!(self.word(i), ">" | ">=" | "<" | "<=" | "=") && self.word(i + 1) == "a" && self.is_number(i + 2) {
            let fix = self.written(i).to_owned();
            return Some(Habit::otherwise(
                i..i + 2,
                format!("`{}` est de trop après `{fix}`", self.written(i + 1)),
                fix,
            ));
        }
        if let Some(end) =
            self.matches(i, "fait|font partie de|des|du").or_else(|| self.matches(i, "appartient a|aux|au"))
        {
            let fix = if self.word(end) == "(" { "parmi" } else { "=" };
            return Some(self.comparison(i, end, fix));
        }
        if let Some((end, fix)) = self.listed_habit(i, COMPARISONS)
            && i > 0
        {
            return Some(self.comparison(i, end, fix));
        }
        if self.matches(i, "dans (").is_some() {
            return Some(self.said_otherwise(i, i + 1, "parmi"));
        }
        if let Some((end, fix)) = self.listed_habit(i, WORDS) {
            return Some(self.said_otherwise(i, end, fix));
        }
        // `500 € HT`
        if matches!(self.word(i), "ht" | "ttc") && i > 0 && matches!(self.word(i - 1), "€" | "eur" | "euro" | "euros")
        {
            let found = Habit::otherwise(i..i + 1, format!("`{}` est de trop", self.written(i)), "");
            return Some(found.help("supprimez-le : les montants de la facture sont toutes taxes comprises"));
        }
        // `parmi vip, public`
        if i > 0 && self.word(i - 1) == "parmi" && self.is_name(i) {
            let mut end = i + 1;
            while self.word(end) == "," && self.is_name(end + 1) {
                end += 2;
            }
            let mut found =
                Habit::otherwise(i..end, "une liste se met entre parenthèses", format!("({})", self.said(i..end)));
            found.parenthesised = true;
            return Some(found);
        }
        // `tous les 10 jours (3 fois)`
        if self.chunk.rule == Some(Rule::rule_every) && self.matches(i, "( # fois )").is_some() {
            let n = self.written(i + 1).to_owned();
            let found =
                Habit::otherwise(i + 1..i + 2, "il manque `au plus` devant le nombre de fois", format!("au plus {n}"));
            return Some(found.code(Code::MissingWord));
        }
        // A comma in a condition, when `alors` comes later.
        let later = || (i + 1..self.tokens.len()).any(|k| matches!(self.word(k), "alors"));
        let listed = || (0..i).any(|k| self.word(k) == "(");
        if self.word(i) == "," && self.chunk.rule == Some(Rule::rule_if) && !listed() && later() {
            return Some(
                Habit::otherwise(i..i + 1, "une virgule ne joint pas deux conditions", "et")
                    .help("écrivez `et` si les deux doivent être vraies, `ou` si une seule suffit"),
            );
        }
        if self.word(i) == "sauf" && self.word(i + 1) != "si" && i > 0 {
            return Some(self.said_otherwise(i, i + 1, "sauf si"));
        }
        if self.word(i) == "entre" && !(0..i).any(|k| self.word(k) == "parmi") {
            let a =
                (i + 1..self.tokens.len().min(i + 8)).find(|k| matches!(self.word(*k), "a" | "et" | "alors" | ":"))?;
            if self.word(a) == "a" {
                let found = Habit::otherwise(a..a + 1, "`entre` sépare ses bornes par `et`", "et");
                return Some(found);
            }
        }
        None
    }

    fn comparison(&self, i: usize, end: usize, sign: &str) -> Habit {
        let said = self.said(i..end);
        let found = Habit::otherwise(i..end, format!("`{said}` : une comparaison s'écrit avec un signe"), sign);
        match sign {
            ">" => found.help("écrivez `>` pour « plus que », `>=` pour « au moins »"),
            "<" => found.help("écrivez `<` pour « moins que », `<=` pour « au plus »"),
            _ => found,
        }
    }

    pub(super) fn said_otherwise(&self, i: usize, end: usize, fix: &str) -> Habit {
        Habit::otherwise(i..end, format!("`{}` s'écrit `{fix}`", self.said(i..end)), fix)
    }

    /// `quinze jours`, `vingt et un jours`.
    pub(super) fn number_in_words(&self, i: usize) -> Option<Habit> {
        let value = |k: usize| NUMBERS.iter().find(|(said, _)| *said == self.word(k)).map(|(_, n)| *n);
        let mut total = value(i)?;
        let mut end = i + 1;
        loop {
            // `vingt et un` puts `et` between, `dix-sept` a dash.
            let next = if matches!(self.word(end), "et" | "-") { end + 1 } else { end };
            let Some(n) = value(next) else { break };
            total = if n == 100 || n == 1000 || (n == 20 && total == 4) { total * n } else { total + n };
            end = next + 1;
            if end > i + 10 {
                break;
            }
        }
        if !UNITS.contains(&self.word(end)) || self.is_first(end) {
            return None;
        }
        let fix = format!("{total} {}", self.written(end));
        Some(Habit::otherwise(i..end + 1, "les nombres s'écrivent en chiffres", fix).code(Code::BadNumber))
    }

    /// `15 days`, `15 jrs`, `1500 francs`, `2 jours ouvés`.
    pub(super) fn unit_habit(&self, i: usize) -> Option<Habit> {
        if !self.is_number(i) || self.is_number(i + 1) {
            return None;
        }
        let (number, word) = (self.written(i), self.word(i + 1));
        if matches!(word, "j" | "jour" | "jours") {
            let kind = self.word(i + 2);
            if self.is_first(i + 2)
                || !self.is_name(i + 2)
                || matches!(kind, "ouvres" | "ouvre" | "ouvrables" | "ouvrable")
            {
                return None;
            }
            let meant = keywords::nearest(kind, ["ouvrés", "ouvré"])?;
            let fix = format!("{number} {} {meant}", self.written(i + 1));
            return Some(Habit::otherwise(i..i + 3, format!("`{}` s'écrit `{meant}`", self.written(i + 2)), fix));
        }
        let letter_o = word.strip_prefix('o').filter(|rest| matches!(*rest, "j" | "") && self.glued(i + 1));
        if let Some(rest) = letter_o {
            let fix = format!("{number}0{rest}");
            let found = Habit::otherwise(i..i + 2, "la lettre `O` n'est pas le chiffre zéro", fix);
            return Some(found.code(Code::BadNumber));
        }
        let known =
            UNITS.contains(&word) || matches!(word, "eur" | "h" | "heure" | "heures" | "minutes" | "minute" | "min");
        if known || !self.is_name(i + 1) || self.is_first(i + 1) || is_weekday(word) {
            return None;
        }
        if keywords::meant_action(word).is_some() || self.is_currency(word) {
            return None;
        }
        let synonym = UNIT_SYNONYMS.iter().find(|(said, _)| *said == word).map(|(_, unit)| *unit);
        let meant =
            synonym.or_else(|| keywords::nearest(word, ["jours", "jour", "mois", "semaines", "semaine", "euros"]));
        let written = self.written(i + 1);
        Some(match meant {
            Some(meant) => {
                let fix = format!("{number} {meant}");
                Habit::otherwise(i..i + 2, format!("`{written}` n'est pas une unité : vouliez-vous dire `{meant}` ?"), fix)
            }
            None => Habit::unclear(i..i + 2, format!("`{written}` n'est pas une unité"), LOST_VALUE)
                .help("une durée se compte en `jours`, `jours ouvrés`, `semaines` ou `mois` ; un montant porte sa devise : `1 500 €`, `200 CHF`"),
        }
        .code(Code::MissingUnit))
    }

    fn is_currency(&self, word: &str) -> bool {
        matches!(word, "keur" | "kilo" | "pourcent" | "pourcents" | "annee" | "annees")
            || relance_core::money::Currency::parse(word).is_some()
    }

    /// `à J 15`, `à J plus 15`, `à J+1,5`.
    fn rung_habit(&self, i: usize) -> Option<Habit> {
        if self.chunk.rule != Some(Rule::rule_rung) || i != 1 || self.word(1) != "j" {
            return None;
        }
        if let Some(end) = self.matches(1, "j plus #") {
            return Some(self.said_otherwise(1, end, &format!("J+{}", self.written(3))));
        }
        if let Some(end) = self.matches(1, "j moins #") {
            return Some(self.said_otherwise(1, end, &format!("J-{}", self.written(3))));
        }
        if self.is_number(2) {
            let n = self.written(2);
            let found = Habit::otherwise(1..3, format!("`{}` : il manque le signe", self.said(1..3)), format!("J+{n}"));
            return Some(found.code(Code::BadNumber).help(format!("écrivez `J+{n}` après l'échéance, `J-{n}` avant")));
        }
        let end = self.matches(1, "j +|- # ,|. #")?;
        let found =
            Habit::unclear(1..end, format!("`{}` : l'échéance se compte en jours entiers", self.said(1..end)), "j+1");
        Some(found.code(Code::BadNumber).help("écrivez par exemple `J+1` ou `J+2`"))
    }
}
