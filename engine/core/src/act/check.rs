//! Each act against the file: what it would change is there to be changed, or it is refused.

use super::call::not_past;
use super::{Act, Case, Refusal, Stamp};
use crate::day::french_date;
use crate::dossier::InvoiceFile;
use crate::incoming::{Incoming, Waived, What};
use crate::machine::Channel;
use crate::said::{LONGEST_TEXT, text, words};
use crate::schema::fold;
use crate::step::suspension;
use chrono::NaiveDate;

/// An act that is being checked.
pub(super) struct Work<'a> {
    pub case: &'a Case<'a>,
    /// The invoices that it is about; none: the client.
    pub on: &'a [String],
    pub stamp: &'a Stamp,
}

impl Work<'_> {
    /// What comes in of it.
    pub fn of(&self, act: &Act) -> Result<Vec<Incoming>, Refusal> {
        match act {
            Act::Call { key, outcome, by, amount, code } => self.call(key.as_deref(), *outcome, (*by, *amount, *code)),
            Act::Approve { key } => self.approval(key.as_deref(), true),
            Act::Refuse { key } => self.approval(key.as_deref(), false),
            Act::Pause { until } => {
                not_past(*until, self.case.today(), "le dernier jour de la pause")?;
                self.stop(Some(*until))
            }
            Act::Stop {} => self.stop(None),
            Act::Resume { catch_up } => self.resume(*catch_up),
            Act::Jump { state } => self.jump(state),
            Act::Promise { by, amount } => self.promise(*by, *amount),
            Act::Dispute { code, amount } => self.dispute(*code, *amount),
            Act::CloseDispute {} => self.each(|number, file| match file.disputes.as_slice() {
                [] => Err(Refusal::new(
                    "pas_de_litige",
                    format!("aucun litige n’est ouvert sur la facture {number}"),
                    "il n’y a rien à clore",
                )),
                _ => Ok(What::DisputeClosed),
            }),
            Act::Announce { amount } => self.announce(*amount),
            Act::Plan { instalments } => self.plan(instalments),
            Act::MoveDue { to } => self.move_due(*to),
            Act::Reply {} => self.each_or_all(What::Reply, |number, file| open(number, file).map(|_| What::Reply)),
            Act::Comment { text } => {
                let what = What::Comment { text: long(text, "le commentaire")? };
                self.without_reason().each_or_all(what.clone(), |_, _| Ok(what.clone()))
            }
            Act::Segment { segment } => self.segment(segment.as_deref()),
            Act::Waive { what, taken_back } => self.waive(*what, *taken_back),
            Act::HandOver { target } => self.hand_over(target),
            Act::Task { text, to } => {
                let what = What::Task { text: long(text, "la tâche")?, to: words(to.as_deref()) };
                self.each_or_all(what.clone(), |_, _| Ok(what.clone()))
            }
            Act::TaskDone { key, impossible } => self.task_done(key.as_deref(), *impossible),
            Act::LetterPosted { key, tracking, impossible } => {
                self.letter(key.as_deref(), tracking.as_deref(), *impossible)
            }
            Act::DoubtSettled { key, left } => self.doubt(key, *left),
            Act::ConfirmAddress { channel } => self.confirm(*channel),
            Act::Insolvency { judgment } => self.insolvency(*judgment),
            Act::InsolvencyClosed {} => match self.case.dossier.insolvent {
                Some(_) => Ok(vec![self.client(What::InsolvencyClosed)]),
                None => Err(Refusal::new(
                    "pas_de_procedure",
                    "aucune procédure collective n’est notée pour ce client",
                    "il n’y a rien à clore",
                )),
            },
        }
    }

    /// What an act says in its own words is its reason.
    fn without_reason(&self) -> Owned<'_> {
        Owned { case: self.case, on: self.on, stamp: self.stamp.without_reason() }
    }

    pub fn client(&self, what: What) -> Incoming {
        self.stamp.incoming(self.stamp.id.clone(), None, what)
    }

    /// Under the act's own id when it is about one invoice, else one more for each.
    pub fn invoice(&self, number: &str, what: What) -> Incoming {
        let id = if self.on.len() > 1 { format!("{}:{number}", self.stamp.id) } else { self.stamp.id.clone() };
        self.stamp.incoming(id, Some(number), what)
    }

    pub fn file(&self, number: &str) -> Result<&InvoiceFile, Refusal> {
        self.case.dossier.invoices.get(number).ok_or_else(|| {
            let what = format!("la facture {number} n’est pas connue de ce client");
            Refusal::new("facture_inconnue", what, "choisissez une facture du client")
        })
    }

    /// One thing for each invoice; refused when one of them refuses.
    pub fn each(&self, of: impl Fn(&str, &InvoiceFile) -> Result<What, Refusal>) -> Result<Vec<Incoming>, Refusal> {
        self.on.iter().map(|number| Ok(self.invoice(number, of(number, self.file(number)?)?))).collect()
    }

    /// One thing for each invoice, or one for the client.
    fn each_or_all(
        &self,
        all: What,
        of: impl Fn(&str, &InvoiceFile) -> Result<What, Refusal>,
    ) -> Result<Vec<Incoming>, Refusal> {
        if self.on.is_empty() { Ok(vec![self.client(all)]) } else { self.each(of) }
    }

    fn stop(&self, until: Option<NaiveDate>) -> Result<Vec<Incoming>, Refusal> {
        let dossier = self.case.dossier;
        let what = What::Stop { until };
        let stopped = |stopped: bool, known: Option<NaiveDate>, who: String| {
            if stopped && known == until {
                let told =
                    known.map_or("arrêtées".to_owned(), |day| format!("en pause jusqu’au {}", french_date(day)));
                let help = "il n’y a rien à changer ; pour ajouter un mot, écrivez un commentaire";
                return Err(Refusal::new("deja_arrete", format!("les relances {who} sont déjà {told}"), help));
            }
            Ok(what.clone())
        };
        if self.on.is_empty() {
            let what = stopped(dossier.stopped.is_some(), dossier.stopped_until, "de ce client".to_owned())?;
            return Ok(vec![self.client(what)]);
        }
        self.each(|number, file| {
            open(number, file)?;
            stopped(file.stopped.is_some(), file.stopped_until, format!("de la facture {number}"))
        })
    }

    fn resume(&self, catch_up: bool) -> Result<Vec<Incoming>, Refusal> {
        let (dossier, today) = (self.case.dossier, self.case.today());
        let what = What::Resume { catch_up };
        if self.on.is_empty() {
            if dossier.stopped.is_none() {
                let what = "les relances de ce client ne sont pas arrêtées";
                let help = "une facture arrêtée seule se reprend sur elle-même";
                return Err(Refusal::new("rien_a_reprendre", what, help));
            }
            return Ok(vec![self.client(what)]);
        }
        self.each(|number, file| {
            let held = file.stopped.is_some() || file.rule_hold.as_ref().is_some_and(|hold| hold.holds(today));
            if held {
                return Ok(what.clone());
            }
            let help = match suspension(dossier, number, file, today) {
                _ if dossier.stopped.is_some() => {
                    "tout le client est arrêté : reprenez les relances du client".to_owned()
                }
                Some(reason) => format!("elle est suspendue ({reason}), ce qu’une reprise ne lève pas"),
                None => "il n’y a rien à reprendre".to_owned(),
            };
            let what = format!("personne n’a arrêté les relances de la facture {number}");
            Err(Refusal::new("rien_a_reprendre", what, help))
        })
    }

    fn jump(&self, state: &str) -> Result<Vec<Incoming>, Refusal> {
        let program = self.case.program;
        self.each(|number, file| {
            open(number, file)?;
            let Some(own) = file.scenario.as_ref().filter(|_| file.taken_over) else {
                let what = format!("aucun scénario ne suit la facture {number}");
                let help = "elle peut changer d’étape quand une exécution l’a prise en charge";
                return Err(Refusal::new("sans_scenario", what, help));
            };
            let own = program.scenario(&own.name);
            let scenarios = own.map_or(program.scenarios.as_slice(), std::slice::from_ref);
            let states = || scenarios.iter().flat_map(|scenario| &scenario.states);
            if states().any(|known| fold(&known.name) == fold(state)) {
                return Ok(What::Jump { state: state.to_owned() });
            }
            let known: Vec<&str> = states().map(|state| state.name.as_str()).collect();
            let what = format!("le scénario de la facture {number} n’a pas d’étape `{state}`");
            Err(Refusal::new("etape_inconnue", what, format!("ses étapes : {}", known.join(", "))))
        })
    }

    fn move_due(&self, to: NaiveDate) -> Result<Vec<Incoming>, Refusal> {
        self.each(|number, file| {
            open(number, file)?;
            if file.invoice.due == to {
                let what = format!("l’échéance de la facture {number} est déjà le {}", french_date(to));
                return Err(Refusal::new("deja_ainsi", what, "il n’y a rien à changer"));
            }
            if to < file.invoice.issued {
                let what = format!(
                    "l’échéance du {} précède l’émission de la facture {number}, le {}",
                    french_date(to),
                    french_date(file.invoice.issued)
                );
                return Err(Refusal::new("date", what, "corrigez la date"));
            }
            Ok(What::DueDateMoved { to })
        })
    }

    fn segment(&self, wanted: Option<&str>) -> Result<Vec<Incoming>, Refusal> {
        let chosen = self.case.dossier.chosen_segment.as_ref();
        let Some(wanted) = wanted else {
            if chosen.is_none() {
                let what = "personne n’a choisi le segment de ce client";
                return Err(Refusal::new("deja_ainsi", what, "les données et les règles le donnent déjà"));
            }
            return Ok(vec![self.client(What::Segment { segment: None })]);
        };
        let known = self.case.segments.iter().map(String::as_str).chain(["aucun"]);
        let Some(segment) = known.clone().find(|name| fold(name) == fold(wanted)) else {
            let what = format!("le segment `{wanted}` n’existe pas");
            let known: Vec<&str> = known.collect();
            return Err(Refusal::new("segment_inconnu", what, format!("ceux du projet : {}", known.join(", "))));
        };
        if chosen.is_some_and(|chosen| chosen.segment == segment) {
            let what = format!("le segment `{segment}` est déjà choisi pour ce client");
            return Err(Refusal::new("deja_ainsi", what, "il n’y a rien à changer"));
        }
        Ok(vec![self.client(What::Segment { segment: Some(segment.to_owned()) })])
    }

    fn waive(&self, what: Waived, taken_back: bool) -> Result<Vec<Incoming>, Refusal> {
        self.each(|number, file| {
            let (penalties, fee) = (file.waived.penalties.is_some(), file.waived.fee.is_some());
            // Something of it has to change.
            let changes = (what.penalties() && penalties == taken_back) || (what.fee() && fee == taken_back);
            if changes {
                return Ok(What::Waiver { what, taken_back });
            }
            let amounts = what.told();
            let told = if taken_back {
                format!("aucune renonciation n’est notée pour la facture {number} ({amounts})")
            } else {
                format!("cette renonciation est déjà notée pour la facture {number} ({amounts})")
            };
            Err(Refusal::new("deja_ainsi", told, "il n’y a rien à changer"))
        })
    }

    fn hand_over(&self, target: &str) -> Result<Vec<Incoming>, Refusal> {
        let Some(target) = words(Some(target)) else {
            return Err(Refusal::new("vide", "il manque à qui transmettre", "nommez le service ou le tiers"));
        };
        self.each(|number, file| {
            open(number, file)?;
            if file.handed_over.contains(&target) {
                let what = format!("la facture {number} est déjà transmise à « {target} »");
                return Err(Refusal::new("deja_ainsi", what, "il n’y a rien à changer"));
            }
            Ok(What::HandOver { target: target.clone() })
        })
    }

    fn confirm(&self, channel: Option<Channel>) -> Result<Vec<Incoming>, Refusal> {
        let bad = &self.case.dossier.bad_addresses;
        if bad.iter().any(|bad| channel.is_none_or(|channel| channel == bad.channel)) {
            return Ok(vec![self.client(What::AddressConfirmed { channel })]);
        }
        let what = "aucune adresse de ce client n’est tenue pour invalide";
        Err(Refusal::new("adresse", what, "il n’y a rien à confirmer"))
    }

    fn insolvency(&self, judgment: NaiveDate) -> Result<Vec<Incoming>, Refusal> {
        let today = self.case.today();
        if judgment > today {
            let what = format!("le jugement du {} n’est pas encore rendu", french_date(judgment));
            return Err(Refusal::new("date", what, "corrigez la date du jugement"));
        }
        if self.case.dossier.insolvent == Some(judgment) {
            let what = format!("cette procédure collective est déjà notée, jugement du {}", french_date(judgment));
            return Err(Refusal::new("deja_ainsi", what, "il n’y a rien à changer"));
        }
        Ok(vec![self.client(What::Insolvency { judgment })])
    }
}

