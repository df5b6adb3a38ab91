//! A line in the server's own log that is one of OPA's, field by field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use portcullis::value::json_string;

use super::journal::LineFormat;
use crate::report::diagnostics::one_line;

/// The line of fields whose values are JSON already.
pub(super) fn written(
    mut fields: BTreeMap<&str, Cow<'_, str>>,
    message: &str,
    now: Timestamp,
    format: LineFormat,
) -> String {
    match format {
        LineFormat::Json => {
            fields.insert("level", "\"info\"".into());
            fields.insert("msg", json_string(message).into());
            fields.insert("time", json_string(&format!("{now:.0}")).into());
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| json_string(key) + ":" + value).collect();
            format!("{{{}}}", fields.join(","))
        }
        LineFormat::Text => fields.iter().fold(format!("{now:.3} info: {message}"), |line, (key, value)| {
            line + " " + key + "=" + &one_line(value)
        }),
    }
}
