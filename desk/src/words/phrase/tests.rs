//! A line of each kind, as people read it.
#![allow(clippy::unwrap_used)]

use super::*;
use chrono_tz::Europe::Paris;
use relance_core::day::start_of_day;
use relance_core::dossier::{
    AddressNews, Announced, BadAddress, Instalment, Noted, Origin, OwnTask, Promise, RuleKey, ScenarioRef,
};
use relance_core::event::{
    About, CarriedOver, Comment, DoubtAnswer, Entry, Event, HoldEnd, Resuming, SegmentChoice, Stopping, Tracking,
    Waiving,
};
use relance_core::incoming::{Customer, DoneResult, Incoming, Invoice, Told, Waived, What};
use relance_core::journal::Places;
use relance_core::machine::{Carry, Channel, Clock, Machine, Nature, RuleId, Trigger};
use relance_core::money::{Amount, Currency};
use relance_core::registered::Deposit;
use relance_core::said::Said;
use relance_core::tracked::{LetterStatus, Proof};
use relance_dsl::{Context, Source};
use std::collections::BTreeSet;

const PLAN: &str = "scénario impayés
  à J+15 : alerter \"direction\"
étape mise_en_demeure \"Mise en demeure\"
  après 8 jours ouvrés : note \"Huit jours ont passé\"
";

struct Only(Machine);

