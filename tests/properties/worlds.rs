//! Any plan, any history: generators.

use chrono::NaiveDate;
use proptest::prelude::*;
use relance_core::day::add_days;
use relance_core::incoming::{Customer, DoneResult, DueAmount, Incoming, Invoice, Returned, Waived, What};
use relance_core::machine::Channel;
use relance_core::money::{Amount, Currency};
use relance_core::said::Said;
use relance_tests::day;

/// The first day of every history.
pub fn first() -> NaiveDate {
    day("2026-03-02")
}

/// How many days a history lasts.
pub const DAYS: i64 = 110;

const SETTINGS: [&str; 14] = [
    "envois du lundi au vendredi de 9h à 18h",
    "envois tous les jours de 8h à 20h",
    "envois lundi, mercredi et vendredi de 9h30 à 12h",
    "au plus 1 contact tous les 3 jours par client",
    "au plus 2 contacts tous les 7 jours par client",
    "sans plafond",
    "minimum 10 €",
    "minimum 200 €",
    "calendrier aucun",
    "calendrier france",
    "regrouper par client",
    "regrouper par client",
    "rattrapage pas à pas",
    "calendrier alsace_moselle",
];

const RULES: [&str; 46] = [
    "à J-5 : email preventif",
    "à J-2 : sms rappel puis email preventif",
    "à J : email rappel_amical",
    "à J+3 : email courtois puis après 2 jours ouvrés sms rappel",
    "à J+5 : email courtois et sms rappel",
    "à J+7 : sms rappel à défaut email courtois puis appel ferme",
    "si retard >= 10j et segment = mauvais_payeur alors email ferme puis appel",
    "si retard >= 10j et segment = vip alors appel courtois puis après 3 jours email courtois sinon email courtois",
    "à J+15 : email ferme à comptabilité copie commercial",
    "si retard > 15j et client.encours >= 500 € alors tâche \"Regarder le dossier\" à commercial puis email ferme",
    "si retard >= 20j sauf si nombre_relances >= 3 alors courrier dernier_avis puis après 5 jours appel ferme",
    "à J+20 fin de mois : email dernier_avis",
    "à J+25 : email dernier_avis puis après 3 jours courrier mise_en_demeure",
    "à J+30 : courrier mise_en_demeure",
    "à J+45 : email mise_en_demeure sans relance préalable",
    "si retard entre 5j et 12j et reste_dû > 100 € alors sms ferme",
    "si retard >= client.délai_habituel + 3j alors appel courtois",
    "si retard >= 1 mois alors email dernier_avis",
    "si retard >= 8 jours ouvrés alors note \"Huit jours ouvrés\"",
    "si jours_depuis_relance >= 10j et nombre_relances >= 1 alors email ferme",
    "dès que reste_dû >= 1 000 € : alerter \"direction\"",
    "dès que client.factures_en_retard >= 2 : tâche \"Plusieurs retards\"",
    "si client.plus_ancien_retard >= 25j ou client.encours_échu > 900 € alors alerter \"direction\"",
    "si client.email n'est pas connu et retard >= 4j alors appel",
    "si retard >= 12j ou promesses_rompues >= 1 alors email ferme",
    "quand soldée : email remerciement",
    "quand promesse rompue : email promesse_non_tenue puis appel ferme",
    "quand paiement partiel : note \"Reçu en partie\"",
    "quand litige ouvert : tâche \"Traiter le litige\" à commercial",
    "quand litige clos : email courtois",
    "quand échec : tâche \"Échec d'envoi\"",
    "à J+18 : email ferme après validation puis appel",
    "à J+22 : email ferme après validation de direction à défaut courrier dernier_avis",
    "à J+35 : aller à suivi",
    "à J+40 si reste_dû >= 300 € : email dernier_avis et aller à fin_de_course",
    "après 6 jours : sms rappel",
    "après 12 jours ouvrés si retard > 0j : appel courtois",
    "tous les 9 jours (au plus 4 fois) : alerter \"direction\"",
    "tous les 2 semaines si retard > 2j : sms ferme",
    "à l'entrée : note \"Prise en charge\"",
    "quand réponse : suspendre 6 jours puis tâche \"Répondre\"",
    "quand promesse : continuer",
    "quand litige ouvert : aller à suivi",
    "quand événement \"colis perdu\" : suspendre et tâche \"Chercher\"",
    "quand événement \"colis retrouvé\" : reprendre",
    "quand échéance manquée : appel ferme",
];

