//! Conditions as data.

use crate::day::Span;
use crate::money::Amount;
use crate::schema::{Fact, Type};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A known value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Value {
    /// `oui`, `non`.
    #[serde(rename = "oui_non")]
    Bool(bool),
    /// A number; a percentage is its hundredth.
    #[serde(rename = "nombre")]
    Number(Decimal),
    /// Money.
    #[serde(rename = "montant")]
    Amount(Amount),
    /// A length of time.
    #[serde(rename = "duree")]
    Duration(Span),
    /// A civil date.
    #[serde(rename = "date")]
    Date(NaiveDate),
    /// Free text, or a word of a list (segment, régime).
    #[serde(rename = "texte")]
    Text(String),
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Compare {
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `≠`
    #[serde(rename = "≠")]
    NotEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Compare {
    /// The comparison that holds exactly where this one does not.
    pub fn opposite(self) -> Compare {
        match self {
            Compare::Equal => Compare::NotEqual,
            Compare::NotEqual => Compare::Equal,
            Compare::Less => Compare::GreaterOrEqual,
            Compare::LessOrEqual => Compare::Greater,
            Compare::Greater => Compare::LessOrEqual,
            Compare::GreaterOrEqual => Compare::Less,
        }
    }

    /// Whether it holds between two values in this order.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Compare::Equal => order == Ordering::Equal,
            Compare::NotEqual => order != Ordering::Equal,
            Compare::Less => order == Ordering::Less,
            Compare::LessOrEqual => order != Ordering::Greater,
            Compare::Greater => order == Ordering::Greater,
            Compare::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

/// Arithmetic on numbers, amounts and durations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Arith {
    /// `+`
    #[serde(rename = "+")]
    Add,
    /// `-`
    #[serde(rename = "-")]
    Subtract,
    /// `*`
    #[serde(rename = "*")]
    Multiply,
    /// `/`
    #[serde(rename = "/")]
    Divide,
}

/// A condition, or a part of one. Checked: every comparison is between values of one type.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Expr {
    /// A value written in the file.
    #[serde(rename = "valeur")]
    Literal(Value),
    /// A fact of the invoice or its client.
    #[serde(rename = "fait")]
    Fact(Fact),
    /// `x est connu`.
    #[serde(rename = "connu")]
    Known(Box<Expr>),
    /// `non x`.
    #[serde(rename = "non")]
    Not(Box<Expr>),
    /// `x et y`; at least two. An empty one is always true.
    #[serde(rename = "et")]
    And(Vec<Expr>),
    /// `x ou y`; at least two.
    #[serde(rename = "ou")]
    Or(Vec<Expr>),
    /// `x < y` and the like.
    #[serde(rename = "compare")]
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// `x entre a et b`, both included.
    #[serde(rename = "entre")]
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `x parmi (a, b)`.
    #[serde(rename = "parmi")]
    Among(Box<Expr>, Vec<Value>),
    /// `x + y` and the like.
    #[serde(rename = "calcul")]
    Arith(Arith, Box<Expr>, Box<Expr>),
    /// A custom fact (`champ`), by its declared name.
    #[serde(rename = "champ")]
    Field(String),
    /// A function of a script.
    #[serde(rename = "appel")]
    Call(Call),
    /// `passée_par(x)`: whether the invoice is or has been in the state.
    #[serde(rename = "passée_par")]
    Visited(String),
}

/// A call of a function of a script.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The function.
    #[serde(rename = "fonction")]
    pub function: String,
    /// What it is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Expr>,
    /// The type that its value must have.
    #[serde(rename = "type")]
    pub ty: Type,
}

impl Expr {
    /// The condition that always holds.
    pub fn always() -> Expr {
        Expr::And(Vec::new())
    }

    /// Whether this is [`Expr::always`].
    pub fn is_always(&self) -> bool {
        matches!(self, Expr::And(parts) if parts.is_empty())
    }

    /// Calls `seen` for every fact in it.
    pub fn each_fact(&self, seen: &mut impl FnMut(Fact)) {
        self.each(&mut |part| {
            if let Expr::Fact(fact) = part {
                seen(*fact);
            }
        });
    }

    /// Calls `seen` for every part of it, itself first.
    pub fn each<'a>(&'a self, seen: &mut impl FnMut(&'a Expr)) {
        seen(self);
        match self {
            Expr::Literal(_) | Expr::Fact(_) | Expr::Field(_) | Expr::Visited(_) => {}
            Expr::Known(x) | Expr::Not(x) | Expr::Among(x, _) => x.each(seen),
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| part.each(seen)),
            Expr::Call(call) => call.arguments.iter().for_each(|part| part.each(seen)),
            Expr::Compare(_, x, y) | Expr::Arith(_, x, y) => {
                x.each(seen);
                y.each(seen);
            }
            Expr::Between(x, y, z) => {
                x.each(seen);
                y.each(seen);
                z.each(seen);
            }
        }
    }

    /// Whether it calls a function of a script.
    pub fn calls(&self) -> bool {
        let mut found = false;
        self.each(&mut |part| found |= matches!(part, Expr::Call(_)));
        found
    }
}

impl From<Span> for Expr {
    fn from(span: Span) -> Expr {
        Expr::Literal(Value::Duration(span))
    }
}
