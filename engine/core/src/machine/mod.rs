//! The compiled machine: the one value that everything which executes, simulates, draws or analyses a scenario reads.

mod action;
mod expr;
mod message;
mod print;
mod settings;
mod trigger;

pub use action::{Action, Approval, Attempt, Channel, Choice, Contact, Item, Nature, Sequence, SequenceStage, Tone};
pub use expr::{Arith, Call, Compare, Expr, Value};
pub use message::{MessageCall, MessageCalls};
pub use settings::{Cap, Settings, Window};
pub use trigger::Trigger;

use crate::day::Span;
use crate::schema::Type;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Version of the serialised form; part of the hash.
pub const FORMAT: u32 = 2;

/// Name of the initial state.
pub const PLAN: &str = "plan";

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
    /// The states: first the plan, then one for each `étape`, in file order. Never empty.
    pub states: Vec<State>,
    /// `quand …` rules of the scenario, in file order: those of a state replace them for their event.
    pub reactions: Vec<Reaction>,
    /// `reprise étape a → b`: where invoices go that stand in a state which earlier versions had, in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<Carry>,
    /// `segment x : si …` of the project, in the order in which they are tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentRule>,
    /// `champ x : type` of the project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The scripts of the project, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<ScriptSource>,
    /// What its messages ask the scripts, for the templates that do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageCalls>,
    /// Where each rule stands in the file, by [`RuleId`]. Not part of the hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// A state of the machine.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// [`PLAN`], or the name after `étape`.
    pub name: String,
    /// The title in quotes after the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `à l'entrée`, in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<EntryRule>,
    /// Rungs and free rules, in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// `quand …` rules, in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// `fin`: rungs, free rules and sequences stop here.
    #[serde(default, rename = "fin", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
}

/// A rule's number in its machine: all rules are counted together, in file order, from 0.
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

/// `reprise étape a → b`: the state `a` of earlier versions is `b` now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Carry {
    /// The state that is no longer there.
    #[serde(rename = "de")]
    pub from: String,
    /// The state that takes its invoices.
    #[serde(rename = "vers")]
    pub to: String,
}

/// `segment x : si …`: a client whose facts hold it belongs to the segment, whatever the data say.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SegmentRule {
    /// The segment.
    pub name: String,
    /// Over facts of the client.
    pub guard: Expr,
}

/// `champ x : type`: a custom fact, filled by the import.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// A rhai file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScriptSource {
    /// Path relative to the project, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// `à l'entrée : …`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EntryRule {
    /// Its number.
    pub id: RuleId,
    /// Its condition, read at the entry.
    pub guard: Expr,
    /// What it does.
    pub sequence: Sequence,
    /// `sans relance préalable`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_prior_reminder: bool,
}

/// A rule of a state: a rung, a free rule, or, through `ou`, both.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its number.
    pub id: RuleId,
    /// The alternatives of its condition (`ou`); the rule fires once, when the first of them holds. Never empty.
    pub branches: Vec<Branch>,
    /// `tous les n j`: fires again at each multiple.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// What it does.
    pub sequence: Sequence,
    /// `sans relance préalable`: a formal notice here needs no earlier reminder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_prior_reminder: bool,
}

/// `tous les n j (au plus m fois)`, on the clock of the state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Repeat {
    /// The period, at least a day.
    pub every: Span,
    /// How often at most in one visit of the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

/// One alternative of a rule's condition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Branch {
    /// The lower bounds on a clock that make a rung of it: the latest day of them counts. Empty makes it free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
    /// The whole condition of the branch, the part that gave the bound included.
    pub guard: Expr,
}

/// Which clock a bound is on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Clock {
    /// `retard`: calendar days past due; never stops.
    #[default]
    #[serde(rename = "retard")]
    Due,
    /// `après`: time in the state; stops while the invoice is suspended.
    #[serde(rename = "après")]
    State,
}

impl Clock {
    fn is_due(&self) -> bool {
        *self == Clock::Due
    }

    pub(crate) fn is_usual(&self) -> bool {
        *self == Clock::default()
    }
}

