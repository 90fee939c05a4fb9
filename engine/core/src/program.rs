//! The scenarios that run together, prepared for the step function.

use crate::dossier::RuleKey;
use crate::machine::{Action, Branch, Contact, Expr, Machine, RuleId, Sequence, Settings, Trigger};
use chrono_tz::Tz;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
    /// Its rules of the plan, in file order.
    pub rules: Vec<PreparedRule>,
    /// Its reactions, in file order.
    pub reactions: Vec<PreparedReaction>,
    /// Whether any of its sequences holds a formal notice.
    pub formal: bool,
}

/// A rule of the plan with what is derived from it.
#[derive(Clone, Debug)]
pub struct PreparedRule {
    /// Its identity across versions.
    pub key: RuleKey,
    /// Its number in this version.
    pub id: RuleId,
    /// Its branches.
    pub branches: Vec<Branch>,
    /// What it does.
    pub sequence: Sequence,
    /// Whether it contacts the client.
    pub contact: bool,
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
    /// Its condition.
    pub guard: Expr,
    /// What it does.
    pub sequence: Sequence,
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

impl Scenario {
    /// Prepares a machine.
    pub fn new(machine: Machine) -> Scenario {
        let mut seen = BTreeMap::new();
        let rules = machine
            .rules
            .iter()
            .map(|rule| PreparedRule {
                key: key_of(&(&rule.branches, &rule.sequence, rule.without_prior_reminder), &mut seen),
                id: rule.id,
                branches: rule.branches.clone(),
                sequence: rule.sequence.clone(),
                contact: rule.sequence.has_contact(),
                needs_reminder: rule.sequence.opens_with_formal_notice() && !rule.without_prior_reminder,
                without_prior_reminder: rule.without_prior_reminder,
            })
            .collect();
        let reactions = machine
            .reactions
            .iter()
            .map(|r| PreparedReaction {
                key: key_of(&(r.on, &r.guard, &r.sequence), &mut seen),
                id: r.id,
                on: r.on,
                guard: r.guard.clone(),
                sequence: r.sequence.clone(),
            })
            .collect();
        let sequences = machine.rules.iter().map(|r| &r.sequence).chain(machine.reactions.iter().map(|r| &r.sequence));
        let formal = sequences.into_iter().any(Sequence::has_formal_notice);
        let hash = machine.hash();
        let version = hash.chars().take(12).collect();
        Scenario { hash, version, machine, rules, reactions, formal }
    }

    /// The settings of its sendings.
    pub fn settings(&self) -> &Settings {
        &self.machine.settings
    }

    /// What the rule of this identity does.
    pub fn sequence(&self, key: RuleKey) -> Option<&Sequence> {
        let of_plan = self.rules.iter().find(|r| r.key == key).map(|r| &r.sequence);
        of_plan.or_else(|| self.reactions.iter().find(|r| r.key == key).map(|r| &r.sequence))
    }

    /// The number of the rule of this identity.
    pub fn rule_id(&self, key: RuleKey) -> Option<RuleId> {
        let of_plan = self.rules.iter().find(|r| r.key == key).map(|r| r.id);
        of_plan.or_else(|| self.reactions.iter().find(|r| r.key == key).map(|r| r.id))
    }

    /// The rule of the plan of this identity.
    pub fn rule(&self, key: RuleKey) -> Option<&PreparedRule> {
        self.rules.iter().find(|r| r.key == key)
    }

    /// The action that an effect's key names.
    pub fn action(&self, rule: RuleKey, stage: u32, item: usize, attempt: u32) -> Option<&Action> {
        self.sequence(rule)?.stages.get(stage as usize)?.items.get(item)?.0.get(attempt as usize)
    }
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
        Program { zone, scenarios, people, digest }
    }

    /// The scenario of this name.
    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|s| s.machine.name == name)
    }
}

/// Somebody who gets a message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Recipient {
    /// The role by which the scenario named them; none for the dunning contact.
    pub role: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// Who gets a contact: `(to, copy)`. Roles are looked up among the client's contacts first, then among the company's people; a role
/// that nobody holds falls back on the dunning contact for `à`, and is left out for `copie`.
pub fn recipients(
    customer: &crate::incoming::Customer,
    people: &BTreeMap<String, Person>,
    contact: &Contact,
) -> (Vec<Recipient>, Vec<Recipient>) {
    let dunning = || Recipient { role: None, name: None, email: customer.email.clone(), phone: customer.phone.clone() };
    let find = |role: &String| {
        let folded = crate::schema::fold(role);
        let of_client = customer.contacts.iter().find(|c| crate::schema::fold(&c.role) == folded).map(|c| Recipient {
            role: Some(role.clone()),
            name: c.name.clone(),
            email: c.email.clone(),
            phone: c.phone.clone(),
        });
        of_client.or_else(|| {
            let person = people.iter().find(|(name, _)| crate::schema::fold(name) == folded)?.1;
            Some(Recipient {
                role: Some(role.clone()),
                name: person.name.clone(),
                email: person.email.clone(),
                phone: person.phone.clone(),
            })
        })
    };
    let mut to: Vec<Recipient> = contact.to.iter().filter_map(find).collect();
    if to.is_empty() {
        to.push(dunning());
    }
    (to, contact.copy.iter().filter_map(find).collect())
}
