//! What is said across files, the forms of diagnostics, and trees.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile_text, context, rendered, source};
use insta::assert_snapshot;
use relance_dsl::{Source, code_page, compile, findings, parse, render_full, render_short};

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
    assert_snapshot!(serde_json::to_string_pretty(&findings(&diagnostics, &sources)).unwrap());
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
        "segment risque : si retard > 20j\nscénario x\n si segment = risque alors appel",
        "champ secteur : mot_inconnu\nsi secteur = \"btp\" et retard >= 15j alors appel",
        "si retard >= 15j alors email ferme {",
        "à J+3 : tâche \"Appeler\nà J+4 : appel",
        "scénario fin\nà J+3 : appel",
        "scénario mauvais-payeurs\nà J+3 : appel",
        "si montant > $5 alors appel",
        "étape x\n à l'entrée : appel\n après 3j : email ferme\n fin",
        "étape x-y\n à l'entrée : appel\nscénario z\n pour les factures où segment = vip\n à J+3 : appel",
        "champ secteur texte\nà J+3 si secteur = \"btp\" : appel",
        "champ secteur : txt\nà J+3 si secteur = \"btp\" : appel",
        "script \"scripts/rien.rhai\"\nsi inconnue() alors appel puis après inconnue() appel",
        "scénario x\n à J+3 : aller à y\nétape\n à l'entrée : appel",
        "scénario x\n à J+3 : appel\ntest \"t\"\n avec x\n facture F1 de 5 € echue le 31/02/2026\n le 06/03/2026 : appel pour F1",
    ] {
        assert_eq!(compile_text(text).diagnostics.len(), 1, "{text}\n{}", rendered(text));
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
        ("si segmant = x alors apel", 3),
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

#[test]
fn definitions_are_shared_by_all_files() {
    let common = "constante seuil : 500 €\nchamp secteur : texte\nsegment risque : si client.encours > seuil\nscript \"scripts/risque.rhai\"\n";
    let user =
        "inclure \"../commun.relance\"\nsi segment = risque et secteur = \"btp\" et risque_eleve() alors appel\n";
    let sources: Vec<Source> = [("commun.relance", common), ("scenarios/a.relance", user)]
        .map(|(path, text)| Source { path: path.to_owned(), bytes: text.as_bytes().to_vec() })
        .into();
    assert_eq!(relance_dsl::includes(&sources[1]), ["commun.relance"]);
    let machines = compile(&sources, &context()).machines.unwrap();
    assert_eq!(machines.len(), 1);
    assert_eq!(machines[0].segments.len(), 1);
    assert_eq!(machines[0].fields.len(), 1);
    assert_eq!(machines[0].scripts, context().scripts[1..]);
    // Without any `script`, the project's scripts are none of the machine's business.
    let alone = compile_text("si retard >= 3j alors appel").machines.unwrap();
    assert_eq!(alone[0].scripts, vec![]);
}

#[test]
fn definitions_and_includes_are_checked_across_files() {
    assert_snapshot!(project(&[
        (
            "scenarios/a.relance",
            "inclure \"b.relance\"\nchamp secteur : texte\nsegment gros : si client.encours > 5 €\n"
        ),
        (
            "scenarios/b.relance",
            "inclure \"a.relance\"\ninclure \"sous/c.relance\"\nconstante Secteur : 3j\nsegment gros : si client.encours > 6 €\nscénario x\n  à J+3 : appel\n",
        ),
        (
            "scenarios/c.relance",
            "test \"ailleurs\"\n  avec y\n  facture F1 de 5 € échue le 03/03/2026\ntest \"ici\"\n  facture F1 de 5 € échue le 03/03/2026\n  le 06/03/2026 : appel\n",
        ),
    ]));
}

#[test]
fn tests_are_checked_and_kept() {
    let text = include_str!("../../tests/corpus/good/langage.relance");
    assert_snapshot!(format!("{:#?}", compile_text(text).tests));
}

#[test]
fn cycles_are_told_when_they_can_turn() {
    for (plan, stage, turns) in [
        // A rung that is due fires at the entry.
        ("à J+45 : aller à b", "à l'entrée : aller à plan", true),
        ("à J+45 : aller à b", "après 0j : aller à plan", true),
        ("à J+45 : aller à b", "à J+30 : note \"x\" et aller à plan", true),
        ("si montant > 5 € alors aller à b", "si reste_dû > 5 € alors aller à plan", true),
        // Time passes, or an event is awaited.
        ("à J+45 : aller à b", "après 10j : aller à plan", false),
        ("à J+45 : aller à b", "quand litige clos : aller à plan", false),
        ("à J+45 : aller à b", "à l'entrée : attendre 3j puis aller à plan", false),
        ("à J+45 : aller à b", "à l'entrée : appel puis aller à plan", false),
        ("à J+45 : aller à b", "à l'entrée : aller à plan après validation", false),
        ("à J+45 : aller à b", "tous les 3 jours : aller à plan", false),
        ("à J+45 : aller à b", "à l'entrée : tâche \"x\"\n après 0j : aller à plan", false),
        ("à J+45 : appel puis aller à b", "à l'entrée : aller à plan", false),
        // Conditions exclude each other.
        ("à J+45 : aller à b", "si retard < 45j alors aller à plan", false),
        ("à J+45 : aller à b", "si retard < 46j et montant > 5 € alors aller à plan", true),
        ("si segment = vip alors aller à b", "à l'entrée si segment ≠ vip : aller à plan", false),
        ("à J+45 si montant > 5 € : aller à b", "à l'entrée si montant <= 5 € : aller à plan", false),
        ("à J+45 sauf si passée_par(b) : aller à b", "à l'entrée : aller à plan", false),
        ("à J+45 si étape = b : aller à b", "à l'entrée : aller à plan", false),
        ("à J+45 : aller à b", "à l'entrée si étape = b : aller à plan", true),
    ] {
        let text = format!("scénario x\n {plan}\nétape b\n {stage}\n");
        let compilation = compile_text(&text);
        let told = compilation.diagnostics.iter().any(|found| found.code.name() == "R0409");
        assert_eq!(told, turns, "{text}\n{}", rendered(&text));
        assert_eq!(compilation.machines.is_none(), turns, "{text}\n{}", rendered(&text));
    }
}

#[test]
fn calls_take_the_type_of_what_stands_around_them() {
    for (condition, ty) in [
        ("risque_eleve()", "Bool"),
        ("non risque_eleve()", "Bool"),
        ("note_de(3) > 5 €", "Amount"),
        ("retard >= note_de(3)", "Duration"),
        ("note_de(3) = delai()", "Number"),
        ("note_de(3) = vip", "Segment"),
        ("note_de(3) parmi (b2b, b2c)", "Regime"),
        ("client.pays = note_de(3)", "Text"),
        ("montant > 2 * note_de(3)", "Amount"),
        ("montant * note_de(3) > 5 €", "Number"),
        ("date_échéance + note_de(3) > 01/01/2026", "Duration"),
        ("note_de(3) entre 01/01/2026 et 01/02/2026", "Date"),
        ("- note_de(3) < 5j", "Duration"),
    ] {
        let text = format!("script \"scripts/risque.rhai\"\nsi {condition} alors appel\n");
        let machines = compile_text(&text).machines.unwrap_or_else(|| panic!("{}", rendered(&text)));
        let json = serde_json::to_string(&machines).unwrap();
        assert!(json.contains(&format!("\"type\":\"{ty}\"")), "{condition}: {json}");
    }
}

#[test]
fn a_constant_is_its_value() {
    let hash = |text: &str| compile_text(text).machines.unwrap()[0].hash();
    let named = "constante grâce : 5j\nconstante seuil : -1 500,50 €\nà J+3 : email courtois puis après grace appel\nsi client.encours > SEUIL alors appel\naprès grâce : appel\n";
    let plain =
        "à J+3 : email courtois puis après 5j appel\nsi client.encours > -1500,50 € alors appel\naprès 5j : appel\n";
    assert_eq!(hash(named), hash(plain));
}

#[test]
fn formal_notices_are_seen_through_stages() {
    let lifts = |text: &str| {
        let found = compile_text(text).diagnostics;
        found.iter().filter(|found| found.code.name() == "R0407").count()
    };
    let stage = "étape b\n à l'entrée : note \"x\" puis lettre_recommandée dernier_avis\n";
    assert_eq!(lifts(&format!("scénario x\n à J+9 : aller à b sans relance préalable\n{stage}")), 0);
    assert_eq!(lifts(&format!("scénario x\n à J+9 : appel puis aller à b sans relance préalable\n{stage}")), 1);
    assert_eq!(lifts("à J+9 : courrier dernier_avis sans relance préalable"), 1);
    assert_eq!(lifts("à l'entrée : lettre_recommandée dernier_avis sans relance préalable"), 0);
    // The template's own word wins.
    assert_eq!(lifts("à J+9 : courrier mise_en_demeure sans relance préalable"), 0);
}
