//! What the company's own systems and people are told, by the executable: signed, after a kill as well, and never at the expense of the
//! clients' messages.

use crate::support::Project;
use crate::support::service::{Running, until};
use relance_tests::listener::{Act, Heard, Listener};
use std::collections::BTreeSet;
use std::process::Stdio;

const SECRET: (&str, &str) = ("RELANCE_NOTIFICATIONS", "un secret assez long pour cela");
const PLAN: &str = "à J+15 : email ferme et alerter \"direction\"\n";
const DAY: &str = "2026-03-19";

fn project(erp: &Listener, more: &str) -> Project {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", "code;nom;segment;email\nC1;Zoé <!channel>;regulier;zoe@client.example\n");
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;120,00\n";
    project.write("donnees/factures.csv", invoices);
    let settings = format!(
        "[[notifications]]\nnom = \"erp\"\nurl = \"{}\"\nsecret_env = \"{}\"\ndelai_secondes = 30\n{more}\n[sms]\n",
        erp.url, SECRET.0
    );
    project.replace("relance.toml", "[sms]\n", &settings);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

fn bodies(heard: &[Heard]) -> Vec<String> {
    let mut keys = BTreeSet::new();
    let once = |one: &&Heard| one.taken && keys.insert(one.headers["idempotency-key"].clone());
    heard.iter().filter(once).map(|one| one.body.clone()).collect()
}

/// The journal as the file format has it.
fn journal(project: &Project) -> Vec<String> {
    project.run(&["journal", "--format", "jsonl"]).fine().out.lines().map(str::to_owned).collect()
}

#[test]
fn killed_after_the_commit_everything_is_told() {
    let erp = Listener::start();
    let project = project(&erp, "");
    project.run_with(&[SECRET], &["simuler", "--du", "2026-03-16", "--au", "2026-03-30"]).code(0);
    assert_eq!(erp.heard(), [], "a simulation tells nobody");
    erp.then(&[Act::Silent]);
    let mut child = project.command(&["executer", "--le", DAY]);
    let mut child = child.env(SECRET.0, SECRET.1).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the system hears of the first line", || !erp.heard().is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((project.messages("eml").len(), bodies(&erp.heard()).len()), (1, 0), "the client was not kept waiting");
    let told = project.run_with(&[SECRET], &["executer", "--le", DAY]).fine();
    assert!(told.out.contains("Rien n’était dû"), "{}", told.out);
    assert_eq!(bodies(&erp.heard()), journal(&project));
    assert_eq!(project.messages("eml").len(), 1);
}

#[test]
fn a_system_that_is_down_is_told_later_and_a_person_sees_it() {
    let (erp, room) = (Listener::start(), Listener::start());
    let alerts = "[[alertes]]\npour = \"direction\"\nsalon_env = \"SALON\"\ngenre = \"slack\"\n";
    let project = project(&erp, alerts);
    let with = [SECRET, ("SALON", room.url.as_str())];
    let mut all = String::new();
    all.push_str(&project.run(&["executer", "--le", DAY]).told());
    all.push_str(&project.run_with(&[SECRET, ("SALON", "hooks.slack.com")], &["executer", "--le", DAY]).told());
    assert_eq!(project.messages("eml").len(), 0, "settings that cannot hold are told before anything leaves");
    erp.then(&[Act::Says(503, "Retry-After: 60"), Act::Cut]);
    let done = project.run_with(&with, &["executer", "--le", DAY]).code(0);
    all.push_str(&done.told());
    all.push_str(&project.run_with(&with, &["etat", "--le", DAY]).told());
    all.push_str(&project.run_with(&with, &["notifier", "--abandonnees"]).told());
    all.push_str(&project.run_with(&with, &["notifier", "--abandonnees"]).told());
    all.push_str(&project.run_with(&with, &["notifier", "--format", "json"]).told());
    // What was refused comes after what was taken.
    let (told, lines) = (bodies(&erp.heard()), journal(&project));
    assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>()), (lines.len(), lines.iter().collect()));
    let said: serde_json::Value = serde_json::from_str(&room.heard()[0].body).unwrap();
    all.push_str(&format!("──── le salon\n{said:#}\n"));
    assert_eq!(room.heard().len(), 1);
    insta::assert_snapshot!(all);
}

#[test]
fn a_service_tells_beside_its_passes() {
    let erp = Listener::start();
    let project = project(&erp, "");
    let always = "calendrier aucun\nenvois du lundi au dimanche de 0h à 24h\n";
    project.write("scenarios/plan.relance", format!("{always}{PLAN}"));
    // Somebody who never answers does not keep the service from its clients.
    erp.then(&[Act::Silent]);
    let service = Running::start_with(&project, &[SECRET], &[]);
    until("the message has left", || project.messages("eml").len() == 1);
    until("the system hears of it", || !erp.heard().is_empty());
    drop(service);
    let service = Running::start_with(&project, &[SECRET], &[]);
    until("everything is told", || bodies(&erp.heard()).len() == journal(&project).len());
    service.signal("TERM");
    let (code, said) = service.ended();
    assert_eq!(code, Some(0), "{said:#?}");
    assert!(!said.iter().any(|line| line.to_string().contains("zoe@") || line.to_string().contains(SECRET.1)));
}
