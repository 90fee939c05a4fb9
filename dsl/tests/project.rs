//! What is said across files, the forms of diagnostics, and trees.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile_text, context, rendered, source};
use insta::assert_snapshot;
use relance_dsl::{Source, code_page, compile, parse, render_full, render_short, to_json};

fn project(files: &[(&str, &str)]) -> String {
    let sources: Vec<Source> =
        files.iter().map(|(path, text)| Source { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() }).collect();
    render_full(&compile(&sources, &context()).diagnostics, &sources, false)
}

#[test]
fn scenarios_are_compared() {
    assert_snapshot!(project(&[
        ("scenarios/a.relance", "scénario tous\n  à J+3 : appel\n"),
        ("scenarios/b.relance", "à J+3 : appel\n"),
        ("scenarios/c.relance", "scénario Tous\n  pour les factures où segment = vip\n  à J+3 : appel\n"),
    ]));
    let overlapping = [
        ("scenarios/a.relance", "scénario gros\n  pour les factures où montant >= 1 000 €\n  à J+3 : appel\n"),
        ("scenarios/b.relance", "scénario vip\n  pour les factures où segment = vip\n  à J+3 : appel\n"),
    ];
    assert_snapshot!(project(&overlapping));
    // A priority on one of them is enough.
    let ordered = overlapping[1].1.replace("pour", "priorité 1\n  pour");
    assert_eq!(project(&[overlapping[0], ("scenarios/b.relance", &ordered)]), "");
}

#[test]
fn exclusive_selections_are_recognised() {
    for (left, right, exclusive) in [
        ("segment = vip", "segment = public", true),
        ("segment parmi (vip, public)", "segment = aucun", true),
        ("segment = vip", "segment ≠ vip", true),
        ("segment = vip", "segment n'est pas parmi (vip, public)", true),
        ("montant >= 50 €", "montant < 50 €", true),
        ("montant >= 50 €", "montant <= 50 €", false),
        ("montant entre 1 € et 5 €", "montant > 5 € ou montant < 1 €", true),
        ("en_litige", "non en_litige", true),
        ("en_litige et segment = vip", "non en_litige ou segment = public", true),
        ("régime = b2b", "segment = vip", false),
        ("client.encours > 5 €", "client.encours_échu <= 5 €", false),
        ("client.email est connu", "client.email est inconnu", true),
        ("client.pays = \"FR\"", "client.pays = \"BE\"", true),
        ("date_échéance < 01/01/2026", "date_échéance >= 01/01/2026", true),
        ("devise = \"EUR\" et montant > 5 €", "devise = \"CHF\" et montant > 5 CHF", true),
    ] {
        let text = format!(
            "scénario un\n pour les factures où {left}\n à J+3 : appel\nscénario deux\n pour les factures où {right}\n à J+3 : appel\n"
        );
        assert_eq!(compile_text(&text).machines.is_some(), exclusive, "{left} / {right}\n{}", rendered(&text));
    }
}

#[test]
fn files_that_cannot_be_read() {
    let bytes = |bytes: &[u8]| {
        let sources = [Source { path: "scenarios/x.relance".to_owned(), bytes: bytes.to_vec() }];
        render_full(&compile(&sources, &context()).diagnostics, &sources, false)
    };
    assert_snapshot!(bytes(b"# r\xe9sum\xe9\nsi retard >= 15j alors appel"));
    assert_snapshot!(bytes(b"# rien\n"));
    assert_snapshot!(bytes(&vec![b' '; relance_dsl::MAX_BYTES + 1]));
    assert_snapshot!(bytes(b"si retard >= 15j\0 alors appel"));
    assert_snapshot!(bytes(format!("si {}en_litige{} alors appel", "(".repeat(40), ")".repeat(40)).as_bytes()));
    let with_mark = [b"\xef\xbb\xbf".as_slice(), "à J+3 : apel".as_bytes()].concat();
    assert_snapshot!(bytes(&with_mark));
}

#[test]
fn forms_of_diagnostics() {
    let file = source("# été\n  si été_déjà alors email ferme\nà J+3 : email fermé, x\n");
    let sources = [file];
    let diagnostics = compile(&sources, &context()).diagnostics;
    assert_snapshot!(render_short(&diagnostics, &sources));
    assert_snapshot!(serde_json::to_string_pretty(&to_json(&diagnostics, &sources)).unwrap());
    assert!(render_full(&diagnostics, &sources, true).contains("\u{1b}["));
    assert_eq!(code_page("r0202").map(|page| page.title), Some("Segment inconnu"));
    assert_eq!(code_page("R9999"), None);
}

