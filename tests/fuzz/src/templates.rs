//! Templates: any text is refused with a place, or renders for every kind of message.

use relance_core::machine::Channel;
use relance_engine::template::{Library, SampleKind, Severity, sample};

/// The first byte says for which channel; the rest is the template.
pub fn check(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let channels: Vec<Channel> = Channel::ALL.into_iter().collect();
    let Some(channel) = channels.get(usize::from(*choice) % channels.len()).copied() else { return };
    let (mut library, mut problems) = (Library::empty(), Vec::new());
    library.add(channel, "essai", "modeles/essai.md", text, &mut problems);
    problems.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return;
    }
    for (invoices, complete, regime, days_late) in
        [(1, true, "b2b", 18), (3, false, "b2c", 40), (2, true, "public", -5)]
    {
        let message = sample(SampleKind { invoices, complete, regime, days_late });
        let once = library.render(channel, "essai", &message).map_err(|problem| problem.to_string());
        assert_eq!(once, library.render(channel, "essai", &message).map_err(|problem| problem.to_string()));
    }
}
