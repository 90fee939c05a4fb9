//! Words of the language where a name must stand: told once, before anything is cut at them, and replaced by a mark that the
//! grammar takes for a name.

use crate::diagnostic::{Code, Sink};
use crate::keywords;
use crate::lex::{Kind, LOST_NAME, Token};
use crate::source::{Edit, Plain};

/// What a name is the name of, in French, and how one is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Header(&'static str, &'static str),
    Stage,
    Template,
    Role,
}

/// Words that go on with the sentence when no name stands before them.
const GOES_ON: [&str; 18] = [
    "a", "alors", "apres", "au", "copie", "des", "entre", "est", "et", "n'est", "ou", "parmi", "puis", "quand", "sans",
    "sauf", "si", "sinon",
];

/// Tells the words of the language that stand where only a name can, and gives what replaces them.
pub(crate) fn names(plain: &Plain, original: &str, tokens: &[Token], sink: &mut Sink<'_>) -> Vec<Edit> {
    let words = Words { plain, tokens };
    let mut edits = Vec::new();
    let mut in_test = false;
    let mut marked = None;
    for (i, token) in tokens.iter().enumerate() {
        if token.first {
            in_test = match words.at(i) {
                "test" => true,
                "scenario" | "etape" | "segment" | "champ" | "constante" | "script" | "inclure" => false,
                _ => in_test,
            };
        }
        // What follows a name that is told is no name.
        if in_test || token.first || marked == i.checked_sub(1) {
            continue;
        }
        let Some(place) = words.place(i) else { continue };
        marked = Some(i);
        edits.push(Edit { start: token.start, end: token.end, text: LOST_NAME.to_owned() });
        let span = plain.origin(token.start, token.end);
        let written = original.get(span.start..span.end).unwrap_or_default().trim_end();
        let (what, help) = match place {
            Place::Header(word, what) => {
                let bare = written.replace(['\'', '’'], "_");
                (what, format!("choisissez un autre nom, par exemple `{word}_{bare}`"))
            }
            // The name is told once, where the stage has it.
            Place::Stage if words.names_a_stage(words.at(i)) => continue,
            Place::Stage => ("une étape", "écrivez le nom d'une étape : `aller à mise_en_demeure`".to_owned()),
            Place::Template => {
                let verb = plain.origin(words.start(i - 1), token.start);
                let verb = original.get(verb.start..verb.end).unwrap_or_default().trim_end();
                ("un modèle", format!("écrivez le nom d'un modèle après `{verb}`"))
            }
            Place::Role => ("un destinataire", "écrivez le nom d'un rôle : `à comptabilité`".to_owned()),
        };
        let message = format!("`{written}` est un mot du langage : il ne peut pas nommer {what}");
        sink.push(sink.report(Code::ReservedName, message, span).help(help));
    }
    edits
}

struct Words<'a> {
    plain: &'a Plain,
    tokens: &'a [Token],
}

impl<'a> Words<'a> {
    fn at(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |token| self.plain.text.get(token.start..token.end).unwrap_or_default())
    }

    fn start(&self, i: usize) -> usize {
        self.tokens.get(i).map_or(0, |token| token.start)
    }

    fn kind(&self, i: usize) -> Option<Kind> {
        self.tokens.get(i).map(|token| token.kind)
    }

    /// Whether a line, or the file, ends before this word.
    fn first(&self, i: usize) -> bool {
        self.tokens.get(i).is_none_or(|token| token.first)
    }

    fn names_a_stage(&self, name: &str) -> bool {
        (0..self.tokens.len()).any(|i| self.first(i) && self.at(i) == "etape" && self.at(i + 1) == name)
    }

    /// What must be named where a word of the language stands.
    fn place(&self, i: usize) -> Option<Place> {
        if self.kind(i) != Some(Kind::Word) || !keywords::is_reserved(self.at(i)) {
            return None;
        }
        let before = i.checked_sub(1)?;
        if self.first(before) {
            return self.header(i, self.at(before));
        }
        let place = self.of_action(before)?;
        self.is_name(i, place).then_some(place)
    }

    /// The name of a header. What opens one wherever it stands needs no look at what follows.
    fn header(&self, i: usize, word: &str) -> Option<Place> {
        match word {
            "scenario" => Some(Place::Header("scénario", "un scénario")),
            "etape" => Some(Place::Header("étape", "une étape")),
            "segment" if self.at(i + 1) == ":" => Some(Place::Header("segment", "un segment")),
            "champ" => Some(Place::Header("champ", "un champ")),
            "constante" => Some(Place::Header("constante", "une constante")),
            _ => None,
        }
    }

    /// What an action names after this word.
    fn of_action(&self, last: usize) -> Option<Place> {
        let before = |n: usize| last.checked_sub(n).map_or("", |k| self.at(k));
        match self.at(last) {
            "email" | "sms" | "courrier" | "appel" | "lettre_recommandee" => Some(Place::Template),
            "a" if before(1) == "aller" => Some(Place::Stage),
            "etape" if (before(1) == "a" && before(2) == "aller") || before(1) == "reprise" => Some(Place::Stage),
            "copie" | "alerter" => Some(Place::Role),
            "de" if before(1) == "validation" && before(2) == "apres" => Some(Place::Role),
            "a" if before(1) == "copie" || self.is_sent_to(last) => Some(Place::Role),
            "," => self.listed_role(last).then_some(Place::Role),
            _ => None,
        }
    }

    /// `email ferme à`, `tâche "…" à`: not `segment = a`.
    fn is_sent_to(&self, a: usize) -> bool {
        let before = |n: usize| a.checked_sub(n).map_or("", |k| self.at(k));
        let contact = |word: &str| matches!(word, "email" | "sms" | "courrier" | "appel" | "lettre_recommandee");
        contact(before(1)) || before(1) == "tache" || before(2) == "tache" || contact(before(2))
    }

    /// `à comptabilité, direction`.
    fn listed_role(&self, comma: usize) -> bool {
        let names = |k: &usize| self.at(*k) == "," || !keywords::is_reserved(self.at(*k));
        let Some(opens) = (0..comma).rev().find(|k| !names(k)) else { return false };
        self.at(opens) == "copie" || (self.at(opens) == "a" && self.is_sent_to(opens))
    }

    /// Whether the word is meant as the name, not as what it says.
    fn is_name(&self, i: usize, place: Place) -> bool {
        let (word, next) = (self.at(i), self.at(i + 1));
        // `appel` needs no template: what follows it may be anything.
        let optional = self.at(i - 1) == "appel";
        let ends = self.first(i + 1) || matches!(next, "puis" | "et" | ",");
        match (place, word) {
            (Place::Role, "defaut") => return false,
            // `aller à étape x`.
            (Place::Stage, "etape") => return self.first(i + 1),
            _ => {}
        }
        if GOES_ON.contains(&word) {
            return !optional && self.first(i + 1) && self.opens_block(i + 1);
        }
        !keywords::is_action(word) || (!optional && ends)
    }

    /// Whether the file ends here, or a line that nothing can be joined to.
    fn opens_block(&self, i: usize) -> bool {
        let (word, next) = (self.at(i), self.at(i + 1));
        match word {
            "" => true,
            "a" => next.starts_with('j') || next == "l'entree",
            "apres" => self.kind(i + 1) == Some(Kind::Number),
            word => matches!(
                word,
                "si" | "sinon"
                    | "quand"
                    | "des"
                    | "tous"
                    | "fin"
                    | "scenario"
                    | "etape"
                    | "segment"
                    | "champ"
                    | "constante"
                    | "test"
            ),
        }
    }
}
