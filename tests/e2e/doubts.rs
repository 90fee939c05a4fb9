//! SMS that a service took without saying so: it is asked, or a person says it, and nothing leaves twice.

use crate::support::service::until;
use crate::support::sms_server::{Act, SmsServer};
use crate::support::{Project, sent};
use serde_json::{Value, json};
use std::process::Stdio;

const TOKEN: (&str, &str) = ("RELANCE_SMS_JETON", "jeton-secret");

/// One client and one invoice for each number; the number of `F1` ends by 1.
pub fn project(service: &SmsServer, clients: usize, settings: &str) -> Project {
    let project = Project::with("à J+10 : sms rappel à défaut email courtois\n");
    let mut files =
        ["code;nom;email;portable\n".to_owned(), "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned()];
    for n in 1..=clients {
        files[0].push_str(&format!("C{n};Client {n};c{n}@client.example;06 39 98 12 3{n}\n"));
        files[1].push_str(&format!("F{n};C{n};02/02/2026;04/03/2026;{n}20,00\n"));
    }
    project.write("donnees/clients.csv", &files[0]);
    project.write("donnees/factures.csv", &files[1]);
    let sms = format!(
        "[sms]\nmode = \"http\"\nbase_url = \"{}\"\ncompte = \"AC123\"\njeton_env = \"{}\"\nexpediteur = \"Ateliers\"\n{settings}",
        service.url, TOKEN.0
    );
    project.replace("relance.toml", "[sms]\nmode = \"dossier\"\n", &sms);
    project.run(&["importer", "--le", "2026-03-09"]).fine();
    project
}

pub fn run(project: &Project, day: &str, code: i32) -> String {
    project.run_with(&[TOKEN], &["executer", "--le", day]).code(code).told()
}

pub fn doubts(project: &Project) -> Vec<Value> {
    let state = project.run(&["etat", "--le", "2026-03-24", "--format", "json"]).fine().json();
    state["en_doute"].as_array().unwrap().clone()
}

fn told<'a>(journal: &'a [Value], event: &str) -> Vec<&'a str> {
    let lines = journal.iter().filter(|line| line["evenement"] == event);
    lines.map(|line| line["facture"].as_str().unwrap()).collect()
}

/// Whatever the service does after it took a message, or before.
const ACTS: [(&str, Act); 5] = [
    ("+33639981231", Act::TakenAndCut),
    ("+33639981232", Act::TakenAndSilent),
    ("+33639981233", Act::TakenAndBroken),
    ("+33639981234", Act::TakenAndLost),
    ("+33639981235", Act::Cut),
];

#[test]
fn a_service_that_took_messages_without_saying_so_is_asked() {
    let service = SmsServer::start(&ACTS);
    let project = project(&service, 6, "delai_secondes = 1\n");
    let done = run(&project, "2026-03-16", 3).replace(&service.url, "http://SERVICE");
    assert!(done.contains("1 message n’a pas pu partir, ou est en doute"), "{done}");
    assert_eq!(service.asked(), (6, 5));
    let journal = project.journal();
    assert_eq!(told(&journal, "doute"), ["F1", "F2", "F3", "F4", "F5"]);
    assert_eq!(told(&journal, "doute_tranche"), ["F1", "F2", "F3"]);
    assert_eq!(told(&journal, "echec"), ["F4"], "it had left, and did not arrive");
    let by_sms: Vec<_> = sent(&journal, "sms").iter().map(|line| line["facture"].as_str().unwrap()).collect();
    assert_eq!(by_sms, ["F1", "F2", "F3", "F4", "F6"]);
    assert_eq!(sent(&journal, "email").len(), 1, "the fallback of F4");
    insta::assert_snapshot!(
        project.run(&["journal", "--client", "C1"]).fine().out.replace(&service.url, "http://SERVICE")
    );
    let left = doubts(&project);
    assert_eq!((left.len(), &left[0]["factures"]), (1, &json!(["F5"])));
    assert_eq!(left[0]["tranche_par"], json!(["fournisseur", "personne"]));
    // It does not have F5, which proves nothing: nobody sends it again, and it is asked again.
    run(&project, "2026-03-17", 0);
    assert_eq!((service.asked(), doubts(&project).len()), ((6, 6), 1));
}

#[test]
fn whoever_wants_to_settle_doubts_alone_is_left_alone() {
    let service = SmsServer::start(&ACTS[..1]);
    let project = project(&service, 1, "\n[envois]\ndoutes = \"personne\"\n");
    run(&project, "2026-03-16", 3);
    run(&project, "2026-03-17", 0);
    assert_eq!(service.asked(), (1, 0));
    let left = doubts(&project);
    assert_eq!((left.len(), &left[0]["tranche_par"]), (1, &json!(["personne"])));
    insta::assert_snapshot!(project.run(&["etat", "--le", "2026-03-17"]).fine().out);
}

#[test]
fn a_service_that_does_not_answer_is_asked_by_the_next_run() {
    let service = SmsServer::start(&ACTS[..1]);
    let project = project(&service, 1, "");
    service.deaf(true);
    run(&project, "2026-03-16", 3);
    run(&project, "2026-03-17", 0);
    assert_eq!((service.asked(), doubts(&project).len()), ((1, 2), 1));
    service.deaf(false);
    run(&project, "2026-03-18", 0);
    assert_eq!(doubts(&project).len(), 0);
    assert_eq!(told(&project.journal(), "envoi"), ["F1"]);
    run(&project, "2026-03-19", 0);
    assert_eq!(service.asked(), (1, 3), "nothing is asked of what is settled");
}

/// A message of the same text to the same number, from before: it is not the one in doubt.
#[test]
fn an_older_message_of_the_same_text_settles_nothing() {
    let service = SmsServer::start(&ACTS[..1]);
    let project = project(&service, 1, "");
    service.deaf(true);
    run(&project, "2026-03-16", 3);
    service.deaf(false);
    service.take_another(ACTS[0].0, "Sat, 14 Mar 2026 09:00:00 +0000");
    run(&project, "2026-03-17", 0);
    assert_eq!((service.asked(), doubts(&project).len()), ((1, 2), 1));
}

#[test]
fn what_was_on_its_way_when_the_program_was_killed_is_asked_for() {
    let service = SmsServer::start(&ACTS[1..2]);
    let project = project(&service, 2, "");
    let mut child = project.command(&["executer", "--le", "2026-03-16"]);
    let mut child = child.env(TOKEN.0, TOKEN.1).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("both messages are posted", || service.asked().0 == 2);
    child.kill().unwrap();
    child.wait().unwrap();
    run(&project, "2026-03-16", 0);
    assert_eq!((service.asked().0, doubts(&project).len()), (2, 0));
    let journal = project.journal();
    let mut left = told(&journal, "envoi");
    left.sort();
    assert_eq!(left, ["F1", "F2"]);
    assert!(told(&journal, "doute_tranche").contains(&"F2"));
}
