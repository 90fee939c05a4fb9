//! What the explanation says of each rule: the step's verdict in French.

use super::RuleStanding;
use super::pending::pending;
use crate::day::{add_days, french_date};
use crate::dossier::{Origin, RuleKey};
use crate::eval::{Trace, trace};
use crate::facts::InvoiceFacts;
use crate::machine::{Clock, Expr, Repeat};
use crate::program::{PreparedEntry, PreparedReaction, PreparedRule, Scenario};
use crate::step::{FORMAL_NOTICE_DELAY, RungAt, Stand, Verdict, Waiting, rung_at, rung_label, ticks};

/// Tells rules of one invoice.
pub(super) struct Telling<'a> {
    pub scenario: &'a Scenario,
    pub facts: &'a InvoiceFacts<'a>,
}

impl Telling<'_> {
    /// A rule of the entry into the state.
    pub fn entry(&self, entry: &PreparedEntry) -> RuleStanding {
        let settled = self.running(entry.key, false).is_none();
        let verdict = match self.running(entry.key, false) {
            Some(running) => running,
            None if self.facts.file.entry_pending => "attend : un script a échoué".to_owned(),
            None if self.facts.file.entry_failed => "lue à l’entrée ; une action de l’entrée n’a pas abouti".to_owned(),
            None => "lue à l’entrée ; plus rien n’en est en cours".to_owned(),
        };
        RuleStanding {
            rule: entry.id,
            place: self.scenario.machine.place(entry.id).cloned(),
            quand: Some("à l’entrée".to_owned()),
            palier: None,
            jour: None,
            actions: self.actions(entry.key),
            partie: !settled,
            verdict,
            conditions: self.guard(&entry.guard),
        }
    }

    /// A rule that an event fires.
    pub fn reaction(&self, reaction: &PreparedReaction) -> RuleStanding {
        let name = reaction.name.as_ref().map(|name| format!(" « {name} »")).unwrap_or_default();
        let running = self.running(reaction.key, true);
        RuleStanding {
            rule: reaction.id,
            place: self.scenario.machine.place(reaction.id).cloned(),
            quand: Some(format!("quand {}{name}", reaction.on.words())),
            palier: None,
            jour: None,
            actions: self.actions(reaction.key),
            partie: running.is_some(),
            verdict: running.unwrap_or_else(|| "se déclenche à cet événement".to_owned()),
            conditions: self.guard(&reaction.guard),
        }
    }

    /// A rung, a free rule, or one that repeats.
    pub fn rule(&self, rule: &PreparedRule, verdict: Option<&Verdict>) -> RuleStanding {
        let (file, facts) = (self.facts.file, self.facts);
        // Of several rungs, the next that can still be reached.
        let mut days: Vec<RungAt> = rule.branches.iter().filter_map(|branch| rung_at(branch, facts)).collect();
        days.sort_by_key(|at| at.day);
        let rung = days.iter().find(|at| at.is_reachable(file)).or(days.first()).copied();
        let told = match (self.running(rule.key, false), verdict) {
            (Some(running), _) => running,
            (None, None) if file.set_aside.contains(&rule.key) => {
                "écartée : elle était déjà due ou déjà vraie quand la facture a changé de plan ou a repris".to_owned()
            }
            (None, None) => "déjà déclenchée : une règle ne part qu’une fois".to_owned(),
            (None, Some(_)) if file.settled_on.is_some() => "ne partira pas : la facture est soldée".to_owned(),
            (None, Some(_)) if self.needs_clock(rule) && file.entry_failed => {
                "ne partira pas d’elle-même : une action de l’entrée n’a pas abouti, l’horloge de l’étape ne court pas"
                    .to_owned()
            }
            (None, Some(_)) if self.needs_clock(rule) && file.clock.is_none() => {
                "attend que les actions de l’entrée soient faites : l’horloge de l’étape ne court pas encore".to_owned()
            }
            (None, Some(verdict)) => match &rule.repeat {
                Some(repeat) => self.repeat(repeat, rule, verdict),
                None => self.verdict(rule, rung, verdict),
            },
        };
        RuleStanding {
            rule: rule.id,
            place: self.scenario.machine.place(rule.id).cloned(),
            quand: rule
                .repeat
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| waiting_bound(rule).filter(|_| rung.is_none())),
            palier: rung.map(|at| rung_label(at.offset)),
            jour: rung.map(|at| at.day),
            actions: rule.sequence.to_string(),
            partie: file.fired.contains(&rule.key),
            verdict: told,
            conditions: rule.branches.iter().map(|branch| trace(&branch.guard, facts)).collect(),
        }
    }

    fn verdict(&self, rule: &PreparedRule, rung: Option<RungAt>, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Fires => "la condition est vraie : partira dès que rien ne la retient".to_owned(),
            Verdict::Held => "la condition est vraie : attend que la facture ne soit plus retenue".to_owned(),
            Verdict::Waits(why) => self.waits(why),
            Verdict::No(stands) => self.lacks(rule, rung, stands),
        }
    }

    fn waits(&self, why: &Waiting) -> String {
        match why {
            Waiting::Below => "sautée : un palier plus élevé est déjà parti".to_owned(),
            Waiting::Behind(rung) => format!("laisse la place au palier {}", rung_label(rung.offset)),
            Waiting::Reminder => {
                let first = self.facts.file.reminders.first().map(|(day, _)| add_days(*day, FORMAL_NOTICE_DELAY));
                let day = first.map(|day| format!(", donc le {}", french_date(day))).unwrap_or_default();
                format!("attend : une mise en demeure suit une relance d’au moins {FORMAL_NOTICE_DELAY} jours{day}")
            }
            Waiting::Reaction => "attend : le contact d’une réaction passe d’abord, et le plafond".to_owned(),
            Waiting::Distance => "attend la distance du plan après le palier précédent (pas à pas)".to_owned(),
            Waiting::TooLittle(reason) => format!("attend : {reason}"),
        }
    }

    /// Why the condition of a rule does not hold, from the branch that comes nearest.
    fn lacks(&self, rule: &PreparedRule, rung: Option<RungAt>, stands: &[Stand]) -> String {
        let is = |wanted: fn(&Stand) -> bool| stands.iter().any(wanted);
        if let Some(at) = rung.filter(|at| at.day > self.facts.today) {
            return format!("attend son jour, le {}", french_date(at.day));
        }
        if rule.takes_part && rung.is_some_and(|at| !at.is_reachable(self.facts.file)) {
            return "sautée : un palier plus élevé est déjà parti".to_owned();
        }
        if is(|stand| matches!(stand, Stand::Lacks(_, None))) {
            return "ne part pas : un fait de la condition est inconnu".to_owned();
        }
        if is(|stand| matches!(stand, Stand::Lacks(_, Some(_)))) {
            return "ne part pas : la condition est fausse".to_owned();
        }
        if is(|stand| matches!(stand, Stand::Fallen(_))) {
            return "sautée : l’échéance est passée".to_owned();
        }
        "ne part pas : le jour de son palier est inconnu".to_owned()
    }

    fn repeat(&self, repeat: &Repeat, rule: &PreparedRule, verdict: &Verdict) -> String {
        let so_far = self.facts.file.ticks.get(&rule.key).copied().unwrap_or_default();
        let times = match so_far.count {
            0 => "pas encore déclenchée".to_owned(),
            1 => "déclenchée une fois".to_owned(),
            n => format!("déclenchée {n} fois"),
        };
        if repeat.at_most.is_some_and(|most| so_far.count >= most) {
            return format!("{times} : c’est son maximum");
        }
        if let Verdict::Waits(why) = verdict {
            return format!("{times} ; {}", self.waits(why));
        }
        match ticks(repeat, so_far.last, self.facts) {
            Some((_, next)) => format!("{times} ; prochaine échéance de la règle le {}", french_date(next)),
            None => times,
        }
    }

    fn needs_clock(&self, rule: &PreparedRule) -> bool {
        rule.repeat.is_some() || rule.branches.iter().flat_map(|b| &b.bounds).any(|b| b.clock == Clock::State)
    }

    /// What is told of a rule whose sequence runs.
    fn running(&self, key: RuleKey, reaction: bool) -> Option<String> {
        let own = |origin| matches!(origin, Origin::Reaction(_)) == reaction;
        let run = self.facts.file.runs.iter().find(|run| run.rule == key && own(run.origin))?;
        let waits = pending(self.scenario, run, self.facts).map(|waits| format!(" : {waits}")).unwrap_or_default();
        Some(format!("déclenchée, en cours{waits}"))
    }

    fn actions(&self, key: RuleKey) -> String {
        self.scenario.sequence(key).map(ToString::to_string).unwrap_or_default()
    }

    fn guard(&self, guard: &Expr) -> Vec<Trace> {
        if guard.is_always() { Vec::new() } else { vec![trace(guard, self.facts)] }
    }
}

/// A rung of the clock of the state, as long as it has no day.
fn waiting_bound(rule: &PreparedRule) -> Option<String> {
    let bound = rule.branches.iter().flat_map(|branch| &branch.bounds).find(|bound| bound.clock == Clock::State)?;
    Some(format!("après {}", bound.offset))
}
