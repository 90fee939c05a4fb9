//! Mutations that know words and lines: what bytes alone would take days to find.

use relance_core::machine::Trigger;
use relance_core::schema::Fact;
use relance_dsl::keywords::{ACTIONS, CONTEXTUAL, RESERVED};
use std::sync::LazyLock;

/// Declares the mutator of a target: words of the language, or those that are given.
#[macro_export]
macro_rules! mutate_lines {
    ($words:expr) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate::mutate($words, data, size, max_size, seed)
        });
    };
    () => {
        $crate::mutate_lines!(&$crate::mutate::SCENARIO);
    };
}

/// The words of scenarios, values and signs of all kinds, and whole phrases.
pub static SCENARIO: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tables = [RESERVED, CONTEXTUAL, ACTIONS].concat();
    let facts = Fact::ALL.iter().map(|fact| fact.name());
    let triggers = Trigger::ALL.iter().map(|trigger| trigger.words());
    let all = tables.into_iter().chain(facts).chain(triggers).chain(VALUES.split_whitespace()).chain(PHRASES.lines());
    all.map(str::to_owned).collect()
});

/// The words of scripts.
pub static SCRIPT: LazyLock<Vec<String>> = LazyLock::new(|| {
    let facts = Fact::ALL.iter().map(|fact| match fact.name() {
        name if name.starts_with("client.") => name.to_owned(),
        name => format!("facture.{name}"),
    });
    facts.chain(RHAI.split_whitespace().map(str::to_owned)).chain(RHAI_PHRASES.lines().map(str::to_owned)).collect()
});

const VALUES: &str = "0j 1j 15j 3650000j 99999999999999999999 9223372036854775807 J J-5 J+15 J+999999999 8h 25h 9h30 \
    31/12/2026 29/02/2027 01/01/262144 00/00/0000 12% 0,01€ 1500€ 200CHF ( ) ( ) , : = <> < <= > >= + - * / \" « » # \
    accepte R0604 vip mauvais_payeur plan ferme courtois rappel rappel_amical mise_en_demeure comptabilité direction \
    risque_eleve() note_de(client.encours) delai() lent() b2c aucun france";

const PHRASES: &str = "si retard >= 15j et segment = mauvais_payeur alors email ferme puis appel
à J+3 : email courtois puis après 2 jours ouvrés sms rappel
à J-5 : email preventif
après 6 jours : sms rappel à défaut email courtois
tous les 9 jours (au plus 4 fois) : alerter \"direction\"
tous les 2 semaines si retard > 2j : sms ferme
à l'entrée : note \"Prise en charge\"
quand promesse rompue : email promesse_non_tenue puis appel ferme
quand réponse : suspendre 6 jours puis tâche \"Répondre\"
quand litige ouvert : aller à suivi
quand événement \"colis perdu\" : suspendre
dès que reste_dû >= 1 000 € : alerter \"direction\"
sinon email courtois
aller à plan
aller à suivi
étape suivi \"Suivi\"
étape fin_de_course
scénario autre
pour les factures où segment = vip
priorité 2
segment vip : si client.factures_en_retard >= 2
champ secteur : texte
champ plafond : montant
constante delai_long : 30j
regrouper par client
envois tous les jours de 8h à 20h
au plus 1 contact tous les 3 jours par client
sans plafond
minimum 200 €
rattrapage pas à pas
paiements à jour depuis moins de 24h
calendrier alsace_moselle
fin
test \"essai\"
avec general
facture F1 de 1 200 € échue le 03/03/2026, segment mauvais_payeur
le 18/03/2026 : email ferme
le 20/03/2026 : paiement de 1 200 €
le 20/03/2026 : promesse de 300 € pour le 01/04/2026
ensuite rien
état final soldée
script \"scripts/risque.rhai\"
inclure \"autre.relance\"
après validation
sans relance préalable
fin de mois";

const RHAI: &str = "fn let const if else while loop for in do until switch return break continue true false () [] #{ } { ( ) ; , . \
    ?. ?? + - * / % ** == != < <= > >= && || ! = += -= => | || 0 1 2 -1 9223372036854775807 0.01 1e9 99999999999999999999 \
    \"a\" 'c' `${a}` a b f g x .len() .push(a) .pad(9999,1) .map(|x|x) .filter(|x|true) .reduce(|a,b|a+b) .sort() .trim() \
    .split(\"\") .replace(\"a\",b) .to_string() .contains(1) .keys() .values() .call() arrondi connu donne verifie egal inconnu \
    range(0,9) 0..9 facture client /* */ // /// private import export throw \\u{d800} \\x00 u{110000}";

const RHAI_PHRASES: &str = "fn f() { 1 }
fn g(a) { f() + a }
fn test_f() { egal(f(), 1) }
donne(#{ retard: 3, segment: \"vip\" });
for i in 0..100 { a += i; }
while a < 100 { a += 1; }
let a = [1, 2, 3];
let a = #{ x: 1, y: [2] };
if facture.retard > 15 { 1 } else { 2 }
switch facture.segment { \"vip\" => 1, _ => 2 }
inconnu(|| facture.retard)
f()
a = [a, a];
s += s;";

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// Changes the first `size` bytes of `data`, which holds `max_size`; the new size.
pub fn mutate(words: &[String], data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let text = data.get(..size).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let (Some(text), true) = (text, dice.roll(3) > 0) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    let mut new = text.to_owned();
    for _ in 0..=dice.roll(3) {
        new = if dice.roll(2) == 0 { by_words(&new, words, &mut dice) } else { by_lines(&new, words, &mut dice) };
    }
    let cut = (0..=new.len().min(max_size)).rev().find(|at| new.is_char_boundary(*at)).unwrap_or(0);
    data[..cut].copy_from_slice(&new.as_bytes()[..cut]);
    cut
}

fn by_lines(text: &str, words: &[String], dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let at = dice.roll(lines.len());
    match dice.roll(5) {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[dice.roll(lines.len())];
            lines.insert(at, line);
        }
        2 => {
            let other = dice.roll(lines.len());
            lines.swap(at, other);
        }
        3 => lines.insert(at, &words[dice.roll(words.len())]),
        _ => {
            // A part of the text again, and again.
            let part = lines[at..(at + 1 + dice.roll(8)).min(lines.len())].to_vec();
            (0..=dice.roll(3)).for_each(|_| lines.extend(&part));
        }
    }
    lines.join("\n")
}

fn by_words(text: &str, words: &[String], dice: &mut Dice) -> String {
    // Blanks stay with the word before them.
    let mut all: Vec<&str> = text.split_inclusive([' ', '\n']).collect();
    if all.is_empty() {
        return words[dice.roll(words.len())].clone();
    }
    let at = dice.roll(all.len());
    let number = dice.roll(1_000).to_string();
    let word = match dice.roll(4) {
        0 => all[dice.roll(all.len())],
        1 => number.as_str(),
        _ => words[dice.roll(words.len())].as_str(),
    };
    match dice.roll(5) {
        0 => drop(all.remove(at)),
        1 | 2 => {
            let blank = if all[at].ends_with('\n') { "\n" } else { " " };
            all.splice(at..=at, [word, blank]);
        }
        3 => drop(all.splice(at..at, [word, " "])),
        _ => {
            let part = all[at..(at + 1 + dice.roll(12)).min(all.len())].to_vec();
            (0..=dice.roll(20)).for_each(|_| drop(all.splice(at..at, part.iter().copied())));
        }
    }
    all.concat()
}
