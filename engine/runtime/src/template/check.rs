//! Checks every variable, part and filter of a template against the schema, in all branches, whether they are ever taken
//! or not. Walks the template engine's syntax tree, which knows the place of each word.

use super::answer::literal;
use super::filters::FILTERS;
use super::problem::Found;
use super::schema::{LOOP, Shape, VARIABLES, Variable};
use super::weight;
use crate::config::nearest::{help_for, nearest};
use minijinja::machinery::Span;
use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, Stmt};
use relance_core::machine::MessageCall;
use relance_core::proof::Words;

/// What people know from other template languages, and our word for it.
const FOREIGN_FILTERS: [(&str, &str); 8] = [
    ("upper", "majuscules"),
    ("lower", "minuscules"),
    ("length", "longueur"),
    ("count", "longueur"),
    ("first", "premier"),
    ("last", "dernier"),
    ("default", "ou"),
    ("d", "ou"),
];

/// A call of a function of the scripts.
#[derive(Clone, PartialEq, Debug)]
pub struct Called {
    /// What is called.
    pub call: MessageCall,
    /// Where.
    pub at: Words,
    /// The filter that its answer goes through.
    pub filter: Option<String>,
}

/// Reports what is wrong in a parsed template; gives back what it asks the scripts, and whether it names amounts that are computed.
pub(super) fn check(tree: &Stmt<'_>, found: &mut Found<'_>) -> (Vec<Called>, bool) {
    let mut walker = Walker { scopes: vec![Vec::new()], called: Vec::new(), computed: false, found };
    walker.statement(tree);
    let (called, computed) = (walker.called, walker.computed);
    weight::check(tree, found);
    (called, computed)
}

struct Walker<'w, 'f, 'a> {
    /// Names that the template itself gives, the innermost last.
    scopes: Vec<Vec<(&'a str, Shape)>>,
    called: Vec<Called>,
    /// It names what takes rates.
    computed: bool,
    found: &'w mut Found<'f>,
}

fn place(span: Span) -> (usize, Option<usize>) {
    (usize::from(span.start_line), Some(usize::from(span.start_col) + 1))
}

impl<'a> Walker<'_, '_, 'a> {
    fn report(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let (line, column) = place(span);
        self.found.error(line, column, message, help);
    }

