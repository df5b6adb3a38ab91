//! How much is tried for properties.

use portcullis::property::PropertySet;
use portcullis::property::arena::Settings;

use crate::command::test::jobs;

/// How much is tried for properties.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::command) struct PropertyArgs {
    /// How many inputs to try for each property; 2000 unless given here or in the property's file
    #[arg(long, value_name = "N")]
    pub(in crate::command) cases: Option<u64>,
    /// Which inputs to try: the same number gives the same ones
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::command) seed: u64,
    /// How many evaluations may make a counterexample smaller
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(in crate::command) shrink_limit: u64,
    /// How many threads make inputs; 0 means one for each processor.
    #[arg(skip)]
    pub(in crate::command) jobs: i64,
}

impl PropertyArgs {
    /// What is tried for the properties of a set.
    pub(super) fn of(&self, set: &PropertySet) -> Settings {
        let usual = Settings::default();
        Settings {
            cases: self.cases.or(set.budget.inputs).unwrap_or(usual.cases),
            seed: self.seed,
            shrink_limit: self.shrink_limit,
            jobs: jobs(self.jobs),
        }
    }
}
