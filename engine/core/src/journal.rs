//! The journal as the world reads it: one JSON object a line, the same from `simuler`, `executer` and `journal`.

mod kind;

pub use kind::Kind;

use crate::day::french_date;
use crate::dispute::DisputeCode;
use crate::dossier::{AddressNews, Noted, Origin};
use crate::event::{
    About, CarriedOver, Comment, DoubtAnswer, Entry, Event, Resuming, SegmentChoice, Stopping, Waiving,
};
use crate::incoming::{DoneResult, Told};
use crate::machine::{Machine, Place};
use crate::money::{Amount, Currency};
use crate::registered::Deposit;
use crate::step::rung_label;
use crate::tracked::LetterStatus;
use chrono::{NaiveDate, SecondsFormat};
use chrono_tz::Tz;
use serde::Serialize;

/// One public line. Fields that do not apply are left out.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Line {
    /// RFC 3339, in the creditor's time zone.
    pub le: String,
    /// The client's code.
    pub client: String,
    /// The invoice's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facture: Option<String>,
    /// What happened.
    pub evenement: &'static str,
    /// By which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canal: Option<&'static str>,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modele: Option<String>,
    /// The scenario's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The scenario's version: the first digits of the machine's hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The state of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etape: Option<String>,
    /// The rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub palier: Option<String>,
    /// The lines of the scenario file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regle: Option<RulePlace>,
    /// Idempotency key of the effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cle: Option<String>,
    /// When several invoices are grouped in one message: the key of that message, which is the one of the line of its first invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// An amount as a decimal number in text, such as `1500.50`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub montant: Option<String>,
    /// The amount's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devise: Option<Currency>,
    /// Date of effect, or date that the event sets (AAAA-MM-JJ).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Until when something waits (RFC 3339 or AAAA-MM-JJ).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jusqu_a: Option<String>,
    /// A person or role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pour: Option<String>,
    /// Who did it, or says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub par: Option<String>,
    /// Why, in the words of whoever did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motif: Option<String>,
    /// The code of a dispute's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// How far a letter got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statut: Option<&'static str>,
    /// SHA-256 of the file that proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preuve: Option<String>,
    /// A sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What it is about.
    #[serde(skip)]
    pub kind: Kind,
    /// What people read instead of the machine's words: the title of the state that is entered, the event that is answered.
    #[serde(skip)]
    pub title: Option<String>,
    /// What became of a registered letter where a service takes them.
    #[serde(skip)]
    pub deposit: Deposit,
    /// Why, without what is done.
    #[serde(skip)]
    pub why: Option<String>,
    /// True for what happened before take-over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub historique: bool,
}

/// Where a rule stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RulePlace {
    /// Path relative to the project.
    pub fichier: String,
    /// Line, from 1.
    pub ligne: u32,
}

/// Finds what a version of a scenario says, when that version is known.
pub trait Places {
    /// The machine of the version.
    fn machine(&self, about: &About) -> Option<&Machine>;

    /// The lines of the rule.
    fn place(&self, about: &About) -> Option<Place> {
        self.machine(about)?.place(about.rule?).cloned()
    }

    /// The title of a state.
    fn title(&self, about: &About, state: &str) -> Option<String> {
        self.machine(about)?.states.iter().find(|s| s.name == state)?.title.clone()
    }
}

impl Places for crate::program::Program {
    fn machine(&self, about: &About) -> Option<&Machine> {
        let scenario = self.scenario(&about.scenario).filter(|s| s.version == about.version)?;
        Some(&scenario.machine)
    }
}

/// What there is to know besides what somebody says: the number of a letter first.
fn noted(told: &Told) -> Option<String> {
    let number = told.tracking.as_ref().map(|number| format!("n° {number}"));
    let parts: Vec<String> = number.into_iter().chain(told.note.clone().filter(|_| told.by.is_none())).collect();
    (!parts.is_empty()).then(|| parts.join(" ; "))
}

/// Cents as a decimal number: `1500.50`.
fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}

