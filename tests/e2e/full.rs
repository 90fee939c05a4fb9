//! The disk of the base's server is full while messages leave by a mail server: the run waits for space, or says what to do; with space
//! again, everything due has left once or is listed as in doubt.
//!
//! By itself the server may not make files longer than they are, which PostgreSQL takes for a full disk. On a small disk of its own a
//! ballast takes the space, which its log lacks as well:
//! `DISQUE=/a/small/disk COUPS=30 cargo test -p relance --test e2e full -- --nocapture`.

use crate::crash::{CLIENTS, Dice};
use crate::support::Done;
use crate::unplugged::{Count, Site, model, wanted};
use relance_tests::postgres::Server;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A page of a table.
const PAGE: u64 = 8_192;
/// What the server says when it has no space.
const REFUSALS: [&str; 3] = ["could not extend file", "could not write to file", "No space left on device"];
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(240);

/// What becomes of the run that has no space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// There is space again while it insists.
    Space,
    /// It gives up.
    GivesUp,
    /// It is killed, with what it knows of the messages that have left.
    Killed,
}

/// How the disk is filled.
enum Disk {
    /// No file may be longer than so much more than the journal is.
    Limit,
    /// A file takes the place on a small disk.
    Ballast(PathBuf),
}

impl Disk {
    /// How much space is taken, as far as it counts.
    fn taken(&self, server: &Server, base: &str) -> u64 {
        match self {
            Disk::Limit => number(server, base, "SELECT pg_relation_size('journal')"),
            Disk::Ballast(folder) => u64::MAX - free(folder),
        }
    }

    /// Leaves so much space.
    fn fill(&self, server: &Server, base: &str, room: u64) {
        match self {
            Disk::Limit => {
                let size = self.taken(server, base);
                // The last page that does not fit is written in part, as at the end of a disk.
                server.limit_files(Some((size + room) / PAGE * PAGE + PAGE / 2));
            }
            Disk::Ballast(folder) => {
                let mut file = std::fs::File::create(folder.join("lest")).unwrap();
                let piece = vec![1; 65_536];
                while free(folder) > room + piece.len() as u64 {
                    file.write_all(&piece).unwrap();
                }
                file.sync_all().unwrap();
            }
        }
    }

    /// There is space again, and whoever looks after the server starts it if it has fallen.
    fn empty(&self, server: &mut Server) {
        match self {
            Disk::Limit => server.limit_files(None),
            Disk::Ballast(folder) => std::fs::remove_file(folder.join("lest")).unwrap(),
        }
        if !server.is_running() {
            server.restart();
        }
    }
}

fn number(server: &Server, base: &str, question: &str) -> u64 {
    server.ask(base, question).unwrap().parse().unwrap()
}

/// The space that is left where a folder lies.
fn free(folder: &Path) -> u64 {
    let told = Command::new("df").args(["--output=avail", "-B1"]).arg(folder).output().unwrap();
    String::from_utf8_lossy(&told.stdout).lines().last().unwrap().trim().parse().unwrap()
}

/// How often the server has been without space.
fn refusals(server: &Server) -> usize {
    server.said().lines().filter(|line| REFUSALS.iter().any(|refusal| line.contains(refusal))).count()
}

