//! A channel that leaves no faster than its provider allows.

use crate::support::{Project, sent};
use std::fmt::Write;
use std::time::{Duration, Instant};

const DAY: &str = "2026-03-19";

/// So many reminders due on a day, and one SMS.
fn project(due: usize, rate: &str) -> Project {
    let project = Project::with("à J+15 : email ferme à défaut sms ferme\n");
    let mut clients = "code;nom;segment;email;portable\nS;Sans adresse;mauvais_payeur;;06 39 98 12 34\n".to_owned();
    let mut invoices =
        "numero;client;date_emission;date_echeance;montant_ttc\nFS;S;02/02/2026;04/03/2026;90,00\n".to_owned();
    for n in 0..due {
        let _ = writeln!(clients, "C{n};Client {n};mauvais_payeur;compta@client{n}.example;");
        let _ = writeln!(invoices, "F{n};C{n};02/02/2026;04/03/2026;1{n:02},50");
    }
    project.write("donnees/clients.csv", &clients);
    project.write("donnees/factures.csv", &invoices);
    project.replace(
        "relance.toml",
        "[email]\nmode = \"dossier\"\n",
        &format!("[email]\nmode = \"dossier\"\ndebit = \"{rate}\"\n"),
    );
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

#[test]
fn a_run_takes_as_long_as_the_rate_wants() {
    let project = project(7, "2 par seconde");
    let watch = Instant::now();
    project.run(&["executer", "--le", DAY]).fine();
    assert!(watch.elapsed() >= Duration::from_secs(3), "the seventh leaves three seconds after the first");
    assert_eq!(sent(&project.journal(), "email").len(), 7);
}

#[test]
fn what_would_take_hours_is_left_to_the_next_run_and_holds_up_no_other_channel() {
    let project = project(4, "4 par heure");
    let done = project.run(&["executer", "--le", DAY]).fine();
    assert!(done.out.contains("Débit : 3 messages"), "{}", done.out);
    let count = |channel: &str| sent(&project.journal(), channel).len();
    assert_eq!((count("email"), count("sms")), (1, 1));
    project.replace("relance.toml", "debit = \"4 par heure\"\n", "");
    project.run(&["executer", "--le", "2026-03-23"]).fine();
    assert_eq!((count("email"), count("sms")), (4, 1));
}

#[test]
fn a_channel_that_is_out_of_order_needs_no_turns() {
    let project = project(4, "4 par heure");
    let settings = "mode = \"smtp\"\nhote = \"localhost\"\nport = 1\nutilisateur = \"a\"\nmot_de_passe_env = \"MDP\"\nautorite = \"ca.pem\"\n";
    let server = crate::support::mail_server::MailServer::secured("a", "b");
    project.write("ca.pem", &server.authority);
    let settings = settings.replace("port = 1", &format!("port = {}", server.port));
    project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &format!("[email]\n{settings}"));
    let done = project.run_with(&[("MDP", "faux")], &["executer", "--le", DAY]).code(3);
    assert!(done.err.contains("F3") && !done.out.contains("Débit"), "all of them are told at once: {}", done.told());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_slow_run_between_two_messages() {
    let project = project(20, "10 par minute");
    let mut child = project
        .command(&["executer", "--le", DAY])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    crate::support::service::until("the first message", || project.messages("eml").len() == 1);
    let kill = std::process::Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let left = sent(&project.journal(), "email").len();
    assert_eq!(left, project.messages("eml").len(), "what left is written down");
    assert!(left < 20);
}
