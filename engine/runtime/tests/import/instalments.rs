//! Several due dates of one invoice number, and payment plans.

use crate::{import, import_with, learn, lines, report, tolerant};
use relance_engine::import::{Known, Options};

const HEAD: &str = "numero;client;date_emission;date_echeance;montant_ttc;responsable;libelle\n";
const ROWS: &str = "\
F1;C1;02/01/2026;31/03/2026;100,00;;3e tiers
F1;C1;02/01/2026;31/01/2026;100,00;Anne;1er tiers
F2;C1;02/01/2026;01/02/2026;50,00;;
F1;C1;02/01/2026;28/02/2026;150,00;;2e tiers
";

fn invoices(rows: &str) -> String {
    format!("{HEAD}{rows}")
}

#[test]
fn rows_of_one_number_are_one_invoice() {
    let text = invoices(ROWS);
    let result = import(&[("factures.csv", &text)]);
    insta::assert_snapshot!(report(&result));
    let mut rows: Vec<&str> = ROWS.lines().collect();
    rows.reverse();
    let turned = invoices(&(rows.join("\n") + "\n"));
    assert_eq!(import(&[("factures.csv", &turned)]).incoming, result.incoming);
}

#[test]
fn coming_again_they_change_nothing_or_are_the_new_instalments() {
    let mut known = Known::default();
    let options = Options::default();
    learn(&mut known, &[("factures.csv", &invoices(ROWS))], &options);
    assert_eq!(learn(&mut known, &[("factures.csv", &invoices(ROWS))], &options).incoming, []);

    // Exports often leave out what is paid: nothing is taken off the invoice for that.
    let fewer = invoices("F1;C1;02/01/2026;31/03/2026;100,00;;\nF1;C1;02/01/2026;28/02/2026;150,00;;2e tiers\n");
    let without_first = learn(&mut known, &[("factures.csv", &fewer)], &options);
    let last = invoices("F1;C1;02/01/2026;31/03/2026;100,00;;3e tiers\n");
    let without_two = learn(&mut known, &[("factures.csv", &last)], &options);
    assert_eq!((&without_first.incoming, &without_two.incoming), (&vec![], &vec![]));
    let mut told = [report(&without_first), report(&without_two)].concat();

    let moved = invoices(&ROWS.replace("28/02/2026;150,00", "15/03/2026;160,00"));
    let changed = learn(&mut known, &[("factures.csv", &moved)], &options);
    told += &format!("— une échéance changée\n{}", lines(&changed.incoming));
    assert_eq!(learn(&mut known, &[("factures.csv", &moved)], &options).incoming, []);
    assert_eq!((known.invoices["F1"].invoice.amount.cents, known.invoices["F1"].balance), (36_000, 36_000));

    let single = invoices("F1;C1;02/01/2026;30/04/2026;360,00;Anne;1er tiers\n");
    let one = learn(&mut known, &[("factures.csv", &single)], &options);
    told += &format!("— une seule échéance\n{}", lines(&one.incoming));
    assert_eq!(learn(&mut known, &[("factures.csv", &single)], &options).incoming, []);
    assert_eq!(known.invoices["F1"].invoice.due, crate::day(2026, 4, 30));

    let split = invoices("F2;C1;02/01/2026;01/02/2026;20,00;;\nF2;C1;02/01/2026;01/03/2026;30,00;;\n");
    let parts = learn(&mut known, &[("factures.csv", &split)], &options);
    told += &format!("— une facture simple devient échelonnée\n{}", lines(&parts.incoming));
    assert_eq!(learn(&mut known, &[("factures.csv", &split)], &options).incoming, []);
    insta::assert_snapshot!(told);
}

#[test]
fn what_contradicts_itself_is_refused_as_a_whole() {
    let rows = "\
F1;C1;02/01/2026;31/01/2026;100,00;Anne;
F1;C2;02/01/2026;28/02/2026;100,00;Anne;
F2;C1;02/01/2026;31/01/2026;100,00;Anne;
F2;C1;02/01/2026;28/02/2026;100,00;Marc;
F3;C1;02/01/2026;31/01/2026;100,00;;
F3;C1;03/01/2026;28/02/2026;100,00;;
F4;C1;02/01/2026;31/01/2026;100,00;;
F4;C1;02/01/2026;28/02/2026;100,00 CHF;;
F5;C1;02/01/2026;31/01/2026;100,00;;
F5;C1;02/01/2026;31/02/2026;100,00;;
F6;C1;02/01/2026;31/01/2026;100,00;;
F6;C1;02/01/2026;31/01/2026;100,00;;
F6;C1;02/01/2026;28/02/2026;100,00;;
F7;C1;02/01/2026;31/01/2026;100,00;;
F7;C1;02/01/2026;;-100,00;;
F8;C1;02/01/2026;31/01/2026;100,00;;
";
    let text = invoices(rows);
    let result = import_with(&Known::default(), &[("factures.csv", &text)], &tolerant());
    assert_eq!(result.counts.invoices_new, 1, "only F8: {:?}", result.incoming);
    insta::assert_snapshot!(report(&result));
}

