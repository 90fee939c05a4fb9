//! Registered letters deposited by the built program at a service that fails in every way: each one once, or said to be in doubt.
//!
//! Here and not among the other stories, since these need a program that was built with the letters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod folder;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use folder::{Folder, TOKEN};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::runtime::Runtime;
use wiremock::matchers::{header, method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const PLAN: &str = "sans plafond\nà J+5 : email courtois\nà J+20 : lettre_recommandée mise_en_demeure\n";
const JSON: &str = "[recommandes.corps]\nfichier = \"{document}\"\nadresse = \"{adresse}\"\nreference = \"{cle}\"\n";
const PARTS: &str = "encodage = \"multipart\"\n[recommandes.corps]\nfichier = \"{document}\"\nadresse = \"{adresse}\"\nreference = \"{cle}\"\n";

struct Service(Runtime, MockServer);

impl Service {
    fn start() -> Service {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        Service(runtime, server)
    }

    /// From now on it answers so to a letter, and so when it is asked for one; what it was asked is forgotten.
    fn answers(&self, letter: ResponseTemplate, asked: u16) {
        self.0.block_on(self.1.reset());
        let bearer = format!("Bearer {}", TOKEN.1);
        let post = Mock::given(method("POST")).and(path("/depots")).and(header("authorization", bearer.as_str()));
        self.0.block_on(post.respond_with(letter).mount(&self.1));
        let get = Mock::given(method("GET")).and(path_regex("^/depots/[0-9a-f]{32}$"));
        let get = get.and(header("authorization", bearer.as_str()));
        self.0.block_on(get.respond_with(ResponseTemplate::new(asked)).mount(&self.1));
    }

    /// The letters that it was given.
    fn letters(&self) -> Vec<Request> {
        let requests = self.0.block_on(self.1.received_requests()).unwrap();
        requests.into_iter().filter(|request| request.method.as_str() == "POST").collect()
    }

    fn keys(&self) -> BTreeSet<String> {
        let key = |request: &Request| request.headers["idempotency-key"].to_str().unwrap().to_owned();
        self.letters().iter().map(key).collect()
    }
}

fn taken() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({"id": "D-42"}))
}

const CLIENTS: [&str; 3] = [
    "C1;Garage Lefèvre SARL;c1@client.example;8 avenue de la République;38000;Grenoble;b2b",
    "C2;\"{document} \"\"{jeton}\"\" \u{202e}; X\";c2@client.example;1 rue A;69001;Lyon;b2c",
    "C3;Sans Adresse;c3@client.example;;;;b2b",
];

/// So many of these clients owe an invoice; what `[recommandes]` says besides.
fn project(service: &Service, clients: usize, more: &str) -> Folder {
    let project = Folder::with(PLAN);
    let head = "code;nom;email;adresse;code_postal;ville;regime";
    project.write("donnees/clients.csv", &[&[head], &CLIENTS[..clients]].concat().join("\n"));
    let invoice = |n: usize| format!("F{n};C{n};02/02/2026;04/03/2026;1 200,00\n");
    let invoices: String = (1..=clients).map(invoice).collect();
    project
        .write("donnees/factures.csv", &format!("numero;client;date_emission;date_echeance;montant_ttc\n{invoices}"));
    let url = service.1.uri();
    project.append(
        "relance.toml",
        &format!(
            "\n[recommandes]\nurl = \"{url}/depots\"\njeton_env = \"{}\"\nidentifiant = \"id\"\ninterrogation = \"{url}/depots/{{cle}}\"\n\
             {more}[recommandes.entetes]\nAuthorization = \"Bearer {{jeton}}\"\n",
            TOKEN.0
        ),
    );
    project.run(&["importer", "--le", "2026-03-06"], 0);
    project.run(&["executer", "--le", "2026-03-09"], 0);
    project
}

fn lines<'a>(journal: &'a [Value], event: &str) -> Vec<&'a Value> {
    let own = |line: &&Value| line["evenement"] == event && line["canal"] == "lettre_recommandée";
    journal.iter().filter(own).collect()
}

