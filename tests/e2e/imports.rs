//! Importing: what accounting software exports, with its mistakes.

use crate::support::{Project, sent};
use serde_json::{Value, json};

const PLAN: &str = "à J+15 : email ferme puis appel ferme\n";

const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C1;10/02/2026;12/03/2026;348,90
F3;C2;02/02/2026;04/03/2026;99,00
";
const CLIENTS: &str = "code;nom;segment;email;telephone
C1;Menuiserie Valier;mauvais_payeur;compta@valier.example;01 99 00 12 34
C2;Crème & Châtaigne;regulier;creme@client.example;01 99 00 45 67
";

fn shown(project: &Project, what: &[&str]) -> Value {
    project.run(what).fine().json()
}

/// Numbers of the open invoices and what is due in all.
fn book(project: &Project) -> (u64, Value) {
    let state = shown(project, &["etat", "--le", "2026-03-16", "--format", "json"]);
    (state["chiffres"]["factures_ouvertes"].as_u64().unwrap(), state["chiffres"]["encours"].clone())
}

/// Imports and takes over, on a day when nothing is due yet.
fn take_over(project: &Project) {
    project.run(&["executer", "--le", "2026-03-16"]).fine();
}

#[test]
fn bad_rows() {
    let project = Project::with(PLAN);
    project.write("clients.csv", CLIENTS);
    let bad = format!(
        "{INVOICES}F4;C1;02/01/2026;31/02/2026;10,00\nF5;C1;02/01/2026;01/02/2026;1,234\nF6;;02/01/2026;01/02/2026;10,00\n\
         F7;C1;12/31/2025;01/02/2026;10,00\nF1;C2;02/02/2026;04/03/2026;5,00\nF8;C1;02/02/2026;04/03/2026;abc\n"
    );
    project.write("factures.csv", &bad);
    let mut all = String::new();
    let strict = project.run(&["importer", "factures.csv", "clients.csv", "--le", "2026-03-16"]).code(1);
    all.push_str(&format!("──── par défaut\n{}", strict.told()));
    take_over(&project);
    assert_eq!(book(&project).0, 0, "nothing of that file is taken");
    let explicit = project.run(&["importer", "--strict", "factures.csv", "--le", "2026-03-16"]).code(1);
    assert_eq!(explicit.err, strict.err);
    let tolerant = project.run(&["importer", "factures.csv", "--tolerant", "--le", "2026-03-16"]).code(1);
    all.push_str(&format!("──── --tolerant\n{}", tolerant.told()));
    take_over(&project);
    let (open, owed) = book(&project);
    assert!(open >= 2, "the good rows are taken");
    let again = project.run(&["importer", "factures.csv", "--tolerant", "--le", "2026-03-16"]).code(1);
    all.push_str(&format!("──── une seconde fois\n{}", again.told()));
    take_over(&project);
    assert_eq!(book(&project), (open, owed));
    let told = project.run(&["importer", "factures.csv", "--format", "json", "--le", "2026-03-16"]).code(1);
    let problem = &told.json()["problemes"][0];
    assert_eq!((&problem["fichier"], &problem["valeur"]), (&json!("factures.csv"), &json!("31/02/2026")));
    assert_eq!((&problem["ligne"], &problem["colonne"]["titre"]), (&json!(5), &json!("date_echeance")));
    insta::assert_snapshot!(all);
}

#[test]
fn importing_again_changes_nothing() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.write(
        "donnees/reglements.csv",
        "date;client;facture;montant\n10/03/2026;C1;F1;100,00\n10/03/2026;C1;F1;100,00\n",
    );
    let mut all = project.run(&["importer", "--le", "2026-03-16"]).fine().out;
    take_over(&project);
    let (before, owed) = (project.journal(), book(&project).1);
    assert_eq!(owed["EUR"], 120_000 + 34_890 + 9_900 - 20_000, "two payments alike are two payments");
    all.push_str(&project.run(&["importer", "--le", "2026-03-16"]).fine().out);
    // Rows in another order, other name, other line ends, with a mark.
    let mut lines: Vec<&str> = INVOICES.lines().skip(1).collect();
    lines.reverse();
    let shuffled =
        format!("\u{feff}numero;client;date_emission;date_echeance;montant_ttc\r\n{}\r\n", lines.join("\r\n"));
    project.write("Factures mars.csv", shuffled);
    all.push_str(&project.run(&["importer", "Factures mars.csv", "--le", "2026-03-16"]).fine().out);
    take_over(&project);
    assert_eq!(project.journal(), before);
    // What changed is an event, told once.
    project.write("factures.csv", INVOICES.replace("04/03/2026;99,00", "20/03/2026;90,00"));
    for _ in 0..2 {
        all.push_str(&project.run(&["importer", "factures.csv", "--le", "2026-03-17"]).fine().out);
        project.run(&["executer", "--le", "2026-03-17"]).fine();
    }
    all.push_str(&project.run(&["journal", "--facture", "F3"]).fine().out);
    insta::assert_snapshot!(all);
}

