//! What the head of a message says: who, to whom, in which thread, whatever names and subjects hold.

use super::*;
use crate::channel::message::MailBuilder;
use mail_parser::{Message, MessageParser};

fn built(settings: &str, outgoing: &Outgoing) -> Vec<u8> {
    MailBuilder::new(&config(settings), Path::new(".")).unwrap().build(outgoing).unwrap().bytes
}

fn parse(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// The lines of the head that matter here.
fn head(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", "\n ");
    let told = ["From:", "Reply-To:", "Message-ID:", "In-Reply-To:", "References:", "Auto-Submitted:", " "];
    head.lines().filter(|line| told.iter().any(|start| line.starts_with(start))).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_reminder_follows_the_earlier_ones_of_its_invoice() {
    let first = built("", &outgoing("F1#1.1.1.0"));
    assert!(parse(&first).references().as_text().is_none());
    let thread = vec!["F1#1.1.1.0".to_owned(), "F1#2.1.1.0".to_owned()];
    let third = built("", &Outgoing { thread, ..outgoing("F1#3.1.1.0") });
    let third = parse(&third);
    let references = third.references().as_text_list().unwrap();
    assert_eq!(references.len(), 2);
    assert_eq!(Some(references[0].as_ref()), parse(&first).message_id(), "the same name, seen from both sides");
    assert_eq!(third.in_reply_to().as_text(), Some(references[1].as_ref()));
    let long = (0..500).map(|i| format!("F1#{i}.1.1.0")).collect();
    let bytes = built("", &Outgoing { thread: long, ..outgoing("F1#900.1.1.0") });
    let long = parse(&bytes);
    let references = long.references().as_text_list().unwrap();
    assert_eq!(references.len(), 20);
    let latest = built("", &outgoing("F1#499.1.1.0"));
    let first = built("", &outgoing("F1#0.1.1.0"));
    assert_eq!(Some(references[0].as_ref()), parse(&first).message_id(), "the thread hangs on its first message");
    assert_eq!(long.in_reply_to().as_text(), parse(&latest).message_id());
    assert!(String::from_utf8(bytes).unwrap().lines().all(|line| line.len() <= 998));
}

#[test]
fn who_sends_what() {
    let settings = "[personnes.commercial]\nnom = \"Hugo Petit\"\nemail = \"hugo@ateliers.example\"\n\
                    [[email.expediteurs]]\nadresse = \"juridique@ateliers.example\"\nnom = \"Service juridique\"\nton = \"mise_en_demeure\"\n\
                    [[email.expediteurs]]\nadresse = \"hugo@ateliers.example\"\nnom = \"Hugo Petit\"\nresponsable = \"commercial\"\n";
    let from = |owner: Option<&str>, tone| {
        let bytes = built(settings, &Outgoing { owner: owner.map(str::to_owned), tone, ..outgoing("k") });
        let message = parse(&bytes);
        assert!(message.message_id().unwrap().ends_with("@ateliers.example"));
        message.from().unwrap().first().unwrap().address().unwrap().to_owned()
    };
    assert_eq!(from(None, Tone::Firm), "compta@ateliers.example");
    assert_eq!(from(Some("hugo petit"), Tone::Firm), "hugo@ateliers.example");
    assert_eq!(from(Some("Commercial"), Tone::Firm), "hugo@ateliers.example");
    assert_eq!(from(Some("Léa"), Tone::Firm), "compta@ateliers.example");
    assert_eq!(from(Some("Hugo Petit"), Tone::Notice), "juridique@ateliers.example", "the first that fits");
    // Whoever signs, what cannot be delivered comes back to one mailbox.
    let mail = MailBuilder::new(&config(settings), Path::new("."))
        .unwrap()
        .build(&Outgoing { tone: Tone::Notice, ..outgoing("k") })
        .unwrap();
    assert_eq!(mail.from.to_string(), "compta@ateliers.example");
}

#[test]
fn the_head_of_a_message() {
    let thread = vec!["F1#1.1.1.0".to_owned()];
    let bytes = built(
        "[email]\nreponse_a = \"recouvrement@ateliers.example\"\n",
        &Outgoing { thread, ..outgoing("F1#2.1.1.0") },
    );
    let text = String::from_utf8(bytes.clone()).unwrap();
    // A reminder is asked for by a contract: nobody unsubscribes from a debt, and nothing is fetched from afar.
    assert!(
        !text.contains("List-Unsubscribe")
            && !text.contains("Precedence")
            && !text.contains("Disposition-Notification")
    );
    insta::assert_snapshot!(head(&bytes));
}

#[test]
fn names_and_subjects_are_inert_whatever_they_hold() {
    let names = [
        "{{ 7*7 }}".to_owned(),
        "Paul\r\nBcc: pirate@exemple.fr".to_owned(),
        "\"Paul\" <pirate@exemple.fr>, autre@exemple.fr".to_owned(),
        "gro.elpmexe@\u{202e}eriatropxE".to_owned(),
        "\u{2066}Paul\u{2069} 😀 =?utf-8?q?pirate=40exemple=2Efr?=".to_owned(),
        "é".repeat(10_000),
        "\0\u{7f}\u{85}\u{2028}".to_owned(),
        "<script>alert(1)</script>".to_owned(),
    ];
    for name in &names {
        let mut message = outgoing("k");
        message.to = vec![person(name, "paul@client.example")];
        message.rendered.subject = Some(format!("Facture de {name}"));
        let bytes = built("", &message);
        assert!(bytes.is_ascii());
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{name}");
        let parsed = parse(&bytes);
        assert!(parsed.bcc().is_none(), "{name}");
        let to: Vec<_> = parsed.to().unwrap().iter().map(|one| one.address().unwrap_or_default().to_owned()).collect();
        assert_eq!(to, ["paul@client.example"], "{name}");
        let subject = parsed.subject().unwrap();
        assert!(subject.starts_with("Facture de") && subject.chars().count() <= 250, "{subject}");
        assert!(!subject.contains(['\r', '\n', '\u{202e}', '\u{2066}', '\0']), "{subject}");
        assert!(parsed.body_text(0).unwrap().starts_with("Bonjour"), "{name}");
        let heads: Vec<_> = parsed.headers().iter().map(|header| header.name().to_owned()).collect();
        let plain = built("", &outgoing("k"));
        let usual: Vec<_> = parse(&plain).headers().iter().map(|header| header.name().to_owned()).collect();
        assert_eq!(heads, usual, "{name}");
    }
}
