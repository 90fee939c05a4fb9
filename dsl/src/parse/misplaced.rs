//! Why a word is not where it should be: the most telling reason first.

use super::Rule;
use super::expected::{Failure, example, keyword_of};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::keywords;
use crate::lex::Kind;

/// Comparisons in words, and their sign.
pub(super) const COMPARATIVES: &[(&str, &str)] = &[
    ("superieur", ">="),
    ("depasse", ">"),
    ("plus", ">"),
    ("inferieur", "<="),
    ("moins", "<"),
    ("egal", "="),
    ("different", "≠"),
    ("vaut", "="),
];

const OPENS_NOTHING: &str = "une ligne commence par une règle (`si …`, `à J+15 :`, `quand … :`), un réglage (`envois …`, \
    `priorité …`) ou un en-tête (`scénario …`), ou elle continue la règle par `puis`, `et` ou `à défaut`";

/// The word at which the grammar stopped, and its surroundings.
struct Word<'a, 'f> {
    of: &'a Failure<'f>,
    sink: &'a Sink<'a>,
    /// Its number in the block.
    i: usize,
    text: &'a str,
    written: &'a str,
    before: &'a str,
    /// It begins its line.
    first: bool,
    /// It stands where only an action can.
    action_place: bool,
}

impl Failure<'_> {
    /// The diagnostic for a word in the middle of the block.
    pub(super) fn at_word(&self, i: usize, sink: &Sink<'_>) -> Diagnostic {
        let before = i.checked_sub(1).map_or("", |before| self.word(before));
        let word = Word {
            of: self,
            sink,
            i,
            text: self.word(i),
            written: self.written(i),
            before,
            first: self.tokens.get(i).is_some_and(|token| token.first),
            action_place: self.is_rule()
                && self.expects_action()
                && matches!(before, "alors" | ":" | "puis" | "et" | "defaut" | "sinon"),
        };
        word.lacks_separator()
            .or_else(|| word.header_colon())
            .or_else(|| word.rule_inside())
            .or_else(|| word.destination())
            .or_else(|| word.after_alone())
            .or_else(|| word.list_signs())
            .or_else(|| word.bare_text())
            .or_else(|| word.swallowed_line())
            .or_else(|| word.swallowed_bad_line())
            .or_else(|| word.not_an_action())
            .or_else(|| word.misspelt())
            .or_else(|| word.reserved())
            .or_else(|| word.misspelt_after_head())
            .or_else(|| word.article())
            .or_else(|| word.two_words())
            .or_else(|| word.bad_line())
            .or_else(|| word.unjoined())
            .or_else(|| word.lacks_value())
            .or_else(|| word.lacks_keyword())
            .unwrap_or_else(|| word.unexpected())
    }
}

impl Word<'_, '_> {
    fn report(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        self.sink.report(code, message, self.of.span(self.i))
    }

    fn meant(&self, message: String, meant: &str) -> Diagnostic {
        let message = format!("{message} : vouliez-vous dire `{meant}` ?");
        self.report(Code::UnexpectedWord, message).help(format!("écrivez `{meant}`")).fix(meant)
    }

    fn last(&self) -> usize {
        self.i.saturating_sub(1)
    }

    fn lacks_separator(&self) -> Option<Diagnostic> {
        if self.text == "alors" && self.of.is_rule() && self.of.expects(Rule::colon) {
            let found = self.report(Code::MissingWord, "la tête de cette règle finit par `:`, pas par `alors`");
            return Some(found.help("écrivez `:`").fix(":"));
        }
        if !(self.of.is_rule() && self.of.lacks_separator() && keywords::is_action(self.text)) {
            return None;
        }
        let separator = self.of.separator();
        let fix = format!("{separator} {}", self.written);
        let found = self.report(Code::MissingWord, format!("il manque `{separator}` devant `{}`", self.written));
        Some(found.label("les actions commencent ici").help(format!("écrivez `{fix}`")).fix(fix))
    }

