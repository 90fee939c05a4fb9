//! Words of the language where a name must stand: every word in every place.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{compile_text, context, source};
use relance_core::machine::{Channel, Tone};
use relance_core::schema::fold;
use relance_dsl::keywords::{ACTIONS, CONTEXTUAL, RESERVED, is_reserved};
use relance_dsl::{Template, compile, findings};

/// A file for each place of a name, which stands at `▮`.
const HEADERS: &[&str] = &[
    "scénario ▮\n  à J+3 : email courtois\n",
    "scénario ▮ \"Un titre\"\n  quand soldée : email remerciement\n",
    "scénario un\n  à J+3 : email courtois\nétape ▮\n  à l'entrée : tâche \"voir\"\n  fin\n",
    "scénario un\n  à J+3 : email courtois\nétape ▮ \"Un titre\"\n  fin\n",
    "scénario un\n  à J+3 : aller à ▮\nétape ▮\n  à l'entrée : tâche \"voir\"\n  fin\n",
    "segment ▮ : si client.retard_moyen > 20j\nà J+3 : email courtois\n",
    "champ ▮ : texte\nà J+3 : email courtois\n",
    "constante ▮ : 5j\nà J+3 : email courtois\n",
    "constante ▮ = 5j\nà J+3 : email courtois\n",
];

/// The same, where an action must name something.
const ACTION_NAMES: &[&str] = &[
    "à J+3 : aller à ▮\n",
    "à J+3 : email courtois puis aller à ▮\nà J+9 : email ferme\n",
    "à J+3 : aller à étape ▮\nà J+9 : email ferme\n",
    "à J+3 : email ▮\n",
    "à J+3 : sms ▮\nquand soldée : email remerciement\n",
    "à J+3 : courrier ▮\nsi retard >= 9j alors email ferme\n",
    "si retard >= 3j et segment = vip alors lettre_recommandée ▮ # à relire\nsinon appel\n",
    "à J+3 : email courtois à ▮\n",
    "à J+3 : email courtois à comptabilité, ▮\n",
    "à J+3 : email courtois copie ▮\nà J+9 : email ferme\n",
    "à J+3 : email courtois à comptabilité copie à ▮\n",
    "à J+3 : tâche \"voir\" à ▮\n",
    "à J+3 : email courtois après validation de ▮\n",
    "à J+3 : alerter ▮\n",
];

/// Where a name may be left out, or where something follows it, and the words that no sentence takes there.
const LOOSE: &[&str] = &[
    "à J+3 : appel ▮\n",
    "à J+3 : appel ▮ puis email ferme\n",
    "à J+3 : email ▮ à comptabilité\n",
    "à J+3 : email ▮ puis après 3j appel\n",
    "à J+3 : email courtois à ▮ puis appel\n",
];

fn is_told_once(place: &str, word: &str) {
    let text = place.replace('▮', word);
    let source = source(&text);
    let compilation = compile(std::slice::from_ref(&source), &context());
    let found = findings(&compilation.diagnostics, std::slice::from_ref(&source));
    let told: Vec<(&str, &str)> = found.iter().map(|f| (f.code.as_str(), f.message.as_str())).collect();
    let [only] = found.as_slice() else { panic!("{text}{told:?}") };
    assert_eq!(only.code, "R0104", "{text}{told:?}");
    assert!(!only.help.as_deref().unwrap_or_default().is_empty(), "{text}");
    // At the name; where a header gives it, when there is one.
    let span = compilation.diagnostics[0].place().unwrap().span;
    assert_eq!(&text[span.start..span.end], word, "{text}");
    let header = place.match_indices("étape ▮").find(|(at, _)| place[..*at].ends_with('\n'));
    let name = header.map_or_else(|| place.find('▮').unwrap(), |(at, _)| at + "étape ".len());
    let shift = place[..name].matches('▮').count();
    assert_eq!(span.start, name + shift * word.len() - shift * '▮'.len_utf8(), "{text}");
}

#[test]
fn a_word_of_the_language_is_no_name() {
    for word in RESERVED {
        HEADERS.iter().for_each(|place| is_told_once(place, word));
        for place in ACTION_NAMES {
            // `à défaut` says something else.
            if !(*word == "défaut" && place.contains(" à ▮") && !place.contains("aller")) {
                is_told_once(place, word);
            }
        }
        let goes_on =
            "à alors après au copie dès défaut entre est et n'est ou parmi puis quand sans sauf si sinon".split(' ');
        if !goes_on.chain(ACTIONS.iter().copied()).any(|other| other == *word) {
            LOOSE.iter().for_each(|place| is_told_once(place, word));
        }
    }
}

/// A word that means something in one place only is a name like any other.
#[test]
fn a_word_of_one_place_names_what_one_likes() {
    let names = CONTEXTUAL.iter().filter(|word| !is_reserved(word) && !word.contains('\''));
    for word in names {
        let text = format!(
            "segment {word} : si client.retard_moyen > 20j\n\
             scénario {word} \"Titre\"\n  pour les factures où segment = {word} et montant > 3 €\n  \
             à J+3 : email {word} à {word}, comptabilité copie {word} puis sms {word} après validation de {word}\n  \
             à J+5 : appel {word}\n  \
             à J+7 : alerter {word} et tâche \"voir\" à {word}\n  \
             si retard >= 9j et segment parmi ({word}, vip) alors aller à {word}\n\
             étape {word} \"Titre\"\n  à l'entrée : courrier {word} à défaut email {word}\n  \
             si étape = {word} et passée_par({word}) alors appel\n  après 5j : aller à étape {word}_2\n\
             étape {word}_2\n  fin\n\
             test \"t\"\n  avec {word}\n  facture F1 de 3 000 € échue le 03/03/2026, segment {word}\n  \
             le 06/03/2026 : email {word}\n  état final {word}\n"
        );
        let mut context = context();
        for channel in [Channel::Email, Channel::Sms, Channel::Call, Channel::Letter] {
            let template = Template {
                channel,
                name: (*word).to_owned(),
                nature: None,
                tone: Tone::Polite,
                language: None,
                variants: Vec::new(),
            };
            context.templates.push(template);
        }
        context.roles.push((*word).to_owned());
        let compilation = compile(&[source(&text)], &context);
        let shown = relance_dsl::render_short(&compilation.diagnostics, &[source(&text)]);
        assert!(compilation.machines.is_some(), "{text}\n{shown}");
    }
}

/// Constants and fields of such names.
#[test]
fn a_word_of_one_place_defines_what_one_likes() {
    let facts: Vec<String> = relance_core::schema::Fact::ALL.iter().map(|fact| fold(fact.name())).collect();
    let names = CONTEXTUAL.iter().filter(|word| !is_reserved(word) && !word.contains('\''));
    for word in names.filter(|word| !facts.contains(&fold(word))) {
        let text = format!(
            "champ {word} : texte\nconstante {word}_x = 5j\nsi retard >= {word}_x et {word} = \"oui\" alors email courtois\n"
        );
        assert!(compile_text(&text).machines.is_some(), "{text}\n{}", common::rendered(&text));
        let text = format!("constante {word} : 5j\nsi retard >= {word} alors email courtois puis après {word} appel\n");
        assert!(compile_text(&text).machines.is_some(), "{text}\n{}", common::rendered(&text));
    }
}
