//! The page to which a link in a message leads: what is owed, to whom, how; nothing of anybody else's.

use crate::support::Project;
use crate::support::mail::read;
use crate::support::service::{Running, until};

const SECRET: (&str, &str) = ("RELANCE_LIENS", "de quoi signer les liens");
const SPACE: (&str, &str) = ("RELANCE_ESPACE", "de quoi signer d'autres liens");
const NOTICES: (&str, &str) = ("RELANCE_AVIS", "whsec_un_secret_assez_long");
const TEMPLATE: &str = "---\nobjet: Vos factures\n---\nBonjour,\n\nTout régler : {{ lien_paiement|ou(\"?\") }}\n\n\
                        {% for f in factures %}\n- {{ f.numero }} : {{ f.montant_exigible }}, {{ f.lien_paiement|ou(\"?\") }}\n{% endfor %}\n\n\
                        Répondre : {{ lien_espace|ou(\"?\") }}\n";

/// Two late invoices of one client in one message, a third of another one.
fn project() -> Project {
    let project = Project::with("regrouper par client\nà J+15 : email relance_essai\n");
    project.write("modeles/email/relance_essai.md", TEMPLATE);
    project.write(
        "donnees/clients.csv",
        "code;nom;segment;email\nC1;<b>Zoé</b> & Cie;regulier;zoe@client.example\nC2;Luc;regulier;luc@client.example\n",
    );
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc;libelle\n\
                    F1;C1;02/02/2026;04/03/2026;120,00;Révision <annuelle>\nF2;C1;02/02/2026;04/03/2026;80,00;\n\
                    F3;C2;02/02/2026;04/03/2026;50,00;\n";
    project.write("donnees/factures.csv", invoices);
    let settings = format!(
        "[espace]\nadresse = \"https://relance.exemple.fr\"\nliens_env = \"{}\"\n[paiement]\npage = \"https://payer.exemple.fr\"\nliens_env = \"{}\"\n",
        SPACE.0, SECRET.0
    );
    project.replace("relance.toml", "[paiement]\n", &settings);
    project.replace("relance.toml", "iban = \"\"\n", "iban = \"FR76 3000 6000 0112 3456 7890 189\"\n");
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run_with(&[SECRET, SPACE], &["executer", "--le", "2026-03-19"]).fine();
    project
}

/// The addresses in the message to a client that begin so, in their order.
fn addresses(project: &Project, to: &str, begin: &str) -> Vec<String> {
    let letters = project.messages("eml").values().map(|bytes| read(bytes)).collect::<Vec<_>>();
    let letter = letters.iter().find(|letter| letter.to.iter().any(|own| own == to)).unwrap();
    letter.text.split_whitespace().filter(|word| word.starts_with(begin)).map(str::to_owned).collect()
}

fn links(project: &Project, to: &str) -> Vec<String> {
    addresses(project, to, "https://payer")
}

#[test]
fn every_message_brings_its_recipients_own_link_to_the_clients_page() {
    let project = project();
    let of = |to: &str| addresses(&project, to, "https://relance.exemple.fr/espace/");
    let (one, other) = (of("zoe@client.example"), of("luc@client.example"));
    assert_eq!((one.len(), other.len()), (1, 1), "{one:?} {other:?}");
    assert_ne!(one, other);
    project.replace("relance.toml", SPACE.0, "RELANCE_AUTRE");
    let refused = project.run_with(&[SECRET, SPACE], &["executer", "--le", "2026-03-20"]).code(3);
    insta::assert_snapshot!(refused.err);
}

fn path(link: &str) -> &str {
    link.strip_prefix("https://payer.exemple.fr").unwrap()
}

/// The day on which a page is read.
fn today(page: &str) -> &str {
    page.split_once("Situation au ").map_or("", |(_, rest)| rest.split('.').next().unwrap_or_default())
}

/// A page as its reader sees it: without its style and its drawing.
fn seen(html: &str) -> String {
    let (head, rest) = html.split_once("<style>").unwrap();
    let rest = rest.split_once("</style>").unwrap().1;
    let mut seen = [head, rest].concat();
    if let (Some(start), Some(end)) = (seen.find("<svg"), seen.find("</svg>")) {
        seen.replace_range(start..end + 6, "[code]");
    }
    let day = today(&seen).to_owned();
    if day.is_empty() { seen } else { seen.replace(&day, "[jour]") }
}

#[test]
fn a_link_shows_what_is_owed_until_it_is_paid() {
    let project = project();
    let links = links(&project, "zoe@client.example");
    assert_eq!(links.len(), 3, "{links:?}");
    let service = Running::start_with(&project, &[SECRET, SPACE, NOTICES], &[]);
    let (status, both) = service.page(path(&links[0]));
    assert_eq!(status, 200);
    insta::assert_snapshot!("les_deux", seen(&both));
    let (_, one) = service.page(path(&links[1]));
    insta::assert_snapshot!("une_seule", seen(&one));
    // A part is disputed, the other one is paid.
    let news = "date;type;facture;montant;detail\n19/03/2026;litige;F2;30,00;prix\n";
    project.write("donnees/evenements.csv", news);
    project.write("donnees/reglements.csv", "date;client;facture;montant\n19/03/2026;C1;F1;120,00\n");
    project.run(&["importer"]).fine();
    until("the payment is seen", || service.page(path(&links[1])).1.contains("Cette facture est réglée."));
    let (_, both) = service.page(path(&links[0]));
    assert!(both.contains("50,00") && both.contains("réglée"), "{both}");
}

#[test]
fn no_change_of_a_link_shows_anything() {
    let project = project();
    let service = Running::start_with(&project, &[SECRET, SPACE], &[]);
    let (one, other) = (links(&project, "zoe@client.example"), links(&project, "luc@client.example"));
    let (claim, mark) = path(&one[1]).rsplit_once('.').unwrap();
    let (strange, _) = path(&other[1]).rsplit_once('.').unwrap();
    let longer = format!("{claim}AA.{mark}");
    let capital = claim.replacen('C', "D", 1);
    for changed in [
        claim.to_owned(),
        format!("{strange}.{mark}"),
        longer,
        format!("{claim}.{}", "A".repeat(22)),
        format!("{capital}.{}x", &mark[..mark.len() - 1]),
        "/payer/".to_owned(),
        "/payer/../metriques".to_owned(),
        "/payer/%00".to_owned(),
        format!("/payer/{}", "A".repeat(10_000)),
    ] {
        let (status, text) = service.page(&changed);
        assert_eq!(status, 404, "{changed}");
        assert!(text.contains("Ce lien ne mène à aucune facture") && !text.contains("F1"), "{changed}\n{text}");
    }
    let (status, _) = service.ask("POST", path(&one[0]), "X-Rien: rien", "");
    assert_eq!(status, 405);
    drop(service);
    // Without the secret nothing leaves with a link that nobody can open.
    let refused = project.run(&["executer", "--le", "2026-03-20"]).code(3);
    insta::assert_snapshot!(refused.err);
}
