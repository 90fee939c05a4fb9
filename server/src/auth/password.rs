//! What a new password must be: long, and not what everybody tries first. No rule about capitals or signs, which make passwords shorter
//! and people write them down.

/// How many characters at least.
pub const SHORTEST: usize = 12;
/// How many at most: more is no password, and takes time.
pub const LONGEST: usize = 200;

/// Why a password is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Too short.
    #[error(
        "ce mot de passe est trop court : il faut au moins {SHORTEST} caractères ; quatre mots qui ne vont pas ensemble font l’affaire"
    )]
    TooShort,
    /// Too long.
    #[error("ce mot de passe est trop long : {LONGEST} caractères au plus")]
    TooLong,
    /// One of those that are tried first.
    #[error(
        "ce mot de passe est parmi les premiers qu’on essaie ; choisissez par exemple quatre mots qui ne vont pas ensemble"
    )]
    Common,
    /// The login, or almost.
    #[error("ce mot de passe ressemble à votre identifiant ; choisissez-en un autre")]
    Login,
}

/// The commonest in French and in English, without what people put behind them: digits and signs do not count.
const COMMON: [&str; 64] = [
    "abcdef",
    "abcdefghijkl",
    "admin",
    "administrateur",
    "administrator",
    "amour",
    "anniversaire",
    "azerty",
    "azertyazerty",
    "azertyuiop",
    "azertyuiopqs",
    "azertyuiopqsdfghjklm",
    "baseball",
    "bienvenue",
    "bonjour",
    "bonjourbonjour",
    "camille",
    "changeme",
    "chocolat",
    "chouchou",
    "comptabilite",
    "connexion",
    "coucou",
    "doudou",
    "dragon",
    "football",
    "france",
    "iloveyou",
    "jetaime",
    "letmein",
    "liverpool",
    "loulou",
    "marseille",
    "master",
    "monamour",
    "monkey",
    "motdepasse",
    "motdepassemotdepasse",
    "nicolas",
    "olympique",
    "parisparis",
    "passe",
    "passpass",
    "password",
    "passwordpassword",
    "pokemon",
    "princess",
    "princesse",
    "qwerty",
    "qwertyqwerty",
    "qwertyuiop",
    "qwertyuiopas",
    "qwertyuiopasdfghjkl",
    "recouvrement",
    "relance",
    "relancerelance",
    "relances",
    "secret",
    "soleil",
    "starwars",
    "sunshine",
    "superman",
    "vacances",
    "welcome",
];

/// Words of the keyboard in which letters and digits alternate: without their digits they would not be recognised.
const WOVEN: [&str; 6] =
    ["1qaz2wsx3edc", "a1z2e3r4t5y6", "q1w2e3r4t5y6", "1a2z3e4r5t6y", "1q2w3e4r5t6y", "a1b2c3d4e5f6"];

/// Whether a password may be taken for this login, which is folded.
pub fn check(password: &str, login: &str) -> Result<(), Refused> {
    let many = password.chars().count();
    if many < SHORTEST {
        return Err(Refused::TooShort);
    }
    if many > LONGEST {
        return Err(Refused::TooLong);
    }
    let folded = super::fold_login(password);
    let letters = letters(&folded);
    let person = login.split('@').next().unwrap_or_default();
    let own = [login, person].map(self::letters);
    if folded == login || (!letters.is_empty() && own.contains(&letters)) {
        return Err(Refused::Login);
    }
    if COMMON.contains(&letters.as_str()) || WOVEN.iter().any(|woven| folded.starts_with(woven)) || is_regular(&folded)
    {
        return Err(Refused::Common);
    }
    Ok(())
}

/// What is left without digits, signs and accents.
fn letters(text: &str) -> String {
    let plain = |c| match c {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        c => c,
    };
    text.chars().filter(|c| c.is_alphabetic()).map(plain).collect()
}

/// Whether a text is hardly more than a few signs: less than five different ones, something repeated, or each one the next of the last.
fn is_regular(text: &str) -> bool {
    let signs: Vec<char> = text.chars().collect();
    let mut different = signs.clone();
    different.sort_unstable();
    different.dedup();
    let repeated = (1..=4).any(|period| signs.iter().zip(signs.iter().skip(period)).all(|(a, b)| a == b));
    let digit = |c: &char| c.to_digit(10).map(i64::from);
    let next = |(a, b): (&char, &char)| match (digit(a), digit(b)) {
        (Some(a), Some(b)) => (b - a).rem_euclid(10),
        _ => i64::from(u32::from(*b)) - i64::from(u32::from(*a)),
    };
    let mut steps: Vec<i64> = signs.iter().zip(signs.iter().skip(1)).map(next).collect();
    steps.dedup();
    different.len() < 5 || repeated || steps.len() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = "anne.roy@example.fr";

    #[test]
    fn what_everybody_tries_is_refused() {
        let refused = [
            ("", Refused::TooShort),
            ("onze lettre", Refused::TooShort),
            ("éééééééé", Refused::TooShort),
            (&"ab cd ".repeat(40), Refused::TooLong),
            ("MotDePasse2026!", Refused::Common),
            ("Mot de passe 1", Refused::Common),
            ("password1234", Refused::Common),
            ("Azertyuiop12", Refused::Common),
            ("123456789012", Refused::Common),
            ("098765432109", Refused::Common),
            ("abcdefghijklm", Refused::Common),
            ("aaaaaaaaaaaa", Refused::Common),
            ("abcabcabcabc", Refused::Common),
            ("1q2w3e4r5t6y7u", Refused::Common),
            ("bienvenue2026", Refused::Common),
            ("Comptabilité2026", Refused::Common),
            (LOGIN, Refused::Login),
            ("Anne.Roy@Example.FR", Refused::Login),
            ("anne.roy2026!", Refused::Login),
        ];
        for (password, why) in refused {
            assert_eq!(check(password, LOGIN), Err(why), "{password}");
        }
    }

    #[test]
    fn what_is_long_and_not_common_is_taken() {
        for password in
            ["quatre chevaux bleus", "vélo neige lampe sept", "x9#kQ2vLm0pZ", "482915073648", "annemarie et ses roses"]
        {
            assert_eq!(check(password, LOGIN), Ok(()), "{password}");
        }
    }

    #[test]
    fn what_people_read() {
        let all = [Refused::TooShort, Refused::TooLong, Refused::Common, Refused::Login];
        insta::assert_snapshot!(all.map(|why| why.to_string()).join("\n"));
    }
}
