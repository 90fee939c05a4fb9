//! A story as a person would tell it.

use crate::generate::Story;
use relance_core::machine::{Clock, Machine, Nature, Rule, Sequence};
use std::fmt::{self, Debug, Formatter};

impl Debug for Story {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{} jours, {:?}", self.days, self.people)?;
        self.machines.iter().try_for_each(|m| machine(f, m))?;
        if let Some((at, machines)) = &self.published {
            writeln!(f, "publié le {}", at.format("%d/%m %H:%MZ"))?;
            machines.iter().try_for_each(|m| machine(f, m))?;
        }
        if !self.bounces.is_empty() || !self.troubles.is_empty() {
            writeln!(f, "retours {:?} pannes {:?}", self.bounces, self.troubles)?;
        }
        for thing in &self.things {
            let known = thing.known.map_or(String::new(), |k| k.format(" connu %d/%m %H:%MZ").to_string());
            let number = thing.invoice.clone().unwrap_or_default();
            writeln!(f, "  {} {}{known} {number} {:?}", thing.id, thing.effective, thing.what)?;
        }
        Ok(())
    }
}

fn machine(f: &mut Formatter<'_>, machine: &Machine) -> fmt::Result {
    let s = &machine.settings;
    writeln!(
        f,
        "scénario {} si {:?} priorité {:?}",
        machine.name,
        machine.selection.as_ref().map(|e| e.to_string()),
        machine.priority
    )?;
    writeln!(
        f,
        "  {:?} {:?} minimum {:?} groupé {} pas à pas {}",
        s.cap, s.window, s.minimum, s.group, s.step_by_step
    )?;
    writeln!(f, "  {:?}", s.calendar)?;
    for segment in &machine.segments {
        writeln!(f, "  segment {} si {}", segment.name, segment.guard)?;
    }
    for state in &machine.states {
        writeln!(f, " étape {} {}", state.name, if state.is_final { "fin" } else { "" })?;
        for entry in &state.entry {
            writeln!(
                f,
                "  [{}] à l'entrée si {} : {}{}",
                entry.id.0,
                entry.guard,
                natures(&entry.sequence),
                if entry.without_prior_reminder { " sans préalable" } else { "" }
            )?;
        }
        state.rules.iter().try_for_each(|r| rule(f, r))?;
        for r in &state.reactions {
            writeln!(
                f,
                "  [{}] quand {} {:?} si {} : {}",
                r.id.0,
                r.on.words(),
                r.name,
                r.guard,
                natures(&r.sequence)
            )?;
        }
    }
    for r in &machine.reactions {
        writeln!(f, "  [{}] quand {} {:?} si {} : {}", r.id.0, r.on.words(), r.name, r.guard, natures(&r.sequence))?;
    }
    Ok(())
}

fn rule(f: &mut Formatter<'_>, rule: &Rule) -> fmt::Result {
    write!(f, "  [{}]", rule.id.0)?;
    for (n, branch) in rule.branches.iter().enumerate() {
        write!(f, "{}", if n > 0 { " ou" } else { "" })?;
        for b in &branch.bounds {
            let clock = if b.clock == Clock::Due { "J+" } else { "après " };
            write!(f, " {clock}{}+{}{}", b.offset, b.extra_days, if b.end_of_month { " fin de mois" } else { "" })?;
        }
        write!(f, " si {}", branch.guard)?;
    }
    if let Some(repeat) = &rule.repeat {
        write!(f, " tous les {} ({:?})", repeat.every, repeat.at_most)?;
    }
    writeln!(f, " : {}{}", natures(&rule.sequence), if rule.without_prior_reminder { " sans préalable" } else { "" })
}

/// The sequence with what the language's words leave to the templates.
fn natures(sequence: &Sequence) -> String {
    let marks: Vec<&str> = sequence
        .actions()
        .filter_map(|a| a.contact())
        .map(|c| match c.nature {
            Nature::Reminder => "r",
            Nature::Information => "i",
            Nature::FormalNotice => "MD",
        })
        .collect();
    format!("{sequence} [{}]", marks.join(""))
}
