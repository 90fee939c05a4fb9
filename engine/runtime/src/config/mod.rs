//! `relance.toml`: who the creditor is, how messages leave, where figures come from.

mod access;
mod calendar;
mod channels;
mod described;
mod dkim;
mod imap;
pub mod nearest;
mod notify;
mod payment;
mod penalties;
mod portal;
mod reader;
mod registered;
mod replies;
mod senders;
mod sms;
mod tracking;

pub use access::{AccessConfig, FourEyes, OidcConfig};
pub use channels::{BounceForm, BouncesConfig, Doubts, EmailConfig, Security, SmtpConfig};
pub(crate) use described::{DOCUMENT, places};
pub use described::{DescribedConfig, Encoding, Meaning, Method, Taken};
pub use dkim::DkimConfig;
pub use imap::ImapConfig;
pub(crate) use notify::is_safe;
pub use notify::{AlertConfig, AlertWay, NotificationConfig, RoomKind};
pub use payment::{LinkForm, NoticesCount, PaymentConfig, PaymentNotices};
pub use portal::PortalConfig;
pub use reader::ConfigProblem;
pub use registered::RegisteredConfig;
pub use replies::{MarkConfig, RepliesConfig};
pub use senders::EmailSender;
pub use sms::{SmsConfig, SmsService, TwilioConfig};
pub use tracking::{LetterNews, TrackingConfig};

use crate::template::Colour;
use chrono_tz::Tz;
use reader::{Section, Source};
use relance_core::calendar::Closing;
use relance_core::interest::Terms;
use relance_core::schema::fold;
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::DeTable;

/// The commented file that `relance init` writes. It parses.
pub const DEFAULT_TEXT: &str = include_str!("defaut.toml");

/// Keys and sections of the top of the file.
const TOP: [&str; 3] = ["segments", "roles", "conservation"];

/// Ten years: accounting documents and their vouchers (Code de commerce, art. L. 123-22).
const RETENTION: u32 = 120;

/// A project's settings.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// `[creancier]`.
    pub creditor: Creditor,
    /// `segments`: the words that `segment = …` may name; `aucun` exists besides.
    pub segments: Vec<String>,
    /// `roles`: the clients' contact roles that scenarios may name after `à` and `copie`.
    pub roles: Vec<String>,
    /// `conservation`: how many months after its last movement a client's file can be erased.
    pub retention: u32,
    /// `[personnes]`: people of the company by role, targets of `alerter` and `copie`.
    pub people: BTreeMap<String, Person>,
    /// `[calendrier] fermetures`: days on which the company is closed, as no holiday of the calendar says.
    pub closings: Vec<Closing>,
    /// `[email]`.
    pub email: EmailConfig,
    /// `[sms]`.
    pub sms: SmsConfig,
    /// `[recommandes]`: the service that takes registered letters; without it a person posts them.
    pub registered: Option<RegisteredConfig>,
    /// `[reponses]`.
    pub replies: RepliesConfig,
    /// `[envois] doutes`: who says whether a message in doubt has left.
    pub doubts: Doubts,
    /// `[paiement]`.
    pub payment: PaymentConfig,
    /// `[espace]`: where a client's contacts come to the client's page, out of messages; none when no message leads there.
    pub portal: Option<PortalConfig>,
    /// `[penalites]`: the creditor's own terms.
    pub penalties: Terms,
    /// `[import]`.
    pub import: ImportConfig,
    /// `[[notifications]]`: systems of the company that are told of journal lines.
    pub notifications: Vec<NotificationConfig>,
    /// `[[alertes]]`: how `alerter` reaches people.
    pub alerts: Vec<AlertConfig>,
    /// `[service] rappel_env`: the environment variable that holds the secret of those who tell what became of messages.
    pub callback_env: Option<String>,
    /// `[service] retours_env`: who may tell of messages that came back.
    pub bounces: Option<BouncesConfig>,
    /// `[service] suivi_env`: the environment variable that holds the secret of those who tell what became of letters.
    pub letters_env: Option<String>,
    /// `[suivi]`: the service that is asked what became of registered letters.
    pub tracking: Option<TrackingConfig>,
    /// `[acces]`: how people come in, and what takes two of them.
    pub access: AccessConfig,
}

