//! The permanent runner under a clock of the test's own, which jumps wherever the test wants.

use crate::{Office, Post, at, client, day, machine, program};
use relance_core::day::{Instant, Span, end_of_day, start_of_day};
use relance_core::event::Event;
use relance_core::machine::{Expr, Machine, Value};
use relance_core::program::Program;
use relance_engine::runner::{Carrier, Sender, Stop};
use relance_engine::service::{Board, Clock, Plan, Service};
use relance_engine::store::Publishing;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// What happens outside while the service sleeps.
type Scene<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A clock that is at the next wake-up as soon as somebody waits for it. A scene plays when nothing is due any more before the end, the
/// service stops when there is none left.
struct Sleeper<'a> {
    now: Mutex<Instant>,
    end: Instant,
    /// Where the first wait for a wake-up ends, instead.
    oversleeps: Mutex<Option<Instant>>,
    scenes: tokio::sync::Mutex<VecDeque<Scene<'a>>>,
    stop: Stop,
    board: Board,
    /// The base's moments that the service waited for.
    behind: Mutex<Vec<Instant>>,
}

impl<'a> Sleeper<'a> {
    fn new(now: Instant, end: Instant) -> Sleeper<'a> {
        Sleeper {
            now: Mutex::new(now),
            end,
            oversleeps: Mutex::new(None),
            scenes: tokio::sync::Mutex::new(VecDeque::new()),
            stop: Stop::default(),
            board: Board::default(),
            behind: Mutex::new(Vec::new()),
        }
    }

    fn then(mut self, scene: impl Future<Output = ()> + Send + 'a) -> Sleeper<'a> {
        self.scenes.get_mut().push_back(Box::pin(scene));
        self
    }

    /// Lets a service work until nothing is due any more before the end.
    async fn serve<C: Carrier>(&self, office: &Office, plans: watch::Receiver<Arc<Plan<C>>>) {
        let name = format!("service {}", self.now());
        let (stop, board) = (&self.stop, &self.board);
        Service { store: &*office.store, name: &name, clock: self, plans, stop, board }.run().await.unwrap();
    }
}

impl Clock for Sleeper<'_> {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    async fn wait(&self, until: Option<Instant>, at_most: Duration) {
        tokio::task::yield_now().await;
        self.behind.lock().unwrap().extend(self.board.behind());
        let next = match until {
            // A pause after a pass.
            None if at_most < Duration::from_secs(1) => self.now() + at_most,
            Some(until) if until <= self.end => {
                let late = self.oversleeps.lock().unwrap().take();
                late.unwrap_or(until)
            }
            _ => {
                let mut scenes = self.scenes.lock().await;
                match scenes.front_mut() {
                    // A wait may be cut short by news: the scene goes on in the next one.
                    Some(scene) => {
                        scene.await;
                        scenes.pop_front();
                    }
                    None => drop(self.stop.ask()),
                }
                return;
            }
        };
        *self.now.lock().unwrap() = next;
    }
}

fn plan(program: &Program, post: Post) -> (watch::Sender<Arc<Plan<Post>>>, Arc<Plan<Post>>) {
    let plan = Arc::new(Plan { program: program.clone(), carrier: post, sender: Sender::default() });
    (watch::Sender::new(Arc::clone(&plan)), plan)
}

/// `à J+1, J+3 et J+5`, each its own rung.
fn three_rungs() -> Machine {
    let mut all = machine();
    let first = all.states[0].rules[0].clone();
    for (n, days) in [(1, 3), (2, 5)] {
        let mut rule = first.clone();
        rule.id.0 = n;
        rule.branches[0].bounds[0].offset = Expr::Literal(Value::Duration(Span::Days(days)));
        all.states[0].rules.push(rule);
    }
    all
}

/// The moments of the messages that left, in the creditor's time.
async fn sent_at(office: &Office) -> Vec<String> {
    let rows = office.store.journal(None, None, None, None).await.unwrap();
    let sent = rows.iter().filter(|row| matches!(row.entry.event, Event::Sent { .. }));
    sent.map(|row| row.entry.at.with_timezone(&crate::ZONE).format("%F %R").to_string()).collect()
}

