//! What stands on somebody's list: calls, approvals, tasks, letters, doubts. What is no longer open is refused.

use super::check::Work;
use super::{Answer, CallOutcome, OpenCall, Refusal, Sum, listed, open_calls, parts};
use crate::dispute::DisputeCode;
use crate::dossier::{InvoiceFile, Status, effect_key, parse_key};
use crate::incoming::{DoneResult, Incoming, What};
use crate::machine::{Action, Channel};
use crate::step::approving;
use crate::tracked::tracking_number;
use chrono::NaiveDate;

impl Work<'_> {
    pub fn call(
        &self,
        key: Option<&str>,
        outcome: CallOutcome,
        said: (Option<NaiveDate>, Option<Sum>, Option<DisputeCode>),
    ) -> Result<Vec<Incoming>, Refusal> {
        let calls = open_calls(self.case.program, self.case.dossier);
        let call = self.meant(calls, key, "appel", "la liste des appels donne ceux qui sont à passer")?;
        let leader = call.invoices.first().map_or("", String::as_str);
        let named = self.on.first().map_or(leader, String::as_str);
        let parts = parts(self.case.dossier, &call.invoices, Some(named));
        let answer = Answer::of(outcome, &parts, said, self.case.today())?;
        Ok(answer.incoming(self.stamp, leader, &call.key))
    }

    pub fn letter(
        &self,
        key: Option<&str>,
        tracking: Option<&str>,
        impossible: bool,
    ) -> Result<Vec<Incoming>, Refusal> {
        let letters = listed(self.case.program, self.case.dossier, Channel::is_letter);
        let letter = self.meant(letters, key, "lettre", "la liste des lettres donne celles qui sont à poster")?;
        let written = tracking.filter(|text| !text.trim().is_empty());
        let number = written.and_then(tracking_number);
        if let (Some(text), None) = (written, &number) {
            let what = format!("« {text} » n’est pas un numéro de suivi");
            return Err(Refusal::new("suivi", what, "recopiez celui du reçu, ou laissez-le vide"));
        }
        let (key, channel) = (Some(letter.key), Some(letter.contact.channel));
        let result = if impossible { DoneResult::Impossible } else { DoneResult::Done };
        let leader = letter.invoices.first().map_or("", String::as_str);
        let what = What::Done { key, channel, result, tracking: number };
        Ok(vec![self.stamp.incoming(self.stamp.id.clone(), Some(leader), what)])
    }

    /// The call or letter that is meant: that of the key, or the oldest about an invoice that is named.
    fn meant<'p>(
        &self,
        listed: Vec<OpenCall<'p>>,
        key: Option<&str>,
        word: &str,
        help: &str,
    ) -> Result<OpenCall<'p>, Refusal> {
        let (no, it) = if word == "appel" {
            ("aucun", "cet appel est déjà noté")
        } else {
            ("aucune", "cette lettre est déjà notée")
        };
        let about = |call: &OpenCall<'_>| self.on.iter().all(|number| call.invoices.contains(number));
        let found = match key {
            Some(key) => listed.into_iter().find(|call| call.key == key && about(call)),
            None => self.named(word)?.and_then(|number| listed.into_iter().find(|call| call.invoices.contains(number))),
        };
        let Some(call) = found else {
            let about = self.about(key);
            return Err(Refusal::new("plus_ouvert", format!("{no} {word} n’attend{about}"), help));
        };
        if self.case.inbox.iter().any(|thing| call.is_answered_by(thing)) {
            return Err(already(it));
        }
        Ok(call)
    }

    /// The invoice without which an act without a key is about nothing.
    fn named(&self, word: &str) -> Result<Option<&String>, Refusal> {
        if self.on.is_empty() {
            let what = format!("de quoi s’agit-il ? ni la clé ni la facture n’est donnée ({word})");
            return Err(Refusal::new("facture", what, "choisissez une ligne de la liste"));
        }
        Ok(self.on.first())
    }

    fn about(&self, key: Option<&str>) -> String {
        match (self.on, key) {
            ([], Some(key)) => format!(" sous la clé {key}"),
            ([], None) => String::new(),
            (numbers, _) => format!(" pour la facture {}", numbers.join(", ")),
        }
    }

    pub fn approval(&self, key: Option<&str>, granted: bool) -> Result<Vec<Incoming>, Refusal> {
        let number = match (key.and_then(parse_key), self.on.first()) {
            (Some((owner, ..)), None) => owner.to_owned(),
            _ => self.named("validation")?.cloned().unwrap_or_default(),
        };
        let asked = self.case.dossier.invoices.get(&number).map(|file| approving(&number, file)).unwrap_or_default();
        let Some(key) = asked.into_iter().find(|own| key.is_none_or(|key| key == own)) else {
            let what = format!("aucune validation n’est attendue{}", self.about(key));
            return Err(Refusal::new("plus_ouvert", what, "elle a été donnée, refusée, ou n’a plus lieu d’être"));
        };
        let answers = |thing: &Incoming| match &thing.what {
            What::Approval { key: given, .. } => {
                thing.invoice.as_ref() == Some(&number) && given.as_ref().is_none_or(|given| *given == key)
            }
            _ => false,
        };
        if self.case.inbox.iter().any(answers) {
            return Err(already("cette validation a déjà une réponse"));
        }
        let what = What::Approval { key: Some(key), granted };
        Ok(vec![self.stamp.incoming(self.stamp.id.clone(), Some(&number), what)])
    }

    pub fn task_done(&self, key: Option<&str>, impossible: bool) -> Result<Vec<Incoming>, Refusal> {
        let Some((number, key)) = self.open_task(key) else {
            let what = format!("aucune tâche n’est ouverte{}", self.about(key));
            return Err(Refusal::new("plus_ouvert", what, "elle est déjà faite, ou n’a plus lieu d’être"));
        };
        let answers = |thing: &Incoming| matches!(&thing.what, What::Done { key: Some(given), .. } if *given == key);
        if self.case.inbox.iter().any(answers) {
            return Err(already("cette tâche est déjà notée"));
        }
        let result = if impossible { DoneResult::Impossible } else { DoneResult::Done };
        let what = What::Done { key: Some(key), channel: None, result, tracking: None };
        Ok(vec![self.stamp.incoming(self.stamp.id.clone(), number.as_deref(), what)])
    }

    /// The open task of a key, or the oldest one about the invoice that is named, or about the client: those of rules first.
    fn open_task(&self, key: Option<&str>) -> Option<(Option<String>, String)> {
        let dossier = self.case.dossier;
        let named = self.on.first();
        let is_key = |own: &str| key.is_none_or(|key| key == own);
        let invoices =
            dossier.invoices.iter().filter(|(number, _)| named == Some(number) || named.is_none() && key.is_some());
        let of_rules = invoices.flat_map(|(number, file)| {
            self.tasks_of_rules(number, file).into_iter().map(|key| (Some(number.clone()), key))
        });
        let of_people = dossier.tasks.iter().filter(|task| match named {
            Some(number) => task.invoice.as_ref() == Some(number),
            None => key.is_some() || task.invoice.is_none(),
        });
        let of_people = of_people.map(|task| (task.invoice.clone(), task.key.clone()));
        of_rules.chain(of_people).find(|(_, own)| is_key(own))
    }

    fn tasks_of_rules(&self, number: &str, file: &InvoiceFile) -> Vec<String> {
        let Some(scenario) = file.scenario.as_ref().and_then(|own| self.case.program.scenario(&own.name)) else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                let action = scenario.action(run.rule, run.stage, i, item.attempt);
                if matches!((&item.status, action), (Status::Listed { .. }, Some(Action::Task { .. }))) {
                    keys.push(effect_key(number, run.id, run.stage, i, item.attempt));
                }
            }
        }
        keys
    }

    pub fn doubt(&self, key: &str, left: bool) -> Result<Vec<Incoming>, Refusal> {
        let about = |number: &String, message: &crate::step::Departure| {
            message.invoice == *number || message.others.iter().any(|other| other.invoice == *number)
        };
        let meant = |message: &&crate::step::Departure| {
            message.key == key && self.on.iter().all(|number| about(number, message))
        };
        let Some(message) = self.case.doubts.iter().find(meant) else {
            let what = format!("aucun message en doute n’a la clé {key}");
            return Err(Refusal::new("plus_ouvert", what, "un message déjà tranché n’est plus en doute"));
        };
        let answers =
            |thing: &Incoming| matches!(&thing.what, What::DoubtSettled { message, .. } if message.key == key);
        if self.case.inbox.iter().any(answers) {
            return Err(already("ce doute est déjà tranché"));
        }
        Ok(vec![self.stamp.doubt(self.stamp.id.clone(), message, left)])
    }
}

fn already(what: &str) -> Refusal {
    Refusal::new("deja_note", what, "la prochaine exécution en tient compte ; il n’y a rien à refaire")
}
