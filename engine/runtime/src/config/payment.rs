//! `[paiement]`: the payment page, and what its provider tells.

use super::ImportMode;
use super::TOP;
use super::channels::secret;
use super::reader::Section;

/// `[paiement]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PaymentConfig {
    /// `lien`: the address of the payment page, with `{numero}` in it.
    pub link: Option<String>,
    /// Who may tell of payments, with `secret_env`.
    pub notices: Option<PaymentNotices>,
}

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
    let link = section.text("lien").map(|text| {
        let help = "exemple : lien = \"https://paiement.exemple.fr/{numero}\"".to_owned();
        if !text.value.starts_with("https://") {
            section.report(text.at, "le lien de paiement doit commencer par https://", Some(help));
        } else if !text.value.contains("{numero}") {
            section.report(text.at, "le lien de paiement doit contenir `{numero}`", Some(help));
        }
        text.value
    });
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
    section.finish(&TOP, &["secret"]);
    let notices = secret_env.map(|secret_env| PaymentNotices { secret_env, count: chosen.unwrap_or(usual) });
    PaymentConfig { link, notices }
}
