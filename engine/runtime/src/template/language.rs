//! How dates, amounts and numbers are written in the language of a message, and the few words that the page itself says.

use super::filters::grouped_phone;
use chrono::{Datelike, NaiveDate};
use relance_core::day::{MONTHS, french_date};
use relance_core::interest::Percent;
use relance_core::money::{Amount, decimal_comma};

/// A language of which the forms are known; any other has neutral ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// `fr`.
    #[default]
    French,
    /// `en`.
    English,
    /// `de`.
    German,
    /// `es`.
    Spanish,
    /// `it`.
    Italian,
    /// `nl`.
    Dutch,
    /// Any other.
    Other,
}

use Lang::{Dutch, English, French, German, Italian, Other, Spanish};

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const ITALIAN: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];
const DUTCH: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

impl Lang {
    /// By its code of two letters.
    pub fn of(code: &str) -> Lang {
        match code {
            "fr" => French,
            "en" => English,
            "de" => German,
            "es" => Spanish,
            "it" => Italian,
            "nl" => Dutch,
            _ => Other,
        }
    }

    /// Whether the mentions of a text in it can be checked.
    pub fn is_read(self) -> bool {
        matches!(self, French | English)
    }

    /// `1 500,50 €`, `€1,500.50`, `1.500,50 €`: the blanks do not break.
    pub fn amount(self, amount: Amount) -> String {
        let comma = decimal_comma(amount.cents);
        let euro = amount.currency.code() == "EUR";
        let turned = |thousands: char, decimal: char| -> String {
            let turn = |c| match c {
                '\u{202f}' => thousands,
                ',' => decimal,
                other => other,
            };
            comma.chars().map(turn).collect()
        };
        match self {
            French => amount.to_string(),
            English if euro => {
                let digits = turned(',', '.');
                let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
                format!("{sign}€{digits}")
            }
            English => format!("{}\u{a0}{}", amount.currency.code(), turned(',', '.')),
            Dutch => format!("{}\u{a0}{}", amount.currency.symbol(), turned('.', ',')),
            German | Spanish | Italian => format!("{}\u{a0}{}", turned('.', ','), amount.currency.symbol()),
            Other => format!("{}\u{a0}{}", turned('\u{202f}', '.'), amount.currency.code()),
        }
    }

    /// `31/12/2026`, `31 Dec 2026` (an American reads the other form otherwise), `31.12.2026`, `31-12-2026`, `2026-12-31`.
    pub fn date(self, day: NaiveDate) -> String {
        let (d, m, y) = (day.day(), day.month(), day.year());
        match self {
            French | Spanish | Italian => french_date(day),
            English => {
                let month = ENGLISH.get(day.month0() as usize).and_then(|name| name.get(..3)).unwrap_or_default();
                format!("{d}\u{a0}{month}\u{a0}{y}")
            }
            German => format!("{d:02}.{m:02}.{y}"),
            Dutch => format!("{d:02}-{m:02}-{y}"),
            Other => day.to_string(),
        }
    }

    /// `31 décembre 2026`; the first of the month is `1er` in French.
    pub fn long_date(self, day: NaiveDate) -> String {
        let (months, d, y) = (self.months(), day.day(), day.year());
        let Some(month) = months.and_then(|months| months.get(day.month0() as usize)) else { return day.to_string() };
        match self {
            French if d == 1 => format!("1er\u{a0}{month} {y}"),
            German => format!("{d}.\u{a0}{month} {y}"),
            Spanish => format!("{d}\u{a0}de {month} de {y}"),
            _ => format!("{d}\u{a0}{month} {y}"),
        }
    }

