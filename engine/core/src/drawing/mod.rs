//! The drawing of a scenario: what it does, without its layout ([`plan`]), then as SVG, Graphviz or Mermaid. Pure text, the same
//! bytes for the same machine.

mod dot;
mod escape;
pub(crate) mod label;
mod mermaid;
mod path;
mod plan;
mod svg;

pub use dot::dot;
pub(crate) use label::limits;
pub use label::takes;
pub use mermaid::mermaid;
pub use path::{Highlight, Path};
pub use plan::{Line, Plan, PlanReaction, PlanState, Step, Stop, Timeline, Transition, plan};
pub use svg::{svg, text_width};
