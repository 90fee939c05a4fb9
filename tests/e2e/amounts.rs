//! The statement of account, the rates, and messages that wait for one.

use crate::support::Project;
use serde_json::Value;

const PLAN: &str = "à J+3 : email rappel_amical\nà J+30 : email dernier_avis\n";
const CLIENTS: &str = "code;nom;email\nC1;Menuiserie Valier;compta@valier.example\n";
const MISSING: &str = "le taux de refinancement de la BCE du 1er semestre 2027 n’est pas connu ; ajoutez-le : relance taux ajouter bce \
                       2027-01-01";

/// An invoice whose last notice falls into a semester without a rate.
fn late() -> Project {
    let project = Project::with(PLAN);
    project.write("clients.csv", CLIENTS);
    let invoice = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;04/11/2026;04/12/2026;10 000,00\n";
    project.write("factures.csv", invoice);
    project
}

#[test]
fn a_message_without_its_rate_waits_is_told_and_leaves_once_the_rate_is_there() {
    let project = late();
    let simulated = project
        .run(&["simuler", "--donnees", ".", "--du", "2026-12-05", "--au", "2027-01-05", "--format", "jsonl"])
        .fine()
        .lines();
    project.run(&["importer", "factures.csv", "clients.csv", "--le", "2026-12-05"]).fine();
    for day in ["2026-12-05", "2026-12-07", "2027-01-03"] {
        project.run(&["executer", "--le", day]).fine();
    }
    let blocked = project.run(&["executer", "--le", "2027-01-04"]).fine().out;
    assert!(blocked.contains("Rien n’est parti") && blocked.contains(MISSING), "{blocked}");
    project.run(&["executer", "--le", "2027-01-05"]).fine();
    // It is told once, although it is looked at every day.
    let journal = project.journal();
    let told = |line: &&Value| line["detail"].as_str().is_some_and(|detail| detail.contains(MISSING));
    assert_eq!(journal.iter().filter(told).count(), 1, "{journal:#?}");
    assert_eq!(journal, simulated, "simulation and production are the same, event for event");
    let status = project.run(&["etat", "--le", "2027-01-05"]).fine().out;
    assert!(
        status.contains("Retenus") && status.contains("1 message : taux provisoire") && status.contains(MISSING),
        "{status}"
    );
    let explained = project.run(&["expliquer", "F1", "--le", "2027-01-05"]).fine().out;
    assert!(explained.contains(MISSING), "{explained}");
    // The same day, once the rate is there.
    let added = project.run(&["taux", "ajouter", "bce", "2027-01-01", "2,65", "--source", "site de la BCE"]).fine().out;
    assert!(added.contains("1 client"), "{added}");
    let sent = project.run(&["executer", "--le", "2027-01-05"]).fine().out;
    assert!(sent.contains("Fait : 1 courriel parti."), "{sent}");
    let messages = project.messages("eml");
    let text = messages.values().map(|bytes| mail(bytes)).find(|text| text.contains("mise en demeure")).unwrap();
    // 27 days at 12,40 % and 5 at 12,65 %: 91,72 + 17,33.
    for said in ["12,40 % puis 12,65 %", "109,05 €", "40,00 €", "10 149,05 €"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

/// The text of a message, with ordinary blanks.
fn mail(bytes: &[u8]) -> String {
    let message = mail_parser::MessageParser::default().parse(bytes).unwrap();
    message.body_text(0).unwrap().replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn a_statement_says_line_by_line_what_is_owed() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF-2025-1;C1;01/01/2025;31/01/2025;1 200,00\n",
    );
    project.write(
        "donnees/reglements.csv",
        "date;client;facture;montant\n20/02/2025;C1;F-2025-1;500\n31/03/2025;C1;F-2025-1;700\n",
    );
    let of = |args: &[&str]| project.run(&[&["decompte", "F-2025-1", "--au", "2026-08-15"], args].concat()).fine().out;
    let from_files = of(&[]);
    insta::assert_snapshot!(from_files);
    project.run(&["importer", "--le", "2026-08-14"]).fine();
    assert_eq!(of(&[]), from_files, "imported, not yet taken in");
    project.run(&["executer", "--le", "2026-08-14"]).fine();
    assert_eq!(of(&[]), from_files, "settled: the interest remains due");
    let json: Value = serde_json::from_str(&of(&["--format", "json"])).unwrap();
    let cents = |name: &str| json[name]["centimes"].as_i64().unwrap();
    assert_eq!((cents("principal"), cents("interets"), cents("indemnite"), cents("total")), (0, 1_848, 4_000, 5_848));
    assert_eq!((json["provisoire"].as_bool(), json["lignes"].as_array().map(Vec::len)), (Some(false), Some(6)));
    let wrong = project.run(&["decompte", "F2025-1"]).code(2).err;
    assert!(
        wrong.contains("facture inconnue : `F2025-1`") && wrong.contains("vouliez-vous dire `F-2025-1` ?"),
        "{wrong}"
    );
}

#[test]
fn an_illegal_clause_is_an_error_that_says_so() {
    let project = late();
    project.replace("relance.toml", "[import]", "[penalites]\ntaux = \"8 %\"\n\n[import]");
    project.run(&["importer", "factures.csv", "clients.csv", "--le", "2026-12-05"]).fine();
    let told = project.run(&["decompte", "F1", "--au", "2026-12-31"]).code(1);
    assert!(told.err.contains("inférieur à trois fois le taux d’intérêt légal du 2e semestre 2026"), "{}", told.err);
    assert!(told.out.contains("PROVISOIRE"), "{}", told.out);
    project.replace("relance.toml", "8 %", "8,25 %");
    project.run(&["decompte", "F1", "--au", "2026-12-31"]).fine();
}

#[test]
fn the_interest_of_a_consumer_runs_from_the_notice_that_was_posted() {
    let project = Project::with("à J+20 : lettre_recommandée mise_en_demeure_particulier sans relance préalable\n");
    project.write("clients.csv", "code;nom;adresse;regime\nC1;Paul Lefèvre;8 rue Haute 38000 Grenoble;b2c\n");
    project.write(
        "factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/01/2026;01/02/2026;800,00\n",
    );
    project.run(&["importer", "clients.csv", "factures.csv", "--le", "2026-02-02"]).fine();
    project.run(&["executer", "--le", "2026-02-23"]).fine();
    let owed = || project.run(&["decompte", "F1", "--au", "2026-05-31"]).fine().out;
    assert!(owed().contains("Aucune mise en demeure n’est partie"), "{}", owed());
    project.write("evenements.csv", "date;type;facture;detail\n25/02/2026;lettre_recommandee;F1;fait\n");
    project.run(&["importer", "evenements.csv", "--le", "2026-02-25"]).fine();
    project.run(&["executer", "--le", "2026-02-25"]).fine();
    // 95 days at 2,62 %: 800 × 2,62 % × 95 / 365.
    let told = owed();
    assert!(
        told.contains("26/02/2026 – 31/05/2026") && told.contains("5,4553") && !told.contains("Indemnité"),
        "{told}"
    );
}

#[test]
fn rates_are_shown_with_their_sources() {
    let project = Project::folder();
    project.run(&["init"]).fine();
    insta::assert_snapshot!(project.run(&["taux", "--le", "2026-11-20"]).fine().out);
    let wrong = project.run(&["taux", "ajouter", "bce", "2027-02-10", "2,65", "--source", "BCE"]).code(2).err;
    assert!(wrong.contains("ni un 1er janvier ni un 1er juillet"), "{wrong}");
    project.write("taux.csv", "table;semestre;taux;source\nbce;2027-01-01;beaucoup;BCE\n");
    let wrong = project.run(&["taux"]).code(1).err;
    assert!(wrong.contains("taux.csv:2 : taux illisible `beaucoup`"), "{wrong}");
}

/// A consumer's interest runs from the formal notice, also from one that was sent before Relance was there.
#[test]
fn a_formal_notice_from_before_counts_from_its_day() {
    let project = Project::with("à J+8 : lettre_recommandée mise_en_demeure\n");
    project.write("donnees/clients.csv", "code;nom;regime\nC1;Camille Montel;b2c\n");
    let invoice = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;01/01/2025;31/01/2025;800,00\n";
    project.write("donnees/factures.csv", invoice);
    let events =
        |rows: &str| project.write("donnees/evenements.csv", format!("date;type;facture;client;detail\n{rows}"));
    let owed = || {
        project.run(&["importer", "--le", "2025-08-30"]).fine();
        project.run(&["executer", "--le", "2025-08-30"]).fine();
        let told = project.run(&["decompte", "F1", "--au", "2025-08-31", "--format", "json"]).fine().out;
        serde_json::from_str::<Value>(&told).unwrap()["interets"]["centimes"].as_i64().unwrap()
    };
    events("20/02/2025;relance;F1;;email\n");
    assert_eq!(owed(), 0, "a mere reminder");
    // One that was sent before anything was due is none.
    events("20/02/2025;relance;F1;;email\n20/01/2025;relance;F1;;mise en demeure\n");
    assert_eq!(owed(), 0);
    // 800 € at 3.71 % from 11 March to 30 June, 112 days, then at 2.76 % to 31 August, 62 days: 9.1073 + 3.7506.
    events("20/02/2025;relance;F1;;email\n10/03/2025;relance;F1;;Lettre recommandée, mise en demeure\n");
    assert_eq!(owed(), 1_286);
    // A later one changes nothing, an earlier one does: ten days more at 3.71 %, 0.8132.
    events("15/04/2025;relance;F1;;mise en demeure\n28/02/2025;relance;F1;;MISE EN DEMEURE par email\n");
    assert_eq!(owed(), 1_367);
    let journal = project.journal();
    let told: Vec<_> = journal.iter().filter(|line| line["evenement"] == "relance_passee").collect();
    let formal: Vec<_> = told.iter().filter(|line| line["detail"] == "mise en demeure").collect();
    assert_eq!((told.len(), formal.len()), (5, 4));
    assert!(
        formal.iter().any(|line| line["canal"] == "lettre_recommandée" && line["date"] == "2025-03-10"),
        "{formal:#?}"
    );
    let said = project.run(&["journal"]).fine().out;
    assert!(said.contains("mise en demeure déjà faite le 10/03/2025"), "{said}");
    // It is about one invoice.
    events("10/03/2025;relance;;C1;mise en demeure\n");
    let refused = project.run(&["importer", "--le", "2025-08-30"]).code(1).told();
    assert!(refused.contains("une mise en demeure doit nommer sa facture"), "{refused}");
}
