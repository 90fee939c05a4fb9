//! Decisions per second, one thread, on one table of ten rules of which the first that holds decides: our machine's guards on a real
//! client's file against rule engines on a context of plain values. Every answer is compared with the hand-written match first.

use relance_core::day::{add_days, start_of_day};
use relance_core::dossier::{Dispute, Dossier, InvoiceFile};
use relance_core::eval::truth;
use relance_core::facts::InvoiceFacts;
use relance_core::incoming::{Customer, Invoice};
use relance_core::machine::Expr;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_dsl::{Context, Source, compile, render_full};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

const INPUTS: usize = 1024;

#[derive(Clone)]
struct Row {
    late: i64,
    cents: i64,
    segment: &'static str,
    reminders: i64,
    disputed: bool,
}

/// The table by hand: the number of the first rule that holds, 10 when none does.
fn by_hand(row: &Row) -> usize {
    match (row.disputed, row.segment, row.late, row.cents, row.reminders) {
        (true, ..) => 0,
        (_, "public", ..=29, ..) => 1,
        (_, _, ..=0, ..) => 2,
        (_, _, _, ..=1_499, _) => 3,
        (_, "vip", ..=14, ..) => 4,
        (_, _, _, 500_000.., 3..) => 5,
        (_, _, _, _, 3..) => 6,
        (_, _, 30.., _, 2) => 7,
        (_, _, 15.., _, 1) => 8,
        (_, _, 7.., _, 0) => 9,
        _ => 10,
    }
}

const TABLE: [&str; 10] = [
    "en_litige",
    "segment = public et retard < 30j",
    "retard <= 0j",
    "montant < 15 €",
    "segment = vip et retard < 15j",
    "nombre_relances >= 3 et montant >= 5 000 €",
    "nombre_relances >= 3",
    "nombre_relances = 2 et retard >= 30j",
    "nombre_relances = 1 et retard >= 15j",
    "nombre_relances = 0 et retard >= 7j",
];

fn rows() -> Vec<Row> {
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = move |n: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) % n
    };
    (0..INPUTS)
        .map(|_| Row {
            late: next(70) as i64 - 5,
            cents: if next(10) == 0 { next(1_500) as i64 + 1 } else { next(1_000_000) as i64 + 1 },
            segment: ["standard", "vip", "public", "sensible"][next(4) as usize],
            reminders: next(5) as i64,
            disputed: next(20) == 0,
        })
        .collect()
}

/// Decisions per second: the median of five runs of half a second.
fn rate(mut decide: impl FnMut(usize) -> usize) -> f64 {
    let mut rates: Vec<f64> = (0..5)
        .map(|_| {
            let (start, mut done) = (Instant::now(), 0usize);
            while start.elapsed() < Duration::from_millis(500) {
                for i in 0..INPUTS {
                    black_box(decide(i));
                }
                done += INPUTS;
            }
            done as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[2]
}

fn check(name: &str, rows: &[Row], mut decide: impl FnMut(usize) -> usize) {
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(decide(i), by_hand(row), "{name}, row {i}");
    }
}

fn guards() -> Program {
    let text: String = TABLE.iter().map(|condition| format!("si {condition} alors note \"x\"\n")).collect();
    let sources = [Source { path: "scenarios/table.relance".into(), bytes: text.into_bytes() }];
    let segments = ["standard", "vip", "public", "sensible"].map(str::to_owned).to_vec();
    let compilation = compile(&sources, &Context { segments, ..Context::default() });
    let machines = compilation.machines.unwrap_or_else(|| panic!("{}", render_full(&compilation.diagnostics, &sources, false)));
    Program::new(machines, chrono_tz::Europe::Paris, BTreeMap::new())
}


fn main() {
    let rows = rows();
    let program = guards();
    let table: Vec<&Expr> = program.scenarios[0].states[0].rules.iter().map(|rule| &rule.branches[0].guard).collect();
    let today = "2026-03-18".parse().unwrap();
    let dossiers: Vec<Dossier> = rows
        .iter()
        .map(|row| {
            let mut dossier = Dossier::new("C1");
            dossier.customer = Customer { segment: Some(row.segment.into()), ..Customer::default() };
            let due = add_days(today, -row.late);
            let invoice = Invoice::new(add_days(due, -30), due, Amount::eur(row.cents));
            let mut file = InvoiceFile::new(invoice, start_of_day(due, program.zone));
            file.reminders = (0..row.reminders).map(|n| (due, n.to_string())).collect();
            if row.disputed {
                file.disputes.push(Dispute { amount: None, since: due, unpaused: false });
            }
            dossier.invoices.insert("F1".into(), file);
            dossier
        })
        .collect();
    let files: Vec<(&Dossier, &InvoiceFile)> = dossiers.iter().map(|dossier| (dossier, &dossier.invoices["F1"])).collect();
    let ours = |i: usize| {
        let (dossier, file) = files[i];
        let facts = InvoiceFacts::new(&program, dossier, "F1", file, today);
        table.iter().position(|guard| truth(guard, &facts) == Some(true)).unwrap_or(10)
    };
    check("relance", &rows, ours);

    let condition = "litige ? 0 : segment == 'public' && retard < 30 ? 1 : retard <= 0 ? 2 : montant < 15.0 ? 3 \
        : segment == 'vip' && retard < 15 ? 4 : nombre_relances >= 3 && montant >= 5000.0 ? 5 : nombre_relances >= 3 ? 6 \
        : nombre_relances == 2 && retard >= 30 ? 7 : nombre_relances == 1 && retard >= 15 ? 8 \
        : nombre_relances == 0 && retard >= 7 ? 9 : 10";
    let env = std::sync::Arc::new(cel::Env::stdlib());
    let compiled = env.compile(condition).unwrap();
    let root = cel::Context::with_env(env.clone());
    let build = |row: &Row| {
        let mut context = root.new_inner_scope();
        context.add_variable_from_value("retard", row.late);
        context.add_variable_from_value("montant", row.cents as f64 / 100.0);
        context.add_variable_from_value("segment", row.segment);
        context.add_variable_from_value("nombre_relances", row.reminders);
        context.add_variable_from_value("litige", row.disputed);
        context
    };
    let ready: Vec<_> = rows.iter().map(build).collect();
    let cel = |i: usize| match compiled.execute(&ready[i]).unwrap() {
        cel::Value::Int(n) => n as usize,
        other => panic!("{other:?}"),
    };
    check("cel", &rows, cel);

    let floor = rate(|i| by_hand(black_box(&rows[i])));
    let (ours, cel) = (rate(ours), rate(cel));
    println!("{:<28}{:>14} decisions/s", "hand-written match", floor as u64);
    println!("{:<28}{:>14} decisions/s", "relance, on a client's file", ours as u64);
    println!("{:<28}{:>14} decisions/s", "cel 0.15, values ready", cel as u64);
    println!("relance / cel: {:.1}", ours / cel);
}
