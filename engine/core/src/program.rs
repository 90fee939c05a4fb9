//! The scenarios that run together, prepared for the step function.

use crate::carry::{carried, under_former_names};
use crate::day::Instant;
use crate::dossier::RuleKey;
use crate::interest::Amounts;
use crate::machine::{
    Action, Attempt, Branch, Carry, Channel, Contact, Expr, Machine, Reaction, Repeat, RuleId, SegmentRule, Sequence,
    Settings, State, Trigger,
};
use crate::phone;
use crate::registered::Registered;
use crate::schema::fold;
use crate::script::Scripts;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Everything a decision depends on besides the dossier and the moment.
#[derive(Clone, Debug)]
pub struct Program {
    /// The creditor's time zone.
    pub zone: Tz,
    /// In the order in which their selections are tried.
    pub scenarios: Vec<Scenario>,
    /// People of the company by role: recipients that scenarios may name.
    pub people: BTreeMap<String, Person>,
    /// Digest of the scenarios and their order; never 0.
    pub digest: u64,
    /// `segment x : si …` of the project, in the order in which they are tried.
    pub segments: Vec<SegmentRule>,
    /// The project's scripts.
    pub scripts: Option<Arc<Scripts>>,
    /// When payments were last imported; `None` in a simulation, whose payments are always up to date.
    pub payments: Option<Instant>,
    /// Rates and terms of penalties; `None` where amounts are not looked at: in tests of scenario files, and in proofs.
    pub amounts: Option<Arc<Amounts>>,
    /// The service that takes registered letters; `None`: a person posts them.
    pub registered: Option<Registered>,
    /// `--rattraper`: an invoice that this publication moves fires the highest rung already due instead of skipping it.
    pub catch_up: bool,
    /// When these scenarios were put in force: what came due by then is skipped by the invoices that this moves, what comes due
    /// before the first run after it is not. `None` when that is the moment of the step, as in a simulation.
    pub published: Option<Instant>,
    /// Places of the scenarios by name.
    by_name: HashMap<String, usize>,
}

/// A person of the company.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Person {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// A machine with what is derived from it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The machine.
    pub machine: Machine,
    /// Its hash.
    pub hash: String,
    /// The first twelve digits of the hash.
    pub version: String,
    /// Its states, the plan first.
    pub states: Vec<PreparedState>,
    /// Reactions of the scenario, in file order.
    reactions: Vec<PreparedReaction>,
    /// Every sequence by its rule's identity.
    sequences: BTreeMap<RuleKey, KeyedSequence>,
    /// Whether any of its sequences holds a formal notice.
    pub formal: bool,
    /// Where the states of other versions go that this one does not have.
    pub carried: Vec<Carry>,
    /// Rules as they were under those names, and as they are.
    pub former_rules: Vec<(RuleKey, RuleKey)>,
}

#[derive(Clone, Debug)]
struct KeyedSequence {
    id: RuleId,
    sequence: Sequence,
}

/// A state with what is derived from it.
#[derive(Clone, Debug)]
pub struct PreparedState {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// `à l'entrée`, in file order.
    pub entry: Vec<PreparedEntry>,
    /// Rungs and free rules, in file order.
    pub rules: Vec<PreparedRule>,
    /// Reactions of the state, in file order.
    reactions: Vec<PreparedReaction>,
    /// Rungs, free rules and sequences stop here.
    pub is_final: bool,
}

/// A rule of an entry with its identity.
#[derive(Clone, Debug)]
pub struct PreparedEntry {
    /// Its identity across versions.
    pub key: RuleKey,
    /// Its number in this version.
    pub id: RuleId,
    /// Its condition.
    pub guard: Expr,
    /// Whether it contacts the client.
    pub contact: bool,
    /// `sans relance préalable`.
    pub without_prior_reminder: bool,
}

