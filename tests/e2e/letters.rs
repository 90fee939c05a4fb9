//! The day's letters: listed, printed, told to be posted; never one whose reason has gone.

use crate::support::Project;

/// Three late clients who get a letter; one of them owes two invoices in it.
fn project() -> Project {
    let project = Project::with("regrouper par client\nà J+15 : courrier dernier_avis puis après 5j appel ferme\n");
    project.write(
        "donnees/clients.csv",
        "code;nom;segment;adresse;code_postal;ville;telephone\nC1;Menuiserie Valier;regulier;3 rue du Port;69001;Lyon;0478000001\n\
         C2;=SOMME(1+1);regulier;4 rue du Port;69001;Lyon;0478000002\nC3;Luc Danet;regulier;5 rue du Port;69001;Lyon;0478000003\n",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\n\
         F2;C1;02/02/2026;04/03/2026;80,00\nF3;C2;02/02/2026;04/03/2026;500,00\nF4;C3;02/02/2026;04/03/2026;90,00\n",
    );
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project
}

fn pay(project: &Project, rows: &str, day: &str) {
    project.write("donnees/reglements.csv", format!("date;client;facture;montant\n{rows}"));
    project.run(&["importer", "--le", day]).fine();
}

/// Kind and invoice of what the journal tells of letters, beside their sendings.
fn posted(project: &Project) -> Vec<(String, String)> {
    let text = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let journal = project.journal();
    let told = journal.iter().filter(|line| line["canal"] == "courrier" && line["evenement"] != "envoi");
    told.map(|line| (text(line, "evenement"), text(line, "facture"))).collect()
}

#[test]
fn letters_are_listed_until_they_are_posted_and_no_paid_one_is() {
    let project = project();
    let mut told = String::new();
    let mut say = |title: &str, args: &[&str]| {
        let done = project.run(args);
        told.push_str(&format!("──── {title}\n{}{}", done.out, done.err));
        done
    };
    say("le jour même", &["courriers", "--le", "2026-03-19"]);
    // Nobody posts a letter about money that is known to have come.
    pay(&project, "18/03/2026;C3;F4;90,00\n", "2026-03-20");
    say("un paiement importé, pas encore lu", &["courriers", "--le", "2026-03-20"]);
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    say("une fois lu", &["courriers", "--le", "2026-03-20"]);
    let list = say("la liste", &["courriers", "--le", "2026-03-20", "--format", "csv"]).out;
    project.write("courriers.csv", &list);
    let note = ["courriers", "--postees", "courriers.csv", "--par", "Zoé", "--le", "2026-03-20"];
    // One of them is paid between the printer and the post.
    pay(&project, "18/03/2026;C3;F4;90,00\n20/03/2026;C2;F3;500,00\n", "2026-03-20");
    say("postées, dont une payée depuis", &note);
    say("la même liste encore", &note);
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    say("après", &["courriers", "--le", "2026-03-23"]);
    insta::assert_snapshot!(told);
    insta::assert_debug_snapshot!(posted(&project));
    project.run(&["executer", "--le", "2026-03-25"]).fine();
    // The call that follows the letter comes five days after it was posted.
    let calls = project.journal().into_iter().filter(|line| line["canal"] == "appel");
    assert!(calls.count() > 0);
}

#[test]
fn lists_that_are_none_are_refused() {
    let project = project();
    let mut told = String::new();
    for (title, text) in [
        ("vide", ""),
        ("autre chose", "bonjour\n"),
        ("une lettre inconnue", "cle\nF9#1.1.1.1\n"),
        ("pas du texte", "\u{0}\u{1}"),
    ] {
        project.write("liste.csv", text);
        let done = project.run(&["courriers", "--postees", "liste.csv", "--le", "2026-03-19"]);
        told.push_str(&format!("──── {title} ({:?})\n{}{}", done.code, done.out, done.err));
    }
    let done = project.run(&["courriers", "--postees", "absente.csv"]);
    told.push_str(&format!("──── absente ({:?})\n{}{}", done.code, done.out, done.err));
    insta::assert_snapshot!(told);
    assert!(posted(&project).is_empty());
}

/// A program built without the letters says so; with them, the file is one, and a rate to be confirmed is told to whoever prints.
#[test]
fn paper_is_made_or_refused_with_what_to_do() {
    let project = project();
    for args in [
        &["courriers", "--le", "2026-03-19", "--sortie", "jour.pdf"][..],
        &[
            "apercu",
            "courrier/dernier_avis",
            "--facture",
            "F1",
            "--le",
            "2026-03-19",
            "--format",
            "pdf",
            "--sortie",
            "jour.pdf",
        ],
        &["decompte", "F1", "--au", "2026-03-19", "--format", "pdf", "--sortie", "jour.pdf"],
    ] {
        let _ = std::fs::remove_file(project.path("jour.pdf"));
        let done = project.run(args);
        if done.err.contains("compilé sans les lettres en PDF") {
            assert_eq!(done.code, Some(2), "{done:?}");
            assert!(done.err.contains("--features lettres") && !project.path("jour.pdf").exists(), "{done:?}");
        } else {
            assert_eq!(done.code, Some(0), "{done:?}");
            assert!(std::fs::read(project.path("jour.pdf")).unwrap().starts_with(b"%PDF-"), "{done:?}");
        }
    }
    // The list beside the PDF never takes the place of a file of the books.
    let books = std::fs::read(project.path("donnees/factures.csv")).unwrap();
    let wrong = project.run(&["courriers", "--le", "2026-03-19", "--sortie", "donnees/factures.pdf"]).code(2);
    assert!(wrong.err.contains("n’est pas une liste de lettres"), "{}", wrong.err);
    assert_eq!(std::fs::read(project.path("donnees/factures.csv")).unwrap(), books);
    assert!(!project.path("donnees/factures.pdf").exists());
    let list = project.run(&["courriers", "--le", "2026-03-19", "--format", "csv"]).fine().out;
    project.write("liste.csv", &list);
    let again = project.run(&["courriers", "--le", "2026-03-19", "--sortie", "liste.pdf"]);
    assert!(!again.err.contains("n’est pas une liste de lettres"), "{}", again.err);
    let wrong = project.run(&["decompte", "F1", "--sortie", "jour.pdf"]).code(2);
    assert!(wrong.err.contains("--sortie est pour un PDF"), "{}", wrong.err);
}

/// What asks for letters that this program cannot make is refused at once, and nothing leaves.
#[test]
fn a_program_without_the_letters_deposits_none() {
    let project = Project::with("à J+15 : email ferme puis lettre_recommandée mise_en_demeure\n");
    let settings = std::fs::read_to_string(project.path("relance.toml")).unwrap();
    let service = "[recommandes]\nurl = \"https://recommandes.exemple.fr\"\n[recommandes.corps]\na = \"{adresse}\"\nf = \"{document}\"\n";
    project.write("relance.toml", format!("{settings}\n{service}"));
    project.write("donnees/factures.csv", "numero;client;date_emission;date_echeance;montant_ttc\n");
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    let done = project.run(&["executer", "--le", "2026-03-19"]);
    if done.err.contains("compilé sans les lettres en PDF") {
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.err.contains("--features lettres"), "{done:?}");
    } else {
        assert_eq!(done.code, Some(0), "{done:?}");
    }
}
