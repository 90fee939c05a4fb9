//! The words that mutations write: those that a target reads, and values of all kinds.

use relance_core::machine::{Channel, Trigger};
use relance_core::schema::Fact;
use relance_dsl::keywords::{ACTIONS, CONTEXTUAL, RESERVED};
use relance_engine::import::Kind;
use relance_engine::template::{FILTERS, Shape, VARIABLES};
use std::sync::LazyLock;

/// The words of imported files, and of the XML of a sheet.
pub static ROWS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let fields = Kind::ALL.into_iter().flat_map(Kind::fields).flat_map(|field| [&[field.name], field.sure].concat());
    let all = fields.chain(CELLS.split_whitespace()).chain(ROW_PHRASES.lines()).chain(Channel::ALL.map(Channel::name));
    all.map(str::to_owned).collect()
});

/// The words of templates.
pub static TEMPLATE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let part = |owner: &str, shape: Shape| match shape {
        Shape::Record(parts) => parts.iter().map(|part| format!("{owner}.{}", part.name)).collect(),
        _ => vec![owner.to_owned()],
    };
    let variables = VARIABLES.iter().flat_map(|variable| part(variable.name, variable.shape));
    let shown = VARIABLES
        .iter()
        .flat_map(|variable| part(variable.name, variable.shape))
        .map(|path| format!("{{{{ {path} }}}}"));
    let filters = FILTERS.iter().flat_map(|filter| [format!("|{}", filter.name), filter.example.to_owned()]);
    let given = MARKS.split_whitespace().chain(TEMPLATE_PHRASES.lines()).map(str::to_owned);
    variables.chain(shown).chain(filters).chain(given).collect()
});

const CELLS: &str = "factures.csv clients.csv reglements.csv evenements.csv factures.xlsx export.csv x.xlsx ; , \t \" \"\" F1 F2 C1 C2 A1 \
    01/03/2026 31/02/2026 29/02/2028 01/01/0001 31/12/9999 2026-03-01 20260301 01/03/26 46090 1 200,00 -1200,00 1,005 0 0,01 \
    99999999999999999999 9223372036854775807 92233720368547758,07 -0,01 1.234.567,89 (12,00) 12- EUR CHF USD € litige litige_clos promesse \
    arret reprise avoir rejet echeance echeancier relance saut validation refus procedure_collective procedure_close externe \
    reponse paiement_annonce appel courrier tache b2b b2c public oui non total Total AV \u{1}factures.csv \
    <row> </row> <c> </c> <v> </v> <c><v>12</v></c> <c r=\"XFD1048576\"> <c r=\"A1\"> <c t=\"e\"> <c t=\"b\"> <c t=\"s\"> <c t=\"d\"> \
    t=\"inlineStr\" s=\"1\" <row r=\"9999999\"> <f>1/0</f> <v>1e308</v> <v>-1</v> <v>NaN</v> <mergeCells/> <sheetData/>";

const ROW_PHRASES: &str = "numero;client;date_emission;date_echeance;montant_ttc
code;nom;segment;email;telephone
date;client;facture;montant
date;type;facture;montant;date_prevue;detail;connu_le
F1;C1;01/02/2026;03/03/2026;1 200,00
F1;C1;01/02/2026;03/04/2026;300,00
AV1;C1;01/02/2026;;-100,00
C1;Durand;vip;a@example.fr;01 23 45 67 89
05/03/2026;C1;F1;100,00
05/03/2026;C1;F1;-100,00
05/03/2026;promesse;F1;100,00;12/03/2026;;
05/03/2026;echeancier;F1;100,00;12/03/2026;;
05/03/2026;procedure_collective;;;;;
05/03/2026;relance;F1;;;email;
Total;;;1 200,00
sep=,
Soci\u{e9}t\u{e9} X";

const MARKS: &str = "--- {{ }} {% %} {# #} {%- -%} {{- -}} | ~ . [0] [-1] [::2] ( ) [ ] { } == != < <= > >= + - * / // % ** 0 1 -1 999999999 \
    99999999999999999999 1e308 \"a\" 'c' and or not in is if else elif endif for endfor set endset with endwith filter endfilter \
    raw endraw macro endmacro include import extends block endblock autoescape endautoescape do loop.index loop.length loop.previtem \
    ** * _ ` # > - 1. [a](http://x.fr) [a](javascript:x) ![a](b) <b> &amp; \\ objet: nature: ton: langue: accepte: relance \
    information mise_en_demeure ferme courtois amical formel fr en email sms appel courrier true false none \u{f0000} \u{200b} \u{202e}";

const TEMPLATE_PHRASES: &str = "objet: Rappel : facture {{ facture.numero }}
nature: information
ton: ferme
{% for f in factures %}
{% endfor %}
{% if b2b %}
{% endif %}
{% else %}
{% set a = \"aaaaaaaaaa\" %}
{% set a = a ~ a %}
{% set a = [1, 2, 3] %}
{% set a %}
{% endset %}
{{ a }}
{{ a ~ a }}
{{ f.numero }} : {{ f.reste_du|montant }}
{{ facture.echeance|date_longue }}
{{ client.nom|ou(\"vous\")|majuscules }}
{{ note_de_risque(3) }}
{{ a * 1000 }}
- **{{ client.nom }}**
| a | b |
> cit\u{e9}";

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
