//! Electronic invoices beside files, and real ones of others where they are there.

use crate::learn;
use relance_core::incoming::What;
use relance_engine::import::{Known, Options, read, reconcile};
use std::path::Path;

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

pub fn ubl(number: &str, buyer: &str, due: &str, sums: &str) -> String {
    let due = if due.is_empty() { String::new() } else { format!("<DueDate>{due}</DueDate>") };
    format!(
        "<Invoice><ID>{number}</ID><IssueDate>2026-01-31</IssueDate>{due}<InvoiceTypeCode>380</InvoiceTypeCode>\
         <DocumentCurrencyCode>EUR</DocumentCurrencyCode><AccountingCustomerParty><Party>{buyer}</Party></AccountingCustomerParty>\
         <LegalMonetaryTotal>{sums}</LegalMonetaryTotal></Invoice>"
    )
}

const BUYER: &str = "<PartyIdentification><ID>C1</ID></PartyIdentification><PartyLegalEntity><RegistrationName>Valier SAS</RegistrationName>\
     <CompanyID schemeID=\"0002\">404833048</CompanyID></PartyLegalEntity><Contact><ElectronicMail>neuf@valier.example</ElectronicMail>\
     <Telephone>01 99 00 12 34</Telephone></Contact>";
const SUMS: &str = "<TaxInclusiveAmount>120.00</TaxInclusiveAmount><PrepaidAmount>20.00</PrepaidAmount><PayableAmount>100.00</PayableAmount>";

#[test]
fn an_invoice_comes_once_and_takes_nothing_away() {
    let mut known = Known::default();
    let clients = "code;nom;email;segment\nC1;Valier;compta@valier.example;regulier\n";
    learn(&mut known, &[("clients.csv", clients)], &Options::default());
    let file = ubl("F1", BUYER, "2026-03-02", SUMS);
    let found = learn(&mut known, &[("a.xml", &file)], &Options::default());
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!((found.counts.invoices_new, found.counts.payments, found.counts.customers_changed), (1, 1, 1));
    let client = &known.customers["C1"];
    assert_eq!((client.email.as_deref(), client.segment.as_deref()), (Some("compta@valier.example"), Some("regulier")));
    assert_eq!((client.name.as_str(), client.phone.as_deref()), ("Valier", Some("+33199001234")));
    assert_eq!(known.invoices["F1"].balance, 10_000);
    let again = learn(&mut known, &[("autre nom.xml", &file)], &Options::default());
    assert!(again.incoming.is_empty() && again.problems.is_empty(), "{again:?}");
    assert_eq!(again.counts.already_known, 1);
    assert!(!found.payments, "one invoice does not tell what was paid");
    // Another amount or another day under a known number changes nothing, and is told.
    let other = ubl("F1", BUYER, "2026-04-02", "<PayableAmount>90.00</PayableAmount>");
    let told = learn(&mut known, &[("a.xml", &other)], &Options::default());
    assert!(told.incoming.is_empty());
    assert_eq!(told.infos.len(), 2, "{:?}", told.infos);
}

