//! Messages shown before they leave.

use crate::support::Project;
use mail_parser::MessageParser;

const PLAN: &str = "script \"scripts/mots.rhai\"\nregrouper par client\nà J+15 : email ferme\n";
const SCRIPT: &str = "fn mot() { if facture.retard > 10 { \"vite\" } else { \"bientôt\" } }\n";
const TEMPLATE: &str = "---
objet: {{ nombre }} à régler {{ mot()|ou(\"vite\") }}
---
Bonjour {{ client.nom }},

{% for f in factures %}
- {{ f.numero }} : {{ f.reste_du|montant }}, {{ f.retard|jours }}
{% endfor %}

Merci de régler {{ mot()|ou(\"vite\") }} : {{ total|montant }}. Déjà {{ relance.nombre }} {{ relance.nombre|pluriel(\"relance\") }}.
";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C1;10/02/2026;04/03/2026;348,90
F3;C2;02/02/2026;04/03/2026;99,00
";
const CLIENTS: &str = "code;nom;segment;email;telephone
C1;Menuiserie <b>*Valier*</b> {{ 7*7 }};mauvais_payeur;compta@valier.example;01 99 00 12 34
C2;Crème & Châtaigne;regulier;;06 39 98 45 67
";

fn project() -> Project {
    let project = Project::with(PLAN);
    project.write("scripts/mots.rhai", SCRIPT);
    project.write("modeles/email/ferme.md", TEMPLATE);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project
}

const GROUPED: [&str; 8] = ["apercu", "email/ferme", "--facture", "F1", "--facture", "F2", "--le", "2026-03-19"];

/// What is shown is what leaves: from the files before any import, from the base, and in the message itself.
#[test]
fn what_is_shown_is_what_leaves() {
    let project = project();
    let as_json = [&GROUPED[..], &["--format", "json"]].concat();
    let before = project.run(&as_json).fine().json();
    project.run(&["importer", "--le", "2026-03-18"]).fine();
    let shown = project.run(&as_json).fine().json();
    assert_eq!(before, shown);
    let mut read = shown.clone();
    read["html"] = "…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&read).unwrap());
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    let sent = project.messages("eml");
    let mut bodies = sent.values().map(|bytes| {
        let mail = MessageParser::default().parse(bytes).unwrap();
        let subject = mail.subject().unwrap().to_owned();
        (subject, mail.body_text(0).unwrap().replace("\r\n", "\n"), mail.body_html(0).unwrap().replace("\r\n", "\n"))
    });
    let told = |key: &str| shown[key].as_str().unwrap().to_owned();
    assert!(bodies.any(|body| body == (told("objet"), told("texte"), told("html"))), "{shown:#}");
}

#[test]
fn messages_shown_to_a_person() {
    let project = project();
    let mut told = String::new();
    for args in [
        &GROUPED[..],
        &["apercu", "email/ferme", "--facture", "F3", "--le", "2026-03-19"],
        &["apercu", "sms/rappel", "--facture", "F3", "--le", "2026-03-19"],
        &["apercu", "appel/courtois", "--facture", "F1", "--le", "2026-03-19"],
        &["apercu", "lettre_recommandée/mise_en_demeure", "--facture", "F3", "--le", "2026-04-19"],
        &["apercu", "remerciement"],
        &["apercu", "sms/ferme", "--regime", "b2c"],
    ] {
        let done = project.run(args).fine();
        told.push_str(&format!("──── relance {}\n{}{}\n", args.join(" "), done.err, done.out));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_cannot_be_shown_is_explained() {
    let project = project();
    let mut told = String::new();
    for args in [
        &["apercu"][..],
        &["apercu", "ferme"],
        &["apercu", "email/fermme"],
        &["apercu", "pigeon/ferme"],
        &["apercu", "email/ferme", "--facture", "F9"],
        &["apercu", "email/ferme", "--facture", "F1", "--facture", "F3", "--le", "2026-03-19"],
        &["apercu", "email/ferme", "--facture", "F1", "--le", "2026-01-01"],
        &["apercu", "email/ferme", "--le", "2026-03-19"],
        &["apercu", "email/ferme", "--facture", "F1", "--regime", "b2c"],
    ] {
        let done = project.run(args);
        let code = done.code.unwrap();
        assert_ne!(code, 0, "{args:?}");
        told.push_str(&format!("──── relance {} ({})\n{}{}\n", args.join(" "), code, done.err, done.out));
    }
    // A settled invoice can be looked at, with a warning.
    project.write("donnees/reglements.csv", "date;client;facture;montant\n10/03/2026;C2;F3;99,00\n");
    let done = project.run(&["apercu", "sms/rappel", "--facture", "F3", "--le", "2026-03-19"]).code(0);
    told.push_str(&format!("──── soldée\n{}{}\n", done.err, done.out));
    insta::assert_snapshot!(told);
}

#[test]
fn a_page_for_the_browser() {
    let project = project();
    let page = project.path("apercu.html").display().to_string();
    let done = project.run(&[&GROUPED[..], &["--format", "html", "--sortie", &page]].concat()).fine();
    assert!(done.out.starts_with("Écrit : "), "{done:?}");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.starts_with("<!DOCTYPE html>") && html.contains("Menuiserie &lt;b&gt;*Valier*&lt;/b&gt; {{ 7*7 }}"),
        "{html}"
    );
    let sms =
        project.run(&["apercu", "sms/rappel", "--facture", "F3", "--le", "2026-03-19", "--format", "html"]).fine().out;
    assert!(sms.contains("<html lang=\"fr\">") && sms.contains("border-radius"), "{sms}");
    let nowhere = project.path("absent/apercu.html").display().to_string();
    let done = project.run(&["apercu", "sms/rappel", "--sortie", &nowhere]).code(3);
    assert!(done.err.contains("absent"), "{done:?}");
}

/// A client who reads English gets the translation, in the preview as in the message; the others get the template.
#[test]
fn a_client_is_written_to_in_its_language() {
    let project = project();
    let english = "---\nobjet: {{ nombre }} to pay\n---\nDear {{ client.nom }},\n\n{{ total|montant }} was due on {{ facture.date_echeance|date }}.\n";
    project.write("modeles/email/ferme.en.md", english);
    let clients = "code;nom;segment;email;telephone;langue\nC1;Valier;mauvais_payeur;compta@valier.example;;en-GB\n\
                   C2;Crème;regulier;compta@creme.example;;\n";
    project.write("donnees/clients.csv", clients);
    let preview = ["apercu", "email/ferme", "--facture", "F2", "--le", "2026-03-19", "--format", "json"];
    let shown = project.run(&preview).fine().json();
    assert_eq!((shown["langue"].as_str(), shown["objet"].as_str()), (Some("en"), Some("1 to pay")));
    assert!(shown["texte"].as_str().unwrap().contains("€348.90 was due on 4\u{a0}Mar\u{a0}2026."), "{shown:#}");
    let other = project.run(&[&preview[..], &["--langue", "de"]].concat());
    assert!(other.err.contains("ce modèle n’existe pas en `de`, il part en `fr`"), "{other:?}");
    project.run(&["importer", "--le", "2026-03-18"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    let sent = project.messages("eml");
    let pages: Vec<String> = sent
        .values()
        .map(|bytes| MessageParser::default().parse(bytes).unwrap().body_html(0).unwrap().to_string())
        .collect();
    let of = |lang: &str| pages.iter().filter(|page| page.contains(&format!("<html lang=\"{lang}\""))).count();
    assert_eq!((pages.len(), of("en"), of("fr")), (2, 1, 1), "{pages:?}");
}
