//! The compiled machine: the one value that everything which executes, simulates, draws or analyses a scenario reads.

mod expr;
mod print;

pub use expr::{Arith, Compare, Expr, Value};

use crate::calendar::Calendar;
use crate::day::Span;
use crate::money::Amount;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Version of the serialised form; part of the hash.
pub const FORMAT: u32 = 1;

/// One scenario, compiled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Version of the serialised form, [`FORMAT`].
    pub format: u32,
    /// The scenario's name, as written after `scénario`, or the file's.
    pub name: String,
    /// The title in quotes after the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `pour les factures où`; `None` takes what no other scenario takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Expr>,
    /// `priorité`: the smallest first, none last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// When and how much may leave.
    pub settings: Settings,
    /// Rules of the plan (rungs and free rules), in file order.
    pub rules: Vec<Rule>,
    /// `quand …` rules, in file order.
    pub reactions: Vec<Reaction>,
    /// Where each rule stands in the file, by [`RuleId`]. Not part of the hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// A rule's number in its machine: rules and reactions are counted together, in file order, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RuleId(pub u32);

/// Lines of a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    /// Path relative to the project, with `/`.
    #[serde(rename = "fichier")]
    pub file: String,
    /// First line, from 1.
    #[serde(rename = "ligne")]
    pub line: u32,
    /// The rule's text as written, blanks folded.
    #[serde(rename = "texte", default)]
    pub text: String,
}

/// The settings that limit sendings, with the language's defaults.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// `calendrier`.
    pub calendar: Calendar,
    /// `envois`.
    pub window: Window,
    /// `au plus n contacts tous les m jours par client`; `None` is `sans plafond`.
    pub cap: Option<Cap>,
    /// `minimum`: at or under it nothing is sent.
    pub minimum: Option<Amount>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            calendar: Calendar::France,
            window: Window::default(),
            cap: Some(Cap { contacts: 1, days: 1 }),
            minimum: None,
        }
    }
}

/// When messages may leave, in the creditor's time zone. A closed holiday of the calendar closes the whole day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Window {
    /// Monday first.
    pub days: [bool; 7],
    /// Minutes after midnight at which the window opens (0..1440).
    pub opens: u16,
    /// Minutes after midnight at which it closes, excluded (1..=1440), after `opens`.
    pub closes: u16,
}

impl Default for Window {
    /// Monday to Friday, 9h to 18h.
    fn default() -> Window {
        Window { days: [true, true, true, true, true, false, false], opens: 9 * 60, closes: 18 * 60 }
    }
}

/// At most `contacts` contacts in any `days` consecutive civil dates, per client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cap {
    /// At least 1.
    pub contacts: u32,
    /// At least 1.
    pub days: u32,
}

/// A rule of the plan: a rung, a free rule, or, through `ou`, both.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its number.
    pub id: RuleId,
    /// The alternatives of its condition (`ou`); the rule fires once, when the first of them holds. Never empty.
    pub branches: Vec<Branch>,
    /// What it does.
    pub sequence: Sequence,
    /// `sans relance préalable`: a formal notice here needs no earlier reminder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_prior_reminder: bool,
}

/// One alternative of a rule's condition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Branch {
    /// The lower bounds on the clock `retard` that make a rung of it: the latest day of them counts. Empty makes it free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
    /// The whole condition of the branch, the part that gave the bound included.
    pub guard: Expr,
}

/// The first day, relative to the due date, on which a rung can fire.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bound {
    /// A duration: a literal, or a fact plus a duration (`client.délai_habituel + 3j`).
    pub offset: Expr,
    /// Days added after the offset: 1 for `retard > 15j`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extra_days: i64,
    /// `fin de mois`: moved to the last day of the month.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_of_month: bool,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// A `quand …` rule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reaction {
    /// Its number.
    pub id: RuleId,
    /// The event that fires it.
    pub on: Trigger,
    /// Its condition (`si`, `sauf si`), read when the event happens.
    pub guard: Expr,
    /// What it does.
    pub sequence: Sequence,
}

