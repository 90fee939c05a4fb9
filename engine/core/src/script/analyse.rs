//! Walks a compiled function: which facts it reads, whom it calls, and what can be seen to be wrong before it runs.

use super::french::{receives, with_values};
use super::reads::Reads;
use super::suggest;
use super::test_run::TEST_ONLY;
use super::views::{CUSTOMER, INVOICE, Names, Readable, is_view};
use rhai::{
    AST, ASTFlags, ASTNode, BinaryExpr, Expr, FnAccess, FnCallExpr, FnPtr, Position, ScriptFuncDef, Stmt,
    is_valid_identifier,
};
use std::collections::BTreeSet;

/// What the functions of the project and of the host are called, with their numbers of values.
pub(super) struct Known {
    pub scripts: BTreeSet<(String, usize)>,
    pub host: BTreeSet<(String, usize)>,
}

impl Known {
    fn has(&self, name: &str, arity: usize) -> bool {
        let key = (name.to_owned(), arity);
        self.scripts.contains(&key) || self.host.contains(&key)
    }

    fn is_script(&self, name: &str) -> bool {
        self.scripts.iter().any(|(known, _)| known == name)
    }
}

/// What a function does by itself, without those that it calls.
#[derive(Default)]
pub(super) struct Summary {
    pub reads: Reads,
    /// The script functions that it calls or passes on; without a number of values, any of that name.
    pub calls: BTreeSet<(String, Option<usize>)>,
    pub wrong: Vec<Wrong>,
}

/// More than this of one function is not told.
const MAX_WRONG: usize = 100;

/// Something wrong at a position.
pub(super) struct Wrong {
    pub at: Position,
    pub message: String,
    pub help: Option<String>,
}

struct Walk<'a> {
    names: &'a Names,
    known: &'a Known,
    anonymous: bool,
    test: bool,
    found: Summary,
}

