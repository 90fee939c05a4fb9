//! The pages of the server on a large portfolio, asked for at a constant pace whether they answer or not.
//!
//! `cargo bench -p relance --bench pages [-- WHERE INVOICES SECONDS]`, where WHERE is `sqlite` or `postgres` (`sqlite 100000 30` without).
//! The base is filled as it is by imports and a run; the server is the program itself, at fifty requests a second. Most clients have five
//! invoices; twenty have three hundred each, and stand first on every list. Memory is told every minute.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::{NaiveDate, TimeDelta, Utc};
use relance_core::day::{end_of_day, start_of_day};
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_core::simulate::People;
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, Delivery, Parcel, Runner, Sender};
use relance_engine::store::accounts::{Accounts, NewPortalLink, Noted};
use relance_engine::store::{self, Intake};
use relance_server::auth::hashing::Hasher;
use relance_server::auth::invite::{self, Newcomer};
use relance_server::auth::login::{Gate, Step, Visit};
use relance_server::auth::token::Token;
use relance_tests::postgres::Server as Base;
use relance_tests::{ZONE, program};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Stopwatch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Between two requests: fifty a second.
const PACE: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 50_000;
/// Clients with many invoices, and how many each has.
const LARGE: (usize, usize) = (20, 300);
/// Lines of the audit.
const AUDITED: usize = 2_000;
const CREDITOR: &str = "principale";
const PASSWORD: &str = "quatre chevaux bleus";
const PLAN: &str = "scénario general\n  sans plafond\n  à J+5 : email courtois\n  à J+15 : appel ferme\n  à J+30 : email dernier_avis\n";
const SEGMENTS: [&str; 4] = ["regulier", "bon_payeur", "mauvais_payeur", "vip"];

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Void;

