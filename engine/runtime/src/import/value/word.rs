//! Words out of short lists: yes and no, regimes, countries, segments.

use crate::import::problem::Refusal;
use relance_core::country;
use relance_core::interest::Clause;
use relance_core::money::Currency;
use relance_core::schema::fold;

/// A text as an identifier of the language: lower case, no accents, `_` between words.
pub fn identifier(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in fold(text).chars() {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Reads Oui/Non, O/N, 1/0, vrai/faux, yes/no.
pub fn yes_no(text: &str) -> Result<bool, Refusal> {
    match identifier(text).as_str() {
        "oui" | "o" | "1" | "vrai" | "yes" | "y" | "true" | "x" => Ok(true),
        "non" | "n" | "0" | "faux" | "no" | "false" => Ok(false),
        _ => Err(Refusal::bare("attendu : Oui ou Non")),
    }
}

/// Reads a regime: `b2b`, `b2c`, `public`, or the words that people write for them.
pub fn regime(text: &str) -> Result<String, Refusal> {
    let word = match identifier(text).as_str() {
        "b2b" | "btob" | "b_to_b" | "entreprise" | "professionnel" | "pro" | "societe" => "b2b",
        "b2c" | "btoc" | "b_to_c" | "particulier" | "consommateur" => "b2c",
        "public" | "b2g" | "administration" | "collectivite" | "secteur_public" => "public",
        _ => return Err(Refusal::bare("régime inconnu, attendu : b2b, b2c ou public")),
    };
    Ok(word.to_owned())
}

/// Reads a contract rate of penalties.
pub fn penalty_rate(text: &str) -> Result<Clause, Refusal> {
    let refused = "taux de pénalités illisible, attendu : 12 %, 3 fois le taux légal ou BCE + 12 points";
    Clause::parse(text).ok_or_else(|| Refusal::bare(refused))
}

/// The currencies whose unit has two decimals and that a French creditor may meet (`TTC` is none of them).
const CURRENCIES: &str = "EUR USD GBP CHF CAD AUD NZD SEK NOK DKK PLN CZK HUF RON BGN HRK TRY MAD DZD EGP ZAR ILS AED SAR \
     QAR INR CNY HKD SGD THB MYR PHP IDR BRL MXN ARS COP PEN MUR RUB UAH GEL RSD";

/// Reads a code of three letters, if it is a currency that is known.
pub fn currency_code(text: &str) -> Option<Currency> {
    let code = Currency::parse(text)?;
    CURRENCIES.split_whitespace().any(|known| known == code.code()).then_some(code)
}

/// Reads a currency code, or the sign of the euro.
pub fn currency(text: &str) -> Result<Currency, Refusal> {
    match identifier(text).as_str() {
        "" if text.trim() == "€" => Ok(Currency::EUR),
        "euro" | "euros" => Ok(Currency::EUR),
        _ => currency_code(text).ok_or_else(|| {
            Refusal::bare("devise inconnue, attendu : un code de trois lettres à deux décimales, par exemple EUR")
        }),
    }
}

/// Reads a country: a code of two letters, or its French name.
pub fn country(text: &str) -> Result<String, Refusal> {
    let word = identifier(text);
    if word.len() == 2 && word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(word.to_ascii_uppercase());
    }
    let named = if word == "fra" { Some("FR") } else { country::code_of(text) };
    named
        .map(str::to_owned)
        .ok_or_else(|| Refusal::new("pays inconnu", "écrivez son code ISO à deux lettres, par exemple FR"))
}

/// The languages that French exports name in words, and their ISO 639 codes.
const LANGUAGES: &[(&str, &str)] = &[
    ("francais", "fr"),
    ("anglais", "en"),
    ("english", "en"),
    ("allemand", "de"),
    ("deutsch", "de"),
    ("espagnol", "es"),
    ("italien", "it"),
    ("neerlandais", "nl"),
    ("portugais", "pt"),
];

/// Reads a language: a code of two letters, with or without a country (`en`, `en-GB`), or its French name.
pub fn language(text: &str) -> Result<String, Refusal> {
    let word = identifier(text);
    if let Some((_, code)) = LANGUAGES.iter().find(|(name, _)| *name == word) {
        return Ok((*code).to_owned());
    }
    let code = word.split('_').next().unwrap_or_default();
    let wanted = code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) && word.len() <= 5;
    wanted
        .then(|| code.to_owned())
        .ok_or_else(|| Refusal::new("langue inconnue", "écrivez son code à deux lettres, par exemple fr ou en"))
}

/// Reads a number of days: `12`, `12 j`, `12 jours`.
pub fn days(text: &str) -> Result<i64, Refusal> {
    let digits = text.trim().trim_end_matches(|c: char| c.is_alphabetic()).trim();
    let unit = text.trim().strip_prefix(digits).map(|unit| unit.trim().to_lowercase());
    let known = matches!(unit.as_deref(), Some("" | "j" | "jour" | "jours"));
    digits
        .parse::<i64>()
        .ok()
        .filter(|n| known && (-3660..=3660).contains(n))
        .ok_or_else(|| Refusal::bare("attendu : un nombre de jours, par exemple 12"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(identifier(" Mauvais payeur "), "mauvais_payeur");
        assert_eq!(identifier("Stratégique"), "strategique");
        assert_eq!(yes_no("Oui"), Ok(true));
        assert_eq!(yes_no("FAUX"), Ok(false));
        assert!(yes_no("peut-être").is_err());
        assert_eq!(regime("Particulier").as_deref(), Ok("b2c"));
        assert!(regime("association").is_err());
        assert_eq!(country("fr").as_deref(), Ok("FR"));
        assert_eq!(country("Pays-Bas").as_deref(), Ok("NL"));
        assert!(country("Syldavie").is_err());
        for (text, code) in [("fr", "fr"), ("EN", "en"), ("en-GB", "en"), ("Anglais", "en"), ("français", "fr")] {
            assert_eq!(language(text).as_deref(), Ok(code), "{text}");
        }
        assert!(["x", "klingon", "e1"].into_iter().all(|text| language(text).is_err()));
        assert_eq!(currency("chf").map(|c| c.code().to_owned()), Ok("CHF".to_owned()));
        assert_eq!(currency("€"), Ok(Currency::EUR));
        assert_eq!(days("12 jours"), Ok(12));
        assert!(days("12 mois").is_err() && days("").is_err() && days("é").is_err());
    }
}
