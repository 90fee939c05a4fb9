//! Wrong use, told in French: clap's own words are English.

use crate::failure::{self, Failure, USAGE};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::process::ExitCode;

/// Tells what is wrong with the command line; `--help` and `--version` are no errors.
pub fn report(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            anstream::print!("{}", error.render().ansi());
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            anstream::eprint!("{}", error.render().ansi());
            return ExitCode::from(USAGE);
        }
        _ => {}
    }
    let context = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        // The closest comes last.
        Some(ContextValue::Strings(texts)) if kind == ContextKind::SuggestedSubcommand => texts.last().cloned(),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        Some(ContextValue::StyledStrs(texts)) => {
            Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let detail = std::error::Error::source(error).map(ToString::to_string);
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("commande inconnue `{}`", context(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::UnknownArgument => format!("option ou mot de trop `{argument}`"),
        ErrorKind::MissingRequiredArgument => format!("il manque {argument}"),
        ErrorKind::MissingSubcommand => "il manque la commande".to_owned(),
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            if other.is_empty() || other == argument {
                format!("`{argument}` est donné deux fois")
            } else {
                format!("`{argument}` et `{other}` ne vont pas ensemble")
            }
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("`{argument}` attend une valeur"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let detail = detail.map(|d| format!(" : {d}")).unwrap_or_default();
            format!("`{value}` ne convient pas pour `{argument}`{detail}")
        }
        ErrorKind::TooManyValues => format!("trop de valeurs pour `{argument}`"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("pas assez de valeurs pour `{argument}`"),
        ErrorKind::NoEquals => format!("`{argument}` s’écrit avec le signe ="),
        ErrorKind::InvalidUtf8 => "un des mots n’est pas du texte lisible (UTF-8)".to_owned(),
        _ => "la commande est mal écrite".to_owned(),
    };
    // The nearest word comes last.
    let nearest = |meant: &str| meant.rsplit(", ").collect::<Vec<_>>().join("` ou `");
    let meant =
        |kind, what: &str| context(kind).map(|meant| format!("vouliez-vous dire `{}` ? {what}", nearest(&meant)));
    let valid = context(ContextKind::ValidValue).filter(|valid| !valid.is_empty());
    let values = valid.map(|valid| format!("valeurs possibles : {valid}"));
    let help = meant(ContextKind::SuggestedSubcommand, "`relance --help` montre les commandes")
        .or_else(|| meant(ContextKind::SuggestedArg, "`relance COMMANDE --help` montre les options d’une commande"))
        .or_else(|| meant(ContextKind::SuggestedValue, values.as_deref().unwrap_or_default()))
        .or(values)
        .unwrap_or_else(|| "`relance --help` montre les commandes, `relance COMMANDE --help` leurs options".to_owned());
    failure::report(Failure::Usage(message, help))
}
