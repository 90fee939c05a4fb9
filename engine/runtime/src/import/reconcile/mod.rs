//! A batch against the past: what is new becomes what happened outside. Importing again is harmless, and neither the order
//! of rows nor of files matters.

mod electronic;
mod ledger;
mod movements;
mod open_items;
mod plans;
mod references;

use super::batch::{Batch, CreditRow, CustomerRow, FileRead, InvoiceRow, Source};
use super::kind::Kind;
use super::known::{Known, beginning, part, prefix};
use super::problem::{Info, Problem, count, list};
use super::value::date::Moment;
use chrono::NaiveDate;
use chrono_tz::Tz;
pub use electronic::Paper;
use references::References;
use relance_core::day::Instant;
use relance_core::incoming::{Customer, Incoming, What};
use relance_core::said::Said;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What an import brings.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reconciled {
    /// What happened outside: clients first, then invoices, then the rest by date.
    pub incoming: Vec<Incoming>,
    /// What is wrong, that of the reading included.
    pub problems: Vec<Problem>,
    /// What was done or left aside, that of the reading included.
    pub infos: Vec<Info>,
    /// How much of each.
    pub counts: Counts,
    /// Files of which nothing was taken.
    pub refused: Vec<String>,
    /// Whether balances are up to date after it: the files told all payments (or, with open items, all balances), nothing of them was
    /// wrong, and nothing was left out of a client whose past cannot be read.
    pub payments: bool,
    /// Invoices as people read them, to be kept.
    pub papers: Vec<Paper>,
}

/// How much an import brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Clients not known before.
    #[serde(rename = "clients_nouveaux")]
    pub customers_new: usize,
    /// Clients whose data changed.
    #[serde(rename = "clients_modifies")]
    pub customers_changed: usize,
    /// Invoices not known before.
    #[serde(rename = "factures_nouvelles")]
    pub invoices_new: usize,
    /// Invoices whose data, amount or due date changed.
    #[serde(rename = "factures_modifiees")]
    pub invoices_changed: usize,
    /// Credit notes, and changes of them.
    #[serde(rename = "avoirs")]
    pub credits: usize,
    /// Payments.
    #[serde(rename = "reglements")]
    pub payments: usize,
    /// Payments taken back.
    #[serde(rename = "rejets")]
    pub reversals: usize,
    /// Other events.
    #[serde(rename = "evenements")]
    pub events: usize,
    /// Rows that say nothing new.
    #[serde(rename = "deja_connus")]
    pub already_known: usize,
}

/// Compares `batch` with what is `known`. `today` is the day on which changes take effect; hours of the files are in
/// `zone`. Without the tolerant option, a file in which something is wrong contributes nothing.
pub fn reconcile(known: &Known, batch: &Batch, today: NaiveDate, zone: Tz) -> Reconciled {
    let resolved = electronic::resolve(known, batch);
    let batch = &*resolved.batch;
    let mut dropped: BTreeSet<usize> = BTreeSet::new();
    let mut problems: BTreeSet<Problem> = batch.problems.iter().cloned().collect();
    // Refusing a file may take from another the invoices that its rows name: at most once for each file.
    loop {
        let mut attempt = Attempt::new(known, batch, today, zone, &dropped);
        attempt.counts.already_known = resolved.known;
        attempt.run();
        let Attempt { bad_files, problems: found, mut out, infos, mut counts, .. } = attempt;
        problems.extend(found);
        let more: BTreeSet<usize> = bad_files.difference(&dropped).copied().collect();
        if !batch.tolerant && !more.is_empty() {
            dropped.extend(more);
            continue;
        }
        let mut infos: Vec<Info> = batch.infos.iter().cloned().chain(infos).collect();
        infos.sort();
        let all = out.len();
        out.retain(|incoming| !known.aside.contains_key(&incoming.client));
        let whole = out.len() == all;
        let incoming = in_order(out, &mut counts);
        let unread = |(i, f): &(usize, &FileRead)| {
            dropped.contains(i) || (f.taken == 0 && batch.problems.iter().any(|p| p.file == f.name))
        };
        let refused = batch.files.iter().enumerate().filter(unread).map(|(_, f)| f.name.clone()).collect();
        let problems: Vec<Problem> = problems.into_iter().collect();
        let payments = whole && payments_complete(batch, &problems);
        let mut papers = resolved.papers;
        papers.retain(|paper| !dropped.contains(&paper.source.file));
        return Reconciled { incoming, problems, infos, counts, refused, payments, papers };
    }
}

