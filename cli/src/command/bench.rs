//! `portcullis bench`: measures how long a query takes.

use std::time::Duration;

use portcullis::policy::{Evaluation, Outcome, Prepared, Query, Request};
use portcullis::suite::measure;

use super::question::{QuestionArgs, query_failure};
use crate::clock::MonotonicClock;
use crate::engine::{BuiltinErrors, EngineArgs};
use crate::exit::Exit;
use crate::go_duration;
use crate::io::Io;
use crate::policy_set::{ErrorEntry, Failure};
use crate::report::bench::{self, Extent, Format, Measurement};
use crate::report::query;

/// Measure how long a query takes
///
/// Loads and compiles once, then evaluates again and again for a second. The measurements go to stdout. Allocations are
/// not measured. Exit codes: 0 measured; 1 could not measure, or the query is undefined.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis bench data.agentweave.authz.allow -d policies/agentweave -i input.json\n  portcullis bench -f gobench --count 10 data.p.allow -d p.rego | benchstat -"
)]
pub(crate) struct Args {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// How many times to measure
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// How long to measure each time
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "1s")]
    time: Duration,
    /// Tell of allocations; they are not measured, and the report says so
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    benchmem: bool,
    /// Tell percentiles too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    metrics: bool,
    /// End with 1 when the query is undefined
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    fail: bool,
    /// How to write the measurements
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match measure(args, io) {
        Ok(exit) => exit,
        Err(failure) if args.format == Format::Json => {
            let _ = io.write(query::failure(&failure.errors()).as_bytes(), Exit::One);
            Exit::One
        }
        Err(failure) => {
            failure.tell(io);
            Exit::One
        }
    }
}

fn measure(args: &Args, io: &mut Io) -> Result<Exit, Failure> {
    let input = args.question.input()?;
    let query = args.question.query()?;
    let policies = args.question.load(&args.question.trust(io)?)?;
    let built = args.engine.build(BuiltinErrors::Undefined);
    let policy = policies.compile(&*built.engine, &[])?;
    policies.check_query(&query.text)?;
    let mut prepared = policy
        .prepare(&Query::InModule(query.clone()))
        .map_err(|diagnostics| query_failure(diagnostics, &policies, &query))?;
    let request = Request { input: input.as_ref(), ..Request::default() };
    for _ in 0..args.count {
        let measurement = match args.once(&mut *prepared, &request) {
            Ok(measurement) => measurement,
            Err(entry) => return Ok(args.refuse(&entry, io)),
        };
        let extent = Extent { metrics: args.metrics, memory: args.benchmem };
        let written = io.write(bench::shown(&measurement, args.format, extent).as_bytes(), Exit::One);
        if written != Exit::Success {
            return Ok(written);
        }
    }
    Ok(Exit::Success)
}

impl Args {
    /// Evaluates until the time is over, after a tenth of it to warm up.
    fn once(&self, prepared: &mut dyn Prepared, request: &Request<'_>) -> Result<Measurement, ErrorEntry> {
        let mut samples = Vec::new();
        let judge = |evaluation: Evaluation, took: Option<Duration>| {
            samples.extend(took.map(|took| u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)));
            self.judge(&evaluation.outcome)
        };
        let measured =
            measure::measure(&MonotonicClock::new(), self.time, || prepared.evaluate(request), judge)?;
        Ok(Measurement { total: measured.total, samples })
    }

    /// An error, or an undefined answer unless that is asked for, is nothing to measure.
    fn judge(&self, outcome: &Outcome) -> Result<(), ErrorEntry> {
        let entry = |message: String, code, location| ErrorEntry { message, code, location, details: None };
        match outcome {
            Outcome::Undefined if self.fail => Err(entry("undefined result".to_owned(), None, None)),
            Outcome::Defined(_) | Outcome::Undefined => Ok(()),
            Outcome::Error(error) => {
                Err(entry(error.message.clone(), Some(error.code.as_str()), error.location.clone()))
            }
        }
    }

    fn refuse(&self, entry: &ErrorEntry, io: &mut Io) -> Exit {
        match self.format {
            Format::Json => {
                let _ = io.write(query::failure(std::slice::from_ref(entry)).as_bytes(), Exit::One);
            }
            Format::Pretty | Format::Gobench => io.error(&entry.message),
        }
        Exit::One
    }
}
