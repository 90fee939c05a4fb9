//! Mails as servers and people write them, and what each is taken for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use relance_engine::mailbox::{Class, End, Mail};
use std::fmt::Write;
use std::path::Path;

/// The digest in the `Message-ID` of the message of ours that the mails speak of.
const OURS: &str = "0123456789abcdef0123456789abcdef";

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mailbox/mails");
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
    };
    let mut all: Vec<_> = folder.read_dir().unwrap().map(file).collect();
    all.sort();
    all
}

fn told(class: &Class) -> String {
    let Class::Report(fates) = class else { return format!("{class:?}") };
    let one = |end: &End| match end {
        End::Failed(cause, status) => {
            format!("Failed {cause:?} {}", status.map(|status| status.to_string()).unwrap_or_default())
        }
        end => format!("{end:?}"),
    };
    let fate = |fate: &relance_engine::mailbox::Fate| {
        format!("{} [{}]", one(&fate.end), fate.recipient.as_deref().unwrap_or("?"))
    };
    fates.iter().map(fate).collect::<Vec<_>>().join(" + ")
}

#[test]
fn what_each_mail_of_the_corpus_becomes() {
    let mut table = String::new();
    for (name, bytes) in corpus() {
        let mail = Mail::read(&bytes);
        let about = if mail.mentions.iter().any(|one| one == OURS) { "notre message" } else { "?" };
        let _ =
            writeln!(table, "{name:<32} | {:<46} | {about:<13} | {}", told(&mail.class), mail.from.unwrap_or_default());
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_same_mail_has_the_same_identity_whatever_the_route_and_two_mails_have_two() {
    let (_, bytes) = corpus().into_iter().find(|(name, _)| name.starts_with("29")).unwrap();
    let again = [b"Received: by another route\r\n".as_slice(), &bytes].concat();
    assert_eq!(Mail::read(&bytes).id, Mail::read(&again).id);
    let mut ids: Vec<String> = corpus().iter().map(|(_, bytes)| Mail::read(bytes).id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn the_nearest_message_of_a_thread_comes_first() {
    let (_, bytes) = corpus().into_iter().find(|(name, _)| name.starts_with("29")).unwrap();
    assert_eq!(Mail::read(&bytes).mentions, [OURS, &"f".repeat(32)]);
}

#[test]
fn an_attachment_of_ten_megabytes_is_an_answer_like_another() {
    let head = format!(
        "From: compta@valier.example\nSubject: Re: Relance\nIn-Reply-To: <{OURS}@a.example>\nMessage-ID: <gros@b>\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nVoici le scan.\n--b\n\
         Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
    );
    let mail = [head.into_bytes(), "QUFB".repeat(2_600_000).into_bytes()].concat();
    let read = Mail::read(&mail);
    assert_eq!((read.class, read.mentions), (Class::Reply, vec![OURS.to_owned()]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any bytes are read, to something.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let mail = Mail::read(&bytes);
        prop_assert_eq!(mail.id.len(), 32);
    }

    /// Mails that were cut, joined, or changed here and there are read, and never grow.
    #[test]
    fn mails_that_were_damaged_are_read(
        first in 0usize..43,
        second in 0usize..43,
        cut in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
    ) {
        let all = corpus();
        let (one, two) = (&all[first % all.len()].1, &all[second % all.len()].1);
        let mut bytes = one[..cut.index(one.len() + 1)].to_vec();
        bytes.extend_from_slice(two);
        for (at, byte) in changes {
            let at = at.index(bytes.len().max(1));
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let mail = Mail::read(&bytes);
        prop_assert!(mail.subject.chars().count() <= 200 && !mail.subject.contains(['\r', '\n']));
        prop_assert!(mail.mentions.iter().all(|one| one.len() == 32));
    }
}
