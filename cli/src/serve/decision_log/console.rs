//! Events in the server's own log, in the form of OPA's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use portcullis::value::{Value, json_string};

use super::event::{Event, Payloads};
use crate::report::diagnostics::one_line;
use crate::serve::journal::LineFormat;

/// The line of an event.
pub(super) fn line(event: &Event, payloads: Payloads, now: Timestamp, format: LineFormat) -> String {
    let mut fields: BTreeMap<&str, Cow<'_, str>> = event.fields(payloads).into_iter().collect();
    fields.insert("type", json_string("openpolicyagent.org/decision_logs").into());
    if let Some(error) = &event.decision.error {
        fields.insert("error", json_string(&words(error)).into());
    }
    match format {
        LineFormat::Json => {
            fields.insert("level", "\"info\"".into());
            fields.insert("msg", "\"Decision Log\"".into());
            fields.insert("time", json_string(&format!("{now:.0}")).into());
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| json_string(key) + ":" + value).collect();
            format!("{{{}}}", fields.join(","))
        }
        LineFormat::Text => {
            fields.iter().fold(format!("{now:.3} info: Decision Log"), |line, (key, value)| {
                line + " " + key + "=" + &one_line(value)
            })
        }
    }
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
