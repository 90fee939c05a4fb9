//! The tree of a file: what was written, before names and types are looked at.

mod actions;
mod blocks;
mod conditions;
mod literals;
mod reader;
mod test_lines;

pub(crate) use reader::Reader;

use crate::span::Node;
pub use relance_core::machine::{Arith, Channel, Compare};
use relance_core::{day, money};
use rust_decimal::Decimal;
pub use test_lines::{Test, TestFact, TestHappening, TestLine, TestWhat};

/// A file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tree {
    /// Headers, settings and rules, in file order.
    pub blocks: Vec<Node<Block>>,
}

/// What the grammar takes in one piece.
#[derive(Clone, PartialEq, Debug)]
pub enum Block {
    /// `scénario nom "titre"`.
    Scenario(Header),
    /// `étape nom "titre"`.
    Stage(Header),
    /// `segment nom : si …`.
    Segment(Node<String>, Node<Expr>),
    /// `champ nom : type`.
    Field(Node<String>, Node<String>),
    /// `constante nom : valeur`.
    Constant(Node<String>, Node<Literal>),
    /// `script "…"`.
    Script(Node<String>),
    /// `inclure "…"`.
    Include(Node<String>),
    /// `test "…"` and its lines.
    Test(Box<Test>),
    /// A line that limits or selects.
    Setting(Setting),
    /// A rule of the plan, a stage, or a reaction.
    Rule(Box<Rule>),
    /// A header that could not be read: what follows still belongs to a scenario of its own.
    FailedHeader,
    /// An `étape` whose header could not be read, by the name that it seems to have.
    FailedStage(String),
    /// A definition that could not be read, by the name that it seems to have.
    FailedDefinition(String),
    /// A setting or rule that could not be read; its errors are told.
    Failed,
}

/// A name and its title.
#[derive(Clone, PartialEq, Debug)]
pub struct Header {
    /// As written.
    pub name: Node<String>,
    /// In quotes after it.
    pub title: Option<Node<String>>,
}

/// A line that limits or selects.
#[derive(Clone, PartialEq, Debug)]
pub enum Setting {
    /// `pour les factures où …`.
    Selection(Node<Expr>),
    /// `priorité n`.
    Priority(Node<Literal>),
    /// `calendrier nom`.
    Calendar(Node<String>),
    /// `envois …`.
    Sendings {
        /// Monday first; `None` when only hours are given.
        days: Option<[bool; 7]>,
        /// Minutes after midnight.
        hours: Option<(u16, u16)>,
    },
    /// `au plus n contacts tous les m jours par client`.
    Cap {
        /// How many.
        contacts: Node<Literal>,
        /// In how many days.
        period: Node<Literal>,
    },
    /// `sans plafond`.
    NoCap,
    /// `regrouper par client`.
    Group,
    /// `rattrapage pas à pas`.
    CatchUp,
    /// `paiements à jour depuis moins de …`, in hours.
    FreshPayments(u32),
    /// `reprise étape a → b`.
    Carry(Node<String>, Node<String>),
    /// `minimum …`.
    Minimum(Node<Literal>),
    /// `fin`.
    End,
}

/// A rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// What fires it.
    pub head: Node<Head>,
    /// `si` or `sauf si` between the head and `:`, and `sauf si` at the end.
    pub conditions: Vec<Guard>,
    /// What it does.
    pub sequence: Sequence,
    /// `sans relance préalable`.
    pub without_prior_reminder: bool,
}

/// A condition beside a rule's head.
#[derive(Clone, PartialEq, Debug)]
pub enum Guard {
    /// `si …`.
    If(Node<Expr>),
    /// `sauf si …`.
    Unless(Node<Expr>),
}

/// What fires a rule.
#[derive(Clone, PartialEq, Debug)]
pub enum Head {
    /// `si … alors`, `dès que … :`.
    If(Node<Expr>),
    /// `sinon`, `sinon si … :`.
    Else(Option<Node<Expr>>),
    /// `à J±n :`.
    Rung {
        /// Days past due.
        offset: i64,
        /// `fin de mois`.
        end_of_month: bool,
    },
    /// `à l'entrée :`.
    Entry,
    /// `après 8 jours :`.
    After(Node<Expr>),
    /// `tous les 10 jours (au plus 3 fois) :`.
    Every {
        /// The period.
        every: Node<Expr>,
        /// How often at most.
        at_most: Option<Node<Literal>>,
    },
    /// `quand … :`, the words of the event, and its quoted name.
    When(Node<String>, Option<Node<String>>),
}

