//! Words of conditions: facts, segments, régimes; what was meant when they are unknown.

use super::Checker;
use super::lookup::listed;
use super::types::{Typed, value_of};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::Span;
use relance_core::machine::{Expr, Value};
use relance_core::schema::{Fact, REGIMES, Type, fold};

/// What people call a fact, and its name.
const SYNONYMS: &[(&str, &str)] = &[
    ("solde", "reste_dû"),
    ("reste", "reste_dû"),
    ("restant", "reste_dû"),
    ("montant_dû", "reste_dû"),
    ("total", "montant"),
    ("montant_ttc", "montant"),
    ("échéance", "date_échéance"),
    ("émission", "date_émission"),
    ("relances", "nombre_relances"),
    ("litige", "en_litige"),
    ("promesse", "promesse_en_cours"),
    ("profil", "segment"),
    ("jours_de_retard", "retard"),
    ("nb_relances", "nombre_relances"),
    ("exigible", "montant_exigible"),
    ("date", "aujourd_hui"),
    ("aujourd'hui", "aujourd_hui"),
    ("code_client", "client.code"),
    ("nom_client", "client.nom"),
    ("client", "segment"),
    ("profil_client", "segment"),
    ("impayé", "reste_dû"),
    ("impayés", "client.encours_échu"),
    ("dû", "reste_dû"),
    ("retard_client", "client.retard_moyen"),
    ("client.retard", "client.retard_moyen"),
    ("retard_moyen", "client.retard_moyen"),
    ("client.solde", "client.encours"),
    ("client.segment", "segment"),
    ("contesté", "en_litige"),
];

/// `oui` and `non` in other words.
const TRUTHS: &[(&str, &str)] = &[
    ("vrai", "oui"),
    ("vraie", "oui"),
    ("true", "oui"),
    ("yes", "oui"),
    ("faux", "non"),
    ("fausse", "non"),
    ("false", "non"),
    ("no", "non"),
];

fn text(word: &str) -> Expr {
    Expr::Literal(Value::Text(word.to_owned()))
}

