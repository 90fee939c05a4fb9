//! Texts that grow: `{% set a = a ~ a %}`, again and again, doubles each time, in few steps and much memory. How many pieces a name can stand
//! for is counted before anything is written, and bounded.

use super::problem::Found;
use minijinja::machinery::Span;
use minijinja::machinery::ast::{CallArg, Expr, Stmt};

/// The most pieces that a name or an expression may join. A piece is a value of the data, or a hundred characters of the template.
const MOST: u64 = 10_000;
/// How long a list is taken to be.
const LIST: u64 = 100;

/// Reports the names that could hold far more than a message.
pub(super) fn check(tree: &Stmt<'_>, found: &mut Found<'_>) {
    Scale { names: Vec::new(), found }.statement(tree);
}

struct Scale<'w, 'f, 'a> {
    /// Names that the template gives, and what they weigh, the innermost last.
    names: Vec<(&'a str, u64)>,
    found: &'w mut Found<'f>,
}

fn of_text(text: &str) -> u64 {
    1 + u64::try_from(text.len() / 100).unwrap_or(MOST)
}

impl<'a> Scale<'_, '_, 'a> {
    /// The weight of a statement's output.
    fn statement(&mut self, statement: &Stmt<'a>) -> u64 {
        match statement {
            Stmt::Template(template) => self.block(&template.children),
            Stmt::EmitRaw(raw) => of_text(raw.raw),
            Stmt::EmitExpr(emit) => self.bounded(&emit.expr),
            Stmt::ForLoop(each) => {
                let list = self.bounded(&each.iter);
                let before = self.names.len();
                self.bind(&each.target, 1, each.iter.span());
                let body = self.block(&each.body);
                self.names.truncate(before);
                list.saturating_mul(LIST).saturating_mul(body).saturating_add(self.block(&each.else_body))
            }
            Stmt::IfCond(condition) => {
                self.bounded(&condition.expr);
                // What a branch sets stays set after it.
                self.block(&condition.true_body).saturating_add(self.block(&condition.false_body))
            }
            Stmt::WithBlock(with) => {
                let before = self.names.len();
                for (target, value) in &with.assignments {
                    let weight = self.bounded(value);
                    self.bind(target, weight, value.span());
                }
                let body = self.block(&with.body);
                self.names.truncate(before);
                body
            }
            Stmt::Set(set) => {
                let weight = self.bounded(&set.expr);
                self.bind(&set.target, weight, set.expr.span());
                0
            }
            Stmt::SetBlock(set) => {
                let weight = self.block(&set.body);
                self.bind(&set.target, weight, set.target.span());
                0
            }
            Stmt::FilterBlock(block) => self.block(&block.body),
            Stmt::AutoEscape(escape) => self.block(&escape.body),
            Stmt::Do(_) => 0,
        }
    }

    fn block(&mut self, body: &[Stmt<'a>]) -> u64 {
        body.iter().fold(0, |sum: u64, child| sum.saturating_add(self.statement(child)))
    }

    /// A name keeps the most that it ever held: which branch was taken is not known.
    fn bind(&mut self, target: &Expr<'a>, weight: u64, span: Span) {
        self.judge(weight, span);
        let weight = weight.min(MOST);
        match target {
            Expr::Var(var) => self.names.push((var.id, weight)),
            Expr::List(list) => list.items.iter().for_each(|item| self.bind(item, weight, span)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.bind(item, weight, span)),
            _ => {}
        }
    }

    fn bounded(&mut self, expr: &Expr<'a>) -> u64 {
        let weight = self.expression(expr);
        self.judge(weight, expr.span());
        weight.min(MOST)
    }

    fn judge(&mut self, weight: u64, span: Span) {
        if weight > MOST {
            let (line, column) = (usize::from(span.start_line), usize::from(span.start_col) + 1);
            let help = "n'y joignez pas un texte à lui-même, et ne mettez pas de boucle dans une boucle";
            self.found.error(line, Some(column), "ce texte pourrait grandir sans mesure", help);
        }
    }

    fn expression(&self, expr: &Expr<'a>) -> u64 {
        let all = |items: &[Expr<'a>]| items.iter().fold(1, |sum: u64, item| sum.saturating_add(self.expression(item)));
        let arguments = |args: &[CallArg<'a>]| {
            args.iter().fold(0, |sum: u64, arg| match arg {
                CallArg::Pos(e) | CallArg::Kwarg(_, e) | CallArg::PosSplat(e) | CallArg::KwargSplat(e) => {
                    sum.saturating_add(self.expression(e))
                }
            })
        };
        match expr {
            Expr::Var(var) => {
                let held = self.names.iter().filter(|(name, _)| *name == var.id).map(|(_, weight)| *weight).max();
                held.unwrap_or(1)
            }
            Expr::Const(constant) => constant.value.as_str().map_or(1, of_text),
            Expr::GetAttr(get) => self.expression(&get.expr),
            Expr::GetItem(get) => self.expression(&get.expr),
            Expr::Slice(slice) => self.expression(&slice.expr),
            Expr::UnaryOp(unary) => self.expression(&unary.expr),
            Expr::BinOp(binary) => self.expression(&binary.left).saturating_add(self.expression(&binary.right)),
            Expr::IfExpr(choice) => {
                let other = choice.false_expr.as_ref().map_or(0, |other| self.expression(other));
                self.expression(&choice.true_expr).saturating_add(other)
            }
            Expr::Filter(filter) => {
                let input = filter.expr.as_ref().map_or(1, |inner| self.expression(inner));
                input.saturating_add(arguments(&filter.args))
            }
            Expr::Call(call) => 1 + arguments(&call.args),
            Expr::List(list) => all(&list.items),
            Expr::Tuple(tuple) => all(&tuple.items),
            Expr::Map(map) => all(&map.values),
            Expr::Test(_) | Expr::Compare(_) => 1,
        }
    }
}