#[test]
fn codes_are_numbered_in_order() {
    let names: Vec<&str> = relance_dsl::diagnostic::Code::ALL.iter().map(|code| code.name()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
}

#[test]
fn trees() {
    let (tree, diagnostics) = parse(&source(
        "scénario x \"Titre\"\n  pour les factures où segment = vip\n  à J+15 si non en_litige : email ferme à direction puis après 3j sms rappel à défaut appel\n  étape y\n  quand soldée : transmettre \"x\" après validation de direction\n",
    ));
    assert_eq!(diagnostics, vec![]);
    assert_snapshot!(format!("{tree:#?}"));
    let elsewhere = parse(&source("\n\n# plus bas\nsi   retard>=15j\n alors appel")).0;
    assert_eq!(elsewhere, parse(&source("SI retard >= 15 jours : appel")).0.clone());
}

#[test]
fn one_mistake_makes_one_error() {
    for text in [
        "si retrd >= 15j alors email ferme\nsinon appel",
        "segment risque : si client.retard_moyen > 20j\nscénario x\n si segment = risque alors appel",
        "champ secteur : texte\nsi secteur = \"btp\" et retard >= 15j alors appel",
        "si retard >= 15j alors email ferme {",
        "à J+3 : tâche \"Appeler\nà J+4 : appel",
        "scénario fin\nà J+3 : appel",
        "scénario mauvais-payeurs\nà J+3 : appel",
        "si montant > $5 alors appel",
        "étape x\n à l'entrée : appel\n après 3j : email ferme\n fin",
    ] {
        assert_eq!(compile_text(text).diagnostics.len(), 1, "{}", rendered(text));
    }
}

#[test]
fn every_error_of_a_file_is_told() {
    let text = "si retrd >= 15j alors email ferme\nà J+3 email ferme\nsi segment = vpi alors appel\ncalendrier frnce\n";
    assert_eq!(compile_text(text).diagnostics.len(), 4, "{}", rendered(text));
}

#[test]
fn a_mistake_hides_no_other() {
    // The file, and how many errors it has.
    for (text, errors) in [
        ("si retard >= 15j et segment = mauvais_payeurs alors email ferm puis apel", 3),
        ("si retrad >= 15j et segmant = mauvais_payeur alors emial ferme et sms rapel", 4),
        ("si retard >= 15 et reste_du > 1500 alors email ferm", 3),
        ("si retard == 15j && segment = vip then email ferm", 4),
        ("à J+15 email ferm puis apel", 3),
        ("si segment = mauvais payeur alors envoyer email ferm", 3),
        ("si segmant = x alors apel", 2),
        ("sinon emial", 2),
        ("si retard >= 15j alors email ferme, apel puis", 3),
        ("email ferm", 2),
    ] {
        let found = compile_text(text).diagnostics;
        let wrong: Vec<_> = found.iter().filter(|d| d.severity == relance_dsl::Severity::Error).collect();
        assert_eq!(wrong.len(), errors, "{}", rendered(text));
        let mut places: Vec<_> = wrong.iter().map(|d| d.place().unwrap().span.start).collect();
        places.dedup();
        assert!(places.len() == errors || text == "email ferm", "{}", rendered(text));
    }
}

#[test]
fn a_rule_opens_in_the_middle_of_a_line() {
    let hash = |text: &str| compile_text(text).machines.unwrap()[0].hash();
    for (first, second) in [
        ("si retard >= 5j alors email courtois", "si retard >= 15j alors email ferme"),
        ("à J+5 : email courtois", "si retard >= 15j alors email ferme"),
        ("si retard >= 5j alors appel", "à J+15 : email ferme"),
        ("à J+5 : appel", "dès que reste_dû >= 10 000 € : email ferme"),
        ("si retard >= 5j et en_litige alors appel", "sinon email ferme"),
        ("quand soldée : email remerciement", "quand promesse rompue : appel"),
    ] {
        let (together, apart) = (format!("{first} {second}"), format!("{first}\n{second}"));
        assert_eq!(compile_text(&together).machines.unwrap()[0].places.len(), 2, "{together}");
        assert_eq!(hash(&together), hash(&apart), "{together}");
        for joint in ["puis", "et"] {
            assert!(compile_text(&format!("{first} {joint} {second}")).machines.is_none(), "{first} {joint} {second}");
        }
    }
}

#[test]
fn hash_ignores_the_layout_only() {
    let hash = |text: &str| compile_text(text).machines.unwrap()[0].hash();
    assert_eq!(hash("si retard >= 15j alors email ferme"), hash("# x\nSI retard≥15 jours\n  : EMAIL Ferme # y"));
    assert_ne!(hash("si retard >= 15j alors email ferme"), hash("si retard >= 16j alors email ferme"));
}