/// A book of ten invoices around a day, lived by a service and by one run over the whole time: the same journal.
async fn same_as_a_run(office: &Office, first: &str, last: &str) {
    let (from, to) = (start_of_day(day(first), crate::ZONE), end_of_day(day(last), crate::ZONE));
    let numbers: Vec<(String, String)> =
        (0..10).map(|n| (format!("F{n}"), relance_core::day::add_days(day(first), n - 5).to_string())).collect();
    let things: Vec<_> =
        numbers.iter().flat_map(|(number, due)| client(&format!("C{number}"), &[(number, due)])).collect();
    office.take_in(&things, true, from).await;
    let program = program(three_rungs());
    let (plans, plan) = plan(&program, Post::default());
    let clock = Sleeper::new(from, to);
    clock.serve(office, plans.subscribe()).await;

    let calm = Office::new(relance_tests::base::Kind::Sqlite).await.unwrap();
    calm.take_in(&things, true, from).await;
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    calm.store.put_in_force(&versions, program.digest, from, false).await.unwrap();
    let post = Post::default();
    calm.run_span(&program, &post, (from, to)).await;
    let of = async |office: &Office| office.store.journal(None, None, None, None).await.unwrap();
    assert_eq!(of(office).await, of(&calm).await);
    let sorted = |mut sent: Vec<Vec<String>>| {
        sent.sort();
        sent
    };
    assert_eq!(sorted(plan.carrier.sent()), sorted(post.sent()));
    assert!(post.sent().len() >= 5, "{:?}", post.sent());
}

