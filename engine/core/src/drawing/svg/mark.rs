//! What became of the rungs for the invoice that a drawing shows.

use super::canvas::Paragraph;
use super::style::ACTION;
use crate::drawing::Path;
use crate::machine::RuleId;
use std::collections::BTreeSet;

/// What became of a rung or a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    /// Nothing yet, or no invoice is shown.
    None,
    Fired,
    Skipped,
    /// Fired, and the invoice stands there.
    Here,
}

impl Mark {
    pub(super) fn of(path: Option<&Path>, rules: &[RuleId]) -> Mark {
        let Some(path) = path else { return Mark::None };
        let any = |set: &BTreeSet<RuleId>| rules.iter().any(|rule| set.contains(rule));
        if any(&path.position) {
            Mark::Here
        } else if any(&path.fired) {
            Mark::Fired
        } else if any(&path.skipped) {
            Mark::Skipped
        } else {
            Mark::None
        }
    }
}

/// What the marks mean.
pub(super) fn legend(path: &Path, room: i64) -> Paragraph {
    let standing = path.standing.as_ref().map(|words| format!(", {words}")).unwrap_or_default();
    let words = format!(
        "Facture {}{standing}. En vert, ce qui est parti dans son étape ; cerclé, le palier où elle en est ; barré, ce qui a été sauté ; pâle, les étapes où elle n’est pas passée.",
        path.invoice
    );
    Paragraph::new(&words, ACTION, room)
}