    /// `champ taille nombre`, `segment vieux si …`.
    fn header_colon(&self) -> Option<Diagnostic> {
        let header = matches!(self.of.chunk.rule, Some(Rule::field_block | Rule::constant_block | Rule::segment_block));
        if !(header && self.i == 2 && self.of.expects(Rule::colon)) || self.first {
            return None;
        }
        let fix = format!(": {}", self.written);
        let found = self.report(Code::MissingWord, format!("il manque `:` après `{}`", self.of.written(1)));
        let header = format!("{} {}", self.of.written(0), self.of.written(1));
        let glued = self.of.tokens.get(self.i).map(|token| token.end)
            == self.of.tokens.get(self.i + 1).map(|token| token.start);
        let shown = if glued { ": …" } else { &fix };
        Some(found.help(format!("écrivez `{header} {shown}`")).fix(fix))
    }

    /// `aller mise_en_demeure`, `aller vers x`, `aller à puis …`.
    fn destination(&self) -> Option<Diagnostic> {
        if self.before == "aller" && self.text != "a" {
            let wrong = matches!(self.text, "dans" | "vers" | "en" | "sur" | "au" | "jusqu'a");
            let fix = if wrong { "à".to_owned() } else { format!("à {}", self.written) };
            let found = self.report(Code::MissingWord, "il manque `à` après `aller`");
            return Some(found.help(format!("écrivez `aller {fix}{}`", if wrong { " …" } else { "" })).fix(fix));
        }
        let lost = self.before == "a" && self.i >= 2 && self.of.word(self.i - 2) == "aller";
        if !lost || self.of.is_name(self.i) {
            return None;
        }
        let span = self.of.span(self.i - 2).to(self.of.span(self.last()));
        let found = self.sink.report(Code::Unfinished, "il manque le nom d'une étape après `aller à`", span);
        Some(found.help("écrivez par exemple `aller à mise_en_demeure`, ou `aller à plan` pour revenir au début"))
    }

    /// A rule that begins inside another, or is dated in words.
    fn rule_inside(&self) -> Option<Diagnostic> {
        if self.of.chunk.rule == Some(Rule::rule_rung) && self.i == 1 {
            let found = self.report(Code::UnexpectedWord, "une règle se date depuis l'échéance");
            let n = self.written;
            return Some(found.help(format!("écrivez `à J+{n} : …` après l'échéance, `à J-{n} : …` avant")));
        }
        if !matches!(self.before, "puis" | "et") {
            return None;
        }
        let (before, written) = (self.of.written(self.last()), self.written);
        if self.text == "a" {
            let found = self.report(Code::UnexpectedWord, format!("une règle datée ne peut pas suivre `{before}`"));
            return Some(
                found.help("commencez une nouvelle règle par `à J+15 :`, ou attendez avec `puis après 15j email …`"),
            );
        }
        if !matches!(self.text, "si" | "quand" | "sinon" | "des") {
            return None;
        }
        let found = self.report(Code::UnexpectedWord, format!("une règle ne peut pas commencer après `{before}`"));
        Some(found.help(if self.of.expects_action() {
            format!("une condition par règle : commencez une nouvelle règle par `{written}`, sans `{before}`")
        } else {
            format!("supprimez ce `{written}` : les conditions se joignent par `et` seul")
        }))
    }

    fn after_alone(&self) -> Option<Diagnostic> {
        if self.before != "apres" || !self.of.is_rule() {
            return None;
        }
        let span = self.of.span(self.last());
        // `après la validation`, `après valildation`.
        let approval = |k: usize| keywords::nearest(self.of.word(k), ["validation"]).is_some();
        let ends = if approval(self.i) { Some(self.i) } else { Some(self.i + 1).filter(|k| approval(*k)) };
        if let Some(ends) = ends.filter(|_| !self.of.tokens.get(self.i).is_some_and(|token| token.kind == Kind::Number))
        {
            let whole = span.to(self.of.span(ends));
            let said = self.of.original.get(whole.start..whole.end).unwrap_or_default();
            let found = self.sink.report(Code::UnexpectedWord, format!("`{said}` s'écrit `après validation`"), whole);
            return Some(
                found.help("écrivez `après validation`, ou `après validation de direction`").fix("après validation"),
            );
        }
        let found = self.sink.report(Code::UnexpectedWord, "`après` ne suit pas directement une action", span);
        let fix = format!("puis {}", self.of.written(self.last()));
        Some(found.help("pour attendre avant l'action suivante, écrivez `puis après 3j email …`").fix(fix))
    }

