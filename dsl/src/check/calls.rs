//! Calls of functions: of a script, or the built-in one. The type of a call comes from what stands around it.

use super::Checker;
use super::project::Project;
use super::types::{Typed, arithmetic, comparable, value_of};
use crate::Context;
use crate::ast::{self, Arith, Literal};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::machine::{Call, Expr};
use relance_core::schema::{Fact, REGIMES, Type, fold};

/// The one function of the language.
const VISITED: &str = "passée_par";

/// Whether the type of a part comes from what it is compared with: a call, or a calculation on calls.
pub(super) fn is_open(node: &Node<ast::Expr>) -> bool {
    let number = |node: &Node<ast::Expr>| matches!(node.value, ast::Expr::Literal(Literal::Number(_)));
    match &node.value {
        ast::Expr::Call(name, _) => fold(name) != fold(VISITED),
        ast::Expr::Negative(inside) => is_open(inside),
        ast::Expr::Arith(sign, left, right) => {
            let scaled = matches!(sign.value, Arith::Multiply | Arith::Divide);
            is_open(left) && (is_open(right) || scaled && number(right)) || is_open(right) && scaled && number(left)
        }
        _ => false,
    }
}

fn plural(n: usize) -> &'static str {
    if n > 1 { "s" } else { "" }
}

impl Checker<'_, '_, '_> {
    /// A call whose value must be of type `wanted`; a number, when nothing says.
    pub(super) fn call(
        &mut self,
        name: &str,
        arguments: &[Node<ast::Expr>],
        span: Span,
        wanted: Option<Type>,
    ) -> Option<Typed> {
        if fold(name) == fold(VISITED) {
            return self.visited(arguments, span);
        }
        // `n'est pas dans (vip, public)`
        if fold(name) == "dans" && !self.project.functions.iter().any(|function| fold(&function.name) == "dans") {
            let place = Span { start: span.start, end: span.start + name.len() };
            let found = self.error(Code::UnknownFunction, format!("`{name}` s'écrit `parmi`"), place);
            self.tell(found.help("écrivez par exemple `segment n'est pas parmi (vip, public)`").fix("parmi"));
            return None;
        }
        let checked: Vec<Option<Expr>> =
            arguments.iter().map(|argument| self.typed(argument, None).map(|typed| typed.expr)).collect();
        let function = self.function(name, arguments.len(), span)?;
        let ty = wanted.unwrap_or(Type::Number);
        let call = Call { function, arguments: checked.into_iter().collect::<Option<_>>()?, ty };
        Some(Typed { expr: Expr::Call(call), ty })
    }

    /// The function's name as its script writes it.
    fn function(&mut self, name: &str, arity: usize, span: Span) -> Option<String> {
        let place = Span { start: span.start, end: span.start + name.len() };
        match find_function(self.project, self.context, name, arity) {
            Ok(name) => Some(name),
            Err(Wrong { code, message, help, fix }) => {
                let place = if code == Code::WrongArguments { span } else { place };
                let found = self.error(code, message, place).help(help);
                let found = match fix {
                    Some(fix) => found.fix(fix),
                    None => found,
                };
                // A script that is not there has taken its functions with it.
                if code == Code::WrongArguments || !self.project.missing_script {
                    self.tell(found);
                }
                None
            }
        }
    }

    /// `passée_par(étape)`.
    fn visited(&mut self, arguments: &[Node<ast::Expr>], span: Span) -> Option<Typed> {
        if let [Node { value: ast::Expr::Literal(Literal::Invalid), .. }] = arguments {
            return None;
        }
        let [Node { value: ast::Expr::Word(stage), span }] = arguments else {
            let found = self
                .error(Code::WrongArguments, format!("`{VISITED}` attend le nom d'une étape, sans guillemets"), span)
                .help(format!("écrivez par exemple `{VISITED}(mise_en_demeure)`"));
            self.tell(found);
            return None;
        };
        let stage = self.stage(stage, *span, "une condition")?;
        Some(Typed { expr: Expr::Visited(stage), ty: Type::Bool })
    }

    /// The type that a value gives to a call beside it.
    pub(super) fn type_of(&self, node: &Node<ast::Expr>) -> Option<Type> {
        match &node.value {
            ast::Expr::Word(word) if !self.has_value(word) => {
                if self.segment(word).is_some() {
                    Some(Type::Segment)
                } else if REGIMES.contains(&fold(word).as_str()) {
                    Some(Type::Regime)
                } else if self.stages.find(word).is_some() {
                    Some(Type::Stage)
                } else {
                    Some(Type::Text)
                }
            }
            ast::Expr::Word(word) => match (Fact::find(word), self.project.field(word)) {
                (Some(fact), _) => Some(fact.ty()),
                (None, Some(field)) => Some(field.ty),
                (None, None) => self.project.constant(word).and_then(value_of).map(|(_, ty)| ty),
            },
            ast::Expr::Literal(literal) => value_of(literal).map(|(_, ty)| ty),
            ast::Expr::Negative(inside) => self.type_of(inside),
            ast::Expr::Arith(sign, left, right) => match (is_open(left), is_open(right)) {
                (true, _) => self.type_of(right),
                (_, true) => self.type_of(left),
                _ => arithmetic(sign.value, self.type_of(left)?, self.type_of(right)?),
            },
            _ => Some(Type::Bool),
        }
    }

    /// Two sides of which one at least is a call.
    pub(super) fn pair_with_call(&mut self, left: &Node<ast::Expr>, right: &Node<ast::Expr>) -> Option<(Typed, Typed)> {
        let ty = match (is_open(left), is_open(right)) {
            (true, true) => Some(Type::Number),
            (true, false) => self.type_of(right),
            _ => self.type_of(left),
        };
        let (l, r) = (self.typed(left, ty), self.typed(right, ty));
        let (l, r) = (l?, r?);
        if !comparable(l.ty, r.ty) {
            self.mismatch((left, &l), (right, &r));
            return None;
        }
        self.fixed_length(&l, &r, left.span.to(right.span))?;
        Some((l, r))
    }

    /// The two sides of a calculation whose result should be of type `wanted`.
    pub(super) fn operands(
        &mut self,
        sign: Arith,
        left: &Node<ast::Expr>,
        right: &Node<ast::Expr>,
        wanted: Option<Type>,
    ) -> (Option<Typed>, Option<Typed>) {
        let additive = matches!(sign, Arith::Add | Arith::Subtract);
        match (is_open(left), is_open(right)) {
            (false, false) => (self.typed(left, None), self.typed(right, None)),
            (true, true) if additive => (self.typed(left, wanted), self.typed(right, wanted)),
            (true, true) => (self.typed(left, wanted), self.typed(right, Some(Type::Number))),
            (true, false) => {
                let r = self.typed(right, None);
                let ty = r.as_ref().and_then(|r| beside(additive, r.ty, wanted));
                (self.typed(left, ty), r)
            }
            (false, true) => {
                let l = self.typed(left, None);
                let ty = l.as_ref().and_then(|l| match sign {
                    Arith::Divide => Some(Type::Number),
                    _ => beside(additive, l.ty, wanted),
                });
                (l, self.typed(right, ty))
            }
        }
    }
}