    fn months(self) -> Option<&'static [&'static str; 12]> {
        Some(match self {
            French => &MONTHS,
            English => &ENGLISH,
            German => &GERMAN,
            Spanish => &SPANISH,
            Italian => &ITALIAN,
            Dutch => &DUTCH,
            Other => return None,
        })
    }

    /// Whether `n` takes the plural: from 2 on in French, all but one elsewhere.
    pub fn is_plural(self, n: i64) -> bool {
        if self == French { n.unsigned_abs() >= 2 } else { n.unsigned_abs() != 1 }
    }

    /// `15 jours`.
    pub fn days(self, n: i64) -> String {
        let (one, many) = match self {
            French => ("jour", "jours"),
            English => ("day", "days"),
            German => ("Tag", "Tage"),
            Spanish => ("día", "días"),
            Italian => ("giorno", "giorni"),
            Dutch => ("dag", "dagen"),
            Other => return n.to_string(),
        };
        format!("{n}\u{a0}{}", if self.is_plural(n) { many } else { one })
    }

    /// Yes and no.
    pub fn yes_no(self, yes: bool) -> &'static str {
        let (affirmed, denied) = match self {
            French => ("oui", "non"),
            English | Other => ("yes", "no"),
            German => ("ja", "nein"),
            Spanish => ("sí", "no"),
            Italian => ("sì", "no"),
            Dutch => ("ja", "nee"),
        };
        if yes { affirmed } else { denied }
    }

    /// A French number by pairs, as the French say it, or with its country for everybody else; any other as it is.
    pub fn phone(self, phone: &str) -> String {
        grouped_phone(phone, self == French)
    }

    /// Rates one after the other: `14,50 % puis 14,25 %`.
    pub fn rates(self, rates: &[Percent]) -> Option<String> {
        let (least, most) = (rates.iter().min()?, rates.iter().max()?);
        let (then, to, by) = match self {
            French => (" puis ", " à ", " selon le semestre"),
            English => (" then ", " to ", " depending on the half-year"),
            German => (", dann ", " bis ", " je nach Halbjahr"),
            Spanish => (" y después ", " a ", " según el semestre"),
            Italian => (" poi ", " a ", " secondo il semestre"),
            Dutch => (" daarna ", " tot ", " naargelang het halfjaar"),
            Other => (" / ", " – ", ""),
        };
        Some(match rates.len() {
            1..=3 => rates.iter().map(|rate| self.percent(*rate)).collect::<Vec<_>>().join(then),
            _ => [&self.percent(*least), to, &self.percent(*most), by].concat(),
        })
    }

    fn percent(self, rate: Percent) -> String {
        match self {
            French | German | Spanish => rate.to_string(),
            English | Other => format!("{}%", rate.digits().replace(',', ".")),
            Italian | Dutch => format!("{}%", rate.digits()),
        }
    }

    /// `Objet : …`
    pub(super) fn subject(self) -> &'static str {
        match self {
            French => "Objet\u{a0}: ",
            English | Other => "Subject: ",
            German => "Betreff: ",
            Spanish => "Asunto: ",
            Italian => "Oggetto: ",
            Dutch => "Betreft: ",
        }
    }

    /// `À l’attention de …`
    pub(super) fn attention(self) -> &'static str {
        match self {
            French => "À l’attention de ",
            English | Other => "For the attention of ",
            German => "z. Hd. ",
            Spanish => "A la atención de ",
            Italian => "Alla c.a. di ",
            Dutch => "T.a.v. ",
        }
    }

    /// `Le …`, before the date of a letter.
    pub(super) fn on(self) -> &'static str {
        if self == French { "Le " } else { "" }
    }

    /// What a payment code is, for whom does not see it, and what to do with it; `{}` is the amount, `{à}` to whom.
    pub(super) fn code(self) -> (&'static str, &'static str) {
        match self {
            French => (
                "Code QR de virement de {} à {à}",
                "Virement de {}\u{a0}: scannez ce code avec l’application de votre banque.",
            ),
            English | Other => {
                ("QR code for a transfer of {} to {à}", "Transfer of {}: scan this code with your banking app.")
            }
            German => (
                "QR-Code für eine Überweisung von {} an {à}",
                "Überweisung von {}: Scannen Sie diesen Code mit Ihrer Banking-App.",
            ),
            Spanish => (
                "Código QR para una transferencia de {} a {à}",
                "Transferencia de {}: escanee este código con la aplicación de su banco.",
            ),
            Italian => (
                "Codice QR per un bonifico di {} a {à}",
                "Bonifico di {}: scansioni questo codice con l’app della Sua banca.",
            ),
            Dutch => (
                "QR-code voor een overschrijving van {} aan {à}",
                "Overschrijving van {}: scan deze code met de app van uw bank.",
            ),
        }
    }

    /// `Appel – …`
    pub(super) fn call(self) -> &'static str {
        match self {
            French => "Appel",
            English | Other => "Call",
            German => "Anruf",
            Spanish => "Llamada",
            Italian => "Chiamata",
            Dutch => "Oproep",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Lang; 7] = [French, English, German, Spanish, Italian, Dutch, Other];

    #[test]
    fn every_language_has_its_forms() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let rates = [Percent::points(12), Percent::parse("14,25").unwrap()];
        let shown = ALL.map(|lang| {
            let amounts = [123_456_705, -4_000].map(|cents| lang.amount(Amount::eur(cents)));
            let foreign = lang.amount(Amount::new(150_050, relance_core::money::Currency::parse("CHF").unwrap()));
            let forms = [lang.date(day), lang.long_date(day), lang.days(0), lang.days(1), lang.days(15)];
            let rest = [lang.rates(&rates).unwrap(), lang.phone("+33472000000")];
            let all = [&amounts[..], &[foreign], &forms[..], &rest[..]].concat().join(" | ");
            format!("{lang:?}: {all}").replace(['\u{a0}', '\u{202f}'], "~")
        });
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn codes_name_languages() {
        assert_eq!(["fr", "en", "de", "es", "it", "nl", "pt"].map(Lang::of), ALL);
        assert_eq!(French.rates(&[]), None);
    }
}
