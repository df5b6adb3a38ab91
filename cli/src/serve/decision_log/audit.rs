//! Events in the form of an audit log: who called whom for what, and whether that was allowed.

use portcullis::value::{Value, json_string};

use super::event::Event;

/// The event with the fields that AgentWeave's guide asks for. What neither the input nor the request says is null, so that its absence
/// can be seen.
pub(super) fn json(event: &Event) -> String {
    let decision = &event.decision;
    let of_input = |names: &[&str]| {
        let input = decision.input.as_ref().and_then(Value::as_object);
        let named = names.iter().find_map(|name| input?.get_str(name));
        named.map_or("null".to_owned(), Value::to_json)
    };
    let trace = match &decision.trace_id {
        Some(trace) => json_string(trace),
        None => of_input(&["trace_id"]),
    };
    format!(
        "{{\"timestamp\":{},\"caller_spiffe_id\":{},\"callee_spiffe_id\":{},\"capability\":{},\"action\":{},\"decision\":{},\
         \"trace_id\":{trace},\"decision_id\":{},\"path\":{}}}",
        json_string(&decision.timestamp.to_string()),
        of_input(&["caller_spiffe_id"]),
        of_input(&["callee_spiffe_id"]),
        of_input(&["capability"]),
        of_input(&["action"]),
        json_string(verdict(event)),
        json_string(&decision.decision_id),
        decision.path.as_deref().or(decision.query.as_deref()).map_or("null".to_owned(), json_string),
    )
}

/// `allow` only for what says so without doubt.
fn verdict(event: &Event) -> &'static str {
    let decision = &event.decision;
    let is_masked = event.erased.iter().chain(&event.masked).any(|path| path.starts_with("/result"));
    match &decision.result {
        _ if decision.error.is_some() => "error",
        _ if is_masked => "masked",
        None => "undefined",
        Some(Value::Bool(true)) => "allow",
        Some(Value::Bool(false)) => "deny",
        Some(Value::Object(object)) => {
            let said = ["allow", "allowed"].iter().find_map(|key| object.get_str(key)?.as_bool());
            match said {
                Some(true) => "allow",
                Some(false) => "deny",
                None => "other",
            }
        }
        Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Set(_)) => "other",
    }
}
