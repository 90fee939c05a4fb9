//! When the outside fails: files, rights, bases, two at once.

use crate::support::{Project, sent};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

const PLAN: &str = "à J+15 : email ferme\n";

fn ready() -> Project {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", "code;nom;email\nC1;Valier;compta@valier.example\n");
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\n",
    );
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

#[test]
fn an_empty_base() {
    let project = Project::with(PLAN);
    let mut all = String::new();
    for args in [
        &["etat", "--le", "2026-03-18"][..],
        &["journal"],
        &["executer", "--le", "2026-03-18"],
        &["etat", "--le", "2026-03-18"],
    ] {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).fine().told()));
    }
    for args in [&["importer", "--le", "2026-03-18"][..], &["simuler", "--du", "2026-03-18"]] {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(2).told()));
    }
    std::fs::remove_file(project.path("scenarios/plan.relance")).unwrap();
    for (args, code) in [(&["verifier"][..], 1), (&["executer", "--le", "2026-03-18"], 2)] {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(code).told()));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_base_that_is_none() {
    let project = ready();
    let mut all = String::new();
    std::fs::write(
        project.path("relance.db"),
        "ceci n'est pas une base, mais un texte assez long pour en avoir l'air ".repeat(40),
    )
    .unwrap();
    for file in ["relance.db-wal", "relance.db-shm"] {
        let _ = std::fs::remove_file(project.path(file));
    }
    for args in [
        &["executer", "--le", "2026-03-19"][..],
        &["etat", "--le", "2026-03-19"],
        &["journal"],
        &["importer", "--le", "2026-03-19"],
        &["expliquer", "F1", "--le", "2026-03-19"],
        &["simuler", "--du", "2026-03-19"],
        &["etat", "--base", "sqlite://absent/relance.db", "--le", "2026-03-19"],
        &["etat", "--base", "sqlite://donnees", "--le", "2026-03-19"],
        &["etat", "--base", "postgres://serveur/relance", "--le", "2026-03-19"],
    ] {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(3).told()));
    }
    assert!(project.messages("").is_empty());
    insta::assert_snapshot!(all);
}

/// Closes the base properly, so that all of it is in its one file.
fn gather(project: &Project) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = relance_engine::store::open("sqlite://relance.db", &project.path("."), "principale").await;
        store.unwrap().close().await;
    });
    assert!(!project.path("relance.db-wal").exists());
}

/// A base cut short by a full disk or a bad copy.
#[test]
fn a_base_cut_short() {
    let project = ready();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    gather(&project);
    let bytes = std::fs::read(project.path("relance.db")).unwrap();
    std::fs::write(project.path("relance.db"), &bytes[..bytes.len() / 2]).unwrap();
    let done = project.run(&["executer", "--le", "2026-03-19"]).code(3);
    assert!(done.err.starts_with("erreur : la base") && done.err.contains("aide :"), "{}", done.err);
    assert!(project.messages("").is_empty());
}

/// Somebody changed a row by hand.
#[test]
fn a_base_changed_by_hand() {
    let project = ready();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    gather(&project);
    let bytes = std::fs::read(project.path("relance.db")).unwrap();
    let (old, new) = (b"\"balance\":", b"\"balanse\":");
    let found: Vec<usize> = (0..bytes.len() - old.len()).filter(|i| bytes[*i..].starts_with(old)).collect();
    assert!(!found.is_empty(), "the state is JSON in the base");
    let mut changed = bytes;
    for at in found {
        changed[at..at + new.len()].copy_from_slice(new);
    }
    std::fs::write(project.path("relance.db"), changed).unwrap();
    let done = project.run(&["executer", "--le", "2026-03-19"]).code(3);
    insta::assert_snapshot!(done.told());
    assert!(project.messages("").is_empty());
}