    /// A comma between actions, a list without parentheses.
    fn list_signs(&self) -> Option<Diagnostic> {
        if self.text == "," && self.of.is_rule() && self.of.lacks_separator() && self.i > 1 {
            let separator = self.of.separator();
            let found = self.report(
                Code::MissingWord,
                format!("la tête de cette règle finit par `{separator}`, pas par une virgule"),
            );
            return Some(found.help(format!("écrivez `{separator}`")).fix(separator));
        }
        if self.text == "," && self.of.is_rule() && self.of.expects(Rule::kw_puis) {
            if self.i + 1 == self.of.tokens.len() {
                let found = self.report(Code::UnexpectedWord, "il n'y a rien à joindre après cette virgule");
                return Some(found.help("supprimez-la : une règle va d'elle-même jusqu'à la suivante"));
            }
            let found = self.report(Code::UnexpectedWord, "une virgule ne joint pas deux actions");
            if matches!(self.of.word(self.i + 1), "puis" | "et") {
                return Some(found.help(format!("supprimez-la : `{}` suffit", self.of.written(self.i + 1))));
            }
            return Some(found.help("écrivez `puis` pour l'une après l'autre, `et` pour les deux ensemble"));
        }
        if self.before == "parmi" {
            let found = self.report(Code::UnexpectedWord, "une liste se met entre parenthèses");
            return Some(found.help("écrivez par exemple `segment parmi (vip, public)`"));
        }
        None
    }

    /// `tâche Appeler le client`, `script scripts/risque.rhai`.
    fn bare_text(&self) -> Option<Diagnostic> {
        let header = matches!(self.of.chunk.rule, Some(Rule::script_block | Rule::include_block | Rule::test_block));
        if header && self.i == 1 && !self.first {
            let goes_on = |k: &usize| !self.of.tokens.get(*k).is_some_and(|token| token.first);
            let end = (1..self.of.tokens.len()).take_while(goes_on).last().unwrap_or(1);
            let whole = self.of.span(1).to(self.of.span(end));
            let said = self.of.original.get(whole.start..whole.end).unwrap_or_default().trim_end();
            let fix = format!("\"{said}\"");
            let what = if self.of.chunk.rule == Some(Rule::test_block) { "le nom d'un test" } else { "un chemin" };
            let found = self.sink.report(Code::TextQuotes, format!("{what} se met entre guillemets"), whole);
            return Some(found.help(format!("écrivez `{} {fix}`", self.of.written(0))).fix(fix));
        }
        if !matches!(self.before, "tache" | "note") || self.first || !self.of.is_name(self.i) {
            return None;
        }
        let end = self.of.stop(self.i).max(self.i + 1);
        let whole = self.of.span(self.i).to(self.of.span(end - 1));
        let said = self.of.original.get(whole.start..whole.end).unwrap_or_default().replace('"', "");
        let fix = format!("\"{}\"", said.split_whitespace().collect::<Vec<_>>().join(" "));
        let found = self.sink.report(Code::TextQuotes, "un texte se met entre guillemets", whole);
        Some(found.help(format!("écrivez `{} {fix}`", self.of.written(self.last()))).fix(fix))
    }

