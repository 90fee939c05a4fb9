//! One seed: a plan, a history, a weather; who works when; and what must hold at the end.

use crate::chance::Chance;
use crate::desk::{Act, Actor, Desk};
use crate::faulty::{Faulty, Lie};
use crate::post::{Manner, Post};
use crate::weather::{Climate, Weather};
use crate::witness::Witness;
use crate::{checks, people, worlds};
use chrono::NaiveDate;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relance_core::day::{Instant, add_days, end_of_day, start_of_day};
use relance_core::incoming::Incoming;
use relance_core::program::Program;
use relance_core::simulate::{People, known};
use relance_engine::runner::{Runner, Sender, Stop};
use relance_engine::store::{Imports, Intake, LEASE, Store, StoreError, Versions, Work};
use relance_tests::{ZONE, program};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// What a seed decides before anything happens.
pub struct Life {
    pub seed: u64,
    /// The project's scenarios, and those of a later version.
    pub programs: Vec<Program>,
    pub history: Vec<Incoming>,
    /// Nothing happens that changes what is decided: the journal must be that of a simulation.
    pub calm: bool,
    pub people: People,
    pub runners: usize,
    /// One program at a time works on the base.
    pub alone: bool,
    pub climate: Climate,
    pub mortal: u32,
    /// The carriers can be asked what they took.
    pub answers: bool,
    pub limit: usize,
    pub batch: usize,
    pub phases: Vec<(Instant, Instant)>,
    pub chance: Chance,
}

/// What a seed came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub steps: u64,
    pub left: usize,
    pub entries: usize,
    /// Compared with a simulation.
    pub compared: bool,
    pub in_doubt: usize,
}

