//! Countries by their ISO 3166 codes, as the French name them.

use crate::schema::fold;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The name of a country in French, of those to which French companies write; `None` for others.
pub fn french_name(code: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, name)| *name)
}

/// The code of a country by its French name, whatever the case and the accents.
pub fn code_of(name: &str) -> Option<&'static str> {
    BY_NAME.get(&letters(name)).copied()
}

static BY_NAME: LazyLock<BTreeMap<String, &str>> =
    LazyLock::new(|| COUNTRIES.iter().map(|(code, name)| (letters(name), *code)).collect());

fn letters(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether mail for a country is French mail, which names none: France and what lies overseas.
pub fn is_french_mail(code: &str) -> bool {
    ["FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF"]
        .iter()
        .any(|french| french.eq_ignore_ascii_case(code))
}

const COUNTRIES: &[(&str, &str)] = &[
    ("FR", "France"),
    ("GP", "Guadeloupe"),
    ("MQ", "Martinique"),
    ("GF", "Guyane"),
    ("RE", "La Réunion"),
    ("YT", "Mayotte"),
    ("PM", "Saint-Pierre-et-Miquelon"),
    ("BL", "Saint-Barthélemy"),
    ("MF", "Saint-Martin"),
    ("WF", "Wallis-et-Futuna"),
    ("PF", "Polynésie française"),
    ("NC", "Nouvelle-Calédonie"),
    ("AD", "Andorre"),
    ("AE", "Émirats arabes unis"),
    ("AL", "Albanie"),
    ("AM", "Arménie"),
    ("AO", "Angola"),
    ("AR", "Argentine"),
    ("AT", "Autriche"),
    ("AU", "Australie"),
    ("AZ", "Azerbaïdjan"),
    ("BA", "Bosnie-Herzégovine"),
    ("BD", "Bangladesh"),
    ("BE", "Belgique"),
    ("BF", "Burkina Faso"),
    ("BG", "Bulgarie"),
    ("BH", "Bahreïn"),
    ("BI", "Burundi"),
    ("BJ", "Bénin"),
    ("BO", "Bolivie"),
    ("BR", "Brésil"),
    ("BY", "Biélorussie"),
    ("CA", "Canada"),
    ("CD", "République démocratique du Congo"),
    ("CF", "République centrafricaine"),
    ("CG", "Congo"),
    ("CH", "Suisse"),
    ("CI", "Côte d’Ivoire"),
    ("CL", "Chili"),
    ("CM", "Cameroun"),
    ("CN", "Chine"),
    ("CO", "Colombie"),
    ("CR", "Costa Rica"),
    ("CV", "Cap-Vert"),
    ("CY", "Chypre"),
    ("CZ", "République tchèque"),
    ("DE", "Allemagne"),
    ("DJ", "Djibouti"),
    ("DK", "Danemark"),
    ("DO", "République dominicaine"),
    ("DZ", "Algérie"),
    ("EC", "Équateur"),
    ("EE", "Estonie"),
    ("EG", "Égypte"),
    ("ES", "Espagne"),
    ("ET", "Éthiopie"),
    ("FI", "Finlande"),
    ("GA", "Gabon"),
    ("GB", "Royaume-Uni"),
    ("GE", "Géorgie"),
    ("GG", "Guernesey"),
    ("GH", "Ghana"),
    ("GI", "Gibraltar"),
    ("GN", "Guinée"),
    ("GQ", "Guinée équatoriale"),
    ("GR", "Grèce"),
    ("HK", "Hong Kong"),
    ("HR", "Croatie"),
    ("HT", "Haïti"),
    ("HU", "Hongrie"),
    ("ID", "Indonésie"),
    ("IE", "Irlande"),
    ("IL", "Israël"),
    ("IM", "Île de Man"),
    ("IN", "Inde"),
    ("IQ", "Irak"),
    ("IR", "Iran"),
    ("IS", "Islande"),
    ("IT", "Italie"),
    ("JE", "Jersey"),
    ("JO", "Jordanie"),
    ("JP", "Japon"),
    ("KE", "Kenya"),
    ("KH", "Cambodge"),
    ("KM", "Comores"),
    ("KR", "Corée du Sud"),
    ("KW", "Koweït"),
    ("KZ", "Kazakhstan"),
    ("LA", "Laos"),
    ("LB", "Liban"),
    ("LI", "Liechtenstein"),
    ("LK", "Sri Lanka"),
    ("LT", "Lituanie"),
    ("LU", "Luxembourg"),
    ("LV", "Lettonie"),
    ("LY", "Libye"),
    ("MA", "Maroc"),
    ("MC", "Monaco"),
    ("MD", "Moldavie"),
    ("ME", "Monténégro"),
    ("MG", "Madagascar"),
    ("MK", "Macédoine du Nord"),
    ("ML", "Mali"),
    ("MR", "Mauritanie"),
    ("MT", "Malte"),
    ("MU", "Maurice"),
    ("MX", "Mexique"),
    ("MY", "Malaisie"),
    ("MZ", "Mozambique"),
    ("NE", "Niger"),
    ("NG", "Nigeria"),
    ("NL", "Pays-Bas"),
    ("NO", "Norvège"),
    ("NZ", "Nouvelle-Zélande"),
    ("OM", "Oman"),
    ("PA", "Panama"),
    ("PE", "Pérou"),
    ("PH", "Philippines"),
    ("PK", "Pakistan"),
    ("PL", "Pologne"),
    ("PT", "Portugal"),
    ("PY", "Paraguay"),
    ("QA", "Qatar"),
    ("RO", "Roumanie"),
    ("RS", "Serbie"),
    ("RU", "Russie"),
    ("RW", "Rwanda"),
    ("SA", "Arabie saoudite"),
    ("SC", "Seychelles"),
    ("SE", "Suède"),
    ("SG", "Singapour"),
    ("SI", "Slovénie"),
    ("SK", "Slovaquie"),
    ("SM", "Saint-Marin"),
    ("SN", "Sénégal"),
    ("TD", "Tchad"),
    ("TG", "Togo"),
    ("TH", "Thaïlande"),
    ("TN", "Tunisie"),
    ("TR", "Turquie"),
    ("TW", "Taïwan"),
    ("TZ", "Tanzanie"),
    ("UA", "Ukraine"),
    ("UG", "Ouganda"),
    ("US", "États-Unis"),
    ("UY", "Uruguay"),
    ("VA", "Vatican"),
    ("VE", "Venezuela"),
    ("VN", "Viêt Nam"),
    ("ZA", "Afrique du Sud"),
    ("ZM", "Zambie"),
    ("ZW", "Zimbabwe"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_lead_to_each_other() {
        for (code, name) in COUNTRIES {
            assert_eq!((french_name(code), code_of(name)), (Some(*name), Some(*code)));
        }
        assert_eq!(
            (code_of("cote d'ivoire"), code_of("ETATS UNIS"), code_of("Syldavie")),
            (Some("CI"), Some("US"), None)
        );
        assert!(is_french_mail("re") && !is_french_mail("MC") && !is_french_mail("DE"));
    }
}
