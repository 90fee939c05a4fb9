//! XLSX: typed cells, other sheets first, titles above the headings.

use crate::{day, report};
use relance_engine::import::{Known, Options, read, reconcile};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

const HEADINGS: [&str; 6] = ["N° facture", "Code client", "Date facture", "Échéance", "Total TTC", "Responsable"];

fn book(bad: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let money = Format::new().set_num_format("0");
    book.add_worksheet().set_name("Lisez-moi").unwrap().write(0, 0, "Export de démonstration").unwrap();
    let sheet = book.add_worksheet().set_name("Ventes").unwrap();
    sheet.write(0, 0, "Journal des ventes").unwrap();
    for (column, heading) in (0u16..).zip(HEADINGS) {
        sheet.write(2, column, heading).unwrap();
    }
    // A number as number of the invoice; an amount that the screen would round to 106.
    sheet.write(3, 0, 1001).unwrap().write(3, 1, "C1").unwrap();
    sheet.write_with_format(3, 2, ExcelDateTime::from_ymd(2026, 1, 2).unwrap(), &date).unwrap();
    sheet.write_with_format(3, 3, ExcelDateTime::from_ymd(2026, 2, 1).unwrap(), &date).unwrap();
    sheet.write_with_format(3, 4, 105.92, &money).unwrap();
    sheet.write(3, 5, "Anne").unwrap();
    // Text where numbers and dates are expected, and a serial without a date's format.
    sheet.write(5, 0, "F2").unwrap().write(5, 1, "C1").unwrap();
    sheet.write(5, 2, "02/01/2026").unwrap().write(5, 3, 46054).unwrap().write(5, 4, "1 234,50 €").unwrap();
    if bad {
        sheet.write(6, 0, "F3").unwrap().write(6, 1, "C1").unwrap();
        sheet.write(6, 2, "31/02/2026").unwrap().write(6, 3, 12.5).unwrap().write(6, 4, 10.005).unwrap();
        sheet.write(7, 0, "F4").unwrap().write(7, 1, "C1").unwrap().write(7, 2, "02/01/2026").unwrap();
        sheet.write(7, 3, "01/02/2026").unwrap();
        sheet.write_formula(7, 4, Formula::new("=NA()").set_result("#N/A")).unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn typed_cells() {
    let batch = read(&[("export.xlsx", book(false))], &Options::default());
    let result = reconcile(&Known::default(), &batch, day(2026, 3, 18), chrono_tz::Europe::Paris);
    assert_eq!(result.problems, []);
    assert_eq!(
        batch.invoices.iter().map(|r| (r.number.as_str(), r.invoice.amount.cents)).collect::<Vec<_>>(),
        [("1001", 10_592), ("F2", 123_450)]
    );
    assert!(batch.invoices.iter().all(|r| r.invoice.issued == day(2026, 1, 2) && r.invoice.due == day(2026, 2, 1)));
    insta::assert_snapshot!(report(&result));
}

#[test]
fn cells_are_named() {
    let batch = read(&[("factures.xlsx", book(true))], &Options::default());
    insta::assert_snapshot!(batch.problems.iter().map(|p| format!("{p}\n")).collect::<String>());
}

#[test]
fn a_broken_workbook_never_panics() {
    let whole = book(false);
    for step in 0..400 {
        let mut bytes = whole.clone();
        let at = step * 7919 % bytes.len();
        bytes[at] ^= 0x55;
        bytes.truncate(whole.len() - step % 3 * 100);
        let _ = read(&[("factures.xlsx", bytes)], &Options::default());
    }
}

#[test]
fn a_stray_cell_far_away_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .write(0, 0, "code")
        .unwrap()
        .write(0, 1, "nom")
        .unwrap()
        .write(1, 0, "C1")
        .unwrap()
        .write(1, 1, "Valier")
        .unwrap();
    sheet.write(1_048_575, 900, " ").unwrap();
    let batch = read(&[("clients.xlsx", book.save_to_buffer().unwrap())], &Options::default());
    assert_eq!((batch.problems.len(), batch.customers.len()), (0, 1));
}
