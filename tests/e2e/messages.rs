//! What messages say: mentions that lack, words that may not be sent, what scripts answer in them.

use crate::support::{Project, sent};
use std::fmt::Write;

const HARD: &str = "---
objet: Relance facture {{ facture.numero }}
ton: ferme
---
Bonjour {{ client.nom }},

Votre facture {{ facture.numero }} du {{ facture.date_emission|date }} n'est pas payée : {{ total|montant }}.
{% if relance.nombre > 2 %}
Sans règlement, un huissier procédera à la saisie de vos biens.
{% endif %}
{% if not b2b %}
Des frais de gestion de 15 € seront ajoutés.
{% endif %}
{% if facture.retard > 40 %}
Vous devez aussi 40 € d'indemnité forfaitaire et des pénalités de retard.
{% endif %}
";

/// The whole answer of `verifier`, for each plan.
fn told(project: &Project, plans: &[&str]) -> String {
    let mut all = String::new();
    for plan in plans {
        project.write("scenarios/plan.relance", plan);
        let done = project.run(&["verifier"]);
        writeln!(all, "──── {}\n{}", plan.trim_end(), done.told()).unwrap();
    }
    all
}

#[test]
fn what_a_message_may_not_say() {
    let project = Project::with("");
    project.write("modeles/email/dur.md", HARD);
    project.write("modeles/sms/court.md", "{{ creancier.nom }} : {{ total|montant }} pour {{ facture.numero }}.\n");
    insta::assert_snapshot!(told(
        &project,
        &[
            "à J+3 : sms court\nà J+20 : email dur\n",
            // Consumers get another plan: what the template says to them is never sent.
            "scénario particuliers\n  pour les factures où régime = b2c\n  à J+20 : email courtois\nscénario autres\n  à J+20 : email dur\n",
            "à J+20 si régime = b2b : email dur # accepte R0627 : ne s'accepte pas ici\n",
        ],
    ));
    // What may not be asked of a consumer does not run, either.
    project.write("scenarios/plan.relance", "à J+20 : email dur\n");
    let refused = project.run(&["executer", "--le", "2026-03-16"]).code(1);
    assert!(refused.err.contains("R0625"), "{refused:?}");
    let errors = project.run(&["verifier", "--format", "json"]).json();
    let first = errors.as_array().unwrap().iter().find(|found| found["code"] == "R0627").unwrap();
    assert_eq!((first["fichier"].as_str(), first["ligne"].as_u64()), (Some("modeles/email/dur.md"), Some(9)));
}

#[test]
fn what_a_message_has_to_say() {
    let project = Project::with("");
    project.write(
        "modeles/courrier/demeure.md",
        "---\nnature: mise_en_demeure\nton: mise_en_demeure\n---\nNous vous mettons en demeure de payer {{ total|montant }}.\n",
    );
    // Each branch says a part: what lacks depends on the invoice.
    let read = |file: &str| std::fs::read_to_string(project.path(file)).unwrap();
    let usual = read("modeles/email/ferme.md")
        .replace("{% include \"mentions_legales\" %}\n", &read("modeles/communs/mentions_legales.md"));
    let vip = usual.replace("{% if b2b %}", "{% if b2b and client.segment != \"vip\" %}");
    assert_ne!(vip, usual);
    project.write("modeles/email/vip.md", &vip);
    insta::assert_snapshot!(told(
        &project,
        &[
            "à J+10 : email courtois\nà J+30 : lettre_recommandée demeure\n",
            "à J+20 : email vip\n",
            "à J+20 si segment <> vip : email vip\n",
        ],
    ));
    // What is meant is said in the head of the template; what does nothing there is told.
    project.write(
        "modeles/email/vip.md",
        vip.replacen("---\n", "---\naccepte: R0629 : nos grands comptes ont renoncé\n", 1),
    );
    let plan = "à J+20 : email vip\n";
    project.write("scenarios/plan.relance", plan);
    assert_eq!(project.run(&["verifier"]).fine().out, "Tout est en ordre : 1 scénario, 34 modèles.\n");
    let wrong = "---\naccepte: R0630 : rien à voir\naccepte: R0629\naccepte: R0625 : tant pis\n";
    project.write("modeles/email/vip.md", usual.replacen("---\n", wrong, 1));
    insta::assert_snapshot!(told(&project, &[plan]));
}

