//! Columns of the custom facts that scenarios declare.

use crate::{import_with, learn, report};
use relance_core::machine::{Field, Value};
use relance_core::schema::Type;
use relance_engine::import::{Kind, Known, Options};
use std::collections::BTreeMap;

fn options() -> Options {
    let field = |name: &str, ty| Field { name: name.to_owned(), ty };
    let fields = vec![
        field("secteur", Type::Text),
        field("plafond_crédit", Type::Amount),
        field("note", Type::Number),
        field("délai_négocié", Type::Duration),
        field("client_depuis", Type::Date),
        field("assuré", Type::Bool),
        field("remise", Type::Percent),
        field("catégorie", Type::Text),
    ];
    Options { fields, ..Options::default() }
}

const CUSTOMERS: &str = "\
code;nom;Catégorie;Secteur;Plafond crédit;NOTE;Délai négocié;Client depuis;Assuré;Remise;Humeur
C1;Valier;vip;Bâtiment;1 500,50 €;7,5;45 jours;01/02/2019;oui;2,5 %;bonne
C2;Grosel;;;;;;;;;
";
const INVOICES: &str = "\
numero;client;date_emission;date_echeance;montant_ttc;devise;secteur;plafond_credit
F1;C1;02/01/2026;01/02/2026;100,00;CHF;Négoce;20,00
";

#[test]
fn each_column_is_read_by_its_type() {
    let mut known = Known::default();
    let files = [("clients.csv", CUSTOMERS), ("factures.csv", INVOICES)];
    let result = learn(&mut known, &files, &options());
    insta::assert_snapshot!(report(&result));
    let valier = &known.customers["C1"];
    assert_eq!(valier.segment.as_deref(), Some("vip"), "a column keeps its usual meaning besides");
    assert_eq!(valier.fields["catégorie"], Value::Text("vip".to_owned()));
    assert!(known.customers["C2"].fields.is_empty(), "an empty cell is unknown");
    assert_eq!(learn(&mut known, &files, &options()).incoming, []);
    // A changed fact is a change of the client.
    let changed = CUSTOMERS.replace("Bâtiment", "Travaux publics");
    assert_eq!(learn(&mut known, &[("clients.csv", &changed)], &options()).counts.customers_changed, 1);
}

#[test]
fn undeclared_columns_are_ignored_and_said() {
    let result = import_with(&Known::default(), &[("clients.csv", CUSTOMERS)], &Options::default());
    assert!(result.infos.iter().any(|i| i.text.contains("« Secteur »")), "{:?}", result.infos);
}

#[test]
fn bad_values_are_told_at_their_cells() {
    let text = "\
code;nom;plafond_credit;note;delai_negocie;client_depuis;assure;remise
C1;A;beaucoup;1,234;3 mois;31/02/2026;peut-être;12
C2;B;10,00;douze;10;01/02/2026;non;12 pour cent
";
    let files = [("clients.csv", text)];
    let result = import_with(&Known::default(), &files, &Options { tolerant: true, ..options() });
    insta::assert_snapshot!(report(&result));
    let twice = "code;nom;Secteur;SECTEUR\nC1;A;x;y\n";
    let result = import_with(&Known::default(), &[("clients.csv", twice)], &options());
    assert_eq!(
        result.problems[0].to_string(),
        "clients.csv, ligne 1 : les colonnes « Secteur » et « SECTEUR » disent toutes deux `secteur` ; gardez-en une."
    );
}

#[test]
fn the_project_may_name_the_column() {
    let named = BTreeMap::from([("Secteur".to_owned(), "Branche".to_owned())]);
    let columns = BTreeMap::from([(Kind::Customers, named)]);
    let text = "code;nom;Branche\nC1;A;Négoce\n";
    let mut known = Known::default();
    let result = learn(&mut known, &[("clients.csv", text)], &Options { columns, ..options() });
    assert_eq!(result.problems, []);
    assert_eq!(known.customers["C1"].fields["secteur"], Value::Text("Négoce".to_owned()));
}

#[test]
fn a_spreadsheet_stores_percentages_as_fractions() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0u16..).zip(["code", "nom", "remise", "note", "client_depuis"]) {
        sheet.write(0, column, heading).unwrap();
    }
    sheet.write(1, 0, "C1").unwrap().write(1, 1, "A").unwrap().write(1, 2, 0.12).unwrap().write(1, 3, 3.5).unwrap();
    let date = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2019, 2, 1).unwrap();
    sheet.write_with_format(1, 4, day, &date).unwrap();
    sheet.write(2, 0, "C2").unwrap().write(2, 1, "B").unwrap().write(2, 2, 12).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let batch = relance_engine::import::read(&[("clients.xlsx", bytes)], &Options { tolerant: true, ..options() });
    let told: Vec<String> = batch.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["clients.xlsx, cellule C3 (« remise ») : `12` : ce nombre dépasse 100 % ; donnez à la cellule le format \
          « pourcentage », ou écrivez le signe : `12 %`."]
    );
    let fields = serde_json::to_string(&batch.customers[0].customer.fields).unwrap();
    assert_eq!(fields, r#"{"client_depuis":{"date":"2019-02-01"},"note":{"nombre":"3.5"},"remise":{"nombre":"0.12"}}"#);
}
