//! Conditions as data.

use crate::day::Span;
use crate::money::Amount;
use crate::schema::Fact;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A known value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
        match self {
            Expr::Literal(_) => {}
            Expr::Fact(fact) => seen(*fact),
            Expr::Known(x) | Expr::Not(x) | Expr::Among(x, _) => x.each_fact(seen),
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| part.each_fact(seen)),
            Expr::Compare(_, x, y) | Expr::Arith(_, x, y) => {
                x.each_fact(seen);
                y.each_fact(seen);
            }
            Expr::Between(x, y, z) => {
                x.each_fact(seen);
                y.each_fact(seen);
                z.each_fact(seen);
            }
        }
    }
}
