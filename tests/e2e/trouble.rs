//! A base in trouble: read only, full, damaged. Refused with what to do, never a wrong run; and once it is well again, nothing is lost
//! and nothing leaves twice.

use crate::support::{Done, Project, keys, sent};
use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

const DAY: &str = "2026-03-19";

/// Clients with something due on the 19th; a backup of the base before.
fn ready(clients: usize) -> Project {
    let project = Project::with("à J+15 : email ferme\n");
    let (mut codes, mut invoices) = ("code;nom;email\n".to_owned(), String::new());
    invoices.push_str("numero;client;date_emission;date_echeance;montant_ttc\n");
    for n in 0..clients {
        codes.push_str(&format!("C{n:03};Client {n};c{n}@example.fr\n"));
        invoices.push_str(&format!("F{n:03};C{n:03};02/02/2026;04/03/2026;{},00\n", 100 + n));
    }
    project.write("donnees/clients.csv", codes);
    project.write("donnees/factures.csv", invoices);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    project.run(&["sauvegarder", "sauvegarde.db"]).fine();
    // All of the base in its one file.
    std::fs::copy(project.path("sauvegarde.db"), project.path("entiere.db")).unwrap();
    project
}

fn names(project: &Project) -> BTreeSet<String> {
    project.messages("eml").into_keys().collect()
}

/// The base as these bytes, without companions.
fn spoilt(project: &Project, bytes: &[u8]) {
    for file in ["relance.db", "relance.db-wal", "relance.db-shm"] {
        let _ = std::fs::remove_file(project.path(file));
    }
    project.write("relance.db", bytes);
}

#[test]
fn a_damaged_base_is_refused_and_can_be_put_back() {
    let project = ready(2);
    let good = std::fs::read(project.path("relance.db")).unwrap();
    let mut headless = good.clone();
    headless[..100].fill(0);
    let cases: [(&str, Vec<u8>); 5] = [
        ("en-tête effacé", headless),
        ("coupée", good[..4096 * 4].to_vec()),
        ("coupée au milieu d’une page", good[..4096 * 5 + 17].to_vec()),
        ("un texte", b"ceci n'est pas une base ".repeat(300)),
        ("vide", Vec::new()),
    ];
    let mut all = String::new();
    for (title, bytes) in cases {
        let project = project.copy();
        spoilt(&project, &bytes);
        for args in [&["executer", "--le", DAY][..], &["importer", "--le", DAY], &["sauvegarder", "autre.db"]] {
            let done = project.run(args).code(3);
            assert!(done.err.contains("restaurer"), "{title}: {done:#?}");
            all.push_str(&format!("──── {title}\n$ relance {}\n{}", args.join(" "), done.told()));
        }
        assert!(names(&project).is_empty() && !project.path("autre.db").exists());
        project.run(&["restaurer", "sauvegarde.db"]).fine();
        project.run(&["executer", "--le", DAY, "--reprise", "rien-parti"]).fine();
        assert_eq!(names(&project).len(), 2, "{title}");
    }
    let folder = project.copy();
    std::fs::remove_file(folder.path("relance.db")).unwrap();
    std::fs::create_dir(folder.path("relance.db")).unwrap();
    all.push_str(&format!("──── un dossier\n{}", folder.run(&["executer", "--le", DAY]).code(3).told()));
    insta::assert_snapshot!(all);
}

/// Whichever page is damaged: the run is refused, or clients are left aside and told, or the page mattered to nobody.
#[test]
fn no_damaged_page_leads_to_a_wrong_run() {
    let project = ready(3);
    let calm = project.copy();
    calm.run(&["executer", "--le", DAY]).fine();
    let wanted = names(&calm);
    let good = std::fs::read(project.path("relance.db")).unwrap();
    let (mut refused, mut pages) = (0, 0);
    for page in (1..good.len() / 4096).map(|page| page * 4096) {
        let mut bytes = good.clone();
        bytes[page..page + 4096].iter_mut().for_each(|byte| *byte ^= 0x5a);
        let project = project.copy();
        spoilt(&project, &bytes);
        let done = project.run(&["executer", "--le", DAY]);
        let left = names(&project);
        pages += 1;
        match done.code {
            Some(0) => assert_eq!(left, wanted, "page at {page}"),
            Some(3) => {
                refused += 1;
                assert!(left.is_subset(&wanted) && done.err.contains("aide :"), "page at {page}: {done:#?}");
            }
            _ => panic!("page at {page}: {done:#?}"),
        }
    }
    println!("{pages} pages abîmées, une à la fois : {refused} refus expliqués, {} sans effet", pages - refused);
    assert!(refused > 5 && pages > refused, "{refused} of {pages}");
}

/// The log beside the base is damaged: SQLite reads it up to there, which is the base of an earlier moment. What left since is known
/// to the folder of messages, and does not leave twice.
#[test]
fn a_damaged_log_gives_the_base_of_an_earlier_moment() {
    let project = ready(40);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // As long as somebody has the base open, the log stays.
    let store =
        runtime.block_on(relance_engine::store::open("sqlite://relance.db", &project.path("."), "principale")).unwrap();
    project.run(&["executer", "--le", DAY]).fine();
    let wanted = names(&project);
    let log = std::fs::read(project.path("relance.db-wal")).unwrap();
    assert!(log.len() > 4096 * 10, "{}", log.len());
    for tenth in 0..10 {
        let copy = project.copy();
        let mut bytes = log.clone();
        let at = log.len() / 10 * tenth + 40;
        bytes[at..at + 64].iter_mut().for_each(|byte| *byte ^= 0xff);
        copy.write("relance.db-wal", bytes);
        let _ = std::fs::remove_file(copy.path("relance.db-shm"));
        copy.run(&["verifier-journal"]).fine();
        copy.run(&["rejouer"]).fine();
        copy.run(&["executer", "--le", DAY]).fine();
        assert_eq!(names(&copy), wanted, "{tenth}");
        assert_eq!(keys(&sent(&copy.journal(), "")).len(), wanted.len(), "{tenth}");
    }
    runtime.block_on(store.close());
}