/// A rule of a state with what is derived from it.
#[derive(Clone, Debug)]
pub struct PreparedRule {
    /// Its identity across versions.
    pub key: RuleKey,
    /// Its number in this version.
    pub id: RuleId,
    /// Its branches.
    pub branches: Vec<Branch>,
    /// `tous les n j`.
    pub repeat: Option<Repeat>,
    /// What it does.
    pub sequence: Sequence,
    /// Whether it contacts the client, by itself or on entering the state that it leads to.
    pub contact: bool,
    /// Whether it contacts the client or leaves the state: such rungs wait for each other, the others fire besides.
    pub takes_part: bool,
    /// Whether its first contacts are a formal notice that needs an earlier reminder.
    pub needs_reminder: bool,
    /// `sans relance préalable`.
    pub without_prior_reminder: bool,
}

/// A reaction with its identity.
#[derive(Clone, Debug)]
pub struct PreparedReaction {
    /// Its identity across versions.
    pub key: RuleKey,
    /// Its number in this version.
    pub id: RuleId,
    /// The event that fires it.
    pub on: Trigger,
    /// The name of an event of the company's own systems, folded.
    pub name: Option<String>,
    /// Its condition.
    pub guard: Expr,
    /// Whether it contacts the client.
    pub contact: bool,
    /// Whether it replaces the built-in effect of the event.
    pub replaces_effect: bool,
}

/// Identity of what a rule says; the `n`-th of several that say the same gets its own.
fn key_of(content: &impl Serialize, seen: &mut BTreeMap<u64, u64>) -> RuleKey {
    let json = serde_json::to_vec(content).unwrap_or_default();
    let first = digest53(&json);
    let count = seen.entry(first).or_default();
    *count += 1;
    if *count == 1 { RuleKey(first) } else { RuleKey(digest53(format!("{first}/{count}").as_bytes())) }
}

/// 53 bits of SHA-256, so that the number survives any JSON reader; never 0.
fn digest53(bytes: &[u8]) -> u64 {
    let number = Sha256::digest(bytes).iter().take(8).fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
    (number >> 11).max(1)
}

/// Gives every rule its identity and collects the sequences.
#[derive(Default)]
struct Keys {
    seen: BTreeMap<u64, u64>,
    sequences: BTreeMap<RuleKey, KeyedSequence>,
}

impl Keys {
    fn key(&mut self, content: &impl Serialize, id: RuleId, sequence: &Sequence) -> RuleKey {
        let key = key_of(content, &mut self.seen);
        self.sequences.insert(key, KeyedSequence { id, sequence: sequence.clone() });
        key
    }

    fn reaction(&mut self, state: &str, r: &Reaction) -> PreparedReaction {
        PreparedReaction {
            key: self.key(&("quand", state, r.on, &r.name, &r.guard, &r.sequence), r.id, &r.sequence),
            id: r.id,
            on: r.on,
            name: r.name.as_deref().map(fold),
            guard: r.guard.clone(),
            contact: r.sequence.has_contact(),
            replaces_effect: r.sequence.actions().any(Action::replaces_effect),
        }
    }

    fn state(&mut self, machine: &Machine, state: &State) -> PreparedState {
        let entry = state.entry.iter().map(|e| PreparedEntry {
            key: self.key(&("entrée", &state.name, &e.guard, &e.sequence, e.without_prior_reminder), e.id, &e.sequence),
            id: e.id,
            guard: e.guard.clone(),
            contact: e.sequence.has_contact(),
            without_prior_reminder: e.without_prior_reminder,
        });
        let entry = entry.collect();
        let rules = state.rules.iter().map(|rule| {
            let content = (&state.name, &rule.branches, &rule.repeat, &rule.sequence, rule.without_prior_reminder);
            let contact = machine.reaches_contact(&rule.sequence);
            PreparedRule {
                key: self.key(&content, rule.id, &rule.sequence),
                id: rule.id,
                branches: rule.branches.clone(),
                repeat: rule.repeat.clone(),
                contact,
                takes_part: contact || rule.sequence.destinations().next().is_some(),
                needs_reminder: machine.opens_with_formal_notice(&rule.sequence) && !rule.without_prior_reminder,
                without_prior_reminder: rule.without_prior_reminder,
                sequence: rule.sequence.clone(),
            }
        });
        let rules = rules.collect();
        PreparedState {
            name: state.name.clone(),
            title: state.title.clone(),
            entry,
            rules,
            reactions: state.reactions.iter().map(|r| self.reaction(&state.name, r)).collect(),
            is_final: state.is_final,
        }
    }
}

