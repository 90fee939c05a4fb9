//! Which column of a file is which: recognised by the usual French headings, or named in `relance.toml`.

use super::custom::{self, CustomColumn};
use super::headings::{Meaning, meanings};
use super::kind::Kind;
use super::problem::{Info, Problem, list};
use super::table::{Header, Table};
use relance_core::machine::Field;
use relance_core::schema::fold;
use std::collections::BTreeMap;

/// The columns that the user names himself: our name of the column, and the file's heading.
pub type Overrides = BTreeMap<String, String>;

/// Where the fields of a file stand.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// Column of each field.
    columns: BTreeMap<&'static str, usize>,
    /// Contact columns of a client file, in file order.
    pub contacts: Vec<ContactColumn>,
    /// Columns of custom facts, in the order of their declarations. A column may have a usual meaning besides.
    pub custom: Vec<CustomColumn>,
    /// What was left aside.
    pub infos: Vec<Info>,
}

/// A column such as `email_comptabilite`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContactColumn {
    /// Its column, from 0.
    pub column: usize,
    /// The role, as written but in lower case: `comptabilité`.
    pub role: String,
    /// What it holds.
    pub part: ContactPart,
}

/// What a contact column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContactPart {
    /// An address.
    Email,
    /// A number.
    Phone,
    /// The person's name.
    Name,
}

impl Layout {
    /// The column of a field, from 0.
    pub fn column(&self, field: &str) -> Option<usize> {
        self.columns.get(field).copied()
    }

    /// The fields found, with their columns.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.columns.iter().map(|(field, column)| (*field, *column))
    }

    /// How many columns mean something.
    pub fn recognised(&self) -> usize {
        self.columns.len() + self.contacts.len()
    }

    /// Finds the columns of a `kind` of file; `fields` are the custom facts that scenarios declare.
    pub fn of(
        table: &Table<'_>,
        kind: Kind,
        overrides: Option<&Overrides>,
        fields: &[Field],
    ) -> Result<Layout, Vec<Problem>> {
        let fields = if matches!(kind, Kind::Invoices | Kind::Customers) { fields } else { &[] };
        let mut finder = Finder {
            table,
            named: Vec::new(),
            kind,
            fields,
            layout: Layout::default(),
            problems: Vec::new(),
            taken: Vec::new(),
        };
        finder.named_by_user(overrides);
        for rank in 0..3 {
            finder.by_heading(rank);
        }
        if kind == Kind::Customers {
            finder.contacts();
        }
        finder.custom();
        finder.leftovers();
        finder.missing();
        if finder.problems.is_empty() { Ok(finder.layout) } else { Err(finder.problems) }
    }
}

struct Finder<'t> {
    table: &'t Table<'t>,
    /// Fields that the user named in vain: that is said once.
    named: Vec<&'static str>,
    kind: Kind,
    /// Custom facts that a column may give.
    fields: &'t [Field],
    layout: Layout,
    problems: Vec<Problem>,
    taken: Vec<usize>,
}

