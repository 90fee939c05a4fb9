//! What comes back by e-mail, from the mailbox to the journal.

use crate::support::service::{Running, until};
use crate::support::{Project, mail, sent};
use serde_json::Value;

pub const PLAN: &str = "à J+15 : email ferme à défaut sms rappel\n";
const CLIENTS: &str = "code;nom;segment;email;portable
C1;Menuiserie Valier;regulier;compta@valier.example;06 39 98 12 34
C2;Crème & Châtaigne;regulier;creme@client.example;06 39 98 12 35
C3;Garage Ost;regulier;ost@client.example;
C4;Scierie Brun;regulier;brun@client.example;06 39 98 12 37
";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C2;10/02/2026;04/03/2026;348,90
F3;C3;02/02/2026;04/03/2026;99,00
F4;C4;02/02/2026;04/03/2026;77,00
";

/// A project whose four messages have left on 19 March, and the `Message-ID` of each, by invoice.
fn sent_out(plan: &str) -> (Project, impl Fn(&str) -> String) {
    let (project, id) = sent_out_with(plan, "maildir = \"boite\"\n");
    for folder in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(project.path("boite").join(folder)).unwrap();
    }
    (project, id)
}

/// The same, with another mailbox.
pub fn sent_out_with(plan: &str, replies: &str) -> (Project, impl Fn(&str) -> String + use<>) {
    let project = Project::with(plan);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    let settings = std::fs::read_to_string(project.path("relance.toml")).unwrap();
    project.write("relance.toml", format!("{settings}\n[reponses]\n{replies}"));
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    let letters: Vec<_> = project.messages("eml").values().map(|bytes| mail::read(bytes)).collect();
    let id = move |invoice: &str| {
        letters.iter().find(|letter| letter.subject.contains(invoice)).unwrap_or_else(|| panic!("{invoice}")).id.clone()
    };
    (project, id)
}

pub fn bounce(name: &str, address: &str, status: &str, id: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\nTo: compta@exemple.fr\nSubject: Undelivered Mail Returned to Sender\n\
         Message-ID: <{name}@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nSorry.\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {address}\n\
         Action: failed\nStatus: {status}\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n--b--\n"
    )
}

pub fn written(name: &str, from: &str, more: &str, subject: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: compta@exemple.fr\nSubject: {subject}\nMessage-ID: <{name}@client.example>\n{more}\n{text}\n"
    )
}