/// Windows-1252, CRLF, usual headings, thousands with spaces of all kinds.
#[test]
fn as_accounting_software_exports() {
    let plain = Project::with(PLAN);
    plain.write("donnees/clients.csv", CLIENTS);
    plain.write("donnees/factures.csv", INVOICES);
    plain.run(&["importer", "--le", "2026-03-16"]).fine();
    take_over(&plain);

    let old = Project::with(PLAN);
    let latin = |text: &str| -> Vec<u8> {
        text.replace('\n', "\r\n").chars().map(|c| u8::try_from(u32::from(c)).expect("a Latin letter")).collect()
    };
    old.write(
        "donnees/Factures à relancer.csv",
        latin("N° facture;Code client;Date de facture;Date d'échéance;Montant TTC\nF1;C1;02/02/2026;04/03/2026;1\u{a0}200,00 \n\
               F2;C1;10/02/26;12/03/26;\"348,90\"\nF3;C2;02.02.2026;04-03-2026;99\n"),
    );
    old.write("donnees/clients.csv", latin("Code client;Raison sociale;Segment;E-mail;Tél.\nC1;Menuiserie Valier;Mauvais payeur;compta@valier.example;01 99 00 12 34\nC2;Crème & Châtaigne;Régulier;creme@client.example;01.99.00.45.67\n"));
    old.run(&["importer", "--le", "2026-03-16"]).fine();
    take_over(&old);
    assert_eq!(old.journal(), plain.journal());

    let sheet = Project::with(PLAN);
    let (mut invoices, mut customers) = (rust_xlsxwriter::Workbook::new(), rust_xlsxwriter::Workbook::new());
    let page = invoices.add_worksheet();
    let date = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for (column, title) in ["N° pièce", "Compte tiers", "Date pièce", "Échéance", "Total TTC"].iter().enumerate() {
        page.write(0, column as u16, *title).unwrap();
    }
    let rows = [
        ("F1", "C1", (2, 2), (3, 4), 1_200.0),
        ("F2", "C1", (2, 10), (3, 12), 348.9),
        ("F3", "C2", (2, 2), (3, 4), 99.0),
    ];
    for (row, (number, client, issued, due, amount)) in rows.into_iter().enumerate() {
        let row = row as u32 + 1;
        let cell = |(month, day)| rust_xlsxwriter::ExcelDateTime::from_ymd(2026, month, day).unwrap();
        page.write(row, 0, number).unwrap().write(row, 1, client).unwrap();
        page.write_with_format(row, 2, cell(issued), &date).unwrap();
        page.write_with_format(row, 3, cell(due), &date).unwrap();
        page.write(row, 4, amount).unwrap();
    }
    sheet.write("donnees/factures.xlsx", invoices.save_to_buffer().unwrap());
    let page = customers.add_worksheet();
    for (row, line) in CLIENTS.lines().enumerate() {
        for (column, cell) in line.split(';').enumerate() {
            page.write(row as u32, column as u16, cell).unwrap();
        }
    }
    sheet.write("donnees/clients.xlsx", customers.save_to_buffer().unwrap());
    sheet.run(&["importer", "--le", "2026-03-16"]).fine();
    take_over(&sheet);
    assert_eq!(sheet.journal(), plain.journal());
}

#[test]
fn a_payment_stops_what_is_pending() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    take_over(&project);
    // Known on the very day of the rung: it stops it.
    project.write("reglements.csv", "date;client;facture;montant\n19/03/2026;C1;F1;1 200,00\n");
    project.run(&["importer", "reglements.csv", "--le", "2026-03-19"]).fine();
    let mut all = project.run(&["executer", "--le", "2026-03-19"]).fine().out;
    let journal = project.journal();
    assert!(sent(&journal, "").iter().all(|l| l["facture"] == "F3"), "{journal:#?}");
    assert!(journal.iter().any(|l| l["evenement"] == "soldee" && l["facture"] == "F1"));
    // F3 got its letter; its call waits to be made, and a payment takes it off the list.
    let calls = |project: &Project, day| shown(project, &["etat", "--le", day, "--format", "json"])["appels"].clone();
    let mut listed = calls(&project, "2026-03-19");
    for day in ["2026-03-20", "2026-03-23"] {
        project.run(&["executer", "--le", day]).fine();
        listed = calls(&project, day);
    }
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["facture"], "F3");
    project.write("reglements2.csv", "date;client;facture;montant\n24/03/2026;C2;F3;99,00\n");
    project.run(&["importer", "reglements2.csv", "--le", "2026-03-24"]).fine();
    all.push_str(&project.run(&["executer", "--le", "2026-03-24"]).fine().out);
    assert_eq!(calls(&project, "2026-03-24").as_array().unwrap().len(), 0);
    all.push_str(&project.run(&["journal", "--facture", "F3"]).fine().out);
    insta::assert_snapshot!(all);
}