/// An act whose reason stands in its own words.
struct Owned<'a> {
    case: &'a Case<'a>,
    on: &'a [String],
    stamp: Stamp,
}

impl Owned<'_> {
    fn each_or_all(
        &self,
        all: What,
        of: impl Fn(&str, &InvoiceFile) -> Result<What, Refusal>,
    ) -> Result<Vec<Incoming>, Refusal> {
        Work { case: self.case, on: self.on, stamp: &self.stamp }.each_or_all(all, of)
    }
}

/// An invoice on which something is left to pay.
pub(super) fn open(number: &str, file: &InvoiceFile) -> Result<(), Refusal> {
    if file.is_open() {
        return Ok(());
    }
    let what = match file.settled_on {
        Some(on) => format!("la facture {number} est soldée depuis le {}", french_date(on)),
        None => format!("rien ne reste dû sur la facture {number}"),
    };
    Err(Refusal::new("soldee", what, "il n’y a plus rien à réclamer ; un commentaire reste possible"))
}

/// A text of some length; refused when it is empty or too long.
fn long(written: &str, what: &str) -> Result<String, Refusal> {
    if written.chars().count() > LONGEST_TEXT {
        let what = format!("{what} a plus de {LONGEST_TEXT} caractères");
        return Err(Refusal::new("trop_long", what, "abrégez le texte, ou écrivez-le en plusieurs fois"));
    }
    text(written).ok_or_else(|| Refusal::new("vide", format!("{what} est vide"), "écrivez un texte"))
}
