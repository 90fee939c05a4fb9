//! A letter from what its template says and what is known of creditor, client and invoices.

use crate::address::{block, town};
use crate::annex::{Account, annex, whole};
use crate::letter::{Letter, Part, Payment, Sender};
use crate::payment::{frame, tells_account};
use crate::words::{line, lines, shown};
use relance_core::epc::NoCode;
use relance_core::money::Amount;
use relance_core::registered::Registered;
use relance_engine::template::{Block, CreditorView, Lang, LetterText, MessageContext, Span, spoken_phone};

/// More invoices than this are not all named in the references.
const NAMED: usize = 3;

/// What a letter is made of.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// What it can say.
    pub message: &'a MessageContext,
    /// What it says.
    pub text: &'a LetterText,
    /// What a registered one is: paper, or none; nothing of any other letter.
    pub registered: Option<Registered>,
    /// The accounts of its invoices, in their order.
    pub accounts: &'a [Account<'a>],
}

/// A letter, and why it has no payment code if it has none.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The letter.
    pub letter: Letter,
    /// What it asks for.
    pub asked: Amount,
    /// Why nobody can scan it.
    pub no_code: Option<NoCode>,
    /// An amount that it states comes from a rate that was read at one place only.
    pub to_confirm: bool,
}

/// Makes a letter.
pub fn compose(draft: &Draft<'_>) -> Composed {
    let Draft { message, text, registered, accounts } = *draft;
    let asked = message.asked(text.computed);
    let code = message.transfer(asked);
    let subject = text.subject.as_ref().map(|subject| shown(subject));
    let title = text.subject.clone().unwrap_or_else(|| format!("Courrier à {}", message.client.name));
    let letter = Letter {
        language: text.language.clone(),
        title: line(&title),
        day: message.date,
        sender: sender(&message.creditor),
        recipient: recipient(message),
        dispatch: registered.map(|form| dispatch(form).to_owned()),
        dated: dated(message),
        references: references(message, "au décompte ci-joint"),
        subject: subject.map(|subject| ("Objet".to_owned(), subject)),
        body: body(message, text, asked, code.as_ref().ok().map(String::as_str)),
        annex: annex(message, text.computed, accounts),
    };
    let to_confirm = text.computed && accounts.iter().any(|account| account.statement.slices().any(|s| s.to_confirm));
    Composed { letter, asked, no_code: code.err(), to_confirm }
}

/// The statement of account of a message's invoices, on the creditor's paper.
pub fn statement_sheet(message: &MessageContext, accounts: &[Account<'_>]) -> Letter {
    let title = match accounts {
        [only] => format!("Décompte de la facture {}", shown(only.number)),
        several => format!("Décompte de {} factures", several.len()),
    };
    Letter {
        language: "fr".to_owned(),
        title: line(&title),
        day: message.date,
        sender: sender(&message.creditor),
        recipient: recipient(message),
        dispatch: None,
        dated: dated(message),
        references: references(message, "ci-dessous"),
        subject: Some(("Objet".to_owned(), title)),
        body: Vec::new(),
        annex: Some(whole(message, accounts)),
    }
}

/// How a registered letter is sent, as it says so itself.
fn dispatch(form: Registered) -> &'static str {
    match form {
        Registered::Paper => "Lettre recommandée avec avis de réception",
        Registered::Electronic => "Lettre recommandée électronique",
    }
}

fn recipient(message: &MessageContext) -> Vec<String> {
    let client = &message.client;
    let person = message.recipient.name.as_deref();
    let lines = block(&client.name, person, client.address.as_ref(), client.country.as_deref());
    lines.iter().map(|line| shown(line)).collect()
}

pub(crate) fn sender(creditor: &CreditorView) -> Sender {
    let name = line(&creditor.name);
    let address = lines(creditor.address.as_ref());
    let phone = creditor.phone.as_ref().map(|phone| format!("Tél. {}", spoken_phone(&line(phone))));
    let contacts = [phone, creditor.email.as_ref().map(|email| line(email))];
    let siren = creditor.siren.as_ref().map(|siren| format!("SIREN {}", line(siren)));
    let site = creditor.site.as_ref().map(|site| line(site.trim_start_matches("https://").trim_end_matches('/')));
    let foot = [Some(name.clone()), Some(address.join(", ")), siren, site];
    let foot: Vec<String> = foot.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    Sender { name, address, contacts: contacts.into_iter().flatten().collect(), footer: shown(&foot.join(" – ")) }
}

