//! The journal as evidence, and what is kept of a client: `verifier-journal`, `rejouer`, `exporter`, `oublier`.

use crate::support::Project;
use sqlx::{Connection, Executor};

/// A client who owed and paid, another who owes; a run on the 19th.
fn project() -> Project {
    let project = Project::with("à J+15 : email ferme\n");
    project.write(
        "donnees/clients.csv",
        "code;nom;segment;email;telephone;adresse
C1;Menuiserie Valier;regulier;compta@valier.example;0612345678;3 rue des Lilas
C2;Crème & Châtaigne;regulier;compta@creme.example;;
",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2024;04/03/2024;1 200,00
F2;C2;02/02/2024;04/03/2024;348,90
",
    );
    project.run(&["importer", "--le", "2024-03-16"]).fine();
    project.run(&["executer", "--le", "2024-03-19"]).fine();
    project.write("donnees/reglements.csv", "date;client;facture;montant\n22/03/2024;C1;F1;1 200,00\n");
    project.run(&["importer", "donnees/reglements.csv", "--le", "2024-03-22"]).fine();
    project.run(&["executer", "--le", "2024-03-22"]).fine();
    project
}

/// Executes statements behind the program's back.
pub fn behind(project: &Project, statements: &'static str) {
    let path = project.path("relance.db");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut base = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        base.execute(sqlx::raw_sql(statements)).await.unwrap();
        base.close().await.unwrap();
    });
}

const FREE: &str = "DROP TRIGGER journal_sans_modification; DROP TRIGGER journal_sans_suppression";

#[test]
fn a_tampered_journal_and_a_tampered_file_are_told() {
    let project = project();
    let mut all = String::new();
    let mut tell = |args: &[&str], code: i32| {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(code).told()));
    };
    tell(&["verifier-journal"], 0);
    tell(&["verifier-journal", "--client", "C1", "--format", "json"], 0);
    tell(&["rejouer"], 0);
    behind(&project, "UPDATE instances SET etat = replace(etat, '\"balance\":34890', '\"balance\":4890')");
    tell(&["verifier-journal"], 0);
    tell(&["rejouer"], 1);
    tell(&["rejouer", "--client", "C2", "--format", "json"], 1);
    tell(&["rejouer", "--client", "C1"], 0);
    behind(&project, FREE);
    behind(
        &project,
        "UPDATE journal SET entree = replace(entree, 'Valier', 'Vallier') WHERE client = 'C1' AND position = 1",
    );
    behind(&project, "DELETE FROM journal WHERE client = 'C2' AND position >= 4");
    tell(&["verifier-journal"], 1);
    tell(&["verifier-journal", "--client", "C1", "--format", "json"], 1);
    insta::assert_snapshot!(all);
}

/// The moment of the export and the raw data are left out of the snapshot.
#[test]
fn everything_about_a_client_is_exported() {
    let project = project();
    let told = project.run(&["exporter", "--client", "C1", "--vers", "c1.json"]).fine().out;
    assert_eq!(told, "Écrit dans `c1.json`.\n");
    let text = std::fs::read_to_string(project.path("c1.json")).unwrap();
    assert!(!text.contains("Châtaigne"), "nothing of others");
    let mut all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let printed = project.run(&["exporter", "--client", "C1"]).fine().json();
    assert_eq!((&printed["journal"], &printed["messages"]), (&all["journal"], &all["messages"]));
    let imports = all["importe"].as_array().unwrap();
    assert_eq!(imports.len(), 3, "the client, the invoice, the payment: {imports:#?}");
    let kept = &all["documents"][0];
    let text = kept["texte"].as_str().unwrap();
    assert!(text.contains("compta@valier.example") && kept["cle"] == all["messages"][0]["cle"], "{kept:#}");
    let object = all.as_object_mut().unwrap();
    for raw in ["exporte_le", "importe", "dossier", "documents"] {
        assert!(object.remove(raw).is_some(), "{raw}");
    }
    object["factures"][0].as_object_mut().unwrap().remove("etat").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
}

/// Every byte of the base, its log included.
fn bytes(project: &Project) -> String {
    let read = |name: &str| std::fs::read(project.path(name)).unwrap_or_default();
    String::from_utf8_lossy(&[read("relance.db"), read("relance.db-wal")].concat()).into_owned()
}

#[test]
fn a_client_is_forgotten_once_nothing_obliges_to_keep_them() {
    let project = project();
    let mut all = String::new();
    let mut tell = |args: &[&str], code: i32| {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(code).told()));
    };
    tell(&["oublier", "--client", "C2"], 1);
    tell(&["oublier", "--client", "C1"], 1);
    project.replace("relance.toml", "conservation = \"10 ans\"", "conservation = \"18 mois\"");
    tell(&["oublier", "--client", "C1", "--simulation"], 0);
    let personal = ["Valier", "compta@valier.example", "12345678", "3 rue des Lilas"];
    let before = bytes(&project);
    for word in personal {
        assert!(before.contains(word), "{word}");
    }
    tell(&["oublier", "--client", "C1"], 0);
    let after = bytes(&project);
    for word in personal {
        assert!(!after.contains(word), "{word} is still in the base");
    }
    assert!(after.contains("compta@creme.example"), "others stay");
    tell(&["verifier-journal"], 0);
    tell(&["rejouer"], 0);
    tell(&["journal", "--client", "C1"], 0);
    tell(&["oublier", "--client", "C1"], 0);
    tell(&["executer", "--le", "2024-04-02"], 0);
    // A new invoice of the same client goes on with the same journal.
    project.write(
        "suite.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF9;C1;02/03/2024;04/04/2024;50,00\n",
    );
    project.run(&["importer", "suite.csv", "--le", "2024-04-03"]);
    project.run(&["executer", "--le", "2024-04-03"]).fine();
    tell(&["verifier-journal", "--client", "C1"], 0);
    // What stays of the erasure is sealed as before.
    behind(&project, FREE);
    behind(&project, "DELETE FROM journal WHERE client = 'C1' AND position = 2");
    tell(&["verifier-journal"], 1);
    insta::assert_snapshot!(all);
}
