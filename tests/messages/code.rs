//! The payment code in e-mails: what it says, and that nothing stands where there can be none.

use crate::mail::{SETTINGS, bytes, flaws, parsed};
use crate::worlds::library;
use mail_parser::{MimeHeaders, PartType};
use relance_core::machine::Channel;
use relance_engine::template::{MessageContext, Rendered, SampleKind, sample};
use std::process::Command;

fn context(invoices: usize, regime: &'static str) -> MessageContext {
    sample(SampleKind { invoices, complete: true, regime, days_late: 18 })
}

fn render(name: &str, context: &MessageContext) -> Rendered {
    library().render(Channel::Email, name, context).unwrap_or_else(|problem| panic!("{problem}"))
}

/// The picture in a message, as a mail program finds it.
fn picture(bytes: &[u8]) -> Option<Vec<u8>> {
    let mail = parsed(bytes);
    let part = mail.parts.iter().find(|part| part.content_id() == Some("code-qr@relance"))?;
    assert_eq!(part.content_type().and_then(|kind| kind.subtype()), Some("png"));
    match &part.body {
        PartType::InlineBinary(bytes) | PartType::Binary(bytes) => Some(bytes.to_vec()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_banking_app_reads_what_the_message_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let scanner = Command::new("zbarimg").arg("--version").output().is_ok();
    if !scanner {
        println!("IGNORÉ : `zbarimg` est introuvable (paquet zbar-tools)");
    }
    for (name, invoices, language) in [("ferme", 1, None), ("ferme", 12, Some("en")), ("dernier_avis", 1, None)] {
        let context = MessageContext { language: language.map(str::to_owned), ..context(invoices, "b2b") };
        let rendered = render(name, &context);
        let page = rendered.html.clone().unwrap();
        let code = rendered.code.clone().expect("a code");
        // The last notice states penalties and fee, so that it asks for them, too.
        let asked = context.asked(name == "dernier_avis");
        assert_eq!((code.amount, &code.text), (asked, &context.transfer(asked).unwrap()));
        assert_eq!(asked.cents > context.total_collectable().cents, name == "dernier_avis");
        assert_eq!(page.matches("cid:code-qr@relance").count(), 1);
        assert!(!rendered.text.contains("QR"), "{}", rendered.text);
        let alone = rendered.page_alone(&context.creditor.look).unwrap();
        assert!(alone.contains("src=\"data:image/png;base64,") && !alone.contains("cid:"), "{name}");
        let bytes = bytes(folder.path(), SETTINGS, &rendered, &context);
        assert_eq!(flaws(&bytes, &rendered), Vec::<String>::new());
        let png = picture(&bytes).expect("a picture");
        assert!(png.len() < 3_000, "{} bytes", png.len());
        if scanner {
            let path = folder.path().join("code.png");
            std::fs::write(&path, &png).unwrap();
            let read = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&path).output().unwrap().stdout;
            assert_eq!(String::from_utf8(read).unwrap().trim_end(), code.text.trim_end(), "{name}");
        }
    }
}

#[test]
fn where_there_can_be_no_code_nothing_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let one = context(1, "b2b");
    for iban in [None, Some("FR76 3000 6000 0112 3456 7890 188".to_owned())] {
        let mut context = one.clone();
        context.creditor.iban = iban;
        wrong.push(("ferme", context));
    }
    let mut paid = one.clone();
    paid.invoices.iter_mut().for_each(|invoice| invoice.collectable.cents = 0);
    wrong.push(("ferme", paid));
    let mut dollars = one.clone();
    let currency = relance_core::money::Currency::parse("USD").unwrap();
    dollars.invoices.iter_mut().for_each(|invoice| invoice.collectable.currency = currency);
    wrong.push(("ferme", dollars));
    wrong.push(("ferme", context(1, "public")));
    // A template that does not ask for it.
    wrong.push(("courtois", one));
    for (name, context) in wrong {
        let rendered = render(name, &context);
        assert_eq!(rendered.code, None, "{name}");
        assert!(!rendered.html.as_ref().unwrap().contains("<img"), "{name}");
        assert_eq!(picture(&bytes(folder.path(), SETTINGS, &rendered, &context)), None);
    }
}
