//! Loads what mutants are made of and tried on: policies, their decisions, and the tests.

use std::sync::Arc;

use portcullis::eval::NativeEngine;
use portcullis::frontend::ParsedModules;
use portcullis::host::{Host as _, SealedHost};
use portcullis::mutate::exam::Exam;
use portcullis::mutate::run::{Bed, Options, Set, Unready};
use portcullis::source::Sources;
use portcullis::suite::discovery;

use crate::command::input::PolicyArgs;
use crate::command::subject::Asked;
use crate::command::test::plan::Inventory;
use crate::host::{Machine, Network};
use crate::plural::plural;
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// Policies, and what tests there are.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The policies of the run and their decisions.
    pub(super) asked: Asked,
    /// The modules of the run.
    pub(super) modules: ParsedModules,
    engine: NativeEngine,
    inventory: Inventory,
}

impl Loaded {
    /// Loads what the paths name.
    ///
    /// # Errors
    /// What can't be loaded or compiled; a policy whose decisions can't be told.
    pub(super) fn new(args: &PolicyArgs, paths: &[String], named: &[String]) -> Result<Self, Failure> {
        let now = Machine::new(Network::Denied).now();
        let engine = NativeEngine::new(Arc::new(SealedHost { now, seed: SEED }));
        let inventory = Inventory::new(args, &engine, paths)?;
        let asked = Asked::load(args, paths, named, SEED)?;
        let run = inventory.run().ok_or_else(|| Failure::of_message("there is no policy"))?;
        let modules = run.parsed().clone();
        Ok(Self { asked, modules, engine, inventory })
    }

    /// The texts of the modules.
    pub(super) fn sources(&self) -> &Sources {
        self.modules.sources()
    }

    /// Runs the tests as it is.
    ///
    /// # Errors
    /// Tests that don't pass.
    pub(super) fn bed(&self, options: Options<'_>) -> Result<Bed, Failure> {
        let sets = self.inventory.sets.iter().enumerate().map(|(at, tested)| {
            // Suites with policies of their own have no tests in Rego.
            let cases =
                if at == 0 { discovery::discover(&tested.policies.rules()).cases } else { Vec::new() };
            Set {
                modules: tested.policies.parsed().clone(),
                data: tested.policies.data.clone(),
                renames: tested.renames.clone(),
                cases,
            }
        });
        let exams = self.inventory.tests.iter().map(|planned| Exam {
            id: planned.test.id.clone(),
            set: planned.set,
            body: planned.test.body.clone(),
        });
        Bed::new(&self.engine, sets.collect(), exams.collect(), options).map_err(|unready| match unready {
            Unready::Failing(tests) => {
                let names: Vec<String> = tests.iter().take(SHOWN).map(ToString::to_string).collect();
                let more = if tests.len() > SHOWN { " and others" } else { "" };
                let message = format!(
                    "{} before anything is changed: {}{more}",
                    doesnt_pass(tests.len()),
                    names.join(", ")
                );
                let help = Some("run portcullis test, and mend what fails first".to_owned());
                Failure::of_refusal(Refusal { message, help })
            }
            Unready::Broken(diagnostics) => Failure::new(diagnostics, self.sources().clone()),
            Unready::Stopped => Failure::of_message("stopped before any mutant was tried"),
        })
    }
}

fn doesnt_pass(count: usize) -> String {
    format!("{} {} not pass", plural(count, "test"), if count == 1 { "does" } else { "do" })
}

/// What `rand` and `uuid` are made of.
const SEED: u64 = 1;
/// How many tests that don't pass are named.
const SHOWN: usize = 5;