/// Waits until the server has had no space so often, or has fallen, or the run has ended.
fn until_full(server: &mut Server, run: &mut Child, often: usize) -> bool {
    let start = Instant::now();
    loop {
        if refusals(server) >= often || !server.is_running() {
            return true;
        }
        if run.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(start.elapsed() < PATIENCE, "{}", server.said());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_server_without_space_loses_nothing_and_repeats_nothing() {
    let small = std::env::var_os("DISQUE").map(PathBuf::from);
    let data = small.as_ref().map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap();
    let disk = if small.is_some() { Disk::Ballast(data.path().to_owned()) } else { Disk::Limit };
    let Some(mut server) = Server::on_small_disk(data, &["autovacuum=off"]) else { return };
    let (model, mut dice, mut count) = (model(), Dice(13), Count::default());
    let first = server.create("avant");
    model.run(&["--base", &first, "importer", "--le", "2026-03-16"]).fine();
    model.run(&["--base", &first, "executer", "--le", "2026-03-16"]).fine();
    // The journal is longer than the server's own files; rows that were never there leave it so.
    let long = "BEGIN; INSERT INTO journal(entite, client, position, le, entree, condensat, chaine) \
                SELECT '', n::text, 1, 0, repeat(md5(n::text), 40), '', '' FROM generate_series(1, 1500) n; ROLLBACK";
    assert!(server.sql("avant", long));
    let again = |server: &Server, name: &str| {
        assert!(server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE avant")));
        assert!(server.sql("postgres", "CHECKPOINT"));
        Site::new(&model, server.url(name))
    };
    let site = again(&server, "calme");
    let before = disk.taken(&server, "calme");
    site.judge(&mut Count::default());
    let grown = disk.taken(&server, "calme").saturating_sub(before);
    assert!(server.sql("postgres", "DROP DATABASE calme"));
    let (mut endings, mut never) = ([0; 3], 0);
    // Until it has happened in the middle of the sending at least once: where exactly it does is not ours to say.
    while endings.iter().sum::<u32>() < wanted(2) || count.in_the_middle == 0 {
        let name = format!("tour_{}", count.rounds);
        let site = again(&server, &name);
        // Messages leave when most of it is written: the first time they do for sure.
        let share = if count.in_the_middle == 0 { 90 } else { 30 + dice.below(70) };
        let heard = refusals(&server);
        disk.fill(&server, &name, grown * share / 100);
        let mut run = site.start();
        let full = until_full(&mut server, &mut run, heard + 1);
        let ending = match endings.iter().sum::<u32>() % 10 {
            // It insists for a minute with each of the groups of messages that it has on its hands.
            5 => Ending::GivesUp,
            odd if odd % 2 == 1 => Ending::Killed,
            _ => Ending::Space,
        };
        let insists = full && until_full(&mut server, &mut run, heard + 3);
        if ending == Ending::GivesUp {
            wait(&mut run);
        }
        count.in_the_middle += u32::from(site.is_in_the_middle());
        if ending == Ending::Killed {
            let _ = run.kill();
        }
        disk.empty(&mut server);
        let done = Done::of(run.wait_with_output().unwrap());
        match done.code {
            Some(3) => {
                let plain = done.err.contains("le disque du serveur est plein");
                assert!(plain || matches!(disk, Disk::Ballast(_)), "{done:#?}");
                assert!(done.err.contains("aide : ") && done.err.contains("disque"), "{done:#?}");
            }
            code => assert!(code == Some(0) || ending == Ending::Killed, "{ending:?}, share {share} %: {done:#?}"),
        }
        if insists {
            endings[ending as usize] += 1;
        } else {
            never += 1;
        }
        // Two minutes pass: the leases of the dead run out.
        assert!(server.sql(&name, "UPDATE prises SET bail = 0"));
        site.judge(&mut count);
        assert!(server.sql("postgres", &format!("DROP DATABASE {name}")));
        assert!(count.rounds < 10 * wanted(2), "{count:?}");
    }
    let site = again(&server, "import");
    an_import_is_refused(&disk, &mut server, &site);
    let [space, given_up, killed] = endings;
    let falls = server.said().matches("PANIC").count();
    println!(
        "disque de PostgreSQL plein : {} fois ({space} fois la place est revenue pendant l’attente, {given_up} abandons expliqués, {killed} coureurs tués ; serveur tombé {falls} fois ; place suffisante {never} fois), {}",
        space + given_up + killed,
        count.told()
    );
    count.end();
}

/// What an import brings has no place, and is there when it is brought again.
fn an_import_is_refused(disk: &Disk, server: &mut Server, site: &Site) {
    const MANY: usize = 10_000;
    let mut invoices = "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned();
    for n in 0..MANY {
        let _ = writeln!(invoices, "G{n:05};C{:03};02/02/2026;04/05/2026;100,00", n % CLIENTS);
    }
    site.write("donnees/factures.csv", &invoices);
    disk.fill(server, "import", 0);
    let done = site.run(&["importer", "--le", "2026-03-17"]).code(3);
    // A server that has fallen, or cannot even begin a conversation, does not say why.
    let plain = done.err.contains("le disque du serveur est plein");
    assert!(plain || matches!(disk, Disk::Ballast(_)), "{done:#?}");
    assert!(done.err.contains("aide : ") && done.err.contains("disque"), "{done:#?} {}", server.said());
    disk.empty(server);
    assert_eq!(server.ask("import", "SELECT COUNT(*) FROM entrees WHERE donnees LIKE '%G0%'").unwrap(), "0");
    site.run(&["importer", "--le", "2026-03-17"]).code(0);
    assert_eq!(
        server.ask("import", "SELECT COUNT(*) FROM entrees WHERE donnees LIKE '%G0%'").unwrap(),
        MANY.to_string()
    );
}

fn wait(run: &mut Child) {
    let start = Instant::now();
    while run.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < PATIENCE, "the run neither ends nor gives up");
        std::thread::sleep(Duration::from_millis(20));
    }
}
