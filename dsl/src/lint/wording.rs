//! How each finding is told: code, message, and what is said under the words that it points at.

use crate::diagnostic::Code;
use relance_core::machine::{Machine, RuleId};
use relance_core::proof::{At, Delayed, Finding, Kind, Mention};

/// The words of a finding.
pub(super) struct Words {
    pub code: Code,
    pub message: String,
    /// Under the first place.
    pub label: Option<String>,
    /// Under the others.
    pub also: String,
}

fn words(code: Code, message: impl Into<String>) -> Words {
    Words { code, message: message.into(), label: None, also: String::new() }
}

impl Words {
    fn label(mut self, text: impl Into<String>) -> Words {
        self.label = Some(text.into());
        self
    }

    fn also(mut self, text: impl Into<String>) -> Words {
        self.also = text.into();
        self
    }
}

/// A day of a plan: `J+15`.
fn day(offset: i64) -> String {
    relance_core::step::rung_label(offset)
}

/// A day of a plan, or of a state: `J+15`, « 15 jours après l'entrée ».
fn when(offset: i64, in_state: bool) -> String {
    match (in_state, offset) {
        (false, _) => day(offset),
        (true, 1) => "un jour après l'entrée".to_owned(),
        (true, n) => format!("{n} jours après l'entrée"),
    }
}

