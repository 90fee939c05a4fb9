//! Registered letters from the list to the proof: posted with a number, followed at a service that fails in every way, told by a webhook.

use crate::support::Project;
use crate::support::service::{Running, until};
use relance_engine::store::{self, DocumentKind};
use ring::{digest, hmac};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: (&str, &str) = ("RELANCE_SUIVI_JETON", "jeton-du-suivi");
const SECRET: (&str, &str) = ("RELANCE_SUIVI_SECRET", "un secret assez long");
const NUMBER: &str = "1A12345678901";
const PLAN: &str = "envois tous les jours de 0h à 24h
à J+1 : email courtois
à J+15 : lettre_recommandée mise_en_demeure à défaut email ferme
quand événement \"recommandé présenté\" : note \"Avisé\"
quand événement \"recommandé refusé\" : tâche \"Préparer l'assignation\"
quand événement \"recommandé distribué\" : note \"Reçue\"
";

/// Two letters on the list of 19 March; the clients' names would like to be something else.
fn project(service: &str) -> Project {
    let project = Project::with(PLAN);
    project.write(
        "donnees/clients.csv",
        "code;nom;email;adresse;code_postal;ville\nC1;=SOMME(1+1);c1@client.example;3 rue du Port;69001;Lyon\n\
         C2;Noël;c2@client.example;4 rue du Port;69001;Lyon\n",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\n\
         F2;C2;02/02/2026;04/03/2026;500,00\n",
    );
    let settings = format!(
        "[service]\nsuivi_env = \"{}\"\n\n[suivi]\nurl = \"{service}/suivi/{{suivi}}\"\njeton_env = \"{}\"\netat = \"lettre.etat\"\n\
         date = \"lettre.le\"\npreuve = [\"lettre.preuve\", \"lettre.avis\"]\ndelai_secondes = 1\n[suivi.entetes]\n\
         Authorization = \"Bearer {{jeton}}\"\n[suivi.etats]\npresentee = [\"AVISE\"]\ndistribuee = [\"DISTRIBUE\"]\n\
         refusee = [\"REFUSE\", 42]\nnon_reclamee = [\"NON_RECLAME\"]\nnpai = [\"NPAI\"]\nen_cours = [\"TRANSIT\"]\n\n[email]\n",
        SECRET.0, TOKEN.0
    );
    project.replace("relance.toml", "[email]\n", &settings);
    project.run(&["importer", "--le", "2026-03-04"]).fine();
    project.run(&["executer", "--le", "2026-03-05"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project
}

/// The letters are posted, and the first receipt is copied into the list.
fn posted(project: &Project) -> String {
    let list = project.run(&["courriers", "--le", "2026-03-19", "--format", "csv"]).fine().out;
    assert!(list.lines().next().unwrap().ends_with(";pages;suivi"), "{list}");
    let first = list.lines().position(|line| line.starts_with("F1#")).unwrap();
    let filled = |(i, line): (usize, &str)| match i {
        _ if i == first => format!("{line}1a 123 456 7890 1\n"),
        _ => format!("{line}\n"),
    };
    project.write("courriers.csv", list.lines().enumerate().map(filled).collect::<String>());
    let told = project.run(&["courriers", "--postees", "courriers.csv", "--le", "2026-03-20"]).fine().out;
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    told
}

struct Service(tokio::runtime::Runtime, MockServer);

impl Service {
    fn start() -> Service {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        Service(runtime, server)
    }

    /// From now on it answers so when it is asked for the first letter.
    fn answers(&self, response: ResponseTemplate) {
        self.0.block_on(self.1.reset());
        let mock = Mock::given(method("GET"))
            .and(path(format!("/suivi/{NUMBER}")))
            .and(header("authorization", "Bearer jeton-du-suivi"));
        self.0.block_on(mock.respond_with(response).mount(&self.1));
    }

    fn gives(&self, at: &str, response: ResponseTemplate) {
        self.0.block_on(Mock::given(method("GET")).and(path(at)).respond_with(response).mount(&self.1));
    }

    fn asked(&self) -> usize {
        self.0.block_on(self.1.received_requests()).unwrap().len()
    }
}

fn state(word: impl Into<Value>, day: &str) -> Value {
    json!({ "lettre": { "etat": word.into(), "le": day } })
}

fn follow(project: &Project, day: &str) -> String {
    let done = project.run_with(&[TOKEN], &["courriers", "--suivre", "--le", day]);
    assert!(!done.told().contains(TOKEN.1), "{done:?}");
    done.told()
}

/// What the journal tells of a letter after it was listed.
fn told(project: &Project) -> Vec<String> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let known = ["suivi", "note", "tache", "fait", "echec", "anomalie"];
    let journal = project.journal();
    let lines = journal.iter().filter(|line| known.contains(&line["evenement"].as_str().unwrap()));
    lines
        .map(|line| ["le", "facture", "evenement", "statut", "detail"].map(|name| text(line, name)).join(" "))
        .collect()
}

#[test]
fn a_letter_is_posted_followed_refused_answered_and_proven() {
    let service = Service::start();
    let project = project(&service.1.uri());
    let mut all = format!("──── postées\n{}", posted(&project));
    let pdf = [b"%PDF-1.7\n".as_slice(), &[7; 3_000]].concat();
    for (title, answer) in [
        ("en chemin", state("TRANSIT", "")),
        ("avisée", state("AVISE", "2026-03-23T14:30:00+01:00")),
        ("avisée encore", state("AVISE", "2026-03-23")),
    ] {
        service.answers(ResponseTemplate::new(200).set_body_json(answer));
        all.push_str(&format!("──── {title}\n{}", follow(&project, "2026-03-24")));
    }
    let uri = service.1.uri();
    let mut refused = state(42, "25/03/2026");
    refused["lettre"]["preuve"] = json!("/preuve/..%2Favis.pdf");
    refused["lettre"]["avis"] = json!(format!("{uri}/preuve/ailleurs"));
    service.answers(ResponseTemplate::new(200).set_body_json(refused));
    service.gives("/preuve/..%2Favis.pdf", ResponseTemplate::new(200).set_body_bytes(pdf.clone()));
    service
        .gives("/preuve/ailleurs", ResponseTemplate::new(302).insert_header("location", "https://ailleurs.example/x"));
    all.push_str(&format!("──── refusée, avec une preuve\n{}", follow(&project, "2026-03-26")));
    // Before and after a run, told again changes nothing.
    let again = follow(&project, "2026-03-26");
    assert!(again.contains("Aucune lettre") || again.contains("déjà connu"), "{again}");
    all.push_str(&project.run(&["executer", "--le", "2026-03-26"]).fine().out);
    let before = service.asked();
    all.push_str(&format!("──── finie\n{}", follow(&project, "2026-03-27")));
    assert_eq!(service.asked(), before, "a letter that has its end and its proof is not asked for");
    // The number of the other letter comes later, and a proof by hand.
    let list = std::fs::read_to_string(project.path("courriers.csv")).unwrap();
    let late = list
        .lines()
        .map(|line| if line.starts_with("F2#") { format!("{line}2C98765432109\n") } else { format!("{line}\n") });
    project.write("courriers.csv", late.collect::<String>());
    all.push_str("──── le numéro de l’autre\n");
    all.push_str(&project.run(&["courriers", "--postees", "courriers.csv", "--le", "2026-03-27"]).fine().out);
    project.write("recu.png", b"\x89PNG\r\n\x1a\nun re\xc3\xa7u");
    for name in ["recu.png", "recu.png", "courriers.csv"] {
        let done = project.run(&["courriers", "--preuve", name, "--facture", "F2", "--le", "2026-03-27"]);
        all.push_str(&format!("──── preuve {name} ({:?})\n{}{}", done.code, done.out, done.err));
    }
    project.run(&["executer", "--le", "2026-03-27"]).fine();
    all.push_str(&format!("──── journal\n{}\n", told(&project).join("\n")));
    all.push_str(&format!("──── le dossier\n{}", project.run(&["journal", "--facture", "F1"]).fine().out));
    insta::assert_snapshot!(all.replace(&uri, "http://service"));

    let line = project.journal().into_iter().find(|line| line["statut"] == "refusee").unwrap();
    let kept = service.0.block_on(async {
        let store = store::open("relance.db", &project.path(""), "principale").await.unwrap();
        let kept = store.documents("C1").await.unwrap();
        let proof = kept.iter().find(|one| one.kind == DocumentKind::Proof).unwrap().clone();
        let bytes = store.document("C1", &proof.key, proof.kind, &proof.name).await.unwrap().unwrap();
        let others = store.documents("C2").await.unwrap();
        assert_eq!(others.iter().filter(|one| one.kind == DocumentKind::Proof).count(), 1, "the receipt");
        store.close().await;
        (proof, bytes)
    });
    let hex: String = digest::digest(&digest::SHA256, &pdf).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((line["preuve"].as_str().unwrap(), kept.0.sha256.as_str()), (hex.as_str(), hex.as_str()));
    assert_eq!((line["cle"].as_str().unwrap(), kept.0.media_type.as_str()), (kept.0.key.as_str(), "application/pdf"));
    assert_eq!(kept.1, pdf);
    project.run(&["verifier-journal"]).fine();
    project.run(&["rejouer"]).fine();
}

#[test]
fn a_service_that_fails_in_every_way_changes_nothing_and_says_why() {
    let service = Service::start();
    let project = project(&service.1.uri());
    posted(&project);
    let journal = project.journal();
    let mut all = String::new();
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    for (title, response) in [
        ("erreur", ResponseTemplate::new(500)),
        ("trop de demandes", ResponseTemplate::new(429).insert_header("retry-after", "600")),
        ("jeton refusé", ResponseTemplate::new(401)),
        ("ailleurs", ResponseTemplate::new(302).insert_header("location", "https://ailleurs.example/")),
        ("numéro inconnu", ResponseTemplate::new(404)),
        ("pas à temps", json(state("REFUSE", "2026-03-21")).set_delay(Duration::from_secs(3))),
        ("pas du JSON", ResponseTemplate::new(200).set_body_string("<html>REFUSE</html>")),
        ("vide", ResponseTemplate::new(200)),
        ("sans le mot", json(json!({ "lettre": [] }))),
        ("un mot inconnu", json(state("\u{1b}[31mREFUSEE\u{202e}\nF2", "2026-03-21"))),
        ("sans date", json(state("REFUSE", ""))),
        ("une date à venir", json(state("REFUSE", "2027-03-21"))),
        ("démesuré", ResponseTemplate::new(200).set_body_bytes(vec![b' '; 300_000])),
    ] {
        service.answers(response);
        all.push_str(&format!("──── {title}\n{}", follow(&project, "2026-03-24")));
        project.run(&["executer", "--le", "2026-03-24"]).fine();
    }
    assert_eq!(project.journal(), journal);
    // Proofs that are none are left aside; the status stands.
    let mut refused = state("REFUSE", "2026-03-21");
    refused["lettre"]["preuve"] = json!("http://ailleurs.example/preuve.pdf");
    refused["lettre"]["avis"] = json!("/preuve.pdf");
    service.answers(json(refused));
    service.gives(
        "/preuve.pdf",
        ResponseTemplate::new(200).set_body_bytes([b"%PDF-".as_slice(), &[0; 5 * 1024 * 1024]].concat()),
    );
    all.push_str(&format!("──── des preuves qui n’en sont pas\n{}", follow(&project, "2026-03-24")));
    project.run(&["executer", "--le", "2026-03-24"]).fine();
    all.push_str(&told(&project).join("\n"));
    insta::assert_snapshot!(all);
    let without = project.run(&["courriers", "--suivre"]).code(3);
    assert!(without.told().contains(TOKEN.0), "{without:?}");
}

#[test]
fn a_wrong_address_fails_and_its_fallback_follows() {
    let service = Service::start();
    let project = project(&service.1.uri());
    posted(&project);
    service.answers(ResponseTemplate::new(200).set_body_json(state("NPAI", "2026-03-23")));
    follow(&project, "2026-03-24");
    project.run(&["executer", "--le", "2026-03-24"]).fine();
    let journal = project.journal();
    let failed = journal.iter().find(|line| line["evenement"] == "echec").unwrap();
    assert!(failed["detail"].as_str().unwrap().contains("NPAI"), "{failed}");
    assert!(journal.iter().any(|line| line["evenement"] == "envoi" && line["modele"] == "ferme"), "the fallback");
    assert!(!follow(&project, "2026-03-25").contains(NUMBER));
}

fn signed(body: &str, secret: &str) -> String {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("Relance-Signature: t={at},v1={hex}")
}

#[test]
fn a_webhook_tells_the_same_and_nobody_else_may() {
    let service = Service::start();
    let project = project(&service.1.uri());
    posted(&project);
    service.gives("/avis", ResponseTemplate::new(200).set_body_bytes(b"%PDF-1.4 avis".to_vec()));
    // Nothing is said when the service is asked by itself.
    let running = Running::start_with(&project, &[TOKEN, SECRET], &[]);
    let mut all = String::new();
    let uri = service.1.uri();
    let mut tell = |title: &str, body: &str, secret: &str| {
        let (status, text) = running.ask("POST", "/suivi", &signed(body, secret), body);
        all.push_str(&format!("──── {title} : {status}\n{text}"));
    };
    let refused =
        json!({ "suivi": "1a 123 456 7890 1", "etat": "refusee", "le": "2026-03-24", "preuve": format!("{uri}/avis") });
    let refused = refused.to_string();
    tell("faux secret", &refused, "un autre secret, long");
    assert!(!project.journal().iter().any(|line| line["evenement"] == "suivi"));
    tell("vrai", &refused, SECRET.1);
    tell("deux fois", &refused, SECRET.1);
    tell("numéro inconnu", &json!({ "suivi": "9Z99999999999", "etat": "refusee" }).to_string(), SECRET.1);
    tell("ni clé ni numéro", &json!({ "etat": "refusee" }).to_string(), SECRET.1);
    tell("mot inconnu", &json!({ "suivi": NUMBER, "etat": "perdue" }).to_string(), SECRET.1);
    tell("à venir", &json!({ "suivi": NUMBER, "etat": "refusee", "le": "2999-01-01" }).to_string(), SECRET.1);
    tell("hostile", &json!({ "suivi": "\"number\":\"%'--", "etat": "refusee" }).to_string(), SECRET.1);
    all.push_str(&running.page("/suivi").1);
    until("it is taken in", || project.journal().iter().any(|line| line["evenement"] == "suivi"));
    let told: Vec<Value> = project.journal().into_iter().filter(|line| line["evenement"] == "suivi").collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (&told[0]["facture"], &told[0]["statut"], &told[0]["date"]),
        (&json!("F1"), &json!("refusee"), &json!("2026-03-24"))
    );
    assert_eq!(told[0]["preuve"].as_str().unwrap().len(), 64);
    insta::assert_snapshot!(all);
    running.signal("TERM");
    assert_eq!(running.ended().0, Some(0));
}