impl Finder<'_> {
    fn problem(&mut self, reason: String, advice: impl Into<String>) {
        self.problems.push(Problem::of_file(&self.table.file, reason).at_line(self.table.header_line).advise(advice));
    }

    fn named_by_user(&mut self, overrides: Option<&Overrides>) {
        let section = format!("dans relance.toml, [import.{}.colonnes]", self.kind.name());
        for (name, heading) in overrides.into_iter().flatten() {
            let spec = self.kind.fields().iter().find(|spec| spec.name == fold(name));
            let field = self.fields.iter().find(|field| custom::names(name, field));
            if spec.is_none() && field.is_none() {
                let names = self.kind.fields().iter().map(|spec| spec.name);
                let names = names.chain(self.fields.iter().map(|field| field.name.as_str()));
                let advice = match nearest(&fold(name), names.clone()) {
                    Some(near) => format!("vouliez-vous dire `{near}` ?"),
                    None => format!("colonnes possibles : {}", names.collect::<Vec<_>>().join(", ")),
                };
                self.problem(format!("{section}, `{name}` n'est pas une colonne de ce genre de fichier"), advice);
                continue;
            }
            let same: Vec<usize> =
                self.table.headers.iter().filter(|h| loose(&h.text) == loose(heading)).map(|h| h.column).collect();
            match same.as_slice() {
                [column] => {
                    match (spec, field) {
                        (Some(spec), _) => {
                            self.layout.columns.insert(spec.name, *column);
                        }
                        (None, Some(field)) => {
                            self.layout.custom.push(CustomColumn { column: *column, field: field.clone() });
                        }
                        (None, None) => {}
                    }
                    self.taken.push(*column);
                }
                [] => {
                    self.named.extend(spec.map(|spec| spec.name));
                    let found = self.headings();
                    let reason =
                        format!("{section} nomme « {heading} » pour `{name}`, mais aucun titre ne s'appelle ainsi");
                    self.problem(reason, format!("titres trouvés : {found}"));
                }
                _ => self.problem(format!("plusieurs colonnes s'appellent « {heading} »"), "gardez-en une"),
            }
        }
    }

    fn by_heading(&mut self, rank: u8) {
        let mut found: BTreeMap<&'static str, Vec<Header>> = BTreeMap::new();
        for header in &self.table.headers {
            if self.taken.contains(&header.column) {
                continue;
            }
            let normal = normal(&header.text);
            let free =
                |m: &&Meaning| m.normal == normal && m.rank == rank && !self.layout.columns.contains_key(m.field);
            // A heading that may mean two things goes to the one that still lacks a column.
            let mut meant = meanings(self.kind).iter().filter(free);
            let first = meant.clone().next();
            if let Some(meaning) = meant.find(|m| !found.contains_key(m.field)).or(first) {
                found.entry(meaning.field).or_default().push(header.clone());
            }
        }
        for (field, headers) in found {
            if let [one, other, ..] = headers.as_slice() {
                let reason =
                    format!("les colonnes « {} » et « {} » disent toutes deux `{field}`", one.text, other.text);
                let section = format!("[import.{}.colonnes] {field} = \"{}\"", self.kind.name(), one.text);
                self.problem(reason, format!("gardez-en une, ou choisissez dans relance.toml : {section}"));
            }
            if let Some(header) = headers.first() {
                self.layout.columns.insert(field, header.column);
            }
            self.taken.extend(headers.iter().map(|h| h.column));
        }
    }

    /// `email_comptabilite`, `Tél. direction`, `Contact achats`: the role is what follows the first word.
    fn contacts(&mut self) {
        for header in &self.table.headers {
            if self.taken.contains(&header.column) {
                continue;
            }
            let lower = header.text.to_lowercase();
            let parts = lower.replace("e-mail", "email");
            let Some((first, role)) = parts.split_once(|c: char| !c.is_alphanumeric()) else { continue };
            let part = match fold(first).as_str() {
                "email" | "mail" | "courriel" => ContactPart::Email,
                "telephone" | "tel" | "portable" | "mobile" => ContactPart::Phone,
                "contact" => ContactPart::Name,
                _ => continue,
            };
            let role =
                role.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_");
            if role.is_empty() || role.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            let same = |c: &ContactColumn| c.part == part && fold(&c.role) == fold(&role);
            if self.layout.contacts.iter().any(same) {
                let reason = format!("deux colonnes donnent le même contact que « {} »", header.text);
                let problem = Problem::of_file(&self.table.file, reason).at_line(self.table.header_line);
                self.problems.push(problem.advise("gardez-en une"));
            }
            self.layout.contacts.push(ContactColumn { column: header.column, role, part });
            self.taken.push(header.column);
        }
    }

    /// Columns of custom facts. One that has a usual meaning keeps it: nothing that the file says is lost.
    fn custom(&mut self) {
        for field in self.fields {
            if self.layout.custom.iter().any(|custom| custom.field.name == field.name) {
                continue;
            }
            let same: Vec<&Header> = self.table.headers.iter().filter(|h| custom::names(&h.text, field)).collect();
            if let [one, other, ..] = same.as_slice() {
                let name = &field.name;
                let reason = format!("les colonnes « {} » et « {} » disent toutes deux `{name}`", one.text, other.text);
                self.problem(reason, "gardez-en une");
            }
            if let Some(header) = same.first() {
                self.layout.custom.push(CustomColumn { column: header.column, field: field.clone() });
            }
            self.taken.extend(same.iter().map(|h| h.column));
        }
    }

    fn leftovers(&mut self) {
        let mut unknown = Vec::new();
        for header in self.table.headers.iter().filter(|h| !self.taken.contains(&h.column)) {
            if self.kind == Kind::Invoices && normal(&header.text).starts_with("litige") {
                let text =
                    "la colonne « Litige » est ignorée : un litige a une date, il se déclare dans evenements.csv";
                self.layout.infos.push(Info::of_file(&self.table.file, text));
            } else {
                unknown.push(format!("« {} »", header.text));
            }
        }
        // Known, but no part of Relance reads it yet: said with the others, so that nobody counts on it.
        for field in ["mode", "devise"] {
            if field == "devise" && self.kind != Kind::Customers {
                continue;
            }
            if let Some(column) = self.layout.columns.remove(field) {
                unknown
                    .extend(self.table.headers.iter().find(|h| h.column == column).map(|h| format!("« {} »", h.text)));
            }
        }
        if !unknown.is_empty() {
            let text = match unknown.as_slice() {
                [one] => format!("colonne ignorée : {one}"),
                _ => format!("colonnes ignorées : {}", list(&unknown, 20)),
            };
            self.layout.infos.push(Info::of_file(&self.table.file, text));
        }
    }

    fn missing(&mut self) {
        let either = |a: &str, b: &str| self.layout.column(a).is_none() && self.layout.column(b).is_none();
        let no_subject = matches!(self.kind, Kind::Payments | Kind::Events) && either("client", "facture");
        let required =
            self.kind.fields().iter().filter(|spec| spec.required && self.layout.column(spec.name).is_none());
        let mut absent: Vec<&'static str> = required.map(|spec| spec.name).collect();
        if no_subject {
            absent.push("facture");
        }
        absent.retain(|name| !self.named.contains(name));
        for name in absent {
            let free: Vec<&Header> = self.table.headers.iter().filter(|h| !self.taken.contains(&h.column)).collect();
            let spelled = meanings(self.kind).iter().filter(|m| m.field == name).map(|m| m.normal.as_str());
            let near =
                free.iter().find(|h| nearest(&normal(&h.text), spelled.clone()).is_some()).map(|h| h.text.clone());
            let example = near.clone().unwrap_or_else(|| "Ma colonne".to_owned());
            let or_client = if no_subject && name == "facture" { " ou `client`" } else { "" };
            let reason = format!("il manque la colonne `{name}`{or_client} (titres trouvés : {})", self.headings());
            let section = format!("[import.{}.colonnes] {name} = \"{example}\"", self.kind.name());
            let advice = match near {
                Some(near) => format!("est-ce « {near} » ? si oui, dans relance.toml : {section}"),
                None => format!("renommez le titre, ou nommez la colonne dans relance.toml : {section}"),
            };
            self.problem(reason, advice);
        }
    }

    fn headings(&self) -> String {
        let found: Vec<String> = self.table.headers.iter().map(|h| format!("« {} »", h.text)).collect();
        list(&found, 20)
    }
}