/// How a finding is told; `None` for what the compiler refuses before any proof.
pub(super) fn of(finding: &Finding, machines: &[Machine]) -> Option<Words> {
    let line = |at: &At| line_of(finding, machines, at);
    let other = finding.also.first().map(|(_, at)| line(at)).unwrap_or_default();
    let scenario = &finding.scenario;
    Some(match &finding.kind {
        Kind::NeverFires => words(Code::DeadRule, "cette règle ne peut jamais se déclencher")
            .label("aucune facture ne peut remplir cette condition"),
        Kind::NeverVisited { state } => words(
            Code::DeadRule,
            format!(
                "cette règle ne peut jamais se déclencher : depuis l'étape `{state}`, aucune règle ne ramène ici la facture"
            ),
        ),
        Kind::PastAtEntry { entered } => words(
            Code::PastAtEntry,
            format!("cette règle n'a jamais lieu : on n'entre dans l'étape qu'à {} au plus tôt", day(*entered)),
        )
        .label("déjà passé à l'entrée")
        .also("seul ce palier, plus haut, se déclenche alors"),
        Kind::CutOff { lost, day: above, in_state } => words(
            Code::CutOff,
            format!(
                "`{lost}` ne sera jamais fait : le palier de {}{other} remplace cette règle avant",
                when(*above, *in_state)
            ),
        )
        .also("ce palier remplace la règle"),
        Kind::OutsideSelection => words(
            Code::OutsideSelection,
            format!("cette règle ne peut pas se déclencher pour les factures du scénario `{scenario}`"),
        )
        .label("contredit la sélection du scénario"),
        Kind::Hidden => words(
            Code::HiddenRung,
            format!("quand cette règle pourrait se déclencher, un palier plus haut{other} passe toujours avant elle"),
        )
        .also("ce palier passe avant"),
        Kind::TwoMessages => words(
            Code::TwoMessages,
            format!("le même jour, la même facture peut recevoir ce message et un autre{other}"),
        )
        .also("l'autre message"),
        Kind::SameMessageTwice => {
            words(Code::SameMessageTwice, format!("le même message peut partir deux fois le même jour{other}"))
                .also("déjà envoyé par cette règle")
        }
        Kind::TwoDestinations { states: (one, two) } => {
            words(Code::TwoDestinations, format!("le même jour, la facture irait à la fois à `{one}` et à `{two}`"))
                .also("l'autre passage")
        }
        Kind::HeldAndResumed => words(
            Code::HeldAndResumed,
            format!("au même moment, une règle suspend la facture et l'autre la reprend{other}"),
        )
        .also("l'autre règle"),
        Kind::CancelledByLeaving { to } => words(
            Code::CancelledByLeaving,
            format!("ce message peut être annulé le jour même par le passage à l'étape `{to}`{other}"),
        )
        .label("annulé avant de partir")
        .also(format!("mène à `{to}` le même jour")),
        Kind::Unreached => {
            let name = state(finding);
            words(Code::UnreachedStage, format!("aucune règle ne mène à l'étape `{name}`"))
        }
        Kind::DeadEnd => {
            let name = state(finding);
            words(
                Code::DeadEndStage,
                format!("rien ne se passe dans l'étape `{name}` après son entrée, et rien n'en sort"),
            )
        }
        Kind::WorkCycle { route } => words(Code::WorkCycle, around(route)).also("puis cette règle"),
        Kind::Cycle { .. } | Kind::Overlap | Kind::InFinalState { .. } => return None,
        Kind::Untaken => words(Code::UntakenInvoices, "certaines factures ne relèvent d'aucun scénario")
            .label(if finding.also.is_empty() { "cette sélection ne les prend pas" } else { "ni cette sélection" })
            .also("ni celle-ci"),
        Kind::Starved => {
            words(Code::StarvedScenario, format!("le scénario `{scenario}` ne prendra jamais aucune facture"))
                .label("ce qu'il sélectionne est déjà pris")
                .also("prend avant lui")
        }
        Kind::TimeBarred { years, day: first } => words(
            Code::TimeBarred,
            format!(
                "ce qui se fait ici n'a lieu qu'à {} au plus tôt : la créance est alors prescrite ({years} ans)",
                day(*first)
            ),
        ),
        Kind::Endless => words(
            Code::TimeBarred,
            "cette règle relance sans fin, même quand la créance est prescrite (2 ans contre un particulier, 5 ans entre commerçants)",
        ),
        Kind::AlwaysDelayed { what } => words(
            Code::AlwaysDelayed,
            match what {
                Delayed::Rung(due) => format!(
                    "ce message ne peut pas partir à {} : d'autres contacts du plan ont déjà atteint le plafond",
                    day(*due)
                ),
                Delayed::Stage(what) => {
                    format!("`{what}` part toujours plus tard : les contacts d'avant ont déjà atteint le plafond")
                }
                Delayed::Repeat => {
                    "cette répétition attend toujours : elle est plus serrée que le plafond de contacts".to_owned()
                }
            },
        ),
        Kind::NoticeWithoutReminder => words(
            Code::NoticeWithoutReminder,
            "cette mise en demeure attendra toujours : rien ne relance le client avant elle",
        ),
        Kind::NoticeFirst => words(
            Code::NoticeFirst,
            "cette mise en demeure est la première chose que le client reçoit après l'échéance",
        ),
        Kind::HandOverWithoutNotice { target } => words(
            Code::HandOverWithoutNotice,
            format!("la créance peut être transmise à « {target} » sans mise en demeure"),
        ),
        Kind::ConsumerClaim { claim, template } => {
            let (code, what) = match claim {
                Mention::Compensation => (
                    Code::ConsumerCompensation,
                    "réclame l'indemnité de 40 € et peut partir vers un particulier, qui ne la doit pas",
                ),
                Mention::Penalties => (
                    Code::ConsumerPenalties,
                    "parle de pénalités de retard et peut partir vers un particulier, qui ne les doit pas",
                ),
                Mention::Balance => (
                    Code::ConsumerAmount,
                    "donne un montant et peut partir vers un particulier, dont le téléphone peut être lu par d'autres",
                ),
                _ => (
                    Code::ConsumerCosts,
                    "réclame des frais et peut partir vers un particulier : ces frais restent à votre charge",
                ),
            };
            words(code, format!("`{template}` {what}")).also("ici aussi")
        }
        Kind::Threat { claim: Mention::Seizure, template } => words(
            Code::SeizureThreat,
            format!("`{template}` parle de saisie ou d'huissier, alors qu'aucun jugement ne le permet encore"),
        )
        .also("envoyé par cette règle"),
        Kind::Threat { template, .. } => {
            words(Code::RecoveryCosts, format!("`{template}` réclame des frais que le client ne doit pas d'office"))
                .also("envoyé par cette règle")
        }
        Kind::MissingMentions { template, missing, notice, grouped } => {
            let code = if *notice { Code::NoticeIncomplete } else { Code::MissingMentions };
            let one = format!("il manque {}", listed(missing));
            let several = format!("quand il y a plusieurs factures, il manque {}", listed(grouped));
            let what = match (missing.is_empty(), grouped.is_empty()) {
                (false, false) => format!("{one} ; {several}"),
                (true, _) => several,
                _ => one,
            };
            words(code, format!("`{template}` ne dit pas tout : {what}")).also("envoyé par cette règle")
        }
        Kind::AfterLeaving { to, lost } => words(
            Code::AfterLeaving,
            format!("`{lost}` ne sera jamais fait : la règle a déjà quitté l'étape avec `aller à {to}`"),
        ),
        Kind::AboveLeaving { to, day: left, in_state } => words(
            Code::AboveLeaving,
            format!(
                "d'ordinaire la facture est déjà passée à `{to}` ({}) quand cette règle vient à son tour",
                when(*left, *in_state)
            ),
        )
        .also("quitte toujours l'étape avant"),
        Kind::RepeatTooLong { lasts } => words(
            Code::RepeatTooLong,
            format!("cette répétition n'a jamais lieu : l'étape est quittée au bout de {lasts} jours"),
        )
        .also("quitte l'étape avant"),
        Kind::SuspendedForEver => {
            words(Code::SuspendedForEver, "`suspendre` sans durée, et aucune règle ne dit `reprendre`")
        }
        Kind::ReadDaily { function } => words(
            Code::ReadDaily,
            format!("`{function}()` lit le temps qui passe : la condition est relue chaque jour"),
        ),
    })
}

/// States that only people's work keeps from turning.
fn around(route: &[String]) -> String {
    let names: Vec<String> = route.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [only, _] => format!("dès que ce travail est fait, la facture revient à {only}, qui le redonne aussitôt"),
        _ => format!(
            "ces étapes se renvoient la facture dès que le travail est fait, et le redonnent aussitôt : {}",
            names.join(" → ")
        ),
    }
}

/// « a, b et c ».
fn listed(mentions: &[Mention]) -> String {
    let words: Vec<&str> = mentions.iter().map(|mention| mention.french()).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} et {last}", first.join(", ")),
    }
}

fn state(finding: &Finding) -> &str {
    match &finding.at {
        At::State(name) => name,
        _ => "",
    }
}

/// ` (ligne 12)`, when the place is a rule of the same scenario.
fn line_of(finding: &Finding, machines: &[Machine], at: &At) -> String {
    let At::Rule(RuleId(id)) = at else { return String::new() };
    let machine = machines.iter().find(|machine| machine.name == finding.scenario);
    let place = machine.and_then(|machine| machine.place(RuleId(*id)));
    place.map(|place| format!(" (ligne {})", place.line)).unwrap_or_default()
}
