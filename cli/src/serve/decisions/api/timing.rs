//! How long the parts of a request took, for clients that ask for it.

use std::time::Duration;

use crate::report::json_document::Json;

/// Timers in nanoseconds and counters by OPA's names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Timing(Vec<(&'static str, u64)>);

impl Timing {
    /// Notes how long something took.
    pub(super) fn timer(&mut self, name: &'static str, took: Duration) {
        self.0.push((name, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)));
    }

    /// Notes how often something happened.
    pub(super) fn counter(&mut self, name: &'static str, count: u64) {
        self.0.push((name, count));
    }

    /// All of them as pairs.
    pub(super) fn pairs(&self) -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> =
            self.0.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        all.sort_unstable();
        all
    }

    /// All of them, sorted by name.
    pub(super) fn json(&self) -> Json<'static> {
        let mut all = self.0.clone();
        all.sort_unstable();
        let number = |number: u64| Json::Number(usize::try_from(number).unwrap_or(usize::MAX));
        Json::Object(all.into_iter().map(|(name, value)| (name, number(value))).collect())
    }
}