/// Stages joined by `puis`.
#[derive(Clone, PartialEq, Debug)]
pub struct Sequence {
    /// Never empty.
    pub stages: Vec<Stage>,
}

/// What starts together.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// `puis après …`.
    pub after: Option<Node<Expr>>,
    /// `attendre …`, alone in its stage.
    pub wait: Option<Node<Expr>>,
    /// Joined by `et`.
    pub items: Vec<Item>,
}

/// An action and its fallbacks.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Joined by `à défaut`.
    pub attempts: Vec<Attempt>,
}

/// An action and whether somebody must approve it.
#[derive(Clone, PartialEq, Debug)]
pub struct Attempt {
    /// What to do.
    pub action: Node<Action>,
    /// `après validation`.
    pub approval: Option<Node<Approval>>,
}

/// `après validation [de rôle]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Approval {
    /// Who approves.
    pub by: Option<Node<String>>,
}

/// `email f() parmi (a, b)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// The call.
    pub call: Node<Expr>,
    /// The templates that it may name; none when the list is missing.
    pub among: Vec<Node<Name>>,
}

/// A word or a quoted text.
#[derive(Clone, PartialEq, Debug)]
pub enum Name {
    /// `ferme`.
    Bare(String),
    /// `"ferme"`.
    Quoted(String),
    /// Badly written, and told.
    Invalid,
}

/// One thing to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// `email ferme à comptabilité copie commercial`.
    Contact {
        /// The verb.
        channel: Node<Channel>,
        /// The template.
        template: Option<Node<Name>>,
        /// A script that chooses it.
        choice: Option<Choice>,
        /// `à`.
        to: Vec<Node<String>>,
        /// `copie`.
        copy: Vec<Node<String>>,
    },
    /// `tâche "…" à rôle`.
    Task {
        /// What to do.
        text: Option<Node<String>>,
        /// Who.
        to: Vec<Node<String>>,
    },
    /// `alerter "…"`.
    Alert(Option<Node<Name>>),
    /// `note "…"`.
    Note(Option<Node<String>>),
    /// `transmettre "…"`.
    HandOver(Option<Node<Name>>),
    /// `aller à …`.
    GoTo(Node<String>),
    /// `suspendre …`.
    Suspend(Option<Node<Expr>>),
    /// `reprendre`.
    Resume,
    /// `continuer`.
    Continue,
    /// Badly written, and told.
    Invalid,
}

/// A value written in the file.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// `3`.
    Number(Decimal),
    /// `1 500 €`.
    Amount(money::Amount),
    /// `12 %`, as its hundredth.
    Percent(Decimal),
    /// `15j`.
    Duration(day::Span),
    /// `31/12/2026`.
    Date(chrono::NaiveDate),
    /// `9h30`, in minutes after midnight.
    Hour(u16),
    /// `J+15`.
    Offset(i64),
    /// `"…"`.
    Text(String),
    /// `oui`, `non`.
    Truth(bool),
    /// Badly written, and told.
    Invalid,
}

/// A condition, or a part of one.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// A value.
    Literal(Literal),
    /// A fact, a segment, a régime.
    Word(String),
    /// `f(x)`.
    Call(String, Vec<Node<Expr>>),
    /// `non x`.
    Not(Box<Node<Expr>>),
    /// `x et y`.
    And(Vec<Node<Expr>>),
    /// `x ou y`.
    Or(Vec<Node<Expr>>),
    /// `x < y`.
    Compare(Node<Compare>, Box<Node<Expr>>, Box<Node<Expr>>),
    /// `x entre y et z`.
    Between(Box<Node<Expr>>, Box<Node<Expr>>, Box<Node<Expr>>),
    /// `x parmi (y, z)`.
    Among(Box<Node<Expr>>, Vec<Node<Expr>>),
    /// `x est connu`.
    Known(Box<Node<Expr>>),
    /// `x + y`.
    Arith(Node<Arith>, Box<Node<Expr>>, Box<Node<Expr>>),
    /// `-x`.
    Negative(Box<Node<Expr>>),
}