/// The first day on which a rung can fire, relative to the clock's day 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bound {
    /// The clock.
    #[serde(default, rename = "horloge", skip_serializing_if = "Clock::is_due")]
    pub clock: Clock,
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
    /// The name of the event, for `quand événement "…"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its condition (`si`, `sauf si`), read when the event happens.
    pub guard: Expr,
    /// What it does.
    pub sequence: Sequence,
}

impl Rule {
    /// Whether any branch has a bound on a clock.
    pub fn is_rung(&self) -> bool {
        self.branches.iter().any(|branch| !branch.bounds.is_empty())
    }
}

impl State {
    /// An empty state.
    pub fn new(name: &str, title: Option<String>) -> State {
        State { name: name.to_owned(), title, ..State::default() }
    }

    /// Every sequence of the state, in file order of each kind.
    pub fn sequences(&self) -> impl Iterator<Item = (RuleId, &Sequence)> {
        let entry = self.entry.iter().map(|e| (e.id, &e.sequence));
        let rules = self.rules.iter().map(|r| (r.id, &r.sequence));
        entry.chain(rules).chain(self.reactions.iter().map(|r| (r.id, &r.sequence)))
    }
}

impl Machine {
    /// A machine with an empty plan.
    pub fn new(name: &str, title: Option<String>) -> Machine {
        Machine {
            format: FORMAT,
            name: name.to_owned(),
            title,
            selection: None,
            priority: None,
            settings: Settings::default(),
            states: vec![State::new(PLAN, None)],
            reactions: Vec::new(),
            carries: Vec::new(),
            segments: Vec::new(),
            fields: Vec::new(),
            scripts: Vec::new(),
            messages: Vec::new(),
            places: Vec::new(),
        }
    }

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

    /// The state of this name.
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name == name)
    }

    /// Every sequence of the machine with its rule's number.
    pub fn sequences(&self) -> impl Iterator<Item = (RuleId, &Sequence)> {
        let own = self.reactions.iter().map(|r| (r.id, &r.sequence));
        self.states.iter().flat_map(State::sequences).chain(own)
    }

    /// What a rule does.
    pub fn sequence(&self, rule: RuleId) -> Option<&Sequence> {
        self.sequences().find(|(id, _)| *id == rule).map(|(_, sequence)| sequence)
    }

    /// Whether a sequence contacts the client, by itself or on entering the states that it leads to.
    pub fn reaches_contact(&self, sequence: &Sequence) -> bool {
        self.contacts(sequence, &mut BTreeSet::new())
    }

    fn contacts<'a>(&'a self, sequence: &'a Sequence, seen: &mut BTreeSet<&'a str>) -> bool {
        sequence.has_contact()
            || sequence.destinations().any(|name| {
                let target = self.state(name).filter(|target| seen.insert(target.name.as_str()));
                target.is_some_and(|target| target.entry.iter().any(|entry| self.contacts(&entry.sequence, seen)))
            })
    }

    /// Whether a formal notice is among the first contacts of the sequence, so that no reminder of the sequence itself comes before
    /// it; also through an `aller à` into a state whose entry opens with one.
    pub fn opens_with_formal_notice(&self, sequence: &Sequence) -> bool {
        self.opens(sequence, &mut BTreeSet::new())
    }

    fn opens<'a>(&'a self, sequence: &'a Sequence, seen: &mut BTreeSet<&'a str>) -> bool {
        for stage in &sequence.stages {
            let natures: Vec<Nature> = stage.actions().filter_map(Action::contact).map(|c| c.nature).collect();
            if natures.contains(&Nature::FormalNotice) {
                return true;
            }
            let formal_behind = stage.actions().any(|action| match action {
                Action::GoTo { state } => {
                    let target = self.state(state).filter(|target| seen.insert(target.name.as_str()));
                    target.is_some_and(|target| target.entry.iter().any(|e| self.opens(&e.sequence, seen)))
                }
                _ => false,
            });
            if formal_behind {
                return true;
            }
            if !natures.is_empty() {
                return false;
            }
        }
        false
    }
}
