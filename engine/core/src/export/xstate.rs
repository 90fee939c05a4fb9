use serde_json::Value;
/// x
pub fn xstate(_: &crate::machine::Machine) -> Value {
    Value::Null
}
