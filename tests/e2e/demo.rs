//! `demo`: what a newcomer sees first, judged as a credit manager who fears sending the wrong letter.

use crate::support::{Project, keys, mail, sent};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A Thursday.
const DAY: &str = "2026-03-19";

fn csv(project: &Project, name: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(project.path("donnees").join(name)).unwrap();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head: Vec<&str> = lines.next().unwrap().split(';').collect();
    // The generated files quote nothing that matters here.
    lines.map(|line| head.iter().map(|h| (*h).to_owned()).zip(line.split(';').map(str::to_owned)).collect()).collect()
}

fn events<'a>(journal: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    journal.iter().filter(move |l| l["evenement"] == name)
}

#[test]
fn the_demo() {
    let folder = Project::folder();
    let first = folder.run(&["demo", "essai", "--le", DAY]).fine();
    insta::assert_snapshot!(first.out);
    let inside = |args: &[&str]| {
        let mut all = vec!["--projet", "essai"];
        all.extend(args);
        folder.run(&all)
    };
    let read = |ending: &str| {
        let files = folder.path("essai/envois").read_dir().unwrap().map(|e| e.unwrap().path());
        files
            .filter(|p| p.extension().is_some_and(|e| e == ending))
            .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    let journal = inside(&["journal", "--format", "jsonl"]).fine();
    let (emails, texts) = (read("eml"), read("txt"));

    // A second run the same day sends nothing.
    let second = folder.run(&["demo", "essai", "--le", DAY]).fine();
    assert!(second.out.contains("rien de nouveau") && second.out.contains("Rien n’était dû"), "{}", second.out);
    assert_eq!((read("eml"), read("txt")), (emails.clone(), texts.clone()));
    assert_eq!(inside(&["journal", "--format", "jsonl"]).fine().out, journal.out);
    let again = inside(&["executer", "--le", DAY]).fine();
    assert!(again.out.contains("Rien n’est parti : ce qui est dû attend"), "the cap holds some back: {}", again.out);
    assert_eq!((read("eml"), read("txt")), (emails.clone(), texts.clone()));

    // Made a second time elsewhere, the same day gives the same bytes.
    folder.run(&["demo", "autre", "--le", DAY]).fine();
    let other = folder.run(&["--projet", "autre", "journal", "--format", "jsonl"]).fine();
    assert_eq!(other.out, journal.out);

    let journal = journal.lines();
    let all = sent(&journal, "");
    keys(&all);
    assert!(all.len() > 20, "the demo shows something");
    for line in &all {
        let rule = &line["regle"];
        assert!(rule["fichier"].as_str().unwrap().starts_with("scenarios/"), "{line}");
        assert!(rule["ligne"].as_u64().unwrap() >= 1 && line["scenario"].is_string(), "{line}");
        assert!(line["le"].as_str().unwrap().starts_with(DAY), "{line}");
    }
    // The ones that leave by themselves are files, one for all the invoices of a client that left together.
    let messages = |way: &str| {
        let together = |l: &&Value| (l["client"].to_string(), l["le"].to_string(), l["modele"].to_string());
        sent(&journal, way).iter().map(together).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(emails.len(), messages("email"));
    assert_eq!(texts.len(), messages("sms"));
    let mut contacts = BTreeSet::new();
    for line in &all {
        let of = (line["facture"].as_str().unwrap(), &line["le"].as_str().unwrap()[..10]);
        assert!(contacts.insert(of), "two messages on one day: {line}");
    }

    let customers: BTreeMap<String, BTreeMap<String, String>> =
        csv(&folder_of(&folder), "clients.csv").into_iter().map(|c| (c["code"].clone(), c)).collect();
    let mut ids = BTreeSet::new();
    for bytes in emails.values() {
        let letter = mail::read(bytes);
        assert!(ids.insert(letter.id.clone()), "the same Message-ID twice: {}", letter.id);
        assert!(letter.day.starts_with(DAY), "{}", letter.day);
        assert!(
            letter.subject.contains("TTC") || letter.subject.to_lowercase().contains("facture"),
            "{}",
            letter.subject
        );
        let client = customers
            .values()
            .find(|c| letter.to.iter().any(|to| c.values().any(|cell| cell.eq_ignore_ascii_case(to))))
            .unwrap_or_else(|| panic!("written to nobody known: {:?}", letter.to));
        let number = all.iter().filter(|l| l["client"] == client["code"].as_str()).find(|l| {
            letter.subject.contains(l["facture"].as_str().unwrap())
                || letter.text.contains(l["facture"].as_str().unwrap())
        });
        assert!(number.is_some(), "the message names its invoice: {}", letter.text);
        if client["regime"] == "b2c" {
            for body in [&letter.text, &letter.html] {
                assert!(
                    !body.contains("40 €") && !body.contains("40\u{a0}€") && !body.contains("quarante euros"),
                    "{body}"
                );
                assert!(!body.contains("L. 441-10"), "{body}");
            }
        }
    }
    let consumers = all.iter().filter(|l| customers[l["client"].as_str().unwrap()]["regime"] == "b2c").count();
    assert!(consumers > 0, "the portfolio has consumers, by whatever way");

    // Nothing for who has paid, disputes all of it, promised, or asked to stop.
    let mut closed = BTreeSet::new();
    for name in ["soldee", "suspension", "arret"] {
        closed.extend(events(&journal, name).map(|l| l["facture"].as_str().unwrap_or("").to_owned()));
    }
    for name in ["fin_suspension", "reouverture", "reprise"] {
        for line in events(&journal, name) {
            closed.remove(line["facture"].as_str().unwrap_or(""));
        }
    }
    assert!(closed.len() > 50, "the portfolio has what must not be chased: {}", closed.len());
    for line in all.iter().filter(|l| l["modele"] != "remerciement") {
        assert!(!closed.contains(line["facture"].as_str().unwrap()), "{line}");
    }
    // The same by arithmetic on the files alone: an invoice paid in full before that day gets nothing.
    let paid = paid_before(&folder_of(&folder));
    for line in all.iter().filter(|l| l["modele"] != "remerciement") {
        assert!(!paid.contains(line["facture"].as_str().unwrap()), "paid, yet chased: {line}");
    }
    assert!(paid.len() > 500);
}

/// The demo's project inside of the folder.
fn folder_of(folder: &Project) -> Project {
    let inside = Project::folder();
    for name in ["clients.csv", "factures.csv", "reglements.csv", "evenements.csv"] {
        inside.write(&format!("donnees/{name}"), std::fs::read(folder.path("essai/donnees").join(name)).unwrap());
    }
    inside
}

fn cents(text: &str) -> i64 {
    let plain: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-' || *c == ',').collect();
    let (units, decimals) = plain.split_once(',').unwrap_or((&plain, "00"));
    let sign = if units.starts_with('-') { -1 } else { 1 };
    units.parse::<i64>().unwrap() * 100 + sign * decimals.parse::<i64>().unwrap()
}

/// Invoices whose payments up to the demo's day reach their amount.
fn paid_before(project: &Project) -> BTreeSet<String> {
    let iso = |date: &str| {
        let mut parts: Vec<&str> = date.split('/').collect();
        parts.reverse();
        parts.join("-")
    };
    let mut balance: BTreeMap<String, i64> =
        csv(project, "factures.csv").iter().map(|i| (i["numero"].clone(), cents(&i["montant_ttc"]))).collect();
    for payment in csv(project, "reglements.csv") {
        let known = payment.get("connu_le").filter(|k| !k.is_empty()).unwrap_or(&payment["date"]);
        if iso(known.get(..10).unwrap_or(known)).as_str() <= DAY
            && let Some(left) = balance.get_mut(&payment["facture"])
        {
            *left -= cents(&payment["montant"]);
        }
    }
    balance.into_iter().filter(|(_, left)| *left <= 0).map(|(number, _)| number).collect()
}

/// A folder with something else in it is left alone.
#[test]
fn the_demo_touches_nothing_else() {
    let folder = Project::folder();
    folder.write("essai/these.txt", "précieux");
    let done = folder.run(&["demo", "essai", "--le", DAY]).code(2);
    insta::assert_snapshot!(done.told());
    assert_eq!(folder.path("essai").read_dir().unwrap().count(), 1);
}