/// The company that sends the invoices.
#[derive(Clone, PartialEq, Debug)]
pub struct Creditor {
    /// Its name, exactly as on its bank account: banks compare it (VoP).
    pub name: String,
    /// SIREN.
    pub siren: Option<String>,
    /// Postal address, lines separated by `\n`.
    pub address: Option<String>,
    /// Telephone of whoever answers about payments.
    pub phone: Option<String>,
    /// Address of whoever answers about payments and disputes.
    pub email: Option<String>,
    /// Web site.
    pub site: Option<String>,
    /// IBAN, without blanks.
    pub iban: Option<String>,
    /// BIC.
    pub bic: Option<String>,
    /// Who signs.
    pub signatory: Option<String>,
    /// The colour of its messages.
    pub colour: Option<Colour>,
    /// The file of its logo, in the project.
    pub logo: Option<String>,
    /// Time zone of dates and sending hours.
    pub zone: Tz,
    /// Which of the company's entities this project is.
    pub entity: String,
}

/// Somebody of the company.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// Where the balances come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ImportMode {
    /// Payments, credit notes … one by one (`reglements.csv`).
    #[default]
    Movements,
    /// The balance column of a list of open items.
    OpenItems,
}

/// `[import]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportConfig {
    /// `mode`.
    pub mode: ImportMode,
    /// Per kind of file (`factures`, `clients`, `reglements`, `evenements`): our field → the heading of the file.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
}

