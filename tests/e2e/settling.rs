//! Many messages in doubt, settled together by a person.

use crate::doubts::{doubts, project, run};
use crate::support::sms_server::{Act, SmsServer};
use crate::support::{Project, sent};

const CLIENTS: usize = 5;

/// Five messages in doubt of which none had left; the service lists nothing.
fn five() -> (Project, SmsServer) {
    let numbers: Vec<String> = (1..=CLIENTS).map(|n| format!("+3363998123{n}")).collect();
    let acts: Vec<(&str, Act)> = numbers.iter().map(|number| (number.as_str(), Act::Cut)).collect();
    let service = SmsServer::start(&acts);
    let project = project(&service, CLIENTS, "");
    run(&project, "2026-03-16", 3);
    assert_eq!(doubts(&project).len(), CLIENTS);
    (project, service)
}

const WHO: [&str; 5] = ["--par", "Mme Roy", "--motif", "relevé du fournisseur", "--confirmer"];

#[test]
fn one_answer_for_all_that_filters_leave() {
    let (project, _service) = five();
    let mut told = String::new();
    let mut tell = |args: &[&str]| {
        let all = [&["trancher"], args, &["--le", "2026-03-17"]].concat();
        told.push_str(&format!("──── {}\n{}\n", all.join(" "), project.run(&all).told()));
        doubts(&project).len()
    };
    assert_eq!(tell(&["--tous", "parti"]), 5, "shown only");
    assert_eq!(tell(&["--tous", "parti", "--client", "C2"]), 5);
    for nothing in [["--canal", "email"], ["--client", "C9"], ["--du", "2026-03-17"], ["--au", "2026-03-15"]] {
        assert_eq!(tell(&[&["--tous", "parti"], &nothing[..], &WHO].concat()), 5, "{nothing:?}");
    }
    assert_eq!(tell(&["--tous", "parti", "--confirmer"]), 5);
    assert_eq!(tell(&["--tous", "parti", "--par", " ", "--motif", "vu", "--confirmer"]), 5);
    assert_eq!(tell(&["--tous", "parti", "--par", "Mme Roy", "--confirmer"]), 5);
    assert_eq!(tell(&["--canal", "sms"]), 5);
    assert_eq!(tell(&["F1#1.1.0.0"]), 5);
    assert_eq!(tell(&["F1#1.1.0.0", "parti", "--tous", "parti"]), 5);
    assert_eq!(tell(&["--tous", "parti", "--liste", "doutes.csv"]), 5);
    assert_eq!(tell(&["--tous", "peut-être"]), 5);
    assert_eq!(tell(&[&["--tous", "non-parti", "--client", "C2"], &WHO[..]].concat()), 4);
    let filters = ["--tous", "parti", "--canal", "sms", "--du", "2026-03-16", "--au", "2026-03-16"];
    assert_eq!(tell(&[&filters[..], &WHO].concat()), 0);
    assert_eq!(tell(&["--tous", "parti"]), 0);
    insta::assert_snapshot!(told);
    run(&project, "2026-03-17", 3);
    insta::assert_snapshot!(project.run(&["journal", "--du", "2026-03-17", "--client", "C1"]).fine().out);
    let journal = project.journal();
    assert_eq!(sent(&journal, "sms").len(), 4, "C2's has been tried again, and is in doubt again");
    let answers: Vec<_> = journal.iter().filter(|line| line["evenement"] == "doute_tranche").collect();
    assert_eq!(answers.len(), 5);
    for line in answers {
        let found = if line["client"] == "C2" { "pas parti" } else { "parti" };
        assert_eq!(
            (&line["par"], &line["detail"]),
            (&"Mme Roy".into(), &format!("{found} : relevé du fournisseur").into())
        );
    }
    project.run(&["verifier-journal"]).fine();
    project.run(&["rejouer"]).fine();
}

#[test]
fn a_list_that_a_person_has_filled_in() {
    let (project, _service) = five();
    let list = project.run(&["trancher"]).fine().out;
    insta::assert_snapshot!(list);
    let filled = |answers: &[&str]| {
        let mut lines = list.lines();
        let mut text = format!("{}\n", lines.next().unwrap());
        for (line, answer) in lines.zip(answers) {
            text.push_str(&format!("{}{answer}\n", line.strip_suffix(';').unwrap()));
        }
        project.write("doutes.csv", text);
    };
    let mut told = String::new();
    let mut tell = |title: &str, args: &[&str]| {
        let all = [&["trancher", "--liste", "doutes.csv", "--le", "2026-03-17"], args].concat();
        told.push_str(&format!("──── {title}\n{}\n", project.run(&all).told()));
        doubts(&project).len()
    };
    assert_eq!(tell("pas de fichier", &WHO), 5);
    filled(&[";", ";", ";", ";", ";"]);
    assert_eq!(tell("pas remplie", &WHO), 5);
    filled(&["parti;", "perhaps;", "non-parti;", ";", ";"]);
    assert_eq!(tell("une réponse qui n’en est pas une", &WHO), 5);
    filled(&["parti;", "Non parti;vu sur l’écran", "PARTI;", ";", ";"]);
    assert_eq!(tell("montrée", &[]), 5);
    assert_eq!(tell("notée", &WHO), 2);
    assert_eq!(tell("encore", &WHO), 2);
    project.write("doutes.csv", "client;reponse\nC4;parti\n");
    assert_eq!(tell("sans clé", &WHO), 2);
    let key = doubts(&project)[0]["cle"].as_str().unwrap().to_owned();
    project.write("doutes.csv", format!("cle,reponse\n{key},parti\n{key},non-parti\n"));
    assert_eq!(tell("deux réponses", &WHO), 2);
    project.write("doutes.csv", "");
    assert_eq!(tell("vide", &WHO), 2);
    insta::assert_snapshot!(told);
    let journal = project.journal();
    assert_eq!(
        journal.iter().filter(|line| line["evenement"] == "doute_tranche").count(),
        0,
        "the next run goes by them"
    );
    run(&project, "2026-03-17", 3);
    let journal = project.journal();
    let answered = |detail: &str| journal.iter().filter(|line| line["detail"] == detail).count();
    assert_eq!((answered("parti : relevé du fournisseur"), answered("pas parti : vu sur l’écran")), (2, 1));
}
