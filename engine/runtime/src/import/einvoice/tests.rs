//! Electronic invoices of our own, word by word; those of others stand in `tests/import/`.

use super::*;
use crate::import::problem::list;
use std::io::Write;

fn cii(settled: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\r\n<!-- une facture --><x:CrossIndustryInvoice xmlns:x=\"urn:x\"><x:ExchangedDocument><x:ID>FA-1</x:ID>\
         <x:TypeCode>380</x:TypeCode><x:IssueDateTime><x:DateTimeString format=\"102\">20260131</x:DateTimeString></x:IssueDateTime>\
         </x:ExchangedDocument><x:SupplyChainTradeTransaction><x:ApplicableHeaderTradeAgreement><x:SellerTradeParty><x:Name>Ateliers</x:Name>\
         </x:SellerTradeParty><x:BuyerTradeParty><x:Name>Café &amp; Cie</x:Name><x:SpecifiedTaxRegistration><x:ID schemeID=\"VA\">\
         FR11 123456782</x:ID></x:SpecifiedTaxRegistration></x:BuyerTradeParty></x:ApplicableHeaderTradeAgreement>\
         <x:ApplicableHeaderTradeSettlement><x:InvoiceCurrencyCode>EUR</x:InvoiceCurrencyCode>{settled}</x:ApplicableHeaderTradeSettlement>\
         </x:SupplyChainTradeTransaction></x:CrossIndustryInvoice>"
    )
}

fn terms(date: &str, part: &str) -> String {
    let part = if part.is_empty() {
        String::new()
    } else {
        format!("<x:PartialPaymentAmount>{part}</x:PartialPaymentAmount>")
    };
    format!(
        "<x:SpecifiedTradePaymentTerms>{part}<x:DueDateDateTime><x:DateTimeString>{date}</x:DateTimeString></x:DueDateDateTime>\
         </x:SpecifiedTradePaymentTerms>"
    )
}

fn sums(total: &str, prepaid: &str, due: &str) -> String {
    format!(
        "<x:SpecifiedTradeSettlementHeaderMonetarySummation><x:GrandTotalAmount>{total}</x:GrandTotalAmount>\
         <x:TotalPrepaidAmount>{prepaid}</x:TotalPrepaidAmount><x:DuePayableAmount>{due}</x:DuePayableAmount>\
         </x:SpecifiedTradeSettlementHeaderMonetarySummation>"
    )
}

fn plain() -> String {
    cii(&[terms("20260302", ""), sums("1200.50", "200", "1000.50")].concat())
}

fn read_as(name: &str, bytes: &[u8]) -> (Result<Electronic, String>, Vec<String>) {
    let file = FileRead { name: name.to_owned(), electronic: true, ..FileRead::default() };
    let mut infos = Vec::new();
    let found = read(&file, 0, bytes, None, &mut infos);
    let found = found.map_err(|problems| list(&problems.iter().map(ToString::to_string).collect::<Vec<_>>(), 9));
    (found, infos.iter().map(ToString::to_string).collect())
}

fn fine(bytes: &[u8]) -> Electronic {
    read_as("a.xml", bytes).0.unwrap()
}

