//! `taux.csv` of a project: the rates that the user added, one semester a line. They complete those of Relance and replace them.

use super::{begins_semester, lines};
use chrono::NaiveDate;
use relance_core::interest::{Confidence, Percent, Quoted, Table};
use std::fmt::Write;
use std::io;
use std::path::Path;

/// The file, in the project's folder.
pub const FILE: &str = "taux.csv";
const HEADING: &str = "table;semestre;taux;source";
const COMMENT: &str = "# Taux ajoutés par `relance taux ajouter` : ils complètent ceux de Relance, et les remplacent. Table : bce ou legal.";
/// No table has so many semesters.
const MOST_BYTES: u64 = 1_000_000;

/// A rate that the user added.
#[derive(Clone, PartialEq, Debug)]
pub struct OwnRate {
    /// Of which table.
    pub table: Table,
    /// The first day of its semester.
    pub from: NaiveDate,
    /// The rate.
    pub rate: Percent,
    /// Where the user read it.
    pub source: String,
}

impl OwnRate {
    /// As the tables keep it.
    pub fn quoted(&self) -> Quoted {
        Quoted { rate: self.rate, source: self.source.clone(), confidence: Confidence::Entered }
    }
}

/// The rates of a project; none without the file. What is wrong with it, in French, each with its line.
pub fn read(project: &Path) -> Result<Vec<OwnRate>, Vec<String>> {
    let path = project.join(FILE);
    let text = match std::fs::metadata(&path).and_then(|data| {
        if data.len() > MOST_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { std::fs::read_to_string(&path) }
    }) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(vec![format!("{FILE} : fichier illisible ({error})")]),
    };
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<OwnRate>, Vec<String>> {
    let (mut rates, mut problems) = (Vec::<OwnRate>::new(), Vec::new());
    for (number, line) in lines(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        match row(line) {
            Ok(rate) if rates.iter().any(|known| (known.table, known.from) == (rate.table, rate.from)) => {
                problems.push(format!(
                    "{FILE}:{number} : ce semestre y figure deux fois ; gardez une seule des deux lignes"
                ));
            }
            Ok(rate) => rates.push(rate),
            Err(problem) => problems.push(format!("{FILE}:{number} : {problem}")),
        }
    }
    if problems.is_empty() { Ok(rates) } else { Err(problems) }
}

fn row(line: &str) -> Result<OwnRate, String> {
    let mut cells = line.splitn(4, ';').map(str::trim);
    let mut cell = || cells.next().unwrap_or_default();
    let (table, from, rate, source) = (cell(), cell(), cell(), cell().to_owned());
    let table = match table {
        "bce" => Table::Ecb,
        "legal" => Table::Legal,
        other => return Err(format!("table inconnue `{other}` : écrivez bce ou legal")),
    };
    let from = from.parse().map_err(|_| format!("date illisible `{from}` : écrivez AAAA-MM-JJ"))?;
    let rate = Percent::parse(rate).ok_or_else(|| format!("taux illisible `{rate}` : écrivez par exemple 2,15"))?;
    let own = OwnRate { table, from, rate, source };
    refused(&own).map_or(Ok(own), Err)
}

/// Why a rate cannot be added, in French.
fn refused(rate: &OwnRate) -> Option<String> {
    if !begins_semester(rate.from) {
        return Some(format!(
            "le taux qui compte est celui du premier jour du semestre : le {} n’est ni un 1er janvier ni un 1er juillet",
            relance_core::day::french_date(rate.from)
        ));
    }
    if !rate.table.can_be_added(rate.from) {
        return Some(format!("{} d’avant 2013 ne tient pas en un taux par semestre", rate.table.french()));
    }
    rate.source.is_empty().then(|| "il manque la source : dites où ce taux est publié".to_owned())
}

/// Adds a rate to the project's file, in the place of the one of the same semester; gives that one back.
pub fn add(project: &Path, rate: OwnRate) -> Result<Option<OwnRate>, String> {
    let rate = OwnRate { source: one_line(&rate.source), ..rate };
    if let Some(problem) = refused(&rate) {
        return Err(problem);
    }
    let mut rates = read(project).map_err(|problems| problems.join("\n"))?;
    let same = |known: &OwnRate| (known.table, known.from) == (rate.table, rate.from);
    let before = rates.iter().position(same).map(|at| rates.remove(at));
    rates.push(rate);
    rates.sort_by_key(|rate| (rate.table, rate.from));
    let mut text = format!("{COMMENT}\n{HEADING}\n");
    for OwnRate { table, from, rate, source } in &rates {
        let _ = writeln!(text, "{};{from};{};{source}", table.word(), rate.digits());
    }
    // Written beside and moved into its place: nobody reads half of it.
    let (path, part) = (project.join(FILE), project.join(format!(".{FILE}.partiel")));
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, &path));
    written.map_err(|error| format!("`{FILE}` ne s’écrit pas ({error})"))?;
    Ok(before)
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(table: Table, from: &str, rate: &str, source: &str) -> OwnRate {
        let (from, rate) = (from.parse().unwrap_or_default(), Percent::parse(rate).unwrap_or_default());
        OwnRate { table, from, rate, source: source.to_owned() }
    }

    #[test]
    fn what_is_added_is_read_again() {
        let dir = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(read(dir.path()), Ok(Vec::new()));
        let first = own(Table::Legal, "2027-01-01", "2,80", "JO ; page\n3");
        assert_eq!(add(dir.path(), first), Ok(None));
        assert_eq!(add(dir.path(), own(Table::Ecb, "2027-01-01", "2,65", "site de la BCE")), Ok(None));
        let before = add(dir.path(), own(Table::Legal, "2027-01-01", "2,81", "arrêté"));
        assert_eq!(before, Ok(Some(own(Table::Legal, "2027-01-01", "2,80", "JO ; page 3"))));
        let known = [
            own(Table::Ecb, "2027-01-01", "2,65", "site de la BCE"),
            own(Table::Legal, "2027-01-01", "2,81", "arrêté"),
        ];
        assert_eq!(read(dir.path()), Ok(known.to_vec()));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line() {
        let text = "table;semestre;taux;source\nbce;2027-01-01;2,65;a\nbce;2027-01-01;2,7;b\nbce;2027-02-10;2,7;b\n\
                    euribor;2027-01-01;2;x\nlegal;01/01/2027;2;x\nlegal;2027-01-01;deux;x\nlegal;2027-01-01;2;\nbce;2012-01-01;1;x\n";
        let told = parse(text).err().unwrap_or_default().join("\n");
        insta::assert_snapshot!(told, @r"
        taux.csv:3 : ce semestre y figure deux fois ; gardez une seule des deux lignes
        taux.csv:4 : le taux qui compte est celui du premier jour du semestre : le 10/02/2027 n’est ni un 1er janvier ni un 1er juillet
        taux.csv:5 : table inconnue `euribor` : écrivez bce ou legal
        taux.csv:6 : date illisible `01/01/2027` : écrivez AAAA-MM-JJ
        taux.csv:7 : taux illisible `deux` : écrivez par exemple 2,15
        taux.csv:8 : il manque la source : dites où ce taux est publié
        taux.csv:9 : le taux de refinancement de la BCE d’avant 2013 ne tient pas en un taux par semestre
        ");
    }
}