const STAGES: &str = "
étape suivi \"Suivi\"
  à l'entrée : tâche \"Ouvrir le suivi\" et email courtois après validation
  après 4 jours : appel courtois puis après 2 jours ouvrés email ferme
  à J+50 : email dernier_avis
  tous les 6 jours (au plus 2 fois) : alerter \"direction\"
  si étape = suivi et promesses_rompues >= 1 alors appel ferme
  quand litige clos : aller à plan
  quand promesse rompue : tâche \"Décider\" puis aller à fin_de_course
  après 3 semaines : lettre_recommandée mise_en_demeure puis après 8 jours aller à fin_de_course

étape fin_de_course
  à l'entrée : transmettre \"recouvrement\" et tâche \"Constituer le dossier\"
  quand paiement partiel : note \"Reçu\"
  fin
";

const SEGMENTS: &str = "segment mauvais_payeur : si client.factures_en_retard >= 2 ou client.encours_échu >= 1 500 €
";

/// Texts of one or two scenarios.
pub fn plan() -> impl Strategy<Value = Vec<String>> {
    let settings = prop::sample::subsequence(vec![0usize, 3, 6, 8, 10, 12], 0..=6)
        .prop_flat_map(|groups| {
            let choices: Vec<_> = groups
                .into_iter()
                .map(|group| {
                    let alternatives: Vec<&'static str> = match group {
                        0 => SETTINGS[0..3].to_vec(),
                        3 => SETTINGS[3..6].to_vec(),
                        6 => SETTINGS[6..8].to_vec(),
                        8 => vec![SETTINGS[8], SETTINGS[9], SETTINGS[13]],
                        10 => vec![SETTINGS[10]],
                        _ => vec![SETTINGS[12]],
                    };
                    prop::sample::select(alternatives)
                })
                .collect();
            choices
        })
        .prop_map(|lines| lines.into_iter().map(|l| format!("  {l}\n")).collect::<String>());
    let rules = prop::sample::subsequence(RULES.to_vec(), 1..10)
        .prop_map(|lines| lines.into_iter().map(|l| format!("  {l}\n")).collect::<String>());
    let one = (settings.clone(), rules.clone());
    (one.clone(), one, any::<bool>(), any::<bool>()).prop_map(|((s1, r1), (s2, r2), two, ruled)| {
        let segments = if ruled { SEGMENTS } else { "" };
        let mut texts = vec![format!("{segments}scénario general\n{s1}{r1}{STAGES}")];
        if two {
            texts.push(format!("scénario mauvais\n  pour les factures où segment = mauvais_payeur\n{s2}{r2}{STAGES}"));
        }
        texts
    })
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![3 => 500i64..200_000, 1 => 100i64..2_000].prop_map(|cents| Amount::new(cents, Currency::EUR))
}

fn date(span: std::ops::Range<i64>) -> impl Strategy<Value = NaiveDate> {
    span.prop_map(|n| add_days(first(), n))
}