impl Places for Only {
    fn machine(&self, _: &About) -> Option<&Machine> {
        Some(&self.0)
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn fired(origin: Origin) -> Event {
    Event::Fired {
        run: 1,
        rule: RuleKey(1),
        origin,
        clock: Clock::default(),
        contact: true,
        lifted: false,
        tick: None,
        standing: None,
    }
}

fn sent(channel: Channel, template: Option<&str>) -> Event {
    Event::Sent {
        deposit: Deposit::None,
        key: "F1#1.0.0.0".to_owned(),
        channel,
        template: template.map(str::to_owned),
        nature: Nature::Reminder,
        unit: String::new(),
        reminder: true,
        remembered: false,
        within: None,
    }
}

/// A registered letter where a service takes them.
fn deposited(answer: Deposit) -> Event {
    match sent(Channel::RegisteredLetter, Some("mise_en_demeure")) {
        Event::Sent { key, channel, template, nature, unit, reminder, remembered, within, .. } => {
            Event::Sent { deposit: answer, key, channel, template, nature, unit, reminder, remembered, within }
        }
        other => other,
    }
}

fn tracked(status: Option<LetterStatus>, proven: bool) -> Event {
    Event::Tracked(Tracking {
        key: "F1#1.0.0.0".to_owned(),
        channel: Channel::RegisteredLetter,
        status,
        on: day("2026-03-16"),
        posted: Some(day("2026-03-12")),
        number: Some("1A12345678901".to_owned()),
        notice: true,
        late: false,
        proof: proven.then(|| Proof { name: "avis.pdf".to_owned(), sha256: "ab".repeat(32) }),
    })
}

/// With who says so, and what, as entries told it before they had a place of its own for that.
fn told(event: Event) -> Event {
    let said =
        Some(Told { by: Some("Hugo Petit".to_owned()), note: Some("il ne paiera pas".to_owned()), tracking: None });
    match event {
        Event::Completed { key, result, over, channel, reminder, unit, .. } => {
            Event::Completed { key, result, over, channel, reminder, unit, told: said }
        }
        other => other,
    }
}

fn completed(channel: Option<Channel>, result: DoneResult, over: bool) -> Event {
    Event::Completed {
        key: "F1#1.0.0.0".to_owned(),
        result,
        over,
        channel,
        reminder: true,
        unit: String::new(),
        told: None,
    }
}

fn postponed(until: &str, why: Noted) -> Event {
    Event::Postponed { key: "F1#1.0.0.0".to_owned(), until: until.parse().unwrap(), why }
}

fn entered(to: &str, reason: Option<&str>) -> Event {
    let from = "plan".to_owned();
    Event::StateEntered { key: None, from, to: to.to_owned(), reason: reason.map(str::to_owned) }
}

/// One of each, and more where the words differ.
fn events() -> Vec<Event> {
    let key = || "F1#1.0.0.0".to_owned();
    let text = |text: &str| text.to_owned();
    let invoice = Invoice::new(day("2026-02-01"), day("2026-03-03"), Amount::new(120_000, Currency::EUR));
    let on = day("2026-03-18");
    let customer = Customer { name: text("Menuiserie Sorel"), ..Customer::default() };
    let promise =
        Promise { by: day("2026-03-27"), until: day("2026-03-31"), amount: Some(50_000), paid: 0, unpaused: false };
    let instalment = |due, amount| Instalment { due: day(due), amount, missed: false, left: None };
    let incoming = Incoming {
        id: text("1"),
        client: text("C1"),
        invoice: Some(text("F9")),
        effective: on,
        known: None,
        said: None,
        what: What::Payment { amount: Amount::new(100, Currency::EUR) },
    };
    vec![
        Event::Customer { customer },
        Event::Known { invoice: invoice.clone(), takeover: start_of_day(on, Paris) },
        Event::Changed { invoice },
        Event::TakenOver { on },
        Event::Assigned {
            scenario: Some(ScenarioRef { name: text("impayés"), hash: String::new() }),
            skipped: Vec::new(),
            passed: Default::default(),
            position: None,
            catch_up: true,
        },
        Event::Assigned {
            scenario: None,
            skipped: Vec::new(),
            passed: Default::default(),
            position: None,
            catch_up: false,
        },
        Event::SegmentRuled { segment: Some(text("mauvais_payeur")) },
        Event::SegmentRuled { segment: None },
        entered("mise_en_demeure", None),
        entered("mise_en_demeure", Some("saut demandé par le commercial")),
        entered("plan", Some("déplacée à la main")),
        Event::StateCarried(CarriedOver {
            moved: Some(Carry { from: text("med"), to: text("mise_en_demeure") }),
            states: Vec::new(),
            rules: Vec::new(),
        }),
        Event::ClockStarted,
        Event::EntryFailed,
        fired(Origin::Rung(15)),
        fired(Origin::InternalRung(15)),
        Event::RungSkipped { rung: 5 },
        fired(Origin::Free),
        fired(Origin::Entry(30)),
        fired(Origin::Reaction(Trigger::PromiseBroken)),
        Event::StageReached { run: 1, stage: 1, ready: on },
        Event::StageReached { run: 1, stage: 1, ready: day("2026-03-20") },
        Event::StageReached { run: 1, stage: 1, ready: day("2027-01-04") },
        Event::StageReached { run: 1, stage: 1, ready: NaiveDate::MAX },
        sent(Channel::Email, Some("ferme")),
        sent(Channel::Sms, Some("rappel")),
        sent(Channel::Call, None),
        Event::Delivered { key: key(), channel: Channel::Email },
        tracked(Some(LetterStatus::Presented), false),
        tracked(Some(LetterStatus::Refused), true),
        tracked(None, true),
        sent(Channel::Letter, Some("ferme")),
        sent(Channel::RegisteredLetter, Some("mise_en_demeure")),
        deposited(Deposit::Taken),
        deposited(Deposit::Consumer),
        completed(Some(Channel::Call), DoneResult::Done, true),
        completed(Some(Channel::Call), DoneResult::NoAnswer, false),
        completed(Some(Channel::Call), DoneResult::NoAnswer, true),
        completed(Some(Channel::Call), DoneResult::MessageLeft, false),
        completed(Some(Channel::Call), DoneResult::MessageLeft, true),
        completed(Some(Channel::Call), DoneResult::WrongNumber, true),
        told(completed(Some(Channel::Call), DoneResult::Refused, true)),
        completed(Some(Channel::Letter), DoneResult::Done, true),
        completed(Some(Channel::RegisteredLetter), DoneResult::Done, true),
        completed(None, DoneResult::Done, true),
        completed(None, DoneResult::Impossible, true),
        Event::Failed {
            key: key(),
            channel: Channel::Email,
            template: Some(text("ferme")),
            reason: text("aucune adresse électronique n’est connue"),
            fallback: true,
            late: None,
        },
        Event::InDoubt { key: key(), channel: Channel::Sms, reason: text("la connexion s’est coupée") },
        Event::DoubtSettled(DoubtAnswer {
            key: key(),
            channel: Channel::Sms,
            left: true,
            by: Some(text("Mme Roy")),
            reason: Some(text("vu chez le fournisseur")),
        }),
        Event::DoubtSettled(DoubtAnswer { key: key(), channel: Channel::Email, left: false, by: None, reason: None }),
        Event::Delayed {
            key: key(),
            until: "2026-03-18T09:05:00Z".parse().unwrap(),
            reason: text("le serveur de messagerie ne répond pas"),
            tries: 1,
        },
        postponed("2026-03-23T08:00:00Z", Noted::Window),
        postponed("2026-03-22T23:00:00Z", Noted::Cap),
        postponed("2026-03-18T23:30:00Z", Noted::Payments),
        Event::Task { key: key(), text: text("Constituer le dossier"), to: Some(text("commercial")), own: None },
        Event::Task { key: String::new(), text: text("Lire la réponse"), to: None, own: None },
        Event::Alert { key: key(), target: text("direction"), text: None },
        Event::Note { key: key(), text: text("Huit jours ont passé") },
        Event::Cancelled { run: 1, what: text("appel"), reason: text("passage à « Mise en demeure »") },
        Event::Cancelled { run: 1, what: String::new(), reason: text("facture soldée") },
        Event::LeftOut { key: key(), what: text("aller à contentieux"), reason: None },
        Event::Parked { run: 1, what: text("appel") },
        Event::Restored,
        Event::HandedOver { key: key(), target: text("recouvrement") },
        Event::ApprovalAsked {
            key: key(),
            what: text("lettre_recommandée mise_en_demeure"),
            by: Some(text("direction")),
            until: day("2026-04-16"),
        },
        Event::ApprovalAsked { key: key(), what: text("email ferme"), by: None, until: day("2026-04-16") },
        Event::Approved { key: key(), by: Some(text("Mme Roy")) },
        Event::Approved { key: key(), by: None },
        Event::Refused { key: key(), by: Some(text("Mme Roy")), expired: false },
        Event::Refused { key: key(), by: None, expired: true },
        Event::Suspended { reason: text("litige : plus rien d’autre n’est exigible") },
        Event::Unsuspended(HoldEnd { from: on, business_clock: None, waits: Vec::new() }),
        Event::Withheld { reason: text("le reste à payer ne dépasse pas le minimum") },
        Event::RuleSuspended { key: key(), until: Some(day("2026-04-01")) },
        Event::RuleSuspended { key: key(), until: None },
        Event::RuleResumed { key: None },
        Event::Stopped(Stopping { reason: text("accord verbal, M. Petit"), until: None }),
        Event::Stopped(Stopping { reason: text("arrêt demandé"), until: None }),
        Event::Resumed(Resuming { reason: Some(text("accord rompu")), ..Resuming::default() }),
        Event::Resumed(Resuming { pause: Some(day("2026-03-17")), ..Resuming::default() }),
        Event::Paid { amount: 20_000, on, history: false },
        Event::Reversed { amount: 20_000, on, history: false },
        Event::Credited { amount: 10_000, on, history: false },
        Event::Credited { amount: -10_000, on, history: false },
        Event::ClientCredit { amount: 5_000, currency: Currency::EUR },
        Event::ClientCredit { amount: -5_000, currency: Currency::EUR },
        Event::Settled { on, history: false },
        Event::Reopened { until: day("2026-03-23") },
        Event::DisputeOpened { amount: Some(30_000), on, reason: Some(text("marchandise abîmée")) },
        Event::DisputeOpened { amount: None, on, reason: None },
        Event::DisputeClosed,
        Event::Promised { promise },
        Event::PromiseKept,
        Event::PromiseBroken,
        Event::Announced { announced: Announced { amount: None, until: day("2026-03-20"), unpaused: false } },
        Event::Replied { until: day("2026-03-25") },
        Event::DueMoved { from: day("2026-03-03"), to: day("2026-03-31") },
        Event::PastReminder {
            on: day("2026-02-10"),
            channel: Some(Channel::Email),
            formal: false,
            unit: String::new(),
        },
        Event::PastReminder { on: day("2026-02-10"), channel: None, formal: true, unit: String::new() },
        Event::PlanAgreed { instalments: vec![instalment("2026-05-01", 40_000), instalment("2026-06-01", 80_000)] },
        Event::NextInstalment { index: 1, due: day("2026-06-01") },
        Event::InstalmentMissed { index: 0, due: day("2026-05-01") },
        Event::Insolvent { judgment: day("2026-03-10") },
        Event::InsolvencyClosed,
        Event::Address(AddressNews::Bad(BadAddress {
            channel: Channel::Email,
            address: text("a@b.example"),
            on: day("2026-03-16"),
            reason: text("cette adresse n’existe pas (5.1.1)"),
        })),
        Event::Address(AddressNews::Confirmed { channel: Channel::Sms, address: text("+33639980001") }),
        Event::External { name: text("commande bloquée") },
        Event::Orphan { incoming: Box::new(incoming) },
        Event::Broken { reason: text("scripts/risque.rhai, ligne 3 : division par zéro") },
        Event::Mended,
        Event::Anomaly { text: text("paiement de 100 € pour une facture déjà soldée") },
    ]
}

/// What people do, with who they are and why.
fn said() -> Vec<(Option<Said>, Event)> {
    let text = |text: &str| text.to_owned();
    let both = Said::of(Some("Claire Durand"), Some("geste commercial"));
    let only_by = Said::of(Some("Claire Durand"), None);
    let waived = |taken_back| Event::Waived(Waiving { what: Waived::Both, on: day("2026-03-18"), taken_back });
    let chosen = |segment: Option<&str>| Event::SegmentChosen(SegmentChoice { segment: segment.map(str::to_owned) });
    let stopped = |until| Event::Stopped(Stopping { reason: text("geste commercial"), until });
    let asked = Event::Task {
        key: text("acte:1"),
        text: text("Rappeler lundi"),
        to: Some(text("Hugo")),
        own: Some(OwnTask::Asked),
    };
    let approved = Event::Approved { key: text("F1#1.0.0.0"), by: None };
    let comment = Event::Commented(Comment { text: text("Le comptable est absent\njusqu’au 3.") });
    vec![
        (only_by.clone(), comment),
        (both.clone(), stopped(None)),
        (both.clone(), stopped(Some(day("2026-03-31")))),
        (Said::why(Some("geste commercial")), stopped(None)),
        (both.clone(), Event::Resumed(Resuming::default())),
        (both.clone(), chosen(Some("vip"))),
        (both.clone(), chosen(None)),
        (both.clone(), waived(false)),
        (both.clone(), waived(true)),
        (both.clone(), entered("mise_en_demeure", None)),
        (both.clone(), Event::HandedOver { key: String::new(), target: text("recouvrement") }),
        (both.clone(), Event::DueMoved { from: day("2026-03-03"), to: day("2026-03-31") }),
        (only_by.clone(), asked),
        (only_by.clone(), approved),
        (both, completed(Some(Channel::Call), DoneResult::Done, true)),
        (
            only_by,
            Event::DisputeOpened { amount: None, on: day("2026-03-18"), reason: Some(text("prix : remise oubliée")) },
        ),
    ]
}

#[test]
fn every_kind_has_its_sentence() {
    let source = Source { path: "scenarios/plan.relance".to_owned(), bytes: PLAN.as_bytes().to_vec() };
    let compiled =
        relance_dsl::compile(&[source], &Context { roles: vec!["direction".to_owned()], ..Context::default() });
    let places = Only(compiled.machines.unwrap().remove(0));
    let about = |state: &str| About {
        scenario: "impayés".to_owned(),
        version: String::new(),
        state: state.to_owned(),
        rule: Some(RuleId(0)),
        rung: Some(15),
    };
    let lines: Vec<Line> = events()
        .into_iter()
        .map(|event| (None, event))
        .chain(said())
        .map(|(said, event)| {
            let at = "2026-03-18T08:00:00Z".parse().unwrap();
            let entry = Entry { at, invoice: Some("F1".to_owned()), about: Some(about("plan")), said, event };
            Line::of(&entry, "C1", Currency::EUR, Paris, &places).unwrap()
        })
        .collect();
    let told: BTreeSet<Kind> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(told, Kind::ALL.iter().copied().collect(), "a kind without an example");
    let text: Vec<String> = lines.iter().map(|line| crate::words::colourless(&sentence(line))).collect();
    for line in &text {
        assert!(!line.contains("  ") && !line.ends_with([' ', ':']), "{line}");
    }
    insta::assert_snapshot!(text.join("\n"));
}
