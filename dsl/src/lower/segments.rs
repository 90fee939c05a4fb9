//! `segment x : si …`: a rule over what is known of the client.

use super::Lowering;
use crate::ast::Expr;
use crate::diagnostic::Code;
use crate::span::{Node, Span};
use relance_core::machine::SegmentRule;
use relance_core::schema::Fact;

impl Lowering<'_, '_, '_> {
    pub(super) fn segment(&mut self, name: &Node<String>, condition: &Node<Expr>) {
        let told = self.checker.sink.found.len();
        self.customer_only(condition);
        if self.checker.sink.found.len() > told {
            return;
        }
        if let Some(guard) = self.checker.condition(condition) {
            self.segments.push(SegmentRule { name: name.value.clone(), guard });
        }
    }

    fn customer_only(&mut self, node: &Node<Expr>) {
        match &node.value {
            Expr::Word(word) => {
                if let Some(fact) = Fact::find(word).filter(|fact| !fact.name().starts_with("client.")) {
                    let of_customer = Fact::find(&format!("client.{}", fact.name())).map(Fact::name);
                    let meant = of_customer.or_else(|| counterpart(fact));
                    let message = match fact {
                        Fact::Segment => "un segment ne se définit pas par un autre".to_owned(),
                        _ => format!("`{word}` est un fait de la facture, et un segment range des clients"),
                    };
                    self.not_of_customer(message, meant, node.span);
                }
            }
            Expr::Call(name, _) => {
                let message = format!("`{name}(…)` ne peut pas définir un segment");
                self.not_of_customer(message, None, node.span);
            }
            Expr::Literal(_) => {}
            Expr::Not(inside) | Expr::Known(inside) | Expr::Negative(inside) => self.customer_only(inside),
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.customer_only(part)),
            Expr::Compare(_, left, right) | Expr::Arith(_, left, right) => {
                self.customer_only(left);
                // The right side of `segment = vip` is no fact.
                if !matches!(&left.value, Expr::Word(word) if Fact::find(word).is_some_and(|f| !f.name().starts_with("client.")))
                {
                    self.customer_only(right);
                }
            }
            Expr::Between(value, low, high) => {
                self.customer_only(value);
                self.customer_only(low);
                self.customer_only(high);
            }
            Expr::Among(value, _) => self.customer_only(value),
        }
    }

    fn not_of_customer(&mut self, message: String, meant: Option<&'static str>, span: Span) {
        let found = self.checker.error(Code::CustomerFactsOnly, message, span);
        self.checker.tell(match meant {
            Some(meant) => found.help(format!("écrivez par exemple `{meant}`")).fix(meant),
            None => found
                .help("lisez les faits du client (`client.retard_moyen`, `client.encours` …) ou un champ du projet"),
        });
    }
}

/// What a fact of the invoice is for the client.
fn counterpart(fact: Fact) -> Option<&'static str> {
    let of_customer = match fact {
        Fact::DaysLate => Fact::CustomerOldestDelay,
        Fact::Amount | Fact::BalanceDue | Fact::Collectable => Fact::CustomerOutstanding,
        _ => return None,
    };
    Some(of_customer.name())
}
