//! The words under which clients and invoices are looked for: without case, accents and punctuation.

use crate::dossier::Dossier;
use crate::machine::Value;
use std::collections::BTreeSet;

/// Custom facts that name a company.
const COMPANY_NUMBERS: [&str; 3] = ["siren", "siret", "tva"];

/// A text in lower case, its accents taken off.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'ď' | 'đ' => folded.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => folded.push('e'),
            'ğ' => folded.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => folded.push('i'),
            'ł' | 'ľ' => folded.push('l'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'ř' => folded.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => folded.push('s'),
            'ť' | 'ţ' | 'ț' => folded.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            // Accents that stand by themselves.
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    folded
}

/// A number as it is looked for: its letters and digits, folded.
pub fn number_key(number: &str) -> String {
    folded(number).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The same from its end, so that the ends of numbers are found by what begins with it.
pub fn reversed(key: &str) -> String {
    key.chars().rev().collect()
}

/// The words under which a client is found by what they begin with: those of its name, its code, e-mails, phones, company number.
pub fn client_words(dossier: &Dossier) -> BTreeSet<String> {
    let customer = &dossier.customer;
    let mut words = BTreeSet::from([number_key(&dossier.client)]);
    words.extend(split(&dossier.client));
    words.extend(split(&customer.name));
    let contacts = || customer.contacts.iter();
    words.extend(contacts().filter_map(|contact| contact.name.as_deref()).flat_map(split));
    let emails = customer.email.iter().chain(contacts().filter_map(|contact| contact.email.as_ref()));
    for email in emails {
        words.extend(split(email));
        words.insert(folded(email.trim()));
    }
    let phones = customer.phone.iter().chain(contacts().filter_map(|contact| contact.phone.as_ref()));
    for phone in phones {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        // As it is dialled in France, too.
        if let Some(national) = digits.strip_prefix("33") {
            words.insert(format!("0{national}"));
        }
        words.insert(digits);
    }
    for name in COMPANY_NUMBERS {
        if let Some(Value::Text(number)) = customer.fields.get(name) {
            words.insert(number_key(number));
        }
    }
    words.remove("");
    words
}

/// The words of a text.
fn split(text: &str) -> Vec<String> {
    let folded = folded(text);
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
