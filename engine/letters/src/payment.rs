//! How to pay: the template's frame that names the account, read line by line, and the code that says the same to a banking app.

use crate::letter::{Payment, PaymentRow};
use crate::words::{line, shown};
use relance_core::money::Amount;
use relance_engine::qr;
use relance_engine::template::{Block, MessageContext, Span};

/// The longest words before a colon that are a label.
const LABEL: usize = 32;

/// Whether a block is the frame that tells the account.
pub(crate) fn tells_account(block: &Block, iban: &str) -> bool {
    let Block::Quote { blocks } = block else { return false };
    let mut said = String::new();
    for block in blocks {
        if let Block::Paragraph { spans } = block {
            said.extend(spans.iter().flat_map(|span| span.text.chars()).filter(|c| c.is_alphanumeric()));
        }
    }
    !iban.is_empty() && said.contains(iban)
}

/// The frame with the code; without one it is the frame as it is written.
pub(crate) fn frame(blocks: &[Block], message: &MessageContext, amount: Amount, code: Option<&str>) -> Payment {
    let mut rows = Vec::new();
    for block in blocks {
        if let Block::Paragraph { spans } = block {
            rows.extend(spans.split(|span| span.text == "\n").filter(|line| !line.is_empty()).map(row));
        }
    }
    let Some(picture) = code.and_then(qr::svg) else { return Payment { rows, ..Payment::default() } };
    // The amount stands with the account, before what is to be quoted.
    let quoted = |row: &PaymentRow| row.label.as_ref().is_some_and(|label| label.starts_with("Référence"));
    let before = rows.iter().position(quoted).unwrap_or(rows.len());
    rows.insert(before, PaymentRow { label: Some("Montant".to_owned()), spans: vec![plain(&amount.to_string())] });
    let reference = message.remittance();
    if reference.starts_with("RF") && code.is_some_and(|code| code.ends_with(&reference)) {
        rows.push(PaymentRow {
            label: Some("Référence du virement".to_owned()),
            spans: vec![plain(&grouped(&reference))],
        });
    }
    Payment {
        rows,
        code: Some(picture),
        described: format!("Code QR de virement de {amount} à {}", line(&message.creditor.name)),
        caption: format!("À scanner avec l’application de votre banque : virement de {amount}"),
    }
}

fn plain(text: &str) -> Span {
    Span { text: shown(text), ..Span::default() }
}

/// In groups of four, which stay on one line.
fn grouped(reference: &str) -> String {
    let letters: Vec<char> = reference.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("\u{a0}")
}

/// A line; what stands before its colon is its label.
fn row(spans: &[Span]) -> PaymentRow {
    let labelled = spans.split_first().and_then(|(first, rest)| {
        let (label, value) = first.text.split_once(':')?;
        let label = label.trim();
        let short = !label.is_empty() && label.chars().count() <= LABEL;
        let value = Span { text: value.trim_start().to_owned(), ..first.clone() };
        let spans: Vec<Span> = [value].into_iter().chain(rest.iter().cloned()).filter(|s| !s.text.is_empty()).collect();
        (short && !spans.is_empty()).then(|| PaymentRow { label: Some(label.to_owned()), spans })
    });
    labelled.unwrap_or_else(|| PaymentRow { label: None, spans: spans.to_vec() })
}