on_every_base! {
    async fn a_week_asleep_ends_in_one_pass_and_one_message(office: Office) {
        let program = program(three_rungs());
        // A rung on Wednesday, Friday and Sunday; the machine sleeps from Monday to the next one.
        office.take_in(&client("C1", &[("F1", "2026-03-10")]), true, at("2026-03-09T08:00:00Z")).await;
        let (plans, plan) = plan(&program, Post::default());
        let clock = Sleeper::new(at("2026-03-09T08:01:00Z"), at("2026-03-16T23:00:00Z"));
        *clock.oversleeps.lock().unwrap() = Some(at("2026-03-16T09:00:00Z"));
        clock.serve(&office, plans.subscribe()).await;
        assert_eq!(clock.board.passes(), 2, "the import on Monday, everything else on the next one");
        assert_eq!(plan.carrier.sent(), [["F1"]]);
        let skipped = |event: &Event| matches!(event, Event::RungSkipped { .. });
        assert_eq!(office.told(skipped).await.len(), 2, "the highest rung only");
    }

    async fn the_night_that_is_an_hour_short(office: Office) {
        same_as_a_run(&office, "2026-03-26", "2026-04-01").await;
        let moments = sent_at(&office).await;
        assert!(moments.iter().any(|at| at.starts_with("2026-03-27 ")) && moments.iter().any(|at| at.starts_with("2026-03-30 ")), "{moments:?}");
        assert!(moments.iter().all(|at| at.ends_with(&moments[0][10..])), "the same hour on both sides: {moments:?}");
    }

    async fn the_night_that_is_an_hour_long(office: Office) {
        same_as_a_run(&office, "2026-10-22", "2026-10-28").await;
        let moments = sent_at(&office).await;
        assert!(moments.iter().any(|at| at.starts_with("2026-10-23 ")) && moments.iter().any(|at| at.starts_with("2026-10-26 ")), "{moments:?}");
        assert!(moments.iter().all(|at| at.ends_with(&moments[0][10..])), "the same hour on both sides: {moments:?}");
    }

    async fn a_leap_day(office: Office) {
        same_as_a_run(&office, "2028-02-25", "2028-03-02").await;
        let moments = sent_at(&office).await;
        assert!(moments.iter().any(|at| at.starts_with("2028-02-29 ")), "{moments:?}");
    }

    async fn a_clock_that_goes_back_is_waited_for(office: Office) {
        let program = program(machine());
        office.take_in(&client("C1", &[("F1", "2026-03-04")]), true, at("2026-03-10T08:00:00Z")).await;
        office.run(&program, &Post::default(), at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
        office.take_in(&client("C2", &[("F2", "2026-03-04")]), true, at("2026-03-10T08:00:00Z")).await;
        let (plans, plan) = plan(&program, Post::default());
        let clock = Sleeper::new(at("2026-03-10T08:00:00Z"), at("2026-03-10T12:00:00Z"));
        clock.serve(&office, plans.subscribe()).await;
        assert_eq!(*clock.behind.lock().unwrap(), [at("2026-03-10T10:00:00Z")], "it says so");
        assert_eq!(plan.carrier.sent(), [["F2"]]);
        assert_eq!(sent_at(&office).await, ["2026-03-10 11:00", "2026-03-10 11:00"], "not before the base's own moment");
    }

    async fn what_is_imported_while_it_sleeps_is_sent(office: Office) {
        let program = program(machine());
        let (plans, plan) = plan(&program, Post::default());
        let import = async { office.take_in(&client("C1", &[("F1", "2026-03-04")]), true, at("2026-03-10T10:00:00Z")).await };
        let clock = Sleeper::new(at("2026-03-10T10:00:00Z"), at("2026-03-10T12:00:00Z")).then(import);
        clock.serve(&office, plans.subscribe()).await;
        assert_eq!(plan.carrier.sent(), [["F1"]]);
    }

    async fn scenarios_published_by_others_are_followed_without_a_restart(office: Office) {
        let (ours, theirs) = (program(machine()), program(three_rungs()));
        let (plans, plan) = plan(&ours, Post::default());
        let (receiver, now) = (plans.subscribe(), at("2026-03-10T10:00:00Z"));
        let publish = async {
            let machines: Vec<_> = theirs.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
            let (machines, digest) = (machines.as_slice(), theirs.digest);
            let new = Publishing { machines, digest, at: now, catch_up: false, planned: true, replaces: None };
            assert!(office.store.publish(&new).await.unwrap());
            office.take_in(&client("C1", &[("F1", "2026-03-04")]), true, now).await;
        };
        // Its own files again, as at a signal: what somebody published stays in force. A scene of its own: the news of an import could
        // wake the service before it.
        let again = async {
            plans.send_replace(Arc::new(Plan { program: ours.clone(), carrier: Post::default(), sender: Sender::default() }));
        };
        let import = async { office.take_in(&client("C2", &[("F2", "2026-03-04")]), true, now).await };
        let clock = Sleeper::new(now, at("2026-03-10T12:00:00Z")).then(publish).then(again).then(import);
        clock.serve(&office, receiver).await;
        assert_eq!((plan.carrier.sent(), plans.borrow().carrier.sent()), (vec![vec!["F1".to_owned()]], vec![vec!["F2".to_owned()]]));
        assert_eq!(office.store.digest_in_force().await.unwrap(), Some(theirs.digest));
        let rows = office.store.journal(None, None, None, None).await.unwrap();
        let programs: Vec<u64> = rows.iter().filter_map(|row| match row.entry.event {
            Event::Program { digest } => Some(digest),
            _ => None,
        }).collect();
        assert!(!programs.contains(&ours.digest), "{programs:?}");
    }

    async fn asked_to_stop_in_a_batch_it_writes_down_what_left_and_gives_the_rest_back(office: Office) {
        let program = program(machine());
        let codes: Vec<String> = (0..20).map(|n| format!("C{n:02}")).collect();
        let things: Vec<_> = codes.iter().flat_map(|code| client(code, &[(code, "2026-03-04")])).collect();
        office.take_in(&things, true, at("2026-03-10T08:00:00Z")).await;
        let (plans, first) = plan(&program, Post::default());
        let clock = Sleeper::new(at("2026-03-10T10:00:00Z"), at("2026-03-10T12:00:00Z"));
        let stops = async {
            first.carrier.sends.notified().await;
            clock.stop.ask();
        };
        tokio::join!(clock.serve(&office, plans.subscribe()), stops);
        let counts = office.store.outbox_counts().await.unwrap();
        // Of eight that may be claimed, half were on their way; the claim of the others was taken back.
        assert_eq!((counts.sent, counts.pending, counts.in_doubt), (4, 16, 0), "one group is on its way at a time");
        assert!(office.store.left_undone().await.unwrap(), "whoever comes next takes the rest without waiting for a lease");
        let (plans, second) = plan_again(&first);
        let clock = Sleeper::new(at("2026-03-10T10:01:00Z"), at("2026-03-10T12:00:00Z"));
        clock.serve(&office, plans.subscribe()).await;
        let mut sent: Vec<String> = [first.carrier.sent(), second.carrier.sent()].concat().concat();
        sent.sort();
        assert_eq!(sent, codes, "everything leaves once");
        let counts = office.store.outbox_counts().await.unwrap();
        assert_eq!((counts.sent, counts.pending, counts.in_doubt), (20, 0, 0));
    }
}

fn plan_again(plan_before: &Plan<Post>) -> (watch::Sender<Arc<Plan<Post>>>, Arc<Plan<Post>>) {
    plan(&plan_before.program, Post::default())
}
