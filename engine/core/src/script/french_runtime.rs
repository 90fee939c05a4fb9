//! What stops a script while it runs, told in French.

use super::engine::{MAX_CALL_DEPTH, MAX_OPERATIONS};
use rhai::{Dynamic, EvalAltResult, Position};

/// Our own reasons to stop a script; rhai carries them to the end of the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// A fact without a value was read.
    Unknown(String),
    /// A check of a unit test did not hold.
    Failed(String),
    /// Something that cannot be done.
    Refused(String),
    /// Too much work.
    Work,
}

impl Stop {
    /// The error by which a function of ours stops the script.
    pub(super) fn raise(self) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE))
    }
}

/// Why a script stopped: our own reason, or a French sentence for rhai's; and where.
pub(super) fn stopped(error: &EvalAltResult) -> (Stop, Position) {
    use EvalAltResult as E;
    if let E::ErrorInFunctionCall(_, _, inner, position) = error {
        // The innermost place that is known.
        let (stop, inner_position) = stopped(inner);
        return (stop, inner_position.or_else(*position));
    }
    let stop = match error {
        E::ErrorRuntime(value, _) | E::ErrorTerminated(value, _) => match value.read_lock::<Stop>() {
            Some(stop) => stop.clone(),
            None => Stop::Refused(thrown(value)),
        },
        other => Stop::Refused(runtime_error(other)),
    };
    (stop, error.position())
}

/// The message of a stop that ends in an error.
pub(super) fn message(stop: &Stop) -> String {
    match stop {
        Stop::Unknown(name) => format!("`{name}` est inconnu"),
        Stop::Failed(text) | Stop::Refused(text) => text.clone(),
        Stop::Work => {
            format!("le script ne s'arrête pas : plus de {MAX_OPERATIONS} opérations (une boucle sans fin ?)")
        }
    }
}

fn thrown(value: &Dynamic) -> String {
    match value.read_lock::<rhai::ImmutableString>() {
        Some(text) if !text.is_empty() => format!("le script s'est arrêté : {}", text.as_str()),
        _ => "le script s'est arrêté par `throw`".to_owned(),
    }
}

fn runtime_error(error: &EvalAltResult) -> String {
    use EvalAltResult as E;
    match error {
        E::ErrorVariableNotFound(name, _) => format!("la variable `{name}` n'existe pas"),
        E::ErrorPropertyNotFound(name, _) => format!("`{name}` n'existe pas dans cet objet"),
        E::ErrorDotExpr(text, _) => match text.split('\'').nth(1) {
            Some(name) => format!("on ne peut pas écrire `.{name}` après cette valeur"),
            None => "on ne peut rien écrire avec un point après cette valeur".to_owned(),
        },
        E::ErrorIndexNotFound(_, _) => "cet élément n'existe pas".to_owned(),
        E::ErrorFunctionNotFound(signature, _) => function_not_found(signature),
        E::ErrorMismatchDataType(wanted, found, _) | E::ErrorMismatchOutputType(wanted, found, _) => {
            mismatch(wanted, found)
        }
        E::ErrorIndexingType(_, _) => "cette valeur n'a pas d'éléments entre `[` et `]`".to_owned(),
        E::ErrorArrayBounds(len, index, _) => match len {
            0 => format!("l'élément {index} n'existe pas : la liste est vide"),
            _ => format!("l'élément {index} n'existe pas : la liste va de 0 à {}", len - 1),
        },
        E::ErrorStringBounds(len, index, _) => {
            format!("le caractère {index} n'existe pas : le texte en a {len}, comptés à partir de 0")
        }
        E::ErrorBitFieldBounds(..) => "ce bit n'existe pas".to_owned(),
        E::ErrorFor(_) => "`for` demande une liste, un texte ou un intervalle".to_owned(),
        E::ErrorNonPureMethodCallOnConstant(..) | E::ErrorAssignmentToConstant(..) => {
            "une constante ne se modifie pas, et les vues `facture` et `client` non plus".to_owned()
        }
        E::ErrorArithmetic(text, _) if text.contains("ivision by zero") => "division par zéro".to_owned(),
        E::ErrorArithmetic(..) => "le résultat de ce calcul est trop grand, ou n'existe pas".to_owned(),
        E::ErrorTooManyOperations(_) => message(&Stop::Work),
        E::ErrorTooManyVariables(_) => "le script a trop de variables à la fois".to_owned(),
        E::ErrorStackOverflow(_) => {
            format!("les fonctions s'appellent l'une l'autre sur plus de {MAX_CALL_DEPTH} niveaux")
        }
        E::ErrorDataTooLarge(what, _) => {
            let what = if what.contains("string") { "un texte" } else { "une liste ou un objet" };
            format!("le script construit {what} trop grand pour un script")
        }
        E::ErrorUnboundThis(_) => "`this` n'a pas de sens ici".to_owned(),
        E::LoopBreak(..) => "`break` et `continue` ne s'écrivent que dans une boucle".to_owned(),
        _ => "rhai a arrêté le script à cet endroit".to_owned(),
    }
}

