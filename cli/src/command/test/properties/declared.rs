//! What files of properties say of decisions beside their properties: of the input, of findings, and what to compare with.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::policy::Rename;
use portcullis::probe::accepted::Accepted;
use portcullis::probe::contract::Contract;
use portcullis::probe::decision::Decision;
use portcullis::property::{Baseline, NewAllow, PropertySet};
use portcullis::source::Sources;

use crate::policy_set::{Failure, PolicySet};

/// The files of properties of a run.
#[derive(Debug, Clone, Default)]
pub(in crate::command) struct Declared {
    pub(super) sets: Vec<PropertySet>,
    pub(super) sources: Sources,
}

impl Declared {
    /// What they say of the input of a decision.
    pub(in crate::command) fn contract(&self, decision: &Decision) -> Contract {
        let mut contract = Contract::default();
        self.of(decision).for_each(|set| contract.add(set.contract()));
        contract
    }

    /// The findings that are as they should be, of all decisions.
    pub(in crate::command) fn accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.sets.iter().flat_map(|set| &set.accepted)
    }

    /// The revisions to compare with, each with its decisions and what it means that somebody is newly let in.
    pub(in crate::command) fn baselines(&self) -> Vec<(String, Vec<String>, NewAllow)> {
        let mut named: BTreeMap<(&str, bool), BTreeSet<String>> = BTreeMap::new();
        for set in &self.sets {
            let (Some(Baseline { revision, new_allow }), Some((path, _))) = (&set.baseline, &set.entrypoint)
            else {
                continue;
            };
            let decisions = named.entry((revision, *new_allow == NewAllow::Fails)).or_default();
            decisions.insert(Decision::at(path.to_vec()).name());
        }
        let each = named.into_iter().map(|((revision, fails), decisions)| {
            let new_allow = if fails { NewAllow::Fails } else { NewAllow::IsTold };
            (revision.to_owned(), decisions.into_iter().collect(), new_allow)
        });
        each.collect()
    }

    /// The policy, ready to be asked for what they derive of the input.
    ///
    /// # Errors
    /// What is wrong with the modules, or with the terms.
    pub(in crate::command) fn compile(
        &self,
        policies: &PolicySet,
        engine: &NativeEngine,
        renames: &[Rename],
    ) -> Result<NativePolicy, Failure> {
        let derives = |set: &&PropertySet| set.inputs.iter().any(|input| input.derived.is_some());
        let sets: Vec<&PropertySet> = self.sets.iter().filter(derives).collect();
        if sets.is_empty() {
            return policies.compile_native(engine, renames);
        }
        let compiled = policies.compile_properties(engine, renames, &sets);
        compiled.map_err(|errors| super::failure(errors, &self.sources, policies))
    }

    fn of(&self, decision: &Decision) -> impl Iterator<Item = &PropertySet> {
        self.sets
            .iter()
            .filter(|set| set.entrypoint.as_ref().is_some_and(|(path, _)| *path.as_ref() == *decision.path))
    }
}