impl Scenario {
    /// Prepares a machine.
    pub fn new(machine: Machine) -> Scenario {
        let mut scenario = Scenario::bare(machine);
        scenario.remember(&[]);
        scenario
    }

    fn bare(machine: Machine) -> Scenario {
        let mut keys = Keys::default();
        let states = machine.states.iter().map(|state| keys.state(&machine, state)).collect();
        let reactions = machine.reactions.iter().map(|r| keys.reaction("", r)).collect();
        let formal = machine.sequences().any(|(_, sequence)| sequence.has_formal_notice());
        let hash = machine.hash();
        let version = hash.chars().take(12).collect();
        let (carried, former_rules) = (Vec::new(), Vec::new());
        Scenario { hash, version, machine, states, reactions, sequences: keys.sequences, formal, carried, former_rules }
    }

    /// Learns what the states were called in other versions.
    fn remember(&mut self, earlier: &[&Machine]) {
        self.carried = carried(&self.machine, earlier);
        self.former_rules.clear();
        let now: Vec<RuleKey> = self.identities().map(|(_, key)| key).collect();
        for former in under_former_names(&self.machine, &self.carried) {
            let former = Scenario::bare(former);
            let old = former.identities().map(|(_, key)| key);
            self.former_rules.extend(old.zip(now.iter().copied()).filter(|(old, new)| old != new));
        }
    }

    /// The identities of all its rules, each with its state if it is of one, in the order of the machine.
    pub fn identities(&self) -> impl Iterator<Item = (Option<&str>, RuleKey)> {
        let of_state = |state: &PreparedState| {
            let entry = state.entry.iter().map(|e| e.key);
            let rules = state.rules.iter().map(|r| r.key);
            entry.chain(rules).chain(state.reactions.iter().map(|r| r.key)).collect::<Vec<_>>()
        };
        let own = self.reactions.iter().map(|r| (None, r.key));
        self.states.iter().flat_map(move |s| of_state(s).into_iter().map(|key| (Some(s.name.as_str()), key))).chain(own)
    }

    /// Where an invoice stands in this version that stands in a state of this name: there, or where `reprise` puts it.
    pub fn place(&self, state: &str) -> Option<&str> {
        let own = self.state(state).map(|state| state.name.as_str());
        own.or_else(|| self.carried.iter().find(|carry| carry.from == state).map(|carry| carry.to.as_str())).or_else(
            || {
                let wanted = fold(state);
                let same = self.states.iter().find(|state| fold(&state.name) == wanted).map(|state| &state.name);
                let said = || self.carried.iter().find(|carry| fold(&carry.from) == wanted).map(|carry| &carry.to);
                same.or_else(said).map(String::as_str)
            },
        )
    }

    /// The settings of its sendings.
    pub fn settings(&self) -> &Settings {
        &self.machine.settings
    }

    /// The state of this name.
    pub fn state(&self, name: &str) -> Option<&PreparedState> {
        self.states.iter().find(|state| state.name == name)
    }

    /// Rungs and free rules of a state, in file order; none for a state that the scenario does not have.
    pub fn rules(&self, state: &str) -> &[PreparedRule] {
        self.state(state).map_or(&[], |state| &state.rules)
    }