impl Line {
    /// The public line of a journal entry; `None` for the machinery inside a sequence. `currency` is the invoice's.
    pub fn of(entry: &Entry, client: &str, currency: Currency, zone: Tz, places: &impl Places) -> Option<Line> {
        let kind = Kind::of(&entry.event)?;
        let about = entry.about.as_ref();
        let instant = |at: crate::day::Instant| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false);
        let mut line = Line {
            le: instant(entry.at),
            client: client.to_owned(),
            facture: entry.invoice.clone(),
            evenement: kind.name(),
            canal: None,
            modele: None,
            scenario: about.map(|a| a.scenario.clone()),
            version: about.map(|a| a.version.clone()),
            etape: about.map(|a| a.state.clone()),
            palier: about.and_then(|a| a.rung).map(rung_label),
            regle: about
                .and_then(|a| places.place(a))
                .map(|place| RulePlace { fichier: place.file, ligne: place.line }),
            cle: entry.event.key().map(str::to_owned),
            message: None,
            montant: None,
            devise: None,
            date: None,
            jusqu_a: None,
            pour: None,
            par: None,
            motif: None,
            code: None,
            statut: None,
            preuve: None,
            detail: None,
            kind,
            title: None,
            deposit: Deposit::None,
            why: None,
            historique: false,
        };
        let said = entry.said().unwrap_or_default();
        let money = |line: &mut Line, cents: i64, currency: Currency| {
            line.montant = Some(decimal(cents));
            line.devise = Some(currency);
        };
        match &entry.event {
            Event::Customer { customer } => line.detail = Some(customer.name.clone()),
            Event::Known { invoice, .. } => {
                money(&mut line, invoice.amount.cents, invoice.currency());
                line.date = Some(invoice.due.to_string());
            }
            Event::Assigned { scenario: Some(_), catch_up: true, .. } => {
                line.detail = Some("les paliers déjà dus sont rattrapés".to_owned());
            }
            Event::Assigned { scenario: None, .. } => {
                line.detail = Some("aucun scénario ne prend cette facture".to_owned())
            }
            Event::Paid { amount, on, history }
            | Event::Reversed { amount, on, history }
            | Event::Credited { amount, on, history } => {
                money(&mut line, *amount, currency);
                line.date = Some(on.to_string());
                line.historique = *history;
            }
            Event::ClientCredit { amount, currency } => money(&mut line, *amount, *currency),
            Event::Settled { on, history } => {
                line.date = Some(on.to_string());
                line.historique = *history;
            }
            Event::Reopened { until } | Event::Replied { until } => line.jusqu_a = Some(until.to_string()),
            Event::DisputeOpened { amount, on, reason } => {
                if let Some(cents) = amount {
                    money(&mut line, *cents, currency);
                }
                line.date = Some(on.to_string());
                line.code = reason.as_deref().and_then(DisputeCode::of).map(DisputeCode::name);
                line.detail = reason.clone();
            }
            Event::Promised { promise } => {
                if let Some(cents) = promise.amount {
                    money(&mut line, cents, currency);
                }
                line.date = Some(promise.by.to_string());
                line.jusqu_a = Some(promise.until.to_string());
            }
            Event::Announced { announced } => {
                if let Some(cents) = announced.amount {
                    money(&mut line, cents, currency);
                }
                line.jusqu_a = Some(announced.until.to_string());
            }
            Event::Stopped(Stopping { reason, until }) => {
                line.detail = Some(reason.clone());
                line.jusqu_a = until.map(|day| day.to_string());
            }
            Event::Suspended { reason } | Event::Withheld { reason } => line.detail = Some(reason.clone()),
            Event::Commented(Comment { text }) => line.detail = Some(text.clone()),
            Event::SegmentChosen(SegmentChoice { segment }) => {
                line.detail = Some(segment.clone().unwrap_or_else(|| "celui des données et des règles".to_owned()));
            }
            Event::Waived(Waiving { what, on, .. }) => {
                line.date = Some(on.to_string());
                line.detail = Some(what.told().to_owned());
            }
            Event::DueMoved { from, to } => {
                line.date = Some(to.to_string());
                line.detail = Some(format!("échéance du {} reportée au {}", french_date(*from), french_date(*to)));
            }
            Event::PastReminder { on, channel, formal, .. } => {
                line.detail = formal.then(|| "mise en demeure".to_owned());
                line.date = Some(on.to_string());
                line.canal = channel.map(|c| c.name());
                line.historique = true;
            }
            Event::Sent { deposit, channel, template, within, .. } => {
                line.detail = deposit.words().map(str::to_owned);
                line.deposit = *deposit;
                line.message = within.clone();
                line.canal = Some(channel.name());
                line.modele = template.clone();
            }
            Event::Completed { channel, result, over, told, .. } => {
                line.canal = channel.map(|c| c.name());
                line.why = told.as_ref().and_then(noted);
                let said = line.why.iter().chain(&said.reason).cloned().collect::<Vec<_>>().join(" ; ");
                let result = match (result, over) {
                    (DoneResult::Done, _) => "fait",
                    (DoneResult::NoAnswer, false) => "sans réponse, à refaire",
                    (DoneResult::NoAnswer, true) => "sans réponse, dernier essai",
                    (DoneResult::MessageLeft, false) => "message laissé, à refaire",
                    (DoneResult::MessageLeft, true) => "message laissé, dernier essai",
                    (DoneResult::Impossible, _) => "impossible",
                    (DoneResult::WrongNumber, _) => "mauvais numéro",
                    (DoneResult::Refused, _) => "fait : le client refuse de payer",
                };
                line.title = Some(result.to_owned());
                line.detail = Some(if said.is_empty() { result.to_owned() } else { format!("{result} : {said}") });
            }
            Event::Failed { channel, template, reason, fallback, .. } => {
                line.canal = Some(channel.name());
                line.modele = template.clone();
                line.detail = Some(if *fallback { format!("{reason} ; le repli suit") } else { reason.clone() });
            }
            Event::Delayed { until, reason, .. } => {
                line.jusqu_a = Some(instant(*until));
                line.detail = Some(reason.clone());
            }
            Event::Delivered { channel, .. } => line.canal = Some(channel.name()),
            Event::Tracked(news) => {
                line.canal = Some(news.channel.name());
                line.date = Some(news.on.to_string());
                line.statut = news.status.map(LetterStatus::word);
                line.preuve = news.proof.as_ref().map(|proof| proof.sha256.clone());
                line.detail = Some(news.told());
            }
            Event::InDoubt { channel, reason, .. } => {
                line.canal = Some(channel.name());
                line.detail = Some(reason.clone());
            }
            Event::DoubtSettled(DoubtAnswer { channel, left, .. }) => {
                line.canal = Some(channel.name());
                line.title = Some(if *left { "était parti" } else { "n’était pas parti" }.to_owned());
                let reason = said.reason.as_ref().map(|reason| format!(" : {reason}")).unwrap_or_default();
                line.detail = Some(format!("{}{reason}", if *left { "parti" } else { "pas parti" }));
            }
            Event::Postponed { until, why, .. } => {
                line.jusqu_a = Some(instant(*until));
                line.detail = Some(match why {
                    Noted::Window => "hors des jours et heures d’envoi".to_owned(),
                    Noted::Cap => "plafond de contacts du client atteint".to_owned(),
                    Noted::Payments => "les règlements ne sont pas à jour".to_owned(),
                    Noted::Amounts(gap) => gap.told(),
                });
            }
            Event::StageReached { ready, .. } => {
                line.jusqu_a = (*ready != NaiveDate::MAX).then(|| ready.to_string());
            }
            Event::Fired { origin: Origin::Reaction(on), .. } => line.title = Some(on.words().to_owned()),
            Event::StateEntered { from, to, reason, .. } => {
                line.etape = Some(to.clone());
                line.title = about.and_then(|about| places.title(about, to));
                let reason = said.reason.as_ref().or(reason.as_ref());
                line.why = reason.cloned().filter(|_| said.reason.is_none());
                let moved = format!("de `{from}` à `{to}`");
                line.detail = Some(reason.map_or(moved.clone(), |reason| format!("{moved} : {reason}")));
            }
            Event::StateCarried(CarriedOver { moved: Some(moved), .. }) => {
                line.etape = Some(moved.to.clone());
                line.why = Some(moved.from.clone());
                line.detail = Some(format!("`{}` est reprise par `{}`", moved.from, moved.to));
            }
            Event::RuleSuspended { until, .. } => {
                line.jusqu_a = until.map(|day| day.to_string());
                line.detail = Some("suspendue par le scénario".to_owned());
            }
            Event::Resumed(Resuming { pause: Some(day), .. }) => {
                line.date = Some(day.to_string());
                line.detail = Some(format!("fin de la pause, le {}", french_date(*day)));
            }
            Event::Resumed(_) => line.detail = said.reason.clone(),
            Event::RuleResumed { .. } => line.detail = Some("reprise par le scénario".to_owned()),
            Event::HandedOver { target, .. } => line.pour = Some(target.clone()),
            Event::ApprovalAsked { what, by, until, .. } => {
                line.detail = Some(what.clone());
                line.pour = by.clone();
                line.jusqu_a = Some(until.to_string());
            }
            Event::Refused { expired: true, .. } => line.detail = Some("sans réponse à temps".to_owned()),
            Event::PlanAgreed { instalments } => {
                let parts: Vec<String> = instalments
                    .iter()
                    .map(|part| format!("{} le {}", Amount::new(part.amount, currency), french_date(part.due)))
                    .collect();
                line.detail = Some(parts.join(", "));
            }
            Event::NextInstalment { due, .. } | Event::InstalmentMissed { due, .. } => {
                line.date = Some(due.to_string())
            }
            Event::Insolvent { judgment } => line.date = Some(judgment.to_string()),
            Event::Address(news) => {
                line.canal = Some(news.channel().name());
                if let AddressNews::Bad(bad) = news {
                    line.detail = Some(bad.reason.clone());
                }
            }
            Event::External { name } => line.detail = Some(name.clone()),
            Event::SegmentRuled { segment } => {
                line.detail = Some(segment.clone().unwrap_or_else(|| "celui des données".to_owned()));
            }
            Event::Broken { reason } => line.detail = Some(reason.clone()),
            Event::Mended => line.detail = Some("sa cause a disparu : la facture reprend".to_owned()),
            Event::Task { text, to, .. } => {
                line.detail = Some(text.clone());
                line.pour = to.clone();
            }
            Event::Alert { target, text, .. } => {
                line.pour = Some(target.clone());
                line.detail = text.clone();
            }
            Event::Orphan { incoming } => {
                line.date = Some(incoming.effective.to_string());
                line.detail = Some("attend la facture, qui n’est pas encore connue".to_owned());
            }
            Event::Note { text, .. } | Event::Anomaly { text } => line.detail = Some(text.clone()),
            Event::Cancelled { what, reason, .. } => {
                line.title = Some(what.clone()).filter(|what| !what.is_empty());
                line.why = Some(reason.clone());
                line.detail = Some(if what.is_empty() { reason.clone() } else { format!("{what} : {reason}") });
            }
            Event::LeftOut { what, reason, .. } => {
                let reason = reason.as_deref().unwrap_or("un contact précédent a échoué");
                line.title = Some(what.clone());
                line.why = Some(reason.to_owned());
                line.detail = Some(format!("{what} : {reason}"));
            }
            Event::Parked { what, .. } => {
                line.title = Some(what.clone());
                line.why = Some("la facture est soldée".to_owned());
                line.detail = Some(format!("{what} : la facture est soldée"));
            }
            _ => {}
        }
        (line.par, line.motif) = (said.by, said.reason);
        Some(line)
    }

    /// The amount of the line as people read it.
    pub fn amount(&self) -> Option<Amount> {
        let (text, currency) = (self.montant.as_ref()?, self.devise?);
        text.replace('.', "").parse().ok().map(|cents| Amount::new(cents, currency))
    }
}