    /// `appel` takes the first word of the next line for its template, and the mistake shows one word later.
    fn swallowed_line(&self) -> Option<Diagnostic> {
        let before = self.last();
        if self.i == 0 || !self.of.tokens.get(before).is_some_and(|t| t.first) || !self.of.is_name(before) {
            return None;
        }
        let words = keywords::OPENINGS.iter().chain(keywords::ACTIONS).copied();
        let meant = keywords::nearest(self.before, words)?;
        let message = format!("`{}` est inconnu : vouliez-vous dire `{meant}` ?", self.of.written(before));
        let found = self.sink.report(Code::UnexpectedWord, message, self.of.span(before));
        Some(found.help(format!("écrivez `{meant}`")).fix(meant))
    }

    fn not_an_action(&self) -> Option<Diagnostic> {
        if !self.action_place {
            return None;
        }
        if self.text == "lettre" && self.of.word(self.i + 1).starts_with("recommande") {
            let whole = self.of.span(self.i).to(self.of.span(self.i + 1));
            let found = self.sink.report(Code::UnexpectedWord, "`lettre_recommandée` s'écrit avec `_`", whole);
            return Some(found.help("écrivez `lettre_recommandée`").fix("lettre_recommandée"));
        }
        let mail = self.text == "e" && self.of.word(self.i + 1) == "-" && self.of.word(self.i + 2) == "mail";
        if let Some(meant) = keywords::meant_action(if mail { "mail" } else { self.text }) {
            let whole = self.of.span(self.i).to(self.of.span(if mail { self.i + 2 } else { self.i }));
            let said = self.of.original.get(whole.start..whole.end).unwrap_or_default();
            let message = format!("`{said}` n'est pas une action : vouliez-vous dire `{meant}` ?");
            let found = self.sink.report(Code::UnexpectedWord, message, whole);
            return Some(found.help(format!("écrivez `{meant}`")).fix(meant));
        }
        let found = self.report(Code::UnexpectedWord, format!("`{}` n'est pas une action", self.written));
        if self.of.is_name(self.i) && keywords::is_action(self.of.word(self.i + 1)) {
            return Some(found.help(format!("supprimez-le : `{}` suffit", self.of.written(self.i + 1))));
        }
        Some(found.help(
            "les actions sont `email`, `sms`, `appel`, `courrier`, `lettre_recommandée`, `tâche`, `alerter`, `note`, `attendre`, \
             `aller à`, `transmettre`, `suspendre`, `reprendre` et `continuer`",
        ))
    }

    fn misspelt(&self) -> Option<Diagnostic> {
        if keywords::is_reserved(self.text) {
            return None;
        }
        if self.first && self.text == "tout" && self.of.word(self.i + 1) == "les" {
            return Some(self.meant(format!("`{}` est inconnu", self.written), "tous"));
        }
        let expected = self.of.expected.iter().filter_map(|rule| keyword_of(*rule));
        if let Some(meant) = keywords::nearest(self.text, expected) {
            return Some(self.meant(format!("`{}` n'est pas attendu ici", self.written), meant));
        }
        if !(self.first && self.of.is_name(self.i)) {
            return None;
        }
        let meant = keywords::nearest(self.text, keywords::OPENINGS.iter().chain(keywords::ACTIONS).copied())?;
        Some(self.meant(format!("`{}` est inconnu", self.written), meant))
    }

    fn reserved(&self) -> Option<Diagnostic> {
        let name = |rule: &Rule| matches!(rule, Rule::name | Rule::any_name | Rule::role | Rule::header_name);
        let wanted = self.i > 0 && self.of.expected.iter().any(name);
        if self.before == "transmettre" && self.text == "au" {
            let end = self.of.stop(self.i).max(self.i + 1);
            let whole = self.of.span(self.i).to(self.of.span(end - 1));
            let whom = self.of.span((self.i + 1).min(end - 1)).to(self.of.span(end - 1));
            let said = self.of.original.get(whom.start..whom.end).unwrap_or_default().replace('"', "");
            let fix = format!("\"{}\"", said.split_whitespace().collect::<Vec<_>>().join(" "));
            let found = self.sink.report(Code::TextQuotes, "à qui transmettre se met entre guillemets", whole);
            return Some(found.help(format!("écrivez `transmettre {fix}`")).fix(fix));
        }
        let joins = matches!(self.text, "a" | "et" | "puis" | "alors") || keywords::is_action(self.text);
        if !wanted || joins || !keywords::is_reserved(self.text) {
            return None;
        }
        let message = format!("`{}` est un mot du langage : il ne peut pas servir de nom", self.written);
        Some(self.report(Code::ReservedName, message).help("choisissez un autre nom"))
    }

