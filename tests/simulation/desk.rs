//! The desk at which everybody waits for their turn: who goes on, how much time passes and what goes wrong is decided here, by the seed
//! alone. One goes on at a time, from one point of the world (a call of the base, of a carrier) to the next.

use crate::chance::Chance;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

/// The longest pause of the runner itself, between two attempts and while others work: after that it is awake for sure.
const PAUSE: Duration = Duration::from_millis(2_010);
/// A process that has something to do gets its turn within that time: calls may be slow, processors are not.
const STARVING: Duration = Duration::from_secs(10);

/// A point of the world at which somebody waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wait {
    /// For their turn, since then.
    Turn(Duration),
    /// For the time to pass, and then for their turn.
    Time(Duration),
}

/// Where somebody stands, who may do several things at once: a runner sends, writes down and prepares what comes next.
#[derive(Clone, Default)]
struct Stand {
    waits: BTreeMap<u64, Wait>,
    /// How many calls of the real base are under way.
    calls: usize,
    /// Where it is at none of these points: asleep by itself until then.
    pause: Duration,
}

impl Stand {
    /// Since when it could go on, or else when it can.
    fn ready(&self, now: Duration) -> Result<Duration, Duration> {
        if self.calls > 0 {
            return Ok(now);
        }
        let since = self.waits.values().map(|wait| match wait {
            Wait::Turn(since) => *since,
            Wait::Time(until) => *until,
        });
        match since.min().unwrap_or(self.pause) {
            since if since <= now => Ok(since),
            until => Err(until),
        }
    }
}

/// Everything that chance decides, and what came of it.
pub struct Desk {
    state: Mutex<State>,
}

struct State {
    chance: Chance,
    /// The time since the beginning of the seed.
    time: Duration,
    stands: Vec<Stand>,
    /// How many waits there were.
    waits: u64,
    granted: Option<usize>,
    steps: u64,
    told: Option<Vec<String>>,
    broken: Option<String>,
}

/// What somebody does.
pub type Act<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Somebody who does something, and what they are called in the trace.
pub struct Actor<'a> {
    pub name: String,
    pub act: Act<'a>,
    /// In how many cases of a thousand it dies where it gets its turn.
    pub mortal: u32,
}

