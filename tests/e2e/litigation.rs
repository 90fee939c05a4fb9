//! `dossier`: what a bailiff or a court is given. What was sent is in it as it was sent; what is missing is named; nothing of others is.

use crate::evidence::behind;
use crate::support::Project;
use relance_engine::store::{self, Document, DocumentKind};
use std::collections::BTreeMap;
use std::io::Read;
use std::process::Command;

const ZIP: &str = "dossier.zip";

/// A file with an e-mail that names two invoices, an SMS, a call, a letter, a part paid, a promise broken; another client beside it.
fn project() -> Project {
    let project = Project::with(
        "sans plafond\nregrouper par client\nà J+5 : email courtois\nà J+8 : sms rappel\nà J+12 : appel ferme\nà J+15 : courrier dernier_avis\n",
    );
    project.replace("relance.toml", "[email]\n", "[email]\npieces = \"factures/{numero}.pdf\"\n");
    project.write(
        "donnees/clients.csv",
        "code;nom;segment;email;telephone;adresse;code_postal;ville\n\
         C1;Menuiserie Valier;regulier;compta@valier.example;0612345678;3 rue du Port;69001;Lyon\n\
         C2;Secret & Cie;regulier;compta@secret.example;0612345679;4 rue du Port;69001;Lyon\n",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF-1/a;C1;02/02/2026;04/03/2026;1 200,00\n\
         F-2;C1;02/02/2026;04/03/2026;80,00\nF-3;C2;02/02/2026;04/03/2026;500,00\n",
    );
    project.write("factures/F-1-a.pdf", b"%PDF-1.7 une facture".as_slice());
    project.run(&["importer", "--le", "2026-03-06"]).fine();
    for day in ["2026-03-09", "2026-03-12", "2026-03-16"] {
        project.run(&["executer", "--le", day]).fine();
    }
    let promised = ["appel", "F-1/a", "--resultat", "promesse", "--le", "2026-03-17", "--moment", "2026-03-16T15:00"];
    project.run(&promised).fine();
    project.write("donnees/reglements.csv", "date;client;facture;montant\n17/03/2026;C1;F-1/a;300,00\n");
    project.run(&["importer", "donnees/reglements.csv", "--le", "2026-03-17"]).fine();
    for day in ["2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23"] {
        project.run(&["executer", "--le", day]).fine();
    }
    project.run(&["courriers", "--le", "2026-03-23", "--sortie", "courriers.pdf"]).told();
    uploaded(&project);
    project
}

/// What two clients sent with their disputes, as the debtor's page keeps it.
fn uploaded(project: &Project) {
    let piece = |client: &str, invoice: &str, name: &str| Document {
        client: client.to_owned(),
        key: format!("{invoice}#espace-0123456789ab"),
        kind: DocumentKind::Piece,
        name: name.to_owned(),
        media_type: "image/jpeg".to_owned(),
        at: "2026-03-20T10:00:00Z".parse().unwrap(),
        bytes: format!("la photo de {client}").into_bytes(),
    };
    let folder = project.path("");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = store::open("sqlite://relance.db", &folder, "principale").await.unwrap();
        store.keep(&[piece("C1", "F-1/a", "palette ../cassée.jpg"), piece("C2", "F-3", "secret.jpg")]).await.unwrap();
        store.close().await;
    });
}

/// The entries of the ZIP by name.
fn entries(project: &Project, name: &str) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(project.path(name)).unwrap()).unwrap();
    let mut all = BTreeMap::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        all.insert(name, bytes);
    }
    all
}

fn made(project: &Project, args: &[&str]) -> BTreeMap<String, Vec<u8>> {
    project.run(&[&["dossier"], args].concat()).told();
    entries(project, ZIP)
}

/// The digest in the name of a letter is of bytes that fonts and typesetter decide.
fn without_digest(name: &str) -> String {
    match name.strip_suffix(".pdf").and_then(|stem| stem.rsplit_once('-')) {
        Some((stem, digest)) if stem.contains("lettre-") && digest.len() == 8 => format!("{stem}-….pdf"),
        _ => name.to_owned(),
    }
}

