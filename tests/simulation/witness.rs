//! What truly happened, kept by somebody who saw every call that the base has executed: the fold of every committed entry, what was
//! imported and read, who holds which client until when, where every message stands, and what really left. Every call is judged by it.

use crate::desk::Desk;
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::{Dossier, Status, parse_key};
use relance_core::event::{Entry, Event};
use relance_core::machine::Nature;
use relance_core::simulate::known;
use relance_core::step::Departure;
use relance_engine::store::{Commit, Intake, LEASE, OutboxStatus};
use relance_tests::ZONE;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// A message of the outbox: client and key.
pub type Name = (String, String);

/// Who holds a client, and until when.
#[derive(Clone, Debug)]
pub struct Lease {
    pub runner: String,
    pub until: Duration,
    /// The base has been told that it has run out.
    pub over: bool,
}

/// A message as the outbox must have it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub message: Departure,
    pub status: OutboxStatus,
    /// Who claimed it last.
    pub claimed_by: String,
}

/// What truly happened.
#[derive(Default)]
pub struct Facts {
    pub files: BTreeMap<String, Dossier>,
    pub entries: BTreeMap<String, Vec<Entry>>,
    /// What was imported of each client, by id: when it is known, and whether it was read.
    pub imports: BTreeMap<String, BTreeMap<String, (Instant, bool)>>,
    pub leases: BTreeMap<String, Lease>,
    pub outbox: BTreeMap<Name, Letter>,
    /// What really left, and at which moment of the creditor's time.
    pub left: BTreeMap<Name, Instant>,
    pub erased: BTreeSet<String>,
    /// Something happened that changes what is decided, or when: the journal need not be that of a simulation.
    pub disturbed: bool,
}

/// The keeper of the facts.
pub struct Witness<'d> {
    desk: &'d Desk,
    facts: Mutex<Facts>,
}

impl<'d> Witness<'d> {
    pub fn new(desk: &'d Desk) -> Witness<'d> {
        Witness { desk, facts: Mutex::new(Facts::default()) }
    }

    pub fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn expect(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.desk.broken(what());
        }
    }

    /// Something happened that changes what is decided.
    pub fn disturbed(&self) {
        self.facts().disturbed = true;
    }

    /// Clients were claimed by a runner.
    pub fn claimed_clients(&self, runner: &str, clients: &[String]) {
        let (now, mut facts) = (self.desk.time(), self.facts());
        for client in clients {
            if let Some(lease) = facts.leases.get(client) {
                self.expect(lease.over, || format!("{runner} reçoit {client}, que {} tient encore", lease.runner));
            }
            let lease = Lease { runner: runner.to_owned(), until: now + LEASE, over: false };
            facts.leases.insert(client.clone(), lease);
        }
    }