/// What `quand` can wait for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Trigger {
    /// The balance reached 0.
    #[serde(rename = "soldée")]
    Settled,
    /// A payment that leaves something due.
    #[serde(rename = "paiement partiel")]
    PartialPayment,
    /// The debtor announced a payment.
    #[serde(rename = "paiement annoncé")]
    PaymentAnnounced,
    /// A credit note.
    #[serde(rename = "avoir")]
    CreditNote,
    /// A payment was reversed.
    #[serde(rename = "rejet")]
    Reversal,
    /// A dispute was opened.
    #[serde(rename = "litige ouvert")]
    DisputeOpened,
    /// A dispute was closed.
    #[serde(rename = "litige clos")]
    DisputeClosed,
    /// A promise was made.
    #[serde(rename = "promesse")]
    Promise,
    /// A promise was kept.
    #[serde(rename = "promesse tenue")]
    PromiseKept,
    /// A promise was broken.
    #[serde(rename = "promesse rompue")]
    PromiseBroken,
    /// A person stopped the reminders.
    #[serde(rename = "arrêt")]
    Stop,
    /// A person resumed them.
    #[serde(rename = "reprise")]
    Resume,
    /// The debtor replied.
    #[serde(rename = "réponse")]
    Reply,
    /// The due date moved.
    #[serde(rename = "échéance modifiée")]
    DueDateMoved,
    /// A message failed for good.
    #[serde(rename = "échec")]
    Failure,
}

impl Trigger {
    /// Every trigger, in the order of the reference.
    pub const ALL: [Trigger; 15] = [
        Trigger::Settled,
        Trigger::PartialPayment,
        Trigger::PaymentAnnounced,
        Trigger::CreditNote,
        Trigger::Reversal,
        Trigger::DisputeOpened,
        Trigger::DisputeClosed,
        Trigger::Promise,
        Trigger::PromiseKept,
        Trigger::PromiseBroken,
        Trigger::Stop,
        Trigger::Resume,
        Trigger::Reply,
        Trigger::DueDateMoved,
        Trigger::Failure,
    ];

    /// The words after `quand`, with accents.
    pub fn words(self) -> &'static str {
        match self {
            Trigger::Settled => "soldée",
            Trigger::PartialPayment => "paiement partiel",
            Trigger::PaymentAnnounced => "paiement annoncé",
            Trigger::CreditNote => "avoir",
            Trigger::Reversal => "rejet",
            Trigger::DisputeOpened => "litige ouvert",
            Trigger::DisputeClosed => "litige clos",
            Trigger::Promise => "promesse",
            Trigger::PromiseKept => "promesse tenue",
            Trigger::PromiseBroken => "promesse rompue",
            Trigger::Stop => "arrêt",
            Trigger::Resume => "reprise",
            Trigger::Reply => "réponse",
            Trigger::DueDateMoved => "échéance modifiée",
            Trigger::Failure => "échec",
        }
    }
}

/// Stages joined by `puis`: each begins when the one before is done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sequence {
    /// Never empty.
    pub stages: Vec<SequenceStage>,
}

/// What starts together (`et`).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SequenceStage {
    /// `puis après 3j`, `attendre 3j`: counted from the moment the stage before was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Span>,
    /// In file order. Empty only for a bare `attendre`.
    pub items: Vec<Item>,
}

/// One action with its fallbacks (`à défaut`), tried in order. Never empty.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Item(pub Vec<Action>);

/// By which way a client is contacted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An e-mail.
    Email,
    /// A text message.
    Sms,
    /// A telephone call, made by a person from a list.
    #[serde(rename = "appel")]
    Call,
    /// A letter, printed and posted by a person.
    #[serde(rename = "courrier")]
    Letter,
}

impl Channel {
    /// The verb of the language, which is also the name in journals and of the templates' folder.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Call => "appel",
            Channel::Letter => "courrier",
        }
    }

    /// Every channel.
    pub const ALL: [Channel; 4] = [Channel::Email, Channel::Sms, Channel::Call, Channel::Letter];
}

