//! How it goes with a bundle, in the form of OPA's status.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portcullis::value::{Value, json_string};

use super::bundles::ActivationError;
use super::download::DownloadError;

/// What became of a bundle so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) active_revision: String,
    pub(crate) last_successful_activation: Option<Timestamp>,
    /// `snapshot` or `delta`, once there was one.
    pub(crate) kind: &'static str,
    /// Bytes of the last archive that was activated.
    pub(crate) size: usize,
    pub(crate) last_successful_download: Option<Timestamp>,
    pub(crate) last_successful_request: Option<Timestamp>,
    pub(crate) last_request: Option<Timestamp>,
    pub(crate) failure: Option<Failure>,
    /// Timers in nanoseconds of the last request, by OPA's names.
    pub(crate) metrics: BTreeMap<&'static str, u64>,
}

/// Why there is no newer revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    /// What is wrong with the policies, in OPA's form.
    pub(crate) errors: Vec<Value>,
    /// The status with which the service refused.
    pub(crate) http_code: Option<u16>,
}

impl From<&DownloadError> for Failure {
    fn from(error: &DownloadError) -> Self {
        let http_code = match error {
            DownloadError::Status(status) => Some(*status),
            DownloadError::Other(_) => None,
        };
        Self { message: error.to_string(), errors: Vec::new(), http_code }
    }
}

impl From<ActivationError> for Failure {
    fn from(error: ActivationError) -> Self {
        Self { message: error.message, errors: error.errors, http_code: None }
    }
}

impl Status {
    /// Whether a revision was activated since the start.
    pub(crate) fn is_active(&self) -> bool {
        self.last_successful_activation.is_some()
    }

    /// As OPA reports it.
    pub(crate) fn to_json(&self) -> String {
        let mut fields = vec![format!("\"name\":{}", json_string(&self.name))];
        let mut put = |key: &str, value: String| fields.push(format!("\"{key}\":{value}"));
        let time = |time: Option<Timestamp>| match time {
            Some(time) => json_string(&time.to_string()),
            // Go's zero.
            None => "\"0001-01-01T00:00:00Z\"".to_owned(),
        };
        if !self.active_revision.is_empty() {
            put("active_revision", json_string(&self.active_revision));
        }
        put("last_successful_activation", time(self.last_successful_activation));
        if !self.kind.is_empty() {
            put("type", json_string(self.kind));
        }
        if self.size > 0 {
            put("size", self.size.to_string());
        }
        put("last_successful_download", time(self.last_successful_download));
        put("last_successful_request", time(self.last_successful_request));
        put("last_request", time(self.last_request));
        if let Some(failure) = &self.failure {
            put("code", "\"bundle_error\"".to_owned());
            put("message", json_string(&failure.message));
            if !failure.errors.is_empty() {
                let errors: Vec<String> = failure.errors.iter().map(Value::to_json).collect();
                put("errors", format!("[{}]", errors.join(",")));
            }
        }
        if !self.metrics.is_empty() {
            let metrics: Vec<String> =
                self.metrics.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            put("metrics", format!("{{{}}}", metrics.join(",")));
        }
        if let Some(code) = self.failure.as_ref().and_then(|failure| failure.http_code) {
            put("http_code", code.to_string());
        }
        format!("{{{}}}", fields.join(","))
    }
}