fn dated(message: &MessageContext) -> String {
    let day = Lang::of("fr").long_date(message.date);
    match town(message.creditor.address.as_ref()) {
        Some(town) => format!("{town}, le {day}"),
        None => format!("Le {day}"),
    }
}

/// What to quote; `place` is where many invoices are listed.
fn references(message: &MessageContext, place: &str) -> Vec<(String, String)> {
    let numbers: Vec<&str> = message.invoices.iter().map(|invoice| invoice.number.as_str()).collect();
    let invoices = match numbers.as_slice() {
        [only] => Some(("Facture".to_owned(), shown(only))),
        some if some.len() <= NAMED => Some(("Factures".to_owned(), shown(&some.join(", ")))),
        many => Some(("Factures".to_owned(), format!("{}, {place}", many.len()))),
    };
    [Some(("Votre compte client".to_owned(), shown(&message.client.code))), invoices].into_iter().flatten().collect()
}

/// The body, its frame with the account made a payment, and its last paragraph a signature when it names who signs.
fn body(message: &MessageContext, text: &LetterText, asked: Amount, code: Option<&str>) -> Vec<Part> {
    let iban: String =
        message.creditor.iban.iter().flat_map(|iban| iban.chars()).filter(|c| !c.is_whitespace()).collect();
    let mut told = false;
    let mut parts: Vec<Part> = Vec::new();
    for piece in &text.body {
        parts.push(match piece {
            Block::Quote { blocks } if !told && tells_account(piece, &iban) => {
                told = true;
                Part::Payment(cleaned_payment(frame(blocks, message, asked, code)))
            }
            other => Part::Text { block: cleaned(other) },
        });
    }
    let signature = parts.pop_if(|last| signs(last, &message.creditor));
    if !told && code.is_some() {
        let mut payment = frame(&account(&message.creditor), message, asked, code);
        payment.rows.iter_mut().for_each(|row| clean(&mut row.spans));
        parts.push(Part::Payment(payment));
    }
    if let Some(Part::Text { block: Block::Paragraph { spans } }) = signature {
        parts.push(Part::Signature { spans });
    }
    parts
}

/// The account, for a template that does not tell it.
fn account(creditor: &CreditorView) -> Vec<Block> {
    let said = |text: String| Span { text, ..Span::default() };
    let mut spans = vec![said(format!("Par virement à {}", creditor.name))];
    let iban = creditor.iban.as_ref().map(|iban| {
        let letters: Vec<char> = iban.chars().filter(|c| !c.is_whitespace()).collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("\u{a0}")
    });
    for (label, value) in [("IBAN", iban), ("BIC", creditor.bic.clone())] {
        if let Some(value) = value {
            spans.push(said("\n".to_owned()));
            spans.push(said(format!("{label}\u{a0}: {value}")));
        }
    }
    vec![Block::Paragraph { spans }]
}

/// Whether a paragraph is a signature: more than a line, one of which is the creditor's name or who signs for it.
fn signs(part: &Part, creditor: &CreditorView) -> bool {
    let Part::Text { block: Block::Paragraph { spans } } = part else { return false };
    let names = [Some(&creditor.name), creditor.signatory.as_ref()];
    let names: Vec<String> = names.into_iter().flatten().map(|name| shown(&line(name))).collect();
    let mut said = spans
        .split(|span| span.text == "\n")
        .map(|line| line.iter().map(|span| span.text.as_str()).collect::<String>());
    spans.iter().any(|span| span.text == "\n") && said.any(|said| names.iter().any(|name| said.trim() == name))
}

fn cleaned_payment(mut payment: Payment) -> Payment {
    payment.rows.iter_mut().for_each(|row| clean(&mut row.spans));
    payment
}

fn clean(spans: &mut [Span]) {
    for span in spans.iter_mut().filter(|span| span.text != "\n") {
        span.text = shown(&span.text);
    }
}

/// The same, with words as they may stand on paper.
fn cleaned(block: &Block) -> Block {
    let mut block = block.clone();
    match &mut block {
        Block::Paragraph { spans } | Block::Heading { spans, .. } => clean(spans),
        Block::Quote { blocks } => blocks.iter_mut().for_each(|block| *block = cleaned(block)),
        Block::List { items, .. } => {
            items.iter_mut().flatten().for_each(|block| *block = cleaned(block));
        }
        Block::Table { head, rows, .. } => {
            head.iter_mut().chain(rows.iter_mut().flatten()).for_each(|cell| clean(cell));
        }
        Block::Rule => {}
    }
    block
}