#[test]
fn a_litigation_file_has_everything_that_is_kept_and_names_what_is_missing() {
    let project = project();
    let told = project.run(&["dossier", "F-1/a", "--factures", "F-2", "--au", "2026-03-24"]).told();
    let files = entries(&project, ZIP);
    let names: Vec<String> = files.keys().map(|name| without_digest(name)).collect();
    let set = files.contains_key("dossier.pdf");
    if set {
        insta::assert_snapshot!(format!("{told}\n{}", names.join("\n")));
    }
    // What was sent is there as it was sent.
    let sent = project.messages("eml");
    let mine: Vec<_> = sent.values().filter(|bytes| String::from_utf8_lossy(bytes).contains("valier")).collect();
    let kept: Vec<_> = files.iter().filter(|(name, _)| name.ends_with(".eml")).map(|(_, bytes)| bytes).collect();
    assert!(!kept.is_empty() && kept.len() == mine.len(), "{names:?}");
    for (kept, sent) in kept.iter().zip(&mine) {
        let (kept, sent) = (String::from_utf8_lossy(kept), String::from_utf8_lossy(sent));
        // With the invoice in it, everything but the file itself, and the digest of the whole.
        assert!(
            kept.starts_with("X-Relance-Remis: sha256=") && kept.contains("F-1-a.pdf (20 octets, SHA-256 "),
            "{kept}"
        );
        let subject = |text: &str| text.lines().find(|line| line.starts_with("Subject:")).unwrap().to_owned();
        assert_eq!(subject(&kept), subject(&sent));
    }
    let texts: Vec<_> = project.messages("txt").into_values().collect();
    let sms = files.iter().find(|(name, _)| name.contains("-sms-")).unwrap().1;
    assert!(texts.contains(sms), "{}", String::from_utf8_lossy(sms));
    // Nothing of the other client.
    for (name, bytes) in &files {
        assert!(!String::from_utf8_lossy(bytes).contains("secret"), "{name}");
        assert!(!String::from_utf8_lossy(bytes).contains("F-3"), "{name}");
    }
    // Every file is what its digest says.
    let folder = project.path("lu");
    for (name, bytes) in &files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let checked = Command::new("sha256sum").args(["-c", "empreintes.txt"]).current_dir(&folder).output().unwrap();
    let out = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && checked.stderr.is_empty(), "{out}{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(out.lines().count(), files.len() - 1);
    let about = String::from_utf8_lossy(&files["empreintes.txt"]);
    assert!(about.contains("est entier"), "{about}");
    // The same again.
    let before = std::fs::read(project.path(ZIP)).unwrap();
    made(&project, &["F-1/a", "--factures", "F-2", "--au", "2026-03-24"]);
    assert!(before == std::fs::read(project.path(ZIP)).unwrap(), "the same data give the same bytes");
    if !set {
        assert!(String::from_utf8_lossy(&files["dossier.txt"]).contains("Certifié sincère"));
        return;
    }
    let Ok(text) = Command::new("pdftotext").args(["-layout", "dossier.pdf", "-"]).current_dir(&folder).output() else {
        println!("IGNORÉ : pdftotext manque (poppler-utils)");
        return;
    };
    let text = String::from_utf8_lossy(&text.stdout).replace('\u{200b}', "");
    let text: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    let lines = text.join("\n");
    insta::assert_snapshot!(mask(&lines));
}

/// Without the names of files, which have a digest in them that fonts and typesetter decide.
fn mask(text: &str) -> String {
    let words = text.lines().map(|line| line.split_once("messages/").map_or(line, |(before, _)| before.trim_end()));
    words.filter(|line| !line.trim_start().starts_with("lettre-")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_litigation_file_takes_no_other_files_place() {
    let project = project();
    let books = std::fs::read(project.path("donnees/factures.csv")).unwrap();
    let mut told = String::new();
    for args in [
        &["dossier", "F-1/a", "--sortie", "donnees/factures.csv"][..],
        &["dossier", "F-1/b"],
        &["dossier", "F-1/a", "--factures", "F-3"],
        &["dossier", "F-1/a", "--sortie", "absent/dossier.zip"],
        &["dossier", "F-1/a", "--factures", "F-2", "--client"],
        &["dossier", "F-1/a", "--au", "2026-02-01"],
        &["dossier", "F-1/a", "--sortie", "donnees"],
        &["dossier", "F-1/a", "--sortie", "donnees/factures.csv/dossier.zip"],
    ] {
        let done = project.run(args);
        told.push_str(&format!("──── {} ({:?})\n{}{}", args.join(" "), done.code, done.out, done.err));
    }
    insta::assert_snapshot!(told);
    assert_eq!(std::fs::read(project.path("donnees/factures.csv")).unwrap(), books);
    // An earlier one makes room.
    made(&project, &["F-2", "--au", "2026-03-24"]);
    let all = made(&project, &["F-2", "--client", "--au", "2026-03-24"]);
    assert!(all.keys().any(|name| name.starts_with("decomptes/F-1-a")), "{:?}", all.keys());
}

#[test]
fn a_journal_or_a_document_that_was_touched_is_told() {
    let project = project();
    behind(
        &project,
        "DROP TRIGGER journal_sans_modification; UPDATE journal SET le = le + 1 WHERE client = 'C1' AND position = 3",
    );
    let done = project.run(&["dossier", "F-1/a", "--au", "2026-03-24"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    let about = String::from_utf8_lossy(&entries(&project, ZIP)["empreintes.txt"]).into_owned();
    assert!(about.contains("ATTENTION : le journal de ce client"), "{about}");
    behind(
        &project,
        "DROP TRIGGER documents_sans_modification; UPDATE documents SET contenu = empreinte WHERE client = 'C1'",
    );
    let done = project.run(&["dossier", "F-1/a", "--au", "2026-03-24"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("n’est plus comme il a été écrit"), "{done:?}");
}

#[test]
fn what_is_kept_is_exported_backed_up_and_erased() {
    let project = project();
    let exported = |project: &Project| {
        let out = project.run(&["exporter", "--client", "C1"]).fine().out;
        serde_json::from_str::<serde_json::Value>(&out).unwrap()["documents"].clone()
    };
    let before = exported(&project);
    assert!(before.as_array().unwrap().len() >= 2, "{before:#}");
    project.run(&["sauvegarder", "copie.db"]).fine();
    std::fs::rename(project.path("relance.db"), project.path("ancienne.db")).unwrap();
    project.run(&["restaurer", "copie.db"]).told();
    assert_eq!(exported(&project), before);
}