impl Carrier for Void {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        parcels.iter().map(|_| Delivery::accepted()).collect()
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        Some(false)
    }

    fn claim_limit(&self, _: Duration) -> usize {
        512
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |n: usize, default: usize| words.get(n).and_then(|word| word.parse().ok()).unwrap_or(default);
    let (invoices, seconds) = (number(1, 100_000), number(2, 30));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let done = relance(folder.path(), &["init"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let base = (words.first().map(String::as_str) == Some("postgres")).then(|| Base::start().expect("PostgreSQL"));
    let url = base.as_ref().map_or_else(|| "sqlite://relance.db".to_owned(), |base| base.create("pages"));
    runtime.block_on(measure(&url, folder.path(), invoices, seconds));
}

fn relance(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).env_clear().env("TZ", "Europe/Paris");
    command
}

/// The client of an invoice, which number it is, and which of its client's: the large ones come first, then five each.
fn client(n: usize) -> (String, usize, usize) {
    match n.checked_sub(LARGE.0 * LARGE.1) {
        None => (format!("G{:02}", n / LARGE.1), n / LARGE.1, n % LARGE.1),
        Some(n) => (format!("C{:06}", n / 5), n / 5, n % 5),
    }
}

/// Invoices `from` to `to` with their clients, due from two hundred days ago to sixty days ahead, some paid, some disputed.
fn portfolio((from, to): (usize, usize), today: NaiveDate) -> Vec<Incoming> {
    let mut found = Vec::with_capacity((to - from) * 2);
    for n in from..to {
        let (client, rank, own) = client(n);
        let mut thing = |id: String, invoice: Option<&str>, on: NaiveDate, what: What| {
            let (client, invoice) = (client.clone(), invoice.map(str::to_owned));
            found.push(Incoming { id, client, invoice, effective: on, known: None, said: None, what });
        };
        if own == 0 {
            let customer = Customer {
                name: format!("Établissements {} {}", ["Durand", "Morel", "Petit", "Ferrand"][rank % 4], rank),
                segment: Some(SEGMENTS[rank % 4].to_owned()),
                owner: Some(format!("Gestionnaire {}", rank % 12)),
                email: Some(format!("{}@client.example", client.to_lowercase())),
                phone: Some("+33639980001".into()),
                ..Customer::default()
            };
            thing(
                format!("client:{client}"),
                None,
                NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(),
                What::Customer(customer),
            );
        }
        let due = today + TimeDelta::days(60 - ((n * 7) % 260) as i64);
        let (issued, number) = (due - TimeDelta::days(45), format!("F{n:07}"));
        let issued = issued.min(today - TimeDelta::days(2));
        let amount = Amount::eur(10_000 + (n as i64 * 37) % 500_000);
        thing(format!("facture:{number}"), Some(&number), issued, What::Invoice(Invoice::new(issued, due, amount)));
        let lately = (due + TimeDelta::days((n % 30) as i64)).min(today - TimeDelta::days(1));
        match n % 25 {
            0..8 if due < today => thing(format!("paye:{number}"), Some(&number), lately, What::Payment { amount }),
            8 => {
                let what = What::DisputeOpened { amount: None, reason: None };
                thing(format!("litige:{number}"), Some(&number), today - TimeDelta::days(1), what);
            }
            9 if due < today => {
                let by = today + TimeDelta::days((n % 20) as i64);
                thing(format!("promesse:{number}"), Some(&number), today, What::Promise { by, amount: None });
            }
            _ => {}
        }
    }
    found
}

async fn fill(url: &str, folder: &Path, invoices: usize) {
    let today = Utc::now().with_timezone(&ZONE).date_naive();
    let program = program(&[PLAN]);
    let store = store::open(url, folder, CREDITOR).await.unwrap();
    let watch = Stopwatch::now();
    let at = start_of_day(today - TimeDelta::days(1), ZONE);
    for from in (0..invoices).step_by(AT_ONCE) {
        let incoming = portfolio((from, (from + AT_ONCE).min(invoices)), today);
        let report = serde_json::Value::Null;
        let intake = Intake { incoming: &incoming, payments: true, at, zone: ZONE, report: &report };
        store.take_in(&intake).await.unwrap();
    }
    let imported = watch.elapsed();
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    store.put_in_force(&versions, program.digest, at, false).await.unwrap();
    let sender = Sender::default();
    let runner = Runner {
        store: &*store,
        name: "pages",
        program: &program,
        carrier: &Void,
        sender: &sender,
        batch: CLIENTS_PER_BATCH,
        people: People::ABSENT,
        stop: None,
    };
    let report = runner.run((at, end_of_day(today, ZONE)), |_, _| {}, |_, _| {}).await.unwrap();
    println!(
        "{invoices} factures : importées en {:.1} s, prises en charge en {:.1} s ({} envois)",
        imported.as_secs_f64(),
        (watch.elapsed() - imported).as_secs_f64(),
        report.sent
    );
    store.close().await;
}

/// Somebody who is logged in, by the cookie; somebody of a large client, by the link; and an audit of some length.
async fn visitors(url: &str, folder: &Path) -> (String, String) {
    let accounts = Accounts::open(url, folder).await.unwrap();
    let gate = Gate { accounts: accounts.clone(), hasher: Hasher::default() };
    let now = Utc::now();
    let token = invite::first_link(&accounts, now).await.unwrap().unwrap();
    let anne = Newcomer { login: "anne@exemple.fr", name: "Anne" };
    invite::found(&gate, &token, anne, PASSWORD, &[CREDITOR.to_owned()], now).await.unwrap().unwrap();
    let visit = Visit { from: IpAddr::V4(Ipv4Addr::LOCALHOST), agent: "pages", now };
    let Step::Open(token) = gate.password("anne@exemple.fr", PASSWORD, visit).await.unwrap() else {
        panic!("no session")
    };
    for n in 0..AUDITED {
        let on = format!("F{n:07}");
        let what = ["appel", "promesse", "litige"][n % 3];
        let entity = Some(CREDITOR);
        let noted = Noted { who: Some("Anne"), what, on: Some(&on), entity, outcome: "fait", ..Noted::default() };
        accounts.note(&noted, now).await.unwrap();
    }
    let link = Token::draw().unwrap();
    let new = NewPortalLink {
        client: "G07",
        id: "essai",
        contact: "g07@client.example",
        digest: &link.digest(),
        created_by: None,
        expires: now + TimeDelta::days(90),
    };
    assert!(accounts.add_portal_link(CREDITOR, &new, now).await.unwrap());
    accounts.close().await;
    (format!("relance={}", token.text()), format!("/espace/{}", link.text()))
}

/// The answer to one request, on a connection of its own.
async fn ask(address: &str, path: &str, cookie: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A line of what the system says of a process, in MB.
fn memory(child: &Child, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.split_whitespace().nth(1)?.parse::<f64>().ok());
    found.unwrap_or(0.0) / 1024.0
}

async fn measure(url: &str, folder: &Path, invoices: usize, seconds: usize) {
    fill(url, folder, invoices).await;
    let (cookie, guest) = visitors(url, folder).await;
    let mut child = relance(folder, &["--base", url, "serveur", "--ecoute", "127.0.0.1:0", "--sans-service"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line.split("http://").nth(1).unwrap().trim().to_owned();
    let home = format!("/e/{CREDITOR}");
    let middle = invoices / 2;
    let mut pages: Vec<String> = [
        "/aujourdhui",
        "/tableau-de-bord",
        "/factures",
        "/factures?etat=echues",
        "/factures?etat=litige",
        "/factures?segment=vip&etat=echues",
        "/factures?responsable=Gestionnaire%203&tri=echeance",
        "/factures?scenario=general",
        "/factures?etat=soldees",
        "/clients",
        "/clients?tri=nom",
        "/clients?responsable=Gestionnaire%205",
        "/recherche?q=durand%20petit",
        "/recherche?q=morel",
        "/encaissements",
        "/partis",
        "/scenarios",
        "/modeles",
        "/imports",
        "/comptes",
        "/audit",
        "/audit?geste=litige",
        "/clients/G05",
        "/factures/F0000900",
        "/factures/INCONNUE",
    ]
    .map(|path| format!("{home}{path}"))
    .to_vec();
    pages.push(format!("{home}/factures?texte={middle:07}"));
    pages.push(format!("{home}/factures?texte=durand%20{}", client(middle).1 / 4 * 4));
    pages.push(format!("{home}/clients/{}", client(middle).0));
    pages.push(format!("{home}/factures/F{middle:07}"));
    pages.push(format!("{home}/factures/F{middle:07}/dessin.svg"));
    pages.push(guest.clone());
    // Deep in a list: the page after the second one.
    let mut path = format!("{home}/factures?tri=echeance");
    for _ in 0..3 {
        let text = ask(&address, &path, &cookie).await;
        let next = text
            .split("<a class=\"button small\" href=\"")
            .find(|part| part.contains("rel=\"next\""))
            .unwrap_or_default();
        path = format!(
            "{home}/factures{}",
            next.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&")
        );
    }
    pages.push(path);
    let mut alone = Vec::with_capacity(pages.len());
    for page in &pages {
        let text = ask(&address, page, &cookie).await;
        let first = text.lines().next().unwrap_or_default();
        let expected = if page.ends_with("INCONNUE") { ["404"; 2] } else { ["200", "303"] };
        assert!(expected.iter().any(|status| first.contains(status)), "{page} : {first}");
        // By itself, nobody else asking.
        let watch = Stopwatch::now();
        ask(&address, page, &cookie).await;
        alone.push(watch.elapsed().as_secs_f64() * 1_000.0);
    }
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let all = seconds * 50;
    println!("serveur {}, mémoire au début : {:.0} Mo", child.id(), memory(&child, "VmRSS"));
    for n in 0..all {
        // From the moment at which it should have been asked.
        let due = pace.tick().await;
        if n > 0 && n % 3_000 == 0 {
            println!("mémoire après {} min : {:.0} Mo", n / 3_000, memory(&child, "VmRSS"));
        }
        let (page, address, cookie, tell) = (n % pages.len(), address.clone(), cookie.clone(), tell.clone());
        let path = pages[page].clone();
        tokio::spawn(async move {
            let size = ask(&address, &path, &cookie).await.len();
            tell.send((page, due.elapsed(), size)).unwrap();
        });
    }
    let mut times: BTreeMap<usize, Vec<Duration>> = BTreeMap::new();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for _ in 0..all {
        let (page, time, size) = told.recv().await.unwrap();
        times.entry(page).or_default().push(time);
        sizes.insert(page, size);
    }
    let mut whole: Vec<Duration> = times.values().flatten().copied().collect();
    let line = |name: &str, times: &mut Vec<Duration>, size: usize| {
        times.sort();
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
        println!("{:>8.1} ms {:>8.1} ms {:>8.1} ms {:>6} ko  {name}", at(50), at(99), at(100), size / 1024);
    };
    println!("      seule      p50         p99         max    taille");
    for (page, times) in &mut times {
        let name = if pages[*page] == guest { "/espace/…" } else { &pages[*page] };
        print!("{:>8.1} ms ", alone[*page]);
        line(name, times, sizes[page]);
    }
    print!("{:12}", "");
    line(&format!("toutes, {all} requêtes, 50 par seconde"), &mut whole, 0);
    println!("mémoire du serveur : {:.0} Mo, {:.0} au plus", memory(&child, "VmRSS"), memory(&child, "VmHWM"));
    child.kill().unwrap();
    child.wait().unwrap();
}
