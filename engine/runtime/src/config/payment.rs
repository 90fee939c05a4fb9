//! `[paiement]`: the payment page, and what its provider tells.

use super::ImportMode;
use super::TOP;
use super::channels::secret;
use super::reader::Section;

/// `[paiement]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PaymentConfig {
    /// Where debtors pay.
    pub link: Option<LinkForm>,
    /// `liens_env`: the environment variable that holds the secret by which links are signed.
    pub link_secret_env: Option<String>,
    /// Who may tell of payments, with `secret_env`.
    pub notices: Option<PaymentNotices>,
}

/// Where debtors pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkForm {
    /// `lien`: the pattern of the address of a provider's page, with `{numero}` in it.
    Provider(String),
    /// `page`: the public address under which the service's own page can be reached.
    Page(String),
}

/// What the pattern of a link may hold.
const BLANKS: [&str; 6] = ["{numero}", "{client}", "{montant}", "{devise}", "{reference}", "{signature}"];

/// What a payment provider tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentNotices {
    /// `secret_env`: the environment variable that holds the secret of the provider's signatures.
    pub secret_env: String,
    /// `avis`.
    pub count: NoticesCount,
}

/// What a provider's notice of a payment counts for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoticesCount {
    /// It is the payment: the balance goes down at once.
    AsPayments,
    /// It announces the payment that the accounts will bring: the reminders wait.
    AsAnnounced,
}

/// Reads `[paiement]`; without `avis`, notices are payments where balances come from movements.
pub(super) fn payment(mut section: Section<'_, '_>, mode: ImportMode) -> PaymentConfig {
    let link_secret_env = secret(&mut section, "liens_env", "liens_secret");
    let link = link(&mut section, link_secret_env.is_some());
    let secret_env = secret(&mut section, "secret_env", "secret");
    let choices = [("reglement", NoticesCount::AsPayments), ("annonce", NoticesCount::AsAnnounced)];
    let usual = match mode {
        ImportMode::Movements => NoticesCount::AsPayments,
        ImportMode::OpenItems => NoticesCount::AsAnnounced,
    };
    let chosen = section.choice("avis", &choices);
    if mode == ImportMode::OpenItems && chosen == Some(NoticesCount::AsPayments) {
        let help = "écrivez avis = \"annonce\" : avec des postes ouverts, seul votre fichier dit ce qui est payé, et la facture se rouvrirait \
                    à l'import suivant";
        section.report(
            section.at,
            "`avis = \"reglement\"` demande `mode = \"mouvements\"` dans [import]",
            Some(help.to_owned()),
        );
    }
    if chosen.is_some() && secret_env.is_none() {
        let help = "donnez le nom de la variable qui contient le secret de signature de votre prestataire".to_owned();
        section.report(section.at, "`avis` ne sert à rien sans `secret_env` dans [paiement]", Some(help));
    }
    section.finish(&TOP, &["secret", "liens_secret"]);
    let notices = secret_env.map(|secret_env| PaymentNotices { secret_env, count: chosen.unwrap_or(usual) });
    PaymentConfig { link, link_secret_env, notices }
}

/// `lien` or `page`; `signs`: whether there is a secret to sign with.
fn link(section: &mut Section<'_, '_>, signs: bool) -> Option<LinkForm> {
    let (pattern, page) = (section.text("lien"), section.text("page"));
    let signing = "donnez le nom de la variable qui contient le secret : liens_env = \"RELANCE_LIENS\"";
    if let (Some(_), Some(page)) = (&pattern, &page) {
        let help = "gardez `lien` pour la page de votre prestataire, ou `page` pour celle que sert Relance".to_owned();
        section.report(page.at, "[paiement] ne peut pas avoir `lien` et `page` à la fois", Some(help));
    }
    if let Some(page) = page {
        let help = "exemple : page = \"https://paiement.exemple.fr\"".to_owned();
        let near = ["http://localhost", "http://127.0.0.1"].iter().any(|own| page.value.starts_with(own));
        if !page.value.starts_with("https://") && !near {
            section.report(page.at, "`page` doit commencer par https://", Some(help));
        } else if page.value.contains(['?', '#', '{', ' ']) {
            section.report(page.at, "`page` est le début d'une adresse, sans « ? », « # » ni accolade", Some(help));
        } else if !signs {
            section.report(page.at, "les liens vers `page` sont signés", Some(signing.to_owned()));
        }
        return Some(LinkForm::Page(page.value));
    }
    let pattern = pattern?;
    let help = "exemple : lien = \"https://paiement.exemple.fr/{numero}\"".to_owned();
    let unknown = || {
        let mut rest = pattern.value.clone();
        BLANKS.iter().for_each(|blank| rest = rest.replace(blank, ""));
        rest.find(['{', '}']).map(|_| format!("un lien de paiement ne connaît que {}", BLANKS.join(", ")))
    };
    if !pattern.value.starts_with("https://") {
        section.report(pattern.at, "le lien de paiement doit commencer par https://", Some(help));
    } else if !pattern.value.contains("{numero}") {
        section.report(pattern.at, "le lien de paiement doit contenir `{numero}`", Some(help));
    } else if let Some(message) = unknown() {
        section.report(pattern.at, message, Some(help));
    } else if pattern.value.contains("{signature}") {
        if !pattern.value.ends_with("{signature}") || pattern.value.matches("{signature}").count() > 1 {
            let help = "exemple : lien = \"https://paiement.exemple.fr/{numero}?m={montant}&s={signature}\"".to_owned();
            let message = "`{signature}` se met une fois, à la fin : elle vaut pour tout ce qui la précède";
            section.report(pattern.at, message, Some(help));
        } else if !signs {
            section.report(pattern.at, "ce lien est signé", Some(signing.to_owned()));
        }
    } else if signs {
        let help = "ajoutez `{signature}` à la fin du lien, ou retirez `liens_env`".to_owned();
        section.report(pattern.at, "`liens_env` ne sert à rien : le lien n'a pas de `{signature}`", Some(help));
    }
    Some(LinkForm::Provider(pattern.value))
}
