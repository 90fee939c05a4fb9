//! Definition and references.

use crate::{FILE, Office, shown, with_files};
use relance_dsl::ide::{Target, definition, references};

fn check_in(marked: &str, others: &[(&str, &str)]) -> String {
    let (workspace, at) = with_files(marked, others);
    let text = |file: &str| workspace.text(file).unwrap().to_owned();
    let mut told = String::new();
    for target in definition(&workspace, &Office, FILE, at) {
        told.push_str(&match target {
            Target::Place { file, span } => format!("défini {file} {}\n", shown(&text(&file), span)),
            Target::Line { file, line } => format!("défini {file}, ligne {line}\n"),
        });
    }
    for (file, span) in references(&workspace, FILE, at, false) {
        told.push_str(&format!("employé {file} {}\n", shown(&text(&file), span)));
    }
    told
}

fn check(marked: &str) -> String {
    check_in(marked, &[])
}

#[test]
fn stages_of_one_scenario_only() {
    insta::assert_snapshot!(check(
        "scénario a\nà J+3 : aller à f▮in_a\nsi passée_par(fin_a) alors note \"x\"\nétape Fin_A\nfin\nscénario b\npour les factures où montant > 3 €\nà J+3 : aller à fin_a\nétape fin_a\nfin\ntest \"x\"\navec a\nfacture F1 de 3 € échue le 03/03/2026\nle 06/03/2026 : saut à fin_a\nétat final fin_a"
    ));
}

#[test]
fn segments_fields_and_constants_of_all_files() {
    let other = [(
        "scenarios/autre.relance",
        "segment risque : si client.retard_moyen > seuil\nchamp secteur : texte\nconstante seuil : 20j\n",
    )];
    insta::assert_snapshot!(check_in("si segment = ris▮que alors appel", &other));
    insta::assert_snapshot!(check_in("si sect▮eur = \"x\" alors appel", &other));
    insta::assert_snapshot!(check_in("si retard > se▮uil alors appel", &other));
}

#[test]
fn scenarios_scripts_and_templates() {
    insta::assert_snapshot!(check(
        "scénario a\nà J+3 : appel\ntest \"x\"\navec ▮a\nfacture F1 de 3 € échue le 03/03/2026\nétat final plan"
    ));
    insta::assert_snapshot!(check("script \"scripts/ris▮que.rhai\"\nà J+3 : appel"));
    insta::assert_snapshot!(check("script \"scripts/risque.rhai\"\nsi retard > 3j et risque_▮eleve() alors appel"));
    insta::assert_snapshot!(check("à J+3 : email f▮erme\nà J+30 : email \"ferme\""));
}

#[test]
fn nothing_to_go_to() {
    assert_eq!(check("à J+3 : em▮ail ferme"), "");
}