    /// The reactions to an event in a state: the state's own rules for it, else the scenario's.
    pub fn reactions(&self, state: &str, on: Trigger, name: Option<&str>) -> Vec<&PreparedReaction> {
        let wanted = |r: &&PreparedReaction| r.on == on && r.name.as_deref() == name;
        let own: Vec<&PreparedReaction> =
            self.state(state).map(|s| s.reactions.iter().filter(wanted).collect()).unwrap_or_default();
        if own.is_empty() { self.reactions.iter().filter(wanted).collect() } else { own }
    }

    /// Every reaction that can fire in a state: its own, and the scenario's for other events.
    pub fn all_reactions(&self, state: &str) -> Vec<&PreparedReaction> {
        let own: &[PreparedReaction] = self.state(state).map_or(&[], |s| &s.reactions);
        let replaced = |r: &PreparedReaction| own.iter().any(|o| (o.on, &o.name) == (r.on, &r.name));
        own.iter().chain(self.reactions.iter().filter(|r| !replaced(r))).collect()
    }

    /// What the rule of this identity does.
    pub fn sequence(&self, key: RuleKey) -> Option<&Sequence> {
        self.sequences.get(&key).map(|keyed| &keyed.sequence)
    }

    /// The number of the rule of this identity.
    pub fn rule_id(&self, key: RuleKey) -> Option<RuleId> {
        self.sequences.get(&key).map(|keyed| keyed.id)
    }

    /// The rung or free rule of this identity.
    pub fn rule(&self, key: RuleKey) -> Option<&PreparedRule> {
        self.states.iter().flat_map(|state| &state.rules).find(|r| r.key == key)
    }

    /// The rule of an entry of this identity.
    pub fn entry(&self, key: RuleKey) -> Option<&PreparedEntry> {
        self.states.iter().flat_map(|state| &state.entry).find(|e| e.key == key)
    }

    /// The action that an effect's key names, and who approves it.
    pub fn attempt(&self, rule: RuleKey, stage: u32, item: usize, attempt: u32) -> Option<&Attempt> {
        self.sequence(rule)?.stages.get(stage as usize)?.items.get(item)?.0.get(attempt as usize)
    }

    /// The action that an effect's key names.
    pub fn action(&self, rule: RuleKey, stage: u32, item: usize, attempt: u32) -> Option<&Action> {
        self.attempt(rule, stage, item, attempt).map(|attempt| &attempt.action)
    }
}

/// The scripts of a machine; `None` when it has none, or when they do not compile, which the checker has refused.
fn compiled(machine: &Machine) -> Option<Scripts> {
    let fields: Vec<_> = machine.fields.iter().map(|field| (field.name.clone(), field.ty)).collect();
    if machine.scripts.is_empty() { None } else { Scripts::compile(&machine.scripts, &fields).ok() }
}

impl Program {
    /// Prepares machines: those with a selection by priority (smallest first, none last), then by name; the one without a
    /// selection takes what is left.
    pub fn new(machines: Vec<Machine>, zone: Tz, people: BTreeMap<String, Person>) -> Program {
        let mut scenarios: Vec<Scenario> = machines.into_iter().map(Scenario::new).collect();
        scenarios.sort_by(|a, b| {
            let rank = |s: &Scenario| (s.machine.selection.is_none(), s.machine.priority.unwrap_or(i64::MAX));
            rank(a).cmp(&rank(b)).then_with(|| a.machine.name.cmp(&b.machine.name))
        });
        let names: Vec<(&str, &str)> = scenarios.iter().map(|s| (s.machine.name.as_str(), s.hash.as_str())).collect();
        let digest = digest53(&serde_json::to_vec(&names).unwrap_or_default());
        // Definitions of the project stand in every machine alike.
        let segments = scenarios.first().map(|s| s.machine.segments.clone()).unwrap_or_default();
        let scripts = scenarios.first().and_then(|s| compiled(&s.machine)).map(Arc::new);
        let by_name = scenarios.iter().enumerate().map(|(i, s)| (s.machine.name.clone(), i)).collect();
        Program {
            zone,
            scenarios,
            people,
            digest,
            segments,
            scripts,
            payments: None,
            amounts: None,
            registered: None,
            catch_up: false,
            published: None,
            by_name,
        }
    }

