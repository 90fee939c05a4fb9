//! Why a block could not be read, in the user's words.

use super::Rule;
use crate::chunk::Chunk;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::keywords;
use crate::lex::{Kind, Token};
use crate::source::Plain;
use crate::span::Span;
use relance_core::schema::fold;

/// Where the grammar stopped, and what it could have taken.
pub(super) struct Failure<'a> {
    pub chunk: &'a Chunk,
    pub plain: &'a Plain,
    pub original: &'a str,
    /// Of the block.
    pub tokens: &'a [Token],
    /// Byte of the plain text.
    pub at: usize,
    pub expected: &'a [Rule],
}

impl Failure<'_> {
    pub(super) fn word(&self, i: usize) -> &str {
        self.tokens.get(i).and_then(|t| self.plain.text.get(t.start..t.end)).unwrap_or_default()
    }

    pub(super) fn span(&self, i: usize) -> Span {
        self.tokens.get(i).map(|t| self.plain.origin(t.start, t.end)).unwrap_or_default()
    }

    pub(super) fn written(&self, i: usize) -> &str {
        let span = self.span(i);
        self.original.get(span.start..span.end).unwrap_or_default().trim_end()
    }

    pub(super) fn is_name(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.kind == Kind::Word) && !keywords::is_reserved(self.word(i))
    }

    pub(super) fn expects(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    /// Where the action that `i` belongs to ends: the next joint or limit, or the end of the line that another begins.
    pub(super) fn stop(&self, i: usize) -> usize {
        let ends = |k: usize| {
            matches!(self.word(k), "puis" | "et" | "," | "sauf")
                || (self.word(k) == "a" && self.word(k + 1) == "defaut")
                || (self.word(k) == "sans" && self.word(k + 1) == "relance")
                || (k > i && self.tokens.get(k).is_some_and(|token| token.first))
        };
        (i..self.tokens.len()).find(|k| ends(*k)).unwrap_or(self.tokens.len())
    }

    /// The name before `i` begins a line of its own, but `appel` took it for its template.
    pub(super) fn swallowed_line(&self, i: usize) -> bool {
        let Some(begins) = i.checked_sub(1) else { return false };
        begins > 0
            && self.word(begins - 1) == "appel"
            && self.tokens.get(begins).is_some_and(|token| token.first)
            && self.is_name(begins)
            && self.is_name(i)
    }

    /// `:` for a dated rule or a reaction, `alors` for a condition.
    pub(super) fn separator(&self) -> &'static str {
        match self.chunk.rule {
            Some(Rule::rule_if) => "alors",
            _ => ":",
        }
    }

    pub(super) fn lacks_separator(&self) -> bool {
        self.expects(Rule::colon) || self.expects(Rule::kw_alors)
    }

    pub(super) fn is_rule(&self) -> bool {
        matches!(
            self.chunk.rule,
            Some(
                Rule::rule_if
                    | Rule::rule_else
                    | Rule::rule_rung
                    | Rule::rule_when
                    | Rule::rule_as_soon
                    | Rule::rule_entry
                    | Rule::rule_after
                    | Rule::rule_every
            )
        )
    }

    /// The diagnostic.
    pub fn explain(&self, sink: &Sink<'_>) -> Diagnostic {
        if self.chunk.rule.is_none() {
            return self.no_opening(sink);
        }
        match self.tokens.iter().position(|token| token.end > self.at) {
            Some(i) => self.at_word(i, sink),
            None => self.at_end(sink),
        }
    }

    /// `après 8 jours email ferme`, at the beginning of the file.
    pub(super) fn lacks_colon(&self) -> bool {
        let timed = self.word(0) == "apres" || (matches!(self.word(0), "tous" | "toutes") && self.word(1) == "les");
        timed && !(0..self.tokens.len()).any(|i| self.word(i) == ":")
    }

    fn no_opening(&self, sink: &Sink<'_>) -> Diagnostic {
        let written = self.written(0);
        let word = self.word(0);
        if self.lacks_colon() {
            return sink.report(Code::MissingWord, "il manque `:` après le délai", self.span(0)).help(format!(
                "écrivez par exemple `{written} {}10 jours : …`",
                if word == "apres" { "" } else { "les " }
            ));
        }
        let same = |meant: &&str| fold(meant) != word;
        if let Some(meant) = keywords::nearest(word, keywords::OPENINGS.iter().copied()).filter(same) {
            return sink
                .report(
                    Code::UnexpectedWord,
                    format!("`{written}` n'ouvre rien : vouliez-vous dire `{meant}` ?"),
                    self.span(0),
                )
                .help(format!("écrivez `{meant}`"))
                .fix(meant);
        }
        if self.tokens.iter().enumerate().any(|(i, _)| self.word(i) == "alors") {
            return sink
                .report(Code::MissingWord, "il manque `si` au début de la règle", self.span(0))
                .help(format!("écrivez `si {written} …`"))
                .fix(format!("si {written}"));
        }
        if keywords::is_action(word) {
            return sink
                .report(Code::UnexpectedWord, format!("`{written}` n'est pas rattaché à une règle"), self.span(0))
                .help(format!(
                    "dites quand le faire : `à J+15 : {written} …` ou `si retard >= 15j alors {written} …`"
                ));
        }
        let found = sink.report(Code::UnexpectedWord, format!("`{written}` n'ouvre rien"), self.span(0));
        let help = "une ligne commence par une règle (`si …`, `à J+15 :`, `quand … :`), un réglage (`envois …`, `priorité …`) ou un en-tête (`scénario …`)";
        // What follows it is passed over, and must not be so silently.
        match self.tokens.iter().skip(1).filter(|token| token.first).count() {
            0 => found.help(help),
            1 => found.help(format!("{help} ; la ligne qui suit n'ouvre rien non plus")),
            n => found.help(format!("{help} ; les {n} lignes qui suivent n'ouvrent rien non plus")),
        }
    }

    fn at_end(&self, sink: &Sink<'_>) -> Diagnostic {
        let last = self.tokens.len().saturating_sub(1);
        let (word, written) = (self.word(last), self.written(last));
        // `20j` is one word for the reader.
        let glued = last > 0 && self.tokens.get(last - 1).map(|t| t.end) == self.tokens.get(last).map(|t| t.start);
        let span = if glued { self.span(last - 1).to(self.span(last)) } else { self.span(last) };
        let said = self.original.get(span.start..span.end).unwrap_or_default().trim_end();
        let actions = "une action (`email`, `appel`, `tâche`, `aller à` …)";
        match word {
            "puis" | "et"
                if !self.lacks_separator() && self.is_rule() && !self.expects(Rule::sum) && self.expects_action() =>
            {
                sink.report(Code::Unfinished, format!("il manque une action après `{written}`"), span)
                    .label("la phrase s'arrête ici")
                    .help(format!("ajoutez {actions}, ou supprimez `{written}`"))
            }
            "a" if self.is_rule() && last > 0 && self.word(last - 1) == "aller" => {
                let whole = self.span(last - 1).to(span);
                sink.report(Code::Unfinished, "il manque le nom d'une étape après `aller à`", whole)
                    .help("écrivez par exemple `aller à mise_en_demeure`, ou `aller à plan` pour revenir au début")
            }
            "alors" | ":" | "sinon" if self.is_rule() => sink
                .report(Code::Unfinished, "cette règle ne fait rien", span)
                .label(format!("il n'y a rien après `{written}`"))
                .help(format!("ajoutez {actions} après `{written}`")),
            _ if self.chunk.rule == Some(Rule::rule_when) && self.misspelt_action().is_some() => {
                let (i, meant) = self.misspelt_action().unwrap_or_default();
                self.lacks_separator_before(i, meant, sink)
            }
            _ if self.chunk.rule == Some(Rule::rule_if)
                && self.lacks_separator()
                && !self.tokens.first().is_some_and(|token| token.first) =>
            {
                let whole = self.span(0).to(span);
                sink.report(Code::UnexpectedWord, "la condition vient avant les actions", whole).help(
                    "écrivez `si … alors …`, ou `à J+15 si … : …` pour une règle datée ; après les actions, on peut dire `sauf si …`",
                )
            }
            _ if self.is_rule() && self.lacks_separator() => {
                let separator = self.separator();
                sink.report(Code::MissingWord, format!("il manque `{separator}` et une action"), span)
                    .label("la règle s'arrête ici")
                    .help(format!("dites ce qu'il faut faire : `… {separator} email ferme`"))
            }
            _ => {
                let what = match self.list() {
                    Some(list) if list == "une condition" || list == "une valeur" => list,
                    _ => "quelque chose".to_owned(),
                };
                let found = sink
                    .report(Code::Unfinished, format!("il manque {what} après `{said}`"), span)
                    .label("la phrase s'arrête ici");
                if what == "une condition" && self.is_rule() {
                    return found.help("une condition compare un fait à une valeur, par exemple : `retard >= 15j`");
                }
                match (self.chunk.rule.and_then(example), self.list()) {
                    (Some(example), _) => found.help(format!("écrivez par exemple `{example}`")),
                    (None, Some(list)) => found.help(format!("attendu ensuite : {list}")),
                    (None, None) => found,
                }
            }
        }
    }

    /// In `quand soldée emial …`, where the action begins and what was meant.
    pub(super) fn misspelt_action(&self) -> Option<(usize, &'static str)> {
        (2..self.tokens.len()).find_map(|i| Some((i, keywords::meant_action(self.word(i))?)))
    }

    /// `alors` or `:` is missing before an action that is misspelt as well.
    pub(super) fn lacks_separator_before(&self, i: usize, meant: &str, sink: &Sink<'_>) -> Diagnostic {
        let (separator, written) = (self.separator(), self.written(i));
        let fix = format!("{separator} {meant}");
        sink.report(Code::MissingWord, format!("il manque `{separator}` devant `{written}`"), self.span(i))
            .label("les actions commencent ici")
            .help(format!("écrivez `{fix}`"))
            .fix(fix)
    }

    pub(super) fn expects_action(&self) -> bool {
        self.expected.iter().any(|rule| words_of(*rule) == Some("une action"))
    }

    pub(super) fn list(&self) -> Option<String> {
        let mut words: Vec<String> = Vec::new();
        for rule in self.expected {
            let word = match (keyword_of(*rule), words_of(*rule)) {
                (Some(keyword), _) => format!("`{keyword}`"),
                (None, Some(words)) => words.to_owned(),
                (None, None) => continue,
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let last = words.pop()?;
        let shown: Vec<String> = words.into_iter().take(6).collect();
        if shown.is_empty() { Some(last) } else { Some(format!("{} ou {last}", shown.join(", "))) }
    }
}

/// How a setting or a header is written.
pub(super) fn example(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::set_selection => "pour les factures où segment = mauvais_payeur",
        Rule::set_priority => "priorité 1",
        Rule::set_calendar => "calendrier france",
        Rule::set_sendings => "envois du lundi au vendredi de 9h à 18h",
        Rule::set_cap => "au plus 1 contact tous les 3 jours par client",
        Rule::set_minimum => "minimum 10 €",
        Rule::scenario_block => "scénario mauvais_payeurs \"Mauvais payeurs\"",
        Rule::stage_block => "étape mise_en_demeure \"Mise en demeure\"",
        Rule::segment_block => "segment mauvais_payeur : si client.retard_moyen > 20j",
        Rule::field_block => "champ secteur : texte",
        Rule::constant_block => "constante délai_de_grâce : 5j",
        Rule::script_block => "script \"scripts/risque.rhai\"",
        Rule::include_block => "inclure \"commun.relance\"",
        Rule::test_block => "test \"le paiement arrête l'appel\"",
        Rule::set_fresh => "paiements à jour depuis moins de 24h",
        Rule::set_group => "regrouper par client",
        Rule::set_catch_up => "rattrapage pas à pas",
        Rule::set_carry => "reprise étape med → mise_en_demeure",
        _ => return None,
    })
}

