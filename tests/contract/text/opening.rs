//! What opens what: headers, rules, settings.

use crate::compiling::{compiled, found, hashes, is_refused, machine, machines};
use relance_core::machine::Machine;
use relance_core::money::Amount;

/// Places of the rules of a text, as their lines.
fn lines(machine: &Machine) -> Vec<u32> {
    machine.places.iter().map(|place| place.line).collect()
}

#[test]
fn braces_are_refused_where_they_stand() {
    for (text, line) in [
        ("scénario x {\n  à J+3 : appel\n}\n", 1),
        ("si en_litige alors { appel }\n", 1),
        ("à J+3 : appel\nsi en_litige\n{ appel }\n", 3),
    ] {
        assert!(is_refused(text, "R0007", line), "{text}\n{:?}", found(text));
    }
}

#[test]
fn indentation_means_nothing() {
    let plain = "scénario x\n  minimum 5 €\n  à J+3 : email courtois\n    puis appel\n  si en_litige\n    alors note \"a\"\nétape y\n  après 3j : appel\n  fin_de_mois\n"
        .replace("  fin_de_mois\n", "");
    let expected = hashes(&plain);
    for margin in ["", " ", "\t", "          "] {
        let text: String = plain.lines().map(|line| [margin, line.trim(), "\n"].concat()).collect();
        assert_eq!(hashes(&text), expected, "{text}");
    }
    let stairs: String =
        plain.lines().enumerate().map(|(i, line)| [&" ".repeat(3 * i), line.trim(), "\n"].concat()).collect();
    assert_eq!(hashes(&stairs), expected, "{stairs}");
}

#[test]
fn a_misleading_indentation_is_a_finding() {
    let text = "si en_litige alors note \"a\"\n    à J+3 : appel\n";
    assert_eq!(found(text), [("R0406", 2, "à J+3 :".to_owned())]);
    assert!(compiled(text).machines.is_some(), "a finding, no error");
    assert_eq!(found("si en_litige alors note \"a\"\nà J+3 : appel\n"), []);
}

#[test]
fn each_header_runs_to_the_next() {
    let text = r#"script "scripts/risque.rhai"
champ secteur : texte
segment fragile : si client.retard_moyen > 20j
constante grâce : 5j
scénario début
  à J+3 : note "a"
étape un
  à l'entrée : note "un"
  après 3j : note "un aussi"
étape deux
  à l'entrée : note "deux"
scénario b "Le reste"
  pour les factures où segment = vip
  à J+4 : note "b"
test "t"
  avec b
  facture F1 de 5 € échue le 02/03/2026
  le 06/03/2026 : note "b"
test "u"
  avec début
  facture F1 de 5 € échue le 02/03/2026
  le 05/03/2026 : note "a"
"#;
    let [a, b] = <[Machine; 2]>::try_from(machines(text)).unwrap();
    let shape = |machine: &Machine| {
        let rules = machine.states.iter().map(|s| (s.name.clone(), s.entry.len(), s.rules.len()));
        rules.collect::<Vec<_>>()
    };
    let state = |name: &str, entry, rules| (name.to_owned(), entry, rules);
    assert_eq!(shape(&a), [state("plan", 0, 1), state("un", 1, 1), state("deux", 1, 0)]);
    assert_eq!(shape(&b), [state("plan", 0, 1)]);
    assert_eq!((b.name.as_str(), b.title.as_deref()), ("b", Some("Le reste")));
    assert!(a.selection.is_none() && b.selection.is_some());
    assert_eq!((a.segments.len(), a.fields.len(), a.scripts.len()), (1, 1, 1));
    let cases = compiled(text).tests;
    let told: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.scenario.as_str(), case.days.len())).collect();
    assert_eq!(told, [("t", "b", 1), ("u", "début", 1)]);
}

#[test]
fn the_headers_that_name_a_file_or_a_type_are_read() {
    let text = "script \"scripts/risque.rhai\"\nchamp secteur : texte\nsegment fragile : si client.retard_moyen > 20j\nà J+3 si risque_eleve() et secteur = \"btp\" et segment = fragile : appel\n";
    assert_eq!(found(text), []);
    for (line, code) in [(0, "R0210"), (1, "R0201"), (2, "R0202")] {
        let without: String =
            text.lines().enumerate().filter(|(i, _)| *i != line).map(|(_, l)| [l, "\n"].concat()).collect();
        let codes: Vec<&str> = found(&without).iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes, [code], "{without}");
    }
}

/// Every way in which a rule opens.
const OPENINGS: [&str; 11] = [
    "si en_litige alors note \"b\"",
    "si en_litige : note \"b\"",
    "sinon note \"b\"",
    "sinon : note \"b\"",
    "à J : note \"b\"",
    "à J-5 : note \"b\"",
    "à J+15 : note \"b\"",
    "dès que reste_dû > 5 € : note \"b\"",
    "dès que reste_dû > 5 € alors note \"b\"",
    "à J+30 fin de mois : note \"b\"",
    "quand soldée : note \"b\"",
];

/// Those that are counted in a state.
const COUNTED: [&str; 4] = [
    "à l'entrée : note \"b\"",
    "après 3j : note \"b\"",
    "après 2 jours ouvrés : note \"b\"",
    "tous les 10 jours : note \"b\"",
];