#[test]
fn settings_with_mistakes() {
    let mut all = String::new();
    for (title, text) in [
        ("pas du TOML", "segments = [\"a\"\n[creancier\n"),
        ("clé inconnue", "[creancier]\nnom = \"A\"\nemail = \"a@b.example\"\nibna = \"FR76\"\n"),
        (
            "valeurs fausses",
            "[creancier]\nnom = 12\nemail = \"a chez b\"\niban = \"FR00 1234\"\nfuseau = \"Paris\"\n[email]\nmode = \"postal\"\n",
        ),
        (
            "secret écrit",
            "[creancier]\nnom = \"A\"\n[email]\nmode = \"smtp\"\nhote = \"smtp.exemple.fr\"\nmot_de_passe = \"1234\"\n",
        ),
        ("vide", ""),
    ] {
        let project = ready();
        project.write("relance.toml", text);
        let done = project.run(&["executer", "--le", "2026-03-19"]);
        assert!(matches!(done.code, Some(1 | 3)) && done.out.is_empty(), "{title}: {done:#?}");
        all.push_str(&format!("──── {title}\n{}\n", done.told()));
        assert!(project.messages("").is_empty());
    }
    let project = ready();
    project.write("relance.toml", b"[creancier]\nnom = \"\xe9t\xe9\"\n");
    all.push_str(&format!("──── Windows-1252\n{}\n", project.run(&["executer", "--le", "2026-03-19"]).code(3).told()));
    insta::assert_snapshot!(all);
}

/// Root may write anywhere: there is nothing to see then.
fn rights_count(project: &Project) -> bool {
    project.write("essai/x", "");
    std::fs::set_permissions(project.path("essai"), Permissions::from_mode(0o500)).unwrap();
    let refused = std::fs::write(project.path("essai/y"), "").is_err();
    std::fs::set_permissions(project.path("essai"), Permissions::from_mode(0o700)).unwrap();
    if !refused {
        eprintln!("skipped: this user may write everywhere");
    }
    refused
}

#[test]
fn folders_without_rights() {
    let project = ready();
    if !rights_count(&project) {
        return;
    }
    let mode = |name: &str, mode| std::fs::set_permissions(project.path(name), Permissions::from_mode(mode)).unwrap();
    mode(".", 0o500);
    let done = project.run(&["executer", "--le", "2026-03-19"]);
    mode(".", 0o700);
    assert_eq!(done.code, Some(3), "{done:#?}");
    std::fs::create_dir(project.path("envois")).unwrap();
    mode("envois", 0o500);
    let done = project.run(&["executer", "--le", "2026-03-19"]);
    mode("envois", 0o700);
    assert!(done.err.contains("droits"), "{done:#?}");
    assert!(sent(&project.journal(), "").is_empty());
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    assert_eq!(sent(&project.journal(), "").len(), 1);
}

/// A file stands where the folder of messages should be: the same for every user.
#[test]
fn nowhere_to_write_messages() {
    let project = ready();
    project.write("envois", "un fichier");
    let done = project.run(&["executer", "--le", "2026-03-19"]);
    insta::assert_snapshot!(done.told());
    assert!(sent(&project.journal(), "").is_empty());
    std::fs::remove_file(project.path("envois")).unwrap();
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    assert_eq!((sent(&project.journal(), "").len(), project.messages("eml").len()), (1, 1));
}

#[test]
fn one_run_at_a_time() {
    let project = ready();
    // What a run holds while it works.
    let held = std::fs::File::create(project.path("relance.db.verrou")).unwrap();
    held.try_lock().unwrap();
    let done = project.run(&["executer", "--le", "2026-03-19"]).code(3);
    insta::assert_snapshot!(done.told());
    assert!(project.messages("").is_empty() && project.journal().is_empty());
    drop(held);
    // Several at once: some may find the place taken, none sends twice, and in the end it is done.
    let children: Vec<_> = (0..6)
        .map(|_| {
            let mut command = project.command(&["executer", "--le", "2026-03-19"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut fine = 0;
    for child in children {
        let done = crate::support::Done::of(child.wait_with_output().unwrap());
        match done.code {
            Some(0) => fine += 1,
            _ => assert!(done.code == Some(3) && done.err.contains("une autre exécution est en cours"), "{done:#?}"),
        }
    }
    assert!(fine >= 1);
    assert_eq!((sent(&project.journal(), "").len(), project.messages("eml").len()), (1, 1));
}

#[test]
fn time_does_not_go_back() {
    let project = ready();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    let before = project.journal();
    let mut all = String::new();
    for args in [&["executer", "--le", "2026-03-18"][..], &["simuler", "--du", "2026-03-18"]] {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(2).told()));
    }
    assert_eq!(project.journal(), before);
    insta::assert_snapshot!(all);
}
