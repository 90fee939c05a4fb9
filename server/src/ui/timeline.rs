//! Lines of the journal as a page shows them.

use relance_core::journal::{Kind, Line};
use relance_desk::trial::Fate;
use relance_desk::words::phrase::{day, sentence};
use relance_desk::words::{colourless, long_date};
use relance_engine::store::{DocumentKind, Kept};
use std::collections::BTreeSet;

/// A day of the time line.
pub struct Day {
    /// « lundi 23 mars 2026 ».
    pub title: String,
    /// What happened, in its order.
    pub lines: Vec<Shown>,
}

/// A line.
pub struct Shown {
    /// `09:00`; empty at midnight, when only the day matters.
    pub hour: String,
    /// The rung.
    pub rung: Option<String>,
    /// What happened, in French.
    pub text: String,
    /// How it looks: `sent`, `money`, `person`, `trouble`, `quiet`.
    pub mark: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// File and line of the rule.
    pub place: Option<(String, u32)>,
    /// What is kept of it: what it is, and its address below the client's.
    pub papers: Vec<(String, String)>,
    /// The invoice; none is about the client.
    pub invoice: Option<String>,
    /// It comes only under what somebody is writing.
    pub gained: bool,
    /// It comes only under what is in force.
    pub lost: bool,
}

/// Lines by day, in their order. The rules of one rung reach it together: it is told once.
pub fn days(lines: &[Line], kept: &[Kept]) -> Vec<Day> {
    by_day(lines.iter().map(|line| (Fate::Stays, line)), kept)
}

/// The same of a client, without what only tells how rules went.
pub fn of_client(lines: &[Line], kept: &[Kept]) -> Vec<Day> {
    let told = |line: &&Line| mark(line.kind) != "quiet" || is_news(line.kind);
    by_day(lines.iter().filter(told).map(|line| (Fate::Stays, line)), kept)
}

/// What is worth telling of a client although nobody did it.
fn is_news(kind: Kind) -> bool {
    matches!(kind, Kind::StateEntered | Kind::Suspended | Kind::Task | Kind::InstalmentMissed)
}

/// The same of a trial.
pub fn tried(lines: &[(Fate, Line)]) -> Vec<Day> {
    by_day(lines.iter().map(|(fate, line)| (*fate, line)), &[])
}