/// Whether the files that tell what was paid are there and without a problem: a line that could not be read may be a payment.
fn payments_complete(batch: &Batch, problems: &[Problem]) -> bool {
    let source = if batch.open_items { Kind::Invoices } else { Kind::Payments };
    let mut files = batch.files.iter().filter(|f| f.kind == Some(source) && !f.electronic).peekable();
    files.peek().is_some() && files.all(|f| problems.iter().all(|p| p.file != f.name))
}

/// Sorts, and keeps one of each id: files may overlap.
fn in_order(mut out: Vec<Incoming>, counts: &mut Counts) -> Vec<Incoming> {
    let rank = |what: &What| match what {
        What::Customer(_) => 0,
        What::Invoice(_) => 1,
        _ => 2,
    };
    out.sort_by(|a, b| {
        let key = |i: &Incoming| (rank(&i.what), i.effective);
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.client, &a.invoice, &a.id, a.known).cmp(&(&b.client, &b.invoice, &b.id, b.known)))
    });
    let mut seen = HashSet::with_capacity(out.len());
    let repeated: HashSet<usize> =
        out.iter().enumerate().filter(|(_, incoming)| !seen.insert(incoming.id.as_str())).map(|(i, _)| i).collect();
    counts.already_known += repeated.len();
    let mut at = 0..;
    out.retain(|_| at.next().is_none_or(|i: usize| !repeated.contains(&i)));
    for incoming in &out {
        let new = incoming.id.split(':').count() == 2;
        let slot = match &incoming.what {
            What::Customer(_) if new => &mut counts.customers_new,
            What::Customer(_) => &mut counts.customers_changed,
            What::Invoice(_) if new => &mut counts.invoices_new,
            What::Payment { .. } => &mut counts.payments,
            What::Reversal { .. } => &mut counts.reversals,
            What::CreditNote { .. } if !incoming.id.starts_with(prefix::AMOUNT) => &mut counts.credits,
            What::Invoice(_) | What::CreditNote { .. } => &mut counts.invoices_changed,
            What::DueDateMoved { .. } if incoming.id.starts_with(prefix::DUE) => &mut counts.invoices_changed,
            _ => &mut counts.events,
        };
        *slot += 1;
    }
    out
}

/// One try, with some files left out.
struct Attempt<'a> {
    known: &'a Known,
    batch: &'a Batch,
    today: NaiveDate,
    zone: Tz,
    dropped: &'a BTreeSet<usize>,
    customers: HashMap<&'a str, &'a CustomerRow>,
    invoices: HashMap<&'a str, &'a InvoiceRow>,
    credits: HashMap<&'a str, &'a CreditRow>,
    withheld: BTreeMap<&'a str, &'a str>,
    references: Option<References<'a>>,
    out: Vec<Incoming>,
    problems: Vec<Problem>,
    bad_files: BTreeSet<usize>,
    /// Rows of a file whose invoice is in a file that was refused.
    orphans: BTreeMap<usize, usize>,
    infos: Vec<Info>,
    counts: Counts,
}