fn customer() -> impl Strategy<Value = Customer> {
    (
        prop::option::of(prop::sample::select(vec!["mauvais_payeur", "vip", "bon_payeur"])),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.7),
        prop::option::of(-5i64..20),
    )
        .prop_map(|(segment, email, phone, usual_delay)| Customer {
            name: "Client".into(),
            segment: segment.map(str::to_owned),
            email: email.then(|| "client@example.fr".into()),
            phone: phone.then(|| "+33639980001".into()),
            usual_delay,
            ..Customer::default()
        })
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => amount().prop_map(|amount| What::Payment { amount }),
        1 => amount().prop_map(|amount| What::CreditNote { amount }),
        1 => amount().prop_map(|amount| What::Reversal { amount }),
        2 => prop::option::of(amount()).prop_map(|amount| What::DisputeOpened { amount, reason: None }),
        2 => Just(What::DisputeClosed),
        2 => (date(0..DAYS), prop::option::of(amount())).prop_map(|(by, amount)| What::Promise { by, amount }),
        1 => prop::option::of(amount()).prop_map(|amount| What::PaymentAnnounced { amount }),
        1 => Just(What::Stop { until: None }),
        1 => date(0..DAYS).prop_map(|until| What::Stop { until: Some(until) }),
        1 => any::<bool>().prop_map(|catch_up| What::Resume { catch_up }),
        1 => Just(What::Comment { text: "vu au salon".into() }),
        1 => prop::option::of(prop::sample::select(vec!["vip", "regulier"]))
            .prop_map(|segment| What::Segment { segment: segment.map(str::to_owned) }),
        1 => (prop::sample::select(Waived::ALL.to_vec()), any::<bool>())
            .prop_map(|(what, taken_back)| What::Waiver { what, taken_back }),
        1 => Just(What::HandOver { target: "recouvrement".into() }),
        1 => Just(What::Task { text: "rappeler".into(), to: None }),
        1 => Just(What::Reply),
        1 => date(-10..DAYS).prop_map(|to| What::DueDateMoved { to }),
        1 => Just(What::PastReminder { channel: Some(Channel::Email), formal: false }),
        1 => prop::sample::select(vec!["colis perdu", "Colis retrouvé"]).prop_map(|n| What::External { name: n.into() }),
        1 => prop::sample::select(vec!["suivi", "plan", "fin_de_course", "inconnue"])
            .prop_map(|state| What::Jump { state: state.into() }),
        1 => prop::collection::vec((date(0..DAYS), amount()), 1..4).prop_map(|parts| What::PaymentPlan {
            instalments: parts.into_iter().map(|(due, amount)| DueAmount { due, amount }).collect(),
        }),
        1 => date(-60..DAYS).prop_map(|judgment| What::Insolvency { judgment }),
        1 => any::<bool>().prop_map(|granted| What::Approval { key: None, granted }),
        1 => prop::sample::select(vec![Channel::Email, Channel::Sms, Channel::Letter])
            .prop_map(|channel| What::Bounced { key: None, channel: Some(channel), why: None }),
        1 => prop::sample::select(vec![Channel::Email, Channel::Sms]).prop_map(|channel| {
            let wrong = ["client@example.fr", "+33639980001"].map(str::to_owned).to_vec();
            let why = Returned { reason: "inconnue".to_owned(), address_is_right: false, wrong };
            What::Bounced { key: None, channel: Some(channel), why: Some(why) }
        }),
        1 => Just(What::AddressConfirmed { channel: None }),
        2 => prop::sample::select(DoneResult::ALL.to_vec()).prop_map(|result| What::Done {
            key: None,
            channel: Some(Channel::Call),
            result,
            tracking: None,
        }),
    ]
}

/// What happens outside, over one to three clients.
pub fn history() -> impl Strategy<Value = Vec<Incoming>> {
    prop::collection::vec(client(), 1..4).prop_map(|clients| {
        let mut all = Vec::new();
        for (c, (customer, invoices, events, moved)) in clients.into_iter().enumerate() {
            let client = format!("C{c}");
            let thing = |id: String, invoice: Option<String>, effective: NaiveDate, what: What| Incoming {
                id,
                client: client.clone(),
                invoice,
                effective,
                known: None,
                said: None,
                what,
            };
            all.push(thing(format!("client:{client}"), None, day("1970-01-01"), What::Customer(customer)));
            if let Some((on, customer)) = moved {
                all.push(thing(format!("client:{client}:2"), None, on, What::Customer(customer)));
            }
            let count = invoices.len();
            for (i, (issued, term, amount)) in invoices.into_iter().enumerate() {
                let number = format!("F{c}-{i}");
                let due = add_days(issued, term);
                let invoice = Invoice::new(issued, due, amount);
                all.push(thing(format!("facture:{number}"), Some(number), issued, What::Invoice(invoice)));
            }
            for (i, (which, on, what)) in events.into_iter().enumerate() {
                let number = (which < count).then(|| format!("F{c}-{which}"));
                let said = if i % 2 == 0 { None } else { Said::of(Some("Claire Durand"), Some("vu avec lui")) };
                all.push(Incoming { said, ..thing(format!("evenement:{client}:{i}"), number, on, what) });
            }
        }
        all
    })
}

type Client = (Customer, Vec<(NaiveDate, i64, Amount)>, Vec<(usize, NaiveDate, What)>, Option<(NaiveDate, Customer)>);

fn client() -> impl Strategy<Value = Client> {
    (
        customer(),
        prop::collection::vec((date(-60..70), 0i64..45, amount()), 1..5),
        prop::collection::vec((0usize..5, date(-60..DAYS), what()), 0..9),
        prop::option::weighted(0.2, (date(5..DAYS), customer())),
    )
}
