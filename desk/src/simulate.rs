//! What would happen, as lines of the journal.

use relance_core::day::Instant;
use relance_core::journal::Line;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{People, World, run as run_world};

/// Runs worlds and gathers their public lines in the order of the journal: time, client, invoice, position; `progress` hears
/// how many are done, of how many.
pub fn lines(
    program: &Program,
    worlds: &mut [World],
    span: (Instant, Instant),
    people: People,
    mut progress: impl FnMut(usize, usize),
) -> Vec<Line> {
    let total = worlds.len();
    let mut found: Vec<(Instant, usize, Line)> = Vec::new();
    for (n, world) in worlds.iter_mut().enumerate() {
        run_world(program, world, span, people, |dossier, entry| {
            let file = entry.invoice.as_ref().and_then(|number| dossier.invoices.get(number));
            let currency = file.map_or(Currency::EUR, |f| f.invoice.currency());
            if let Some(line) = Line::of(entry, &dossier.client, currency, program.zone, program) {
                found.push((entry.at, n, line));
            }
        });
        progress(n + 1, total);
    }
    // The sort is stable: within one client and invoice, lines keep the order in which they happened.
    found.sort_by(|(at, n, a), (other, m, b)| (at, n, &a.facture).cmp(&(other, m, &b.facture)));
    found.into_iter().map(|(.., line)| line).collect()
}
