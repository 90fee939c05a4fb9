//! `sauvegarder`, `restaurer`, `transferer`.

use crate::support::{Done, Project, sent};
use relance_tests::postgres::Server;
use sqlx::{Connection, Executor};
use std::process::Stdio;

const PLAN: &str = "à J+15 : email ferme\n";

/// Two clients: one is reminded on the 19th, the other on the 23rd.
fn ready() -> Project {
    let project = Project::with(PLAN);
    project.write(
        "donnees/clients.csv",
        "code;nom;email\nC1;Valier;compta@valier.example\nC2;Crème;compta@creme.example\n",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\n\
         F2;C2;02/02/2026;08/03/2026;348,90\n",
    );
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project
}

/// What was told, without the moment at which the test ran.
fn told(args: &[&str], done: &Done) -> String {
    let mut text = format!("$ relance {}\n{}\n", args.join(" "), done.told());
    for zone in [chrono_tz::Europe::Paris, chrono_tz::UTC] {
        let now = chrono::Utc::now().with_timezone(&zone);
        for shown in [now.format("%d/%m/%Y").to_string(), now.format("%Y%m%d").to_string()] {
            let mut rest = std::mem::take(&mut text);
            while let Some(at) = rest.find(&shown) {
                // The time of day follows, up to a sign that is none of it.
                let after = &rest[at + shown.len()..];
                let end = after.find(|c: char| !c.is_ascii_digit() && !" à:-".contains(c)).unwrap_or(after.len());
                let end = after[..end].trim_end().len();
                text.push_str(&rest[..at]);
                text.push_str("<maintenant>");
                rest = after[end..].to_owned();
            }
            text.push_str(&rest);
        }
    }
    text
}

#[test]
fn a_base_is_backed_up_lost_and_put_back() {
    let project = ready();
    let mut all = String::new();
    let mut tell = |args: &[&str], code: i32| {
        all.push_str(&told(args, &project.run(args).code(code)));
    };
    tell(&["sauvegarder", "sauvegarde.db"], 0);
    tell(&["sauvegarder", "sauvegarde.db"], 3);
    tell(&["sauvegarder", "ailleurs/sauvegarde.db"], 3);
    tell(&["executer", "--le", "2026-03-23"], 0);
    tell(&["executer", "--le", "2026-03-24", "--reprise", "en-doute"], 2);
    std::fs::write(project.path("relance.db"), "un disque a rendu l'âme".repeat(500)).unwrap();
    tell(&["executer", "--le", "2026-03-24"], 3);
    tell(&["restaurer", "sauvegarde.db"], 0);
    tell(&["executer", "--le", "2026-03-24"], 3);
    tell(&["service", "--ecoute", "aucune"], 3);
    tell(&["etat", "--le", "2026-03-24"], 0);
    // The folder of messages knows what had left: nothing is in doubt.
    tell(&["executer", "--le", "2026-03-24", "--reprise", "en-doute"], 0);
    tell(&["etat", "--le", "2026-03-24"], 0);
    tell(&["executer", "--le", "2026-03-24"], 0);
    tell(&["verifier-journal"], 0);
    tell(&["rejouer"], 0);
    insta::assert_snapshot!(all);
    assert_eq!((project.messages("eml").len(), sent(&project.journal(), "").len()), (2, 2));
}

/// Where nobody can say what had left, it is in doubt; when somebody is sure that nothing had, it leaves.
#[test]
fn what_had_left_since_the_backup_is_a_persons_to_say() {
    let project = ready();
    project.run(&["sauvegarder", "sauvegarde.db"]).fine();
    for (answer, doubts, messages) in [("en-doute", 1, 0), ("rien-parti", 0, 1)] {
        let copy = project.copy();
        std::fs::remove_dir_all(copy.path("envois")).unwrap();
        copy.run(&["restaurer", "sauvegarde.db"]).fine();
        copy.run(&["executer", "--le", "2026-03-23", "--reprise", answer]).code(0);
        let state = copy.run(&["etat", "--le", "2026-03-23", "--format", "json"]).fine().json();
        assert_eq!(state["en_doute"].as_array().unwrap().len(), doubts, "{answer}: {state:#}");
        assert_eq!(copy.messages("eml").len(), messages, "{answer}");
        copy.run(&["executer", "--le", "2026-03-24"]).code(0);
        assert_eq!(copy.messages("eml").len(), messages, "{answer}: nothing more");
    }
}

/// A backup that was put in place by hand, without `restaurer`, does not run by itself either.
#[test]
fn a_backup_copied_by_hand_does_not_run_by_itself() {
    let project = ready();
    project.run(&["sauvegarder", "sauvegarde.db"]).fine();
    project.run(&["executer", "--le", "2026-03-23"]).fine();
    for file in ["relance.db", "relance.db-wal", "relance.db-shm"] {
        let _ = std::fs::remove_file(project.path(file));
    }
    std::fs::copy(project.path("sauvegarde.db"), project.path("relance.db")).unwrap();
    let done = project.run(&["executer", "--le", "2026-03-24"]).code(3);
    assert!(done.err.contains("sauvegarde") && done.err.contains("--reprise"), "{done:#?}");
    assert_eq!(project.messages("eml").len(), 2);
}

/// Changes an entry of a journal behind the program's back.
fn behind(project: &Project, base: &str) {
    let path = project.path(base);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut base = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        let change = "DROP TRIGGER journal_sans_modification; \
                      UPDATE journal SET entree = replace(entree, 'Valier', 'Vallier') WHERE client = 'C1'";
        base.execute(sqlx::raw_sql(change)).await.unwrap();
        base.close().await.unwrap();
    });
}

