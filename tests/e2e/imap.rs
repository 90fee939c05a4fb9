//! What comes back by e-mail, on a real mail server.

use crate::mailbox::{PLAN, bounce, sent_out_with, told, written};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::service::{Running, until};
use crate::support::{Project, sent};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

const SECRET: [(&str, &str); 1] = [("ESSAI_IMAP", PASSWORD)];

/// The hour at which the mails of the tests arrive, whatever the day of the machine.
fn arrival() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_990_000)
}

fn settings(host: &str, port: u16, more: &str) -> String {
    format!("imap = \"{host}\"\nport = {port}\nutilisateur = \"relances\"\nmot_de_passe_env = \"ESSAI_IMAP\"\n{more}\n")
}

/// A server with mails of every kind, and the project that they are about.
fn mailbox(more: impl Fn(&Dovecot) -> String) -> Option<(Dovecot, Project)> {
    let server = Dovecot::start()?;
    let (project, id) = sent_out_with(PLAN, &more(&server));
    project.write("ca.pem", &server.authority);
    let reply = format!("In-Reply-To: <{}>\n", id("F2"));
    server.deliver("1", &bounce("b1", "compta@valier.example", "5.1.1", &id("F1")), arrival());
    server.deliver("2", &written("r2", "creme@client.example", &reply, "Re: Relance", "Payé hier."), arrival());
    server.deliver("3", &written("s3", "news@ailleurs.example", "", "Offres de printemps", "Des prix."), arrival());
    Some((server, project))
}

#[test]
fn mails_on_a_server_become_events_once() {
    let mut tellings = Vec::new();
    for security in ["tls", "starttls"] {
        let more = |server: &Dovecot| {
            let port = if security == "tls" { server.tls_port } else { server.port };
            let more = format!("securite = \"{security}\"\nautorite = \"ca.pem\"");
            settings("localhost", port, &more)
        };
        let Some((server, project)) = mailbox(more) else { return };
        // A person has opened the bounce before.
        server.ask(&["STORE 1 +FLAGS (\\Seen)"]);
        let mut all = project.run_with(&SECRET, &["relever", "--le", "2026-03-20T08:00"]).fine().out;
        all.push_str(&format!("{:#?}\n", server.marks()));
        all.push_str(&project.run_with(&SECRET, &["relever", "--le", "2026-03-20T08:30"]).fine().out);
        project.run(&["executer", "--le", "2026-03-20"]).fine();
        let journal = told(&project.journal(), "2026-03-20");
        all.push_str(&format!("{journal:#?}\n"));
        // The same mails again, as another program may put them back; and the unknown one, made new by a person.
        server.ask(&["STORE 1:2 -FLAGS (RelanceLu)", "STORE 3 -FLAGS (\\Flagged)"]);
        all.push_str(&project.run_with(&SECRET, &["relever", "--le", "2026-03-20T15:00"]).fine().out);
        project.run(&["executer", "--le", "2026-03-20T16:00"]).fine();
        assert_eq!(told(&project.journal(), "2026-03-20"), journal);
        tellings.push(all);
    }
    insta::assert_snapshot!(tellings.first().unwrap());
    assert!(tellings.iter().all(|one| Some(one) == tellings.first()), "{tellings:#?}");
}

/// Lets everything through to a server until something is about to be marked.
fn proxy(to: u16) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let held = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&held);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, mut server) = (client.unwrap(), TcpStream::connect(("127.0.0.1", to)).unwrap());
            let (mut back, mut forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut back, &mut forth);
                let _ = forth.shutdown(Shutdown::Both);
            });
            let mut block = [0; 4096];
            while let Ok(length @ 1..) = client.read(&mut block) {
                if block[..length].windows(9).any(|bytes| bytes == b"UID STORE") {
                    seen.store(true, Ordering::SeqCst);
                    // Held until the client is gone.
                    while matches!(client.read(&mut block), Ok(1..)) {}
                    break;
                }
                server.write_all(&block[..length]).unwrap();
            }
            let _ = server.shutdown(Shutdown::Both);
        }
    });
    (port, held)
}