/// A user who may write nowhere unless told so: this one, or nobody when this is root.
fn as_user(project: &Project, args: &[&str]) -> Done {
    let mut command = project.command(args);
    if is_root() {
        // The program may lie where only root may go.
        let program = project.path("relance");
        if !program.exists() {
            std::fs::copy(command.get_program(), &program).unwrap();
        }
        let mut other = Command::new(program);
        other.args(args).current_dir(project.path(".")).env_clear().env("NO_COLOR", "1").env("COLUMNS", "100");
        command = other;
        command.gid(NOBODY).uid(NOBODY);
    }
    Done::of(command.stdin(Stdio::null()).output().unwrap())
}

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&told.stdout).trim() == "0"
}

/// Gives the folder and what is in it to the user who is to read it.
fn hand_over(project: &Project) {
    for entry in std::fs::read_dir(project.path(".")).unwrap() {
        let path = entry.unwrap().path();
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    if is_root() {
        chown(project.path("."), Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

#[test]
fn a_base_that_may_only_be_read() {
    let project = ready(2);
    hand_over(&project);
    let mode = |name: &str, mode| std::fs::set_permissions(project.path(name), Permissions::from_mode(mode)).unwrap();
    let mut all = String::new();
    mode("relance.db", 0o444);
    for (title, folder) in [("fichier en lecture seule", 0o755), ("dossier aussi", 0o555)] {
        mode(".", folder);
        for args in [&["executer", "--le", DAY][..], &["importer", "--le", DAY], &["etat", "--le", DAY]] {
            let done = as_user(&project, args);
            all.push_str(&format!("──── {title}\n$ relance {}\n{}", args.join(" "), done.told()));
            let reads = args.contains(&"etat");
            assert_eq!(done.code, Some(if reads { 0 } else { 3 }), "{title}: {done:#?}");
        }
        mode(".", 0o755);
    }
    // SQLite gave its companions the rights of the file.
    for file in
        ["relance.db", "relance.db-wal", "relance.db-shm"].into_iter().filter(|name| project.path(name).exists())
    {
        mode(file, 0o644);
    }
    insta::assert_snapshot!(all);
    assert!(names(&project).is_empty());
    let done = as_user(&project, &["executer", "--le", DAY]);
    assert_eq!((done.code, names(&project).len()), (Some(0), 2), "{done:#?}");
}

/// Starts a run that may not write files beyond a size.
fn limited(project: &Project, bytes: u64) -> std::process::Child {
    let inner = project.command(&["executer", "--le", DAY]);
    let mut command = Command::new("sh");
    // Refused like on a full disk, not killed.
    command.args(["-c", "trap '' XFSZ; exec prlimit --fsize=\"$0\": \"$@\"", &bytes.to_string()]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(project.path("."));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("NO_COLOR", "1").spawn().unwrap()
}

/// The disk is full at ever later moments of a run: it says so, or waits; with space again everything leaves, once.
#[test]
fn a_full_disk_loses_nothing_and_repeats_nothing() {
    let project = ready(60);
    let size = std::fs::metadata(project.path("relance.db")).unwrap().len();
    let (mut told, mut waited, mut free) = (0, 0, 0);
    for step in 0..14_u64 {
        let bytes = 4096 * [1, 4, 9, 16, 25, 36, 50, 70, 95, 130, 180, 250, 400, 4000][step as usize] + 100;
        let copy = project.copy();
        let mut child = limited(&copy, bytes);
        let log = copy.path("relance.db-wal");
        let mut held = 0;
        let ended = loop {
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            // It cannot write further, and has not given up: space comes back.
            let full = std::fs::metadata(&log).is_ok_and(|log| log.len() + 8192 > bytes) && bytes < size * 100;
            held += u32::from(full);
            if held == 100 {
                waited += 1;
                let pid = child.id().to_string();
                let more = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status().unwrap();
                assert!(more.success());
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let done = Done::of(child.wait_with_output().unwrap());
        match ended.code() {
            Some(0) => free += 1,
            Some(3) => {
                told += 1;
                assert!(done.err.contains("disque") && done.err.contains("aide :"), "{bytes}: {done:#?}");
            }
            _ => panic!("{bytes}: {done:#?}"),
        }
        copy.run(&["executer", "--le", DAY]).code(0);
        let journal = copy.journal();
        assert_eq!(
            (names(&copy).len(), keys(&sent(&journal, "")).len(), sent(&journal, "").len()),
            (60, 60, 60),
            "{bytes}"
        );
        copy.run(&["verifier-journal"]).fine();
        copy.run(&["rejouer"]).fine();
    }
    println!(
        "14 tailles de disque, 60 messages dus chaque fois : {told} refus expliqués, {waited} attentes, {free} fins normales"
    );
    assert!(told >= 2 && free >= 2, "told {told}, waited {waited}, free {free}");
}
