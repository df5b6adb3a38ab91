//! Tries properties for a part of the time.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portcullis::eval::NativeEngine;
use portcullis::host::{Host as _, SealedHost};
use portcullis::policy::Cancel;
use portcullis::suite::run::{self, AfterFailure, Explain, RunOptions};
use portcullis::suite::{Event, Test, TestBody, TestResult};

use super::Args;
use crate::clock::MonotonicClock;
use crate::command::input::PolicyArgs;
use crate::command::test::plan::Inventory;
use crate::command::test::properties::{PropertyArgs, Tried};
use crate::host::{Machine, Network};
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::progress::Progress;
use crate::report::probe::Property;

/// What became of the properties below the paths. The cases that break them are written down.
///
/// # Errors
/// What can't be loaded or compiled, and threads that can't be started.
pub(super) fn tried(
    args: &Args,
    policy: &PolicyArgs,
    jobs: NonZeroUsize,
    interrupt: &Interrupt,
    io: &mut Io,
) -> Result<Vec<Property>, Failure> {
    let settings = PropertyArgs {
        cases: Some(args.cases),
        seed: args.seed,
        shrink_limit: args.shrink_limit,
        jobs: i64::try_from(jobs.get()).unwrap_or_default(),
    };
    let host = SealedHost { now: Machine::new(Network::Denied).now(), seed: args.seed };
    let engine = NativeEngine::new(Arc::new(host));
    let inventory = Inventory::with_properties(policy, &engine, &args.paths, Some(&settings))?;
    let tests: Vec<Test> = inventory.tests.into_iter().map(|planned| planned.test).collect();
    let count = tests.iter().filter(|test| matches!(test.body, TestBody::Property { .. })).count();
    let share = share(args.time / 2, jobs, count);
    let tests: Vec<Test> = tests.into_iter().filter_map(|test| with_time(test, share)).collect();
    let cancel = Cancel::default();
    let options = RunOptions {
        jobs,
        timeout: share,
        cancel: &cancel,
        clock: &MonotonicClock::new(),
        recorder: None,
        explain: Explain::Nothing,
        repeat: NonZeroUsize::MIN,
        after_failure: AfterFailure::GoOn,
        cases: None,
        measure: None,
    };
    let mut results = Vec::new();
    let mut progress = Progress::of_properties(tests.len(), io.err_is_terminal);
    let mut remembered = Tried::default();
    let mut sink = |event: Event| {
        if let Event::Finished(result) = event {
            progress.step();
            remembered.take(&result);
            results.push(result);
        }
        if interrupt.is_asked() {
            cancel.cancel();
        }
    };
    run::run(&tests, &options, &mut sink)
        .map_err(|error| Failure::of_message(&format!("properties can't be tried: {error}")))?;
    progress.finish();
    remembered.save(&args.paths, io);
    let tried = |result: &TestResult| {
        let test = tests.iter().find(|test| test.id == result.id)?;
        let TestBody::Property { check, .. } = &test.body else { return None };
        check.tried.get().copied()
    };
    Ok(results.into_iter().map(|result| Property { tried: tried(&result), result }).collect())
}

/// How long each of so many properties may be tried.
fn share(time: Duration, jobs: NonZeroUsize, count: usize) -> Duration {
    let [jobs, count] =
        [jobs.get().min(count), count].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    time.saturating_mul(jobs).checked_div(count).unwrap_or(time)
}

/// A property with its time; nothing for other tests.
fn with_time(test: Test, share: Duration) -> Option<Test> {
    let Test { id, location, body } = test;
    match body {
        TestBody::Property { check, .. } => {
            Some(Test { id, location, body: TestBody::Property { check, time: share } })
        }
        TestBody::Rego { .. }
        | TestBody::Cases { .. }
        | TestBody::Table { .. }
        | TestBody::Broken(_)
        | TestBody::Skipped { .. } => None,
    }
}
