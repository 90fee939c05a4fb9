//! Tests: their facts, their invoices, what they expect, against the scenario that they play.

use super::types::comparable;
use super::{Checker, Names};
use crate::ast::{Expr, Test, TestFact, TestHappening, TestLine, TestWhat};
use crate::cases::{
    Happening, Outside, SETTLED, TestCase, TestClient, TestDay, TestEnd, TestInvoice, TestName, TestPlace, What,
};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::machine::{Expr as Checked, PLAN, Value};
use relance_core::schema::{Fact, Type, fold};

/// The states of a scenario, for the tests that play it.
pub(crate) struct Stages {
    pub scenario: String,
    pub file: String,
    /// Where it begins in its file.
    pub begins: usize,
    pub names: Names,
    /// Not all of it could be read.
    pub unsure: bool,
}

/// What an invoice that no line names is called.
const INVOICE: &str = "F1";
/// What a client that no line names is called.
const CLIENT: &str = "C1";

impl Checker<'_, '_, '_> {
    /// A test; `None` when anything in it is wrong.
    pub fn case(
        &mut self,
        test: &Test,
        span: Span,
        file: &str,
        scenarios: &[Stages],
        line: &dyn Fn(Span) -> u32,
    ) -> Option<TestCase> {
        let place = |span: Span| TestPlace { file: file.to_owned(), line: line(span) };
        let errors = self.sink.found.len();
        let with = test.lines.iter().find_map(|line| match &line.value {
            TestLine::With(name) => Some(name),
            _ => None,
        });
        let scenario = self.scenario_of(with, test, span, file, scenarios);
        match scenario {
            Some(scenario) if with.is_some() => {
                self.stages = scenario.names.clone();
                self.stages_unsure = scenario.unsure;
            }
            // Without `avec`, its facts choose the scenario of each invoice.
            Some(_) => {
                self.stages = scenarios.iter().flat_map(|scenario| scenario.names.iter()).map(str::to_owned).collect();
                self.stages_unsure = scenarios.iter().any(|scenario| scenario.unsure);
            }
            None => {
                self.stages = [PLAN.to_owned()].into_iter().collect();
                self.stages_unsure = true;
            }
        }
        let mut case = TestCase {
            name: test.name.value.clone(),
            place: place(span),
            scenario: scenario.map(|scenario| scenario.scenario.clone()).unwrap_or_default(),
            named_scenario: with.is_some(),
            clients: Vec::new(),
            invoices: Vec::new(),
            people: Vec::new(),
            days: Vec::new(),
            then_nothing: false,
            ends: Vec::new(),
        };
        for line in &test.lines {
            self.given(line, &mut case);
        }
        if case.invoices.is_empty() && !test.wrong {
            let found = self
                .error(Code::BadTest, "ce test n'a pas de facture", test.name.span)
                .help("ajoutez une ligne, par exemple `facture F1 de 1 200 € échue le 03/03/2026`");
            self.tell(found);
        }
        for line in &test.lines {
            match &line.value {
                TestLine::Day { date, hour, happenings } => {
                    let happenings = happenings
                        .iter()
                        .filter_map(|happening| self.happening(happening, &case, test.wrong))
                        .collect();
                    case.days.push(TestDay { date: *date, hour: *hour, place: place(line.span), happenings });
                }
                TestLine::People(people) => case.people.push(*people),
                TestLine::ThenNothing => case.then_nothing = true,
                TestLine::End { invoice, state } => {
                    let invoice = invoice.as_ref().and_then(|number| self.invoice(number, &case, test.wrong));
                    if let Some(state) = self.end(state) {
                        case.ends.push(TestEnd { invoice, state, place: place(line.span) });
                    }
                }
                _ => {}
            }
        }
        let told = self.sink.found.len() > errors || self.stages_unsure;
        (!told && !test.wrong).then_some(case)
    }

    /// The scenario that a test plays: the one it names, or the one that it stands in.
    fn scenario_of<'s>(
        &mut self,
        with: Option<&Node<String>>,
        test: &Test,
        span: Span,
        file: &str,
        scenarios: &'s [Stages],
    ) -> Option<&'s Stages> {
        let Some(name) = with else {
            let mut here = scenarios.iter().filter(|scenario| scenario.file == file);
            let before = here.clone().rfind(|scenario| scenario.begins <= span.start);
            let found = before.or_else(|| here.next()).or(if let [only] = scenarios { Some(only) } else { None });
            if found.is_none() {
                let told =
                    self.error(Code::UnknownScenario, "on ne sait pas quel scénario joue ce test", test.name.span);
                self.tell(told.help(if scenarios.is_empty() {
                    "le projet n'a pas de scénario : une ligne suffit, `si retard >= 15j alors email ferme`"
                } else {
                    "dites-le sur une ligne : `avec mauvais_payeurs`"
                }));
            }
            return found;
        };
        let wanted = fold(&name.value);
        if let Some(found) = scenarios.iter().find(|scenario| fold(&scenario.scenario) == wanted) {
            return Some(found);
        }
        // The header of one scenario could not be read: it may be that one.
        if scenarios.iter().any(|scenario| scenario.scenario.is_empty()) {
            return None;
        }
        let known: Vec<&str> = scenarios.iter().map(|scenario| scenario.scenario.as_str()).collect();
        let message = match nearest(&name.value, known.iter().copied()) {
            Some(meant) => format!("scénario inconnu `{}` : vouliez-vous dire `{meant}` ?", name.value),
            None => format!("scénario inconnu `{}`", name.value),
        };
        let list = known.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let found = self.error(Code::UnknownScenario, message, name.span);
        let found = if list.is_empty() {
            found
        } else {
            found.help(if known.len() > 1 {
                format!("les scénarios du projet sont {list}")
            } else {
                format!("le projet n'a que le scénario {list}")
            })
        };
        self.tell(match nearest(&name.value, known.iter().copied()) {
            Some(meant) => found.fix(meant),
            None => found,
        });
        None
    }

    /// Lines that say what there is.
    fn given(&mut self, line: &Node<TestLine>, case: &mut TestCase) {
        match &line.value {
            TestLine::Invoice { number, amount, due, issued, known, facts } => {
                let name = number.as_ref().map_or(INVOICE, |number| number.value.as_str()).to_owned();
                if case.invoices.iter().any(|invoice| fold(&invoice.number) == fold(&name)) {
                    let found = self
                        .error(Code::BadTest, format!("ce test a déjà une facture `{name}`"), line.span)
                        .help("donnez un numéro à chacune : `facture F1 …`, `facture F2 …`");
                    self.tell(found);
                }
                let (Some(amount), Some(due)) = (*amount, *due) else { return };
                if issued.is_some_and(|issued| issued > due) {
                    let found = self.error(Code::BadTest, "cette facture est émise après son échéance", line.span);
                    self.tell(found.help("corrigez l'une des deux dates"));
                }
                if let (Some(issued), Some(known)) = (issued, known)
                    && known < issued
                {
                    let found = self.error(Code::BadTest, "cette facture est connue avant d'être émise", line.span);
                    self.tell(found.help("corrigez l'une des deux dates"));
                }
                let mut invoice = TestInvoice {
                    number: name,
                    client: CLIENT.to_owned(),
                    amount,
                    due,
                    issued: *issued,
                    known: *known,
                    facts: Vec::new(),
                };
                let mut places = Vec::new();
                for fact in facts {
                    match (fold(&fact.name.value).as_str(), &fact.value.value) {
                        ("client", Expr::Word(code)) => invoice.client = code.clone(),
                        ("client", Expr::Literal(crate::ast::Literal::Text(code))) => invoice.client = code.clone(),
                        _ => {
                            if let Some(given) = self.fact(fact, false) {
                                places.push(fact.name.span);
                                invoice.facts.push(given);
                            }
                        }
                    }
                }
                for (n, place) in places.into_iter().enumerate() {
                    self.given_twice(&invoice.client, &invoice.facts, n, case, place);
                }
                case.invoices.push(invoice);
            }
            TestLine::Client { code, facts } => {
                let code = code.as_ref().map_or(CLIENT, |code| code.value.as_str()).to_owned();
                let given = facts.iter().filter_map(|fact| Some((self.fact(fact, true)?, fact.name.span)));
                let (facts, places): (Vec<_>, Vec<Span>) = given.unzip();
                for (n, place) in places.into_iter().enumerate() {
                    self.given_twice(&code, &facts, n, case, place);
                }
                case.clients.push(TestClient { code, facts });
            }
            _ => {}
        }
    }

    /// Two values for one fact: of the same line, or of the same client. The last would silently win.
    fn given_twice(&mut self, client: &str, line: &[(TestName, Value)], n: usize, case: &TestCase, place: Span) {
        let Some((name, value)) = line.get(n) else { return };
        let of_client = |name: &TestName| match name {
            TestName::Fact(fact) => *fact == Fact::Segment || fact.name().starts_with("client."),
            TestName::Field(_) => false,
        };
        let mut before: Vec<&(TestName, Value)> = line.iter().take(n).collect();
        if of_client(name) {
            before.extend(case.clients.iter().filter(|c| c.code == client).flat_map(|c| &c.facts));
            before.extend(case.invoices.iter().filter(|i| i.client == client).flat_map(|i| &i.facts));
        }
        let Some((_, other)) = before.into_iter().find(|(known, other)| known == name && other != value) else {
            return;
        };
        let (word, owner) = match name {
            TestName::Fact(fact) if of_client(name) => (fact.name(), format!(" pour le client `{client}`")),
            TestName::Fact(fact) => (fact.name(), String::new()),
            TestName::Field(field) => (field.as_str(), String::new()),
        };
        let message = format!("`{word}` est donné deux fois{owner} : `{other}`, puis `{value}`");
        let found = self.error(Code::BadTest, message, place);
        let help = if of_client(name) && case.invoices.iter().any(|invoice| invoice.client == client) {
            "gardez une seule des deux valeurs, ou dites que la facture est à un autre client : `client C2`"
        } else {
            "gardez une seule des deux valeurs"
        };
        self.tell(found.help(help));
    }

    /// `segment vip`; on a `client` line, `retard_moyen` means `client.retard_moyen`.
    fn fact(&mut self, fact: &TestFact, of_client: bool) -> Option<(TestName, Value)> {
        let written = &fact.name.value;
        let of_customer = || Fact::find(&format!("client.{written}"));
        let found = if of_client { of_customer().or_else(|| Fact::find(written)) } else { Fact::find(written) };
        let (name, ty) = match (found, self.project.field(written)) {
            (Some(known), _) if is_derived(known) => {
                let message = format!("`{}` ne se donne pas : il se calcule", known.name());
                let found = self.error(Code::BadTest, message, fact.name.span).help(
                    "le montant et les dates de la facture se disent ainsi : `facture F1 de 1 200 € émise le 03/02/2026 échue le 03/03/2026`",
                );
                self.tell(found);
                return None;
            }
            (Some(known), _) => (TestName::Fact(known), known.ty()),
            (None, Some(field)) => (TestName::Field(field.name.clone()), field.ty),
            (None, None) => {
                if !self.project.is_failed(written) {
                    self.unknown_fact(written, fact.name.span);
                }
                return None;
            }
        };
        let typed = self.typed(&fact.value, Some(ty))?;
        let written = self.written(fact.value.span);
        match typed.expr {
            Checked::Literal(value) if comparable(ty, typed.ty) => Some((name, value)),
            _ if typed.ty == Type::Number && matches!(ty, Type::Amount | Type::Duration | Type::Percent) => {
                let unit = match ty {
                    Type::Amount => " €",
                    Type::Percent => " %",
                    _ => "j",
                };
                let fix = format!("{written}{unit}");
                let found = self
                    .error(Code::MissingUnit, format!("`{written}` n'a pas d'unité"), fact.value.span)
                    .help(format!("écrivez `{fix}`"))
                    .fix(fix);
                self.tell(found);
                None
            }
            _ => {
                let message = format!("`{}` est {}, et `{written}` n'en est pas", fact.name.value, ty.french());
                let found = self.error(Code::TypeMismatch, message, fact.value.span).help(format!(
                    "écrivez par exemple `{} {}`",
                    fact.name.value,
                    ty.example()
                ));
                self.tell(found);
                None
            }
        }
    }

    fn happening(&mut self, happening: &Node<TestHappening>, case: &TestCase, wrong: bool) -> Option<Happening> {
        let mut invoices = Vec::new();
        for number in &happening.value.invoices {
            invoices.extend(self.invoice(number, case, wrong));
        }
        let what = match &happening.value.what {
            TestWhat::Nothing => return None,
            TestWhat::Effect(attempt) => What::Effect(self.attempt(attempt)?),
            TestWhat::People(people) => What::People(*people),
            TestWhat::Event(Outside::Jump(state)) => {
                What::Event(Outside::Jump(self.stage(state, happening.span, "aller à")?))
            }
            TestWhat::Event(event) => What::Event(event.clone()),
        };
        Some(Happening { what, invoices, text: self.written(happening.span) })
    }

    /// The number of an invoice of the test.
    fn invoice(&mut self, number: &Node<String>, case: &TestCase, wrong: bool) -> Option<String> {
        let wanted = fold(&number.value);
        if let Some(known) = case.invoices.iter().find(|invoice| fold(&invoice.number) == wanted) {
            return Some(known.number.clone());
        }
        // Its line may be one that could not be read.
        if !wrong && !case.invoices.is_empty() {
            let list = case.invoices.iter().map(|i| format!("`{}`", i.number)).collect::<Vec<_>>().join(", ");
            let found = self
                .error(Code::UnknownInvoice, format!("ce test n'a pas de facture `{}`", number.value), number.span)
                .help(format!("ses factures : {list}"));
            self.tell(found);
        }
        None
    }

    /// `soldée`, or a state of the scenario.
    fn end(&mut self, state: &Node<String>) -> Option<String> {
        if matches!(fold(&state.value).as_str(), "soldee" | "solde") {
            return Some(SETTLED.to_owned());
        }
        let near = nearest(&state.value, self.stages.iter().chain([SETTLED]));
        if near == Some(SETTLED) && self.stages.find(&state.value).is_none() {
            let found = self
                .error(
                    Code::UnknownStage,
                    format!("état inconnu `{}` : vouliez-vous dire `{SETTLED}` ?", state.value),
                    state.span,
                )
                .help(format!("écrivez `état final {SETTLED}`"))
                .fix(SETTLED);
            self.tell(found);
            return None;
        }
        if matches!(fold(&state.value).as_str(), "payee" | "reglee") {
            let found = self
                .error(
                    Code::UnknownStage,
                    format!("état inconnu `{}` : vouliez-vous dire `{SETTLED}` ?", state.value),
                    state.span,
                )
                .help(format!("écrivez `état final {SETTLED}`"))
                .fix(SETTLED);
            self.tell(found);
            return None;
        }
        self.stage(&state.value, state.span, "aller à")
    }
}

/// Facts that follow from the rest of a test.
fn is_derived(fact: Fact) -> bool {
    matches!(
        fact,
        Fact::DaysLate
            | Fact::Today
            | Fact::Stage
            | Fact::RungReached
            | Fact::Number
            | Fact::Amount
            | Fact::DueDate
            | Fact::IssueDate
            | Fact::LimitationDate
            | Fact::CustomerCode
    )
}
