//! What each test rests on, to be compared with what it rested on before.

use std::collections::BTreeMap;

use portcullis::suite::TestId;
use portcullis::suite::selection::Digest;

use super::plan::{Inventory, Planned};
use crate::policy_set::Failure;

/// The digests of tests: of what each asks and expects, and of everything in policies and data that it can reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Fingerprints {
    by_test: BTreeMap<TestId, Digest>,
}

impl Fingerprints {
    /// Those of all tests.
    ///
    /// # Errors
    /// Policies that can't be compiled.
    pub(super) fn of(inventory: &Inventory) -> Result<Self, Failure> {
        let mut by_test = BTreeMap::new();
        for (index, set) in inventory.sets.iter().enumerate() {
            let cones = set.policies.cones(&set.renames)?;
            for Planned { test, asks, content, .. } in inventory.tests.iter().filter(|test| test.set == index)
            {
                let digest = content.with_digest(cones.digest(asks));
                // Tests that wait to be written may share a name.
                let known = by_test.entry(test.id.clone()).or_insert(Digest::default());
                *known = known.with_digest(digest);
            }
        }
        Ok(Self { by_test })
    }

    /// Whether a test may answer otherwise than before: what it rests on is not the same, or it is new.
    pub(super) fn differs(&self, before: &Self, id: &TestId) -> bool {
        self.by_test.get(id) != before.by_test.get(id)
    }
}
