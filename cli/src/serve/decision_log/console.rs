//! Events in the server's own log, in the form of OPA's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use portcullis::value::{Value, json_string};

use super::event::{Event, Payloads};
use crate::serve::journal::LineFormat;
use crate::serve::opa_line;

/// The line of an event.
pub(super) fn line(event: &Event, payloads: Payloads, now: Timestamp, format: LineFormat) -> String {
    let mut fields: BTreeMap<&str, Cow<'_, str>> = event.fields(payloads).into_iter().collect();
    fields.insert("type", json_string("openpolicyagent.org/decision_logs").into());
    if let Some(error) = &event.decision.error {
        fields.insert("error", json_string(&words(error)).into());
    }
    opa_line::written(fields, "Decision Log", now, format)
}

/// An error as Go writes it.
fn words(error: &Value) -> String {
    let text = |path: &[&str]| error.lookup(path).and_then(Value::as_str);
    let Some(message) = text(&["message"]) else { return error.to_json() };
    let row = error.lookup(&["location", "row"]).and_then(Value::as_number);
    let code = text(&["code"]).map_or(String::new(), |code| format!("{code}: "));
    match (text(&["location", "file"]), row) {
        (Some(file), Some(row)) if !file.is_empty() => format!("{file}:{}: {code}{message}", row.text()),
        (Some(_), Some(row)) => format!("{}: {code}{message}", row.text()),
        _ => format!("{code}{message}"),
    }
}
