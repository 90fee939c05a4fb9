//! The whole runner under a seeded scheduler with a clock of its own: several runners, imports, people and checks of the journal take
//! turns at chance on the real base, whose calls fail in every way, with carriers that do whatever carriers do.
//!
//! `GRAINE=123 cargo test -p relance-tests --test simulation` lives one seed again and tells it; `GRAINES=100000` lives so many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chance;
mod checks;
mod desk;
mod faulty;
mod life;
mod people;
mod post;
mod weather;
mod witness;
#[path = "../properties/worlds.rs"]
mod worlds;

use desk::Desk;
use faulty::Lie;
use life::{Life, Told};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many seeds are lived when nobody asks for more.
const SEEDS: u64 = 500;

/// Lives a seed; the trace comes along when it is asked for.
fn live(seed: u64, tells: bool, lie: Option<Lie>) -> (Result<Told, String>, Vec<String>) {
    let life = Life::of(seed);
    let desk = Desk::new(life.chance.clone(), tells);
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(tokio::task::unconstrained(async {
            // While a thread of the runtime's own is busy, time does not pass by itself.
            let (done, wait) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || wait.recv());
            let told = life::live(&life, &desk, lie).await;
            drop(done);
            let _ = busy.await;
            told
        }))
    }));
    let told = lived.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!(
            "panique : {}",
            text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned())).unwrap_or_default()
        ))
    });
    (told, desk.trace())
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Lives seeds on every processor until so many have failed; gives what the others came to, and those that failed in their order.
fn live_all(seeds: std::ops::Range<u64>, lie: Option<Lie>, enough: usize) -> (Vec<Told>, Vec<(u64, String)>) {
    let (next, told, failed) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || failed.lock().unwrap().len() >= enough {
                        return;
                    }
                    match live(seed, false, lie).0 {
                        Ok(lived) => told.lock().unwrap().push(lived),
                        Err(what) => failed.lock().unwrap().push((seed, what)),
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    (told.into_inner().unwrap(), failed)
}

#[test]
fn whatever_happens_the_invariants_hold() {
    if let Some(seed) = from_environment("GRAINE") {
        let (told, trace) = live(seed, true, None);
        println!("{}", trace.join("\n"));
        println!("graine {seed} : {told:?}");
        return told.map(drop).unwrap_or_else(|what| panic!("graine {seed} : {what}"));
    }
    let first = from_environment("DEPUIS").unwrap_or(0);
    let many = from_environment("GRAINES").unwrap_or(SEEDS);
    let start = Instant::now();
    let (told, failed) = live_all(first..first + many, None, 20);
    let sum = |what: fn(&Told) -> u64| told.iter().map(what).sum::<u64>();
    println!(
        "{} graines en {:?} : {} tours, {} écritures, {} messages partis, {} en doute, {} journaux égaux à la simulation",
        told.len(),
        start.elapsed(),
        sum(|t| t.steps),
        sum(|t| t.entries as u64),
        sum(|t| t.left as u64),
        sum(|t| t.in_doubt as u64),
        sum(|t| u64::from(t.compared)),
    );
    for (seed, what) in &failed {
        println!("graine {seed} : {what}");
    }
    if let Some((seed, _)) = failed.first() {
        panic!("pour revivre la première : GRAINE={seed} cargo test -p relance-tests --test simulation");
    }
}

/// Seeds that failed once: a person's answer after the message had come back; what people had done taken in before a message of the same
/// moment; a message that never left said to have arrived, by its key and in a simulation's place; the cap of a reaction that ended on a
/// settled invoice, which nothing wakes.
const FAILED_ONCE: [u64; 8] = [1_211, 4_495, 7_007, 17_157, 18_847, 19_319, 51_470, 62_603];

#[test]
fn what_failed_once_holds() {
    for seed in FAILED_ONCE {
        live(seed, false, None).0.unwrap_or_else(|what| panic!("graine {seed} : {what}"));
    }
}

/// The same seed gives the same life, turn by turn.
#[test]
fn a_seed_is_always_lived_in_the_same_way() {
    for seed in 0..40 {
        let (once, again) = (live(seed, true, None), live(seed, true, None));
        assert!(once.1.len() > 10, "{:?}", once.0);
        let other = once.1.iter().zip(&again.1).find(|(one, two)| one != two);
        assert_eq!(other, None, "graine {seed}");
        assert_eq!(once.1.len(), again.1.len(), "graine {seed}");
    }
}

/// The first seed that catches a lie: some are rarely noticed.
fn caught(lie: Lie) -> String {
    let (told, failed) = live_all(0..SEEDS * 10, Some(lie), 1);
    let (seed, what) =
        failed.into_iter().next().unwrap_or_else(|| panic!("{lie:?} : rien remarqué en {} graines", told.len()));
    println!("{lie:?} : remarqué par la graine {seed}, après {} autres : {what}", told.len());
    what
}

#[test]
fn a_base_that_does_not_keep_its_word_is_caught() {
    assert!(caught(Lie::ClaimsWithoutLooking).contains("on sait du nouveau"));
    assert!(caught(Lie::ForgetsCommits).contains("la base refuse commit"));
    assert!(caught(Lie::KeepsClaims).contains("simulation"));
    assert!(caught(Lie::HidesLosses).contains("que tient"));
    assert!(caught(Lie::GivesWhatIsHeld).contains("tient encore"));
    assert!(caught(Lie::DeniesSending).contains("parti"));
}
