//! Clients who do not exist: names made of parts, addresses at reserved domains, numbers that ARCEP keeps for fiction.

use super::dice::Dice;
use super::{Client, Segment, behaviour};
use relance_core::schema::fold;

const HEADS: &[&str] = &[
    "Val", "Mont", "Beau", "Roch", "Clair", "Fontan", "Lav", "Mar", "Ber", "Dur", "Gran", "Car", "Mor", "Tess", "Cham",
    "Bél", "Vern", "Gir", "Per", "Sauv",
];
const TAILS: &[&str] = &[
    "ier", "ard", "ondel", "ay", "eau", "elle", "ac", "igny", "ois", "ent", "ot", "in", "ille", "estre", "anges",
    "oux", "el", "ault",
];
const TRADES: &[&str] = &[
    "Menuiserie",
    "Transports",
    "Boulangerie",
    "Garage",
    "Imprimerie",
    "Électricité",
    "Plomberie",
    "Maçonnerie",
    "Ateliers",
    "Pharmacie",
    "Librairie",
    "Traiteur",
    "Serrurerie",
    "Paysages",
    "Logistique",
    "Informatique",
    "Négoce",
    "Textiles",
    "Charpentes",
    "Fermetures",
    "Emballages",
    "Optique",
    "Vignobles",
    "Froid industriel",
];
const FORMS: &[&str] = &["SARL", "SAS", "EURL", "SA", "SASU"];
const FIRST_NAMES: &[&str] = &[
    "Camille", "Louise", "Nicolas", "Inès", "Hugo", "Élodie", "Karim", "Sophie", "Mathieu", "Awa", "Julien", "Manon",
    "Thierry", "Nadia", "Baptiste", "Chloé", "Olivier", "Yasmine", "Gaël", "Hélène",
];
const STREETS: &[&str] = &[
    "rue des Tilleuls",
    "avenue de la Gare",
    "rue du Moulin",
    "place du Marché",
    "chemin des Vignes",
    "rue de l'Église",
    "boulevard des Alliés",
    "impasse des Lilas",
    "zone artisanale des Prés",
    "quai de la Loire",
];
const BODIES: &[&str] =
    &["Commune de", "Lycée de", "Centre hospitalier de", "Syndicat des eaux de", "Communauté de communes de"];
const OWNERS: &[(&str, &str)] = &[
    ("Anne Keller", "anne.keller@creancier.example"),
    ("Marc Dubreuil", "marc.dubreuil@creancier.example"),
    ("Samira Lakhdar", "samira.lakhdar@creancier.example"),
    ("Paul Estève", "paul.esteve@creancier.example"),
];

fn family(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(HEADS), dice.pick(TAILS))
}

/// The text as a part of an address: plain letters and dashes.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in fold(text).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}

fn segment(dice: &mut Dice) -> Segment {
    match dice.below(100) {
        0..22 => Segment::Good,
        22..58 => Segment::Regular,
        58..74 => Segment::Bad,
        74..80 => Segment::Vip,
        80..84 => Segment::Strategic,
        84..90 => Segment::Public,
        _ => Segment::Consumer,
    }
}

/// The client of an index.
pub(super) fn client(dice: &mut Dice, index: usize) -> Client {
    let n = index + 1;
    let segment = segment(dice);
    let family_name = family(dice);
    let first_name = dice.pick(FIRST_NAMES);
    let town = format!("{}-sur-{}", family(dice), family(dice));
    let (name, site) = match segment {
        Segment::Consumer => (
            format!("{first_name} {family_name}"),
            format!("{}{n}@example.fr", slug(&format!("{first_name} {family_name}"))),
        ),
        Segment::Public => {
            let name = format!("{} {town}", dice.pick(BODIES));
            let site = format!("finances@{}-{n}.example", slug(&town));
            (name, site)
        }
        _ => {
            let name = format!("{} {family_name} {}", dice.pick(TRADES), dice.pick(FORMS));
            let site = format!("contact@{}-{n}.example", slug(&family_name));
            (name, site)
        }
    };
    let domain = site.split('@').nth(1).unwrap_or("example.fr").to_owned();
    let company = segment != Segment::Consumer;
    let (owner, owner_email) = OWNERS.get(dice.below(OWNERS.len() as u64) as usize).copied().unwrap_or_default();
    let email = if dice.chance(60) { String::new() } else { site };
    let fixed = format!("01 99 00 {:02} {:02}", dice.below(100), dice.below(100));
    let mobile = format!("06 39 98 {:02} {:02}", dice.below(100), dice.below(100));
    let (has_fixed, has_mobile) =
        (dice.chance(if company { 850 } else { 250 }), dice.chance(if company { 450 } else { 850 }));
    let street = format!("{} {}", dice.between(1, 120), dice.pick(STREETS));
    let postcode = format!("{:02}{:03}", dice.between(1, 95), dice.between(0, 99) * 10);
    let (accounting, management) = (dice.chance(500), dice.chance(250));
    let when = |wanted: bool, text: String| if wanted { text } else { String::new() };
    let large = matches!(segment, Segment::Vip | Segment::Strategic);
    Client {
        code: format!("C{n:05}"),
        name,
        segment,
        email,
        phone: when(has_fixed, fixed),
        mobile: when(has_mobile, mobile),
        address: [street, postcode, town],
        usual_delay: behaviour::usual_delay(dice, segment),
        owner: owner.to_owned(),
        accounting_email: when(company && accounting, format!("comptabilite@{domain}")),
        management_email: when(company && management, format!("direction@{domain}")),
        sales_email: when(large, owner_email.to_owned()),
        public_accountant_email: when(segment == Segment::Public, format!("tresorerie@{domain}")),
    }
}
