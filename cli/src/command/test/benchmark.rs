//! `--bench`: measures how long tests take, as `opa test --bench` does.

use std::time::Duration;

use super::coverage::CoverageArgs;
use super::reports::Targets;
use super::{Args, go_bool};
use crate::go_duration;
use crate::report::format::Format;

/// Whether and how to measure.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Benchmarks")]
pub(super) struct BenchmarkArgs {
    /// Measure how long the tests take that pass, one after the other; with --count, so many times each
    #[arg(long, value_name = "BOOL", value_parser = go_bool, default_value = "false", hide_default_value = true)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    bench: bool,
    /// With --bench, only false is accepted: allocations can't be measured
    #[arg(long, value_name = "BOOL", value_parser = go_bool)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    benchmem: Option<bool>,
    /// How long to measure each test
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "1s")]
    bench_time: Duration,
}

impl BenchmarkArgs {
    /// For how long each test is measured; none if that is not wanted.
    pub(super) fn time(&self) -> Option<Duration> {
        self.bench.then_some(self.bench_time)
    }

    /// How often each test is in the plan, and how often the plan runs. As with Go's benchmarks, and so that every report has
    /// all that was measured, a test is measured several times in one run.
    pub(super) fn repetitions(&self, args: &Args) -> (usize, i64) {
        if !self.bench {
            return (1, args.count);
        }
        (usize::try_from(args.count.max(1)).unwrap_or(usize::MAX), args.count.min(1))
    }

    /// Refuses what does not go together.
    ///
    /// # Errors
    /// What to say; where OPA refuses too, in its words.
    pub(super) fn check(&self, coverage: &CoverageArgs, targets: &Targets) -> Result<(), String> {
        let writes_times = targets.formats().any(|format| format == Format::Gobench);
        let refused = match (self.bench, writes_times) {
            (false, true) => Some("cannot use output format gobench without running benchmarks (--bench)"),
            (true, _) if coverage.is_wanted(targets) => {
                Some("coverage reporting is not supported when benchmarking tests")
            }
            (true, _) if self.benchmem == Some(true) => Some(
                "allocations can't be measured, only time: leave --benchmem out, or write --benchmem=false",
            ),
            (true | false, _) => None,
        };
        refused.map_or(Ok(()), |message| Err(message.to_owned()))
    }
}