/// A backup that is none, or not whole: the base is not touched.
#[test]
fn what_is_no_whole_backup_is_refused() {
    let project = ready();
    project.run(&["sauvegarder", "bonne.db"]).fine();
    let good = std::fs::read(project.path("bonne.db")).unwrap();
    project.write("texte.db", "ceci n'est pas une base ".repeat(400));
    project.write("vide.db", "");
    project.write("coupee.db", &good[..good.len() / 2]);
    std::fs::create_dir(project.path("dossier.db")).unwrap();
    let mut spoilt = good.clone();
    for byte in &mut spoilt[4096 * 3..4096 * 9] {
        *byte ^= 0x5a;
    }
    project.write("abimee.db", spoilt);
    std::fs::copy(project.path("bonne.db"), project.path("touchee.db")).unwrap();
    behind(&project, "touchee.db");
    let before = project.journal();
    let mut all = String::new();
    for name in ["absente.db", "texte.db", "vide.db", "coupee.db", "dossier.db", "abimee.db"] {
        let args = ["restaurer", name];
        all.push_str(&told(&args, &project.run(&args).code(3)));
    }
    all.push_str(&told(&["restaurer", "touchee.db"], &project.run(&["restaurer", "touchee.db"]).code(1)));
    insta::assert_snapshot!(all);
    assert_eq!(project.journal(), before);
    let kept = std::fs::read_dir(project.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = kept.filter(|name| name.to_string_lossy().contains("partiel")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Runs are at work while backups are made: each is a whole base of one moment, whose files are what their journals lead to.
#[test]
fn backups_beside_runs_are_whole() {
    let project = Project::with("à J+15 : email ferme\nà J+20 : email ferme\nà J+25 : email ferme\n");
    let (mut clients, mut invoices) = ("code;nom;email\n".to_owned(), String::new());
    invoices.push_str("numero;client;date_emission;date_echeance;montant_ttc\n");
    for n in 0..150 {
        clients.push_str(&format!("C{n:03};Client {n};c{n}@example.fr\n"));
        invoices.push_str(&format!("F{n:03};C{n:03};02/02/2026;{:02}/03/2026;{},00\n", 2 + n % 20, 100 + n));
    }
    project.write("donnees/clients.csv", clients);
    project.write("donnees/factures.csv", invoices);
    project.run(&["importer", "--le", "2026-03-01"]).fine();
    let (mut round, mut beside) = (0, 0);
    for day in 17..30 {
        let mut run = project.command(&["executer", "--le", &format!("2026-03-{day}")]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while round < (day - 16) * 2 {
            round += 1;
            beside += u32::from(run.try_wait().unwrap().is_none());
            project.run(&["sauvegarder", &format!("s{round}.db")]).fine();
        }
        assert!(run.wait().unwrap().success());
    }
    assert!(beside > 3, "{beside} backups beside runs");
    for n in 1..=round {
        let base = format!("sqlite://s{n}.db");
        project.run(&["rejouer", "--base", &base]).fine();
    }
}

/// Another program has the base: nothing is put in its place.
#[test]
fn a_base_at_work_is_not_replaced() {
    let project = ready();
    project.run(&["sauvegarder", "sauvegarde.db"]).fine();
    let held = std::fs::File::create(project.path("relance.db.verrou")).unwrap();
    held.try_lock().unwrap();
    let mut all = told(&["restaurer"], &project.run(&["restaurer", "sauvegarde.db"]).code(3));
    drop(held);
    // A command without the lock, such as an import, has the base open.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = project.path(".");
    let open = relance_engine::store::open("sqlite://relance.db", &folder, "principale");
    let store = runtime.block_on(open).unwrap();
    let done = project.run(&["restaurer", "sauvegarde.db"]).code(3);
    all.push_str(&told(&["restaurer"], &done).replace(&folder.display().to_string(), "<projet>"));
    runtime.block_on(store.close());
    insta::assert_snapshot!(all);
    project.run(&["restaurer", "sauvegarde.db"]).fine();
}

#[test]
fn a_base_moves_to_a_server_and_comes_back() {
    let Some(server) = Server::start() else { return };
    let (first, second) = (server.create("premiere"), server.create("seconde"));
    let project = ready();
    let mut all = String::new();
    let mut tell = |args: &[&str], code: i32| {
        let done = told(args, &project.run(args).code(code));
        all.push_str(&done.replace(&first, "postgres://premiere").replace(&second, "postgres://seconde"));
    };
    tell(&["transferer", "--vers", "sqlite://relance.db"], 2);
    tell(&["transferer", "--vers", &first], 0);
    tell(&["executer", "--le", "2026-03-23"], 3);
    tell(&["importer", "--le", "2026-03-23"], 3);
    tell(&["transferer", "--vers", &second], 3);
    tell(&["rejouer", "--base", &first], 0);
    tell(&["executer", "--le", "2026-03-23", "--base", &first], 0);
    tell(&["sauvegarder", "serveur.db", "--base", &first], 0);
    tell(&["restaurer", "serveur.db", "--base", &first], 3);
    tell(&["restaurer", "serveur.db", "--base", &second], 0);
    tell(&["executer", "--le", "2026-03-24", "--base", &second], 3);
    tell(&["transferer", "--base", &first, "--vers", "sqlite://retour.db"], 0);
    tell(&["executer", "--le", "2026-03-24", "--base", "sqlite://retour.db"], 0);
    insta::assert_snapshot!(all);
    assert_eq!(project.messages("eml").len(), 2);
    let journal = |base: &str| project.run(&["journal", "--format", "jsonl", "--base", base]).fine().out;
    assert_eq!(journal("sqlite://retour.db"), journal(&first));
}
