//! What became of properties, for the file of cases that are tried again.

use std::collections::BTreeMap;

use portcullis::property::check::Saved as SavedCase;
use portcullis::suite::{Failure, TestId, TestResult, Verdict};

use crate::command::probe::saved::Saved;
use crate::io::Io;

/// The properties that were tried, each with the case that breaks it.
#[derive(Debug, Default)]
pub(in crate::command) struct Tried {
    by_name: BTreeMap<String, Option<SavedCase>>,
}

impl Tried {
    /// Takes in a result, if it is one of a property.
    pub(in crate::command) fn take(&mut self, result: &TestResult) {
        let TestId::Property { .. } = result.id else { return };
        match &result.verdict {
            Verdict::Pass => _ = self.by_name.insert(result.id.to_string(), None),
            Verdict::Fail(Failure::Refuted(found)) => {
                self.by_name.insert(result.id.to_string(), Some(found.again.clone()));
            }
            // What could not be tried is not mended.
            Verdict::Fail(_) | Verdict::Error(_) | Verdict::Skip { .. } => {}
        }
    }

    /// Writes down the cases, in the file of the project around these paths.
    pub(in crate::command) fn save(&self, paths: &[String], io: &mut Io) {
        if self.by_name.is_empty() {
            return;
        }
        if let Err(error) = Saved::of(paths).update_properties(&self.by_name) {
            io.warning(error);
        }
    }
}
