//! Cuts a file into blocks at the words that open one, so that each is parsed alone and every error is found.

use crate::lex::{Kind, Token};
use crate::parse::Rule;
use crate::{keywords, source::Plain};
use std::ops::Range;

/// A piece of the file that the grammar takes whole.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The grammar's rule for it; `None` when nothing that opens a block stands at its beginning.
    pub rule: Option<Rule>,
    /// Bytes of the plain text.
    pub span: Range<usize>,
    /// Its tokens.
    pub tokens: Range<usize>,
}

struct Cutter<'a> {
    plain: &'a Plain,
    tokens: &'a [Token],
}

/// Cuts. Tokens before the first opening make a block of their own, without rule.
pub(crate) fn cut(plain: &Plain, tokens: &[Token]) -> Vec<Chunk> {
    let cutter = Cutter { plain, tokens };
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut i = 0;
    let mut line_of_setting = false;
    while let Some(token) = tokens.get(i) {
        if token.first {
            line_of_setting = false;
        }
        let within = chunks.last();
        let in_test = within.is_some_and(|chunk| chunk.rule == Some(Rule::test_block));
        let opening = match cutter.line_opening(i) {
            Some(rule) if !in_test || is_header(rule) => Some(rule),
            _ if in_test || line_of_setting => None,
            _ => cutter.rule_opening(i, within),
        };
        if opening.is_some() || chunks.is_empty() {
            if let Some(last) = chunks.last_mut() {
                last.span.end = token.start;
                last.tokens.end = i;
            }
            line_of_setting = opening.is_some_and(is_setting);
            chunks.push(Chunk { rule: opening, span: token.start..plain.text.len(), tokens: i..tokens.len() });
        }
        i += 1;
    }
    chunks
}

/// Whether a block is a header, after which another scenario or stage begins.
pub(crate) fn is_header(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::scenario_block
            | Rule::stage_block
            | Rule::segment_block
            | Rule::field_block
            | Rule::script_block
            | Rule::include_block
            | Rule::constant_block
            | Rule::test_block
    )
}

fn is_setting(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::set_selection
            | Rule::set_priority
            | Rule::set_calendar
            | Rule::set_sendings
            | Rule::set_cap
            | Rule::set_no_cap
            | Rule::set_group
            | Rule::set_catch_up
            | Rule::set_fresh
            | Rule::set_minimum
            | Rule::set_carry
            | Rule::set_end
    )
}

