//! rhai's parse errors, told in French.

use super::engine::{MAX_TEXT, REFUSED_WORDS};
use rhai::{LexError, ParseErrorType};

/// What is wrong, and what to do about it when that is known.
///
/// `around` are the characters before and at the place; without the second, the text ends there.
pub(super) fn parse_error(error: &ParseErrorType, around: (Option<char>, Option<char>)) -> (String, Option<String>) {
    use ParseErrorType as E;
    let plain = |text: &str| (text.to_owned(), None);
    let helped = |text: String, help: &str| (text, Some(help.to_owned()));
    match error {
        E::UnexpectedEOF => cut_short(),
        E::MissingToken(token, _) if matches!(token.as_str(), ";" | "}") && around.1.is_none() => cut_short(),
        E::MissingToken(_, _) if around.1 == Some(',') && around.0.is_some_and(|c| c.is_ascii_digit()) => {
            helped("cette virgule n'a pas de sens ici".to_owned(), "les décimales s'écrivent avec un point : `1500.50`")
        }
        E::BadInput(lex) => lex_error(lex),
        E::UnknownOperator(op) => {
            let all = "les opérateurs sont `+ - * / % == != < <= > >= && || !`";
            helped(format!("l'opérateur `{op}` n'existe pas"), operator_help(op).unwrap_or(all))
        }
        E::MissingToken(token, _) => missing(token),
        E::MissingSymbol(_) => plain("il manque un signe ici"),
        E::MalformedIndexExpr(_) => plain("ce qui est entre `[` et `]` n'est pas un indice possible"),
        E::DuplicatedProperty(name) => (format!("`{name}` figure deux fois dans cet objet `#{{…}}`"), None),
        E::DuplicatedVariable(name) | E::VariableExists(name) => {
            helped(format!("la variable `{name}` existe déjà"), "donnez-lui un autre nom")
        }
        E::WrongSwitchIntegerCase => plain("dans un `switch`, un nombre seul ne peut pas suivre un intervalle"),
        E::WrongSwitchDefaultCase => plain("dans un `switch`, le cas `_` doit être le dernier"),
        E::WrongSwitchCaseCondition => plain("ce cas de `switch` ne peut pas porter de condition"),
        E::PropertyExpected => helped("il manque un nom après le point".to_owned(), "par exemple `facture.retard`"),
        E::VariableExpected => plain("il manque un nom de variable ici"),
        E::Reserved(word) => reserved(word),
        E::MismatchedType(wanted, found) => match expected(found) {
            super::french_runtime::OTHER => (format!("il faut ici {}", expected(wanted)), None),
            found => (format!("il faut ici {}, et non {found}", expected(wanted)), None),
        },
        E::ExprExpected(_) => plain("il manque une valeur ici"),
        E::WrongFnDefinition => helped(
            "une fonction se définit au premier niveau du fichier, pas dans une autre".to_owned(),
            "fermez la fonction précédente par `}`",
        ),
        E::FnDuplicatedDefinition(name, arity) => helped(
            format!("la fonction `{name}`, qui {}, est déjà définie dans ce fichier", receives(*arity)),
            "gardez l'une des deux, ou changez un nom",
        ),
        E::FnMissingName => helped("il manque un nom après `fn`".to_owned(), "par exemple `fn risque() { … }`"),
        E::FnMissingParams(name) => {
            helped(format!("il manque les parenthèses après `fn {name}`"), "écrivez `()` si la fonction ne reçoit rien")
        }
        E::FnDuplicatedParam(_, param) => {
            helped(format!("le paramètre `{param}` est écrit deux fois"), "changez l'un des noms")
        }
        E::FnMissingBody(name) if name.is_empty() => plain("il manque le corps de la fonction, entre `{` et `}`"),
        E::FnMissingBody(name) => (format!("il manque le corps de la fonction `{name}`, entre `{{` et `}}`"), None),
        E::AssignmentToConstant(name) if name.is_empty() => {
            helped("cette valeur ne se modifie pas".to_owned(), "pour comparer, écrivez `==`")
        }
        E::AssignmentToConstant(name) => helped(
            format!("`{name}` est une constante : elle ne se modifie pas"),
            "déclarez-la par `let` au lieu de `const`",
        ),
        E::AssignmentToInvalidLHS(_) => helped(
            "ce qui est à gauche du `=` ne peut pas recevoir de valeur".to_owned(),
            "pour comparer, écrivez `==`",
        ),
        E::ExprTooDeep => helped(
            "cette expression est trop longue ou trop imbriquée".to_owned(),
            "découpez-la avec `let`, ou en plusieurs fonctions",
        ),
        E::TooManyFunctions => plain("ce fichier définit trop de fonctions"),
        E::LiteralTooLarge(what, _) if what.contains("string") => {
            (format!("ce texte est trop long : {} Kio au plus", MAX_TEXT / 1024), None)
        }
        E::LiteralTooLarge(_, max) => (format!("cette liste est trop longue : {max} éléments au plus"), None),
        E::LoopBreak => plain("`break` et `continue` ne s'écrivent que dans une boucle"),
        _ => plain("rhai ne comprend pas le script à cet endroit"),
    }
}