/// Looks through one function.
pub(super) fn function(ast: &AST, def: &ScriptFuncDef, names: &Names, known: &Known) -> Summary {
    let anonymous = def.name.starts_with("anon$");
    // A private function may help the tests: no scenario can call it.
    let test = anonymous || def.name.starts_with("test_") || matches!(def.access, FnAccess::Private);
    let mut walk = Walk { names, known, anonymous, test, found: Summary::default() };
    for param in def.params.iter().filter(|param| is_view(param)) {
        walk.shadows(param, def.body.start_position());
    }
    // rhai does not let us name the type of a body, so the walk is over an AST with this function alone.
    let mut alone = ast.clone();
    alone.retain_functions(|_, _, name, arity| name == def.name.as_str() && arity == def.params.len());
    alone.walk(&mut |path: &[ASTNode<'_>]| walk.node(path));
    walk.found
}

impl Walk<'_> {
    fn wrong(&mut self, at: Position, message: String, help: Option<String>) {
        self.found.wrong.push(Wrong { at, message, help });
    }

    fn shadows(&mut self, name: &str, at: Position) {
        let message = format!("`{name}` désigne déjà la vue sur les faits : aucune variable ne peut porter ce nom");
        self.wrong(at, message, Some("choisissez un autre nom".to_owned()));
    }

    fn node(&mut self, path: &[ASTNode<'_>]) -> bool {
        let parent = path.len().checked_sub(2).and_then(|index| path.get(index));
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(var, _, at))) if is_view(&var.0.name) => self.shadows(&var.0.name, *at),
            Some(ASTNode::Stmt(Stmt::For(each, at))) => {
                let names = [Some(&each.0), each.1.as_ref()];
                for name in names.into_iter().flatten().filter(|ident| is_view(&ident.name)) {
                    self.shadows(&name.name, *at);
                }
            }
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                if let Some((view, at)) = root(&assignment.1.lhs).filter(|(name, _)| is_view(name)) {
                    let message = format!("`{view}` se lit seulement : un script ne modifie rien");
                    self.wrong(at, message, Some("mettez la valeur dans une variable : `let x = …;`".to_owned()));
                } else if !matches!(assignment.1.lhs, Expr::Variable(..)) {
                    // rhai does not check the size of a collection after this: it could grow without bound.
                    let message = "on ne modifie pas une partie d'une valeur par `=`".to_owned();
                    let help = "pour une liste ou un objet, écrivez `x.set(indice, valeur)`".to_owned();
                    self.wrong(assignment.0.position(), message, Some(help));
                }
            }
            // rhai's walk leaves out the value of a `break`.
            Some(ASTNode::Stmt(Stmt::BreakLoop(Some(value), _, _))) => {
                value.walk(&mut Vec::new(), &mut |path| self.node(path));
            }
            Some(ASTNode::Stmt(Stmt::FnCall(call, at))) => self.call(call, *at, false),
            Some(ASTNode::Expr(expr)) => self.expr(expr, parent),
            _ => {}
        }
        self.found.wrong.len() < MAX_WRONG
    }

    fn expr(&mut self, expr: &Expr, parent: Option<&ASTNode<'_>>) {
        match expr {
            Expr::Variable(variable, short, at) => {
                let name = variable.1.as_str();
                if is_view(name) {
                    let read = matches!(parent, Some(ASTNode::Expr(Expr::Dot(pair, ..) | Expr::Index(pair, ..)))
                        if std::ptr::eq(&pair.lhs, expr));
                    if !read {
                        let example = if name == CUSTOMER { "client.encours" } else { "facture.retard" };
                        let message = format!("`{name}` ne s'emploie que suivi d'un fait, comme `{example}`");
                        let help = "toutes les fonctions la voient : il n'est pas besoin de la passer".to_owned();
                        self.wrong(*at, message, Some(help));
                    }
                } else if short.is_none() && variable.0.is_none() {
                    self.free_variable(name, *at);
                }
            }
            Expr::Dot(pair, ..) | Expr::Index(pair, ..) => {
                if let Expr::Variable(variable, _, at) = &pair.lhs
                    && is_view(&variable.1)
                {
                    self.read(&variable.1, expr, &pair.rhs, *at);
                }
            }
            Expr::FnCall(call, at) => self.call(call, *at, false),
            // Already told, by the view.
            Expr::MethodCall(..) if matches!(parent, Some(ASTNode::Expr(Expr::Dot(pair, ..))) if starts_at_view(pair)) =>
                {}
            Expr::MethodCall(call, at) => self.call(call, *at, true),
            Expr::DynamicConstant(value, _) => {
                if let Some(pointer) = value.read_lock::<FnPtr>() {
                    self.found.calls.insert((pointer.fn_name().to_owned(), None));
                }
            }
            _ => {}
        }
    }

    /// A name that no `let` introduces: a function passed by its name, or a mistake.
    fn free_variable(&mut self, name: &str, at: Position) {
        if self.known.is_script(name) {
            self.found.calls.insert((name.to_owned(), None));
        } else if self.anonymous {
            let message = format!("la variable `{name}` n'existe pas dans cette fonction anonyme");
            let help = "une fonction anonyme ne voit que ses paramètres, `facture` et `client`".to_owned();
            self.wrong(at, message, Some(help));
        } else {
            let near = suggest::nearest(name, [INVOICE, CUSTOMER]);
            let help = near.map(|near| format!("vouliez-vous dire `{near}` ?"));
            self.wrong(at, format!("la variable `{name}` n'existe pas"), help);
        }
    }

    /// `facture.x`, `facture["x"]`; `whole` is the chain that starts with the view, `rhs` what follows it.
    fn read(&mut self, view: &str, whole: &Expr, rhs: &Expr, at: Position) {
        let ends_here =
            matches!(whole, Expr::Dot(_, flags, _) | Expr::Index(_, flags, _) if flags.contains(ASTFlags::BREAK));
        let first = match rhs {
            Expr::Dot(pair, ..) | Expr::Index(pair, ..) if !(ends_here && matches!(whole, Expr::Index(..))) => {
                &pair.lhs
            }
            other => other,
        };
        match (whole, first) {
            (Expr::Dot(..), Expr::Property(property, at)) => self.fact(view, &property.2, *at),
            (Expr::Index(..), Expr::StringConstant(name, at)) => self.fact(view, name, *at),
            (Expr::Dot(..), Expr::MethodCall(call, _)) => {
                let message = format!("`{view}` n'a pas de fonction `{}` : on n'y lit que des faits", call.name);
                self.wrong(at, message, Some(format!("retirez les parenthèses, ou écrivez `{}(…)`", call.name)));
            }
            _ => self.found.reads.all = true,
        }
    }

    fn fact(&mut self, view: &str, name: &str, at: Position) {
        match self.names.of_view(view, name) {
            Some(readable) => self.reads(readable),
            None => self.no_fact(&format!("{view}.{name}"), at),
        }
    }

    fn reads(&mut self, readable: Readable) {
        match readable {
            Readable::Fact(fact) => {
                self.found.reads.facts.insert(fact);
            }
            Readable::Field(_) => {
                self.found.reads.fields.insert(self.names.name(readable).to_owned());
            }
        }
    }

    fn no_fact(&mut self, full: &str, at: Position) {
        let all: Vec<String> = self.names.all().collect();
        let bare = full.rsplit('.').next().unwrap_or(full);
        // `facture.encours` is nearer to `client.encours` than its letters say.
        let elsewhere = all.iter().find(|name| {
            name.rsplit('.').next().is_some_and(|last| crate::schema::fold(last) == crate::schema::fold(bare))
        });
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let lasts: Vec<String> = all.iter().map(|name| last(name)).collect();
        let near = elsewhere.or_else(|| {
            let near = suggest::nearest(bare, lasts.iter().map(String::as_str))?;
            all.iter().find(|name| last(name) == near)
        });
        let help = near.map(|near| format!("vouliez-vous dire `{near}` ?"));
        self.wrong(at, format!("le fait `{full}` n'existe pas"), help);
    }

    fn call(&mut self, call: &FnCallExpr, at: Position, method: bool) {
        let name = call.name.as_str();
        if call.op_token.is_some() || !is_valid_identifier(name) {
            return;
        }
        if name == "connu" && !method {
            self.asks(call, at);
        }
        // `x.f(a)` calls a host function with `x` first, or a script's with `a` alone.
        let arity = call.args.len() + usize::from(method);
        if name == "call" && arity > 0 {
            return;
        }
        if method && self.known.is_script(name) && !self.known.host.contains(&(name.to_owned(), arity)) {
            let message = format!("`{name}` ne s'appelle pas après un point");
            self.wrong(at, message, Some(format!("écrivez la valeur entre les parenthèses : `{name}(…)`")));
        } else if self.known.scripts.contains(&(name.to_owned(), call.args.len())) {
            // Also for `x.f(a)`: rhai would prefer the script's function to the host's.
            self.found.calls.insert((name.to_owned(), Some(call.args.len())));
        } else if !self.known.has(name, arity) {
            self.no_function(name, arity, at);
        } else if TEST_ONLY.contains(&name) && !self.test {
            let message = format!("`{name}` ne s'emploie que dans une fonction `test_…`");
            self.wrong(at, message, None);
        }
    }

    fn no_function(&mut self, name: &str, arity: usize, at: Position) {
        let all = || self.known.scripts.iter().chain(&self.known.host);
        let mut arities: Vec<usize> = all().filter(|(known, _)| known == name).map(|(_, arity)| *arity).collect();
        arities.sort_unstable();
        arities.dedup();
        if arities.is_empty() {
            let near = suggest::nearest(
                name,
                all().map(|(known, _)| known.as_str()).filter(|known| is_valid_identifier(known)),
            );
            let help = match (name, near) {
                ("timestamp" | "sleep" | "now", _) => {
                    Some("un script n'a pas d'horloge : la date du jour est `facture.aujourd_hui`".to_owned())
                }
                (_, near) => near.map(|near| format!("vouliez-vous dire `{near}` ?")),
            };
            self.wrong(at, format!("la fonction `{name}` n'existe pas"), help);
        } else {
            let takes: Vec<String> = arities.into_iter().map(receives).collect();
            let message = format!("la fonction `{name}` ne s'appelle pas {}", with_values(arity));
            self.wrong(at, message, Some(format!("elle {}", takes.join(" ou "))));
        }
    }

    /// `connu("client.délai_habituel")`.
    fn asks(&mut self, call: &FnCallExpr, at: Position) {
        match call.args.first() {
            Some(Expr::StringConstant(name, at)) => match self.names.find(name) {
                Some(readable) => self.reads(readable),
                None => self.no_fact(name, *at),
            },
            Some(chain @ (Expr::Dot(..) | Expr::Index(..))) if root(chain).is_some_and(|(name, _)| is_view(name)) => {
                let help = "écrivez-le entre guillemets, comme `connu(\"client.délai_habituel\")`".to_owned();
                self.wrong(at, "`connu` demande le nom du fait, pas sa valeur".to_owned(), Some(help));
            }
            _ => self.found.reads.all = true,
        }
    }
}

fn starts_at_view(pair: &BinaryExpr) -> bool {
    matches!(&pair.lhs, Expr::Variable(variable, ..) if is_view(&variable.1))
}

/// The variable that a chain starts from.
fn root(expr: &Expr) -> Option<(&str, Position)> {
    match expr {
        Expr::Variable(variable, _, at) => Some((variable.1.as_str(), *at)),
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => root(&pair.lhs),
        _ => None,
    }
}
