//! The drawing as a Mermaid flowchart, which wikis and code forges show.

use super::dot::{reactions, says};
use super::escape::mermaid as escaped;
use super::plan::Plan;

/// The states as boxes with what they do.
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart TB\n");
    let label =
        |lines: &mut dyn Iterator<Item = String>| lines.map(|line| escaped(&line)).collect::<Vec<_>>().join("<br/>");
    for (i, state) in plan.states.iter().enumerate() {
        let lines = label(&mut std::iter::once(state.title.clone()).chain(says(state)));
        let (open, close) = if state.is_final { ("([", "])") } else { ("[", "]") };
        out.push_str(&format!("  e{i}{open}\"{lines}\"{close}\n"));
    }
    if !plan.reactions.is_empty() {
        let title = std::iter::once("Où qu’en soit la facture".to_owned());
        let lines = label(&mut title.chain(reactions(&plan.reactions)));
        out.push_str(&format!("  partout[\"{lines}\"]\n  style partout stroke-dasharray: 4 3\n"));
    }
    for way in &plan.transitions {
        let from = way.from.map_or_else(|| "partout".to_owned(), |from| format!("e{from}"));
        out.push_str(&format!("  {from} -->|\"{}\"| e{}\n", escaped(&way.cause), way.to));
    }
    out
}
