//! Machines for other programs: the schema of their JSON, and statecharts that XState runs.

mod schema;
mod schema_rules;
mod xstate;

pub use schema::json_schema;
pub use xstate::xstate;