impl Config {
    /// Reads the whole file and reports everything that is wrong in it; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Config, Vec<ConfigProblem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source::new(text, path.to_string_lossy().replace('\\', "/"));
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let (message, help) = explain(error.message());
            source.report(error.span().map_or(0, |s| s.start), message, Some(help));
        }
        // A file that is not TOML gives a partial table: what is missing from it says nothing.
        let config = errors.is_empty().then(|| read(&source, table.get_ref())).flatten();
        let problems = source.into_problems();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(problems),
        }
    }

    /// The person of the company who has this role; case and accents do not count.
    pub fn person(&self, role: &str) -> Option<&Person> {
        let wanted = fold(role);
        self.people.iter().find(|(name, _)| fold(name) == wanted).map(|(_, person)| person)
    }

    /// Every address of the company that the settings name, in small letters: what comes from them is no client's answer.
    pub fn own_addresses(&self) -> Vec<String> {
        let of_the_company = [&self.creditor.email, &self.email.sender, &self.email.reply_to].into_iter().flatten();
        let of_people = self.people.values().filter_map(|person| person.email.as_ref());
        let senders = self.email.senders.iter().map(|sender| &sender.address);
        let alerted = self.alerts.iter().filter_map(|alert| match &alert.way {
            AlertWay::Mail(address) => Some(address),
            AlertWay::Room(..) => None,
        });
        let marked = self.replies.mark.iter().map(|mark| &mark.address);
        of_the_company
            .chain(of_people)
            .chain(senders)
            .chain(marked)
            .chain(alerted)
            .map(|address| address.trim().to_lowercase())
            .collect()
    }

    /// Whom of the company the settings have told, by the names that the base and `etat` give them.
    pub fn addressees(&self) -> Vec<String> {
        let systems = self.notifications.iter().map(NotificationConfig::label);
        systems.chain(self.alerts.iter().map(AlertConfig::label)).collect()
    }

    /// Every role that a scenario may name: the clients' and the company's.
    pub fn role_names(&self) -> Vec<String> {
        let mut names = self.roles.clone();
        for name in self.people.keys() {
            if !names.iter().any(|known| fold(known) == fold(name)) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// The parser's English in the words of the file's reader.
fn explain(message: &str) -> (String, String) {
    let said = |text: &str| text.to_owned();
    if message.contains("duplicate key") {
        (said("clé écrite deux fois"), said("gardez une seule des deux lignes"))
    } else if message.contains("string") || message.contains("quote") {
        (said("texte mal écrit"), said("un texte s'écrit entre guillemets droits : nom = \"Dupont SA\""))
    } else {
        (said("ligne illisible"), said("une ligne s'écrit `clé = \"texte\"` ou `clé = 4`, une section `[email]`"))
    }
}

fn read(source: &Source<'_>, table: &DeTable<'_>) -> Option<Config> {
    let mut top = Section::top(source, table);
    let segments = words(&mut top, "segments", &["aucun"]).unwrap_or_default();
    let roles = words(&mut top, "roles", &[])
        .unwrap_or_else(|| ["comptabilité", "direction", "juridique", "commercial"].map(str::to_owned).to_vec());
    let retention = retention(&mut top).unwrap_or(RETENTION);
    let creditor = match top.section("creancier") {
        Some(section) => creditor(section),
        None => {
            top.report(0, "il manque la section [creancier]", Some("elle donne au moins votre `nom`".into()));
            None
        }
    };
    let people = top.section("personnes").map(people).unwrap_or_default();
    let closings = top.section("calendrier").map(calendar::closings).unwrap_or_default();
    let email = top.section("email").map_or_else(|| Some(EmailConfig::default()), channels::email);
    let sms = top.section("sms").map_or_else(|| Some(SmsConfig::default()), sms::sms);
    let registered = top.section("recommandes").and_then(registered::registered);
    let elsewhere = email.as_ref().is_some_and(|email| email.reply_to.is_some());
    let replies = top.section("reponses").map(|section| replies::replies(section, elsewhere)).unwrap_or_default();
    let doubts = top.section("envois").map(channels::doubts).unwrap_or_default();
    let penalties = top.section("penalites").map(penalties::penalties).unwrap_or_default();
    let import = top.section("import").map(import).unwrap_or_default();
    let payment = top.section("paiement").map(|section| payment::payment(section, import.mode)).unwrap_or_default();
    let portal = top.section("espace").and_then(portal::portal);
    let (callback_env, bounces, letters_env) = top.section("service").map(channels::service).unwrap_or_default();
    let tracking = top.section("suivi").and_then(tracking::tracking);
    let access = top.section("acces").map(access::access).unwrap_or_default();
    let notifications = notify::notifications(top.tables("notifications"));
    let alerts = notify::alerts(top.tables("alertes"));
    top.finish(&[], &[]);
    let (creditor, email, sms) = (creditor?, email?, sms?);
    Some(Config {
        creditor,
        segments,
        roles,
        retention,
        people,
        closings,
        email,
        sms,
        registered,
        replies,
        doubts,
        payment,
        portal,
        penalties,
        import,
        notifications,
        alerts,
        callback_env,
        bounces,
        letters_env,
        tracking,
        access,
    })
}

/// `conservation = "10 ans"`, in months.
fn retention(top: &mut Section<'_, '_>) -> Option<u32> {
    let text = top.text("conservation")?;
    let (number, unit) = text.value.split_once(char::is_whitespace).unwrap_or((&text.value, ""));
    let months = match (number.parse::<u32>(), unit.trim()) {
        (Ok(years @ 1..=50), "an" | "ans") => Some(years * 12),
        (Ok(months @ 1..=600), "mois") => Some(months),
        _ => None,
    };
    if months.is_none() {
        let help = "exemples : conservation = \"10 ans\", conservation = \"18 mois\" ; 50 ans au plus";
        top.report(text.at, format!("durée de conservation illisible `{}`", text.value), Some(help.to_owned()));
    }
    months
}

/// A list of names that scenarios use as words.
fn words(top: &mut Section<'_, '_>, key: &'static str, reserved: &[&str]) -> Option<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for word in top.texts(key)? {
        let name = word.value;
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(char::is_numeric);
        if name.is_empty() || !plain {
            let help = "un nom s'écrit avec des lettres, des chiffres et `_`, sans espace : mauvais_payeur";
            top.report(word.at, format!("nom incorrect `{name}` dans `{key}`"), Some(help.to_owned()));
        } else if reserved.contains(&fold(&name).as_str()) {
            let help = "c'est le nom que Relance donne à l'absence de segment : retirez-le de la liste";
            top.report(word.at, format!("`{name}` est réservé"), Some(help.to_owned()));
        } else if found.iter().any(|other| fold(other) == fold(&name)) {
            top.report(word.at, format!("`{name}` figure deux fois dans `{key}`"), Some("retirez-en un".to_owned()));
        } else {
            found.push(name);
        }
    }
    Some(found)
}

fn creditor(mut section: Section<'_, '_>) -> Option<Creditor> {
    let name = section.required("nom", "écrivez nom = \"…\", exactement comme sur votre compte bancaire");
    let siren = section.text("siren").map(|text| {
        let digits: String = text.value.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            section.report(text.at, "un SIREN a neuf chiffres", Some("exemple : siren = \"552 100 554\"".to_owned()));
        }
        digits
    });
    let iban = section.text("iban").map(|text| {
        let iban: String = text.value.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        if !is_iban(&iban) {
            let help = "recopiez-le depuis votre RIB : une erreur enverrait vos clients payer ailleurs";
            section.report(text.at, "la clé de contrôle de cet IBAN est fausse", Some(help.to_owned()));
        }
        iban
    });
    let zone = section.text("fuseau").and_then(|text| match text.value.parse::<Tz>() {
        Ok(zone) => Some(zone),
        Err(_) => {
            let names: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
            let known = nearest::nearest(&text.value, names).unwrap_or("Europe/Paris");
            let help = format!("vouliez-vous dire `{known}` ?");
            section.report(text.at, format!("fuseau horaire inconnu `{}`", text.value), Some(help));
            None
        }
    });
    let email = section.text("email").map(|text| channels::address(&section, text));
    let colour = section.text("couleur").and_then(|text| {
        let colour = Colour::parse(&text.value);
        if colour.is_none() {
            let help = "six chiffres hexadécimaux après un dièse : couleur = \"#1f4e79\"";
            section.report(text.at, format!("couleur illisible `{}`", text.value), Some(help.to_owned()));
        }
        colour
    });
    let creditor = Creditor {
        name: name.map(|text| text.value).unwrap_or_default(),
        siren,
        address: section.plain("adresse"),
        phone: section.plain("telephone"),
        email,
        site: section.plain("site"),
        iban,
        bic: section.plain("bic").map(|bic| bic.replace(char::is_whitespace, "").to_uppercase()),
        signatory: section.plain("signataire"),
        colour,
        logo: section.plain("logo"),
        zone: zone.unwrap_or(Tz::Europe__Paris),
        entity: section.plain("entite").unwrap_or_else(|| "principale".to_owned()),
    };
    section.finish(&TOP, &[]);
    Some(creditor)
}