#[test]
fn killed_between_taking_in_and_marking_a_mail_counts_once() {
    let held = std::cell::RefCell::new(None);
    let more = |server: &Dovecot| {
        let (port, seen) = proxy(server.port);
        *held.borrow_mut() = Some((port, seen));
        settings("127.0.0.1", port, "securite = \"aucune\"")
    };
    let Some((server, project)) = mailbox(more) else { return };
    let (port, held) = held.take().unwrap();
    let mut reading = project.command(&["relever", "--le", "2026-03-20T08:00"]).envs(SECRET).spawn().unwrap();
    until("a mail is about to be marked", || held.load(Ordering::SeqCst));
    reading.kill().unwrap();
    reading.wait().unwrap();
    assert_eq!(server.marks(), ["", "", ""]);
    project.replace("relance.toml", &format!("port = {port}"), &format!("port = {}", server.port));
    let out = project.run_with(&SECRET, &["relever", "--le", "2026-03-20T09:00"]).fine().out;
    assert_eq!(out.matches("déjà connu").count(), 2, "{out}");
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    let journal = told(&project.journal(), "2026-03-20");
    let count = |word: &str| journal.iter().filter(|line| line.starts_with(word)).count();
    assert_eq!((count("echec"), count("reponse")), (1, 1), "{journal:#?}");
    assert_eq!(server.marks(), ["RelanceLu \\Seen", "RelanceLu", "RelanceInconnu \\Flagged"]);
}

#[test]
fn what_is_wrong_with_a_server_is_told_with_what_to_do() {
    let Some((server, project)) = mailbox(|server| settings("localhost", server.tls_port, "autorite = \"ca.pem\""))
    else {
        return;
    };
    let port = server.tls_port.to_string();
    let mut all = project.run(&["relever"]).code(3).told();
    let mut fails = |secret: &str| {
        let told = project.run_with(&[("ESSAI_IMAP", secret)], &["relever"]).code(3).told();
        // The server's own words depend on its version, and on how quick it was.
        for line in told.replace(&port, "…").lines() {
            let own =
                line.split_once(" (« ").and_then(|(head, rest)| Some(format!("{head}{}", rest.rsplit_once("»)")?.1)));
            all.push_str(&own.unwrap_or_else(|| line.to_owned()));
            all.push('\n');
        }
    };
    fails("faux");
    let (authority, folder) = ("autorite = \"ca.pem\"", "dossier = \"Réponses & co\"");
    // Nobody vouches for the certificate.
    project.replace("relance.toml", authority, folder);
    fails(PASSWORD);
    project.replace("relance.toml", folder, &format!("{authority}\n{folder}"));
    fails(PASSWORD);
    // The server speaks of nothing before it is secured.
    project.replace("relance.toml", folder, "securite = \"starttls\"\ndelai_secondes = 1");
    fails(PASSWORD);
    drop(server);
    fails(PASSWORD);
    insta::assert_snapshot!(all);
}

#[test]
fn a_mailbox_that_never_answers_does_not_keep_a_service_from_sending() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let plan = "sans plafond\nenvois tous les jours de 0h à 24h\nà J+1 : email ferme\n";
    let more = settings("127.0.0.1", port, "securite = \"aucune\"\ndelai_secondes = 1");
    let (project, _) = sent_out_with(plan, &more);
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF9;C2;02/02/2026;04/03/2026;5,00\n",
    );
    project.run(&["importer", "donnees/factures.csv", "--le", "2026-03-20"]).fine();
    let service = Running::start_with(&project, &SECRET, &[]);
    service.hears("pas de réponse en 1 s");
    until("the message leaves", || sent(&project.journal(), "email").len() == 5);
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}