fn lex_error(error: &LexError) -> (String, Option<String>) {
    match error {
        LexError::UnexpectedInput(text) => {
            (format!("`{text}` est inattendu ici"), operator_help(text).map(str::to_owned))
        }
        LexError::UnterminatedString => ("ce texte n'est pas fermé par un guillemet".to_owned(), None),
        LexError::StringTooLong(_) => (format!("ce texte est trop long : {} Kio au plus", MAX_TEXT / 1024), None),
        LexError::MalformedEscapeSequence(text) => (
            format!("`{text}` n'a pas de sens dans un texte"),
            Some("pour une barre oblique inverse, écrivez `\\\\`".to_owned()),
        ),
        LexError::MalformedNumber(text) => (
            format!("`{text}` n'est pas un nombre"),
            Some("les décimales s'écrivent avec un point : `1500.50`".to_owned()),
        ),
        LexError::MalformedChar(text) => (
            format!("`'{text}'` n'est pas un caractère"),
            Some("un texte s'écrit entre guillemets droits : `\"…\"`".to_owned()),
        ),
        LexError::MalformedIdentifier(text) => (format!("`{text}` n'est pas un nom possible"), None),
        LexError::ImproperSymbol(symbol, _) if symbol == "=" => {
            ("`=` donne une valeur à une variable".to_owned(), Some("pour comparer, écrivez `==`".to_owned()))
        }
        LexError::ImproperSymbol(symbol, _) => reserved(symbol),
        // Ours: already in French.
        LexError::Runtime(text) => (text.clone(), None),
        _ => ("rhai ne peut pas lire le script à cet endroit".to_owned(), None),
    }
}

fn cut_short() -> (String, Option<String>) {
    ("le fichier s'arrête au milieu d'une fonction".to_owned(), Some("il manque sans doute une `}`".to_owned()))
}

fn operator_help(op: &str) -> Option<&'static str> {
    Some(match op {
        ">" | "!==" | "≠" => "« différent de » s'écrit `!=`",
        "===" => "« égal à » s'écrit `==`",
        "≤" | "=<" | "<-" => "« au plus » s'écrit `<=`",
        "≥" => "« au moins » s'écrit `>=`",
        "/=" => "écrivez `x = x / y`",
        ":=" => "donnez une valeur par `=`",
        _ => return None,
    })
}

fn missing(token: &str) -> (String, Option<String>) {
    let help = match token {
        ";" => Some("chaque instruction se termine par `;`, sauf la dernière d'un bloc, qui est le résultat"),
        "}" => Some("chaque `{` doit avoir sa `}`"),
        ")" => Some("chaque `(` doit avoir sa `)`"),
        "]" => Some("chaque `[` doit avoir son `]`"),
        _ => None,
    };
    (format!("il manque `{token}` ici"), help.map(str::to_owned))
}

fn reserved(word: &str) -> (String, Option<String>) {
    let help = match word {
        "print" | "debug" => Some("un script n'affiche rien : il rend une valeur"),
        "eval" => Some("un script n'exécute pas de texte"),
        "import" | "export" => Some("les fonctions de tous les fichiers du projet se voient déjà"),
        "Fn" | "curry" => Some("écrivez le nom de la fonction, ou une fonction anonyme `|x| …`"),
        "try" | "catch" => Some("un échec arrête le script ; demandez d'abord `connu(\"…\")`"),
        "this" => Some("donnez la valeur entre les parenthèses de la fonction"),
        "is_def_fn" | "is_def_var" | "type_of" => None,
        sign if !sign.starts_with(char::is_alphabetic) => operator_help(sign),
        _ => Some("entre guillemets, il peut servir de texte ou de clé"),
    };
    let message = if !word.starts_with(char::is_alphabetic) {
        format!("le signe `{word}` n'existe pas ici")
    } else if REFUSED_WORDS.contains(&word) || matches!(word, "import" | "export") {
        format!("`{word}` n'est pas permis dans un script")
    } else {
        format!("`{word}` est un mot réservé de rhai : il ne peut pas servir ici")
    };
    (message, help.map(str::to_owned))
}

fn expected(what: &str) -> &'static str {
    match what {
        "a boolean expression" => "un oui/non (`true`, `false` ou une comparaison)",
        "an iterable value" => "une liste ou un intervalle",
        "string" => "un texte",
        "a statement block" | "statement" => "un bloc",
        other => super::french_runtime::type_name(other),
    }
}

/// `ne reçoit rien`, `reçoit 2 valeurs`.
pub(super) fn receives(count: usize) -> String {
    if count == 0 { "ne reçoit rien".to_owned() } else { format!("reçoit {}", values(count)) }
}

/// `sans valeur`, `avec 3 valeurs`.
pub(super) fn with_values(count: usize) -> String {
    if count == 0 { "sans valeur".to_owned() } else { format!("avec {}", values(count)) }
}

fn values(count: usize) -> String {
    if count == 1 { "1 valeur".to_owned() } else { format!("{count} valeurs") }
}