impl<'a> Attempt<'a> {
    fn new(known: &'a Known, batch: &'a Batch, today: NaiveDate, zone: Tz, dropped: &'a BTreeSet<usize>) -> Self {
        Attempt {
            known,
            batch,
            today,
            zone,
            dropped,
            customers: HashMap::new(),
            invoices: HashMap::new(),
            credits: HashMap::new(),
            withheld: batch.withheld.iter().map(|(n, f)| (n.as_str(), f.as_str())).collect(),
            references: None,
            out: Vec::new(),
            problems: Vec::new(),
            bad_files: BTreeSet::new(),
            orphans: BTreeMap::new(),
            infos: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn run(&mut self) {
        self.index();
        self.customers();
        self.invoices();
        self.credits();
        self.payments();
        self.events();
        self.tell_orphans();
        if self.batch.open_items {
            self.disappeared();
        }
        self.implied_customers();
    }

    fn keeps(&self, source: Source) -> bool {
        !self.dropped.contains(&source.file)
    }

    fn problem(&mut self, source: Source, problem: Problem) {
        self.bad_files.insert(source.file);
        self.problems.push(problem);
    }

    fn emit(&mut self, id: String, client: &str, invoice: Option<&str>, effective: NaiveDate, what: What) {
        self.emit_known(id, client, invoice, effective, (None, None), what);
    }

    fn emit_known(
        &mut self,
        id: String,
        client: &str,
        invoice: Option<&str>,
        effective: NaiveDate,
        (known, said): (Option<Moment>, Option<Said>),
        what: What,
    ) {
        let known: Option<Instant> = known.map(|moment| moment.instant(self.zone));
        let (client, invoice) = (client.to_owned(), invoice.map(str::to_owned));
        self.out.push(Incoming { id, client, invoice, effective, known, said, what });
    }

    /// Finds the rows by number and code, and those that two files tell differently.
    fn index(&mut self) {
        let batch = self.batch;
        for row in &batch.invoices {
            if !self.keeps(row.source) {
                self.withheld.insert(&row.number, batch.file_name(row.source));
            }
        }
        let rows = batch.customers.iter().filter(|r| self.keeps(r.source)).map(|r| (r.code.as_str(), r.source, r));
        let (customers, told_twice) = unique(rows, |a, b| a.customer == b.customer);
        self.customers = customers;
        self.contradictions(told_twice, "code", "ce client");
        let rows = batch.invoices.iter().filter(|r| self.keeps(r.source)).map(|r| (r.number.as_str(), r.source, r));
        let same =
            |a: &InvoiceRow, b: &InvoiceRow| (&a.client, &a.invoice, a.balance) == (&b.client, &b.invoice, b.balance);
        let (invoices, told_twice) = unique(rows, same);
        self.invoices = invoices;
        self.contradictions(told_twice, "numero", "cette facture");
        let rows = batch.credits.iter().filter(|r| self.keeps(r.source)).map(|r| (r.number.as_str(), r.source, r));
        let same = |a: &CreditRow, b: &CreditRow| {
            (&a.client, a.issued, a.amount, a.balance, &a.invoice)
                == (&b.client, b.issued, b.amount, b.balance, &b.invoice)
        };
        let (credits, told_twice) = unique(rows, same);
        self.credits = credits;
        self.contradictions(told_twice, "numero", "cet avoir");
    }

    fn contradictions(&mut self, told_twice: Vec<Twice<'a>>, field: &str, what: &str) {
        for (key, first, second) in told_twice {
            let file = self.batch.file_name(first);
            let reason = format!("{what} est aussi dans {file}, ligne {}, avec d'autres données", first.line);
            let problem = self.batch.problem(second, field, key, reason);
            // Nobody knows which is right: both files are wrong, and one message is enough.
            self.bad_files.insert(first.file);
            self.problem(second, problem.advise("gardez une seule des deux lignes"));
        }
    }

    /// Clients that rows name and no file of clients describes: they need a file of their own all the same.
    fn implied_customers(&mut self) {
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        let invoices = self.invoices.values().map(|r| (&r.client, &r.client_name, r.invoice.issued, &r.number));
        let credits = self.credits.values().map(|r| (&r.client, &r.client_name, r.issued, &r.number));
        let mut named: Vec<_> = invoices.chain(credits).collect();
        named.sort_by_key(|(client, _, issued, number)| (*client, *issued, *number));
        for (client, name, ..) in named {
            // The latest name wins: companies change theirs.
            if let Some(name) = name {
                names.insert(client, name);
            }
        }
        let mut codes: BTreeSet<String> = self.out.iter().map(|incoming| incoming.client.clone()).collect();
        codes.extend(names.keys().map(|code| (*code).to_owned()));
        codes.retain(|code| !self.customers.contains_key(code.as_str()));
        let mut created = Vec::new();
        for code in codes {
            let name = names.get(code.as_str()).map_or_else(|| code.clone(), |name| (*name).to_owned());
            match self.known.customers.get(&code) {
                None => {
                    let id = format!("{}{}", prefix::CUSTOMER, part(&code));
                    created.push(code.clone());
                    let customer = Customer { name, ..Customer::default() };
                    self.emit(id, &code, None, beginning(), What::Customer(customer));
                }
                // It had only its code for a name so far.
                Some(known) if known.name == code && name != code => {
                    let customer = Customer { name, ..known.clone() };
                    self.changed_customer(&code, customer);
                }
                Some(_) => {}
            }
        }
        if !created.is_empty() {
            let how_many = count(
                created.len(),
                "client absent des fichiers de clients, créé d'après son code",
                "clients absents des fichiers de clients, créés d'après leur code",
            );
            let text = format!("{how_many} : {}", list(&created, 10));
            self.infos.push(Info::general(text));
        }
    }

    fn changed_customer(&mut self, code: &str, customer: Customer) {
        let id = format!("{}{}:{}:{}", prefix::CUSTOMER, part(code), self.today, fingerprint(&customer));
        self.emit(self.known.fresh(id), code, None, self.today, What::Customer(customer));
    }

    /// The files of invoices of which nothing was taken.
    fn refused_invoices(&self) -> Vec<&'a str> {
        let refused = |(i, f): &(usize, &FileRead)| self.dropped.contains(i) || (f.taken == 0 && !self.empty(f));
        let files = self.batch.files.iter().enumerate().filter(|(_, f)| f.kind == Some(Kind::Invoices));
        files.filter(refused).map(|(_, f)| f.name.as_str()).collect()
    }

    fn empty(&self, file: &FileRead) -> bool {
        file.rows == 0 && !self.batch.problems.iter().any(|p| p.file == file.name)
    }

    fn tell_orphans(&mut self) {
        let refused = self.refused_invoices().join(", ");
        for (file, rows) in std::mem::take(&mut self.orphans) {
            let Some(file) = self.batch.files.get(file) else { continue };
            let lines = count(
                rows,
                "ligne nomme une facture qui n'est pas connue",
                "lignes nomment des factures qui ne sont pas connues",
            );
            let advice = format!("rien n'a été pris de {refused} : corrigez d'abord ce fichier");
            self.problems.push(Problem::of_file(&file.name, lines).advise(advice));
        }
    }

    /// Whether a file of invoices was taken, and none refused: only then does an absence mean something.
    fn invoices_complete(&self) -> bool {
        self.batch.files.iter().any(|f| f.kind == Some(Kind::Invoices) && !f.electronic)
            && self.refused_invoices().is_empty()
    }
}

/// A key, and the two rows that tell it differently.
type Twice<'a> = (&'a str, Source, Source);

/// Rows by key; a key that two rows tell differently is in the list and in no map.
fn unique<'a, R>(
    rows: impl Iterator<Item = (&'a str, Source, &'a R)>,
    same: impl Fn(&R, &R) -> bool,
) -> (HashMap<&'a str, &'a R>, Vec<Twice<'a>>) {
    let mut map: HashMap<&'a str, (Source, &'a R)> = HashMap::new();
    let mut told_twice = Vec::new();
    for (key, source, row) in rows {
        match map.get(key) {
            Some(&(first, other)) if !same(other, row) => told_twice.push((key, first, source)),
            Some(_) => {}
            None => {
                map.insert(key, (source, row));
            }
        }
    }
    for (key, ..) in &told_twice {
        map.remove(key);
    }
    (map.into_iter().map(|(key, (_, row))| (key, row)).collect(), told_twice)
}

/// A short name for a content.
fn fingerprint(value: &impl Serialize) -> String {
    let json = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(&json).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