    /// A runner renewed its leases.
    pub fn renewed<'c>(&self, runner: &str, clients: impl IntoIterator<Item = &'c String>) {
        let (now, mut facts) = (self.desk.time(), self.facts());
        for client in clients {
            if let Some(lease) = facts.leases.get_mut(client).filter(|lease| lease.runner == runner) {
                (lease.until, lease.over) = (now + LEASE, false);
            }
        }
    }

    /// A runner gave clients back, or all of them.
    pub fn gave_back(&self, runner: &str, clients: Option<&[String]>) {
        let mut facts = self.facts();
        for (client, lease) in &mut facts.leases {
            if lease.runner == runner && clients.is_none_or(|clients| clients.contains(client)) {
                lease.over = true;
            }
        }
    }

    /// A runner gave clients up.
    pub fn gave_up(&self, runner: &str, clients: &[String]) {
        self.facts().leases.retain(|client, lease| lease.runner != runner || !clients.contains(client));
    }

    /// All runners are dead.
    pub fn buried(&self) {
        self.facts().leases.values_mut().for_each(|lease| lease.over = true);
    }

    /// The leases that have run out by now and of which the base does not know, by runner.
    pub fn run_out(&self) -> Vec<(String, String)> {
        let now = self.desk.time();
        let mut out = Vec::new();
        let mut facts = self.facts();
        for (client, lease) in &mut facts.leases {
            if !lease.over && lease.until <= now {
                lease.over = true;
                out.push((lease.runner.clone(), client.clone()));
            }
        }
        facts.disturbed |= !out.is_empty();
        out
    }

    /// An import was committed.
    pub fn imported(&self, intake: &Intake<'_>) {
        let mut facts = self.facts();
        for thing in intake.incoming {
            let own = facts.imports.entry(thing.client.clone()).or_default();
            own.entry(thing.id.clone()).or_insert((known(thing, intake.zone), false));
        }
    }

    /// A batch of steps was committed by a runner: it must continue the journals, lead to the files that it writes, and only touch
    /// clients that the runner holds.
    pub fn committed(&self, runner: &str, batch: &Commit<'_>) {
        let mut facts = self.facts();
        let facts = &mut *facts;
        for row in &batch.dossiers {
            let client = &row.dossier.client;
            let holder = facts.leases.get(client).map(|lease| lease.runner.as_str());
            self.expect(holder == Some(runner), || format!("{runner} écrit {client}, que tient {holder:?}"));
            if row.kept {
                if let Some(lease) = facts.leases.get_mut(client) {
                    (lease.until, lease.over) = (self.desk.time() + LEASE, false);
                }
            } else {
                facts.leases.remove(client);
            }
        }
        for (client, entry, link) in &batch.entries {
            let file = facts.files.entry((*client).to_owned()).or_insert_with(|| Dossier::new(client));
            let entries = facts.entries.entry((*client).to_owned()).or_default();
            self.expect(link.position == file.entries + 1, || {
                format!("{client} : entrée {} après la {}e", link.position, file.entries)
            });
            self.expect(file.clock.is_none_or(|clock| clock <= entry.at), || {
                format!("{client} : le temps recule à l’entrée {}", link.position)
            });
            file.apply(entry, civil_date(entry.at, ZONE));
            entries.push((*entry).clone());
        }
        for row in &batch.dossiers {
            let client = &row.dossier.client;
            let Some(file) = facts.files.get(client) else { continue };
            self.expect(same_file(file, row.dossier), || {
                format!("{client} : le dossier n’est pas ce que dit son journal")
            });
            for (number, invoice) in &row.dossier.invoices {
                self.expect(file.invoices.get(number) == Some(invoice), || {
                    format!("{client} : {number} n’est pas ce que dit le journal")
                });
            }
        }
        for (client, id) in &batch.taken {
            let thing = facts.imports.get_mut(*client).and_then(|own| own.get_mut(*id));
            match thing {
                Some((_, read)) => {
                    self.expect(!*read, || format!("{client} : {id} est lu deux fois"));
                    *read = true;
                }
                None => self.desk.broken(format!("{client} : {id} est lu sans être importé")),
            }
        }
        for change in &batch.outbox {
            if let Some(letter) = facts.outbox.get_mut(&(change.client.clone(), change.key.clone())) {
                // Somebody outside spoke of it: the runner believes it when it loads the file, a simulation knows of no doubt.
                facts.disturbed |= letter.status == OutboxStatus::InDoubt && change.status != OutboxStatus::InDoubt;
                letter.status = change.status;
            }
        }
        for (client, _, message) in &batch.departures {
            let name = ((*client).to_owned(), message.key.clone());
            self.expect(!facts.left.contains_key(&name), || format!("{} est décidé, qui est déjà parti", name.1));
            let letter = Letter { message: (*message).clone(), status: OutboxStatus::Ready, claimed_by: String::new() };
            // One that waits for its turn is written again with the next step of its file.
            let may = facts.outbox.get(&name).is_none_or(|before| match before.status {
                OutboxStatus::Delayed | OutboxStatus::Withdrawn => true,
                OutboxStatus::Ready => before.message == letter.message,
                _ => false,
            });
            self.expect(may, || format!("{} est décidé de nouveau", message.key));
            facts.outbox.insert(name, letter);
        }
    }

    /// Messages were claimed: they must still have their reason, as far as anything committed tells.
    pub fn claimed(&self, runner: &str, claimed: &BTreeSet<Name>, now: Instant) {
        let mut facts = self.facts();
        let facts = &mut *facts;
        for name in claimed {
            let (client, key) = name;
            let holder = facts.leases.get(client).map(|lease| lease.runner.as_str());
            self.expect(holder == Some(runner), || {
                format!("{key} est réclamé par {runner}, {client} est à {holder:?}")
            });
            let news =
                facts.imports.get(client).into_iter().flatten().find(|(_, (known, read))| !read && *known <= now);
            self.expect(news.is_none(), || format!("{key} est réclamé alors qu’on sait du nouveau : {news:?}"));
            let Some(letter) = facts.outbox.get_mut(name) else {
                self.desk.broken(format!("{key} est réclamé sans avoir été décidé"));
                continue;
            };
            self.expect(letter.status == OutboxStatus::Ready, || {
                format!("{key} est réclamé, qui est {:?}", letter.status)
            });
            letter.status = OutboxStatus::Claimed;
            runner.clone_into(&mut letter.claimed_by);
            let parts = std::iter::once((&letter.message.invoice, &letter.message.key))
                .chain(letter.message.others.iter().map(|other| (&other.invoice, &other.key)));
            for (number, key) in parts {
                let file = facts.files.get(client);
                let reason = file.is_some_and(|file| has_reason(file, number, key, letter.message.nature));
                self.expect(reason, || format!("{key} est réclamé sans sa raison"));
            }
        }
    }

    /// A claim was taken back.
    pub fn unclaimed(&self, runner: &str, wanted: &[Name]) {
        let mut facts = self.facts();
        let facts = &mut *facts;
        for name in wanted {
            let held = facts.leases.get(&name.0).is_some_and(|lease| lease.runner == runner);
            if let Some(letter) = facts.outbox.get_mut(name).filter(|_| held)
                && letter.status == OutboxStatus::Claimed
            {
                letter.status = OutboxStatus::Ready;
            }
        }
    }

    /// A message really leaves.
    pub fn leaves(&self, runner: &str, name: Name, at: Instant) {
        let mut facts = self.facts();
        let letter = facts.outbox.get(&name);
        let ours = letter.is_some_and(|l| l.status == OutboxStatus::Claimed && l.claimed_by == runner);
        self.expect(ours, || format!("{} part des mains de {runner} sans être à lui : {letter:?}", name.1));
        let twice = facts.left.insert(name.clone(), at);
        self.expect(twice.is_none(), || format!("{} est parti deux fois", name.1));
    }

    /// Whether a message really left.
    pub fn has_left(&self, key: &str) -> bool {
        self.facts().left.keys().any(|(_, known)| known == key)
    }

    /// A client was erased.
    pub fn erased(&self, client: &str) {
        let mut facts = self.facts();
        facts.imports.remove(client);
        facts.outbox.retain(|(of, _), _| of != client);
        let left = facts.files.get(client).map(|file| (file.clock, file.entries));
        if let Some((clock, entries)) = left {
            facts.files.insert(client.to_owned(), Dossier { clock, entries, ..Dossier::new(client) });
        }
        facts.erased.insert(client.to_owned());
    }
}

