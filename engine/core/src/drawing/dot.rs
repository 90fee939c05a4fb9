//! The drawing as Graphviz text.

use super::escape::dot as escaped;
use super::plan::{Line, Plan, PlanState};

/// The states as boxes with what they do, for `dot -Tsvg`.
pub fn dot(plan: &Plan) -> String {
    let mut out = format!(
        "digraph \"{}\" {{\n  label=\"{}\";\n  labelloc=t;\n  rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"Arial\", fontsize=11];\n  edge [fontname=\"Arial\", fontsize=10];\n",
        escaped(&plan.name),
        escaped(&plan.title)
    );
    for (i, state) in plan.states.iter().enumerate() {
        let mut lines = vec![state.title.clone()];
        lines.extend(says(state));
        let label: String = lines.iter().map(|line| format!("{}\\l", escaped(line))).collect();
        let shape = if state.is_final { ", peripheries=2" } else { "" };
        out.push_str(&format!("  e{i} [label=\"{label}\"{shape}];\n"));
    }
    if !plan.reactions.is_empty() {
        let label: String = reactions(&plan.reactions).map(|line| format!("{}\\l", escaped(&line))).collect();
        out.push_str(&format!("  partout [label=\"Où qu’en soit la facture\\l{label}\", style=\"rounded,dashed\"];\n"));
    }
    for way in &plan.transitions {
        let from = way.from.map_or_else(|| "partout".to_owned(), |from| format!("e{from}"));
        out.push_str(&format!("  {from} -> e{} [label=\"{}\"];\n", way.to, escaped(&way.cause)));
    }
    out.push_str("}\n");
    out
}

/// What a state does, a line for each rule.
pub(super) fn says(state: &PlanState) -> impl Iterator<Item = String> {
    let entry = state.entry.iter().map(|line| format!("{} : {}", line.when, line.actions));
    let stops = state.timelines.iter().flat_map(|timeline| &timeline.stops).flat_map(|stop| {
        stop.steps.iter().map(|step| match &step.condition {
            Some(condition) => format!("{} si {condition} : {}", stop.label, step.actions),
            None => format!("{} : {}", stop.label, step.actions),
        })
    });
    let besides = state.free.iter().chain(&state.repeated).map(|line| format!("{} : {}", line.when, line.actions));
    entry.chain(stops).chain(besides).chain(reactions(&state.reactions))
}

pub(super) fn reactions(lines: &[Line]) -> impl Iterator<Item = String> {
    lines.iter().map(|line| format!("{} → {}", line.when, line.actions))
}