#[test]
fn open_items_pay_the_instalments_that_disappear() {
    let options = Options { open_items: true, ..Options::default() };
    let head = "numero;client;date_emission;date_echeance;montant_ttc;solde\n";
    let one = "F1;C1;02/01/2026;31/01/2026;100,00;100,00\n";
    let two = "F1;C1;02/01/2026;28/02/2026;100,00;100,00\n";
    let three = "F1;C1;02/01/2026;31/03/2026;100,00;100,00\n";
    let mut known = Known::default();
    let mut told = String::new();
    for (title, rows) in [
        ("tout", [one, two, three].concat()),
        ("la première payée", [two, three].concat()),
        ("la deuxième payée en partie", [&two.replace(";100,00\n", ";30,00\n"), three].concat()),
        ("son règlement repris", [one, two, three].concat()),
        ("la dernière seule", three.to_owned()),
    ] {
        let text = format!("{head}{rows}");
        told += &format!("— {title}\n{}", report(&learn(&mut known, &[("factures.csv", &text)], &options)));
        assert_eq!(learn(&mut known, &[("factures.csv", &text)], &options).incoming, [], "again");
    }
    insta::assert_snapshot!(told);
    assert_eq!((known.invoices["F1"].invoice.amount.cents, known.invoices["F1"].balance), (30_000, 10_000));
}

const EVENTS: &str = "date;type;facture;client;montant;date_prevue;detail;identifiant\n";

#[test]
fn rows_of_one_invoice_and_date_are_one_plan() {
    let plain = "F1;C1;02/01/2026;31/01/2026;300,00;;\nF2;C1;02/01/2026;31/01/2026;300,00 CHF;;\n";
    let invoices = invoices(plain);
    let rows = "\
10/03/2026;échéancier;F1;;100,00;30/04/2026;;
10/03/2026;plan de paiement;F1;;100,00;31/03/2026;par téléphone;
11/03/2026;échéancier;F2;;150,00;30/04/2026;;P1
10/03/2026;échéancier;F1;;100,00;31/05/2026;;
11/03/2026;échéancier;F2;;100,00;31/05/2026;;P1
";
    let payments = "date;facture;montant\n12/03/2026;F1;100,00\n";
    let files = [
        ("factures.csv", invoices.as_str()),
        ("evenements.csv", &format!("{EVENTS}{rows}")),
        ("reglements.csv", payments),
    ];
    let mut known = Known::default();
    let result = learn(&mut known, &files, &Options::default());
    insta::assert_snapshot!(report(&result));
    assert_eq!(result.counts.events, 2);
    assert_eq!(learn(&mut known, &files, &Options::default()).incoming, []);
    let mut turned: Vec<&str> = rows.lines().collect();
    turned.rotate_left(2);
    let turned = format!("{EVENTS}{}\n", turned.join("\n"));
    assert_eq!(learn(&mut known, &[("evenements.csv", &turned)], &Options::default()).incoming, []);
}

#[test]
fn a_plan_is_taken_whole_or_not_at_all() {
    let plain = "F1;C1;02/01/2026;31/01/2026;300,00;;\nF2;C1;02/01/2026;31/01/2026;300,00;;\nF3;C1;02/01/2026;31/01/2026;300,00;;\n";
    let invoices = invoices(plain);
    let rows = "\
10/03/2026;échéancier;F1;;100,00;31/03/2026;;
10/03/2026;échéancier;F1;;cent;30/04/2026;;
10/03/2026;échéancier;F2;;100,00;31/03/2026;;
10/03/2026;échéancierr;F2;;100,00;30/04/2026;;
10/03/2026;échéancier;F3;;100,00;31/03/2026;;
10/03/2026;échéancier;F3;;200,00;31/03/2026;;
10/03/2026;promesse;F3;;200,00;;;
";
    let files = [("factures.csv", invoices.as_str()), ("evenements.csv", &format!("{EVENTS}{rows}"))];
    let result = import_with(&Known::default(), &files, &tolerant());
    assert_eq!(result.counts.events, 0, "{:?}", result.incoming);
    let told: String = result.problems.iter().map(|p| format!("{p}\n")).collect();
    insta::assert_snapshot!(told);
}