/// The keyword that a rule of the grammar stands for.
pub(super) fn keyword_of(rule: Rule) -> Option<&'static str> {
    let name = format!("{rule:?}");
    match name.strip_prefix("kw_")? {
        "lentree" => Some("l'entrée"),
        "nest" => Some("n'est"),
        word => keywords::canonical(word),
    }
}

/// What else a rule of the grammar stands for, in the user's words; `None` for what would only confuse.
fn words_of(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::colon => "`:`",
        Rule::comma => "`,`",
        Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::is | Rule::is_mark => "`est`",
        Rule::compare | Rule::operator => "une comparaison (`=`, `>=` …)",
        Rule::between => "`entre`",
        Rule::among => "`parmi`",
        Rule::cond | Rule::or_expr | Rule::and_expr | Rule::not_expr | Rule::comparison => "une condition",
        Rule::sum | Rule::product | Rule::unary | Rule::literal | Rule::word => "une valeur",
        Rule::name | Rule::any_name | Rule::header_name | Rule::template_name => "un nom",
        Rule::template => "un modèle",
        Rule::role => "un destinataire",
        Rule::text | Rule::title => "un texte entre guillemets",
        Rule::number | Rule::digits => "un nombre",
        Rule::duration => "une durée (`15j`)",
        Rule::amount | Rule::euro_first => "un montant (`1 500 €`)",
        Rule::percent => "un pourcentage",
        Rule::date => "une date (`31/12/2026`)",
        Rule::hour => "une heure (`9h`)",
        Rule::day | Rule::days | Rule::day_list => "un jour (`lundi`)",
        Rule::offset => "`J+15`",
        Rule::event | Rule::event_word => "un événement (`soldée`)",
        Rule::action
        | Rule::contact
        | Rule::sequence
        | Rule::stage
        | Rule::item
        | Rule::attempt
        | Rule::body
        | Rule::channel => "une action",
        Rule::field_type => "un type (`texte`, `montant` …)",
        _ => return None,
    })
}
