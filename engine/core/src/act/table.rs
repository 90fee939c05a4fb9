//! The closed list of acts: their names, their titles, which of them need a reason, and what they can be about.

use super::{Act, Case, Refusal};

/// What an act can be about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// One invoice or several.
    Invoices,
    /// Invoices, or all that the client still owes.
    Debts,
    /// Invoices, or the client.
    Either,
    /// The client, also when an invoice is named.
    Client,
    /// An effect, whose key names its invoice; or the oldest one of the invoice that is named.
    Effect,
}

/// What there is to know of an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ActRow {
    /// Its public name: `acte` of its JSON.
    pub name: &'static str,
    /// What a button says.
    pub title: &'static str,
    /// Whether it takes a reason.
    pub reason: bool,
    /// What it can be about.
    pub about: About,
}

const fn row(name: &'static str, title: &'static str, reason: bool, about: About) -> ActRow {
    ActRow { name, title, reason, about }
}

const WHY: bool = true;
const FREE: bool = false;

/// Every act.
pub static ACTS: [ActRow; 25] = [
    row("appel", "Noter un appel", FREE, About::Effect),
    row("validation", "Valider", FREE, About::Effect),
    row("refus", "Refuser", FREE, About::Effect),
    row("pause", "Mettre en pause", WHY, About::Either),
    row("arret", "Arrêter les relances", WHY, About::Either),
    row("reprise", "Reprendre les relances", FREE, About::Either),
    row("saut", "Changer d’étape", WHY, About::Invoices),
    row("promesse", "Noter une promesse", FREE, About::Debts),
    row("litige", "Ouvrir un litige", WHY, About::Invoices),
    row("litige_clos", "Clore un litige", FREE, About::Invoices),
    row("paiement_annonce", "Noter un paiement annoncé", FREE, About::Debts),
    row("echeancier", "Accorder un échéancier", FREE, About::Debts),
    row("echeance", "Déplacer l’échéance", WHY, About::Invoices),
    row("reponse", "Noter une réponse", FREE, About::Either),
    row("commentaire", "Commenter", FREE, About::Either),
    row("segment", "Choisir le segment", WHY, About::Client),
    row("renonciation", "Renoncer aux pénalités ou à l’indemnité", WHY, About::Invoices),
    row("transmission", "Transmettre le dossier", WHY, About::Debts),
    row("tache", "Créer une tâche", FREE, About::Either),
    row("tache_faite", "Noter une tâche faite", FREE, About::Effect),
    row("courrier_poste", "Noter une lettre postée", FREE, About::Effect),
    row("doute", "Trancher un doute", FREE, About::Effect),
    row("adresse_confirmee", "Confirmer une adresse", FREE, About::Client),
    row("procedure_collective", "Noter une procédure collective", FREE, About::Client),
    row("procedure_close", "Clore une procédure collective", FREE, About::Client),
];

impl Act {
    /// What there is to know of it.
    pub fn row(&self) -> &'static ActRow {
        let name = self.name();
        ACTS.iter().find(|row| row.name == name).unwrap_or(&ACTS[0])
    }

    /// Its public name: `acte` of its JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Act::Call { .. } => "appel",
            Act::Approve { .. } => "validation",
            Act::Refuse { .. } => "refus",
            Act::Pause { .. } => "pause",
            Act::Stop {} => "arret",
            Act::Resume { .. } => "reprise",
            Act::Jump { .. } => "saut",
            Act::Promise { .. } => "promesse",
            Act::Dispute { .. } => "litige",
            Act::CloseDispute {} => "litige_clos",
            Act::Announce { .. } => "paiement_annonce",
            Act::Plan { .. } => "echeancier",
            Act::MoveDue { .. } => "echeance",
            Act::Reply {} => "reponse",
            Act::Comment { .. } => "commentaire",
            Act::Segment { .. } => "segment",
            Act::Waive { .. } => "renonciation",
            Act::HandOver { .. } => "transmission",
            Act::Task { .. } => "tache",
            Act::TaskDone { .. } => "tache_faite",
            Act::LetterPosted { .. } => "courrier_poste",
            Act::DoubtSettled { .. } => "doute",
            Act::ConfirmAddress { .. } => "adresse_confirmee",
            Act::Insolvency { .. } => "procedure_collective",
            Act::InsolvencyClosed {} => "procedure_close",
        }
    }
}

impl About {
    /// The invoices that an act is about, as its kind takes them; none: the client.
    pub(super) fn check(self, case: &Case<'_>, on: &[String], row: &ActRow) -> Result<Vec<String>, Refusal> {
        let mut named: Vec<String> = Vec::new();
        for number in on {
            if !case.dossier.invoices.contains_key(number) {
                let what = format!("la facture {number} n’est pas connue de ce client");
                return Err(Refusal::new("facture_inconnue", what, "choisissez une facture du client"));
            }
            if !named.contains(number) {
                named.push(number.clone());
            }
        }
        let title = row.title;
        match self {
            About::Client => Ok(Vec::new()),
            About::Either | About::Effect => Ok(named),
            About::Invoices if named.is_empty() => Err(Refusal::new(
                "facture",
                format!("« {title} » porte sur une facture, et non sur tout le client"),
                "choisissez la facture",
            )),
            About::Invoices => Ok(named),
            About::Debts if !named.is_empty() => Ok(named),
            About::Debts => {
                let open = case.dossier.invoices.iter().filter(|(_, file)| file.is_open());
                let mut open: Vec<_> = open.map(|(number, file)| (file.invoice.due, number.clone())).collect();
                open.sort();
                if open.is_empty() {
                    let what = "ce client n’a aucune facture ouverte";
                    return Err(Refusal::new("rien_d_ouvert", what, "il n’y a rien à réclamer"));
                }
                Ok(open.into_iter().map(|(_, number)| number).collect())
            }
        }
    }
}
