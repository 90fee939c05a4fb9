//! What a person can do on a page, as forms: one for each act that makes sense there and that the visitor's role allows.

use super::acts::needed;
use super::visit::Visit;
use crate::auth::role::Permission;
use relance_core::dispute::DisputeCode;

/// How many instalments a payment plan has at most on the page.
const INSTALMENTS: usize = 4;

/// The form of an act.
pub struct ActForm {
    /// The act's name.
    pub name: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// The key that opens it.
    pub key: &'static str,
    /// The words of the button that opens it.
    pub open: &'static str,
    /// What the form is about.
    pub heading: String,
    /// What it asks.
    pub fields: Vec<Field>,
    /// The words of the button that sends it.
    pub send: &'static str,
    /// Whether it is to be thought over.
    pub danger: bool,
}

/// What a form asks.
pub struct Field {
    /// Its name in the act.
    pub name: &'static str,
    /// What tells it from others of the same name.
    pub id: String,
    /// What it asks, in French.
    pub label: String,
    /// How it is answered.
    pub kind: Kind,
    /// Whether it must be answered.
    pub required: bool,
}

/// How a field is answered.
pub enum Kind {
    /// A day.
    Day,
    /// A sum; what an empty one means.
    Sum(&'static str),
    /// A line.
    Line,
    /// Several lines.
    Lines,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
    /// Yes or no.
    Tick,
}

impl Field {
    fn new(name: &'static str, label: impl Into<String>, kind: Kind) -> Field {
        Field { name, id: name.to_owned(), label: label.into(), kind, required: false }
    }

    /// Whether it takes a line of its own.
    pub fn is_wide(&self) -> bool {
        matches!(self.kind, Kind::Line | Kind::Lines)
    }

    fn needed(self) -> Field {
        Field { required: true, ..self }
    }
}

fn form(
    name: &'static str,
    (icon, key): (&'static str, &'static str),
    (open, heading, send): (&'static str, impl Into<String>, &'static str),
    fields: Vec<Field>,
) -> ActForm {
    ActForm { name, icon, key, open, heading: heading.into(), fields, send, danger: false }
}

fn why() -> Field {
    Field::new("motif", "Motif", Kind::Line).needed()
}

fn note() -> Field {
    Field::new("motif", "Note", Kind::Line)
}

/// The reasons of a dispute: word and words.
pub fn codes() -> Vec<(String, String)> {
    DisputeCode::all().map(|(_, name)| (name.to_owned(), name.replace('_', " "))).collect()
}

/// An invoice or a client as it stands: what makes sense depends on it.
pub struct Standing<'a> {
    /// Whether it is stopped or paused by somebody.
    pub stopped: bool,
    /// Whether something is disputed.
    pub disputed: bool,
    /// The stages of its scenario: name and words.
    pub stages: &'a [(String, String)],
    /// What is left to pay, for people.
    pub left: String,
}

/// The acts on an open invoice: those of every day, then the others.
pub fn of_invoice(visit: &Visit, standing: &Standing<'_>) -> (Vec<ActForm>, Vec<ActForm>) {
    let often = vec![
        promise(),
        form(
            "litige",
            ("litige", "l"),
            ("Litige", "Ouvrir un litige", "Ouvrir le litige"),
            vec![
                Field::new("code", "Motif", Kind::Choice(codes())).needed(),
                Field::new("montant", "Part contestée", Kind::Sum("toute la facture")),
                Field::new("motif", "Ce que dit le client", Kind::Line).needed(),
            ],
        ),
        comment(),
        plan(&standing.left),
    ];
    let mut often: Vec<ActForm> =
        often.into_iter().chain(holding(standing.stopped, "Reprendre les relances")).collect();
    if standing.disputed {
        let words = ("Clore le litige", "Clore le litige", "Clore le litige");
        let agreed = Field::new("motif", "Ce qui a été convenu", Kind::Line);
        often.insert(2, form("litige_clos", ("valider", ""), words, vec![agreed]));
    }
    let mut others = vec![
        announced(),
        reply(),
        task(),
        form(
            "echeance",
            ("echeancier", ""),
            ("Déplacer l’échéance", "Déplacer l’échéance", "Déplacer l’échéance"),
            vec![Field::new("au", "Nouvelle échéance", Kind::Day).needed(), why()],
        ),
    ];
    if !standing.stages.is_empty() {
        let stages = Kind::Choice(standing.stages.to_vec());
        others.push(form(
            "saut",
            ("sauter", ""),
            ("Changer d’étape", "Changer d’étape", "Changer d’étape"),
            vec![Field::new("etape", "Étape", stages).needed(), why()],
        ));
    }
    let waived = [
        ("penalites_et_indemnite", "les pénalités et l’indemnité"),
        ("penalites", "les pénalités"),
        ("indemnite", "l’indemnité de 40 €"),
    ];
    let waived = waived.map(|(word, words)| (word.to_owned(), words.to_owned())).to_vec();
    others.push(form(
        "renonciation",
        ("fermer", ""),
        ("Renoncer aux pénalités", "Renoncer aux pénalités ou à l’indemnité", "Y renoncer"),
        vec![Field::new("a", "À quoi", Kind::Choice(waived)).needed(), why()],
    ));
    let words = ("Transmettre", "Transmettre le dossier au contentieux", "Transmettre");
    let to = Field::new("a", "À qui", Kind::Line).needed();
    others.push(ActForm { danger: true, ..form("transmission", ("fleche-droite", ""), words, vec![to, why()]) });
    (allowed(visit, often), allowed(visit, others))
}