fn function_not_found(signature: &str) -> String {
    let (name, types) = signature.split_once('(').unwrap_or((signature, ""));
    let name = name.trim();
    let types: Vec<&str> =
        types.trim_end_matches(')').split(',').map(str::trim).filter(|t| !t.is_empty()).map(type_name).collect();
    if name.starts_with("set$") || name.starts_with("index$set$") {
        return "cette valeur ne se modifie pas".to_owned();
    }
    if let Some(property) = name.strip_prefix("get$") {
        return format!("on ne peut pas écrire `.{property}` après {}", types.first().unwrap_or(&"cette valeur"));
    }
    if name.starts_with("index$get$") {
        return "cette valeur n'a pas d'éléments entre `[` et `]`".to_owned();
    }
    let operator = !name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    match (operator, types.as_slice()) {
        (true, [one]) => format!("`{name}` ne s'applique pas à {one}"),
        (true, [left, right]) => format!("`{name}` ne s'applique pas à {left} et {right}"),
        (_, []) => format!("la fonction `{name}()` n'existe pas"),
        (_, given) => format!("la fonction `{name}` n'existe pas pour {}", given.join(", ")),
    }
}

fn mismatch(wanted: &str, found: &str) -> String {
    match (wanted, found) {
        (wanted, "") => format!("il faut ici {}", type_name(wanted)),
        ("", found) => format!("{} ne convient pas ici", type_name(found)),
        (wanted, found) => format!("il faut ici {}, et non {}", type_name(wanted), type_name(found)),
    }
}

/// What we have no name for.
pub(super) const OTHER: &str = "une autre valeur";

/// A type of rhai, with its article.
pub(super) fn type_name(name: &str) -> &'static str {
    match name.rsplit("::").next().unwrap_or(name).trim() {
        "i64" | "INT" | "integer" => "un nombre entier",
        "decimal" | "Decimal" | "float" | "f64" => "un nombre décimal",
        "bool" | "boolean" => "un oui/non",
        "string" | "String" | "&str" | "ImmutableString" => "un texte",
        "&str | ImmutableString | String" => "un texte",
        "char" | "character" => "un caractère",
        "array" | "Array" => "une liste",
        "map" | "Map" => "un objet",
        "()" => "rien",
        "Fn" | "FnPtr" => "une fonction",
        "range" | "range=" | "Range<i64>" | "RangeInclusive<i64>" => "un intervalle",
        "une date" | "Date" => "une date",
        "la vue `facture`" | "InvoiceView" => "la vue `facture`",
        "la vue `client`" | "CustomerView" => "la vue `client`",
        _ => OTHER,
    }
}

/// What a value is, with its article.
pub(super) fn kind(value: &Dynamic) -> &'static str {
    type_name(value.type_name())
}