impl Desk {
    pub fn new(chance: Chance, tells: bool) -> Desk {
        let state = State {
            chance,
            time: Duration::ZERO,
            stands: Vec::new(),
            waits: 0,
            granted: None,
            steps: 0,
            told: tells.then(Vec::new),
            broken: None,
        };
        Desk { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Decides something by chance.
    pub fn chance<T>(&self, decide: impl FnOnce(&mut Chance) -> T) -> T {
        decide(&mut self.state().chance)
    }

    /// The time since the beginning of the seed.
    pub fn time(&self) -> Duration {
        self.state().time
    }

    /// How many turns there were.
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Adds a line to the trace, if anybody wants one.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        let mut state = self.state();
        let time = state.time.as_millis();
        if let Some(told) = &mut state.told {
            told.push(format!("{:>7}.{:03} {}", time / 1_000, time % 1_000, line()));
        }
    }

    /// The trace so far.
    pub fn trace(&self) -> Vec<String> {
        self.state().told.clone().unwrap_or_default()
    }

    /// Something that must never happen has happened: the seed ends.
    pub fn broken(&self, what: impl Display) {
        self.tell(|| format!("!!! {what}"));
        self.state().broken.get_or_insert_with(|| what.to_string());
    }

    /// What must never happen and did.
    pub fn verdict(&self) -> Result<(), String> {
        self.state().broken.clone().map_or(Ok(()), Err)
    }

    /// Waits for the next turn.
    pub async fn turn(&self, me: usize) {
        let now = self.time();
        self.wait(me, Wait::Turn(now)).await;
    }

    /// Lets time pass for somebody, who then waits for the next turn.
    pub async fn sleep(&self, me: usize, length: Duration) {
        let until = self.time() + length;
        self.wait(me, Wait::Time(until)).await;
    }

    async fn wait(&self, me: usize, wait: Wait) {
        let id = {
            let mut state = self.state();
            state.waits += 1;
            let id = state.waits;
            state.stands[me].waits.insert(id, wait);
            id
        };
        let _gone = Gone(self, me, id);
        poll_fn(|_| {
            let mut state = self.state();
            if state.granted != Some(me) || matches!(wait, Wait::Time(until) if until > state.time) {
                return Poll::Pending;
            }
            // Who does two things at once goes on with either.
            if matches!(wait, Wait::Turn(_)) && state.chance.one_in_a_thousand(300) {
                return Poll::Pending;
            }
            state.granted = None;
            Poll::Ready(())
        })
        .await;
    }

    /// A call of the real base: nobody else goes on before it has ended.
    pub async fn calling<T>(&self, me: usize, call: impl Future<Output = T>) -> T {
        self.state().stands[me].calls += 1;
        let _back = Back(self, me);
        // Whoever has waited too long for this answer goes away here, not while the base is at work.
        tokio::task::yield_now().await;
        // The paused clock would run on by itself while the base works on a thread of its own, and limits of time would strike: it
        // does not while a blocking task is under way.
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let held = tokio::task::spawn_blocking(move || ended.recv().is_err());
        let answer = call.await;
        drop(end);
        let _ = held.await;
        answer
    }

    /// Lets everybody go on until all are done or dead. `passed` is told whenever time has passed.
    pub async fn play(&self, mut actors: Vec<Actor<'_>>, mut passed: impl AsyncFnMut()) {
        {
            let mut state = self.state();
            let now = state.time;
            state.stands = vec![Stand { pause: now, ..Stand::default() }; actors.len()];
        }
        // The numbers of those who are not done.
        let mut alive: Vec<usize> = (0..actors.len()).collect();
        while !alive.is_empty() && self.verdict().is_ok() {
            match self.next(&alive) {
                Next::Time(length) => {
                    self.pass(length).await;
                    passed().await;
                }
                Next::Turn(at) => {
                    let me = alive[at];
                    let actor = &mut actors[me];
                    if self.chance(|chance| chance.one_in_a_thousand(actor.mortal)) {
                        self.tell(|| format!("{} meurt", actor.name));
                        actor.act = Box::pin(async {});
                        alive.swap_remove(at);
                    } else if self.go_on(me, actor).await {
                        alive.swap_remove(at);
                    }
                }
            }
        }
    }

    /// Chooses who goes on, or how much time passes.
    fn next(&self, alive: &[usize]) -> Next {
        let mut state = self.state();
        state.steps += 1;
        let now = state.time;
        let (mut ready, mut soonest, mut starving) = (Vec::new(), None::<Duration>, None::<Duration>);
        for (at, me) in alive.iter().enumerate() {
            match state.stands[*me].ready(now) {
                Err(until) => soonest = Some(soonest.map_or(until, |s| s.min(until))),
                Ok(since) => {
                    ready.push(at);
                    starving = Some(starving.map_or(since, |s| s.min(since)));
                }
            }
        }
        let length = soonest.map(|until| until - now);
        if ready.is_empty() {
            // Everybody sleeps: so may the machines, a while longer.
            let longer = if state.chance.one_in_a_thousand(30) { 20 } else { 0 };
            return Next::Time(length.unwrap_or_default() + Duration::from_secs(longer));
        }
        let bearable = length.filter(|length| starving.is_none_or(|since| now + *length <= since + STARVING));
        if let Some(length) = bearable
            && state.chance.one_in_a_thousand(300)
        {
            return Next::Time(length);
        }
        let many = ready.len();
        Next::Turn(ready[state.chance.below(many)])
    }

    /// Lets time pass, for the runner's own clocks too.
    pub async fn pass(&self, length: Duration) {
        self.state().time += length;
        tokio::time::advance(length).await;
    }

    /// Lets somebody go on to the next point; says whether they are done.
    async fn go_on(&self, me: usize, actor: &mut Actor<'_>) -> bool {
        self.state().granted = Some(me);
        let over = poll_fn(|context| {
            if actor.act.as_mut().poll(context).is_ready() {
                return Poll::Ready(true);
            }
            // The answer of the real base wakes it.
            if self.state().stands[me].calls > 0 { Poll::Pending } else { Poll::Ready(false) }
        })
        .await;
        let mut state = self.state();
        state.granted = None;
        // A pause of its own: nobody knows how long, but not longer than that.
        state.stands[me].pause = state.time + PAUSE;
        over
    }
}

/// Ends a wait, over or given up.
struct Gone<'d>(&'d Desk, usize, u64);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.state().stands[self.1].waits.remove(&self.2);
    }
}

/// Ends a call, answered or given up.
struct Back<'d>(&'d Desk, usize);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.0.state().stands[self.1].calls -= 1;
    }
}

/// What happens next.
enum Next {
    /// The one at this place among the living goes on.
    Turn(usize),
    /// Time passes.
    Time(Duration),
}