impl<'a> Cutter<'a> {
    fn word(&self, i: usize) -> &'a str {
        let Some(token) = self.tokens.get(i) else { return "" };
        self.plain.text.get(token.start..token.end).unwrap_or_default()
    }

    fn before(&self, i: usize) -> &'a str {
        i.checked_sub(1).map_or("", |i| self.word(i))
    }

    fn first(&self, i: usize) -> bool {
        self.tokens.get(i).is_none_or(|token| token.first)
    }

    /// Headers and settings: only at the beginning of a line.
    fn line_opening(&self, i: usize) -> Option<Rule> {
        if !self.first(i) {
            return None;
        }
        let Some(next) = self.tokens.get(i + 1) else {
            return match self.word(i) {
                "fin" => Some(Rule::set_end),
                word => bare_header(word, ""),
            };
        };
        let next_word = self.word(i + 1);
        let nameable = matches!(next.kind, Kind::Word | Kind::Text | Kind::Number);
        let quoted = next.kind == Kind::Text && matches!(self.word(i), "test" | "script" | "inclure");
        let named =
            nameable && (!next.first || quoted || (next.kind == Kind::Word && !keywords::is_reserved(next_word)));
        match self.word(i) {
            "scenario" if named => Some(Rule::scenario_block),
            "etape" if named => Some(Rule::stage_block),
            "segment" if named && self.defines_segment(i + 2) => Some(Rule::segment_block),
            "champ" if named => Some(Rule::field_block),
            "script" if named => Some(Rule::script_block),
            "inclure" if named => Some(Rule::include_block),
            "constante" if named => Some(Rule::constant_block),
            "test" if named => Some(Rule::test_block),
            "pour"
                if matches!(
                    next_word,
                    "les" | "toutes" | "tous" | "la" | "chaque" | "une" | "des" | "facture" | "factures"
                ) =>
            {
                Some(Rule::set_selection)
            }
            "priorite" => Some(Rule::set_priority),
            "calendrier" => Some(Rule::set_calendar),
            "envois" | "envoi" => Some(Rule::set_sendings),
            "au" if next_word == "plus" => Some(Rule::set_cap),
            "sans" if next_word == "plafond" => Some(Rule::set_no_cap),
            "regrouper" => Some(Rule::set_group),
            "rattrapage" => Some(Rule::set_catch_up),
            "paiements" if next_word == "a" => Some(Rule::set_fresh),
            "minimum" => Some(Rule::set_minimum),
            "reprise" if next_word == "etape" => Some(Rule::set_carry),
            // `à J+30 fin de mois` may be cut by the end of a line.
            "fin" if (next.first && next_word != "de") || next_word == "." => Some(Rule::set_end),
            word if next.first => bare_header(word, next_word),
            _ => None,
        }
    }

    /// After the name of a segment, or after the first word of one in several words.
    fn defines_segment(&self, i: usize) -> bool {
        let ends = |k: &usize| self.first(*k) || matches!(self.word(*k), ":" | "si" | "=");
        matches!(self.word(i), ":" | "si")
            || (i..i + 5).find(ends).is_some_and(|k| !self.first(k) && matches!(self.word(k), ":" | "si"))
    }

    /// Rules: anywhere, but never directly after `puis` or `et`.
    fn rule_opening(&self, i: usize, within: Option<&Chunk>) -> Option<Rule> {
        let token = self.tokens.get(i)?;
        if token.kind != Kind::Word {
            return None;
        }
        let before = self.before(i);
        // `constante si : 3j` names something, wrongly.
        if i > 0 && !token.first && self.first(i - 1) && matches!(before, "constante" | "champ" | "segment" | "etape") {
            return None;
        }
        let joined = matches!(before, "puis" | "et");
        // A line that begins so is meant as a rule, even after a dangling `puis`: cutting there keeps the next rule whole.
        let opens = !joined || token.first;
        let word = self.word(i);
        match word {
            // `email ferme si …`: the condition after the action is one mistake.
            "si" | "quand" if !token.first && within.is_some_and(|w| w.rule.is_none() && self.begins_with_verb(w)) => {
                None
            }
            "si" => {
                let continues = matches!(before, "sauf" | "sinon" | "ou" | "si") || (joined && !token.first);
                let lacks_colon =
                    within.is_some_and(|w| w.rule == Some(Rule::segment_block) && i == w.tokens.start + 2);
                (!continues && !lacks_colon && !self.in_dated_head(i, within)).then_some(Rule::rule_if)
            }
            "sinon" => opens.then_some(Rule::rule_else),
            "quand" => opens.then_some(Rule::rule_when),
            "des" if token.first || matches!(self.word(i + 1), "que" | "lors") => opens.then_some(Rule::rule_as_soon),
            "a" if before == "aller" => None,
            "a" if is_offset(self.word(i + 1)) => opens.then_some(Rule::rule_rung),
            // Not a rule of the language, but meant as one: `à 30 jours :`.
            "a" if token.first && !joined && self.is_number(i + 1) && is_unit(self.word(i + 2)) => {
                Some(Rule::rule_rung)
            }
            "a" if self.word(i + 1) == "l'entree" => opens.then_some(Rule::rule_entry),
            "a" if token.first && self.word(i + 1).starts_with("l'ent") => opens.then_some(Rule::rule_entry),
            // Delays at the beginning of a line open a rule, even when its colon is missing.
            "apres" if token.first && !joined && self.is_number(i + 1) => Some(Rule::rule_after),
            // `3 jours après relance :` on one line is one delay, wrongly; on a line of its own `après délai :` is a rule.
            "apres" if !joined && (token.first || !is_unit(before)) && self.is_delay_of_head(i + 1) => {
                Some(Rule::rule_after)
            }
            "tous" | "toutes" if !joined && self.word(i + 1) == "les" && self.is_delay_of_head(i + 2) => {
                Some(Rule::rule_every)
            }
            _ => None,
        }
    }

    fn begins_with_verb(&self, chunk: &Chunk) -> bool {
        let word = self.word(chunk.tokens.start);
        keywords::is_action(word)
            || keywords::meant_action(word).is_some()
            || matches!(word, "envoyer" | "relancer" | "faire")
    }

    fn is_number(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|token| token.kind == Kind::Number)
    }

    /// A duration, or the name of one, and then the end of the rule's head.
    fn is_delay_of_head(&self, i: usize) -> bool {
        if self.is_number(i) {
            return self.ends_by_colon(i + 1);
        }
        let named = self.tokens.get(i).is_some_and(|token| token.kind == Kind::Word)
            && !keywords::is_reserved(self.word(i))
            && self.word(i) != "validation";
        if !named {
            return false;
        }
        if self.word(i + 1) != "(" {
            return self.ends_by_colon(i + 1);
        }
        let closed = (i + 2..i + 12).find(|k| self.word(*k) == ")");
        closed.is_some_and(|close| self.ends_by_colon(close + 1))
    }

    /// `après 3j :`, `tous les 10 jours (au plus 3 fois) :`, `après 2 jours ouvrés si … :`.
    fn ends_by_colon(&self, from: usize) -> bool {
        let mut i = from;
        while i < from + 9 {
            match self.word(i) {
                ":" | "si" => return true,
                "sauf" => {
                    let ends =
                        |k: &usize| matches!(self.word(*k), ":" | "alors" | "") || keywords::is_action(self.word(*k));
                    return (i..i + 200).find(ends).is_some_and(|k| self.word(k) == ":");
                }
                "" => return false,
                "j" | "jour" | "jours" | "ouvre" | "ouvres" | "ouvrable" | "ouvrables" | "semaine" | "semaines"
                | "sem" | "mois" | "an" | "ans" | "annee" | "annees" | "heure" | "heures" | "(" | ")" | "au"
                | "plus" | "fois" => i += 1,
                _ if self.is_number(i) => i += 1,
                _ => return false,
            }
        }
        false
    }

    /// Whether this `si` belongs to the head of a dated rule: `à J+15 si … :`, `quand … si … :`.
    fn in_dated_head(&self, i: usize, within: Option<&Chunk>) -> bool {
        let Some(chunk) = within else { return false };
        let head = match chunk.rule {
            Some(Rule::segment_block) => {
                return self.before(i) == ":" && !(chunk.tokens.start + 2..i - 1).any(|k| self.word(k) == ":");
            }
            Some(Rule::rule_rung | Rule::rule_when | Rule::rule_entry | Rule::rule_after | Rule::rule_every) => {
                chunk.tokens.start..i
            }
            _ => return false,
        };
        // `si … alors …` on a line of its own is a rule, even when the head before it lacks its colon.
        let ahead = (i..i + 200).map(|k| self.word(k)).find(|word| matches!(*word, ":" | "alors" | ""));
        if self.first(i) && ahead == Some("alors") {
            return false;
        }
        !head.into_iter().any(|k| {
            let word = self.word(k);
            word == ":" || word == "alors" || word == "si" || keywords::is_action(word)
        })
    }
}

/// A header's word alone on its line: its name is missing. `étape` is a fact as well, unless something opens after it.
fn bare_header(word: &str, next: &str) -> Option<Rule> {
    Some(match word {
        "etape"
            if matches!(next, "" | "a" | "apres" | "quand" | "tous" | "toutes" | "des" | "fin" | "si" | "etape") =>
        {
            Rule::stage_block
        }
        "scenario" => Rule::scenario_block,
        "champ" => Rule::field_block,
        "constante" => Rule::constant_block,
        "script" => Rule::script_block,
        "inclure" => Rule::include_block,
        "test" => Rule::test_block,
        _ => return None,
    })
}

/// `j`, `j15`: the beginning of a due-date offset.
fn is_offset(word: &str) -> bool {
    word.strip_prefix('j').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

/// A unit of a duration, as opposed to the `h` of `à 18h`.
fn is_unit(word: &str) -> bool {
    matches!(word, "j" | "jour" | "jours" | "semaine" | "semaines" | "mois")
}
