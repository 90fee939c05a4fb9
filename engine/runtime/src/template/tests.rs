use super::*;
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::money::Amount;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

const LATE: SampleKind = SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 18 };

fn shown(problems: &[TemplateProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn check(channel: Channel, text: &str) -> String {
    let mut problems = Vec::new();
    Library::empty().add(channel, "essai", &format!("modeles/{}/essai.md", channel.name()), text, &mut problems);
    shown(&problems)
}

fn render(channel: Channel, text: &str, message: &MessageContext) -> Rendered {
    let (mut library, mut problems) = (Library::empty(), Vec::new());
    library.add(channel, "essai", "essai.md", text, &mut problems);
    assert_eq!(shown(&problems), "");
    library.render(channel, "essai", message).unwrap_or_else(|p| panic!("{p}"))
}

#[test]
fn the_pack_is_without_findings() {
    let (library, problems) = Library::load(&pack());
    assert_eq!(shown(&problems), "");
    let catalog = library.catalog();
    let count = |channel| catalog.iter().filter(|entry| entry.channel == channel).count();
    assert_eq!([Channel::Email, Channel::Sms, Channel::Call, Channel::Letter].map(count), [17, 4, 4, 7]);
    let entry = |channel, name: &str| catalog.iter().find(|e| e.channel == channel && e.name == name);
    let nature = |channel, name| entry(channel, name).and_then(|e| e.nature);
    assert_eq!(nature(Channel::Email, "mise_en_demeure"), Some(Nature::FormalNotice));
    assert_eq!(nature(Channel::Email, "remerciement"), Some(Nature::Information));
    let tone = |name| entry(Channel::Email, name).map(|e| e.tone);
    assert!(tone("ferme") > tone("courtois"));
}

#[test]
fn every_template_of_the_pack() {
    let (library, _) = Library::load(&pack());
    for CatalogEntry { channel, name, .. } in library.catalog() {
        let mut all = String::new();
        let cases = [
            ("une facture", LATE),
            ("trois factures", SampleKind { invoices: 3, ..LATE }),
            ("particulier, une facture, le minimum", SampleKind { complete: false, regime: "b2c", ..LATE }),
            ("acheteur public", SampleKind { regime: "public", ..LATE }),
            ("avant l'échéance", SampleKind { days_late: -5, ..LATE }),
        ];
        for (title, kind) in cases {
            let rendered = library.render(channel, &name, &sample(kind)).unwrap_or_else(|p| panic!("{p}"));
            let subject = rendered.subject.unwrap_or_default();
            writeln!(all, "######## {title}\nObjet : {subject}\n\n{}", rendered.text).unwrap();
            if kind == LATE {
                writeln!(all, "-------- HTML\n{}", rendered.html.unwrap_or_default()).unwrap();
            }
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{}_{name}", channel.name()), all);
        });
    }
}

#[test]
fn consumers_are_never_asked_what_is_for_companies() {
    let (library, _) = Library::load(&pack());
    for CatalogEntry { channel, name, .. } in library.catalog() {
        for invoices in [1, 3] {
            for complete in [true, false] {
                let kind = SampleKind { invoices, complete, regime: "b2c", days_late: 40 };
                let text = library.render(channel, &name, &sample(kind)).unwrap_or_else(|p| panic!("{p}")).text;
                // That an arrangement is free of costs may be said.
                let text = text.replace("sans frais", "");
                for forbidden in ["441-10", "quarante euros", "40 €", "indemnité", "pénalités", "frais"] {
                    assert!(!text.contains(forbidden), "{} {name} : {forbidden}", channel.name());
                }
                let amount = Amount::eur(120_050).to_string();
                assert!(channel != Channel::Sms || !text.contains('€'), "{name}: {amount}");
            }
        }
    }
}

#[test]
fn reminders_by_mail_carry_the_mentions() {
    let (library, _) = Library::load(&pack());
    for CatalogEntry { channel, name, nature, tone, .. } in library.catalog() {
        if nature == Some(Nature::Information) || !matches!(channel, Channel::Email | Channel::Letter) {
            continue;
        }
        let message = sample(LATE);
        let text = library.render(channel, &name, &message).unwrap_or_else(|p| panic!("{p}")).text;
        let mut wanted =
            vec!["F-2026-0118", "FR76 3000", "AGRIFRPP882", "C0042", "Ateliers Morel", "1\u{202f}000,50\u{a0}€"];
        if tone > Tone::Preventive {
            wanted.extend(["contest", "croisé"]);
        }
        // What is for companies is never said in the templates for consumers, whatever the data say.
        if tone >= Tone::Firm && !name.ends_with("_particulier") {
            wanted.extend(["441-10", "quarante euros"]);
        }
        for mention in wanted {
            assert!(text.contains(mention), "{} {name} : il manque « {mention} »", channel.name());
        }
    }
}

#[test]
fn findings() {
    let mail = |body: &str| check(Channel::Email, &format!("---\nobjet: Essai\n---\n{body}"));
    let cases = [
        "Montant : {{ facture.montnat }}",
        "{{ montant }} et {{ cleint.nom }}",
        "{% for f in factures %}\n{{ f.numreo }} {{ loop.indx }}\n{% endfor %}",
        "{% set f = factures|premier %}\n{{ f.echeance }}",
        "{{ factures.numero }} {{ facture.numero.nom }} {{ facture }}",
        "{{ total|montnat }} {{ client.nom|upper }}",
        "{{ client.nom|montant }}",
        "{% if facture.montant > 1000 %}x{% endif %}",
        "{{ facture.montant * 2 }} {{ date + 8 }} {{ range(3) }}",
        "{% for f in facture %}x{% endfor %}",
        "{{ destinataire.nom }}\n\n{{ promesse.date|date }}",
        "{{ 'Bonjour ' ~ destinataire.nom }}",
        "{% if promesse is defined %}x{% endif %}",
        "{% set total = 3 %}{{ total }}",
        "Bonjour\n{% if b2b %}jamais fermé",
        "Bonjour\n{{ facture.numero",
        "{% sinon %}",
        "{% if b2b then %}x{% endif %}",
        "{% autoescape false %}{{ client.nom }}{% endautoescape %}",
        "<p>du HTML</p>",
        "[ici](javascript:alert(1))",
        "{% include 'x' %}",
        "{% set a = client.nom ~ client.nom %}\n{% set a = a ~ a ~ a ~ a %}{% set a = a ~ a ~ a ~ a ~ a ~ a ~ a ~ a %}{% set a = a ~ a ~ a ~ a ~ a ~ a ~ a ~ a %}{% set b %}{{ a }}{{ a }}{{ a }}{{ a }}{{ a }}{{ a }}{{ a }}{{ a }}{% endset %}{% set b = b ~ b ~ b ~ b %}\n{{ b }}",
        "{% set a %}{% for f in factures %}{% for g in factures %}{{ f.numero }}{{ g.numero }}{% endfor %}{% endfor %}{% endset %}{{ a }}",
        "{{ 'x' * 100000 }} {{ client.nom + 3 }}",
        "",
    ];
    let mut all = String::new();
    for case in cases {
        writeln!(all, "{case}\n  =>\n{}\n", mail(case)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn findings_of_the_head() {
    let cases = [
        (Channel::Email, "Bonjour"),
        (Channel::Email, "---\nobjet: Essai\nBonjour"),
        (Channel::Email, "---\nobjte: Essai\nnature: relances\nton: sympa\nlangue: français\nblabla\n---\nBonjour"),
        (Channel::Email, "---\nobjet: {{ facture.numreo }}\nobjet: deux\n---\nBonjour"),
        (Channel::Email, "---\nobjet:\n---\nBonjour"),
        (Channel::Email, "---\nobjet: {% if b2b %}x\n---\nBonjour"),
        (Channel::Sms, "---\nobjet: Essai\n---\nBonjour"),
        (
            Channel::Sms,
            "Un texte bien trop long pour un seul message, {{ client.nom }}, car il dépasse largement la place d'un SMS ordinaire : cent soixante caractères de l'alphabet des téléphones.",
        ),
        (
            Channel::Sms,
            "Ω ελληνικά {{ client.nom }} : un texte d'un autre alphabet, qui ne tient que soixante-dix signes",
        ),
    ];
    let mut all = String::new();
    for (channel, case) in cases {
        writeln!(all, "{case}\n  =>\n{}\n", check(channel, case)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn bare_values_are_french() {
    let text = "{{ total }} {{ date }} {{ b2b }} {{ facture.retard }} {{ facture.retard|jours }} \
                {{ nombre|pluriel('facture') }} {{ date|plus_jours(13)|date_longue }}";
    let rendered = render(Channel::Call, text, &sample(LATE));
    let expected = "1\u{202f}000,50\u{a0}€ 19/03/2026 oui 18 18\u{a0}jours facture 1er\u{a0}avril 2026";
    assert!(rendered.text.contains(expected), "{}", rendered.text);
}

#[test]
fn data_is_shown_literally_and_cannot_forge_headers() {
    let mut message = sample(LATE);
    message.client.name = "<b>*SARL*_ & {{ total }}\r\nBcc: pirate@exemple.fr".to_owned();
    let text = "---\nobjet: Relance {{ client.nom }}\n---\nBonjour **{{ client.nom }}**,\n\n- {{ client.nom }}\n";
    let rendered = render(Channel::Email, text, &message);
    assert_eq!(rendered.subject.as_deref(), Some("Relance <b>*SARL*_ & {{ total }} Bcc: pirate@exemple.fr"));
    assert!(rendered.text.contains("Bonjour <b>*SARL*_ & {{ total }}\nBcc"), "{}", rendered.text);
    let html = rendered.html.unwrap_or_default();
    assert!(html.contains("<strong>&lt;b&gt;*SARL*_ &amp; {{ total }}<br>"), "{html}");
    assert!(!html.contains("<b>"));
}

#[test]
fn captured_blocks_keep_their_markdown_but_not_the_data_s() {
    let mut message = sample(LATE);
    message.client.name = "*SARL*".to_owned();
    let text = "---\nobjet: x\n---\n{% set qui %}**{{ client.nom }}**{% endset %}{{ qui }}";
    let html = render(Channel::Email, text, &message).html.unwrap_or_default();
    assert!(html.contains("<strong>*SARL*</strong>"), "{html}");
}

#[test]
fn a_registered_letter_is_a_letter_whose_head_may_say_nothing() {
    let (mut library, mut problems) = (Library::empty(), Vec::new());
    library.add(Channel::Letter, "plainte", "plainte.md", "Bonjour {{ client.nom }},", &mut problems);
    let head = "---\nnature: information\nton: formel\n---\nBonjour,";
    library.add(Channel::Letter, "releve", "releve.md", head, &mut problems);
    assert_eq!(shown(&problems), "");
    let entry = |name: &str, nature, tone| CatalogEntry {
        channel: Channel::Letter,
        name: name.to_owned(),
        nature,
        tone,
        language: None,
        variants: Vec::new(),
    };
    let wanted = [entry("plainte", None, Tone::Polite), entry("releve", Some(Nature::Information), Tone::Formal)];
    assert_eq!(library.catalog(), wanted);
    let of = |channel| library.render(channel, "plainte", &sample(LATE));
    assert!(of(Channel::RegisteredLetter).is_ok());
    assert_eq!(of(Channel::RegisteredLetter), of(Channel::Letter));
    let unknown = library.render(Channel::RegisteredLetter, "plaintes", &sample(LATE)).unwrap_err();
    let expected = "modeles/courrier/plaintes.md:1 : il n'y a pas de modèle `plaintes` dans `modeles/courrier`\n  \
                    aide : vouliez-vous dire `plainte` ?";
    assert_eq!(unknown.to_string(), expected);
}

#[test]
fn totals_are_over_the_whole_list() {
    let message = sample(SampleKind { invoices: 3, ..LATE });
    let text =
        "{{ nombre }} {{ total }} {{ total_exigible }} {% for f in factures %}{{ f.montant_exigible }} {% endfor %}";
    let rendered = render(Channel::Call, text, &message).text.replace(['\u{a0}', '\u{202f}'], " ");
    let expected = "3 4 437,25 € 4 387,25 € 950,50 € 1 545,75 € 1 891,00 €";
    assert!(rendered.contains(expected), "{rendered}");
}

#[test]
fn mixed_messages_follow_the_strictest_regime() {
    let mut message = sample(SampleKind { invoices: 3, ..LATE });
    assert_eq!(message.regime(), Regime::Business);
    message.invoices[2].regime = "public".to_owned();
    assert_eq!(message.regime(), Regime::Public);
    message.invoices[1].regime = "b2c".to_owned();
    assert_eq!(message.regime(), Regime::Consumer);
}

#[test]
fn lines_of_blocks_leave_no_trace_and_lines_of_text_stay_lines() {
    let text = "- a{% if b2b %} b{% endif %}\n{% if b2b %}\n- c\n{% endif %}\n- d";
    let rendered = render(Channel::Call, text, &sample(LATE));
    assert!(rendered.text.contains("- a b\n- c\n- d\n"), "{}", rendered.text);
}

/// Every path of the schema, with its parts.
fn schema_paths(prefix: &str, variables: &[Variable], out: &mut Vec<String>) {
    for variable in variables {
        let path = format!("{prefix}{}", variable.name);
        match variable.shape {
            Shape::Record(parts) | Shape::List(parts) => schema_paths(&format!("{path}."), parts, out),
            _ => out.push(path),
        }
    }
}

/// What is not in the context itself.
const COMPUTED: [&str; 15] = [
    "langue",
    "facture.reference_virement",
    "factures.reference_virement",
    "nombre",
    "total",
    "total_exigible",
    "total_penalites",
    "total_interet_legal",
    "total_indemnites",
    "total_a_payer",
    "facture.total_a_payer",
    "factures.total_a_payer",
    "b2b",
    "b2c",
    "public",
];
/// What no message of a company about three invoices has, that are paid one at a time.
const OTHERS: [&str; 3] = ["b2c", "public", "lien_paiement"];

#[test]
fn the_schema_is_what_messages_give_and_what_the_manual_says() {
    let mut paths = Vec::new();
    schema_paths("", VARIABLES, &mut paths);
    let values = value::variables(&sample(SampleKind { invoices: 3, ..LATE }), "fr");
    for path in &paths {
        let mut value = values.clone();
        for part in path.split('.') {
            if value.kind() == minijinja::value::ValueKind::Seq {
                value = value.get_item_by_index(0).unwrap();
            }
            value = value.get_attr(part).unwrap();
        }
        let others = OTHERS.contains(&path.as_str()) || path.ends_with("interet_legal");
        assert!(!value.is_undefined() && value.is_true() || others, "{path}");
    }
    // What is serialised has the same names, but for what is computed.
    let json = serde_json::to_value(sample(LATE)).unwrap();
    for path in paths.iter().filter(|p| !COMPUTED.contains(&p.as_str())) {
        let mut value = &json;
        for part in path.split('.') {
            value = if value.is_array() { &value[0][part] } else { &value[part] };
        }
        assert!(!value.is_null(), "{path}");
    }
    let manual = include_str!("../../../../docs/modeles.md");
    assert!(manual.contains(&reference()), "docs/modeles.md must contain:\n{}", reference());
    for filter in FILTERS {
        assert!(manual.contains(filter.example), "docs/modeles.md: filter {}", filter.example);
    }
}

#[test]
fn the_files_of_a_project_are_read_or_reported() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = dir.path().join("modeles").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("email/bon.md", "\u{feff}---\r\nobjet: Été\r\n---\r\nBonjour {{ client.nom }},\r\n".as_bytes());
    write("email/latin.md", b"---\nobjet: \xe9t\xe9\n---\nx");
    write("email/note.txt", b"x");
    write("email/.cache", b"x");
    write("email/dernier avis.md", b"x");
    write("sms/grand.md", &vec![b'a'; 70_000]);
    write("mail/x.md", b"x");
    write("lettre_recommandee/x.md", b"x");
    let (library, problems) = Library::load(dir.path());
    insta::assert_snapshot!(shown(&problems));
    // One that cannot be read is listed all the same: scenarios that name it are not wrong for that.
    let named: Vec<(Channel, String)> = library.catalog().into_iter().map(|t| (t.channel, t.name)).collect();
    let wanted = [(Channel::Email, "bon"), (Channel::Email, "latin"), (Channel::Sms, "grand")];
    assert_eq!(named, wanted.map(|(channel, name)| (channel, name.to_owned())));
    let unknown = library.render(Channel::Email, "bonn", &sample(LATE)).unwrap_err();
    assert_eq!(unknown.help.as_deref(), Some("vouliez-vous dire `bon` ?"));
    assert_eq!(Library::load(&dir.path().join("nulle part")).1, []);
}

#[test]
fn pieces_are_put_in_and_what_is_wrong_stands_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join("modeles").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let mail = |body: &str| format!("---\nobjet: Essai\n---\n{body}\n");
    write("communs/bas.md", "Cordialement,\n\n{{ creancier.nmo }}\n");
    write("communs/absent.md", "{{ client.nom }}\n{{ promesse.date }}\n");
    write("communs/ouvert.md", "{% if b2b %}\nBonjour\n");
    write("communs/a.md", "{% include \"b\" %}\n");
    write("communs/b.md", "{% include \"a\" %}\n");
    write("communs/tete.md", "---\nobjet: x\n---\nBonjour\n");
    write("communs/oublie.md", "Personne ne m'inclut\n");
    write("email/bas.md", &mail("Bonjour,\n\n{% include \"bas\" %}"));
    write("email/encore.md", &mail("{% include \"bas\" %}"));
    write("email/absent.md", &mail("{% include \"absent\" %}"));
    write("email/ouvert.md", &mail("{% include \"ouvert\" %}\n{% endif %}"));
    write("email/rond.md", &mail("{% include \"a\" %}"));
    write("email/tete.md", &mail("{% include \"tete\" %}"));
    write("email/inconnu.md", &mail("{% include \"bsa\" %}"));
    write("email/dedans.md", &mail("Merci. {% include \"bas\" %}"));
    write("sms/objet.md", "{{ creancier.nom }} : {{ facture.numero }}\n{% include \"rien\" %}\n");
    insta::assert_snapshot!(shown(&Library::load(dir.path()).1));
}

#[test]
fn a_piece_takes_the_place_of_its_line() {
    let (mut library, mut problems) = (Library::empty(), Vec::new());
    library.add_piece(
        "merci",
        "modeles/communs/merci.md",
        "Merci\n{% if b2c %}\nbeaucoup\n{% endif %}\n",
        &mut problems,
    );
    let text = "---\nobjet: x\n---\nAvant.\n{% include \"merci\" %}\nAprès.\n";
    library.add(Channel::Email, "essai", "essai.md", text, &mut problems);
    assert_eq!(shown(&problems), "");
    let rendered = library.render(Channel::Email, "essai", &sample(LATE)).unwrap_or_else(|p| panic!("{p}"));
    assert!(rendered.text.starts_with("Avant. Merci Après.\n"), "{}", rendered.text);
}

#[test]
fn no_text_makes_it_panic() {
    let pieces = [
        "{{",
        "}}",
        "{%",
        "%}",
        "---\n",
        "objet:",
        "{#",
        "|",
        ".",
        "facture",
        "é",
        "\u{10FFFD}",
        "\0",
        "if",
        "for f in",
        "\n",
    ];
    let mut seed = 7usize;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(pieces[(seed >> 33) % pieces.len()]);
        }
        check(Channel::Email, &text);
    }
}

#[test]
fn what_goes_with_a_message_is_one_thing_or_several() {
    let of = |channel, value: &str| {
        let (mut library, mut problems) = (Library::empty(), Vec::new());
        let text = format!("---\nobjet: x\npiece: {value}\n---\nBonjour\n");
        library.add(channel, "essai", "essai.md", &text, &mut problems);
        let asks = (library.requires_invoice(channel, "essai"), library.requires_statement(channel, "essai"));
        (asks, problems)
    };
    for (value, invoice, statement) in [
        ("facture", true, false),
        ("decompte", false, true),
        ("Décompte", false, true),
        ("facture, decompte", true, true),
        ("[decompte,facture]", true, true),
        ("\"decompte\"", false, true),
    ] {
        let (asks, problems) = of(Channel::Email, value);
        assert_eq!((asks, problems.len()), ((invoice, statement), 0), "{value}");
    }
    let mut told = String::new();
    for (channel, value) in [
        (Channel::Email, ""),
        (Channel::Email, "facture,"),
        (Channel::Email, "releve"),
        (Channel::Email, "facture et décompte"),
        (Channel::Letter, "decompte"),
    ] {
        told.push_str(&format!("──── {value}\n{}\n", shown(&of(channel, value).1)));
    }
    insta::assert_snapshot!(told);
    // Its amounts are those of the statement: while they are not firm, it waits.
    let (mut library, mut problems) = (Library::empty(), Vec::new());
    library.add(Channel::Email, "essai", "essai.md", "---\nobjet: x\npiece: decompte\n---\nBonjour\n", &mut problems);
    assert!(library.asking().all(|asking| asking.computed) && library.asking().count() == 1);
}