#[test]
fn each_opening_opens_a_rule_and_ends_the_one_before() {
    for opening in OPENINGS.iter().chain(&COUNTED) {
        for blank in [" ", "\n", "\n\n  "] {
            let text = ["si montant > 5 € alors email courtois", blank, opening].concat();
            let both = machine(&text);
            assert_eq!(both.places.len(), 2, "{text}");
            assert_eq!(both.sequences().count(), 2, "{text}");
        }
    }
}

#[test]
fn the_head_of_a_rule_ends_by_a_colon() {
    for opening in
        OPENINGS.iter().chain(&COUNTED).filter(|opening| opening.contains(" : ") && !opening.starts_with("sinon"))
    {
        let bare = opening.replace(" : ", " ");
        assert!(compiled(&bare).machines.is_none(), "{bare}");
    }
    // `alors` does for `si` and `dès que` only.
    for (head, alors) in [
        ("si en_litige", true),
        ("dès que en_litige", true),
        ("à J+15", false),
        ("à l'entrée", false),
        ("après 3j", false),
        ("tous les 10 jours", false),
        ("quand soldée", false),
    ] {
        let text = format!("{head} alors note \"b\"");
        assert_eq!(compiled(&text).machines.is_some(), alors, "{text}");
        if alors {
            assert_eq!(hashes(&text), hashes(&format!("{head} : note \"b\"")));
        }
    }
}

#[test]
fn nothing_opens_directly_after_puis_or_et() {
    for joint in ["puis", "et"] {
        for opening in OPENINGS.iter().chain(&COUNTED) {
            let text = format!("si montant > 5 € alors email courtois {joint} {opening}");
            assert!(compiled(&text).machines.is_none(), "{text}");
        }
    }
    let text = "si montant > 5 € alors email courtois puis après 3j appel";
    assert_eq!(machine(text).places.len(), 1);
}

#[test]
fn a_rule_runs_to_the_next_rule_setting_header_or_fin() {
    let text = "scénario x\n  à J+3 : email courtois puis\n    appel\n  à J+5 : email ferme puis\n    appel\n  minimum 5 €\n  à J+7 : email ferme\n    puis appel\nétape y\n  à l'entrée : email ferme\n    puis appel\n  fin\n";
    let machine = machine(text);
    assert_eq!(lines(&machine), [2, 4, 7, 10]);
    for place in &machine.places {
        assert!(place.text.ends_with("puis appel"), "{place:?}");
    }
    assert_eq!(machine.settings.minimum, Some(Amount::eur(500)));
    assert!(machine.state("y").unwrap().is_final);
}

#[test]
fn each_setting_is_a_line_of_its_own() {
    let plain = "à J+3 : email courtois\nà J+15 : email ferme\n";
    for setting in [
        "pour les factures où segment = vip",
        "priorité 3",
        "calendrier aucun",
        "envois le lundi de 9h30 à 12h",
        "au plus 2 contacts tous les 7 jours par client",
        "sans plafond",
        "regrouper par client",
        "rattrapage pas à pas",
        "paiements à jour depuis moins de 24h",
        "minimum 10 €",
    ] {
        let between = plain.replace("\nà J+15", &format!("\n{setting}\nà J+15"));
        let set = machine(&between);
        assert_eq!(lines(&set), [1, 3], "{between}");
        assert_ne!(hashes(&between), hashes(plain), "`{setting}` changes nothing");
        assert_eq!(hashes(&between), hashes(&format!("{setting}\n{plain}")), "{between}");
        for glued in [format!("à J+3 : email courtois {setting}"), format!("{setting} à J+3 : email courtois")] {
            assert!(compiled(&glued).machines.is_none(), "{glued}");
        }
    }
    let ended = "scénario x\n  à J+3 : aller à y\nétape y\n  à l'entrée : appel";
    assert!(machine(&format!("{ended}\n  fin")).state("y").unwrap().is_final);
    assert!(compiled(&format!("{ended} fin")).machines.is_none());
}

#[test]
fn words_that_look_like_openings_open_nothing() {
    for text in [
        // An hour, a stage, a delay, a fallback, an approval on a new line.
        "envois du lundi au vendredi de 9h\nà 18h\nà J+3 : appel",
        "scénario x\nà J+3 : aller\nà y\nétape y\nà l'entrée : appel",
        "à J+3 : email courtois puis\naprès 3j appel",
        "à J+3 : email courtois\nà défaut sms rappel",
        "à J+3 : email courtois\naprès validation",
        "à J+3 : email courtois\nà comptabilité",
        // A condition that goes on.
        "si en_litige\net segment = vip\nou montant entre 5 €\net 9 €\nalors appel",
        "si retard >= 15j et\nsegment\n= vip alors appel",
        "à J+3 : appel\nsauf si en_litige",
    ] {
        let joined =
            text.replace("envois du lundi au vendredi de 9h\nà 18h\n", "envois du lundi au vendredi de 9h à 18h\n");
        let folded = match text.split_once("\nétape") {
            Some((plan, stage)) => {
                let plan = plan.replacen('\n', "\0", 1).replace('\n', " ").replace('\0', "\n");
                format!("{plan}\nétape{}", stage.replacen('\n', "\0", 1).replace('\n', " ").replace('\0', "\n"))
            }
            None if joined.starts_with("envois") => joined,
            None => joined.replace('\n', " "),
        };
        assert_eq!(hashes(text), hashes(&folded), "{text}\n--\n{folded}");
        assert_eq!(found(text), [], "{text}");
    }
}