/// Every template that `init` brings, to everybody, alone and grouped.
#[test]
fn the_ready_templates_say_what_they_have_to() {
    let project = Project::with("");
    for folder in ["email", "sms", "appel", "courrier"] {
        for file in project.path(&format!("modeles/{folder}")).read_dir().unwrap() {
            let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            // A translation is sent under the name of what it translates.
            if name.contains('.') {
                continue;
            }
            for grouping in ["", "regrouper par client\n"] {
                project.write(
                    "scenarios/plan.relance",
                    format!("{grouping}à J+2 : appel courtois\nà J+20 : {folder} {name}\n"),
                );
                let done = project.run(&["verifier", "--format", "court"]).code(0);
                assert_eq!(done.out, "", "{folder} {name} {grouping}");
            }
        }
    }
}

const SCRIPT: &str = "fn remise() { facture.reste_du * 0.05 }
fn limite(jours) { facture.date_echeance + jours }
fn ponctuel() { client.retard_moyen < 10 }
fn note() { arrondi(100 / (facture.reste_du - 5000), 2) }
";

const OFFER: &str = "---
objet: Offre {{ facture.numero }}
accepte: R0629 : une offre n'est pas une relance complète
---
{% if remise() %}
Remise de {{ remise()|montant }} jusqu'au {{ limite(30)|ou(\"bientôt\") }}.
{% endif %}
Client ponctuel : {{ ponctuel()|ou(\"on ne sait pas\") }}. Note : {{ note()|ou(\"aucune\") }}.
";

fn offers() -> Project {
    let project = Project::with("script \"scripts/offre.rhai\"\nà J+10 : email offre\n");
    project.write("scripts/offre.rhai", SCRIPT);
    project.write("modeles/email/offre.md", OFFER);
    project.write(
        "donnees/clients.csv",
        "code;nom;email\nC1;Menuiserie Valier;compta@valier.example\nC2;Garage Morin;compta@morin.example\n",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\nF2;C2;02/02/2026;04/03/2026;5 000,00\n",
    );
    project
}

#[test]
fn a_template_calls_the_scripts() {
    let project = offers();
    assert_eq!(project.run(&["verifier"]).fine().out, "Tout est en ordre : 1 scénario, 33 modèles.\n");
    let span = ["--du", "2026-03-13", "--au", "2026-03-17", "--format", "jsonl"];
    let simulated = project.run(&[&["simuler"][..], &span].concat()).fine().out;
    project.run(&["importer", "--le", "2026-03-13"]).fine();
    for day in 13..=17 {
        project.run(&["executer", "--le", &format!("2026-03-{day}")]);
    }
    let journal = project.run(&["journal", "--format", "jsonl"]).fine();
    assert_eq!(journal.out, simulated, "the simulation knows that a script fails in a message");
    assert_eq!(sent(&journal.lines(), "").len(), 1);
    let messages = project.messages("eml");
    let message = String::from_utf8(messages.into_values().next().unwrap()).unwrap();
    let text = mail_parser::MessageParser::default().parse(message.as_bytes()).unwrap();
    let body = text.body_text(0).unwrap().replace('\u{a0}', " ");
    assert!(body.contains("Remise de 60,00 € jusqu’au 03/04/2026."), "{body}");
    assert!(body.contains("Client ponctuel : on ne sait pas. Note : -0,03."), "{body}");
    insta::assert_snapshot!(project.run(&["etat", "--le", "2026-03-17"]).told());
    // A script that works again lets the message go.
    project.write("scripts/offre.rhai", SCRIPT.replace("- 5000", "- 1"));
    project.run(&["executer", "--le", "2026-03-18"]).fine();
    let all = project.journal();
    assert_eq!(sent(&all, "").last().map(|l| l["facture"].clone()), Some("F2".into()));
}

#[test]
fn a_call_that_cannot_be_is_told_at_its_place() {
    let project = offers();
    project.write(
        "modeles/email/offre.md",
        "---\nobjet: Offre {{ remize() }}\naccepte: R0629 : offre\n---\n{{ limite()|ou(\"\") }} {{ facture.numero }}\n",
    );
    let mut all = project.run(&["verifier"]).code(1).told();
    project.write(
        "modeles/email/offre.md",
        "---\nobjet: Offre\n---\n{{ montant(total) }} {{ limite(facture.retard) }} {{ facture(3) }} {% if note() > 3 %}x{% endif %} {{ client.nom() }}\n",
    );
    all.push_str(&project.run(&["verifier"]).code(1).told());
    // The answer may be unknown: a message that could not be written then is refused.
    project.write("modeles/email/offre.md", "---\nobjet: Offre\n---\nNote : {{ note() }}\n");
    all.push_str(&project.run(&["verifier"]).code(1).told());
    // No scenario names the script.
    project.write("modeles/email/offre.md", OFFER);
    project.write("scenarios/plan.relance", "à J+10 : email offre\n");
    all.push_str(&project.run(&["verifier"]).code(1).told());
    project.run(&["executer", "--le", "2026-03-16"]).code(1);
    insta::assert_snapshot!(all);
}