/// The acts on a client.
pub fn of_client(
    visit: &Visit,
    stopped: bool,
    (insolvent, bad_addresses): (bool, bool),
    segments: &[String],
) -> (Vec<ActForm>, Vec<ActForm>) {
    let mut segment: Vec<(String, String)> = vec![(String::new(), "celui des données".to_owned())];
    segment.extend(segments.iter().map(|one| (one.clone(), one.replace('_', " "))));
    let mut often = vec![
        comment(),
        form(
            "segment",
            ("segment", ""),
            ("Changer de segment", "Changer de segment", "Changer de segment"),
            vec![Field::new("segment", "Segment", Kind::Choice(segment)), why()],
        ),
    ];
    often.extend(holding(stopped, "Reprendre les relances du client"));
    let promised = promise();
    let mut others = vec![
        ActForm { heading: "Noter une promesse sur tout ce qui est dû".to_owned(), ..promised },
        ActForm { heading: "Noter un paiement annoncé sur tout ce qui est dû".to_owned(), ..announced() },
        reply(),
        task(),
    ];
    if bad_addresses {
        let words = ("Adresses confirmées", "Les adresses sont justes", "Confirmer");
        others.push(form("adresse_confirmee", ("valider", ""), words, vec![note()]));
    }
    others.push(if insolvent {
        let words = ("Fin de procédure", "La procédure collective est close, ou notée par erreur", "Le noter");
        form("procedure_close", ("valider", ""), words, vec![note()])
    } else {
        let words = ("Procédure collective", "Noter l’ouverture d’une procédure collective", "Noter la procédure");
        let judgment = Field::new("jugement", "Date du jugement", Kind::Day).needed();
        ActForm { danger: true, ..form("procedure_collective", ("alerte", ""), words, vec![judgment, note()]) }
    });
    (allowed(visit, often), allowed(visit, others))
}

/// What takes two people may be asked for by whoever may ask.
fn allowed(visit: &Visit, forms: Vec<ActForm>) -> Vec<ActForm> {
    let asked = |form: &ActForm| matches!(form.name, "renonciation" | "transmission") && visit.allows(Permission::Ask);
    forms.into_iter().filter(|form| visit.allows(needed(form.name)) || asked(form)).collect()
}

fn promise() -> ActForm {
    form(
        "promesse",
        ("promesse", "p"),
        ("Promesse", "Noter une promesse de payer", "Noter la promesse"),
        vec![
            Field::new("le", "Jour promis", Kind::Day).needed(),
            Field::new("montant", "Montant", Kind::Sum("tout ce qui reste")),
            note(),
        ],
    )
}

fn announced() -> ActForm {
    form(
        "paiement_annonce",
        ("euro", ""),
        ("Paiement annoncé", "Noter un paiement annoncé", "Noter l’annonce"),
        vec![Field::new("montant", "Montant", Kind::Sum("tout ce qui reste")), note()],
    )
}

fn reply() -> ActForm {
    let said = Field::new("motif", "Ce que dit le client", Kind::Line);
    form("reponse", ("reponse", ""), ("Réponse", "Noter une réponse du client", "Noter la réponse"), vec![said])
}

fn task() -> ActForm {
    form(
        "tache",
        ("aujourdhui", ""),
        ("Tâche", "Demander quelque chose à un collègue", "Créer la tâche"),
        vec![
            Field::new("texte", "À faire", Kind::Line).needed(),
            Field::new("pour", "Pour (rôle ou personne)", Kind::Line),
        ],
    )
}

fn comment() -> ActForm {
    let text = Field::new("texte", "Pour vos collègues", Kind::Lines).needed();
    let words = ("Commentaire", "Écrire à vos collègues", "Commenter");
    form("commentaire", ("commentaire", "c"), words, vec![text])
}

fn plan(left: &str) -> ActForm {
    let mut fields = Vec::new();
    for n in 1..=INSTALMENTS {
        let day = Field::new("echeance_le", format!("Échéance {n}"), Kind::Day);
        let sum = Field::new("echeance_montant", format!("Montant {n}"), Kind::Sum(""));
        fields.push(Field { id: format!("le-{n}"), required: n == 1, ..day });
        fields.push(Field { id: format!("montant-{n}"), required: n == 1, ..sum });
    }
    fields.push(note());
    let heading = format!("Accorder un échéancier sur {left}");
    form("echeancier", ("echeancier", "e"), ("Échéancier", heading, "Accorder l’échéancier"), fields)
}

/// Pausing and stopping; of what is stopped, resuming.
fn holding(stopped: bool, resume: &'static str) -> Vec<ActForm> {
    if stopped {
        let catch_up = Field::new("rattraper", "Envoyer tout de suite le palier le plus haut déjà échu", Kind::Tick);
        let words = ("Reprendre", resume, "Reprendre");
        return vec![form("reprise", ("reprendre", "r"), words, vec![catch_up, note()])];
    }
    let until = Field::new("jusqu_a", "Dernier jour de la pause", Kind::Day).needed();
    let pause = form("pause", ("pause", ""), ("Pause", "Mettre en pause", "Mettre en pause"), vec![until, why()]);
    let stop = form("arret", ("arreter", ""), ("Arrêter", "Arrêter les relances", "Arrêter les relances"), vec![why()]);
    vec![pause, ActForm { danger: true, ..stop }]
}
