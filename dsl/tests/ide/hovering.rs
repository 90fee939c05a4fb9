//! Hover.

use crate::{FILE, Office, shown, with_cursor};
use relance_dsl::ide::hover;

/// The answer to each text.
fn each(texts: &[&str]) -> String {
    texts.iter().map(|marked| format!("{}\n────\n", check(marked))).collect()
}

fn check(marked: &str) -> String {
    let (workspace, at) = with_cursor(marked);
    match hover(&workspace, &Office, FILE, at) {
        Some(found) => format!("{}\n{}", shown(workspace.text(FILE).unwrap(), found.span), found.text),
        None => "rien".to_owned(),
    }
}

#[test]
fn facts_with_their_value() {
    insta::assert_snapshot!(each(&[
        "si ret▮ard >= 15j alors appel",
        "si client.retard_moyen▮ >= 15j alors appel",
        "si client.▮nom = \"x\" alors appel",
    ]));
}

#[test]
fn facts_in_a_broken_rule() {
    insta::assert_snapshot!(each(&["si rest▮e_dû >=  alors zorglub",]));
}

#[test]
fn names_of_the_project() {
    insta::assert_snapshot!(each(&[
        "champ secteur : texte\nsi sect▮eur = \"btp\" alors appel",
        "constante seuil : 100 €\nsi reste_dû > se▮uil alors appel",
        "segment risque : si client.retard_moyen > 20j\nsi segment = ris▮que alors appel",
        "si segment = v▮ip alors appel",
        "script \"scripts/risque.rhai\"\nsi retard > 3j et risque▮_eleve() alors appel",
        "scénario tr▮ucs \"Trucs\"\npour les factures où montant > 3 €\nà J+3 : aller à fini\nétape fini\nfin",
        "à J+3 : aller à fi▮ni\nà J+9 : aller à fini\nétape fini \"La fin\"\nfin",
    ]));
}

#[test]
fn templates() {
    insta::assert_snapshot!(each(&[
        "à J+3 : email fer▮me",
        "à J+3 : lettre_recommandée mise_▮en_demeure sans relance préalable",
    ]));
}

#[test]
fn rungs() {
    let plan = "à J+3 : email courtois\nà J+15 : email ferme\nsi retard >= 15j et segment = vip alors appel\nsi retard > 29j alors sms rappel\nà J+20 : note \"x\"\n";
    insta::assert_snapshot!(each(&[
        &plan.replacen("à J+15", "à J▮+15", 1),
        &plan.replacen("si retard > 29", "s▮i retard > 29", 1),
        &plan.replacen("à J+20", "▮à J+20", 1),
        "s▮i retard >= client.délai_habituel + 3j alors appel",
        "d▮ès que reste_dû > 3 € : appel",
        "à J+3 : aller à x\nétape x\n ap▮rès 8 jours ouvrés : appel\n tous les 3j (au plus 2 fois) : appel",
        "à J+3 : aller à x\nétape x\n après 8 jours ouvrés : appel\n to▮us les 3j (au plus 2 fois) : appel",
    ]));
}

#[test]
fn delays() {
    insta::assert_snapshot!(each(&[
        "à J+3 : appel puis après 2 jours o▮uvrés sms rappel",
        "si retard >= 1▮5j alors appel",
    ]));
}

#[test]
fn words_of_the_language() {
    assert_eq!(check("à J+3 : note \"re▮tard\""), "rien");
    assert_eq!(check("# re▮tard\nà J+3 : appel"), "rien");
    insta::assert_snapshot!(each(&[
        "sans pla▮fond\nà J+3 : appel",
        "au pl▮us 1 contact par jour par client\nà J+3 : appel",
        "à J+3 : email ferme à dé▮faut appel",
        "quand promesse rom▮pue : appel",
        "à J+3 : trans▮mettre \"x\"",
    ]));
}
