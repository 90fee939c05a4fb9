use super::*;
use crate::rate::Rate;
use std::time::Duration;

fn parse(text: &str) -> Result<Config, Vec<ConfigProblem>> {
    Config::parse(text, Path::new("relance.toml"))
}

fn problems(text: &str) -> String {
    let found = parse(text).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_default_file_is_right_and_writes_to_a_folder() {
    let config = parse(DEFAULT_TEXT).expect("the default file parses");
    assert_eq!(config.segments.len(), 7);
    assert_eq!(config.email, EmailConfig::default());
    assert_eq!(config.sms, SmsConfig::default());
    assert_eq!(config.creditor.zone, Tz::Europe__Paris);
    assert_eq!(config.creditor.entity, "principale");
    assert_eq!(config.creditor.iban, None, "an empty text is absent");
}

#[test]
fn without_a_zone_the_creditor_lives_in_paris() {
    let without: Vec<&str> = DEFAULT_TEXT.lines().filter(|line| !line.starts_with("fuseau")).collect();
    assert_eq!(without.len() + 1, DEFAULT_TEXT.lines().count());
    assert_eq!(parse(&without.join("\n")).expect("no zone is needed").creditor.zone, Tz::Europe__Paris);
}

#[test]
fn the_demo_pack_is_right() {
    let text = include_str!("../../../../scenarios/relance.toml");
    let config = parse(text).unwrap_or_else(|p| panic!("{p:#?}"));
    assert!(config.person("Direction").is_some());
    assert!(config.creditor.iban.is_some());
}

#[test]
fn everything_is_read() {
    let config = parse(
        r#"
        segments = ["vip"]
        [creancier]
        nom = "Dupont & Fils"
        iban = "fr76 3000 6000 0112 3456 7890 189"
        fuseau = "Indian/Reunion"
        [personnes.direction]
        nom = "J. Martin"
        email = "jm@exemple.fr"
        [personnes."comptabilité"]
        telephone = "01 02 03 04 05"
        [email]
        mode = "smtp"
        hote = "smtp.exemple.fr"
        utilisateur = "moi"
        mot_de_passe_env = "MDP"
        autorite = "ca.pem"
        [sms]
        mode = "http"
        base_url = "https://sms.exemple.fr/"
        compte = "AC1"
        jeton_env = "JETON"
        expediteur = "Dupont"
        [paiement]
        lien = "https://p.exemple.fr/{numero}?a=1"
        [calendrier]
        fermetures = ["24/12/2026", "du 03/08/2026 au 21/08/2026"]
        [import]
        mode = "postes_ouverts"
        [import.factures.colonnes]
        numero = "N° pièce"
    "#,
    )
    .unwrap_or_else(|p| panic!("{p:#?}"));
    let smtp = config.email.smtp.as_ref().expect("smtp");
    assert_eq!((smtp.port, smtp.security, smtp.connections), (587, Security::StartTls, 4));
    let Some(SmsService::Twilio(twilio)) = &config.sms.service else { panic!("{:?}", config.sms) };
    assert_eq!(twilio.base_url, "https://sms.exemple.fr");
    assert_eq!(config.creditor.iban.as_deref(), Some("FR7630006000011234567890189"));
    assert_eq!(config.import.mode, ImportMode::OpenItems);
    assert_eq!(config.import.columns["factures"]["numero"], "N° pièce");
    let closings: Vec<String> = config.closings.iter().map(|c| format!("{} {}", c.from, c.to)).collect();
    assert_eq!(closings, ["2026-12-24 2026-12-24", "2026-08-03 2026-08-21"]);
    assert_eq!(config.role_names(), ["comptabilité", "direction", "juridique", "commercial"]);
    assert!(config.person("COMPTABILITE").is_some());
}

#[test]
fn all_mistakes_at_once_with_their_places() {
    insta::assert_snapshot!(problems(
        r#"segment = ["vip"]
segments = ["vip", "mauvais payeur", "VIP", "aucun", 3]
[creancier]
nmo = "Dupont"
iban = "FR7630006000011234567890188"
siren = "12"
fuseau = "Europe/Pari"
roles = ["achats"]
email = "pas une adresse"
[personnes.direction]
nom = "Sans adresse"
[email]
mode = "smpt"
hote = "smtp.exemple.fr"
[sms]
mode = "http"
base_url = "http://sms.exemple.fr"
jeton = "secret"
[paiement]
lien = "https://exemple.fr"
[import]
mode = 3
[import.facture.colonnes]
numero = "N°"
[tableau]
"#
    ));
}

#[test]
fn calendar_mistakes() {
    insta::assert_snapshot!(problems(
        r#"[creancier]
nom = "Dupont"
[calendrier]
fermeture = ["24/12/2026"]
fermetures = [
  "Noël",
  "31/02/2026",
  "du 21/08/2026 au 03/08/2026",
  "du 03/08/2026",
  "du 03/08/2026 au 21/08/2028",
  "",
]
"#
    ));
    assert!(problems("[creancier]\nnom = \"D\"\n[calendrier]\nfermetures = \"24/12/2026\"\n").contains("une liste"));
}

#[test]
fn smtp_mistakes() {
    insta::assert_snapshot!(problems(
        r#"[creancier]
nom = "Dupont"
[email]
mode = "smtp"
hote = "smtp.exemple.fr"
securite = "aucune"
port = 99999
connexions = "4"
utilisateur = "moi"
mot_de_passe = "azerty"
delai_secondes = 600
"#
    ));
}

#[test]
fn mistakes_about_whom_to_tell() {
    insta::assert_snapshot!(problems(
        r#"[creancier]
nom = "Dupont"
[service]
retours = "mailgun"
[[notifications]]
url = "http://erp.exemple.fr/relance"
secret = "azerty"
evenements = ["envoi", "solde"]
[[notifications]]
nom = "erp"
url = "https://erp.exemple.fr/relance"
secret_env = "ERP"
[[notifications]]
nom = "ERP"
url = "https://erp.exemple.fr/autre"
secret_env = "ERP"
[[alertes]]
pour = "direction"
[[alertes]]
pour = "direction"
courriel = "jeanne"
genre = "slack"
[[alertes]]
pour = "direction"
salon = "https://hooks.slack.com/services/secret"
salon_env = "SALON"
genre = "discord"
courriel = "jeanne@exemple.fr"
"#
    ));
}

#[test]
fn clear_text_is_for_this_machine_only() {
    let with = |host: &str| {
        parse(&format!(
            "[creancier]\nnom = \"D\"\n[email]\nmode = \"smtp\"\nhote = \"{host}\"\nsecurite = \"aucune\"\n"
        ))
    };
    for host in ["localhost", "127.0.0.1", "::1", "127.1.2.3"] {
        assert!(with(host).is_ok(), "{host}");
    }
    for host in ["10.0.0.1", "localhost.exemple.fr", "smtp"] {
        assert!(with(host).is_err(), "{host}");
    }
}

#[test]
fn mistakes_about_the_mailbox() {
    let replies = |text: &str| format!("[creancier]\nnom = \"D\"\n[reponses]\n{text}");
    let login = "utilisateur = \"moi\"\nmot_de_passe_env = \"MDP\"\n";
    let right =
        parse(&replies(&format!("imap = \"imap.exemple.fr\"\n{login}"))).expect("the rest has its usual values");
    let imap = right.replies.imap.expect("a server");
    assert_eq!((imap.port, imap.security, imap.folder.as_str()), (993, Security::Tls, "INBOX"));
    let starttls = parse(&replies(&format!("imap = \"a\"\nsecurite = \"starttls\"\n{login}"))).expect("right");
    assert_eq!(starttls.replies.imap.map(|imap| imap.port), Some(143));
    for (text, told) in [
        ("imap = \"imap.exemple.fr\"\n", "il manque `reponses.utilisateur`"),
        ("imap = \"imap.exemple.fr\"\nutilisateur = \"moi\"\n", "il manque `mot_de_passe_env`"),
        ("imap = \"imap.exemple.fr\"\nmot_de_passe = \"secret\"\n", "`mot_de_passe` ne s'écrit pas"),
        ("imap = \"imap.exemple.fr\"\nsecurite = \"aucune\"\n", "connexion sans chiffrement refusée"),
        ("imap = \"imap.exemple.fr\"\nmaildir = \"boite\"\n", "deux boîtes"),
        ("imap = \"imap.exemple.fr\"\ndosier = \"INBOX\"\n", "dossier"),
        ("maildir = \"boite\"\ndossier = \"INBOX\"\n", "`dossier` ne sert qu'avec `imap`"),
    ] {
        let found = problems(&replies(text));
        assert!(found.contains(told), "{text}\n{found}");
    }
}

#[test]
fn unreadable_files_never_panic() {
    insta::assert_snapshot!(problems("[creancier\nnom = \"Dupont\"\nnom = Dupont\n\u{0}é = [1,"));
    for text in ["", "\u{feff}", "=", "[", "a.b.c = 1", "[[creancier]]", "creancier = 3", "email = []\nsms = 1.5"] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_rate_is_a_number_and_a_span() {
    let rate = |text: &str| {
        let text = format!("[creancier]\nnom = \"X\"\n[email]\ndebit = \"{text}\"\n");
        Config::parse(&text, Path::new("relance.toml")).map(|config| config.email.rate.unwrap())
    };
    let minute = Duration::from_secs(60);
    assert_eq!(rate("60 par minute").unwrap(), Rate::new(60, minute));
    assert_eq!(rate("1 par seconde").unwrap(), rate("60 par minute").unwrap());
    assert_eq!(rate("3600 par heure").unwrap(), rate("60 par minute").unwrap());
    let wrong = [
        "60",
        "par minute",
        "-1 par minute",
        "0 par minute",
        "60 par jour",
        "60/minute",
        "3 par heure",
        "9999999999999 par seconde",
    ];
    let told = wrong.map(|text| rate(text).unwrap_err()[0].to_string());
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn doubts_are_settled_by_the_provider_or_a_person() {
    let doubts = |section: &str| parse(&format!("[creancier]\nnom = \"D\"\n{section}")).map(|config| config.doubts);
    assert_eq!(doubts(""), Ok(Doubts::Provider));
    assert_eq!(doubts("[envois]\n"), Ok(Doubts::Provider));
    assert_eq!(doubts("[envois]\ndoutes = \"fournisseur\"\n"), Ok(Doubts::Provider));
    assert_eq!(doubts("[envois]\ndoutes = \"personne\"\n"), Ok(Doubts::Person));
    let wrong = [
        "doutes = \"renvoyer\"",
        "doutes = \"personnes\"",
        "doutes = 3",
        "doute = \"personne\"",
        "debit = \"3 par heure\"",
    ];
    let told = wrong.map(|line| problems(&format!("[creancier]\nnom = \"D\"\n[envois]\n{line}\n")));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn mistakes_of_the_portal() {
    let of = |lines: &str| problems(&format!("[creancier]\nnom = \"D\"\n[espace]\n{lines}\n"));
    let told: Vec<String> = [
        "",
        "adresse = \"http://relance.example\"\nliens_env = \"LIENS\"",
        "adresse = \"https://relance.example/?a=1\"\nliens_env = \"LIENS\"",
        "adresse = \"https://relance.example\"\nliens_secret = \"azerty\"",
        "adresse = \"https://relance.example\"\nliens_env = \"pas une variable\"\nadrese = 1",
    ]
    .map(of)
    .to_vec();
    insta::assert_snapshot!(told.join("────\n"));
}

#[test]
fn mistakes_of_payment_links() {
    let of = |lines: &str| problems(&format!("[creancier]\nnom = \"D\"\n[paiement]\n{lines}\n"));
    let told: Vec<String> = [
        "lien = \"https://p.example/{numero}\"\npage = \"https://p.example\"",
        "page = \"http://p.example\"\nliens_env = \"LIENS\"",
        "page = \"https://p.example/?a=1\"\nliens_env = \"LIENS\"",
        "page = \"https://p.example\"",
        "lien = \"https://p.example/{numero}?m={somme}\"",
        "lien = \"https://p.example/{numero}?s={signature}&m={montant}\"\nliens_env = \"LIENS\"",
        "lien = \"https://p.example/{numero}?s={signature}\"",
        "lien = \"https://p.example/{numero}\"\nliens_env = \"LIENS\"",
        "lien = \"https://p.example/{numero}\"\nliens_secret = \"azerty\"",
    ]
    .map(of)
    .to_vec();
    insta::assert_snapshot!(told.join("────\n"));
}
