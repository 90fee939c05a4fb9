//! What a line of the journal says, as a French sentence.

use super::{CYAN, DIM, GREEN, RED, YELLOW, short_date};
use anstyle::Style;
use chrono::NaiveDate;
use relance_core::journal::{Kind, Line};

/// What a line says, who did it, and why.
pub fn sentence(line: &Line) -> String {
    let by = line.par.as_deref().map(|by| format!("{}par {by}", lead(line.kind))).unwrap_or_default();
    // What a colleague writes comes after the name, as a reason does.
    let words = match line.kind {
        Kind::Commented => line.detail.as_deref(),
        _ => line.motif.as_deref(),
    };
    let why = words.map(|words| format!(" : {}", quoted(words))).unwrap_or_default();
    format!("{}{by}{why}", what(line))
}

/// Somebody's own words, on one line; what is quoted already is not quoted twice.
fn quoted(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.starts_with('«') && line.ends_with('»') { line } else { format!("« {line} »") }
}

/// What leads to the name of whoever did it.
fn lead(kind: Kind) -> &'static str {
    match kind {
        Kind::Approved | Kind::Refused | Kind::Resumed | Kind::Commented => " ",
        _ => ", ",
    }
}

/// What happened. Every kind has its sentence: a new one does not compile without.
fn what(line: &Line) -> String {
    let words = Words(line);
    let channel = line.canal.unwrap_or("");
    match line.kind {
        Kind::Customer => format!("client{}", words.detail()),
        Kind::Known => format!("facture{} connue{}", words.amount(), words.dated(", échéance le")),
        Kind::Changed => "données de la facture modifiées".to_owned(),
        Kind::TakenOver => "prise en charge".to_owned(),
        Kind::Assigned => {
            format!("suit le scénario {}{}", line.scenario.as_deref().unwrap_or_default(), words.detail())
        }
        Kind::Untaken => mark(YELLOW, "aucun scénario ne la prend"),
        Kind::SegmentRuled => {
            format!("passe dans le segment{}", line.detail.as_ref().map_or(String::new(), |s| format!(" {s}")))
        }
        Kind::SegmentOfData => "reprend le segment que donnent les données".to_owned(),

        Kind::StateEntered => {
            let into = match (&line.title, line.etape.as_deref()) {
                (_, Some(relance_core::machine::PLAN)) => "revient au plan".to_owned(),
                (Some(title), _) => format!("entre dans l’étape {title}"),
                (None, name) => format!("entre dans l’étape {}", name.unwrap_or_default()),
            };
            format!("{CYAN}{into}{CYAN:#}{}", words.why())
        }
        Kind::StateCarried => {
            let (from, to) = (line.why.as_deref().unwrap_or_default(), line.etape.as_deref().unwrap_or_default());
            format!("{CYAN}son étape {from} est reprise par {to}{CYAN:#}")
        }
        Kind::ClockStarted => mark(DIM, "les délais de l’étape commencent à courir"),
        Kind::EntryFailed => mark(YELLOW, "l’entrée dans l’étape n’a pas abouti : ses délais ne courent pas"),
        Kind::Rung => "palier atteint".to_owned(),
        Kind::RungSkipped => mark(DIM, "palier sauté"),
        Kind::FreeRule => "condition remplie : la règle se déclenche".to_owned(),
        Kind::Entry => "actions d’entrée de l’étape".to_owned(),
        Kind::Reaction => match &line.title {
            Some(event) => format!("le scénario réagit : {event}"),
            None => "le scénario réagit".to_owned(),
        },
        Kind::StageReached if line.jusqu_a.as_deref() == line.le.get(..10) => mark(DIM, "la suite commence"),
        Kind::StageReached => match words.until() {
            Some(day) => format!("{DIM}la suite est prévue le {day}{DIM:#}"),
            None => mark(DIM, "la suite attend que son délai soit connu"),
        },

        Kind::Sent => format!("{}{}", words.sent(channel), words.within()),
        Kind::Completed => words.completed(channel),
        Kind::Failed => format!("{RED}échec{RED:#}{}{}{}", of(channel), words.template(), words.detail()),
        Kind::Delivered => format!("{GREEN}remise{GREEN:#}{} confirmée", of(channel)),
        Kind::Tracked => format!("{CYAN}suivi{CYAN:#}{}", words.detail()),
        Kind::InDoubt => {
            format!("{RED}en doute{RED:#} : on ne sait pas si {} est parti{}", the(channel), words.bracketed())
        }
        Kind::DoubtSettled => {
            format!("doute levé : {} {}", the(channel), line.title.as_deref().unwrap_or_default())
        }
        Kind::Delayed | Kind::Postponed => match words.until() {
            Some(day) => format!("{YELLOW}reporté{YELLOW:#} au {day}{}", words.detail()),
            None => format!("{YELLOW}reporté{YELLOW:#}{}", words.detail()),
        },
        Kind::Task => format!("{CYAN}tâche{CYAN:#}{}{}", words.whom("pour"), words.detail()),
        Kind::Alert => format!("{CYAN}alerte{CYAN:#}{}{}", words.whom("à"), words.detail()),
        Kind::Note => format!("note{}", words.detail()),
        Kind::Cancelled => format!("{YELLOW}annulé{YELLOW:#}{}", words.what()),
        Kind::LeftOut => format!("{YELLOW}abandonné{YELLOW:#}{}", words.what()),
        Kind::Parked => format!("{YELLOW}mis de côté{YELLOW:#}{}", words.what()),
        Kind::Restored => "ce qui était prévu reprend".to_owned(),
        Kind::HandedOver => format!("{CYAN}dossier transmis{CYAN:#}{}", words.whom("à")),

        Kind::ApprovalAsked => {
            let limit = words.until().map(|day| format!(", à donner au plus tard le {day}")).unwrap_or_default();
            format!("{CYAN}validation demandée{CYAN:#}{}{limit}{}", words.whom("à"), words.detail())
        }
        Kind::Approved => mark(GREEN, "validation accordée"),
        Kind::Refused => mark(YELLOW, "validation refusée"),
        Kind::ApprovalExpired => mark(YELLOW, "validation restée sans réponse : l’action est abandonnée"),

        Kind::Suspended => format!("{YELLOW}suspendue{YELLOW:#}{}", words.detail()),
        Kind::Unsuspended => "fin de la suspension".to_owned(),
        Kind::Withheld => format!("{YELLOW}retenue{YELLOW:#}{}", words.detail()),
        Kind::RuleSuspended => match words.until() {
            Some(day) => format!("{YELLOW}suspendue{YELLOW:#} par le scénario jusqu’au {day}"),
            None => format!("{YELLOW}suspendue{YELLOW:#} par le scénario jusqu’à nouvel ordre"),
        },
        Kind::RuleResumed => "reprise par le scénario".to_owned(),
        Kind::Stopped => match words.until() {
            Some(day) => format!("{YELLOW}relances en pause{YELLOW:#} jusqu’au {day}"),
            None => format!("{YELLOW}relances arrêtées{YELLOW:#}"),
        },
        Kind::Resumed => "relances reprises".to_owned(),
        Kind::PauseEnded => "fin de la pause : les relances reprennent".to_owned(),
        Kind::Commented => format!("{CYAN}commentaire{CYAN:#}"),
        Kind::SegmentChosen => format!("segment choisi{}", words.detail()),
        Kind::SegmentFreed => "segment rendu aux données et aux règles".to_owned(),
        Kind::Waived => format!("{CYAN}renonciation{CYAN:#}{}", words.detail()),
        Kind::WaiverTakenBack => format!("{CYAN}renonciation retirée{CYAN:#}{}", words.detail()),

        Kind::Paid => format!("paiement{}{}", words.amount(), words.dated(" du")),
        Kind::Reversed => format!("{RED}paiement rejeté{RED:#}{}{}", words.amount(), words.dated(" du")),
        Kind::Credited => match line.montant.as_deref().and_then(|amount| amount.strip_prefix('-')) {
            Some(_) => {
                format!("montant corrigé à la hausse{}{}", words.amount().replacen('-', "", 1), words.dated(", le"))
            }
            None => format!("avoir{}{}", words.amount(), words.dated(" du")),
        },
        Kind::ClientCredit => match line.montant.as_deref().and_then(|amount| amount.strip_prefix('-')) {
            Some(_) => format!("crédit non affecté repris{}", words.amount().replacen('-', "", 1)),
            None => format!("crédit non affecté{}", words.amount()),
        },
        Kind::Settled => format!("{GREEN}soldée{GREEN:#}{}", words.dated(" le")),
        Kind::Reopened => format!("{YELLOW}rouverte{YELLOW:#}{}", words.pause()),
        Kind::DisputeOpened => {
            let part = if line.montant.is_some() { words.amount() } else { " sur toute la facture".to_owned() };
            format!("{YELLOW}litige ouvert{YELLOW:#}{part}{}", words.detail())
        }
        Kind::DisputeClosed => "litige clos".to_owned(),
        Kind::Promised => format!("promesse de paiement{}{}", words.amount(), words.dated(" pour le")),
        Kind::PromiseKept => mark(GREEN, "promesse tenue"),
        Kind::PromiseBroken => mark(RED, "promesse rompue"),
        Kind::Announced => format!("paiement annoncé{}{}", words.amount(), words.pause()),
        Kind::Replied => format!("réponse reçue{}", words.pause()),
        Kind::DueMoved => line.detail.clone().unwrap_or_default(),
        Kind::PastReminder => {
            let by = if channel.is_empty() { String::new() } else { format!(" ({})", noun(channel)) };
            let what = line.detail.as_deref().unwrap_or("relance");
            format!("{what} déjà faite{}{by}", words.dated(" le"))
        }
        Kind::PlanAgreed => format!("échéancier accordé{}", words.detail()),
        Kind::NextInstalment => format!("prochaine échéance de l’échéancier{}", words.dated(" le")),
        Kind::InstalmentMissed => format!("{RED}échéance manquée{RED:#}{}", words.dated(" : celle du")),
        Kind::Insolvent => format!("{RED}procédure collective{RED:#}{}", words.dated(", jugement du")),
        Kind::InsolvencyClosed => "procédure collective close".to_owned(),
        Kind::AddressBad => {
            format!("{RED}adresse invalide{RED:#} : aucun {} n’y part plus{}", noun(channel), words.detail())
        }
        Kind::AddressConfirmed => format!("adresse confirmée : {} peut de nouveau partir", the(channel)),
        Kind::External => format!("événement « {} »", line.detail.as_deref().unwrap_or_default()),

        Kind::Orphan => mark(YELLOW, line.detail.as_deref().unwrap_or("attend la facture")),
        Kind::Broken => format!("{RED}anomalie{RED:#}, la facture est arrêtée{}", words.detail()),
        Kind::Mended => format!("{GREEN}anomalie levée{GREEN:#} : la facture reprend"),
        Kind::Anomaly => format!("{RED}anomalie{RED:#}{}", words.detail()),
    }
}