/// Why a call names no function.
pub(super) struct Wrong {
    pub code: Code,
    pub message: String,
    pub help: String,
    pub fix: Option<String>,
}

/// The name, as its script writes it, of the function that a call names.
pub(super) fn find_function(project: &Project, context: &Context, name: &str, arity: usize) -> Result<String, Wrong> {
    let wanted = fold(name);
    let named: Vec<_> = project.functions.iter().filter(|f| fold(&f.name) == wanted).collect();
    if let Some(function) = named.iter().find(|function| function.arity == arity) {
        return Ok(function.name.clone());
    }
    if let Some(function) = named.first() {
        let takes = match function.arity {
            0 => "n'attend aucun argument".to_owned(),
            n => format!("attend {n} argument{}", plural(n)),
        };
        let given = match arity {
            0 => "il n'y en a pas".to_owned(),
            n => format!("il y en a {n}"),
        };
        let slots = vec!["…"; function.arity].join(", ");
        return Err(Wrong {
            code: Code::WrongArguments,
            message: format!("`{}` {takes}, et {given}", function.name),
            help: format!(
                "écrivez `{}({slots})` : la fonction est définie dans {}, ligne {}",
                function.name, function.path, function.line
            ),
            fix: None,
        });
    }
    let unknown = |message, help, fix| Err(Wrong { code: Code::UnknownFunction, message, help, fix });
    let defines = |text: &str| fold(text).contains(&format!("fn {wanted}("));
    let named = |path: &str| project.scripts.iter().any(|script| script.path == path);
    if let Some(script) = context.scripts.iter().find(|script| !named(&script.path) && defines(&script.text)) {
        let message = format!("aucun fichier ne fait appel au script de `{name}`");
        return unknown(message, format!("ajoutez `script \"{}\"` en tête du fichier", script.path), None);
    }
    let known = project.functions.iter().map(|function| function.name.as_str());
    if let Some(meant) = nearest(name, known.chain([VISITED])) {
        let message = format!("fonction inconnue `{name}` : vouliez-vous dire `{meant}` ?");
        return unknown(message, format!("écrivez `{meant}(…)`"), Some(meant.to_owned()));
    }
    let help = if project.functions.is_empty() {
        "une fonction se définit dans un fichier rhai, que nomme `script \"scripts/….rhai\"`".to_owned()
    } else {
        let list = project.functions.iter().map(|f| format!("`{}`", f.name)).collect::<Vec<_>>();
        format!("les fonctions des scripts sont {}", list.join(", "))
    };
    unknown(format!("fonction inconnue `{name}`"), help, None)
}

/// The type of a call that is added to, or multiplied with, a value of type `other`.
fn beside(additive: bool, other: Type, wanted: Option<Type>) -> Option<Type> {
    Some(match (additive, other) {
        (true, Type::Date) if wanted == Some(Type::Duration) => Type::Date,
        (true, Type::Date) => Type::Duration,
        (true, other) => other,
        (false, Type::Number | Type::Percent) => wanted.unwrap_or(Type::Number),
        (false, _) => Type::Number,
    })
}