    fn needless_article(&self) -> Option<Diagnostic> {
        if !matches!(self.before, "le" | "la" | "les" | "un" | "une") {
            return None;
        }
        let (span, article) = (self.of.span(self.last()), self.of.written(self.last()));
        let found = self.sink.report(Code::UnexpectedWord, format!("`{article}` est de trop"), span);
        Some(found.help("les faits s'écrivent sans article : `retard >= 15j`, `reste_dû > 100 €`"))
    }

    /// `le segment`, the one fact that is a word of the language.
    fn article(&self) -> Option<Diagnostic> {
        (self.text == "segment" && !self.first).then(|| self.needless_article()).flatten()
    }

    /// `si retard >= 15j emial ferme`.
    fn misspelt_after_head(&self) -> Option<Diagnostic> {
        if !(self.of.is_rule() && self.of.lacks_separator()) {
            return None;
        }
        if self.of.chunk.rule == Some(Rule::rule_when)
            && let Some((i, meant)) = self.of.misspelt_action().filter(|(i, _)| *i < self.i)
        {
            return Some(self.of.lacks_separator_before(i, meant, self.sink));
        }
        if !self.of.is_name(self.i) {
            return None;
        }
        let meant = keywords::meant_action(self.text)?;
        Some(self.of.lacks_separator_before(self.i, meant, self.sink))
    }

    /// `appel` takes the first word of a line that opens nothing.
    fn swallowed_bad_line(&self) -> Option<Diagnostic> {
        if !self.of.swallowed_line(self.i) {
            return None;
        }
        let (span, written) = (self.of.span(self.last()), self.of.written(self.last()));
        let found = self.sink.report(Code::UnexpectedWord, format!("`{written}` n'ouvre rien"), span);
        Some(found.help(OPENS_NOTHING))
    }

    /// Two names side by side.
    fn two_words(&self) -> Option<Diagnostic> {
        if self.i == 0 || self.first || !self.of.is_name(self.i) || !self.of.is_name(self.last()) {
            return None;
        }
        // The unit of a number is no name.
        if self.i > 1 && self.of.tokens.get(self.i - 2).is_some_and(|token| token.kind == Kind::Number) {
            let whole = self.of.span(self.i - 2).to(self.of.span(self.last()));
            let said = self.of.original.get(whole.start..whole.end).unwrap_or_default();
            let found = self.report(Code::UnexpectedWord, format!("rien ne joint `{}` à `{said}`", self.written));
            return Some(found.help("deux conditions se joignent par `et` ou `ou`, deux actions par `puis` ou `et`"));
        }
        let first = self.of.written(self.last());
        let found = self.report(Code::UnexpectedWord, format!("`{}` est de trop", self.written));
        let one_name = format!("un nom de plusieurs mots s'écrit avec `_` : `{first}_{}`", self.written);
        if self.before == "validation" && matches!(self.text, "par" | "du") {
            let found = self.report(Code::UnexpectedWord, format!("`{}` n'est pas attendu ici", self.written));
            return Some(found.help("écrivez `après validation de direction`").fix("de"));
        }
        if self.of.chunk.rule == Some(Rule::set_calendar) {
            return Some(found.help(one_name));
        }
        if let Some(shown) =
            self.of.chunk.rule.and_then(example).filter(|_| self.of.chunk.rule != Some(Rule::set_selection))
        {
            let header = self.of.chunk.rule.is_some_and(crate::chunk::is_header);
            return Some(found.help(if header { one_name } else { format!("écrivez par exemple `{shown}`") }));
        }
        let in_condition = self.of.expects(Rule::operator)
            || self.of.expects(Rule::compare)
            || self.of.expects(Rule::kw_ou)
            || self.of.expects(Rule::op_eq);
        if !in_condition && self.of.is_rule() {
            return Some(found.help(format!("{one_name} ; deux actions se joignent par `puis` ou `et`")));
        }
        if let Some((_, sign)) = COMPARATIVES.iter().find(|(said, _)| self.text.starts_with(said)) {
            return Some(found.help(format!("une comparaison s'écrit avec un signe : `{first} {sign} …`")));
        }
        if matches!(self.text, "connu" | "connue" | "inconnu" | "inconnue") {
            let fix = format!("est {}", self.written);
            return Some(found.help(format!("écrivez `{first} {fix}`")).fix(fix));
        }
        if let Some(found) = self.needless_article() {
            return Some(found);
        }
        Some(found.help(format!("{one_name} ; deux conditions se joignent par `et` ou `ou`")))
    }