    fn bind(&mut self, target: &Expr<'a>, shape: Shape) {
        match target {
            Expr::Var(var) => {
                let clash = VARIABLES.iter().any(|variable| variable.name == var.id);
                if clash {
                    let message = format!("`{}` est déjà le nom d'une variable des messages", var.id);
                    self.report(var.span(), message, "choisissez un autre nom");
                }
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((var.id, shape));
                }
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.bind(item, Shape::Any)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.bind(item, Shape::Any)),
            other => {
                self.expression(other);
            }
        }
    }

    fn block(&mut self, body: &[Stmt<'a>]) {
        self.scopes.push(Vec::new());
        body.iter().for_each(|statement| self.statement(statement));
        self.scopes.pop();
    }

    fn statement(&mut self, statement: &Stmt<'a>) {
        match statement {
            Stmt::Template(template) => template.children.iter().for_each(|child| self.statement(child)),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => {
                let shape = self.expression(&emit.expr);
                if matches!(shape, Shape::Record(_) | Shape::List(_)) {
                    let message = format!("{} ne s'écrit pas tel quel", shape.french());
                    self.report(emit.expr.span(), message, "choisissez une de ses parties, par exemple facture.numero");
                }
            }
            Stmt::ForLoop(each) => {
                let element = match self.expression(&each.iter) {
                    Shape::List(parts) => Shape::Record(parts),
                    Shape::Any => Shape::Any,
                    other => {
                        let message = format!("{{% for %}} parcourt une liste, pas {}", other.french());
                        self.report(each.iter.span(), message, "exemple : {% for f in factures %}");
                        Shape::Any
                    }
                };
                self.scopes.push(vec![("loop", Shape::Record(LOOP))]);
                self.bind(&each.target, element);
                if let Some(filter) = &each.filter_expr {
                    self.expression(filter);
                }
                each.body.iter().for_each(|child| self.statement(child));
                self.scopes.pop();
                self.block(&each.else_body);
            }
            Stmt::IfCond(condition) => {
                self.expression(&condition.expr);
                self.block(&condition.true_body);
                self.block(&condition.false_body);
            }
            Stmt::WithBlock(with) => {
                self.scopes.push(Vec::new());
                for (target, value) in &with.assignments {
                    let shape = self.expression(value);
                    self.bind(target, shape);
                }
                with.body.iter().for_each(|child| self.statement(child));
                self.scopes.pop();
            }
            Stmt::Set(set) => {
                let shape = self.expression(&set.expr);
                self.bind(&set.target, shape);
            }
            Stmt::SetBlock(set) => {
                self.block(&set.body);
                if let Some(filter) = &set.filter {
                    self.expression(filter);
                }
                self.bind(&set.target, Shape::Text);
            }
            Stmt::AutoEscape(escape) => {
                // It would let the data's characters be read as Markdown or HTML.
                let help = "retirez ce bloc : les valeurs sont toujours écrites telles quelles";
                self.report(escape.span(), "{% autoescape %} n'est pas admis", help);
            }
            Stmt::FilterBlock(block) => {
                self.expression(&block.filter);
                self.block(&block.body);
            }
            Stmt::Do(call) => {
                self.report(call.span(), "un modèle n'appelle pas de fonction", "retirez {% do %}");
            }
        }
    }

    fn arguments(&mut self, args: &[CallArg<'a>]) {
        for arg in args {
            match arg {
                CallArg::Pos(e) | CallArg::Kwarg(_, e) | CallArg::PosSplat(e) | CallArg::KwargSplat(e) => {
                    self.expression(e);
                }
            }
        }
    }

    /// Checks an expression and says what it gives.
    fn expression(&mut self, expr: &Expr<'a>) -> Shape {
        match expr {
            Expr::Var(var) => self.variable(var.id, var.span()),
            Expr::Const(constant) => match constant.value.kind() {
                minijinja::value::ValueKind::Number => Shape::Number,
                minijinja::value::ValueKind::String => Shape::Text,
                minijinja::value::ValueKind::Bool => Shape::Bool,
                _ => Shape::Any,
            },
            Expr::GetAttr(get) => {
                let owner = self.expression(&get.expr);
                self.part(owner, &get.expr, get.name, get.span())
            }
            Expr::GetItem(get) => {
                let owner = self.expression(&get.expr);
                self.expression(&get.subscript_expr);
                match (owner, get.subscript_expr.as_const()) {
                    (Shape::List(parts), _) => Shape::Record(parts),
                    (Shape::Record(_), Some(key)) => match key.as_str() {
                        Some(key) => self.part(owner, &get.expr, key, get.span()),
                        None => Shape::Any,
                    },
                    _ => Shape::Any,
                }
            }
            Expr::Filter(filter) => {
                let before = self.called.len();
                let input = filter.expr.as_ref().map_or(Shape::Text, |inner| self.expression(inner));
                if let (Shape::Answer, Some(called)) = (input, self.called.get_mut(before))
                    && filter.name != "ou"
                {
                    called.filter.get_or_insert_with(|| filter.name.to_owned());
                }
                self.arguments(&filter.args);
                self.filter(filter.name, input, filter.span())
            }
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
                let help = "écrivez simplement {% if promesse %} : une valeur absente compte pour faux";
                self.report(test.span(), format!("`is {}` n'existe pas ici", test.name), help);
                Shape::Bool
            }
            Expr::Compare(compare) => {
                let mut left = self.expression(&compare.expr);
                for op in &compare.ops {
                    let right = self.expression(&op.expr);
                    if !matches!(op.op, CompareOpKind::In | CompareOpKind::NotIn) {
                        self.comparable(left, right, compare.expr.span());
                    }
                    left = right;
                }
                Shape::Bool
            }
            Expr::BinOp(binary) => {
                let (left, right) = (self.expression(&binary.left), self.expression(&binary.right));
                self.binary(binary.op, left, right, binary.left.span())
            }
            Expr::UnaryOp(unary) => {
                self.expression(&unary.expr);
                Shape::Any
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr);
                let shape = self.expression(&choice.true_expr);
                if let Some(other) = &choice.false_expr {
                    self.expression(other);
                }
                shape
            }
            Expr::Slice(slice) => {
                let shape = self.expression(&slice.expr);
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.expression(bound);
                }
                shape
            }
            Expr::Call(call) => match &call.expr {
                Expr::Var(var) => self.call(var.id, var.span(), &call.args),
                _ => {
                    self.arguments(&call.args);
                    let help = "une fonction de script s'écrit seule : {{ note_de_risque() }}";
                    self.report(call.span(), "seule une fonction de script s'appelle ainsi", help);
                    Shape::Any
                }
            },
            Expr::List(list) => {
                list.items.iter().for_each(|item| {
                    self.expression(item);
                });
                Shape::Any
            }
            Expr::Tuple(tuple) => {
                tuple.items.iter().for_each(|item| {
                    self.expression(item);
                });
                Shape::Any
            }
            Expr::Map(map) => {
                for item in map.keys.iter().chain(&map.values) {
                    self.expression(item);
                }
                Shape::Any
            }
        }
    }

    /// A call of a function: whether the scripts have it is known where the scenarios are.
    fn call(&mut self, name: &str, span: Span, args: &[CallArg<'a>]) -> Shape {
        if FILTERS.iter().any(|filter| filter.name == name) {
            let help = format!("écrivez {{{{ valeur|{name} }}}}");
            self.report(span, format!("`{name}` est un filtre, pas une fonction"), help);
            return Shape::Any;
        }
        let bound = self.scopes.iter().flatten().any(|(bound, _)| *bound == name);
        if bound || VARIABLES.iter().any(|variable| variable.name == name) {
            let help = format!("écrivez {{{{ {name} }}}}, sans parenthèses");
            self.report(span, format!("`{name}` est une valeur, pas une fonction"), help);
            return Shape::Any;
        }
        let value = |arg: &CallArg<'a>| match arg {
            CallArg::Pos(given) => given.as_const().as_ref().and_then(literal),
            _ => None,
        };
        let Some(arguments) = args.iter().map(value).collect::<Option<Vec<_>>>() else {
            let help = "donnez-lui un nombre, un texte ou un oui/non ; la facture et le client, il les lit lui-même";
            self.report(span, format!("`{name}` ne reçoit que des valeurs écrites ici"), help);
            return Shape::Answer;
        };
        let call = MessageCall { function: name.to_owned(), arguments };
        let from = usize::from(span.start_col) + 1;
        let at = Words { line: usize::from(span.start_line), from, to: from + name.chars().count() };
        self.called.push(Called { call, at, filter: None });
        Shape::Answer
    }

    fn variable(&mut self, name: &str, span: Span) -> Shape {
        let own = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev()).find(|(bound, _)| *bound == name);
        if let Some((_, shape)) = own {
            return *shape;
        }
        if let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) {
            self.computed |= variable.computed;
            return variable.shape;
        }
        let bound = self.scopes.iter().flatten().map(|(bound, _)| *bound);
        let known: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).chain(bound).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("vouliez-vous dire `{near}` ?"),
            // Somebody who writes `montant` means the invoice's.
            None => match owner_of(name) {
                Some(path) => format!("vouliez-vous dire `{path}` ?"),
                None => help_for(name, &known),
            },
        };
        self.report(span, format!("variable inconnue `{name}`"), help);
        Shape::Any
    }

    fn part(&mut self, owner: Shape, expr: &Expr<'_>, name: &str, span: Span) -> Shape {
        let path = written(expr);
        match owner {
            Shape::Any => Shape::Any,
            Shape::Record(parts) => match parts.iter().find(|part| part.name == name) {
                Some(part) => {
                    self.computed |= part.computed;
                    part.shape
                }
                None => {
                    let known: Vec<&str> = parts.iter().map(|part| part.name).collect();
                    self.report(span, format!("`{path}.{name}` n'existe pas"), help_for(name, &known));
                    Shape::Any
                }
            },
            Shape::List(_) => {
                let help = format!("parcourez-la : {{% for f in {path} %}}{{{{ f.{name} }}}}{{% endfor %}}");
                self.report(span, format!("`{path}` est une liste : elle n'a pas de `{name}`"), help);
                Shape::Any
            }
            other => {
                let help = format!("écrivez seulement {{{{ {path} }}}}");
                self.report(span, format!("`{path}` est {} : il n'a pas de `{name}`", other.french()), help);
                Shape::Any
            }
        }
    }

    fn filter(&mut self, name: &str, input: Shape, span: Span) -> Shape {
        if !FILTERS.iter().any(|filter| filter.name == name) {
            let known: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
            let help = match FOREIGN_FILTERS.iter().find(|(foreign, _)| *foreign == name) {
                Some((_, ours)) => format!("ici, c'est `{ours}`"),
                None => help_for(name, &known),
            };
            self.report(span, format!("filtre inconnu `{name}`"), help);
            return Shape::Any;
        }
        match (name, input) {
            ("plus_jours", _) => Shape::Date,
            ("longueur", _) => Shape::Number,
            ("premier" | "dernier", Shape::List(parts)) => Shape::Record(parts),
            ("premier" | "dernier", _) => Shape::Any,
            ("ou", shape) => shape,
            _ => Shape::Text,
        }
    }

    /// Values of different kinds have an order of their own in the template engine, that no reader would expect.
    fn comparable(&mut self, left: Shape, right: Shape, span: Span) {
        if matches!(left, Shape::Answer) || matches!(right, Shape::Answer) {
            let help = "faites la comparaison dans le script : {% if risque_eleve() %}";
            self.report(span, "la réponse d'un script ne se compare pas dans un modèle", help);
            return;
        }
        let exact = |shape: Shape| matches!(shape, Shape::Amount | Shape::Date | Shape::Number | Shape::Text);
        let same = std::mem::discriminant(&left) == std::mem::discriminant(&right);
        if exact(left) && exact(right) && !same {
            let message = format!("{} ne se compare pas à {}", left.french(), right.french());
            self.report(span, message, "comparez deux valeurs de même sorte : facture.reste_du < facture.montant");
        }
    }

    fn binary(&mut self, op: BinOpKind, left: Shape, right: Shape, span: Span) -> Shape {
        use BinOpKind::{Add, Concat, Div, Eq, FloorDiv, Gt, Gte, In, Lt, Lte, Mul, Ne, Pow, Rem, ScAnd, ScOr, Sub};
        match op {
            Eq | Ne | Lt | Lte | Gt | Gte => {
                self.comparable(left, right, span);
                Shape::Bool
            }
            In => Shape::Bool,
            Concat => Shape::Text,
            ScAnd | ScOr => right,
            Add | Sub | Mul | Div | FloorDiv | Rem | Pow => {
                if [left, right].iter().any(|shape| matches!(shape, Shape::Answer)) {
                    self.report(
                        span,
                        "la réponse d'un script ne se calcule pas dans un modèle",
                        "calculez dans le script",
                    );
                    return Shape::Any;
                }
                if [left, right].iter().any(|shape| matches!(shape, Shape::Amount | Shape::Date)) {
                    let help = "les montants et les dates ne se calculent pas dans un modèle ; {{ date|plus_jours(8) }} existe";
                    self.report(span, "calcul impossible ici", help);
                    return Shape::Any;
                }
                // `"x" * 1000000` is a text that nobody wants.
                if matches!(op, Mul | Pow) && ![left, right].iter().all(|shape| matches!(shape, Shape::Number)) {
                    self.report(span, "seuls deux nombres se multiplient", "un modèle ne répète pas un texte");
                }
                Shape::Number
            }
        }
    }
}

/// An expression as its author wrote it, as far as it matters in a message.
fn written(expr: &Expr<'_>) -> String {
    match expr {
        Expr::Var(var) => var.id.to_owned(),
        Expr::GetAttr(get) => format!("{}.{}", written(&get.expr), get.name),
        _ => "cette valeur".to_owned(),
    }
}

/// The full name of a part that was written alone.
fn owner_of(name: &str) -> Option<String> {
    let has = |parts: &[Variable]| nearest(name, parts.iter().map(|part| part.name)).map(str::to_owned);
    ["facture", "client", "creancier", "destinataire"].iter().find_map(|owner| {
        let variable = VARIABLES.iter().find(|variable| variable.name == *owner)?;
        match variable.shape {
            Shape::Record(parts) => has(parts).map(|part| format!("{owner}.{part}")),
            _ => None,
        }
    })
}