/// A value of a generator of the properties, by the seed.
fn drawn<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, seed: u64) -> T {
    let mut bytes = [0; 32];
    for (chunk, n) in bytes.chunks_mut(8).zip(seed..) {
        chunk.copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy.new_tree(&mut runner).expect("a generator that never gives up").current()
}

fn compiled(texts: &[String]) -> Program {
    program(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

impl Life {
    pub fn of(seed: u64) -> Life {
        let mut chance = Chance::new(seed);
        let calm = chance.one_in_a_thousand(350);
        let mut texts = vec![drawn(worlds::plan(), seed)];
        if !calm && chance.one_in_a_thousand(250) {
            texts.push(drawn(worlds::plan(), seed ^ 0xffff_0000));
        }
        let runners = chance.of(&[1, 1, 2, 2, 3]);
        let alone = runners == 1 && chance.one_in_a_thousand(500);
        let everybody =
            [People::DILIGENT, People::ABSENT, People::NO_ANSWER, People { approve: Some(false), ..People::DILIGENT }];
        Life {
            seed,
            programs: texts.iter().map(|texts| compiled(texts)).collect(),
            history: drawn(worlds::history(), seed),
            calm,
            people: if calm { chance.of(&everybody) } else { People::ABSENT },
            runners,
            alone,
            climate: climate(&mut chance, calm),
            mortal: if calm { 0 } else { chance.of(&[0, 0, 3, 10, 25]) },
            answers: chance.one_in_a_thousand(500),
            limit: chance.of(&[1, 2, 4, 8]),
            batch: chance.of(&[1, 2, 4]),
            phases: if calm { stretches(&mut chance) } else { moments(&mut chance) },
            chance,
        }
    }

    /// The scenarios in the project's folder during a phase.
    fn program(&self, phase: usize) -> &Program {
        let at = (phase * self.programs.len() / self.phases.len()).min(self.programs.len() - 1);
        &self.programs[at]
    }
}

fn climate(chance: &mut Chance, calm: bool) -> Climate {
    let rates = [0, 0, 5, 20, 60];
    let mut rate = || chance.of(&rates);
    let (before, after, slow) = (rate(), rate(), rate());
    if calm {
        return Climate { before, after, slow, longest: 3, insisted_only: true, ..Climate::default() };
    }
    Climate {
        before,
        after,
        slow,
        longest: chance.of(&[5, 30, 200]),
        refused: chance.of(&[0, 0, 0, 5]),
        outage: chance.of(&[0, 0, 2, 5]),
        late_claims: chance.of(&[0, 0, 0, 100]),
        insisted_only: false,
    }
}

/// The whole time of the histories, cut into a few stretches of days, each lived by one run.
fn stretches(chance: &mut Chance) -> Vec<(Instant, Instant)> {
    let mut cuts: Vec<i64> = (0..chance.below(5)).map(|_| chance.within(1, worlds::DAYS)).collect();
    cuts.extend([0, worlds::DAYS + 1]);
    cuts.sort_unstable();
    cuts.dedup();
    let day = |n: i64| add_days(worlds::first(), n);
    cuts.windows(2).map(|cut| (start_of_day(day(cut[0]), ZONE), end_of_day(day(cut[1] - 1), ZONE))).collect()
}

/// Whole days and moments of days, some days apart.
fn moments(chance: &mut Chance) -> Vec<(Instant, Instant)> {
    let mut day: NaiveDate = worlds::first();
    let mut phases = Vec::new();
    for _ in 0..4 + chance.below(8) {
        let begin = start_of_day(day, ZONE);
        phases.push(if chance.one_in_a_thousand(400) {
            (begin, end_of_day(day, ZONE))
        } else {
            let at = begin + chrono::TimeDelta::minutes(chance.within(0, 22 * 60));
            (at, at)
        });
        day = add_days(day, chance.of(&[1, 1, 2, 3, 5, 9, 16]));
    }
    phases
}

/// Everything around one seed that is at work.
pub struct World<'d> {
    pub life: &'d Life,
    pub base: &'d dyn Store,
    pub lie: Option<Lie>,
    pub desk: &'d Desk,
    pub witness: &'d Witness<'d>,
    pub weather: &'d Weather,
    pub quiet: &'d Weather,
    sender: Sender,
    /// What is still to be imported.
    to_come: Mutex<Vec<Incoming>>,
    /// When the phase began, by the desk's clock.
    begun: Mutex<Duration>,
}

/// Lives a seed. Fails with what must never happen; the trace is in the desk.
pub async fn live(life: &Life, desk: &Desk, lie: Option<Lie>) -> Result<Told, String> {
    let opened = relance_engine::store::open("sqlite::memory:", Path::new("."), "essai").await;
    let real = opened.map_err(|error| error.to_string())?;
    let witness = Witness::new(desk);
    let (weather, quiet) = (Weather::new(life.climate.clone()), Weather::new(Climate::default()));
    let to_come = Mutex::new(life.history.clone());
    let world = World {
        life,
        base: &*real,
        lie,
        desk,
        witness: &witness,
        weather: &weather,
        quiet: &quiet,
        sender: Sender::default(),
        to_come,
        begun: Mutex::default(),
    };
    for phase in 0..life.phases.len() {
        world.phase(phase).await?;
    }
    let told = world.end().await?;
    real.close().await;
    Ok(told)
}

impl<'d> World<'d> {
    /// Lets everybody of a phase work until all are done or dead.
    async fn phase(&'d self, phase: usize) -> Result<(), String> {
        let (from, to) = self.life.phases[phase];
        *self.begun.lock().unwrap() = self.desk.time();
        self.desk.tell(|| format!("── {from} – {to}"));
        let mut names: Vec<(String, u32, Task)> = Vec::new();
        for n in 0..self.life.runners {
            names.push((format!("passe{n}"), self.life.mortal, Task::Run(n)));
        }
        if self.life.calm {
            if phase == 0 {
                self.import_first().await?;
            }
            names.push(("import".to_owned(), 0, Task::ImportLater));
        } else {
            names.push(("import".to_owned(), 0, Task::Import));
            names.push(("personnes".to_owned(), 0, Task::People));
            names.push(("contrôle".to_owned(), 0, Task::Verify));
            if phase > 2 && self.desk.chance(|chance| chance.one_in_a_thousand(30)) {
                names.push(("effacement".to_owned(), 0, Task::Forget));
            }
        }
        let actors = names
            .iter()
            .enumerate()
            .map(|(me, (name, mortal, task))| Actor {
                name: name.clone(),
                act: self.act(phase, me, name, *task),
                mortal: *mortal,
            })
            .collect();
        self.play(actors).await
    }

    async fn play(&'d self, actors: Vec<Actor<'_>>) -> Result<(), String> {
        self.desk.play(actors, async || self.leases_run_out().await).await;
        self.desk.verdict()
    }

    /// Tells the base which leases have run out by the desk's clock: its own clock is the machine's.
    async fn leases_run_out(&self) {
        for (runner, client) in self.witness.run_out() {
            self.desk.tell(|| format!("le bail de {runner} sur {client} est fini"));
            if let Err(error) = self.base.give_back(&runner, &[client]).await {
                self.desk.broken(error);
            }
        }
    }

    fn act<'n>(&'d self, phase: usize, me: usize, name: &'n str, task: Task) -> Act<'n>
    where
        'd: 'n,
    {
        Box::pin(async move {
            let faulty = self.faulty(me, name, self.weather);
            match task {
                Task::Run(n) => self.run(phase, n, &faulty).await,
                Task::ImportLater => self.import_later(phase, &faulty).await,
                Task::Import => self.import(phase, &faulty).await,
                Task::People => people::work(self, phase, &faulty).await,
                Task::Verify => checks::verify(self, &faulty).await,
                Task::Forget => people::forget(self, phase, &faulty).await,
            }
        })
    }

    fn faulty<'n>(&'d self, me: usize, name: &'n str, weather: &'d Weather) -> Faulty<'n>
    where
        'd: 'n,
    {
        let alone = self.life.alone;
        Faulty { base: self.base, desk: self.desk, witness: self.witness, weather, me, name, alone, lie: self.lie }
    }

    /// The moment of the creditor's time at which a phase has arrived.
    pub fn now(&self, phase: usize) -> Instant {
        let passed = self.desk.time() - *self.begun.lock().unwrap();
        self.life.phases[phase].0 + chrono::TimeDelta::from_std(passed).unwrap()
    }

    /// What runs do of a phase: the whole of it, or the moment it is.
    fn span(&self, phase: usize) -> (Instant, Instant) {
        let (from, to) = self.life.phases[phase];
        if from < to { (from, to) } else { (self.now(phase), self.now(phase)) }
    }

    /// A process that runs what is due; one that fails is started again, a few times.
    async fn run(&self, phase: usize, n: usize, store: &Faulty<'_>) {
        // The scenarios are read when the process starts.
        let program = self.life.program(phase);
        let stays = self.desk.chance(|chance| chance.one_in_a_thousand(500));
        let mut name = format!("{phase}.{n}");
        for again in 1..4 {
            match self.run_once(phase, (&name, program), store, stays).await {
                Ok(()) => return,
                Err(error) => {
                    self.desk.tell(|| format!("{} échoue : {}", store.name, error.short()));
                    // Several calls that are answered together have one limit of time.
                    if self.life.calm && !self.witness.facts().disturbed && !error.is_passing() {
                        self.desk.broken(format!("une exécution échoue : {error}"));
                    }
                    self.witness.disturbed();
                }
            }
            self.desk.sleep(store.me, Duration::from_secs(5)).await;
            if stays {
                // The permanent runner knows no more which of its claims arrived.
                let _ = store.release(&name).await;
            } else {
                name = format!("{phase}.{n}.{again}");
            }
        }
    }

    async fn run_once(
        &self,
        phase: usize,
        (name, program): (&str, &Program),
        store: &Faulty<'_>,
        stays: bool,
    ) -> Result<(), StoreError> {
        if self.life.alone {
            store.bury_runners().await?;
        }
        let span = self.span(phase);
        let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
        store.put_in_force(&versions, program.digest, span.0, program.catch_up).await?;
        let manner = if self.life.calm { Manner::Settled(self.life.seed) } else { Manner::Wild };
        self.pass(store, (name, program), span, (manner, stays)).await
    }

    /// One run.
    async fn pass(
        &self,
        store: &Faulty<'_>,
        (name, program): (&str, &Program),
        span: (Instant, Instant),
        (manner, stays): (Manner, bool),
    ) -> Result<(), StoreError> {
        let stop = Stop::default();
        let post = Post {
            desk: self.desk,
            witness: self.witness,
            me: store.me,
            name: store.name,
            runner: name,
            manner,
            answers: self.life.answers,
            limit: self.life.limit,
            lie: self.lie,
            stop: &stop,
            stopped: Mutex::default(),
        };
        let runner = Runner {
            store,
            name,
            program,
            carrier: &post,
            sender: &self.sender,
            batch: self.life.batch,
            people: self.life.people,
            // One that stays holds on to the base until it is asked to end.
            stop: stays.then_some(&stop),
        };
        let report = runner.run(span, |_, _| {}, |_, _| {}).await?;
        self.desk.tell(|| format!("{} a fini : {} dossiers, {} partis", store.name, report.dossiers, report.sent));
        Ok(())
    }

    /// Imports things; an import whose answer got lost is done again.
    pub async fn take_in(&self, store: &Faulty<'_>, things: &[Incoming], at: Instant) {
        let report = serde_json::Value::Null;
        let intake = Intake { incoming: things, payments: true, at, zone: ZONE, report: &report };
        for _ in 0..50 {
            if store.take_in(&intake).await.is_ok() {
                return;
            }
            self.desk.sleep(store.me, Duration::from_secs(10)).await;
        }
    }

    /// A quiet seed begins with everything that is known before the end of its first phase.
    async fn import_first(&self) -> Result<(), String> {
        let (from, to) = self.life.phases[0];
        let mut to_come = self.to_come.lock().unwrap().clone();
        let first: Vec<Incoming> = to_come.extract_if(.., |thing| known(thing, ZONE) <= to).collect();
        *self.to_come.lock().unwrap() = to_come;
        let report = serde_json::Value::Null;
        let intake = Intake { incoming: &first, payments: true, at: from, zone: ZONE, report: &report };
        self.base.take_in(&intake).await.map_err(|error| error.to_string())?;
        self.witness.imported(&intake);
        Ok(())
    }

    /// What becomes known in later phases is imported while a run works on an earlier one.
    async fn import_later(&self, phase: usize, store: &Faulty<'_>) {
        let Some((_, next)) = self.life.phases.get(phase + 1) else { return };
        let at = self.life.phases[phase].1;
        loop {
            let things: Vec<Incoming> = {
                let mut to_come = self.to_come.lock().unwrap();
                let soon: Vec<usize> = (0..to_come.len()).filter(|n| known(&to_come[*n], ZONE) <= *next).collect();
                let some = self.desk.chance(|chance| 1 + chance.below(4)).min(soon.len());
                soon[..some].iter().rev().map(|n| to_come.remove(*n)).collect()
            };
            if things.is_empty() {
                return;
            }
            self.take_in(store, &things, at).await;
        }
    }

    /// Some of what has happened is imported, in any order, early and late.
    async fn import(&self, phase: usize, store: &Faulty<'_>) {
        for _ in 0..self.desk.chance(|chance| chance.below(4)) {
            let horizon =
                self.now(phase) + chrono::TimeDelta::days(self.desk.chance(|chance| chance.of(&[0, 0, 0, 3, 40])));
            let things: Vec<Incoming> = {
                let mut to_come = self.to_come.lock().unwrap();
                let all = self.desk.chance(|chance| chance.one_in_a_thousand(700));
                let share = |_: &mut Incoming| all || self.desk.chance(|chance| chance.one_in_a_thousand(500));
                to_come.extract_if(.., |thing| known(thing, ZONE) <= horizon && share(thing)).collect()
            };
            // Not always first: also between a decision and its claim.
            for _ in 0..self.desk.chance(|chance| chance.below(16)) {
                self.desk.turn(store.me).await;
            }
            self.take_in(store, &things, self.now(phase)).await;
        }
    }

    /// The faults end; everything due is done, and everything that must hold is looked at.
    async fn end(&'d self) -> Result<Told, String> {
        let day = add_days(relance_core::day::civil_date(self.life.phases.last().unwrap().1, ZONE), 1);
        let span = (start_of_day(day, ZONE), end_of_day(add_days(day, 20), ZONE));
        self.desk.tell(|| "── les pannes finissent".to_owned());
        if !self.life.calm {
            self.desk.pass(LEASE + Duration::from_secs(1)).await;
            self.leases_run_out().await;
        }
        let program = self.life.program(self.life.phases.len() - 1);
        if !self.life.calm {
            let act = Box::pin(async {
                let store = self.faulty(0, "fin", self.quiet);
                let rest: Vec<Incoming> = std::mem::take(&mut *self.to_come.lock().unwrap());
                self.take_in(&store, &rest, span.0).await;
                people::settle_doubts(self, span.0, &store, 1_000).await;
                let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
                let published = store.put_in_force(&versions, program.digest, span.0, program.catch_up).await;
                let ran = self.pass(&store, ("fin", program), span, (Manner::Takes, false)).await;
                if let Err(error) = published.and(ran) {
                    self.desk.broken(format!("la dernière exécution échoue : {error}"));
                }
            });
            self.play(vec![Actor { name: "fin".to_owned(), act, mortal: 0 }]).await?;
        }
        let end = if self.life.calm { self.life.phases.last().unwrap().1 } else { span.1 };
        checks::at_the_end(self, program, end).await
    }
}

/// What somebody does in a phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Task {
    Run(usize),
    ImportLater,
    Import,
    People,
    Verify,
    Forget,
}