/// A heading as the user may retype it: blanks and case aside.
fn loose(heading: &str) -> String {
    fold(heading).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The normal form of a heading: lower case, no accents, punctuation nor small words, abbreviations spelled out.
pub(super) fn normal(heading: &str) -> String {
    let folded = fold(heading);
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).peekable();
    let mut out = String::with_capacity(folded.len());
    while let Some(word) = words.next() {
        out.push_str(match word {
            // « Montant dû » is no « Montant »: only « du » before something is small.
            "du" if words.peek().is_none() => word,
            "de" | "du" | "des" | "la" | "le" | "les" | "l" | "d" | "en" => continue,
            "n" | "no" | "num" | "nro" | "number" => "numero",
            "ref" => "reference",
            "ech" => "echeance",
            "mt" | "mnt" | "mtt" => "montant",
            "fact" | "fac" | "factures" => "facture",
            "cli" | "clt" | "clients" => "client",
            "tel" => "telephone",
            "cpt" | "cpte" => "compte",
            "cat" => "categorie",
            "emission" | "emis" => "emission",
            "regl" | "reglements" => "reglement",
            "eur" | "euros" => "euro",
            other => other,
        });
    }
    // `n°` without its letter, `€` and such leave nothing: they are no words.
    out
}

/// The candidate that is spelled nearly like `text`.
fn nearest<'c>(text: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .map(|c| (strsim::normalized_damerau_levenshtein(text, c), c))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms() {
        for (a, b) in [
            ("N° facture", "Numéro de la facture"),
            ("NUM_FACT", "n°facture"),
            ("Date d'échéance", "DATE ECHEANCE"),
            ("Réf. pièce", "Référence pièce"),
            ("Tél.", "Téléphone"),
            ("date_emission", "Date d’émission"),
            ("Reste dû", "RESTE_DU"),
        ] {
            assert_eq!(normal(a), normal(b));
        }
        assert_ne!(normal("Montant dû"), normal("Montant"));
    }

    #[test]
    fn no_heading_means_two_things_for_sure() {
        for kind in Kind::ALL {
            let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
            for meaning in meanings(kind).iter().filter(|m| m.rank == 0) {
                let other = seen.insert(&meaning.normal, meaning.field);
                assert!(other.is_none_or(|f| f == meaning.field), "{kind:?}: {} means {other:?} too", meaning.normal);
            }
        }
    }
}
