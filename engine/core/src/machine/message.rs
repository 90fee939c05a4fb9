//! What messages ask for: calls of scripts that stand in the text of a template, and amounts that are computed.

use super::action::Channel;
use super::expr::Value;
use crate::schema::fold;
use serde::{Deserialize, Serialize};

/// What a template asks for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MessageCalls {
    /// The channel in whose folder the template is.
    #[serde(rename = "canal")]
    pub channel: Channel,
    /// The template.
    #[serde(rename = "modele")]
    pub template: String,
    /// Its calls, each once.
    #[serde(rename = "appels")]
    pub calls: Vec<MessageCall>,
    /// It states penalties, interest or the recovery fee: it does not leave before they are firm.
    #[serde(default, rename = "montants", skip_serializing_if = "std::ops::Not::not")]
    pub amounts: bool,
}

impl MessageCalls {
    /// Whether these are the calls of the template of this name.
    pub fn is_of(&self, channel: Channel, template: &str) -> bool {
        self.channel.folder() == channel.folder() && self.template == template
    }
}

/// A call in the text of a template. What it is given stands there too: the function reads the facts itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MessageCall {
    /// The function, as the template writes it.
    #[serde(rename = "fonction")]
    pub function: String,
    /// What it is given: numbers, texts, yes/no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Value>,
}

impl MessageCall {
    /// The same for the same call, however it is spelled: `note(3)`.
    pub fn key(&self) -> String {
        let one = |value: &Value| match value {
            Value::Text(text) => format!("{text:?}"),
            Value::Number(n) => n.normalize().to_string(),
            other => other.to_string(),
        };
        let arguments: Vec<String> = self.arguments.iter().map(one).collect();
        format!("{}({})", fold(&self.function), arguments.join(", "))
    }
}