/// A PDF with one file in it, named in UTF-16; `packed` puts the catalog into a group of objects.
fn pdf(xml: &[u8], packed: bool) -> Vec<u8> {
    let deflate = |bytes: &[u8]| {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let name: String = "factur-x.xml".encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let catalog = "<</Type/Catalog/Names<</EmbeddedFiles<</Names[(a) 2 0 R]>>>>>>";
    let file = format!("<</Type/Filespec/UF<FEFF{name}>/EF<</F 3 0 R>>>>");
    let mut out = b"%PDF-1.7\n%\xe2\xe3\n".to_vec();
    let stream = |number: u32, dict: &str, bytes: &[u8]| {
        let mut out =
            format!("{number} 0 obj <<{dict}/Filter/FlateDecode/Length {}>> stream\r\n", bytes.len()).into_bytes();
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\nendstream endobj\n");
        out
    };
    if packed {
        let inside = format!("1 0 2 {} {catalog} {file}", catalog.len() + 1);
        let first = inside.find("<<").unwrap();
        out.extend(stream(5, &format!("/Type/ObjStm/N 2/First {first}"), &deflate(inside.as_bytes())));
    } else {
        out.extend(format!("1 0 obj {catalog} endobj\n2 0 obj {file} endobj\n").into_bytes());
    }
    out.extend(stream(3, "/Type/EmbeddedFile", &deflate(xml)));
    out.extend(b"trailer <</Root 1 0 R>>\n%%EOF");
    out
}

#[test]
fn the_same_invoice_in_every_encoding_and_in_a_pdf() {
    let text = plain();
    let read = fine(text.as_bytes());
    assert_eq!((read.amount.cents, read.prepaid, read.credit), (120_050, 20_000, false));
    assert_eq!((read.number.as_str(), read.customer.name.as_str()), ("FA-1", "Café & Cie"));
    assert_eq!((read.siren.as_deref(), read.due), (Some("123456782"), NaiveDate::from_ymd_opt(2026, 3, 2)));
    let marked = ["\u{feff}", &text].concat();
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let latin: Vec<u8> =
        text.replace("?>", " encoding=\"ISO-8859-1\"?>").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for other in [marked.as_bytes(), &little, &big, &latin] {
        assert_eq!(fine(other), read);
    }
    for packed in [false, true] {
        let bytes = pdf(text.as_bytes(), packed);
        let carried = read_as("a.pdf", &bytes).0.unwrap();
        assert_eq!(carried.pdf.as_deref(), Some(&bytes));
        assert_eq!(Electronic { pdf: None, ..carried }, read);
    }
}

#[test]
fn amounts_and_due_dates() {
    let both = [terms("20260302", "600.25"), terms("20260402", "400.25")].concat();
    let shared = fine(cii(&[both.clone(), sums("1000.50", "0", "1000.50")].concat()).as_bytes());
    let parts: Vec<_> = shared.instalments.iter().map(|part| (part.due.to_string(), part.amount.cents)).collect();
    assert_eq!(parts, [("2026-03-02".to_owned(), 60_025), ("2026-04-02".to_owned(), 40_025)]);
    assert_eq!(shared.due.unwrap().to_string(), "2026-03-02");
    let partly = fine(cii(&[both.clone(), sums("1200.50", "200", "1000.50")].concat()).as_bytes());
    assert_eq!((partly.amount.cents, partly.prepaid, partly.instalments.len()), (100_050, 0, 2));
    let (odd, told) = read_as("a.xml", cii(&[both.clone(), sums("999", "0", "999")].concat()).as_bytes());
    let odd = odd.unwrap();
    assert_eq!((odd.instalments.len(), odd.due.unwrap().to_string().as_str()), (0, "2026-04-02"));
    let negative = fine(cii(&sums("-120.00", "0", "-120.00")).as_bytes());
    assert_eq!((negative.credit, negative.amount.cents, negative.due), (true, 12_000, None));
    assert_eq!(told, ["a.xml : 2 échéances sans montants qui fassent le total : la dernière (02/04/2026) est prise."]);
    for (text, cents) in [
        ("104.9", Some(10_490)),
        ("-12", Some(-1_200)),
        ("1.990000", Some(199)),
        ("1.999", None),
        ("1,5", None),
        ("", None),
    ] {
        assert_eq!(xml::cents(text), cents, "{text}");
    }
}

#[test]
fn what_is_refused_says_why() {
    let mut told = Vec::new();
    let text = plain();
    let bomb = pdf(&vec![b'<'; 70_000_000], false);
    let whole = pdf(text.as_bytes(), false);
    let locked = String::from_utf8_lossy(&whole).replace("trailer <<", "trailer <</Encrypt 9 0 R");
    let deep = "<a>".repeat(400_000);
    let nested = [b"%PDF-1.7 1 0 obj ".to_vec(), b"[".repeat(1_000_000)].concat();
    let cases: [(&str, &[u8]); 15] = [
        ("vide.xml", b""),
        ("texte.pdf", b"bonjour"),
        ("sans.pdf", b"%PDF-1.7 1 0 obj <</Type/Catalog>> endobj"),
        ("coupe.pdf", whole.get(..whole.len() / 2).unwrap()),
        ("chiffre.pdf", locked.as_bytes()),
        ("bombe.pdf", &bomb),
        ("crochets.pdf", &nested),
        ("profond.xml", deep.as_bytes()),
        ("entites.xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ("coupe.xml", text.get(..400).unwrap().as_bytes()),
        ("autre.xml", b"<html/>"),
        ("zugferd1.xml", b"<CrossIndustryDocument/>"),
        ("rien.xml", b"<Invoice/>"),
        (
            "faux.xml",
            &plain().replace("20260131", "20261331").replace("1000.50", "mille").replace("EUR", "JPY").into_bytes(),
        ),
        ("devis.xml", &plain().replace(">380<", ">310<").into_bytes()),
    ];
    for (name, bytes) in cases {
        told.push(read_as(name, bytes).0.unwrap_err());
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn only_our_own_invoices() {
    let file = FileRead { name: "a.xml".to_owned(), ..FileRead::default() };
    let told = |xml: &str, name: &str, siren: Option<&str>| {
        let seller = Seller { name: name.to_owned(), siren: siren.map(str::to_owned) };
        read(&file, 0, xml.as_bytes(), Some(&seller), &mut Vec::new()).err().map(|problems| problems[0].to_string())
    };
    let text = plain();
    assert_eq!(told(&text, "Les Ateliers SARL", None), None);
    assert_eq!(told(&text, "ATELIERS", Some("552100554")), None, "no SIREN in the invoice: the name decides");
    let vat = "<x:SpecifiedTaxRegistration><x:ID schemeID=\"VA\">FR00552100554</x:ID></x:SpecifiedTaxRegistration></x:SellerTradeParty>";
    let named = text.replace("</x:SellerTradeParty>", vat);
    assert_eq!(told(&named, "Tout autre nom", Some("552 100 554")), None, "the SIREN decides where both are known");
    let mut all = vec![told(&named, "Ateliers", Some("404833048")), told(&text, "Valier", None)];
    all.push(told(&named, "Café & Cie", Some("123456782")));
    insta::assert_debug_snapshot!(all);
}

#[test]
fn a_pdf_inside_of_the_xml() {
    use base64::Engine;
    let held = base64::engine::general_purpose::STANDARD.encode(b"%PDF-1.4 lisible");
    let one = |name: &str, held: &str| {
        format!(
            "<cac:AdditionalDocumentReference xmlns:cac=\"c\"><cac:Attachment><cac:EmbeddedDocumentBinaryObject filename=\"{name}\">\n {held}\n\
             </cac:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
        )
    };
    let ubl = |papers: &str| {
        format!(
            "<CreditNote><ID>AV-1</ID><IssueDate>2026-01-31+01:00</IssueDate><CreditNoteTypeCode>381</CreditNoteTypeCode>\
             <DocumentCurrencyCode>EUR</DocumentCurrencyCode>{papers}<AccountingCustomerParty><Party><PartyIdentification><ID>C7</ID>\
             </PartyIdentification></Party></AccountingCustomerParty><LegalMonetaryTotal><PayableAmount>12.00</PayableAmount>\
             </LegalMonetaryTotal></CreditNote>"
        )
    };
    let found = fine(ubl(&one("x.pdf", &held)).as_bytes());
    assert_eq!((found.credit, found.amount.cents, found.code.as_deref()), (true, 1_200, Some("C7")));
    assert_eq!(found.pdf.as_deref().map(Vec::as_slice), Some(b"%PDF-1.4 lisible".as_slice()));
    let two = [one("releve.pdf", &held), one("heures.pdf", &held)].concat();
    assert_eq!(fine(ubl(&two).as_bytes()).pdf, None, "nobody knows which is the invoice");
    let named = [one("releve.pdf", &held), one("AV-1.pdf", &held)].concat();
    assert!(fine(ubl(&named).as_bytes()).pdf.is_some());
    assert_eq!(fine(ubl(&one("x.pdf", "JVBERi%%%")).as_bytes()).pdf, None);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 400, ..Default::default() })]
    #[test]
    fn nothing_makes_it_panic(at in 0usize..100_000, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..60), packed: bool, within: bool) {
        let mut text = plain().into_bytes();
        let mut whole = pdf(&text, packed);
        for (target, name) in [(&mut text, "a.xml"), (&mut whole, "a.pdf")] {
            let at = at % target.len();
            let to = if within { (at + bytes.len()).min(target.len()) } else { target.len() };
            target.splice(at..to, bytes.iter().copied());
            let _ = read_as(name, target);
        }
        let _ = read_as("a.pdf", &[b"%PDF-".to_vec(), bytes.clone()].concat());
        let _ = read_as("a.xml", &bytes);
    }
}
