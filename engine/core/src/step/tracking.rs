//! What becomes of letters that were posted. None of it is a failure: whoever refuses a letter was given notice.

use super::Worker;
use crate::dossier::{SentMessage, parse_key};
use crate::event::{Event, Tracking};
use crate::incoming::{DoneResult, Told};
use crate::machine::Channel;
use crate::tracked::{LetterStatus, Tracked};
use chrono::NaiveDate;

impl Worker<'_> {
    /// Somebody says how far a letter got, or proves it: noted once, for every invoice in it.
    pub(super) fn tracked(&mut self, number: &str, told: &Tracked, on: NaiveDate) {
        let letter = |worker: &Self| {
            let file = worker.file(number)?;
            file.posted_letter(told.key.as_deref(), told.number.as_deref(), on).map(|sent| sent.whole().to_owned())
        };
        let Some(whole) = letter(self) else {
            let which = match (&told.key, &told.number) {
                (Some(key), _) => format!("aucune lettre de clé « {key} »"),
                (None, Some(wanted)) => format!("aucune lettre recommandée de numéro {wanted}"),
                (None, None) => "aucune lettre recommandée".to_owned(),
            };
            let text = format!("suivi d’une lettre sur la facture {number} : {which} n’est connue ; sans effet");
            self.emit(Some(number), Event::Anomaly { text });
            return;
        };
        // When it really was posted is not known then.
        let unnoted = told.status.is_some_and(|status| self.had_been_posted(&whole, status));
        let is_new = |sent: &SentMessage| {
            told.status.is_some_and(|status| !sent.has_got(status))
                || told.number.is_some() && told.number != sent.number
                || told.proof.as_ref().is_some_and(|proof| !sent.proofs.contains(&proof.sha256))
        };
        for (number, sent) in self.parts(number, &whole, is_new) {
            self.tracked_one(&number, sent, told, (on, unnoted));
        }
    }

    fn tracked_one(&mut self, number: &str, sent: SentMessage, told: &Tracked, (on, unnoted): (NaiveDate, bool)) {
        let status = told.status.filter(|status| !sent.has_got(*status));
        let late = status.is_some_and(|status| sent.is_past(status, on));
        let notice = self.file(number).and_then(|file| file.notice.as_ref()).is_some_and(|n| n.key == sent.key);
        let event = Tracking {
            channel: sent.channel,
            status,
            on,
            posted: Some(sent.on).filter(|posted| !unnoted && *posted <= on),
            number: told.number.clone().or(sent.number),
            notice,
            late,
            proof: told.proof.clone().filter(|proof| !sent.proofs.contains(&proof.sha256)),
            key: sent.key,
        };
        self.emit(Some(number), Event::Tracked(event));
        // Nobody prepares a claim for what is paid since.
        let open = self.file(number).is_some_and(|file| file.is_open());
        if let Some(status) = status.filter(|_| open && !late && sent.channel == Channel::RegisteredLetter) {
            self.trigger_named(number, status.event());
        }
    }

    /// A letter got somewhere: says whether nobody had noted it as posted, which it had been.
    fn had_been_posted(&mut self, whole: &str, status: LetterStatus) -> bool {
        let Some(leader) = parse_key(whole).map(|(leader, ..)| leader.to_owned()) else { return false };
        let unnoted = self.listed(&leader, Some(whole), None).is_some();
        if unnoted {
            let note = format!("la lettre est {}, dit le suivi : elle était partie", status.told());
            let told = Told { note: Some(note), ..Told::default() };
            self.done(&leader, Some(whole), None, DoneResult::Done, Some(&told));
        }
        unnoted
    }
}