/// ISO 13616: the country first, and the remainder of 97 equal to 1.
fn is_iban(iban: &str) -> bool {
    let shape = (15..=34).contains(&iban.len()) && iban.bytes().all(|b| b.is_ascii_alphanumeric());
    let (Some(head), Some(rest)) = (iban.get(..4), iban.get(4..)) else { return false };
    let remainder = rest.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0u32, |sum, digit| {
        let shifted = if digit < 10 { sum * 10 } else { sum * 100 };
        (shifted + digit) % 97
    });
    shape && remainder == 1
}

fn people(section: Section<'_, '_>) -> BTreeMap<String, Person> {
    let mut people = BTreeMap::new();
    for (role, mut entry) in section.sections() {
        let email = entry.text("email").map(|text| channels::address(&entry, text));
        let person = Person { name: entry.plain("nom"), email, phone: entry.plain("telephone") };
        if person.email.is_none() && person.phone.is_none() {
            let message = format!("`personnes.{role}` n'a ni `email` ni `telephone`");
            entry.report(entry.at, message, Some("sans l'un des deux, rien ne peut lui parvenir".to_owned()));
        }
        entry.finish(&TOP, &[]);
        people.insert(role, person);
    }
    people
}

fn import(mut section: Section<'_, '_>) -> ImportConfig {
    let modes = [("mouvements", ImportMode::Movements), ("postes_ouverts", ImportMode::OpenItems)];
    let mode = section.choice("mode", &modes).unwrap_or_default();
    let mut columns = BTreeMap::new();
    for kind in ["factures", "clients", "reglements", "evenements"] {
        let Some(mut file) = section.section(kind) else { continue };
        if let Some(mapping) = file.section("colonnes") {
            columns.insert(
                kind.to_owned(),
                mapping.entries().into_iter().map(|(name, text)| (name, text.value)).collect(),
            );
        }
        file.finish(&TOP, &[]);
    }
    section.finish(&TOP, &[]);
    ImportConfig { mode, columns }
}

#[cfg(test)]
mod tests;
