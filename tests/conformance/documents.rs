//! What is kept of what left: as it was, once, until the client is erased.

use crate::ledger::behind;
use crate::{Office, Post, at, client, machine, program};
use relance_engine::store::{Document, DocumentKind, Store, StoreError};

/// The key of the effect that they belong to.
pub const KEY: &str = "F1/1/0/0/1";

/// A proof.
pub fn proof(client: &str, name: &str, bytes: &[u8]) -> Document {
    Document {
        client: client.to_owned(),
        key: KEY.to_owned(),
        kind: DocumentKind::Proof,
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        at: at("2026-03-10T10:00:00.000001Z"),
        bytes: bytes.to_vec(),
    }
}

/// Everything that is kept of a client, with the bytes.
pub async fn all(store: &dyn Store, client: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for kept in store.documents(client).await.unwrap() {
        let bytes = store.document(client, &kept.key, kept.kind, &kept.name).await.unwrap().unwrap();
        found.push((format!("{kept:?}"), bytes));
    }
    found
}

/// C1 and C2 each have a file.
async fn worked(office: &Office) {
    let things = [client("C1", &[("F1", "2026-03-04")]), client("C2", &[("F2", "2026-03-04")])].concat();
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
    office.run(&program(machine()), &Post::default(), at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
}

on_every_base! {
    async fn documents_are_kept_once_and_as_they_were(office: Office) {
        let noise: Vec<u8> = (0..70_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
        let text = "Relance é ".repeat(9_000).into_bytes();
        let (long, hostile) = ("n".repeat(300), "../../é\"'\\ \u{202e}.pdf");
        let mut letter = proof("C1", "a.pdf", b"lettre");
        letter.kind = DocumentKind::Letter;
        let documents = [
            proof("C1", "a.pdf", &noise), proof("C1", "b.txt", &text), proof("C1", "vide", b""), proof("C2", "a.pdf", b"autre"),
            letter, proof("C1", &long, b"long"), proof("C1", hostile, b"hostile"),
        ];
        office.store.keep(&documents).await.unwrap();
        let first = all(&*office.store, "C1").await;
        assert_eq!(first.len(), 6);
        // The same again, and another one under a name that is taken: what was kept stays.
        office.store.keep(&documents).await.unwrap();
        office.store.keep(&[proof("C1", "a.pdf", b"faux"), proof("C1", "c", b"c"), proof("C1", "c", b"d")]).await.unwrap();
        let read = async |name: &str| office.store.document("C1", KEY, DocumentKind::Proof, name).await.unwrap();
        assert_eq!(read("a.pdf").await, Some(noise.clone()));
        assert_eq!(read("b.txt").await, Some(text));
        assert_eq!(read("vide").await, Some(Vec::new()));
        assert_eq!(read("c").await, Some(b"c".to_vec()));
        assert_eq!(read(hostile).await, Some(b"hostile".to_vec()));
        assert_eq!(read(&long).await, Some(b"long".to_vec()));
        assert_eq!(read("d").await, None);
        assert_eq!(all(&*office.store, "C2").await[0].1, b"autre");
        let kept = office.store.documents("C1").await.unwrap();
        assert_eq!(kept.len(), 7);
        let one = kept.iter().find(|kept| kept.name == "c").unwrap();
        assert_eq!((one.key.as_str(), one.kind, one.media_type.as_str()), (KEY, DocumentKind::Proof, "application/pdf"));
        assert_eq!((one.at, one.size), (at("2026-03-10T10:00:00.000001Z"), 1));
        assert_eq!(one.sha256, "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6");
        assert_eq!(office.base.open("autre").await.documents("C1").await.unwrap(), []);
    }

    async fn many_documents_are_kept_in_groups(office: Office) {
        let documents: Vec<_> = (0..2_300_u32).map(|n| proof("C1", &format!("{n:04}"), &n.to_le_bytes())).collect();
        office.store.keep(&documents).await.unwrap();
        let found = all(&*office.store, "C1").await;
        assert_eq!(found.len(), documents.len());
        assert!(found.iter().zip(&documents).all(|((_, bytes), document)| *bytes == document.bytes));
    }

    async fn the_base_refuses_to_change_a_document(office: Office) {
        worked(&office).await;
        office.store.keep(&[proof("C1", "a.pdf", b"preuve")]).await.unwrap();
        for statement in ["UPDATE documents SET nom = 'x'", "UPDATE documents SET contenu = empreinte", "DELETE FROM documents"] {
            assert!(behind(&office, statement).await.is_err(), "{statement}");
        }
        assert_eq!(all(&*office.store, "C1").await[0].1, b"preuve");
        // Whoever takes the guard away is found out.
        let free = if office.base.url.starts_with("postgres") {
            "DROP TRIGGER documents_sans_modification ON documents;"
        } else {
            "DROP TRIGGER documents_sans_modification;"
        };
        behind(&office, &[free, "UPDATE documents SET contenu = empreinte"].concat()).await.unwrap();
        let read = office.store.document("C1", KEY, DocumentKind::Proof, "a.pdf").await;
        assert!(matches!(read, Err(StoreError::Document(_))), "{read:?}");
    }

    async fn documents_go_with_the_erasure_of_their_client(office: Office) {
        worked(&office).await;
        let documents = [proof("C1", "a.pdf", b"preuve"), proof("C2", "a.pdf", b"autre")];
        office.store.keep(&documents).await.unwrap();
        let now = at("2026-03-12T10:00:00Z");
        let dossier = office.store.load(&["C1".to_owned()], now, &[], true).await.unwrap().remove(0).world.dossier;
        assert!(office.store.forget(&dossier, now).await.unwrap());
        assert_eq!(office.store.documents("C1").await.unwrap(), []);
        assert_eq!(office.store.document("C1", KEY, DocumentKind::Proof, "a.pdf").await.unwrap(), None);
        // What comes late is not kept; others' documents are.
        office.store.keep(&documents).await.unwrap();
        assert_eq!(office.store.documents("C1").await.unwrap(), []);
        assert_eq!(all(&*office.store, "C2").await[0].1, b"autre");
    }
}
