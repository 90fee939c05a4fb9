//! Conditions and values as the language writes them, for explanations and drawings.

use super::{
    Action, Approval, Arith, Attempt, Call, Channel, Compare, Contact, Expr, Item, Repeat, Sequence, SequenceStage,
    Value,
};
use crate::day::french_date;
use std::fmt::{self, Display};

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(true) => f.write_str("oui"),
            Value::Bool(false) => f.write_str("non"),
            Value::Number(n) => f.write_str(&n.normalize().to_string().replace('.', ",")),
            Value::Amount(amount) => amount.fmt(f),
            Value::Duration(span) => span.fmt(f),
            Value::Date(day) => f.write_str(&french_date(*day)),
            Value::Text(text) => f.write_str(text),
        }
    }
}

impl Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compare::Equal => "=",
            Compare::NotEqual => "≠",
            Compare::Less => "<",
            Compare::LessOrEqual => "<=",
            Compare::Greater => ">",
            Compare::GreaterOrEqual => ">=",
        })
    }
}

/// How tightly an expression binds; a looser one inside a tighter one needs parentheses.
fn rank(expr: &Expr) -> u8 {
    match expr {
        Expr::Or(_) => 0,
        Expr::And(parts) if parts.is_empty() => 5,
        Expr::And(_) => 1,
        Expr::Not(_) => 2,
        Expr::Compare(..) | Expr::Between(..) | Expr::Among(..) | Expr::Known(_) => 3,
        Expr::Arith(Arith::Add | Arith::Subtract, ..) => 4,
        Expr::Arith(..) => 5,
        Expr::Literal(_) | Expr::Fact(_) | Expr::Field(_) | Expr::Call(_) | Expr::Visited(_) => 6,
    }
}

struct Inside<'a>(&'a Expr, u8);

impl Display for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if rank(self.0) < self.1 { write!(f, "({})", self.0) } else { self.0.fmt(f) }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = rank(self);
        match self {
            Expr::Literal(value) => value.fmt(f),
            Expr::Fact(fact) => f.write_str(fact.name()),
            Expr::Field(name) => f.write_str(name),
            Expr::Visited(state) => write!(f, "passée_par({state})"),
            Expr::Call(call) => call.fmt(f),
            Expr::Known(x) => write!(f, "{} est connu", Inside(x, own + 1)),
            Expr::Not(x) => write!(f, "non {}", Inside(x, own)),
            Expr::And(parts) if parts.is_empty() => f.write_str("toujours"),
            Expr::And(parts) => joined(f, parts, " et ", own + 1),
            Expr::Or(parts) => joined(f, parts, " ou ", own + 1),
            Expr::Compare(op, x, y) => write!(f, "{} {op} {}", Inside(x, own + 1), Inside(y, own + 1)),
            Expr::Between(x, low, high) => {
                write!(f, "{} entre {} et {}", Inside(x, own + 1), Inside(low, own + 1), Inside(high, own + 1))
            }
            Expr::Among(x, values) => {
                write!(f, "{} parmi (", Inside(x, own + 1))?;
                listed(f, values)?;
                f.write_str(")")
            }
            Expr::Arith(op, x, y) => {
                let sign = match op {
                    Arith::Add => "+",
                    Arith::Subtract => "-",
                    Arith::Multiply => "*",
                    Arith::Divide => "/",
                };
                write!(f, "{} {sign} {}", Inside(x, own), Inside(y, own + 1))
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], word: &str, rank: u8) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        Inside(part, rank).fmt(f)?;
    }
    Ok(())
}

impl Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function)?;
        listed(f, &self.arguments)?;
        f.write_str(")")
    }
}

fn listed(f: &mut fmt::Formatter<'_>, parts: &[impl Display]) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        write!(f, "{}{part}", if i > 0 { ", " } else { "" })?;
    }
    Ok(())
}

impl Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.fmt(f)?;
        if let Some(template) = &self.template {
            write!(f, " {template}")?;
        }
        if let Some(choice) = &self.choice {
            write!(f, " {} parmi (", choice.call)?;
            listed(f, &choice.among)?;
            f.write_str(")")?;
        }
        if !self.to.is_empty() {
            write!(f, " à {}", self.to.join(", "))?;
        }
        if !self.copy.is_empty() {
            write!(f, " copie {}", self.copy.join(", "))?;
        }
        Ok(())
    }
}

impl Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tous les {}", self.every)?;
        match self.at_most {
            Some(most) => write!(f, " (au plus {most} fois)"),
            None => Ok(()),
        }
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Contact(contact) => contact.fmt(f),
            Action::Task { text, to } => match to {
                Some(role) => write!(f, "tâche « {text} » à {role}"),
                None => write!(f, "tâche « {text} »"),
            },
            Action::Alert { target } => write!(f, "alerter « {target} »"),
            Action::Note { text } => write!(f, "note « {text} »"),
            Action::HandOver { target } => write!(f, "transmettre « {target} »"),
            Action::GoTo { state } => write!(f, "aller à {state}"),
            Action::Suspend { length: Some(length) } => write!(f, "suspendre {length}"),
            Action::Suspend { length: None } => f.write_str("suspendre"),
            Action::Resume => f.write_str("reprendre"),
            Action::Continue => f.write_str("continuer"),
        }
    }
}

impl Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.action.fmt(f)?;
        match &self.approval {
            None => Ok(()),
            Some(Approval { by: None }) => f.write_str(" après validation"),
            Some(Approval { by: Some(role) }) => write!(f, " après validation de {role}"),
        }
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, attempt) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" à défaut ")?;
            }
            attempt.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for SequenceStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, item) in self.items.iter().enumerate() {
            if i > 0 {
                f.write_str(" et ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, stage) in self.stages.iter().enumerate() {
            match (i, &stage.wait, stage.items.is_empty()) {
                (0, Some(wait), true) => write!(f, "attendre {wait}")?,
                (0, Some(wait), false) => write!(f, "attendre {wait} puis ")?,
                (0, None, _) => {}
                (_, Some(wait), true) => write!(f, " puis attendre {wait}")?,
                (_, Some(wait), false) => write!(f, " puis après {wait} ")?,
                (_, None, _) => f.write_str(" puis ")?,
            }
            stage.fmt(f)?;
        }
        Ok(())
    }
}
