//! Templates: any text is refused with a place, or renders within its limits, twice the same.

use relance_core::machine::Channel;
use relance_engine::template::{Library, SampleKind, Severity, TemplateProblem, sample};

/// A message that is longer than this was made by repeating.
const LONGEST: usize = 4_000_000;

/// The first line names the channel, the rest is the template.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (first, body) = text.split_once('\n').unwrap_or(("", &text));
    let named = Channel::ALL.into_iter().find(|channel| channel.folder() == first.trim());
    let (channel, body) = named.map_or((Channel::Email, &*text), |channel| (channel, body));
    let (library, problems) = library(channel, body);
    told(&problems, body);
    let again = self::library(channel, body).1;
    assert_eq!(problems, again, "checked twice");
    library.catalog();
    let facts = library.facts();
    assert!(facts.iter().all(|facts| facts.text.len() <= 3 * body.len() + 3));
    library.asking().for_each(drop);
    let sound = problems.iter().all(|problem| problem.severity == Severity::Warning);
    for (invoices, complete, regime, days_late) in
        [(1, true, "b2b", 18), (40, false, "b2c", 40), (200, true, "public", -5)]
    {
        let message = sample(SampleKind { invoices, complete, regime, days_late });
        let once = library.render(channel, "essai", &message);
        assert_eq!(once, library.render(channel, "essai", &message), "rendered twice");
        match once {
            Ok(rendered) => {
                let html = rendered.html.as_deref().unwrap_or_default();
                assert!(rendered.text.len() + html.len() < LONGEST, "{} bytes", rendered.text.len() + html.len());
                assert!(!rendered.subject.unwrap_or_default().contains(['\n', '\r']));
                assert_eq!(html.is_empty(), channel == Channel::Sms);
            }
            Err(problem) => {
                told(std::slice::from_ref(&problem), body);
                // What scripts answer is not among the samples; a message on hundreds of invoices may be too long.
                let asks = library.asking().any(|asking| !asking.called.is_empty());
                assert!(!sound || asks || invoices > 3, "accepted, then refused: {problem}");
            }
        }
    }
}

fn library(channel: Channel, text: &str) -> (Library, Vec<TemplateProblem>) {
    let (mut library, mut problems) = (Library::empty(), Vec::new());
    library.add(channel, "essai", "modeles/essai.md", text, &mut problems);
    (library, problems)
}

fn told(problems: &[TemplateProblem], text: &str) {
    let lines = text.lines().count() + text.matches('\r').count() + 2;
    for problem in problems {
        assert!(!problem.message.trim().is_empty(), "{problem:?}");
        assert!(problem.line >= 1 && problem.line as usize <= lines, "{problem:?}");
        assert!(problem.to_string().len() < 4_000, "{problem}");
    }
}