#[test]
fn what_an_invoice_lacks_comes_from_the_files() {
    let bare = ubl("F1", "", "", "<PayableAmount>100.00</PayableAmount>");
    let alone = reconcile(&Known::default(), &read(&[("a.xml", &bare)], &Options::default()), day("2026-03-18"), ZONE);
    assert_eq!((alone.incoming.len(), alone.refused.as_slice()), (0, ["a.xml".to_owned()].as_slice()));
    let mut told: Vec<String> = alone.problems.iter().map(ToString::to_string).collect();
    let undated = ubl("F1", BUYER, "", "<PayableAmount>100.00</PayableAmount>");
    let alone =
        reconcile(&Known::default(), &read(&[("a.xml", &undated)], &Options::default()), day("2026-03-18"), ZONE);
    told.extend(alone.problems.iter().map(ToString::to_string));
    let rows = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C9;31/01/2026;02/03/2026;100,00\n";
    let files = [("factures.csv", rows), ("a.xml", bare.as_str())];
    let both = reconcile(&Known::default(), &read(&files, &Options::default()), day("2026-03-18"), ZONE);
    assert!(both.problems.is_empty(), "{:?}", both.problems);
    assert_eq!((both.counts.invoices_new, both.counts.payments), (1, 0));
    let other = ubl("F2", BUYER, "2026-03-02", SUMS);
    let differing = ubl("F2", BUYER, "2026-03-09", SUMS);
    let files =
        [("a.xml", other.as_str()), ("b.xml", differing.as_str()), ("c.xml", &ubl("F3", BUYER, "2026-03-02", SUMS))];
    let found = reconcile(&Known::default(), &read(&files, &Options::default()), day("2026-03-18"), ZONE);
    assert_eq!((found.counts.invoices_new, found.refused.len()), (1, 2), "the others are taken");
    told.extend(found.problems.iter().map(ToString::to_string));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn open_items_come_from_the_list_only() {
    let options = Options { open_items: true, ..Options::default() };
    let mut known = Known::default();
    let rows =
        "numero;client;date_emission;date_echeance;montant_ttc;solde\nF1;C1;31/01/2026;02/03/2026;120,00;60,00\n";
    learn(&mut known, &[("factures.csv", rows)], &options);
    let files = [("a.xml", ubl("F1", BUYER, "2026-03-02", SUMS)), ("b.xml", ubl("F2", BUYER, "2026-03-02", SUMS))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let found = learn(&mut known, &files, &options);
    assert!(found.problems.is_empty() && !found.payments, "{:?}", found.problems);
    assert_eq!((known.invoices["F1"].balance, known.invoices["F2"].balance), (6_000, 10_000));
    assert!(!known.invoices["F1"].absent, "a folder of invoices is no list of what is open");
}

#[test]
fn real_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/efactures");
    if !folder.exists() {
        println!("IGNORÉ : efactures n’est pas à côté du dépôt");
        return;
    }
    // Name, whose client, owed cents (a credit note's are negative), when; nothing where it is refused.
    type Owed = Option<(&'static str, i64, &'static str)>;
    let expected: [(&str, Owed); 20] = [
        ("Avoir_FR_type380_BASIC.pdf", Some(("787878784", -23_347, ""))),
        ("Avoir_FR_type381_BASIC.pdf", Some(("787878784", -23_347, ""))),
        ("CII_example1.xml", Some(("10202", 25_033, "2015-01-09"))),
        ("CII_example3.xml", Some(("5790000435975", 112_500, "2013-05-10"))),
        ("CII_example5.xml", Some(("DK16356607", 233_750, "2013-05-10"))),
        ("CII_example7.xml", None),
        ("CII_example9.xml", None),
        ("Facture_DOM_MINIMUM.pdf", None),
        ("Facture_FR_BASICWL.pdf", Some(("787878784", 47_015, "2017-12-13"))),
        ("Facture_FR_EN16931.pdf", Some(("787878784", 47_015, "2017-12-13"))),
        ("Facture_UE_BASICWL.pdf", Some(("ESA12345674", 145_376, "2017-12-03"))),
        ("factur-x-basicwl.xml", Some(("987654321", 10_490, "2026-03-02"))),
        ("factur-x-en16931.xml", Some(("987654321", 10_490, "2026-03-02"))),
        ("factur-x-minimum.xml", None),
        ("invoice_EN16931.pdf", Some(("987654321", 10_490, "2026-03-02"))),
        ("ubl-21-en16931.xml", Some(("787878784", 20_803, "2026-07-16"))),
        ("ubl-tc434-example1.xml", Some(("10202", 25_033, "2015-01-09"))),
        ("ubl-tc434-example3.xml", Some(("NO987654321MVA", 200_500, "2013-05-10"))),
        ("ubl-tc434-example5.xml", Some(("DK16356607", 233_750, "2013-05-10"))),
        ("ubl-tc434-example9.xml", None),
    ];
    let files = relance_engine::import::load(&folder).unwrap();
    for (name, wanted) in expected {
        let (_, bytes) = files.iter().find(|(found, _)| found == name).unwrap();
        let batch = read(&[(name, bytes)], &Options::default());
        let found = reconcile(&Known::default(), &batch, day("2026-03-18"), ZONE);
        assert_eq!(found.problems.is_empty(), wanted.is_some(), "{name} : {:?}", found.problems);
        let Some((client, owed, due)) = wanted else { continue };
        assert_eq!(found.papers.len(), usize::from(name.ends_with(".pdf")), "{name}");
        let (mut cents, mut days) = (0, String::new());
        for one in &found.incoming {
            assert_eq!(one.client, client, "{name}");
            match &one.what {
                What::Invoice(invoice) => {
                    cents += invoice.amount.cents;
                    days = invoice.due.to_string();
                }
                What::Payment { amount } | What::CreditNote { amount } => cents -= amount.cents,
                _ => {}
            }
        }
        assert_eq!((cents, days.as_str()), (owed, due), "{name}");
    }
}
