//! What putting other versions of the scenarios in force would change, worked out with the step function and without doing it.

mod changes;
mod forecast;
mod moves;

pub use changes::{Changes, Difference, Gone, RuleChange, SettingChange, changes};
pub use forecast::{Forecast, Message, Shifted, forecast, messages};
pub use moves::{Move, Moves, Place, moves};

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Six hexadecimal digits of a digest of a value: enough to notice that it is another one.
pub fn seal(value: &impl Serialize) -> String {
    let json = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(&json).iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}
