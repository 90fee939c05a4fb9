//! A light reading of the plain text into words and signs: enough to cut the file into blocks, and to mend what does not
//! belong to the language (after saying so) before the grammar sees it.

use crate::Span;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::keywords;
use crate::source::{Edit, Plain};
use crate::taken;
use relance_core::schema::fold;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Word,
    Number,
    Text,
    Sign,
}

/// A word, number, quoted text or sign of the plain text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Whether it is the first of its line.
    pub first: bool,
}

/// Reads the text; everything that no rule of the grammar could take is reported here, once, and replaced.
pub(crate) fn read(plain: Plain, original: &str, sink: &mut Sink<'_>) -> (Plain, Vec<Token>) {
    let mut lexer = Lexer {
        plain: &plain,
        original,
        sink,
        tokens: Vec::new(),
        edits: Vec::new(),
        first: true,
        told: Vec::new(),
        mended: false,
    };
    lexer.run();
    lexer.foreign_words();
    let Lexer { tokens, mut edits, sink, .. } = lexer;
    edits.extend(taken::names(&plain, original, &tokens, sink));
    if edits.is_empty() {
        return (plain, tokens);
    }
    edits.sort_by_key(|edit| edit.start);
    let mended = plain.edited(&edits);
    let tokens = read_again(&mended);
    (mended, tokens)
}

/// Reads a text of which everything foreign has been told and replaced.
pub(crate) fn read_again(plain: &Plain) -> Vec<Token> {
    let mut silent = Sink::new("");
    let mut lexer = Lexer {
        plain,
        original: "",
        sink: &mut silent,
        tokens: Vec::new(),
        edits: Vec::new(),
        first: true,
        told: Vec::new(),
        mended: true,
    };
    lexer.run();
    lexer.tokens
}

/// Stands for a value, an action, a name that is wrong and told.
pub(crate) const LOST_VALUE: &str = "\u{f8f0}";
pub(crate) const LOST_ACTION: &str = "\u{f8f1}";
pub(crate) const LOST_NAME: &str = "\u{f8f2}";

struct Lexer<'a, 's, 'f> {
    plain: &'a Plain,
    original: &'a str,
    sink: &'s mut Sink<'f>,
    tokens: Vec<Token>,
    edits: Vec<Edit>,
    first: bool,
    /// Where marks close of which the opening one is told.
    told: Vec<usize>,
    /// The text has been mended: the marks of lost words are words.
    mended: bool,
}

/// Foreign signs, what they become, and what is said.
const FOREIGN_SIGNS: &[(&str, &str)] = &[
    ("===", "="),
    ("==", "="),
    ("!==", "<>"),
    ("!=", "<>"),
    ("=<", "<="),
    ("=>", ">="),
    ("&&", " et "),
    ("||", " ou "),
    ("&", " et "),
    ("|", " ou "),
    (":=", "="),
];

/// Foreign words and their French.
const FOREIGN_WORDS: &[(&str, &str)] = &[
    ("and", "et"),
    ("or", "ou"),
    ("not", "non"),
    ("if", "si"),
    ("then", "alors"),
    ("else", "sinon"),
    ("between", "entre"),
    ("in", "parmi"),
    ("when", "quand"),
    ("unless", "sauf si"),
];