    fn bad_line(&self) -> Option<Diagnostic> {
        let word = self.of.tokens.get(self.i).is_some_and(|token| token.kind == Kind::Word);
        if !self.first || !word || self.i == 0 {
            return None;
        }
        let found = self.report(Code::UnexpectedWord, format!("`{}` n'ouvre rien", self.written));
        Some(found.help(OPENS_NOTHING))
    }

    fn unjoined(&self) -> Option<Diagnostic> {
        if !keywords::is_action(self.text)
            || !self.of.is_rule()
            || self.of.lacks_separator()
            || self.lacks_value().is_some()
        {
            return None;
        }
        let written = self.written;
        let found = self.report(Code::UnexpectedWord, format!("rien ne joint `{written}` à ce qui précède"));
        Some(
            found.help(format!(
                "écrivez `puis {written}` pour l'une après l'autre, `et {written}` pour les deux ensemble"
            )),
        )
    }

    fn lacks_value(&self) -> Option<Diagnostic> {
        if self.before == "quand" && self.text == ":" {
            let found = self.report(Code::Unfinished, "il manque un événement après `quand`");
            return Some(found.help("écrivez par exemple `quand soldée : email remerciement`"));
        }
        if matches!(self.before, "est" | "n'est") && self.of.expects(Rule::kw_connu) {
            let found =
                self.report(Code::Unfinished, format!("il manque une valeur après `{}`", self.of.written(self.last())));
            return Some(found.help("écrivez par exemple `segment est vip`, ou `client.email est connu`"));
        }
        let list = self.of.list().filter(|list| matches!(list.as_str(), "une condition" | "une valeur"))?;
        let before = self.of.written(self.last());
        let found = self.report(Code::Unfinished, format!("il manque {list} après `{before}`"));
        Some(
            found
                .label("elle devrait se trouver ici")
                .help("une condition compare un fait à une valeur, par exemple : `retard >= 15j`"),
        )
    }

    /// Only one word of the language could stand before it.
    fn lacks_keyword(&self) -> Option<Diagnostic> {
        let missing = match (self.of.chunk.rule, self.of.expected) {
            (Some(Rule::set_selection), [Rule::kw_ou]) => "où",
            (Some(Rule::rule_as_soon), [Rule::kw_que]) => "que",
            _ => return None,
        };
        let fix = format!("{missing} {}", self.written);
        let found = self.report(Code::MissingWord, format!("il manque `{missing}` devant `{}`", self.written));
        Some(found.help(format!("écrivez `{fix}`")).fix(fix))
    }

    fn unexpected(&self) -> Diagnostic {
        let found = self.report(Code::UnexpectedWord, format!("`{}` n'est pas attendu ici", self.written));
        match (self.of.chunk.rule.and_then(example), self.of.list()) {
            (Some(example), _) => found.help(format!("écrivez par exemple `{example}`")),
            (None, Some(list)) => found.help(format!("attendu : {list}")),
            (None, None) => found,
        }
    }
}
