//! The figures of a service in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>): few and fixed, so that nothing else can slip in.

use crate::runner::{CARRIED, RunReport};
use crate::store::Backlog;
use relance_core::day::Instant;
use relance_core::machine::Channel;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};
use std::time::Duration;

/// Bounds of the histogram of the passes' durations, in seconds.
const BOUNDS: [f64; 10] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1_800.0];

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Meter {
    passes: u64,
    steps: u64,
    attempts: BTreeMap<(Channel, &'static str), u64>,
    errors: BTreeMap<&'static str, u64>,
    /// Passes up to each bound.
    buckets: [u64; BOUNDS.len()],
    seconds: f64,
}

impl Meter {
    pub(super) fn passes(&self) -> u64 {
        self.passes
    }

    pub(super) fn error(&mut self, class: &'static str) {
        *self.errors.entry(class).or_default() += 1;
    }

    pub(super) fn pass(&mut self, took: Duration, report: &RunReport) {
        self.passes += 1;
        self.steps += report.steps;
        self.seconds += took.as_secs_f64();
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(took.as_secs_f64() <= bound);
        }
        for (attempt, count) in &report.attempts {
            *self.attempts.entry(*attempt).or_default() += count;
        }
    }
}

/// A page of figures.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(name, "", value);
    }
}

/// The page.
pub(super) fn text(
    meter: &Meter,
    (stopped, unreadable): (&BTreeSet<Channel>, usize),
    now: Instant,
    backlog: Option<&Backlog>,
) -> String {
    let mut page = Page(String::new());
    page.head("relance_messages_total", "counter", "Essais d’envoi, par canal et par résultat.");
    for ((channel, result), count) in &meter.attempts {
        let labels = format!("{{canal=\"{}\",resultat=\"{result}\"}}", channel.name());
        page.line("relance_messages_total", &labels, count);
    }
    page.one("relance_passes_total", "counter", "Passes faites.", meter.passes);
    page.one("relance_pas_total", "counter", "Dossiers de clients avancés d’un pas.", meter.steps);
    page.head("relance_erreurs_total", "counter", "Passes ou lectures de la base qui ont échoué, par classe.");
    for class in ["base_injoignable", "base_refus"] {
        let count = meter.errors.get(class).copied().unwrap_or(0);
        page.line("relance_erreurs_total", &format!("{{classe=\"{class}\"}}"), count);
    }
    page.head("relance_canal_arrete", "gauge", "1 quand le canal est arrêté.");
    for channel in CARRIED {
        let labels = format!("{{canal=\"{}\"}}", channel.name());
        page.line("relance_canal_arrete", &labels, u8::from(stopped.contains(&channel)));
    }
    let help = "Clients laissés de côté par la dernière passe : leur dossier ne se lit pas.";
    page.one("relance_dossiers_illisibles", "gauge", help, unreadable);
    page.one("relance_base_accessible", "gauge", "1 quand la base répond.", u8::from(backlog.is_some()));
    if let Some(Backlog { due, oldest, claimed, in_doubt }) = backlog {
        page.one("relance_clients_dus", "gauge", "Clients dont quelque chose est dû.", due);
        page.one("relance_clients_pris", "gauge", "Clients dont un exécuteur tient le dossier.", claimed);
        page.one("relance_messages_en_doute", "gauge", "Messages dont on ne sait pas s’ils sont partis.", in_doubt);
        let age = oldest.map_or(0, |oldest| (now - oldest).num_seconds().max(0));
        page.one("relance_plus_ancien_du_secondes", "gauge", "Âge de ce qui est dû depuis le plus longtemps.", age);
    }
    page.head("relance_passe_secondes", "histogram", "Durée des passes.");
    for (bucket, bound) in meter.buckets.iter().zip(BOUNDS) {
        page.line("relance_passe_secondes_bucket", &format!("{{le=\"{bound}\"}}"), bucket);
    }
    page.line("relance_passe_secondes_bucket", "{le=\"+Inf\"}", meter.passes);
    page.line("relance_passe_secondes_sum", "", meter.seconds);
    page.line("relance_passe_secondes_count", "", meter.passes);
    page.0
}