pub fn told(journal: &[Value], from: &str) -> Vec<String> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let later = journal.iter().filter(|line| text(line, "le").as_str() >= from);
    let known = ["envoi", "echec", "anomalie", "tache", "reponse", "externe", "remise", "remis", "suspension"];
    let known = later.filter(|line| known.contains(&text(line, "evenement").as_str()));
    known
        .map(|line| {
            let words = ["evenement", "canal", "facture", "client", "message", "detail"].map(|name| text(line, name));
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn bounces_answers_and_absences_become_events_once() {
    let (project, id) = sent_out(PLAN);
    let mails = [
        ("1.bounce", bounce("b1", "compta@valier.example", "5.1.1", &id("F1"))),
        (
            "2.reply",
            written(
                "r2",
                "creme@client.example",
                &format!("In-Reply-To: <{}>\n", id("F2")),
                "Re: Relance",
                "Payé hier.",
            ),
        ),
        ("3.refusal", bounce("b3", "ost@client.example", "5.7.1", &id("F3"))),
        (
            "4.away",
            written(
                "a4",
                "brun@client.example",
                "Auto-Submitted: auto-replied\n",
                "Absence du bureau",
                "De retour lundi.",
            ),
        ),
        (
            "5.late",
            bounce("b5", "brun@client.example", "4.4.1", &id("F4")).replace("Action: failed", "Action: delayed"),
        ),
        ("6.stranger", written("s6", "news@ailleurs.example", "", "Offres de printemps", "Des prix.")),
        ("7.nothing", String::new()),
        (
            "8.ours",
            written("o8", "compta@exemple.fr", &format!("In-Reply-To: <{}>\n", id("F2")), "Re: Relance", "Merci."),
        ),
    ];
    for (name, text) in &mails {
        project.write(&format!("boite/new/{name}"), text);
    }
    let mut all = project.run(&["relever", "--le", "2026-03-20T08:00"]).fine().out;
    let names = |folder: &str| {
        let mut names: Vec<String> = project
            .path("boite")
            .join(folder)
            .read_dir()
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert!(names("new").is_empty());
    all.push_str(&format!("{:#?}\n", names("cur")));
    all.push_str(&project.run(&["relever", "--le", "2026-03-20T08:30"]).fine().out);
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    let journal = told(&project.journal(), "2026-03-20");
    all.push_str(&format!("{journal:#?}\n"));
    // The same mails again, as after a crash before they were moved.
    for (name, text) in &mails {
        project.write(&format!("boite/new/{name}"), text);
    }
    all.push_str(&project.run(&["fetch", "--le", "2026-03-20T15:00"]).fine().out);
    project.run(&["executer", "--le", "2026-03-20T16:00"]).fine();
    assert_eq!(told(&project.journal(), "2026-03-20"), journal);
    insta::assert_snapshot!(all);
}

#[test]
fn an_answer_to_a_grouped_message_is_one_task_about_the_client() {
    let plan = "regrouper par client\nà J+15 : email ferme\n";
    let project = Project::with(plan);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES.replace("F2;C2", "F2;C1"));
    project.write(
        "relance.toml",
        std::fs::read_to_string(project.path("relance.toml")).unwrap() + "\n[reponses]\nmaildir = \"boite\"\n",
    );
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    let letter = project
        .messages("eml")
        .values()
        .map(|bytes| mail::read(bytes))
        .find(|l| l.to == ["compta@valier.example"])
        .unwrap();
    let answer =
        written("r1", "direction@valier.example", &format!("References: <{}>\n", letter.id), "Re: Relance", "Vu.");
    project.write("boite/new/1", answer);
    // A refusal without a fallback: the address is right.
    let brun =
        project.messages("eml").values().map(|bytes| mail::read(bytes)).find(|l| l.subject.contains("F4")).unwrap();
    project.write("boite/new/2", bounce("b2", "brun@client.example", "5.7.1", &brun.id));
    project.run(&["relever", "--le", "2026-03-20T08:00"]).fine();
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    insta::assert_debug_snapshot!(told(&project.journal(), "2026-03-20"));
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let project = Project::with(PLAN);
    let mut all = project.run(&["relever"]).code(2).told();
    let settings = std::fs::read_to_string(project.path("relance.toml")).unwrap();
    project.write("relance.toml", format!("{settings}\n[reponses]\nmaildir = \"boite\"\nboite = \"x\"\n"));
    // The line depends on the default file.
    all.push_str(&project.run(&["relever"]).code(1).told().replace(|c: char| c.is_ascii_digit(), ""));
    project.replace("relance.toml", "boite = \"x\"\n", "");
    all.push_str(&project.run(&["relever"]).code(3).told().replace(&*project.path("").to_string_lossy(), "…/"));
    insta::assert_snapshot!(all);
}

#[test]
fn a_service_reads_the_mailbox_by_itself() {
    let plan = format!("sans plafond\nenvois tous les jours de 0h à 24h\n{}", PLAN.replace("J+15", "J+1"));
    let (project, _) = sent_out(&plan);
    let key = sent(&project.journal(), "email").len();
    assert_eq!(key, 4);
    project.write("boite/new/1", written("r1", "creme@client.example", "", "Bonjour", "Une question."));
    let service = Running::start(&project, &[]);
    until("the answer is in the journal", || {
        project.journal().iter().any(|line| line["evenement"] == "reponse" && line["facture"] == "F2")
    });
    service.hears("la boîte aux lettres est relevée");
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn a_service_that_reads_its_project_again_reads_the_mailbox_that_it_names_now() {
    let plan = format!("sans plafond\nenvois tous les jours de 0h à 24h\n{}", PLAN.replace("J+15", "J+1"));
    let (project, _) = sent_out(&plan);
    project.replace("relance.toml", "maildir = \"boite\"", "# sans boîte");
    project.write("boite/new/1", written("r1", "creme@client.example", "", "Bonjour", "Une question."));
    let service = Running::start(&project, &[]);
    service.hears("les scénarios sont en vigueur");
    // What cannot be opened changes nothing.
    project.replace(
        "relance.toml",
        "# sans boîte",
        "imap = \"localhost\"\nutilisateur = \"moi\"\nmot_de_passe_env = \"ESSAI_ABSENT\"",
    );
    service.signal("HUP");
    service.hears("ESSAI_ABSENT");
    project.replace(
        "relance.toml",
        "imap = \"localhost\"\nutilisateur = \"moi\"\nmot_de_passe_env = \"ESSAI_ABSENT\"",
        "maildir = \"boite\"",
    );
    service.signal("HUP");
    service.hears("la boîte aux lettres est relevée");
    until("the answer is in the journal", || {
        project.journal().iter().any(|line| line["evenement"] == "reponse" && line["facture"] == "F2")
    });
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn an_answer_finds_its_file_by_the_mark_in_the_address_and_reminders_are_one_thread() {
    let project = Project::with("à J+15 : email ferme\nà J+20 : email dernier_avis\n");
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    let settings = std::fs::read_to_string(project.path("relance.toml")).unwrap();
    let more = "\n[reponses]\nmaildir = \"boite\"\nadresse = \"relances@exemple.fr\"\nsecret_env = \"ESSAI_MARQUE\"\n";
    project.write("relance.toml", settings + more);
    let secret = [("ESSAI_MARQUE", "un secret assez long")];
    let run = |args: &[&str]| project.run_with(&secret, args).fine();
    run(&["importer", "--le", "2026-03-16"]);
    project.run(&["executer", "--le", "2026-03-19"]).code(3);
    run(&["executer", "--le", "2026-03-19"]);
    run(&["executer", "--le", "2026-03-24"]);
    let raw: Vec<String> =
        project.messages("eml").into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    assert_eq!(raw.len(), 8);
    let field = |text: &str, name: &str| {
        text.split("\r\n").find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let marks: Vec<_> = raw.iter().map(|text| field(text, "Reply-To:").unwrap()).collect();
    let different: std::collections::BTreeSet<_> = marks.iter().collect();
    assert_eq!(different.len(), 4, "one for each client: {marks:?}");
    let ids: Vec<_> = raw.iter().filter_map(|text| field(text, "Message-ID:")).collect();
    let followed: Vec<_> = raw.iter().filter_map(|text| field(text, "In-Reply-To:")).collect();
    assert_eq!(followed.len(), 4, "the second reminder of each");
    assert!(followed.iter().all(|id| ids.contains(id)), "{followed:?} {ids:?}");
    // From another address, out of the thread: the mark tells.
    let of_valier = raw.iter().find(|text| text.contains("compta@valier.example")).unwrap();
    let mark = field(of_valier, "Reply-To:").unwrap();
    let address = mark.rsplit_once('<').map_or(mark.as_str(), |(_, rest)| rest.trim_end_matches('>')).to_owned();
    let mail =
        written("m1", "zelie@ailleurs.example", "", "Une question", "Bonjour.").replace("compta@exemple.fr", &address);
    project.write("boite/new/1", mail);
    let forged = written("m2", "zelie@ailleurs.example", "", "Une autre", "Bonjour.");
    project.write("boite/new/2", forged.replace("compta@exemple.fr", "relances+aaaaaaaaaaaaaaaa@exemple.fr"));
    let out = run(&["relever", "--le", "2026-03-25T08:00"]).out;
    assert!(out.contains("client C1") && out.contains("À lire : 1 courriel"), "{out}");
}

#[test]
fn a_reminder_follows_the_first_one_however_long_ago_it_left() {
    let (project, id) = sent_out("à J+15 : email ferme\nà J+70 : email dernier_avis\n");
    let first = id("F2");
    project.run(&["executer", "--le", "2026-05-13"]).fine();
    let late = project.messages("eml").into_values().map(|bytes| String::from_utf8(bytes).unwrap());
    let late: Vec<String> = late.filter(|text| text.contains(&format!("In-Reply-To: <{first}>"))).collect();
    assert_eq!(late.len(), 1, "55 days after the first");
    assert!(late.iter().all(|text| text.contains(&format!("References: <{first}>"))));
    // What comes back is still accepted for thirty days only.
    project.write("donnees/evenements.csv", "date;type;facture;detail\n14/05/2026;échec;F2;email\n");
    project.run(&["importer", "donnees/evenements.csv", "--le", "2026-05-14"]).fine();
    project.run(&["executer", "--le", "2026-05-14"]).fine();
    let key = |line: &Value| line["cle"].as_str().unwrap_or_default().to_owned();
    let journal = project.journal();
    let failed: Vec<&Value> = journal.iter().filter(|line| line["evenement"] == "echec").collect();
    let sent: Vec<&Value> =
        journal.iter().filter(|line| line["evenement"] == "envoi" && line["facture"] == "F2").collect();
    assert_eq!((failed.len(), sent.len()), (1, 2));
    assert_eq!(key(failed[0]), key(sent[1]));
}