/// A payment that came between the decision and the slot: the message is decided at midnight, and leaves at nine.
#[test]
fn a_payment_before_the_slot_is_heard() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    let early = project.run(&["executer", "--le", "2026-03-19T07:00"]).fine().out;
    assert!(
        early.contains("le 19/03/2026 à 09:00") && early.contains("Rien n’est parti"),
        "it says until when it waits: {early}"
    );
    assert!(project.messages("").is_empty());
    project
        .write("reglements.csv", "date;client;facture;montant;connu_le\n18/03/2026;C1;F1;1 200,00;19/03/2026 08:30\n");
    project.run(&["importer", "reglements.csv", "--le", "2026-03-19T08:30"]).fine();
    project.run(&["executer", "--le", "2026-03-19T09:00"]).fine();
    let journal = project.journal();
    let who: Vec<&Value> = sent(&journal, "email").iter().map(|l| &l["facture"]).collect();
    assert_eq!(who, ["F3"]);
}

#[test]
fn an_imported_row_that_cannot_be_read_stops_its_client_only() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-13"]).fine();
    take_over(&project);
    crate::evidence::behind(&project, "UPDATE entrees SET donnees = '{' WHERE client = 'C2' AND id LIKE 'facture:%'");
    project.write(
        "donnees/factures.csv",
        format!("{INVOICES}F4;C1;02/02/2026;04/03/2026;80,00\nF5;C2;02/02/2026;04/03/2026;80,00\n"),
    );
    let done = project.run(&["importer", "--le", "2026-03-17"]).code(3);
    insta::assert_snapshot!(done.told());
    let done = project.run(&["importer", "--le", "2026-03-17", "--format", "json"]).code(3).json();
    assert_eq!(done["laisses_de_cote"].as_object().unwrap().keys().collect::<Vec<_>>(), ["C2"]);
    project.run(&["executer", "--le", "2026-03-17"]).fine();
    assert_eq!(book(&project).0, 4, "F4 is there, F5 is not");
}

/// A bank gives back what the debtor wrote: the creditor reference instead of the invoice's number.
#[test]
fn a_payment_may_name_its_invoice_by_its_reference() {
    use relance_core::creditor_reference::creditor_reference;
    let project = Project::with("à J+15 : email ferme\n");
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc\nFA-2026/118;C1;02/02/2026;04/03/2026;120,00\n\
                    F-1;C1;02/02/2026;04/03/2026;80,00\nF1;C1;02/02/2026;04/03/2026;50,00\n";
    project.write("donnees/factures.csv", invoices);
    project.run(&["importer", "--le", "2026-03-10"]).fine();
    let reference = creditor_reference("FA-2026/118").unwrap();
    let grouped = format!("{} {}", &reference[..4], reference[4..].to_lowercase());
    let rows = |rows: &[&str]| format!("date;facture;montant\n{}\n", rows.join("\n"));
    project.write("reglements.csv", rows(&[&format!("10/03/2026;{grouped};20,00")]));
    project.run(&["importer", "reglements.csv", "--le", "2026-03-11"]).fine();
    // The same payment under the number is the same payment.
    project.write("reglements.csv", rows(&["10/03/2026;FA-2026/118;20,00"]));
    let again = project.run(&["importer", "reglements.csv", "--le", "2026-03-12"]).fine().out;
    assert!(again.contains("déjà"), "{again}");
    project.run(&["executer", "--le", "2026-03-12"]).fine();
    let paid = project.journal().into_iter().find(|line| line["evenement"] == "paiement").unwrap();
    assert_eq!((paid["facture"].as_str(), paid["montant"].as_str()), (Some("FA-2026/118"), Some("20.00")));
    let ambiguous = creditor_reference("F1").unwrap();
    project.write(
        "reglements.csv",
        rows(&[
            &format!("12/03/2026;{ambiguous};20,00"),
            "12/03/2026;RF18 5390 0754 7034;30,00",
            "12/03/2026;RF19 5390 0754 7034;30,00",
        ]),
    );
    insta::assert_snapshot!(project.run(&["importer", "reglements.csv", "--le", "2026-03-13"]).code(1).told());
}
