//! What goes on paper: letters composed from the project's templates, and set.

use crate::failure::{Failure, unknown};
use crate::project::Project;
use chrono::NaiveDate;
use relance_core::dossier::Dossier;
use relance_core::interest::{Amounts, Debt, statement};
use relance_engine::paper::{Order, Sheet, Typesetter};
use relance_engine::runner::{Sender, context};
use relance_engine::template::{Library, MessageContext, Severity, TemplateProblem};
use relance_letters::{Account, Composed, Draft, Letter, Print, Refusal, Sheets, compose, pdf, statement_sheet};
use std::sync::Arc;

/// The accounts of invoices, with what each owes on a day.
fn owed<'a>(amounts: &'a Amounts, debts: &'a [(String, Debt)], day: NaiveDate) -> Vec<Account<'a>> {
    let account = |(number, debt): &'a (String, Debt)| Account {
        number,
        debt: debt.clone(),
        statement: statement(debt, amounts, day),
        terms: &amounts.terms,
    };
    debts.iter().map(account).collect()
}

/// A letter, with the accounts of its invoices.
pub fn letter(amounts: &Amounts, order: &Order<'_>) -> Composed {
    let accounts = owed(amounts, order.accounts, order.message.date);
    let Order { message, text, registered, .. } = *order;
    compose(&Draft { message, text, registered, accounts: &accounts })
}

/// Why the amounts that a letter states are not firm, if they are not.
pub fn gap(amounts: &Amounts, order: &Order<'_>) -> Option<String> {
    let accounts = order.accounts.iter().filter(|_| order.text.computed);
    let mut gaps = accounts.flat_map(|(_, debt)| statement(debt, amounts, order.message.date).gaps);
    gaps.next().map(|gap| gap.told())
}

/// Sets the letters that leave by a service, and the statements that go with e-mails.
#[derive(Debug)]
pub struct Press(pub Arc<Amounts>);

impl Typesetter for Press {
    fn set(&self, order: &Order<'_>) -> Result<Sheet, String> {
        if let Some(gap) = gap(&self.0, order) {
            return Err(gap);
        }
        let letter = letter(&self.0, order).letter;
        let sheets = set(&letter.title, std::slice::from_ref(&letter), false).map_err(|failure| failure.words().0)?;
        // Places where a line may break are for paper only.
        let recipient = letter.recipient.iter().map(|line| line.replace('\u{200b}', "")).collect();
        Ok(Sheet { pdf: sheets.bytes, recipient })
    }

    fn statement(&self, message: &MessageContext, debts: &[(String, Debt)]) -> Result<Vec<u8>, String> {
        let made = statement_piece(&self.0, message, debts).map(|(bytes, _)| bytes);
        made.map_err(|failure| {
            let (what, help) = failure.words();
            if help.is_empty() { what } else { format!("{what} ; {help}") }
        })
    }
}

/// The statement of account that goes with a message, and whether a rate behind it was read at one place only; or why there is none.
pub fn statement_piece(
    amounts: &Amounts,
    message: &MessageContext,
    debts: &[(String, Debt)],
) -> Result<(Vec<u8>, bool), Failure> {
    let accounts = owed(amounts, debts, message.date);
    if let Some(gap) = accounts.iter().find_map(|account| account.statement.gaps.first()) {
        return Err(Failure::Findings(gap.told()));
    }
    let sheet = statement_sheet(message, &accounts);
    let set = set(&sheet.title, std::slice::from_ref(&sheet), false)?;
    let to_confirm = accounts.iter().any(|account| account.statement.slices().any(|slice| slice.to_confirm));
    Ok((set.bytes, to_confirm))
}

/// What a program built without the letters says of templates that ask for a statement of account.
pub fn without_letters(library: &Library, built: bool) -> Vec<TemplateProblem> {
    let requiring = library.requiring_statement().filter(|_| !built);
    let problem = |(file, line): (&str, usize)| {
        let (what, help) = not_built().words();
        TemplateProblem {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(1),
            column: None,
            severity: Severity::Error,
            message: format!("`piece: decompte` : {what}, aucun de ces messages ne partirait"),
            help: Some(format!("{help} ; ou retirez cette pièce")),
        }
    };
    requiring.map(problem).collect()
}

/// Whether this program sets letters and statements.
pub const BUILT: bool = relance_letters::BUILT;

/// Nobody in this program sets letters.
pub fn not_built() -> Failure {
    Failure::Usage(
        "ce programme a été compilé sans les lettres en PDF".to_owned(),
        "recompilez-le avec elles : `cargo build --release --features lettres` (plusieurs minutes la première fois)"
            .to_owned(),
    )
}

/// The statement of account of an invoice on a day, as a page of its own.
pub fn statement_of(project: &Project, dossier: &Dossier, number: &str, day: NaiveDate) -> Result<Letter, Failure> {
    // Nobody pays by a link of a statement: its secret is not asked for.
    let sender = Sender { creditor: project.creditor(), ..Sender::default() };
    let message = context(&sender, &project.prepare(Vec::new()), dossier, (number, &[]), None, day);
    let file = dossier.invoices.get(number);
    let (Some(message), Some(file)) = (message, file) else {
        return Err(unknown("facture", number));
    };
    let debts = [(number.to_owned(), Debt::of(dossier, file))];
    Ok(statement_sheet(&message, &owed(&project.amounts, &debts, day)))
}

/// Sets letters as one file.
pub fn set(title: &str, letters: &[Letter], two_sided: bool) -> Result<Sheets, Failure> {
    pdf(&Print { title, letters, two_sided }).map_err(|refusal| match refusal {
        Refusal::NotBuilt => not_built(),
        Refusal::Empty => Failure::Usage("il n’y a pas de lettre à mettre en page".to_owned(), String::new()),
        Refusal::Failed(why) => Failure::Outside(
            format!("la lettre ne peut pas être mise en page : {why}"),
            "c’est un défaut de Relance : signalez-le, avec le modèle".to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use relance_core::machine::Channel;

    #[test]
    fn a_program_without_the_letters_refuses_the_statement_at_its_line() {
        let (mut library, mut problems) = (Library::empty(), Vec::new());
        for (name, piece) in [("un", "piece: decompte\n"), ("deux", "piece: facture\n"), ("trois", "")] {
            let text = format!("---\nobjet: x\n{piece}---\nBonjour\n");
            library.add(Channel::Email, name, &format!("modeles/email/{name}.md"), &text, &mut problems);
        }
        assert!(problems.is_empty(), "{problems:?}");
        assert!(without_letters(&library, true).is_empty());
        let told: Vec<String> = without_letters(&library, false).iter().map(ToString::to_string).collect();
        let refused = "modeles/email/un.md:3 : `piece: decompte` : ce programme a été compilé sans les lettres en PDF, aucun de ces \
                       messages ne partirait\n  aide : recompilez-le avec elles : `cargo build --release --features lettres` (plusieurs \
                       minutes la première fois) ; ou retirez cette pièce";
        assert_eq!(told, [refused]);
    }
}
