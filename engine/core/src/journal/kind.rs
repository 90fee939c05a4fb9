//! What a public line of the journal is about.

use crate::dossier::{AddressNews, Origin};
use crate::event::{CarriedOver, Event, Resuming, SegmentChoice, Waiving};

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// What a line is about. Two kinds may share a public name: the name is the promise of the file format, the kind is
        /// what people are told.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[allow(missing_docs, reason = "the events say what each is")]
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// The public name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    Customer "client",
    Known "facture",
    Changed "facture_modifiee",
    TakenOver "prise_en_charge",
    StateEntered "etape",
    StateCarried "etape_reprise",
    ClockStarted "horloge",
    EntryFailed "entree_inachevee",
    RuleSuspended "suspendue",
    RuleResumed "reprise",
    HandedOver "transmission",
    ApprovalAsked "validation",
    Approved "valide",
    Refused "refus",
    ApprovalExpired "validation_expiree",
    PlanAgreed "echeancier",
    NextInstalment "echeance_suivante",
    InstalmentMissed "echeance_manquee",
    Insolvent "procedure_collective",
    InsolvencyClosed "procedure_close",
    AddressBad "adresse_invalide",
    AddressConfirmed "adresse_confirmee",
    External "externe",
    SegmentRuled "segment",
    SegmentOfData "segment",
    Broken "anomalie",
    Mended "anomalie_levee",
    Assigned "scenario",
    Untaken "sans_scenario",
    Paid "paiement",
    Reversed "rejet",
    Credited "avoir",
    ClientCredit "credit_client",
    Settled "soldee",
    Reopened "reouverture",
    DisputeOpened "litige",
    DisputeClosed "litige_clos",
    Promised "promesse",
    PromiseKept "promesse_tenue",
    PromiseBroken "promesse_rompue",
    Announced "paiement_annonce",
    Replied "reponse",
    Stopped "arret",
    Resumed "reprise",
    PauseEnded "reprise",
    Commented "commentaire",
    SegmentChosen "segment_choisi",
    SegmentFreed "segment_choisi",
    Waived "renonciation",
    WaiverTakenBack "renonciation",
    DueMoved "echeance",
    PastReminder "relance_passee",
    Suspended "suspension",
    Unsuspended "fin_suspension",
    Withheld "retenue",
    Rung "palier",
    FreeRule "regle",
    Entry "entree",
    Reaction "reaction",
    RungSkipped "palier_saute",
    StageReached "suite",
    Sent "envoi",
    Completed "fait",
    Failed "echec",
    Delayed "report",
    Postponed "report",
    Delivered "remis",
    Tracked "suivi",
    InDoubt "doute",
    DoubtSettled "doute_tranche",
    Task "tache",
    Alert "alerte",
    Note "note",
    Cancelled "annulation",
    Parked "annulation",
    LeftOut "annulation",
    Restored "remise_en_route",
    Orphan "en_attente",
    Anomaly "anomalie",
}