/// What a message is for, from its template's front matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Asks for payment; counts for the cap.
    #[default]
    #[serde(rename = "relance")]
    Reminder,
    /// Thanks, receipt, statement: neither counts nor waits for the cap.
    Information,
    /// A formal notice.
    #[serde(rename = "mise_en_demeure")]
    FormalNotice,
}

/// One thing to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "faire", rename_all = "snake_case")]
pub enum Action {
    /// `email`, `sms`, `appel`, `courrier`.
    #[serde(rename = "contact")]
    Contact(Contact),
    /// `tâche "…" [à rôle]`: work for somebody of the company; done when it is completed.
    #[serde(rename = "tache")]
    Task {
        /// What to do.
        text: String,
        /// Who does it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// `alerter "…"`: tells somebody of the company.
    #[serde(rename = "alerte")]
    Alert {
        /// Whom.
        target: String,
    },
    /// `note "…"`: written into the journal.
    Note {
        /// The text.
        text: String,
    },
}

/// A contact to the client.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// By which way.
    pub channel: Channel,
    /// Template's name, without folder or extension. A call may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// From the template.
    pub nature: Nature,
    /// `à …`: roles; empty means the client's dunning contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// `copie …`: roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<String>,
}

impl Action {
    /// The contact, when the action is one.
    pub fn contact(&self) -> Option<&Contact> {
        match self {
            Action::Contact(contact) => Some(contact),
            _ => None,
        }
    }
}

impl Sequence {
    /// Every action, fallbacks included.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.stages.iter().flat_map(|stage| &stage.items).flat_map(|item| &item.0)
    }

    /// Whether any action contacts the client.
    pub fn has_contact(&self) -> bool {
        self.actions().any(|action| action.contact().is_some())
    }

    /// Whether a formal notice is among its first contacts: no reminder of the sequence itself comes before it.
    pub fn opens_with_formal_notice(&self) -> bool {
        let contacts = |stage: &SequenceStage| -> Vec<Nature> {
            stage.items.iter().flat_map(|item| &item.0).filter_map(Action::contact).map(|c| c.nature).collect()
        };
        let first = self.stages.iter().map(contacts).find(|natures| !natures.is_empty());
        first.is_some_and(|natures| natures.contains(&Nature::FormalNotice))
    }

    /// Whether any action is a formal notice.
    pub fn has_formal_notice(&self) -> bool {
        self.actions().any(|a| a.contact().is_some_and(|c| c.nature == Nature::FormalNotice))
    }
}

impl Rule {
    /// Whether any branch has a bound on a clock.
    pub fn is_rung(&self) -> bool {
        self.branches.iter().any(|branch| !branch.bounds.is_empty())
    }
}

impl Machine {
    /// The first twelve hexadecimal digits of [`Machine::hash`]: what people see.
    pub fn short_hash(&self) -> String {
        self.hash().chars().take(12).collect()
    }

    /// SHA-256 of the machine's canonical JSON without its places, in hexadecimal. Two files that say the same thing in
    /// another layout have the same hash.
    pub fn hash(&self) -> String {
        let bare = Machine { places: Vec::new(), ..self.clone() };
        let json = serde_json::to_vec(&bare).unwrap_or_default();
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&json) {
            hex.push_str(&format!("{byte:02x}"));
        }
        hex
    }

    /// Where a rule stands.
    pub fn place(&self, rule: RuleId) -> Option<&Place> {
        self.places.get(rule.0 as usize)
    }

    /// What a rule does, whether a rule of the plan or a reaction.
    pub fn sequence(&self, rule: RuleId) -> Option<&Sequence> {
        let of_plan = self.rules.iter().find(|r| r.id == rule).map(|r| &r.sequence);
        of_plan.or_else(|| self.reactions.iter().find(|r| r.id == rule).map(|r| &r.sequence))
    }
}