/// Where qpdf is, it finds nothing wrong.
fn check(name: &str, pdf: &[u8]) {
    assert!(pdf.starts_with(b"%PDF-"), "{name}");
    if Command::new("qpdf").arg("--version").output().is_err() {
        println!("IGNORÉ : `qpdf` est introuvable (paquet qpdf)");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lettre.pdf");
    std::fs::write(&path, pdf).unwrap();
    let checked = Command::new("qpdf").arg("--check").arg(&path).output().unwrap();
    assert!(checked.status.success(), "{name} : {}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn a_formal_notice_is_deposited_once_and_the_simulation_says_so() {
    for body in [JSON, PARTS] {
        let service = Service::start();
        service.answers(taken(), 404);
        let project = project(&service, 3, body);
        assert!(service.letters().is_empty());
        let told = project.run(&["executer", "--le", "2026-03-24"], 0);
        assert!(told.contains("2 recommandées remises au service"), "{told}");
        assert!(!told.contains(TOKEN.1));
        for request in service.letters() {
            let pdf = if body == JSON {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let address = body["adresse"].as_str().unwrap();
                assert!(address.ends_with("\n38000 Grenoble") || address.ends_with("\n69001 Lyon"), "{address:?}");
                assert!(!address.contains(TOKEN.1) && !address.contains('\u{202e}'), "{address:?}");
                STANDARD.decode(body["fichier"].as_str().unwrap()).unwrap()
            } else {
                let kind = request.headers["content-type"].to_str().unwrap().to_owned();
                let line = format!("\r\n--{}", kind.split_once("boundary=").unwrap().1);
                let find = |wanted: &[u8]| request.body.windows(wanted.len()).position(|piece| piece == wanted);
                let begin = find(b"application/pdf\r\n\r\n").unwrap() + b"application/pdf\r\n\r\n".len();
                let rest = &request.body[begin..];
                let end = rest.windows(line.len()).position(|piece| piece == line.as_bytes()).unwrap();
                rest[..end].to_vec()
            };
            check(request.headers["idempotency-key"].to_str().unwrap(), &pdf);
        }
        assert_eq!((service.letters().len(), service.keys().len()), (2, 2));
        let journal = project.journal();
        let failed = lines(&journal, "echec");
        assert_eq!((failed.len(), &failed[0]["facture"]), (1, &json!("F3")), "{failed:#?}");
        // What is simulated from the files is what happened.
        let simulated = [
            "simuler",
            "--donnees",
            "donnees",
            "--du",
            "2026-03-06",
            "--au",
            "2026-03-24",
            "--personnes",
            "absentes",
            "--format",
            "jsonl",
        ];
        let simulated = Folder::lines(&project.run(&simulated, 0));
        for event in ["envoi", "echec"] {
            let words = |line: &&Value| ["facture", "cle", "modele", "detail"].map(|field| line[field].to_string());
            let [simulated, real] =
                [&simulated, &journal].map(|all| lines(all, event).iter().map(words).collect::<BTreeSet<_>>());
            assert_eq!(simulated, real, "{event}");
        }
        let printed = project.run(&["courriers", "--le", "2026-03-24"], 0);
        assert!(printed.contains("0 lettre"), "{printed}");
        for day in ["2026-03-24", "2026-03-25", "2026-04-01"] {
            project.run(&["executer", "--le", day], 0);
        }
        assert_eq!(service.letters().len(), 2, "nothing a second time");
    }
}

#[test]
fn what_a_dead_program_had_given_is_asked_for_and_not_given_twice() {
    let service = Service::start();
    service.answers(taken().set_delay(Duration::from_secs(25)), 404);
    let project = project(&service, 1, JSON);
    let mut child = project.command(&["executer", "--le", "2026-03-24T09:00"]);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while service.letters().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it is still at work");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The service has it.
    service.answers(taken(), 200);
    project.run(&["executer", "--le", "2026-03-24T09:00"], 0);
    project.run(&["executer", "--le", "2026-03-25"], 0);
    assert!(service.letters().is_empty(), "nothing a second time");
    let journal = project.journal();
    assert_eq!(lines(&journal, "envoi").len(), 1, "it is known to have left");
}

#[test]
fn a_doubt_is_settled_by_the_service() {
    let service = Service::start();
    // It breaks down, having taken the letter.
    service.answers(ResponseTemplate::new(500), 200);
    let whole = project(&service, 1, JSON);
    whole.run(&["executer", "--le", "2026-03-24T09:00"], 0);
    assert_eq!(service.letters().len(), 1);
    let journal = whole.journal();
    assert_eq!((lines(&journal, "doute").len(), lines(&journal, "envoi").len()), (1, 1));
    let settled = lines(&journal, "doute_tranche");
    assert_eq!(settled.len(), 1);
    assert_eq!(settled[0]["par"], "le fournisseur", "{settled:#?}");

    // It breaks down, and does not have it: that says nothing as long as it may still be at work on it.
    service.answers(ResponseTemplate::new(500), 404);
    let broken = project(&service, 1, JSON);
    broken.run(&["executer", "--le", "2026-03-24T09:00"], 3);
    let given = service.keys();
    assert_eq!((service.letters().len(), given.len()), (1, 1));
    let state: Value =
        serde_json::from_str(&broken.run(&["etat", "--le", "2026-03-24", "--format", "json"], 0)).unwrap();
    assert_eq!(state["en_doute"][0]["tranche_par"], json!(["fournisseur", "personne"]));
    service.answers(taken(), 404);
    broken.run(&["executer", "--le", "2026-03-24T09:20"], 0);
    assert!(service.letters().is_empty(), "still in doubt");
    broken.run(&["executer", "--le", "2026-03-24T09:40"], 0);
    assert_eq!(service.keys(), given, "under the same names");
    assert_eq!((service.letters().len(), lines(&broken.journal(), "envoi").len()), (1, 1));

    // Where a person is to say it, nobody else is asked.
    service.answers(ResponseTemplate::new(500), 200);
    let person = project(&service, 1, JSON);
    person.append("relance.toml", "\n[envois]\ndoutes = \"personne\"\n");
    person.run(&["executer", "--le", "2026-03-24T09:00"], 3);
    person.run(&["executer", "--le", "2026-03-25"], 0);
    assert!(lines(&person.journal(), "envoi").is_empty());
    let key = lines(&person.journal(), "doute")[0]["cle"].as_str().unwrap().to_owned();
    let shown = ["trancher", "--tous", "parti", "--canal", "lettre_recommandee", "--le", "2026-03-25"];
    assert!(person.run(&shown, 0).contains("1 message"), "its channel is known");
    person.run(&["trancher", &key, "parti", "--le", "2026-03-25"], 0);
    person.run(&["executer", "--le", "2026-03-26"], 0);
    assert_eq!(lines(&person.journal(), "envoi").len(), 1);
}

#[test]
fn refusals_stop_the_channel_or_ask_to_mend_the_client() {
    let service = Service::start();
    service.answers(ResponseTemplate::new(401), 404);
    let project = project(&service, 1, JSON);
    let told = project.run(&["executer", "--le", "2026-03-24T09:00"], 3);
    assert!(told.contains("un canal est arrêté") && told.contains("[recommandes]"), "{told}");
    service.answers(ResponseTemplate::new(422), 404);
    project.append("relance.toml", "\n[recommandes.reponses]\nadresse = [422]\n");
    project.run(&["executer", "--le", "2026-03-24T10:00"], 0);
    let journal = project.journal();
    assert_eq!((lines(&journal, "echec").len(), lines(&journal, "envoi").len()), (1, 0));
    let tasks: Vec<_> = journal.iter().filter(|line| line["evenement"] == "tache").collect();
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
    assert!(tasks.iter().all(|task| task["detail"].as_str().unwrap().contains("l'adresse postale")), "{tasks:#?}");
}

#[test]
fn a_consumer_gets_paper_where_the_others_get_electronic_letters() {
    let service = Service::start();
    service.answers(taken(), 404);
    let body = "type = \"electronique\"\n[recommandes.corps]\nfichier = \"{document}\"\nmail = \"{email}\"\nreference = \"{cle}\"\n";
    let project = project(&service, 3, body);
    let told = project.run(&["executer", "--le", "2026-03-24"], 0);
    assert!(told.contains("1 recommandée à poster, 2 recommandées remises au service"), "{told}");
    let mut addresses: Vec<String> = service
        .letters()
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            body["mail"].as_str().unwrap().to_owned()
        })
        .collect();
    addresses.sort();
    assert_eq!(addresses, ["c1@client.example", "c3@client.example"], "no postal address is needed");
    let printed = project.run(&["courriers", "--le", "2026-03-24"], 0);
    assert!(printed.contains("1 lettre à poster"), "{printed}");
    assert!(printed.contains("un particulier n’en reçoit d’électronique qu’avec son accord préalable"), "{printed}");
}
