//! Encoding, keywords, comments, typographic forms.

use crate::compiling::{compiled, found, hashes, project, source};
use relance_core::schema::fold;
use relance_dsl::{Source, compile, format, keywords};

/// A file in canonical form that says every reserved word.
const WORDS: &str = r#"script "scripts/risque.rhai"
inclure "commun.relance"
champ secteur : texte
constante grâce : 5j
segment fragile : si client.retard_moyen > 20j

scénario x
  pour les factures où segment = fragile ou montant >= 50 €
  priorité 1
  calendrier france
  envois du lundi au vendredi de 9h à 18h
  au plus 1 contact tous les 3 jours par client
  regrouper par client
  rattrapage pas à pas
  minimum 10 €

  à J+3 : email courtois puis après 3j sms rappel à défaut appel
  à J+5 si segment n'est pas vip et montant entre 5 € et 9 € :
      courrier dernier_avis à comptabilité copie direction
  si retard >= 15j et non en_litige et risque_eleve() = oui alors
      email ferme sauf si régime parmi (b2c, public)
  sinon attendre 3j puis appel
  à J+30 : aller à y sans relance préalable
  dès que reste_dû >= 10 000 € : alerter "direction" et note "x"
  quand litige ouvert : continuer
  quand réponse : suspendre 10j
  quand événement "levée" : reprendre

étape y
  à l'entrée : lettre_recommandée mise_en_demeure après validation de direction
  après 8 jours ouvrés si client.email est connu : transmettre "recouvrement" et tâche "Dossier"
  tous les 10 jours (au plus 3 fois) : appel
  quand promesse rompue : aller à z

étape z
  à l'entrée : alerter "direction"
  fin

test "tout"
  facture F1 de 20 € échue le 02/03/2026
  ensuite rien
"#;

/// Writes every word of the language in a text in another way; names and texts stay.
fn respelled(text: &str, how: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_alphanumeric() || matches!(c, '_' | '\'' | '.') {
            word.push(c);
            continue;
        }
        let ours = keywords::canonical(&word).is_some() && !quoted;
        out.push_str(&if ours { how(&word) } else { word.clone() });
        word.clear();
        quoted ^= c == '"';
        out.extend(Some(c).filter(|c| *c != '\0'));
    }
    out
}

/// Every spelling of a keyword that means the same.
fn spellings() -> [String; 4] {
    let mixed = |word: &str| {
        let letters = word.chars().enumerate();
        letters.flat_map(|(i, c)| if i % 2 == 0 { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }).collect()
    };
    [
        respelled(WORDS, str::to_uppercase),
        respelled(WORDS, fold),
        respelled(WORDS, |word| fold(word).to_uppercase()),
        respelled(WORDS, mixed),
    ]
}

/// The machines of such a file beside the one that it includes.
fn hashes_of_words(text: &str) -> Option<(Vec<String>, usize)> {
    let common = Source { path: "scenarios/commun.relance".to_owned(), bytes: b"constante autre : 3j\n".to_vec() };
    let compilation = compile(&[source(text), common], &project());
    Some((compilation.machines?.iter().map(|machine| machine.hash()).collect(), compilation.tests.len()))
}

#[test]
fn a_file_that_is_not_utf8_is_refused() {
    let bytes = b"\xc3\xa0 J+3 : appel\n# r\xe9sum\xe9\n".to_vec();
    let compilation = compile(&[Source { path: "scenarios/x.relance".to_owned(), bytes }], &project());
    assert!(compilation.machines.is_none());
    let told: Vec<&str> = compilation.diagnostics.iter().map(|found| found.code.name()).collect();
    assert_eq!(told, ["R0001"]);
    assert!(compilation.diagnostics[0].message.contains("UTF-8"));
}

#[test]
fn a_keyword_is_read_in_any_case_and_without_accents() {
    let words: Vec<String> =
        WORDS.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '\'')).map(fold).collect();
    for word in keywords::RESERVED {
        assert!(words.contains(&fold(word)), "`{word}` is not tried");
    }
    let expected = hashes_of_words(WORDS);
    assert!(expected.is_some(), "{:?}", found(WORDS));
    for text in spellings() {
        assert_ne!(text, WORDS);
        assert_eq!(hashes_of_words(&text), expected, "{text}");
    }
}

#[test]
fn the_formatter_writes_keywords_in_one_spelling_with_accents() {
    for text in spellings() {
        assert_eq!(format(&source(&text)).unwrap().text, WORDS);
    }
}

#[test]
fn a_keyword_is_no_name() {
    for word in keywords::RESERVED.iter().filter(|word| !word.contains('\'')) {
        for (text, line) in [
            (format!("scénario {}\n  à J+3 : appel\n", fold(word).to_uppercase()), 1),
            (format!("scénario {word}\n  à J+3 : appel\n"), 1),
            (format!("scénario x\n  à J+3 : appel\nétape {word}\n  à l'entrée : appel\n"), 3),
            (format!("segment {word} : si client.retard_moyen > 20j\nà J+3 : appel\n"), 1),
            (format!("champ {word} : texte\nà J+3 : appel\n"), 1),
            (format!("constante {word} : 5j\nà J+3 : appel\n"), 1),
        ] {
            let told = found(&text);
            assert!(compiled(&text).machines.is_none(), "{text}");
            assert!(told.iter().any(|(_, at, _)| *at == line), "{text}\n{told:?}");
        }
    }
}

#[test]
fn a_comment_runs_to_the_end_of_its_line() {
    let bare = "scénario x\n  à J+3 : email courtois\n    puis appel\n  à J+5 : email ferme\n";
    let told = "# avant\nscénario x # à J+4 : sms rappel\n  à J+3 : email courtois # puis sms rappel\n    puis appel # et # encore\n#fin\n  à J+5 : email ferme#";
    assert_eq!(hashes(told), hashes(bare));
    assert_ne!(hashes(&told.replace("# puis sms", "puis sms")), hashes(bare));
}

#[test]
fn comments_survive_formatting() {
    let text = "#premier\nscenario x#deux\n\n   # trois\n a J+3:appel # quatre\n   puis # cinq\n  sms rappel\n#six";
    let tidy = format(&source(text)).unwrap().text;
    let mut rest = tidy.as_str();
    for comment in ["premier", "deux", "trois", "quatre", "cinq", "six"] {
        let at = rest.find(comment).unwrap_or_else(|| panic!("`{comment}` is lost, or moved:\n{tidy}"));
        rest = &rest[at..];
    }
    assert_eq!(tidy.matches('#').count(), 6, "{tidy}");
    assert_eq!(hashes(&tidy), hashes(text));
}

#[test]
fn typographic_forms_mean_their_plain_forms() {
    let plain = "scénario x\n  envois de 9h à 18h\n  à J-5 : email preventif\n  à l'entrée si montant - 5 € >= 1 500 € et aujourd_hui >= 31/12/2026 : note \"x\"\n  si segment n'est pas vip et retard >= -3j : appel\n";
    let expected = hashes(plain);
    for (form, typographic) in [(" ", "\u{a0}"), (" ", "\u{202f}"), ("'", "’"), ("-", "–")] {
        let text = plain.replace(form, typographic);
        assert_ne!(text, plain);
        assert_eq!(hashes(&text), expected, "{typographic:?}\n{text}");
    }
    assert!(compiled("scénario x\n\u{a0}\u{202f}à\u{a0}J–5\u{202f}: appel").diagnostics.is_empty());
}