fn by_day<'l>(lines: impl Iterator<Item = (Fate, &'l Line)>, kept: &[Kept]) -> Vec<Day> {
    let mut days: Vec<(Option<chrono::NaiveDate>, Day)> = Vec::new();
    let mut reached: BTreeSet<(&str, Option<&str>, Option<&str>)> = BTreeSet::new();
    for (fate, line) in lines {
        let rung = (line.le.as_str(), line.facture.as_deref(), line.palier.as_deref());
        if line.kind == Kind::Rung && !reached.insert(rung) {
            continue;
        }
        let today = day(line);
        if days.last().is_none_or(|(last, _)| *last != today) {
            let title = today.map(long_date).unwrap_or_default();
            days.push((today, Day { title, lines: Vec::new() }));
        }
        if let Some((_, last)) = days.last_mut() {
            last.lines.push(Shown { gained: fate == Fate::Gained, lost: fate == Fate::Lost, ..shown(line, kept) });
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

fn shown(line: &Line, kept: &[Kept]) -> Shown {
    let hour = line.le.get(11..16).filter(|hour| *hour != "00:00").unwrap_or_default();
    Shown {
        hour: hour.to_owned(),
        rung: line.palier.clone(),
        text: colourless(&sentence(line)),
        mark: mark(line.kind),
        icon: icon(line),
        place: line.regle.as_ref().map(|place| (place.fichier.clone(), place.ligne)),
        papers: papers(line, kept),
        invoice: line.facture.clone(),
        gained: false,
        lost: false,
    }
}

/// What is kept of the message that a line tells of.
fn papers(line: &Line, kept: &[Kept]) -> Vec<(String, String)> {
    if !matches!(line.kind, Kind::Sent | Kind::InDoubt | Kind::Tracked | Kind::Completed) {
        return Vec::new();
    }
    let Some(key) = line.message.as_deref().or(line.cle.as_deref()) else { return Vec::new() };
    let proof =
        |one: &&Kept| (one.kind == DocumentKind::Proof) == (line.kind == Kind::Tracked || line.kind == Kind::Completed);
    kept.iter().filter(|one| one.key == key).filter(proof).map(|one| (words(one), address(one))).collect()
}

/// What a kept document is.
pub fn words(kept: &Kept) -> String {
    match kept.kind {
        DocumentKind::Message => "le message tel qu’il est parti".to_owned(),
        DocumentKind::Letter => "la lettre".to_owned(),
        DocumentKind::Proof => format!("preuve : {}", kept.name),
        DocumentKind::Invoice => "la facture".to_owned(),
        DocumentKind::Piece => format!("pièce envoyée par le client : {}", kept.name),
    }
}

/// Where a kept document is shown or handed out, below the client's page.
pub fn address(kept: &Kept) -> String {
    if kept.kind == DocumentKind::Message && kept.media_type == "message/rfc822" {
        return format!("messages/{}/{}", super::encoded(&kept.key), super::encoded(&kept.name));
    }
    let parts = [kept.kind.word(), &kept.key, &kept.name];
    format!("documents/{}", parts.map(super::encoded).join("/"))
}

fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Sent | Kind::Delivered | Kind::Tracked => "sent",
        Kind::Paid | Kind::Credited | Kind::ClientCredit | Kind::Settled | Kind::PromiseKept => "money",
        Kind::Failed | Kind::InDoubt | Kind::Broken | Kind::Anomaly | Kind::PromiseBroken | Kind::Reversed => "trouble",
        Kind::DisputeOpened
        | Kind::DisputeClosed
        | Kind::Promised
        | Kind::Announced
        | Kind::Replied
        | Kind::Stopped
        | Kind::Resumed
        | Kind::Completed
        | Kind::Approved
        | Kind::Refused
        | Kind::PlanAgreed
        | Kind::Commented
        | Kind::SegmentChosen
        | Kind::SegmentFreed
        | Kind::Waived
        | Kind::WaiverTakenBack
        | Kind::DueMoved => "person",
        _ => "quiet",
    }
}

fn icon(line: &Line) -> &'static str {
    match (line.kind, line.canal) {
        (_, Some("email")) => "email",
        (_, Some("sms")) => "sms",
        (_, Some("appel")) => "telephone",
        (_, Some("courrier")) => "courrier",
        (_, Some(_)) => "recommande",
        (Kind::Paid | Kind::Credited | Kind::ClientCredit | Kind::Reversed, _) => "euro",
        (Kind::Settled | Kind::PromiseKept | Kind::Approved, _) => "valider",
        (Kind::Promised | Kind::PromiseBroken | Kind::Announced, _) => "promesse",
        (Kind::DisputeOpened | Kind::DisputeClosed, _) => "litige",
        (Kind::Stopped, _) => "arreter",
        (Kind::Suspended | Kind::RuleSuspended | Kind::Withheld | Kind::Postponed, _) => "pause",
        (Kind::Resumed | Kind::Unsuspended | Kind::RuleResumed, _) => "reprendre",
        (Kind::StateEntered, _) => "etape",
        (Kind::Replied, _) => "reponse",
        (Kind::Commented, _) => "commentaire",
        (Kind::PlanAgreed | Kind::NextInstalment | Kind::InstalmentMissed | Kind::DueMoved, _) => "echeancier",
        (Kind::Broken | Kind::Anomaly | Kind::Failed | Kind::InDoubt, _) => "alerte",
        (Kind::Task, _) => "aujourdhui",
        (Kind::SegmentRuled | Kind::SegmentOfData | Kind::SegmentChosen | Kind::SegmentFreed, _) => "segment",
        _ => "horloge",
    }
}