impl Kind {
    /// The kind of an event; `None` for the machinery inside a sequence.
    pub fn of(event: &Event) -> Option<Kind> {
        Some(match event {
            Event::Customer { .. } => Kind::Customer,
            Event::Known { .. } => Kind::Known,
            Event::Changed { .. } => Kind::Changed,
            Event::TakenOver { .. } => Kind::TakenOver,
            Event::StateEntered { .. } => Kind::StateEntered,
            Event::StateCarried(CarriedOver { moved: Some(_), .. }) => Kind::StateCarried,
            Event::ClockStarted => Kind::ClockStarted,
            Event::EntryFailed => Kind::EntryFailed,
            Event::RuleSuspended { .. } => Kind::RuleSuspended,
            Event::RuleResumed { .. } => Kind::RuleResumed,
            Event::HandedOver { .. } => Kind::HandedOver,
            Event::ApprovalAsked { .. } => Kind::ApprovalAsked,
            Event::Approved { .. } => Kind::Approved,
            Event::Refused { expired: false, .. } => Kind::Refused,
            Event::Refused { expired: true, .. } => Kind::ApprovalExpired,
            Event::PlanAgreed { .. } => Kind::PlanAgreed,
            Event::NextInstalment { .. } => Kind::NextInstalment,
            Event::InstalmentMissed { .. } => Kind::InstalmentMissed,
            Event::Insolvent { .. } => Kind::Insolvent,
            Event::InsolvencyClosed => Kind::InsolvencyClosed,
            Event::Address(AddressNews::Bad(_)) => Kind::AddressBad,
            Event::Address(AddressNews::Confirmed { .. }) => Kind::AddressConfirmed,
            Event::External { .. } => Kind::External,
            Event::SegmentRuled { segment: Some(_) } => Kind::SegmentRuled,
            Event::SegmentRuled { segment: None } => Kind::SegmentOfData,
            Event::Broken { .. } => Kind::Broken,
            Event::Mended => Kind::Mended,
            Event::Assigned { scenario: Some(_), .. } => Kind::Assigned,
            Event::Assigned { scenario: None, .. } => Kind::Untaken,
            Event::Paid { .. } => Kind::Paid,
            Event::Reversed { .. } => Kind::Reversed,
            Event::Credited { .. } => Kind::Credited,
            Event::ClientCredit { .. } => Kind::ClientCredit,
            Event::Settled { .. } => Kind::Settled,
            Event::Reopened { .. } => Kind::Reopened,
            Event::DisputeOpened { .. } => Kind::DisputeOpened,
            Event::DisputeClosed => Kind::DisputeClosed,
            Event::Promised { .. } => Kind::Promised,
            Event::PromiseKept => Kind::PromiseKept,
            Event::PromiseBroken => Kind::PromiseBroken,
            Event::Announced { .. } => Kind::Announced,
            Event::Replied { .. } => Kind::Replied,
            Event::Stopped(_) => Kind::Stopped,
            Event::Resumed(Resuming { pause: None, .. }) => Kind::Resumed,
            Event::Resumed(Resuming { pause: Some(_), .. }) => Kind::PauseEnded,
            Event::Commented(_) => Kind::Commented,
            Event::SegmentChosen(SegmentChoice { segment: Some(_) }) => Kind::SegmentChosen,
            Event::SegmentChosen(SegmentChoice { segment: None }) => Kind::SegmentFreed,
            Event::Waived(Waiving { taken_back: false, .. }) => Kind::Waived,
            Event::Waived(Waiving { taken_back: true, .. }) => Kind::WaiverTakenBack,
            Event::DueMoved { .. } => Kind::DueMoved,
            Event::PastReminder { .. } => Kind::PastReminder,
            Event::Suspended { .. } => Kind::Suspended,
            Event::Unsuspended { .. } => Kind::Unsuspended,
            Event::Withheld { .. } => Kind::Withheld,
            Event::Fired { origin: Origin::Rung(_) | Origin::InternalRung(_), .. } => Kind::Rung,
            Event::Fired { origin: Origin::Free, .. } => Kind::FreeRule,
            Event::Fired { origin: Origin::Entry(_), .. } => Kind::Entry,
            Event::Fired { origin: Origin::Reaction(_), .. } => Kind::Reaction,
            Event::RungSkipped { .. } => Kind::RungSkipped,
            Event::StageReached { .. } => Kind::StageReached,
            Event::Sent { .. } => Kind::Sent,
            Event::Completed { .. } => Kind::Completed,
            Event::Failed { .. } => Kind::Failed,
            Event::Delayed { .. } => Kind::Delayed,
            Event::Postponed { .. } => Kind::Postponed,
            Event::Delivered { .. } => Kind::Delivered,
            Event::Tracked(_) => Kind::Tracked,
            Event::InDoubt { .. } => Kind::InDoubt,
            Event::DoubtSettled(_) => Kind::DoubtSettled,
            Event::Task { .. } => Kind::Task,
            Event::Alert { .. } => Kind::Alert,
            Event::Note { .. } => Kind::Note,
            Event::Cancelled { .. } => Kind::Cancelled,
            Event::Parked { .. } => Kind::Parked,
            Event::LeftOut { .. } => Kind::LeftOut,
            Event::Restored => Kind::Restored,
            Event::Orphan { .. } => Kind::Orphan,
            Event::Anomaly { .. } => Kind::Anomaly,
            Event::Program { .. }
            | Event::PassedOver { .. }
            | Event::StateCarried(CarriedOver { moved: None, .. })
            | Event::Adopted
            | Event::StageStarted { .. }
            | Event::SelectionKept
            | Event::EffectReplaced { .. }
            | Event::Continued { .. }
            | Event::ReactionOver
            | Event::AnswerHeld { .. }
            | Event::AnswerTaken { .. }
            | Event::EntryHeld { .. }
            | Event::Departed { .. }
            | Event::RunEnded { .. } => {
                return None;
            }
        })
    }
}
