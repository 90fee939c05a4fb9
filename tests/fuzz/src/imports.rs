//! Imported files: each row is taken or told, twice alike, and importing again brings nothing.

use crate::project::{ZONE, compiled, program};
use crate::workbooks;
use chrono::NaiveDate;
use relance_core::day::{add_days, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::incoming::Incoming;
use relance_core::machine::Field;
use relance_core::program::Program;
use relance_core::schema::Type;
use relance_core::simulate::{Inbox, People, World, run};
use relance_engine::import::{Batch, Info, Known, Options, Reconciled, read, reconcile};
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

/// A rule or two of every kind, so that what was imported is also lived with.
const PLAN: &str = "scénario general\n regrouper par client\n à J-5 : email preventif\n à J+3 : email courtois puis sms rappel\n \
                    si retard >= 15j et reste_dû > 100 € alors email ferme puis appel ferme\n à J+45 : aller à suivi\n \
                    quand promesse rompue : email promesse_non_tenue\n quand soldée : email remerciement\n\
                    étape suivi\n à l'entrée : lettre_recommandée mise_en_demeure\n après 8 jours : alerter \"direction\"\n";

static PROGRAM: LazyLock<Program> =
    LazyLock::new(|| program(compiled(PLAN.as_bytes()).machines.expect("the plan compiles")));

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 18).unwrap_or_default()
}

/// The files in these bytes: U+0001 begins the next one, its first line is its name. What is called a workbook and is none is the
/// sheet of one, as XML.
fn files(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let named = |part: &[u8]| {
        let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        let name =
            String::from_utf8_lossy(&part[..end]).chars().filter(|c| !c.is_control()).take(60).collect::<String>();
        let rest = part.get(end + 1..).unwrap_or_default();
        let sheet = name.ends_with(".xlsx") && !rest.starts_with(b"PK");
        (name, if sheet { workbooks::with_sheet(rest) } else { rest.to_vec() })
    };
    // A workbook holds any byte: it is alone.
    if bytes.windows(4).any(|four| four == b"PK\x03\x04") {
        return vec![named(bytes)];
    }
    bytes.split(|byte| *byte == 1).take(4).map(named).collect()
}

/// Imports the files in every mode.
pub fn check(bytes: &[u8]) {
    workbooks::forgive_the_library();
    let files = files(bytes);
    let field = |name: &str, ty| Field { name: name.to_owned(), ty };
    for (tolerant, open_items) in [(false, false), (true, false), (false, true), (true, true)] {
        let fields = vec![field("secteur", Type::Text), field("plafond", Type::Amount)];
        let options = Options { tolerant, open_items, fields, columns: BTreeMap::new() };
        let batch = read(&files, &options);
        taken_or_told(&batch);
        let first = reconcile(&Known::default(), &batch, today(), ZONE);
        assert_eq!(first, reconcile(&Known::default(), &batch, today(), ZONE), "reconciled twice");
        sound(&first);
        let mut known = Known::default();
        first.incoming.iter().for_each(|incoming| known.learn(incoming));
        let again = reconcile(&known, &batch, today(), ZONE);
        assert_eq!(again.incoming, [], "imported again");
        let mut other = files.clone();
        other.reverse();
        assert_eq!(reconcile(&Known::default(), &read(&other, &options), today(), ZONE).incoming, first.incoming);
        lived(first.incoming);
    }
}

/// No row is lost in silence, and what is said of one can be read on one line.
fn taken_or_told(batch: &Batch) {
    for file in &batch.files {
        let told = batch.problems.iter().any(|problem| problem.file == file.name);
        let totals = |info: &&Info| info.file.as_ref() == Some(&file.name) && info.text.contains("total");
        let total =
            batch.infos.iter().find(totals).and_then(|info| info.text.split(' ').next()?.parse().ok()).unwrap_or(0);
        assert!(file.kind.is_some() || told, "neither read nor refused: {file:?}");
        assert!(file.taken + total <= file.rows, "{file:?}");
        assert!(file.taken + total == file.rows || told, "lost in silence: {file:?} {:?}", batch.infos);
    }
    let lines = batch.problems.iter().map(ToString::to_string).chain(batch.infos.iter().map(ToString::to_string));
    for line in lines {
        assert!(!line.trim().is_empty() && !line.contains(['\n', '\r']), "{line:?}");
        assert!(line.chars().count() < 3_000, "{line}");
    }
}

fn sound(result: &Reconciled) {
    let mut ids = HashSet::new();
    for incoming in &result.incoming {
        assert!(ids.insert(&incoming.id), "{} twice", incoming.id);
        let json = serde_json::to_string(incoming).expect("what came in is JSON");
        assert_eq!(*incoming, serde_json::from_str::<Incoming>(&json).expect("its JSON is what came in"));
    }
    result.problems.iter().for_each(|problem| assert!(!problem.to_string().contains(['\n', '\r'])));
}

/// The first clients live a month with what was imported.
fn lived(incoming: Vec<Incoming>) {
    let mut clients: BTreeMap<String, Vec<(Incoming, Option<_>)>> = BTreeMap::new();
    for incoming in incoming {
        clients.entry(incoming.client.clone()).or_default().push((incoming, None));
    }
    for (code, things) in clients.into_iter().take(2) {
        let mut world = World { dossier: Dossier::new(&code), wake: None, inbox: Inbox::new(things, ZONE) };
        let span = (start_of_day(today(), ZONE), end_of_day(add_days(today(), 30), ZONE));
        let mut entries = 0;
        run(&PROGRAM, &mut world, span, People::DILIGENT, |_, _| {
            entries += 1;
            assert!(entries < 100_000, "it writes for ever");
        });
    }
}
