//! What a new version's names change in what is known of an invoice.

use crate::dossier::RuleKey;
use crate::machine::Carry;
use serde::{Deserialize, Serialize};

/// The new names of states and rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CarriedOver {
    /// Where the invoice stood, and where it stands now; none when its own state has kept its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Carry>,
    /// The other states that it or its sequences have been in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<Carry>,
    /// Rules that say the same but for these names: as they were, and as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<(RuleKey, RuleKey)>,
}
