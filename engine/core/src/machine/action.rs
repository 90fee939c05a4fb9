//! What rules do: sequences of actions.

use super::expr::Expr;
use crate::day::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Stages joined by `puis`: each begins when the one before is done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sequence {
    /// Never empty.
    pub stages: Vec<SequenceStage>,
}

/// What starts together (`et`).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SequenceStage {
    /// `puis après 3j`, `attendre 3j`: a duration, counted from the moment the stage before was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Expr>,
    /// In file order. Empty only for a bare `attendre`.
    pub items: Vec<Item>,
}

/// One action with its fallbacks (`à défaut`), tried in order. Never empty.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Item(pub Vec<Attempt>);

/// An action, and who must approve it first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// `après validation [de rôle]`.
    #[serde(default, rename = "validation", skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// `après validation [de rôle]`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Approval {
    /// Who approves; anybody who may, when not said.
    #[serde(default, rename = "de", skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

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
    /// A registered letter with acknowledgement of receipt.
    #[serde(rename = "lettre_recommandée")]
    RegisteredLetter,
}

impl Channel {
    /// The verb of the language, which is also the name in journals.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Call => "appel",
            Channel::Letter => "courrier",
            Channel::RegisteredLetter => "lettre_recommandée",
        }
    }

    /// The name in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Channel::Email => "courriel",
            Channel::Sms => "SMS",
            Channel::Call => "appel",
            Channel::Letter => "lettre",
            Channel::RegisteredLetter => "lettre recommandée",
        }
    }

    /// The folder of its templates: a registered letter is a letter.
    pub fn folder(self) -> &'static str {
        match self {
            Channel::RegisteredLetter => Channel::Letter.name(),
            other => other.name(),
        }
    }

    /// Whether a person does it from a list, rather than a carrier.
    pub fn by_hand(self) -> bool {
        matches!(self, Channel::Call | Channel::Letter | Channel::RegisteredLetter)
    }

    /// Whether it is put on paper.
    pub fn is_letter(self) -> bool {
        matches!(self, Channel::Letter | Channel::RegisteredLetter)
    }

    /// Every channel.
    pub const ALL: [Channel; 5] =
        [Channel::Email, Channel::Sms, Channel::Call, Channel::Letter, Channel::RegisteredLetter];
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

/// How firm a message is, from the mildest; from its template's front matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Before the due date.
    #[serde(rename = "préventif")]
    Preventive,
    /// A friendly reminder.
    #[serde(rename = "amical")]
    Friendly,
    /// Polite and clear.
    #[default]
    #[serde(rename = "courtois")]
    Polite,
    /// Firm.
    #[serde(rename = "ferme")]
    Firm,
    /// The last one before a formal notice.
    #[serde(rename = "formel")]
    Formal,
    /// A formal notice.
    #[serde(rename = "mise_en_demeure")]
    Notice,
}

/// One thing to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "faire", rename_all = "snake_case")]
pub enum Action {
    /// `email`, `sms`, `appel`, `courrier`, `lettre_recommandée`.
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
    /// `transmettre "…"`: hands the debt over, to a collection agency or a bailiff.
    #[serde(rename = "transmettre")]
    HandOver {
        /// To whom; told when a payment comes afterwards.
        target: String,
    },
    /// `aller à …`: leaves the state.
    #[serde(rename = "aller_a")]
    GoTo {
        /// Name of the state.
        state: String,
    },
    /// `suspendre [durée]`: holds the invoice, until `reprendre` or a person when no duration is given.
    #[serde(rename = "suspendre")]
    Suspend {
        /// How long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length: Option<Span>,
    },
    /// `reprendre`: ends what `suspendre` began.
    #[serde(rename = "reprendre")]
    Resume,
    /// `continuer`: the built-in effect of the event does not apply.
    #[serde(rename = "continuer")]
    Continue,
}

/// A contact to the client.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// By which way.
    pub channel: Channel,
    /// Template's name, without folder or extension. A call may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// A script that chooses the template when the message leaves; then `template` is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Box<Choice>>,
    /// From the template.
    pub nature: Nature,
    /// From the template.
    #[serde(default)]
    pub tone: Tone,
    /// From the template: two letters; `None` is French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The other languages in which the template is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// `à …`: roles; empty means the client's dunning contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// `copie …`: roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<String>,
}

/// `email f() parmi (a, b)`: a function names the template, out of a list of templates of one nature.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// The call; its value is a text.
    pub call: Expr,
    /// The templates that it may name.
    pub among: Vec<String>,
    /// The languages of those that are not in French.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, String>,
    /// The other languages in which each is written, of those that have any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, Vec<String>>,
}

impl Contact {
    /// The language in which it is written to a client who reads `wanted`: that one if its template (which a script may have chosen)
    /// has it, else the template's own. `None` is French.
    pub fn language_for(&self, template: Option<&str>, wanted: Option<&str>) -> Option<String> {
        let (own, variants) = match &self.choice {
            None => (self.language.as_ref(), Some(&self.variants)),
            Some(choice) => {
                template.map_or((None, None), |name| (choice.languages.get(name), choice.variants.get(name)))
            }
        };
        let has = |wanted: &&str| variants.is_some_and(|all| all.iter().any(|other| other == wanted));
        wanted.filter(has).map(str::to_owned).or_else(|| own.cloned())
    }
}

impl Action {
    /// The contact, when the action is one.
    pub fn contact(&self) -> Option<&Contact> {
        match self {
            Action::Contact(contact) => Some(contact),
            _ => None,
        }
    }

    /// Whether, in a reaction, it replaces the built-in effect of the event.
    pub fn replaces_effect(&self) -> bool {
        matches!(self, Action::Suspend { .. } | Action::Resume | Action::GoTo { .. } | Action::Continue)
    }
}

impl From<Action> for Attempt {
    fn from(action: Action) -> Attempt {
        Attempt { action, approval: None }
    }
}

impl SequenceStage {
    /// Every action, fallbacks included.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.items.iter().flat_map(|item| &item.0).map(|attempt| &attempt.action)
    }
}

impl Sequence {
    /// Every action, fallbacks included.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.stages.iter().flat_map(SequenceStage::actions)
    }

    /// Whether any action contacts the client.
    pub fn has_contact(&self) -> bool {
        self.actions().any(|action| action.contact().is_some())
    }

    /// The states that it may go to.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.actions().filter_map(|action| match action {
            Action::GoTo { state } => Some(state.as_str()),
            _ => None,
        })
    }

    /// Whether any action is a formal notice.
    pub fn has_formal_notice(&self) -> bool {
        self.actions().any(|a| a.contact().is_some_and(|c| c.nature == Nature::FormalNotice))
    }
}
