//! Invoices that go with their reminders.

use crate::support::{Project, mail};
use mail_parser::{MessageParser, MimeHeaders};

#[test]
fn a_message_waits_for_the_invoice_that_its_template_requires() {
    let project = Project::with("à J+15 : email ferme\n");
    project.write("donnees/clients.csv", "code;nom;segment;email\nC1;Valier;regulier;compta@valier.example\n");
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\n2026/118;C1;02/02/2026;04/03/2026;1 200,00\n",
    );
    project.replace("relance.toml", "[email]\n", "[email]\npieces = \"factures/{numero}.pdf\"\n");
    project.write(
        "modeles/email/ferme.md",
        "---\nobjet: Facture {{ facture.numero }}\nton: ferme\npiece: facture\n---\nÀ régler.\n",
    );
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    let told = project.run(&["executer", "--le", "2026-03-19T10:00"]).told();
    assert!(project.messages("eml").is_empty());
    let pdf = b"%PDF-1.7 une facture".as_slice();
    project.write("factures/2026-118.pdf", pdf);
    project.run(&["executer", "--le", "2026-03-19T12:00"]).fine();
    let messages = project.messages("eml");
    let bytes = messages.values().next().expect("it has left");
    assert_eq!(mail::read(bytes).subject, "Facture 2026/118");
    let message = MessageParser::default().parse(bytes).unwrap();
    let file = message.attachment(0).unwrap();
    assert_eq!((file.attachment_name(), file.contents()), (Some("2026-118.pdf"), pdf));
    assert_eq!((message.attachment_count(), file.content_type().unwrap().subtype()), (1, Some("pdf")));
    insta::assert_snapshot!(told);
}
