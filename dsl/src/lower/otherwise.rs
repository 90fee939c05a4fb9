//! `sinon`: the clock bounds of the rule before, and the contrary of the rest of its condition.

use super::branches::{Parts, and, or};
use relance_core::machine::{Bound, Expr, Repeat};

/// When a rule can fire, besides its condition.
#[derive(Clone)]
pub(super) enum Kind {
    /// At a rung that its head gives, or whenever its condition says.
    Timed(Option<Bound>),
    /// `à l'entrée`.
    Entry,
    /// `tous les …`.
    Every(Repeat),
}

/// The rule just before.
pub(super) enum Previous {
    /// None, or one that has no contrary.
    None,
    /// One that is wrong; its error is told.
    Failed,
    /// One with a condition.
    Rule(Answered),
}

/// What a `sinon` answers.
pub(super) struct Answered {
    /// Of which kind it is.
    pub kind: Kind,
    pub parts: Vec<Parts>,
    /// How many `sinon` came before.
    pub length: usize,
}

/// A longer chain of `sinon` is refused: each one carries the contrary of all before it.
pub(super) const MAX_CHAIN: usize = 20;

impl Answered {
    /// The condition of the `sinon`; `None` when nothing is left to deny.
    pub fn contrary(&self) -> Option<Expr> {
        let whole = |parts: &Parts| and(parts.clock.iter().chain(&parts.rest).cloned().collect());
        let mut alternatives = Vec::new();
        for (i, parts) in self.parts.iter().enumerate() {
            if parts.rest.is_empty() {
                continue;
            }
            let mut conjuncts = parts.clock.clone();
            conjuncts.push(Expr::Not(Box::new(and(parts.rest.clone()))));
            for (j, other) in self.parts.iter().enumerate() {
                if i != j {
                    conjuncts.push(Expr::Not(Box::new(whole(other))));
                }
            }
            alternatives.push(and(conjuncts));
        }
        (!alternatives.is_empty()).then(|| or(alternatives))
    }

    /// What a further `sinon` answers, after `sinon si condition`.
    pub fn extended(mut self, condition: &Expr) -> Answered {
        self.length += 1;
        for parts in &mut self.parts {
            parts.rest = vec![Expr::Or(vec![and(std::mem::take(&mut parts.rest)), condition.clone()])];
        }
        self
    }
}