/// The day of a line.
pub fn day(line: &Line) -> Option<NaiveDate> {
    line.le.get(..10)?.parse().ok()
}

/// What the line of an invoice says of its issue.
pub fn issued(line: &Line) -> String {
    let words = Words(line);
    format!("facture{} émise{}", words.amount(), words.dated(", échéance le"))
}

fn mark(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A channel as people write it.
fn noun(channel: &str) -> &str {
    match channel {
        "sms" => "SMS",
        "lettre_recommandée" => "lettre recommandée",
        other => other,
    }
}

fn the(channel: &str) -> String {
    match channel {
        "email" | "appel" => format!("l’{channel}"),
        "lettre_recommandée" => "la lettre recommandée".to_owned(),
        other => format!("le {}", noun(other)),
    }
}

fn of(channel: &str) -> String {
    match channel {
        "" => String::new(),
        "email" | "appel" | "lettre_recommandée" => format!(" de {}", the(channel)),
        other => format!(" du {}", noun(other)),
    }
}

/// The parts of a line, each with the words that lead to it; empty when the line does not have it.
struct Words<'a>(&'a Line);

impl Words<'_> {
    fn amount(&self) -> String {
        self.0.amount().map(|a| format!(" de {a}")).unwrap_or_default()
    }

    fn detail(&self) -> String {
        self.0.detail.as_deref().map(|d| format!(" : {d}")).unwrap_or_default()
    }

    fn bracketed(&self) -> String {
        self.0.detail.as_deref().map(|d| format!(" ({d})")).unwrap_or_default()
    }

    fn why(&self) -> String {
        self.0.why.as_deref().map(|why| format!(" : {why}")).unwrap_or_default()
    }

    /// What is given up, and why.
    fn what(&self) -> String {
        match (&self.0.title, &self.0.why) {
            (Some(what), Some(why)) => format!(" : {what} ({why})"),
            _ => self.detail(),
        }
    }

    fn template(&self) -> String {
        self.0.modele.as_deref().map(|m| format!(" {m}")).unwrap_or_default()
    }

    fn whom(&self, word: &str) -> String {
        self.0.pour.as_deref().map(|p| format!(" {word} {p}")).unwrap_or_default()
    }

    fn dated(&self, lead: &str) -> String {
        let day = self.0.date.as_deref().and_then(|d| d.parse::<NaiveDate>().ok());
        day.map(|day| format!("{lead} {}", relance_core::day::french_date(day))).unwrap_or_default()
    }

    /// « lundi 23/03 à 9h », « lundi 23/03 ».
    fn until(&self) -> Option<String> {
        let text = self.0.jusqu_a.as_deref()?;
        let day = short_date(text.get(..10)?.parse().ok()?, day(self.0));
        let hour = text.get(11..13).zip(text.get(14..16)).filter(|time| *time != ("00", "00"));
        Some(match hour {
            Some((hour, "00")) => format!("{day} à {}h", hour.strip_prefix('0').unwrap_or(hour)),
            Some((hour, minute)) => format!("{day} à {}h{minute}", hour.strip_prefix('0').unwrap_or(hour)),
            None => day,
        })
    }

    fn pause(&self) -> String {
        self.until().map(|day| format!(" : les relances attendent jusqu’au {day}")).unwrap_or_default()
    }

    /// The message that a grouped invoice stands in: its own line carries none.
    fn within(&self) -> String {
        let leader = self.0.message.as_deref().and_then(|key| key.rsplit_once('#'));
        let what = match self.0.canal {
            Some("appel") => "l’appel",
            Some("courrier" | "lettre_recommandée") => "la lettre",
            _ => "le message",
        };
        leader.map(|(invoice, _)| format!(", dans {what} de {invoice}")).unwrap_or_default()
    }

    /// A message has left; a call or a letter is on somebody's list.
    fn sent(&self, channel: &str) -> String {
        let template = self.template();
        match channel {
            "appel" => format!("{GREEN}appel{template}{GREEN:#} à passer"),
            "lettre_recommandée" => {
                let what = self.0.deposit.words().unwrap_or("à poster");
                format!("{GREEN}{}{template}{GREEN:#} {what}", noun(channel))
            }
            "courrier" => format!("{GREEN}{}{template}{GREEN:#} à poster", noun(channel)),
            _ => format!("{GREEN}{}{template}{GREEN:#}", noun(channel)),
        }
    }

    /// What a person did of a list.
    fn completed(&self, channel: &str) -> String {
        let what = if channel.is_empty() { "tâche" } else { noun(channel) };
        let done = match self.0.title.as_deref() {
            Some("fait") if what == "tâche" => "tâche faite".to_owned(),
            Some("fait") if channel == "lettre_recommandée" => "lettre recommandée postée".to_owned(),
            Some("fait") if channel == "courrier" => "courrier posté".to_owned(),
            Some(result) => format!("{what} {result}"),
            None => what.to_owned(),
        };
        format!("{done}{}", self.why())
    }
}

#[cfg(test)]
mod tests;
