//! One report of how it goes, in the form of OPA's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use portcullis::value::json_string;

use crate::serve::client::bundles::{Failure, Status};
use crate::serve::journal::LineFormat;
use crate::serve::opa_line;

/// How it goes with everything that OPA calls a plugin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) labels: BTreeMap<String, String>,
    /// Whether bundles are followed; their statuses come once the first was asked for.
    pub(crate) follows_bundles: bool,
    pub(crate) bundles: BTreeMap<String, Status>,
    pub(crate) logs_decisions: bool,
    /// Why decisions could not be sent last.
    pub(crate) unsent: Option<Failure>,
}

impl Report {
    /// The fields that there are, and their values as JSON, in OPA's order.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let labels = self.labels.iter().map(|(name, label)| (&**name, json_string(label)));
        let mut fields = vec![("labels", object(labels))];
        if !self.bundles.is_empty() {
            fields.push((
                "bundles",
                object(self.bundles.iter().map(|(name, status)| (&**name, status.to_json()))),
            ));
        }
        if self.logs_decisions {
            fields
                .push(("decision_logs", self.unsent.as_ref().map_or_else(|| "{}".to_owned(), decision_logs)));
        }
        let plugins = self.plugins();
        let states = plugins.into_iter().map(|(name, state)| (name, format!("{{\"state\":\"{state}\"}}")));
        fields.push(("plugins", object(states)));
        fields
    }

    /// As OPA sends it.
    pub(crate) fn to_json(&self) -> String {
        object(self.fields().into_iter())
    }

    /// As OPA writes it into its log.
    pub(super) fn line(&self, now: Timestamp, format: LineFormat) -> String {
        let mut fields: BTreeMap<&str, Cow<'_, str>> =
            self.fields().into_iter().map(|(key, value)| (key, value.into())).collect();
        fields.insert("type", json_string("openpolicyagent.org/status").into());
        opa_line::written(fields, "Status Log", now, format)
    }

    /// The state of each plugin that OPA would have.
    pub(super) fn plugins(&self) -> BTreeMap<&'static str, &'static str> {
        let mut plugins: BTreeMap<_, _> = [("discovery", "OK"), ("status", "OK")].into();
        if self.follows_bundles {
            let is_ready = !self.bundles.is_empty() && self.bundles.values().all(Status::is_active);
            plugins.insert("bundle", if is_ready { "OK" } else { "NOT_READY" });
        }
        if self.logs_decisions {
            plugins.insert("decision_logs", "OK");
        }
        plugins
    }
}

fn decision_logs(failure: &Failure) -> String {
    let fields = [
        ("code", Some(json_string(DECISION_LOG_ERROR))),
        ("message", Some(json_string(&failure.message))),
        ("http_code", failure.http_code.map(|code| code.to_string())),
    ];
    object(fields.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

/// An object of values that are JSON already.
fn object<'a>(entries: impl Iterator<Item = (&'a str, String)>) -> String {
    let entries: Vec<String> = entries.map(|(key, value)| json_string(key) + ":" + &value).collect();
    format!("{{{}}}", entries.join(","))
}

/// OPA's.
pub(super) const DECISION_LOG_ERROR: &str = "decision_log_error";