impl Checker<'_, '_, '_> {
    /// A word where a value of type `wanted` can stand.
    pub(super) fn word(&mut self, word: &str, span: Span, wanted: Option<Type>) -> Option<Typed> {
        match wanted {
            Some(Type::Segment) => {
                if let Some(segment) = self.segment(word) {
                    return Some(Typed { expr: text(&segment), ty: Type::Segment });
                }
                if Fact::find(word).is_none() {
                    self.unknown_segment(word, span);
                    return None;
                }
            }
            Some(Type::Regime) => {
                if let Some(regime) = REGIMES.iter().find(|regime| fold(regime) == fold(word)) {
                    return Some(Typed { expr: text(regime), ty: Type::Regime });
                }
                if Fact::find(word).is_none() {
                    let found = self.error(
                        Code::UnknownRegime,
                        match nearest(word, REGIMES) {
                            Some(meant) => format!("régime inconnu `{word}` : vouliez-vous dire `{meant}` ?"),
                            None => format!("régime inconnu `{word}`"),
                        },
                        span,
                    );
                    let found = match nearest(word, REGIMES) {
                        Some(meant) => found.fix(meant),
                        None => found,
                    };
                    self.tell(found.help("les régimes sont `b2b`, `b2c` et `public`"));
                    return None;
                }
            }
            Some(Type::Stage) if Fact::find(word).is_none() || self.stages.find(word).is_some() => {
                let stage = self.stage(word, span, "une condition")?;
                return Some(Typed { expr: text(&stage), ty: Type::Stage });
            }
            _ => {}
        }
        if let Some(fact) = Fact::find(word) {
            return Some(Typed { expr: Expr::Fact(fact), ty: fact.ty() });
        }
        if let Some(field) = self.project.field(word) {
            return Some(Typed { expr: Expr::Field(field.name.clone()), ty: field.ty });
        }
        if let Some(constant) = self.project.constant(word) {
            return value_of(constant).map(|(value, ty)| Typed { expr: Expr::Literal(value), ty });
        }
        if self.project.is_failed(word) {
            return None;
        }
        if wanted == Some(Type::Text) {
            let found = self
                .error(Code::TextQuotes, format!("`{word}` est un texte : il lui faut des guillemets"), span)
                .help(format!("écrivez `\"{word}\"`"))
                .fix(format!("\"{word}\""));
            self.tell(found);
            return None;
        }
        self.unknown_fact(word, span);
        None
    }

    /// Whether a word stands for a value by itself, whatever it is compared with.
    pub(super) fn has_value(&self, word: &str) -> bool {
        Fact::find(word).is_some()
            || self.project.field(word).is_some()
            || self.project.constant(word).is_some()
            || self.project.is_failed(word)
    }

    /// The state of this name, as its header writes it.
    pub fn stage(&mut self, word: &str, span: Span, what: &str) -> Option<String> {
        if let Some(stage) = self.stages.find(word) {
            return Some(stage.clone());
        }
        // What nobody will read need not be worked out.
        if self.stages_unsure || self.sink.is_full() {
            return None;
        }
        let wanted = fold(word);
        let bare = word.trim_matches(['"', '«', '»', '“', '”', ' ']);
        let found = if bare != word {
            self.error(Code::TextQuotes, "le nom d'une étape s'écrit sans guillemets", span)
                .help(format!("écrivez `{bare}`"))
                .fix(bare)
        } else if matches!(wanted.as_str(), "soldee" | "payee" | "reglee") {
            self.error(Code::UnknownStage, format!("`{word}` n'est pas une étape"), span)
                .help("une facture est soldée quand il ne reste rien à payer ; pour y réagir : `quand soldée : …`")
        } else {
            let joined = word.replace(['-', ' '], "_");
            let meant = self.stages.find(&joined).map(String::as_str);
            let meant = meant.or_else(|| nearest(&joined, self.stages.iter()));
            let list = listed(self.stages.iter());
            let found = match meant {
                Some(meant) => self
                    .error(Code::UnknownStage, format!("étape inconnue `{word}` : vouliez-vous dire `{meant}` ?"), span)
                    .fix(meant),
                None => self.error(Code::UnknownStage, format!("étape inconnue `{word}`"), span),
            };
            if self.stages.len() > 1 {
                found.help(format!("les étapes de ce scénario sont {list}"))
            } else if what == "une condition" {
                found.help("ce scénario n'a pas d'étape ; `plan` en est le début")
            } else {
                found.help(format!("ce scénario n'a pas d'étape : ajoutez `étape {joined}` à sa suite"))
            }
        };
        self.tell(found);
        None
    }

    pub(super) fn segment(&self, word: &str) -> Option<String> {
        let wanted = fold(word);
        if wanted == "aucun" {
            return Some("aucun".to_owned());
        }
        let declared = self.context.segments.iter().find(|segment| fold(segment) == wanted);
        declared.or_else(|| self.project.segments.find(word)).cloned()
    }

    fn unknown_segment(&mut self, word: &str, span: Span) {
        if self.project.is_failed(word) || self.sink.is_full() {
            return;
        }
        let declared = self.context.segments.iter().map(String::as_str);
        let known: Vec<&str> = declared.chain(self.project.segments.iter()).collect();
        let list = listed(known.iter().copied());
        let found = match nearest(word, known.iter().copied()) {
            Some(meant) => self
                .error(Code::UnknownSegment, format!("segment inconnu `{word}` : vouliez-vous dire `{meant}` ?"), span)
                .fix(meant),
            None => self.error(Code::UnknownSegment, format!("segment inconnu `{word}`"), span),
        };
        self.tell(if known.is_empty() {
            found.help("aucun segment n'est déclaré : ajoutez-le à `segments` dans `relance.toml`")
        } else {
            found.help(format!("les segments du projet sont {list} ; ils se déclarent dans `relance.toml`, ou par `segment {word} : si …`"))
        });
    }

    pub(super) fn unknown_fact(&mut self, word: &str, span: Span) {
        if self.sink.is_full() {
            return;
        }
        let folded = fold(word);
        if let Some((_, truth)) = TRUTHS.iter().find(|(said, _)| *said == folded) {
            let found = self.error(Code::UnknownFact, format!("`{word}` s'écrit `{truth}`"), span);
            return self.tell(found.help(format!("écrivez `{truth}`")).fix(*truth));
        }
        // `l'encours`
        let folded = folded.strip_prefix("l'").map_or(folded.clone(), str::to_owned);
        let word = word.strip_prefix(['l', 'L']).and_then(|rest| rest.strip_prefix(['\'', '’'])).unwrap_or(word);
        let meant = meant_fact(word)
            .map(Fact::name)
            .or_else(|| nearest(word, self.project.fields.iter().map(|field| field.name.as_str())))
            .or_else(|| nearest(word, self.project.constants.iter().map(|(name, _)| name.as_str())))
            .or_else(|| {
                let bare = Fact::ALL.iter().filter_map(|fact| fact.name().strip_prefix("client."));
                nearest(word, bare).and_then(|name| Fact::find(&format!("client.{name}"))).map(Fact::name)
            });
        let function = self.project.functions.iter().find(|function| fold(&function.name) == folded);
        let found = if let Some(function) = function {
            let call = format!("{}({})", function.name, vec!["…"; function.arity].join(", "));
            self.error(Code::UnknownFact, format!("`{word}` est une fonction : il lui faut des parenthèses"), span)
                .help(format!("écrivez `{call}`"))
        } else if let Some(segment) = self.segment(word).filter(|_| meant.is_none()) {
            self.error(Code::UnknownFact, format!("`{word}` est un segment, pas une condition"), span)
                .help(format!("écrivez `segment = {segment}`"))
                .fix(format!("segment = {segment}"))
        } else if REGIMES.contains(&folded.as_str()) {
            self.error(Code::UnknownFact, format!("`{word}` est un régime, pas une condition"), span)
                .help(format!("écrivez `régime = {folded}`"))
                .fix(format!("régime = {folded}"))
        } else if let Some(meant) = meant {
            let meant = meant.to_owned();
            let help = match Fact::find(&meant) {
                Some(fact) => format!("`{meant}` : {}", lower_first(fact.doc())),
                None => format!("`{meant}` est défini dans ce projet"),
            };
            self.error(Code::UnknownFact, format!("fait inconnu `{word}` : vouliez-vous dire `{meant}` ?"), span)
                .help(help)
                .fix(meant)
        } else {
            self.error(Code::UnknownFact, format!("fait inconnu `{word}`"), span)
                .help("les faits de la facture et du client (`retard`, `reste_dû`, `segment`, `client.encours` …) sont listés dans docs/langage.md")
        };
        self.tell(found);
    }
}

/// The fact that a wrong word probably means.
pub(super) fn meant_fact(word: &str) -> Option<Fact> {
    let folded = fold(word);
    let synonym = SYNONYMS.iter().find(|(said, _)| fold(said) == folded).map(|(_, name)| *name);
    synonym
        .and_then(Fact::find)
        .or_else(|| Fact::find(word))
        .or_else(|| Fact::find(&format!("client.{word}")))
        .or_else(|| nearest(word, Fact::ALL.iter().map(|fact| fact.name())).and_then(Fact::find))
}

pub(super) fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_lowercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", chars.as_str().trim_end_matches('.'))
}
