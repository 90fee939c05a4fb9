//! Electronic invoices: imported as files are, and sent with the reminders.

use crate::support::Project;
use mail_parser::{MessageParser, MimeHeaders};
use std::io::Read;

/// A Factur-X as small as can be: one file, not compressed.
pub fn factur_x(number: &str, seller: &str) -> Vec<u8> {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rsm:CrossIndustryInvoice xmlns:rsm=\"urn:r\" xmlns:ram=\"urn:a\" xmlns:udt=\"urn:u\">\
         <rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime><udt:DateTimeString \
         format=\"102\">20260202</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>\
         <ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>{seller}</ram:Name></ram:SellerTradeParty><ram:BuyerTradeParty>\
         <ram:ID>C1</ram:ID><ram:Name>Menuiserie Valier</ram:Name><ram:DefinedTradeContact><ram:EmailURIUniversalCommunication>\
         <ram:URIID>compta@valier.example</ram:URIID></ram:EmailURIUniversalCommunication></ram:DefinedTradeContact></ram:BuyerTradeParty>\
         </ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>\
         <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format=\"102\">20260304</udt:DateTimeString>\
         </ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms><ram:SpecifiedTradeSettlementHeaderMonetarySummation>\
         <ram:GrandTotalAmount>1200.00</ram:GrandTotalAmount><ram:DuePayableAmount>1200.00</ram:DuePayableAmount>\
         </ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction>\
         </rsm:CrossIndustryInvoice>"
    );
    format!(
        "%PDF-1.7\n1 0 obj <</Type/Catalog/AF[2 0 R]>> endobj\n2 0 obj <</Type/Filespec/F(factur-x.xml)/EF<</F 3 0 R>>>> endobj\n\
         3 0 obj <</Type/EmbeddedFile/Length {}>> stream\n{xml}\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n",
        xml.len()
    )
    .into_bytes()
}

fn project(template: &str) -> Project {
    let project = Project::with("à J+15 : email ferme\n");
    project.write(
        "modeles/email/ferme.md",
        format!("---\nobjet: Facture {{{{ facture.numero }}}}\nton: ferme\n{template}---\nÀ régler.\n"),
    );
    project
}

/// The creditor of the project, as its settings name it.
fn seller(project: &Project) -> String {
    let settings = std::fs::read_to_string(project.path("relance.toml")).unwrap();
    let line = settings.lines().find(|line| line.trim_start().starts_with("nom ")).expect("a creditor");
    line.split('"').nth(1).unwrap().to_owned()
}

#[test]
fn the_imported_invoice_goes_with_its_reminder() {
    let project = project("piece: facture\n");
    let pdf = factur_x("2026/118", &seller(&project));
    project.write("donnees/facture 118.pdf", &pdf);
    let told = project.run(&["importer", "--le", "2026-03-16"]).fine().told();
    let again = project.run(&["importer", "--le", "2026-03-16"]).fine().told();
    project.run(&["executer", "--le", "2026-03-19T10:00"]).fine();
    let messages = project.messages("eml");
    let message = MessageParser::default().parse(messages.values().next().expect("it has left")).unwrap();
    let file = message.attachment(0).unwrap();
    assert_eq!((file.attachment_name(), file.contents()), (Some("2026-118.pdf"), pdf.as_slice()), "byte for byte");
    // For a judge as well.
    project.run(&["dossier", "2026/118", "--au", "2026-03-20", "--sortie", "x.zip"]).fine();
    let mut archive = zip::ZipArchive::new(std::fs::File::open(project.path("x.zip")).unwrap()).unwrap();
    let mut bytes = Vec::new();
    for n in 0..archive.len() {
        let mut file = archive.by_index(n).unwrap();
        if file.name().unwrap().contains("factures/") {
            file.read_to_end(&mut bytes).unwrap();
        }
    }
    assert_eq!(bytes, pdf);
    insta::assert_snapshot!(format!("{told}\n──── une seconde fois\n{again}"));
}

#[test]
fn without_a_word_of_the_template_nothing_is_attached() {
    let project = project("");
    project.write("donnees/a.pdf", factur_x("F1", &seller(&project)));
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19T10:00"]).fine();
    let messages = project.messages("eml");
    let message = MessageParser::default().parse(messages.values().next().expect("it has left")).unwrap();
    assert_eq!(message.attachment_count(), 0);
}

#[test]
fn files_that_are_none_and_invoices_of_others() {
    let project = project("");
    let good = factur_x("F1", &seller(&project));
    project.write("donnees/bonne.pdf", &good);
    project.write("donnees/fournisseur.pdf", factur_x("X9", "Bois &amp; Négoce"));
    project.write("donnees/coupee.pdf", good.get(..good.len() / 2).unwrap());
    project.write("donnees/photo.pdf", b"%PDF-1.4 rien");
    project.write("donnees/entites.xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><Invoice>&a;</Invoice>");
    let told = project.run(&["importer", "--le", "2026-03-16"]).code(1).told();
    let state = project.run(&["etat", "--le", "2026-03-16", "--format", "json"]).fine().json();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    let state_after = project.run(&["etat", "--le", "2026-03-16", "--format", "json"]).fine().json();
    assert_eq!(state_after["chiffres"]["factures_ouvertes"], 1, "the good one is taken: {state}");
    insta::assert_snapshot!(told);
}