    /// Other machines, with everything else that this program knows of the project.
    pub fn with_machines(&self, machines: Vec<Machine>) -> Program {
        let (amounts, registered) = (self.amounts.clone(), self.registered);
        Program { amounts, registered, ..Program::new(machines, self.zone, self.people.clone()) }
    }

    /// Learns what earlier versions called their states: what `reprise` said in them goes on to hold, and is read backwards when an
    /// earlier version comes back.
    pub fn remember(&mut self, versions: &[Machine]) {
        for scenario in &mut self.scenarios {
            let name = scenario.machine.name.clone();
            let earlier: Vec<&Machine> = versions.iter().filter(|machine| machine.name == name).collect();
            scenario.remember(&earlier);
        }
    }

    /// The scenario of this name.
    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.get(*self.by_name.get(name)?)
    }
}

/// Somebody who gets a message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Recipient {
    /// The role by which the scenario named them; none for the dunning contact.
    pub role: Option<String>,
    /// Name.
    #[serde(rename = "nom")]
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    #[serde(rename = "telephone")]
    pub phone: Option<String>,
}

impl Recipient {
    /// Whether a message by this channel gets there; whoever posts a letter can find an address. Numbers are read after the rules of
    /// `country`, and a fixed line takes no SMS.
    pub fn is_reached_by(&self, channel: Channel, country: Option<&str>) -> bool {
        match channel {
            Channel::Email => self.email.is_some(),
            Channel::Sms => {
                let number = self.phone.as_deref().and_then(|phone| phone::read(phone, country));
                number.is_some_and(|number| number.mobile != Some(false))
            }
            Channel::Call => self.phone.is_some(),
            Channel::Letter | Channel::RegisteredLetter => true,
        }
    }
}

/// Who gets a contact: `(to, copy)`. Roles are looked up among the client's contacts first, then among the company's people; a role
/// that nobody holds falls back on the dunning contact for `à`, and is left out for `copie`. When nobody after `à` can be reached by
/// the channel, a contact of the client is reached at the client's own address or number.
pub fn recipients(
    customer: &crate::incoming::Customer,
    people: &BTreeMap<String, Person>,
    contact: &Contact,
) -> (Vec<Recipient>, Vec<Recipient>) {
    let dunning = || Recipient { role: None, name: None, email: customer.email.clone(), phone: customer.phone.clone() };
    let find = |role: &String| {
        let folded = fold(role);
        let of_client = customer.contacts.iter().find(|c| fold(&c.role) == folded).map(|c| Recipient {
            role: Some(role.clone()),
            name: c.name.clone(),
            email: c.email.clone(),
            phone: c.phone.clone(),
        });
        of_client.or_else(|| {
            let person = people.iter().find(|(name, _)| fold(name) == folded)?.1;
            Some(Recipient {
                role: Some(role.clone()),
                name: person.name.clone(),
                email: person.email.clone(),
                phone: person.phone.clone(),
            })
        })
    };
    let mut to: Vec<Recipient> = contact.to.iter().filter_map(find).collect();
    let of_client = |r: &Recipient| {
        let role = r.role.as_deref().map(fold);
        customer.contacts.iter().any(|c| role.as_ref() == Some(&fold(&c.role)))
    };
    if to.is_empty() {
        to.push(dunning());
    } else if !to.iter().any(|r| r.is_reached_by(contact.channel, customer.country.as_deref()))
        && let Some(first) = to.iter_mut().find(|r| of_client(r))
    {
        first.email = first.email.take().or_else(|| customer.email.clone());
        first.phone = match contact.channel {
            // A fixed line is no use here.
            Channel::Sms => customer.phone.clone().or_else(|| first.phone.take()),
            _ => first.phone.take().or_else(|| customer.phone.clone()),
        };
    }
    (to, contact.copy.iter().filter_map(find).collect())
}
