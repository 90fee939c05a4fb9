//! Cycles of transitions that take no time.

use super::Scenario;
use crate::diagnostic::{Code, Diagnostic};
use relance_core::machine::RuleId;
use relance_core::proof::{Cycle, cycles};

/// A longer way round is told in part.
const MAX_SHOWN: usize = 12;

/// The cycles of a scenario, each told at the rules that make it.
pub(super) fn find(scenario: &Scenario) -> Vec<Diagnostic> {
    cycles(&scenario.machine).iter().map(|cycle| tell(scenario, cycle)).collect()
}

fn tell(scenario: &Scenario, cycle: &Cycle) -> Diagnostic {
    let mut route: Vec<String> = cycle.route().iter().map(|name| format!("`{name}`")).collect();
    if route.len() > MAX_SHOWN {
        route.splice(MAX_SHOWN - 2..route.len() - 1, ["…".to_owned()]);
    }
    let message = match cycle.passages.as_slice() {
        [only] => format!("`{}` mène à elle-même au même instant, sans fin", only.from),
        _ => format!("ces étapes se renvoient la facture au même instant, sans fin : {}", route.join(" → ")),
    };
    let place = cycle.passages.first().map(|passage| scenario.head(passage.rule)).unwrap_or_default();
    let mut found = Diagnostic::new(Code::EndlessCycle, message, &scenario.file, place);
    if let [first, rest @ ..] = cycle.passages.as_slice() {
        found = found.label(format!("mène à `{}`", first.to));
        for passage in rest.iter().take(MAX_SHOWN) {
            found = found.also(&scenario.file, scenario.head(passage.rule), format!("mène à `{}`", passage.to));
        }
    }
    let mut failing: Vec<(RuleId, &str)> =
        cycle.passages.iter().filter_map(|passage| Some((passage.failed?, passage.from.as_str()))).collect();
    failing.dedup();
    for (rule, state) in &failing {
        let told = format!("échoue aussitôt dans `{state}` si le client n'a pas d'adresse");
        found = found.also(&scenario.file, scenario.head(*rule), told);
    }
    if failing.is_empty() {
        return found.help("faites que l'un des passages prenne du temps (`après 8 jours : aller à …`), attende un événement (`quand …`), ou donnez-leur des conditions qui s'excluent");
    }
    found.help("un contact sans adresse échoue à l'instant, et `quand échec` répond à chaque fois : faites mener l'échec à une étape qui n'écrit pas aussitôt (`à l'entrée : tâche \"Corriger l'adresse\"`), ou donnez à l'un des passages une condition ou un délai")
}