/// Whether two files are the same but for their invoices, of which not all may be at hand.
fn same_file(one: &Dossier, other: &Dossier) -> bool {
    macro_rules! same {
        ($($field:ident),+) => {{
            // A field that is new is compared, or this does not compile.
            let Dossier { $($field),+, invoices: _ } = one;
            $($field == &other.$field)&&+
        }};
    }
    same!(
        client,
        customer,
        credits,
        contacts,
        settled,
        to_mend,
        bad_addresses,
        tasks,
        stopped,
        stopped_until,
        chosen_segment,
        insolvent,
        orphans,
        program,
        resegmented,
        clock,
        entries
    )
}

/// Whether a message that is on its way still has its reason: it was decided and not taken back, and its invoice is to be reminded of.
fn has_reason(file: &Dossier, number: &str, key: &str, nature: Nature) -> bool {
    let Some(invoice) = file.invoices.get(number) else { return false };
    let item = parse_key(key).and_then(|(_, run, stage, item, _)| {
        invoice.run(run).filter(|run| run.stage == stage).and_then(|run| run.items.get(item))
    });
    let departed = item.is_some_and(|item| matches!(item.status, Status::Departed { .. }));
    departed && (nature == Nature::Information || invoice.settled_on.is_none())
}

/// What the last word of the journal about a message allows its row in the outbox to say; `within`: it last left as a part of another
/// one, whose row speaks for it.
pub fn agrees(last: &Event, within: bool, status: &str) -> bool {
    let withdrawn = matches!(status, "differee" | "retiree");
    match last {
        Event::Departed { .. } => within && withdrawn || matches!(status, "prete" | "reclamee" | "retiree"),
        Event::Sent { .. } => within && withdrawn || status == "partie",
        // What had left may come back, even if nobody knew that it had; what was put off may fail before it is tried again.
        Event::Failed { .. } => withdrawn || matches!(status, "echouee" | "partie" | "doute"),
        Event::Delayed { .. } => withdrawn,
        Event::InDoubt { .. } => within && withdrawn || matches!(status, "doute" | "retiree"),
        _ => true,
    }
}