impl<'a> Lexer<'a, '_, '_> {
    fn rest(&self, at: usize) -> &'a str {
        self.plain.text.get(at..).unwrap_or_default()
    }

    fn text(&self, token: &Token) -> &'a str {
        self.plain.text.get(token.start..token.end).unwrap_or_default()
    }

    fn token(&mut self, kind: Kind, start: usize, end: usize) {
        self.tokens.push(Token { kind, start, end, first: self.first });
        self.first = false;
    }

    fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.edits.push(Edit { start, end, text: text.into() });
    }

    fn run(&mut self) {
        let mut at = 0;
        while let Some(c) = self.rest(at).chars().next() {
            let rest = self.rest(at);
            if !c.is_alphabetic()
                && !self.mended
                && c != ' '
                && let Some(end) = self.foreign_mark(at)
            {
                at = end;
                continue;
            }
            at = match c {
                '\n' => {
                    self.first = true;
                    at + 1
                }
                ' ' => at + 1,
                '#' => {
                    let end = at + rest.find('\n').unwrap_or(rest.len());
                    self.replace(at, end, " ".repeat(end - at));
                    end
                }
                '"' => self.quoted(at, '"', '"'),
                '«' => self.quoted(at, '«', '»'),
                '“' | '”' | '„' => self.quoted(at, c, '”'),
                '\'' => self.apostrophe(at),
                c if c.is_ascii_digit() => {
                    let end = at + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                    self.token(Kind::Number, at, end);
                    end
                }
                c if c.is_alphabetic() || c == '_' => self.word(at),
                '\u{f8f0}'..='\u{f8f2}' if self.mended => {
                    self.token(Kind::Word, at, at + c.len_utf8());
                    at + c.len_utf8()
                }
                _ => self.sign(at, c),
            };
        }
    }

    fn word(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        let mut end = 0;
        let mut chars = rest.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            let joins = (c == '.' || c == '\'')
                && chars.peek().is_some_and(|(_, next)| next.is_alphabetic())
                && (c == '.'
                    || matches!(
                        rest.get(..i),
                        Some(
                            "l" | "d"
                                | "n"
                                | "s"
                                | "j"
                                | "c"
                                | "m"
                                | "t"
                                | "qu"
                                | "lorsqu"
                                | "puisqu"
                                | "jusqu"
                                | "aujourd"
                        )
                    ));
            if !(c.is_alphanumeric() || c == '_' || joins) {
                break;
            }
            end = i + c.len_utf8();
        }
        self.token(Kind::Word, at, at + end);
        at + end
    }

    fn quoted(&mut self, at: usize, open: char, close: char) -> usize {
        let inside = at + open.len_utf8();
        let rest = self.rest(inside);
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or(rest);
        let closing = line.char_indices().find(|(_, c)| *c == close || (close == '”' && *c == '"'));
        if let Some((i, c)) = closing {
            let end = inside + i + c.len_utf8();
            if let Some((k, found)) = line.get(..i).and_then(|text| text.char_indices().find(|(_, c)| is_invisible(*c)))
            {
                let span = self.plain.origin(inside + k, inside + k + found.len_utf8());
                self.sink.push(invisible(self.sink, span));
            }
            if open == '„' || open == '”' || (open == '“' && c == '"') {
                self.replace(at, inside, "\"");
                self.replace(inside + i, end, "\"");
            }
            self.token(Kind::Text, at, end);
            return end;
        }
        // Closed by another sign, as its last quote of the line.
        if let Some((i, c)) = line.char_indices().rfind(|(_, c)| matches!(c, '"' | '»' | '”' | '“')) {
            let (from, to) = (inside + i, inside + i + c.len_utf8());
            let fix = if open == '«' { '»' } else { close };
            let found = self.sink.report(
                Code::UnclosedQuote,
                format!("ce texte s'ouvre par `{open}` et se ferme par `{c}`"),
                self.plain.origin(from, to),
            );
            let found = found.help(format!("écrivez `{fix}`")).fix(fix.to_string());
            self.sink.push(found.also(self.sink.file, self.plain.origin(at, inside), "le texte commence ici"));
            if open != '«' {
                self.replace(at, inside, "\"");
            }
            self.replace(from, to, if open == '«' { "»" } else { "\"" });
            self.token(Kind::Text, at, to);
            return to;
        }
        // Without its end, the text would swallow the rest of the line silently: close it where the line ends.
        let end = inside + line.trim_end().len();
        let span = self.plain.origin(at, inside);
        self.sink.push(
            self.sink
                .report(Code::UnclosedQuote, "ce guillemet n'est pas fermé", span)
                .label("le texte commence ici")
                .help(format!("fermez le texte par `{close}` avant la fin de la ligne")),
        );
        let shut = if open == '«' { " »" } else { "\"" };
        if open != '«' {
            self.replace(at, inside, "\"");
        }
        self.replace(end, end, shut);
        self.token(Kind::Text, at, end);
        end
    }

    fn apostrophe(&mut self, at: usize) -> usize {
        let rest = self.rest(at + 1);
        let before = self.plain.text.get(..at).and_then(|text| text.chars().next_back());
        let digits = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let letters = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        if digits(before) && digits(rest.chars().next()) {
            return self.joined(
                at,
                Code::BadNumber,
                "les milliers se séparent par un blanc, pas par une apostrophe",
                " ",
            );
        }
        if letters(before) && letters(rest.chars().next()) {
            return self.joined(at, Code::BadName, "un nom ne contient pas d'apostrophe", "_");
        }
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or(rest);
        if let Some(i) = line.find('\'') {
            let end = at + 1 + i + 1;
            let span = self.plain.origin(at, end);
            let inside = self.plain.origin(at + 1, end - 1);
            let said = self.original.get(inside.start..inside.end).unwrap_or_default().trim().replace('"', "");
            self.sink.push(
                self.sink
                    .report(Code::UnexpectedCharacter, "un texte ne se met pas entre apostrophes", span)
                    .help(format!("écrivez-le entre guillemets : `\"{said}\"`"))
                    .fix(format!("\"{said}\"")),
            );
            self.replace(at, at + 1, "\"");
            self.replace(end - 1, end, "\"");
            self.token(Kind::Text, at, end);
            return end;
        }
        self.unexpected(at, 1)
    }

    /// An apostrophe inside a word or a number, and what stands there instead.
    fn joined(&mut self, at: usize, code: Code, message: &str, instead: &str) -> usize {
        let found = self.sink.report(code, message, self.plain.origin(at, at + 1));
        let help = if instead == "_" { "écrivez `_` à sa place" } else { "écrivez par exemple `1 500`" };
        self.sink.push(found.help(help).fix(instead));
        self.replace(at, at + 1, instead);
        at + 1
    }

    /// A comment, or the mark of a list, in the manner of another language; where it ends.
    fn foreign_mark(&mut self, at: usize) -> Option<usize> {
        let rest = self.rest(at);
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or(rest);
        let dashes = self.first && line.starts_with("--") && line.get(2..).is_some_and(|after| after.starts_with(' '));
        if line.starts_with("//") || line.starts_with("/*") || dashes {
            let closed = rest.find("*/").filter(|_| line.starts_with("/*")).map(|i| at + i + 2);
            let end = closed.unwrap_or(at + line.len()).max(at + line.len());
            let found =
                self.sink.report(Code::ForeignWord, "un commentaire commence par `#`", self.plain.origin(at, at + 2));
            let help = match line.contains("*/") || !line.starts_with("/*") {
                true => "écrivez `#` à la place : le commentaire va jusqu'au bout de la ligne",
                false => "écrivez `#` devant chacune de ses lignes",
            };
            self.sink.push(found.help(help).fix("#"));
            let blank: String = self
                .plain
                .text
                .get(at..end)
                .unwrap_or_default()
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            self.replace(at, end, blank);
            return Some(end);
        }
        if !self.first {
            return None;
        }
        // `- si …`, `• à J+15 …`, `1. à J+15`: the mark of a list, when what follows can only open a line.
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let mark = line.get(digits..)?.chars().next()?;
        let known = if digits > 0 {
            matches!(mark, '.' | ')')
        } else {
            matches!(mark, '-' | '*' | '•' | '·' | '▪' | '►' | '>' | '+')
        };
        let after = line.get(digits + mark.len_utf8()..)?;
        let next = after.trim_start();
        let word = next.get(..next.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(next.len()))?;
        let opens = keywords::is_action(word)
            || keywords::OPENINGS.iter().any(|opening| fold(opening).split(' ').next() == Some(word));
        if !known || !opens || !after.starts_with(' ') {
            return None;
        }
        let end = at + digits + mark.len_utf8();
        let span = self.plain.origin(at, end);
        let said = self.original.get(span.start..span.end).unwrap_or_default();
        let found =
            self.sink.report(Code::UnexpectedCharacter, format!("`{said}` est de trop au début de la ligne"), span);
        self.sink.push(found.help("supprimez-le : les règles se suivent sans puce ni numéro").fix(""));
        self.replace(at, end, " ");
        Some(end)
    }

    fn sign(&mut self, at: usize, c: char) -> usize {
        let rest = self.rest(at);
        for (sign, french) in FOREIGN_SIGNS {
            if rest.starts_with(sign) {
                let end = at + sign.len();
                let meant = match french.trim() {
                    "<>" => "≠",
                    other => other,
                };
                let span = self.plain.origin(at, end);
                self.sink.push(
                    self.sink
                        .report(Code::ForeignWord, format!("`{sign}` ne fait pas partie du langage"), span)
                        .help(if meant == "≠" {
                            "écrivez `≠`, ou `<>`".to_owned()
                        } else {
                            format!("écrivez `{meant}`")
                        })
                        .fix(meant),
                );
                self.replace(at, end, *french);
                self.token(Kind::Sign, at, end);
                return end;
            }
        }
        if rest.starts_with("<=") || rest.starts_with(">=") || rest.starts_with("<>") {
            self.token(Kind::Sign, at, at + 2);
            return at + 2;
        }
        for mark in ["**", "`"] {
            let Some(inside) = rest.strip_prefix(mark).filter(|_| !self.told.contains(&at)) else { continue };
            let line = inside.get(..inside.find('\n').unwrap_or(inside.len())).unwrap_or(inside);
            let Some(length) = line.find(mark) else { continue };
            let (from, to) = (at + mark.len(), at + mark.len() + length);
            let (whole, words) = (self.plain.origin(at, to + mark.len()), self.plain.origin(from, to));
            let said = self.original.get(words.start..words.end).unwrap_or_default().trim().to_owned();
            let found = self
                .sink
                .report(Code::UnexpectedCharacter, "un scénario n'a pas de mise en forme", whole)
                .help(format!("écrivez `{said}` seul"))
                .fix(said);
            self.sink.push(found);
            self.replace(at, from, " ");
            self.replace(to, to + mark.len(), " ");
            self.told.push(to);
            return from;
        }
        if self.told.contains(&at) && c == ']' {
            self.replace(at, at + 1, ")");
            self.token(Kind::Sign, at, at + 1);
            return at + 1;
        }
        if self.told.contains(&at) {
            return at + if rest.starts_with("**") { 2 } else { 1 };
        }
        match c {
            '(' | ')' | '+' | '-' | '*' | '/' | '<' | '>' | '=' | ',' | ':' | '%' | '€' | '.' => {
                self.token(Kind::Sign, at, at + c.len_utf8());
                at + c.len_utf8()
            }
            '[' => self.bracket(at),
            '{' | '}' => {
                let span = self.plain.origin(at, at + 1);
                // A closing brace was announced by its opening one.
                if c == '{' || !self.sink.found.iter().any(|d| d.code == Code::Braces) {
                    self.sink.push(
                        self.sink
                            .report(Code::Braces, "le langage n'a pas d'accolades", span)
                            .help("supprimez-les : une règle va d'elle-même jusqu'à la règle suivante"),
                    );
                }
                self.replace(at, at + 1, " ");
                at + 1
            }
            _ => {
                let length: usize =
                    rest.chars().take_while(|next| *next == c || !known(*next)).map(char::len_utf8).sum();
                self.unexpected(at, length.max(c.len_utf8()))
            }
        }
    }

    /// `[vip, public]`, told once for both ends.
    fn bracket(&mut self, at: usize) -> usize {
        let rest = self.rest(at + 1);
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or(rest);
        let Some(length) = line.find(']').filter(|end| !line.get(..*end).unwrap_or_default().contains(['[', '"']))
        else {
            return self.unexpected(at, 1);
        };
        let close = at + 1 + length;
        let (span, inside) = (self.plain.origin(at, close + 1), self.plain.origin(at + 1, close));
        let said = self.original.get(inside.start..inside.end).unwrap_or_default().trim();
        let fix = format!("({said})");
        let found = self.sink.report(Code::UnexpectedCharacter, "une liste s'écrit entre parenthèses", span);
        self.sink.push(found.help(format!("écrivez `{fix}`")).fix(fix));
        self.replace(at, at + 1, "(");
        self.token(Kind::Sign, at, at + 1);
        self.told.push(close);
        at + 1
    }

    fn unexpected(&mut self, at: usize, length: usize) -> usize {
        let end = at + length;
        let span = self.plain.origin(at, end);
        let shown: String = self.rest(at).get(..length).unwrap_or_default().chars().take(8).collect();
        let control = shown.chars().any(char::is_control);
        let diagnostic = if control {
            invisible(self.sink, span)
        } else {
            let last = self.rest(end).trim_start_matches(' ').chars().next().is_none_or(|c| c == '\n' || c == '#');
            let negates = shown == "!" && !last;
            let (help, fix) = match shown.as_str() {
                ";" if last => ("supprimez-le : une règle va d'elle-même jusqu'à la suivante", Some("")),
                ";" => (
                    "une règle va d'elle-même jusqu'à la suivante : supprimez-le, ou écrivez `puis` ou `et` entre deux actions",
                    None,
                ),
                "!" if negates => ("pour le contraire d'une condition, écrivez `non`", Some("non ")),
                "$" | "£" | "¥" => ("écrivez le code de la devise après le montant : `200 USD`, `200 GBP`", None),
                "[" | "]" | "[]" => ("une liste s'écrit entre parenthèses : `segment parmi (vip, public)`", None),
                "@" => ("après `à` et `copie` vient un rôle, pas une adresse : `email ferme à comptabilité`", None),
                _ => ("supprimez-le", Some("")),
            };
            let found =
                self.sink.report(Code::UnexpectedCharacter, format!("`{shown}` n'a pas de sens ici"), span).help(help);
            match fix {
                Some(fix) => found.fix(fix),
                None => found,
            }
        };
        self.sink.push(diagnostic);
        // The amount keeps a currency, so that its unit is not said to be missing as well.
        let money = matches!(shown.as_str(), "$" | "£" | "¥");
        self.replace(at, end, if money { " usd " } else { " " });
        end
    }

    /// `and`, `then` … become French, unless they stand where a name does (a segment may be called `or`).
    fn foreign_words(&mut self) {
        for (i, token) in self.tokens.clone().iter().enumerate() {
            if token.kind != Kind::Word {
                continue;
            }
            let word = self.text(token);
            let Some((_, french)) = FOREIGN_WORDS.iter().find(|(foreign, _)| *foreign == word) else { continue };
            let after = self.tokens.get(i + 1).copied();
            if let Some(after) = after.filter(|after| word == "not" && self.text(after) == "in") {
                let span = self.plain.origin(token.start, after.end);
                let found = self.sink.report(Code::ForeignWord, "`not in` ne fait pas partie du langage", span);
                self.sink.push(found.help("écrivez `n'est pas parmi`").fix("n'est pas parmi"));
                self.replace(token.start, after.end, "n'est pas parmi");
                continue;
            }
            if word == "in"
                && i.checked_sub(1).and_then(|i| self.tokens.get(i)).is_some_and(|before| self.text(before) == "not")
            {
                continue;
            }
            let name_expected = i.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(|before| {
                let text = self.text(before);
                match before.kind {
                    Kind::Sign => !matches!(text, ")" | "€" | "%"),
                    Kind::Word => keywords::is_reserved(text) && word != "not" && word != "if",
                    _ => false,
                }
            });
            if name_expected && !token.first {
                continue;
            }
            let span = self.plain.origin(token.start, token.end);
            self.sink.push(
                self.sink
                    .report(Code::ForeignWord, format!("`{word}` ne fait pas partie du langage"), span)
                    .help(format!("écrivez `{french}`"))
                    .fix(*french),
            );
            self.replace(token.start, token.end, *french);
        }
    }
}

fn known(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() || "_\"«»“”„'#()+-*/<>=,:%€.{}&|;![]$£".contains(c)
}

/// Whether a character of a text stands for nothing that one reads or prints.
fn is_invisible(c: char) -> bool {
    c.is_control() && c != '\t'
}

fn invisible(sink: &Sink, span: Span) -> Diagnostic {
    sink.report(Code::ControlCharacter, "il y a ici un caractère invisible qui n'est pas du texte", span)
        .help("effacez-le, ou recopiez le texte dans un nouveau fichier")
        .fix("")
}
