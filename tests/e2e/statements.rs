//! The statement of account that goes with an e-mail: its figures are those of `decompte`, and no message leaves without it.

use crate::support::Project;
use mail_parser::{MessageParser, MimeHeaders};
use std::path::Path;
use std::process::Command;

const TEMPLATE: &str =
    "---\nobjet: Facture {{ facture.numero }}\nton: ferme\npiece: decompte\n---\nÀ régler : le détail est joint.\n";
const EXECUTE: [&str; 3] = ["executer", "--le", "2026-03-19"];
const NASTY: &str = "\"{{ 7*7 }} #import \"\"x\"\" <script>alert(1)</script> \u{202e}Durand \u{1f600}\"";

/// A client with one invoice paid in part, one with three, one whose name would like to be a program, one of a very long name.
fn project() -> Project {
    let project = Project::with("sans plafond\nregrouper par client\nà J+15 : email ferme\n");
    let long = "Dupont".repeat(1_600);
    let clients: String = [("C1", "Menuiserie Valier"), ("C2", "Garage Lefèvre"), ("C3", NASTY), ("C4", &long)]
        .map(|(code, name)| {
            let mail = code.to_lowercase();
            format!("{code};{name};regulier;{mail}@client.example;8 rue du Port;69001;Lyon\n")
        })
        .concat();
    project.write("donnees/clients.csv", format!("code;nom;segment;email;adresse;code_postal;ville\n{clients}"));
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\n2026/118;C1;02/02/2026;04/03/2026;1 200,00\n\
         F2;C2;02/02/2026;04/03/2026;10 000,00\nF3;C2;03/02/2026;04/03/2026;348,90\nF4;C2;10/12/2025;09/01/2026;77,07\n\
         F5;C3;02/02/2026;04/03/2026;50,00\nF6;C4;02/02/2026;04/03/2026;60,00\n",
    );
    project.write("donnees/reglements.csv", "date;client;facture;montant\n10/03/2026;C1;2026/118;200,00\n");
    project.write("modeles/email/ferme.md", TEMPLATE);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

/// The one file of each message, by its name.
fn statements(project: &Project) -> Vec<(String, Vec<u8>)> {
    let file = |bytes: &Vec<u8>| {
        let message = MessageParser::default().parse(bytes).unwrap();
        assert_eq!(message.attachment_count(), 1);
        let file = message.attachment(0).unwrap();
        assert_eq!(file.content_type().unwrap().subtype(), Some("pdf"));
        (file.attachment_name().unwrap().to_owned(), file.contents().to_vec())
    };
    let mut all: Vec<(String, Vec<u8>)> = project.messages("eml").values().map(file).collect();
    all.sort();
    all
}

/// The words of a PDF on single lines, when the program that reads them is there; qpdf finds nothing wrong in it.
fn words(path: &Path) -> Option<String> {
    for (program, package) in [("pdftotext", "poppler-utils"), ("qpdf", "qpdf")] {
        if Command::new(program).arg("--version").output().is_err() {
            println!("IGNORÉ : `{program}` est introuvable (paquet {package})");
            return None;
        }
    }
    let checked = Command::new("qpdf").arg("--check").arg(path).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let read = Command::new("pdftotext").arg("-layout").arg(path).arg("-").output().unwrap();
    Some(
        String::from_utf8(read.stdout)
            .unwrap()
            .replace('\u{200b}', "")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// Every amount and every product of an invoice's statement as the command tells it: what stands before two blanks is words.
fn figures(project: &Project, number: &str) -> Vec<String> {
    let told = project.run(&["decompte", number, "--au", "2026-03-19"]).fine().out;
    let lines = told.lines().filter(|line| line.contains(',') && line.contains(|c: char| c.is_ascii_digit()));
    let last = |line: &str| line.trim().rsplit("  ").next().unwrap_or_default().trim().to_owned();
    let figure =
        |text: &String| text.chars().any(|c| c.is_ascii_digit()) && !text.contains(|c: char| c.is_alphabetic());
    let found: Vec<String> = lines.map(last).filter(figure).collect();
    assert!(found.len() > 4, "{told}");
    found.iter().map(|figure| figure.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// A program built without the letters refuses the template, and lets nothing leave without its statement.
fn refused(project: &Project) {
    let checked = project.run(&["verifier"]).code(1);
    assert!(checked.out.contains("modeles/email/ferme.md:4"), "{checked:?}");
    let told = project.run(&EXECUTE).told();
    assert!(project.messages("eml").is_empty() && told.contains("--features lettres"), "{told}");
}

#[test]
fn the_statement_says_what_the_command_says() {
    let project = project();
    if project.run(&["verifier"]).out.contains("compilé sans les lettres") {
        return refused(&project);
    }
    let again = project.copy();
    project.run(&EXECUTE).fine();
    let found = statements(&project);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["decompte-2026-118.pdf", "decompte-C2.pdf", "decompte-F5.pdf", "decompte-F6.pdf"]);
    // The same message at the same moment is the same, whatever the machine's clock says.
    again.run(&EXECUTE).fine();
    assert_eq!(found, statements(&again));
    let text = |name: &str| {
        let (_, bytes) = found.iter().find(|(own, _)| own == name).unwrap();
        project.write(name, bytes);
        words(&project.path(name))
    };
    for (name, numbers) in [("decompte-2026-118.pdf", &["2026/118"][..]), ("decompte-C2.pdf", &["F2", "F3", "F4"])] {
        let Some(text) = text(name) else { return };
        for number in numbers {
            assert!(text.contains(&format!("Facture {number}")), "{text}");
            for figure in figures(&project, number) {
                assert!(text.contains(&figure), "{number} : {figure}\n{text}");
            }
        }
    }
    let (group, nasty) = (text("decompte-C2.pdf").unwrap(), text("decompte-F5.pdf").unwrap());
    assert!(group.contains("Décompte de 3 factures") && group.contains("Total"), "{group}");
    assert!(nasty.contains("{{ 7*7 }} #import \"x\" <script>alert(1)</script> Durand"), "{nasty}");
    assert!(text("decompte-F6.pdf").unwrap().contains("DupontDupont"));
    // The preview gives the same file.
    let preview = ["apercu", "email/ferme", "--facture", "2026/118", "--le", "2026-03-19"];
    let told = project.run(&preview).fine().out;
    assert!(told.contains("Pièces jointes : decompte-2026-118.pdf"), "{told}");
    project.run(&[&preview[..], &["--format", "html", "--sortie", "page.html"]].concat()).fine();
    project.run(&[&preview[..], &["--format", "pdf", "--sortie", "seul.pdf"]].concat()).fine();
    for name in ["decompte-2026-118.pdf", "seul.pdf"] {
        assert!(std::fs::read(project.path(name)).unwrap() == found[0].1, "{name}");
    }
    assert!(project.path("page.html").exists());
}

/// No rate is known for that day: what the statement would say is not, and nothing leaves.
#[test]
fn a_statement_waits_for_its_rates() {
    let project = project();
    let told = project.run(&["executer", "--le", "2027-09-02"]).told();
    assert!(project.messages("eml").is_empty(), "{told}");
    assert!(told.contains("taux"), "{told}");
}
