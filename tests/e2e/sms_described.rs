//! SMS through a service that `relance.toml` describes, and that fails in every way.

use crate::support::{Project, keys, sent};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::runtime::Runtime;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: (&str, &str) = ("RELANCE_SMS_JETON", "jeton-secret");
const CLIENTS: usize = 8;

fn project(service: &str) -> Project {
    let project = Project::with("à J+10 : sms rappel à défaut email courtois\n");
    let (mut clients, mut invoices) = (
        "code;nom;email;portable;pays\n".to_owned(),
        "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned(),
    );
    for n in 1..=CLIENTS {
        // The last one has a fixed line for a mobile one, the one before lives in Belgium.
        let (phone, country) = match n {
            CLIENTS => ("01 99 00 12 34".to_owned(), "FR"),
            7 => ("0470 12 34 56".to_owned(), "BE"),
            _ => (format!("06 39 98 12 3{n}"), "FR"),
        };
        clients.push_str(&format!("C{n};Client {n};c{n}@client.example;{phone};{country}\n"));
        invoices.push_str(&format!("F{n};C{n};02/02/2026;04/03/2026;120,00\n"));
    }
    project.write("donnees/clients.csv", clients);
    project.write("donnees/factures.csv", invoices);
    let settings = format!(
        "[sms]\nmode = \"http\"\nurl = \"{service}/envoyer\"\njeton_env = \"{}\"\nidentifiant = \"id\"\ndelai_secondes = 1\n\
         [sms.entetes]\nAuthorization = \"Bearer {{jeton}}\"\n[sms.corps]\nto = \"{{numero}}\"\ntext = \"{{texte}}\"\n",
        TOKEN.0
    );
    project.replace("relance.toml", "[sms]\nmode = \"dossier\"\n", &settings);
    let told = project.run_with(&[TOKEN], &["importer", "--le", "2026-03-09"]).fine().out;
    assert!(told.contains("portables qui sont des lignes fixes, où n'arrive aucun SMS : `+33199001234`"), "{told}");
    project
}

struct Service(Runtime, MockServer);

impl Service {
    fn start() -> Service {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        Service(runtime, server)
    }

    /// From now on it answers so, and has forgotten what it was asked.
    fn answers(&self, response: ResponseTemplate) {
        self.0.block_on(self.1.reset());
        let mock =
            Mock::given(method("POST")).and(path("/envoyer")).and(header("authorization", "Bearer jeton-secret"));
        self.0.block_on(mock.respond_with(response).mount(&self.1));
    }

    fn numbers(&self) -> Vec<String> {
        let requests = self.0.block_on(self.1.received_requests()).unwrap();
        let number = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["to"].as_str().unwrap().to_owned();
        let mut numbers: Vec<String> = requests.iter().map(|request| number(&request.body)).collect();
        numbers.sort();
        numbers
    }
}

fn run(project: &Project, at: &str, code: i32) -> String {
    let done = project.run_with(&[TOKEN], &["executer", "--le", at]).code(code);
    assert!(!done.told().contains(TOKEN.1) && !done.told().contains("998123"), "{done:#?}");
    done.told()
}

#[test]
fn numbers_of_several_countries_and_a_fixed_line() {
    let service = Service::start();
    service.answers(ResponseTemplate::new(202).set_body_json(json!({"id": "m1"})));
    let project = project(&service.1.uri());
    run(&project, "2026-03-16T09:00", 0);
    let numbers = service.numbers();
    assert_eq!(numbers.len(), CLIENTS - 1);
    assert_eq!((numbers[0].as_str(), numbers[1].as_str()), ("+32470123456", "+33639981231"));
    let journal = project.journal();
    let failed = journal.iter().find(|line| line["evenement"] == "echec").unwrap();
    assert_eq!(failed["facture"], "F8");
    assert!(failed["detail"].as_str().unwrap().contains("ligne fixe"), "{failed}");
    assert_eq!(sent(&journal, "email").len(), 1, "the fallback");
}

#[test]
fn a_service_that_asks_for_a_pause_gets_it() {
    let service = Service::start();
    service.answers(ResponseTemplate::new(429).insert_header("retry-after", "7200"));
    let project = project(&service.1.uri());
    run(&project, "2026-03-16T09:00", 3);
    // As many as were on their way when it answered; the others were not shown to it.
    assert!((1..=4).contains(&service.numbers().len()), "{:?}", service.numbers());
    let delayed: Vec<Value> = project.journal().into_iter().filter(|line| line["evenement"] == "report").collect();
    // The fixed line is not even looked at while the service is left alone.
    assert!((CLIENTS - 1..=CLIENTS).contains(&delayed.len()), "{delayed:#?}");
    for line in &delayed {
        assert!(line["jusqu_a"].as_str().unwrap() >= "2026-03-16T10:59:30", "{line}");
    }
    service.answers(ResponseTemplate::new(202));
    run(&project, "2026-03-16T10:30", 0);
    assert_eq!(service.numbers().len(), 0, "two hours have not passed");
    run(&project, "2026-03-16T11:05", 0);
    assert_eq!(service.numbers().len(), CLIENTS - 1);
    assert_eq!(keys(&sent(&project.journal(), "sms")).len(), CLIENTS - 1);
}

#[test]
fn what_may_have_been_taken_is_never_sent_again() {
    let broken = [
        ("500", ResponseTemplate::new(500)),
        ("silence", ResponseTemplate::new(202).set_delay(Duration::from_secs(20))),
    ];
    for (name, response) in broken {
        let service = Service::start();
        service.answers(response);
        let project = project(&service.1.uri());
        run(&project, "2026-03-16T09:00", 3);
        let state = project.run(&["etat", "--le", "2026-03-16", "--format", "json"]).fine().json();
        let doubts = state["en_doute"].as_array().unwrap();
        assert_eq!(doubts.len(), CLIENTS - 1, "{name}");
        assert_eq!(doubts[0]["tranche_par"], json!(["personne"]), "nobody else can be asked");
        service.answers(ResponseTemplate::new(202));
        run(&project, "2026-03-17", 0);
        assert_eq!(service.numbers().len(), 0, "{name}");
    }
}
