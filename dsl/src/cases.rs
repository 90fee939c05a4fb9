//! The tests that files contain, checked: what a test runner plays and compares.

use chrono::NaiveDate;
use relance_core::machine::{Attempt, Channel, Value};
use relance_core::money::Amount;
use relance_core::schema::Fact;

/// `test "…"`.
#[derive(Clone, PartialEq, Debug)]
pub struct TestCase {
    /// What it shows, in the user's words.
    pub name: String,
    /// Where it stands.
    pub place: TestPlace,
    /// The scenario that it plays.
    pub scenario: String,
    /// Whether the file says so (`avec …`); otherwise the invoices find their scenario by selection.
    pub named_scenario: bool,
    /// `client C1 …`.
    pub clients: Vec<TestClient>,
    /// `facture F1 …`; at least one.
    pub invoices: Vec<TestInvoice>,
    /// What people do or refuse during the whole test.
    pub people: Vec<People>,
    /// `le 18/03/2026 : …`, in file order.
    pub days: Vec<TestDay>,
    /// `ensuite rien`: the days after the last one are not free.
    pub then_nothing: bool,
    /// `état final …`.
    pub ends: Vec<TestEnd>,
}

/// A line of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestPlace {
    /// Path relative to the project.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// `client C1 retard_moyen 25j`.
#[derive(Clone, PartialEq, Debug)]
pub struct TestClient {
    /// Its code; `C1` when the file gives none.
    pub code: String,
    /// What is given of it.
    pub facts: Vec<(TestName, Value)>,
}

/// `facture F1 de 1 200 € échue le 03/03/2026, segment mauvais_payeur`.
#[derive(Clone, PartialEq, Debug)]
pub struct TestInvoice {
    /// Its number; `F1` when the file gives none.
    pub number: String,
    /// The code of its client.
    pub client: String,
    /// Its amount.
    pub amount: Amount,
    /// Its due date.
    pub due: NaiveDate,
    /// Its date of issue, when the file says so.
    pub issued: Option<NaiveDate>,
    /// The day on which Relance takes it over, when the file says so; else the day of issue.
    pub known: Option<NaiveDate>,
    /// What else is given of it or its client.
    pub facts: Vec<(TestName, Value)>,
}

/// The name of something given in a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TestName {
    /// A fact of the language.
    Fact(Fact),
    /// A `champ` of the project.
    Field(String),
}

/// A day and what happens on it.
#[derive(Clone, PartialEq, Debug)]
pub struct TestDay {
    /// The day.
    pub date: NaiveDate,
    /// Minutes after midnight, when the file says so.
    pub hour: Option<u16>,
    /// Its line.
    pub place: TestPlace,
    /// Everything that happens; empty for `rien`.
    pub happenings: Vec<Happening>,
}

/// One thing that happens on a day.
#[derive(Clone, PartialEq, Debug)]
pub struct Happening {
    /// What.
    pub what: What,
    /// To which invoices (`pour F1 et F2`); empty means any, or the only one.
    pub invoices: Vec<String>,
    /// As written.
    pub text: String,
}

/// What happens.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// The scenario must do this.
    Effect(Attempt),
    /// The world does this.
    Event(Outside),
    /// A person does or refuses this.
    People(People),
}

/// An event from outside. An amount that is not given is the whole balance.
#[derive(Clone, PartialEq, Debug)]
pub enum Outside {
    /// `paiement de 1 200 €`, `paiement total`.
    Payment(Option<Amount>),
    /// `paiement annoncé`.
    PaymentAnnounced(Option<Amount>),
    /// `promesse de 500 € pour le 12/04/2026`.
    Promise {
        /// How much.
        amount: Option<Amount>,
        /// Until when.
        until: NaiveDate,
    },
    /// `échéancier de 400 € au 01/04/2026 et 400 € au 01/05/2026`.
    PaymentPlan(Vec<(Amount, NaiveDate)>),
    /// `litige`, `litige de 200 €`.
    DisputeOpened(Option<Amount>),
    /// `litige clos`.
    DisputeClosed,
    /// `avoir de 100 €`, `avoir total`.
    CreditNote(Option<Amount>),
    /// `rejet`, `rejet de 300 €`.
    Reversal(Option<Amount>),
    /// `échec`, `échec de l'email`: the day's message fails for good.
    Failure(Option<Channel>),
    /// `réponse`.
    Reply,
    /// `arrêt`.
    Stop,
    /// `reprise`.
    Resume,
    /// `saut à contentieux`.
    Jump(String),
    /// `événement "…"`.
    External(String),
    /// `échéance au 12/04/2026`.
    DueDateMoved(NaiveDate),
    /// `procédure collective`, with the judgment's date when it is not the day itself.
    Insolvency(Option<NaiveDate>),
}

/// What people do or refuse. They do everything on the day they are asked, unless told otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum People {
    /// `appel sans réponse`.
    CallUnanswered,
    /// `appel fait`.
    CallMade,
    /// `personne n'appelle`.
    NobodyCalls,
    /// `validation refusée`.
    ApprovalRefused,
    /// `validation accordée`.
    ApprovalGranted,
    /// `personne ne valide`.
    NobodyApproves,
    /// `tâche faite`.
    TaskDone,
    /// `personne ne fait les tâches`.
    NobodyWorks,
}

/// `état final soldée`, `état final de F2 : contentieux`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestEnd {
    /// Of which invoice; all of them when the file does not say.
    pub invoice: Option<String>,
    /// `soldée`, `plan` or the name of a state.
    pub state: String,
    /// Its line.
    pub place: TestPlace,
}

/// The end of a settled invoice, beside the states of the scenario.
pub const SETTLED: &str = "soldée";
