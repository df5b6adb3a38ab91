//! `portcullis test`: runs the Rego tests and table suites of policies.

mod aftermath;
mod baseline;
mod benchmark;
mod changed;
mod coverage;
mod fingerprint;
mod last_failed;
pub(super) mod plan;
pub(super) mod properties;
pub(super) mod reports;
mod select;
mod settings;
mod suites;
mod target;
mod watch;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Parser as _;
use portcullis::policy::Cancel;
use portcullis::suite::run::{self, Clock, Explain, RunOptions};
use portcullis::suite::{Cases, Event, Summary, TestResult, Verdict};

use super::coverage::enough::{Demands, Lines};
use super::input::PolicyArgs;
use super::trust::TrustArgs;
use crate::clock::MonotonicClock;
use crate::engine::{BuiltEngine, BuiltinErrors, EngineArgs};
use crate::exit::Exit;
use crate::go_duration;
use crate::io::Io;
use crate::load::Walk;
use crate::plural::plural;
use crate::policy_set::Failure;
use crate::progress::Progress;
use crate::report::coverage_format::Covered;
use crate::report::divergence;
use crate::report::failures;
use crate::report::format::{Detail, Format, Setup};
use aftermath::Aftermath;
use baseline::BaselineArgs;
use benchmark::BenchmarkArgs;
use coverage::CoverageArgs;
use last_failed::LastFailed;
use plan::{Inventory, Plan};
use properties::PropertyArgs;
use reports::{Json, ReportArgs, Targets};
use select::SelectArgs;
use settings::SettingsArgs;
use target::Arguments;

/// Run Rego tests, table suites and properties
///
/// Rego tests are found and judged as `opa test` does. Files named *.suite.yaml, *.suite.yml or *.suite.json are
/// tables of decisions and run with them, and so are properties, which are tried on many inputs: files named
/// *.properties.yaml, what METADATA says, and rules called property_. Exit codes: 0 all passed; 1 could not run; 2 a test failed, errored or was
/// skipped.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis test policies testcases\n  portcullis test policies -v --run data.agentweave.authz_test\n  portcullis test policies testcases --run 'agentweave revocation/the caller is banned'\n  portcullis test -b bundle/ -f json\n  portcullis test policies --report junit=junit.xml --report github"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Files and directories to load; `FILE:LINE` runs only the test there
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    properties: PropertyArgs,
    /// Show passed tests and their output too, and explain failures
    #[arg(short, long, value_name = "BOOL", value_parser = go_bool)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    verbose: Option<bool>,
    /// Show what made tests fail: what decided, the values and how they differ; on stdout when given, else on stderr
    #[arg(long, value_name = "BOOL", value_parser = go_bool)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    var_values: Option<bool>,
    /// Give up on a test after this time, 5s unless given; 0 means 5s
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse)]
    timeout: Option<Duration>,
    /// How many tests run at once; 0, or no such flag, means one for each processor
    #[arg(short, long, visible_alias = "jobs", value_name = "N", allow_negative_numbers = true)]
    parallel: Option<i64>,
    /// Run everything so many times; ends with the first run that is not clean
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    count: i64,
    /// Skipped tests alone give exit code 0
    #[arg(short = 'z', long, value_name = "BOOL", value_parser = go_bool)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    exit_zero_on_skipped: Option<bool>,
    /// Exit with 1 when no test ran
    #[arg(long, value_name = "BOOL", value_parser = go_bool)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    fail_on_empty: Option<bool>,
    #[command(flatten)]
    reports: ReportArgs,
    #[command(flatten)]
    coverage: CoverageArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    benchmark: BenchmarkArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

impl Args {
    /// Of a run without which nothing is released: there are tests, all pass, and so many percent of the lines are covered.
    ///
    /// # Errors
    /// A number of percent that is none.
    pub(super) fn required(
        policy: &PolicyArgs,
        trust: &TrustArgs,
        paths: &[String],
        coverage: Option<f64>,
    ) -> Result<Self, String> {
        let threshold = coverage.map(|percent| format!("--threshold={percent}"));
        let flags = ["test", "--fail-on-empty"].map(str::to_owned).into_iter().chain(threshold);
        let words = flags.chain(["--".to_owned()]).chain(paths.iter().cloned());
        let parsed = Alone::try_parse_from(words).map_err(|error| error.to_string())?;
        Ok(Self { policy: policy.clone(), trust: trust.clone(), ..parsed.args })
    }
}

/// The arguments without a command before them.
#[derive(Debug, clap::Parser)]
struct Alone {
    #[command(flatten)]
    args: Args,
}

/// The files that suites and properties name as data or rows: they are no part of the policy.
pub(super) fn claimed_by_suites(walk: &Walk) -> Vec<PathBuf> {
    let mut claimed = suites::Suites::read(&walk.suites()).claimed;
    claimed.extend(properties::Properties::read(&walk.properties()).claimed);
    claimed
}

pub(crate) fn run(given: &Args, io: &mut Io) -> Exit {
    let prepared = settings::apply(given.clone()).and_then(|mut args| {
        let trust = args.trust.trust(io).map_err(Failure::of_refusal)?;
        args.policy = args.policy.with_trust(trust);
        let arguments = Arguments::read(&args.paths)?;
        Ok((args, arguments))
    });
    let (mut args, arguments) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => return could_not_run(&failure, io),
    };
    let targets = match args.reports.targets() {
        Ok(targets) => targets,
        Err(error) => {
            io.error(error);
            return Exit::One;
        }
    };
    if let Err(message) = args.benchmark.check(&args.coverage, &targets) {
        return refuse(&message, io);
    }
    let is_measured = args.coverage.is_wanted(&targets);
    // What some of the tests cover, or those that a change matters to, says nothing about all.
    let is_part = !given.select.narrowing().is_empty() || !arguments.places.is_empty() || given.select.watch;
    if is_part && args.coverage.enough.forgo() && is_measured {
        io.note("what the configuration demands of coverage is for runs of all tests, and does not count for this one");
    }
    let mut baseline = args.baseline.clone();
    let args = &args;
    let demands = if is_measured { args.coverage.enough.demands() } else { Ok(Demands::default()) };
    let demands = match demands {
        Ok(demands) => demands,
        Err(message) => return refuse(&message, io),
    };
    if targets.order_is_lost() {
        io.warning("--sort is only supported with JSON format");
    }
    let memory = LastFailed::of(&arguments.paths);
    if args.select.watch {
        return watch::run(args, &arguments, (&targets, &memory, &demands), io);
    }
    let built = args.engine.build_for(BuiltinErrors::Undefined, args.coverage.purpose(&targets));
    let inventory =
        Inventory::with_properties(&args.policy, &*built.engine, &arguments.paths, Some(&args.properties));
    let plan = inventory.and_then(|inventory| {
        inventory.warnings.iter().for_each(|warning| io.warning(warning));
        if !is_part {
            baseline.declared = inventory.declared.baselines();
        }
        select::plan(args, &*built.engine, &arguments, inventory, &memory, io)
    });
    let mut plan = match plan {
        Ok(plan) => plan,
        Err(failure) => return could_not_run(&failure, io),
    };
    let (each, runs) = args.benchmark.repetitions(args);
    plan.repeat(each);
    if plan.tests.is_empty() && args.fail_on_empty != Some(true) {
        io.warning(no_test(&args.select));
    }
    let exit = run_all(args, &plan, runs, (&targets, &memory, &demands), &built, io);
    baseline.compare(&args.policy, &arguments.paths, exit, io)
}

/// Runs everything so many times, until a run is not clean.
fn run_all(
    args: &Args,
    plan: &Plan,
    runs: i64,
    (targets, memory, demands): (&Targets, &LastFailed, &Demands),
    built: &BuiltEngine,
    io: &mut Io,
) -> Exit {
    for _ in 0..runs {
        match run_once(args, plan, (targets, memory, demands), io) {
            Ok(Exit::Success) if divergence::tell(built, io) => return Exit::Two,
            Ok(Exit::Success) => {}
            Ok(exit) => {
                divergence::tell(built, io);
                return exit;
            }
            Err(exit) => return exit,
        }
    }
    Exit::Success
}

fn could_not_run(failure: &Failure, io: &mut Io) -> Exit {
    failure.tell(io);
    Exit::One
}

/// Why there may be nothing to run.
fn no_test(select: &SelectArgs) -> String {
    match select.narrowing().split_last() {
        None => "no test was found: names start with test_, tables are in *.suite.yaml".to_owned(),
        Some((flag, [])) => format!("no test matches {flag}"),
        Some((last, others)) => format!("no test matches {} and {last}", others.join(", ")),
    }
}

/// Runs every test once. An `Err` is how the command ends because a report could not be written.
fn run_once(
    args: &Args,
    plan: &Plan,
    (targets, memory, demands): (&Targets, &LastFailed, &Demands),
    io: &mut Io,
) -> Result<Exit, Exit> {
    let verbose = args.verbose == Some(true);
    let detail = match (verbose, args.var_values) {
        (true, _) => Detail::Everything,
        (false, Some(true)) => Detail::Explained,
        (false, None | Some(false)) => Detail::Problems,
    };
    let aside = explains_aside(args, targets);
    let explain = if args.var_values == Some(false) { Explain::Nothing } else { Explain::Failures };
    let json = if plan.tests.is_empty() { Json::Results } else { args.coverage.json(targets) };
    let setup = Setup { sources: &plan.sources, detail, order: targets.order };
    let mut reports = targets.start(setup, json);
    let recorder = args.coverage.recorder(targets);
    let mut progress = Progress::new(plan.tests.len(), io.err_is_terminal);
    let clock = MonotonicClock::new();
    let cancel = Cancel::default();
    let timeout = args.timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(DEFAULT_TIMEOUT);
    let choice = args.select.choice();
    let mut aftermath = Aftermath::new(&args.select, plan.tests.len());
    let measure = args.benchmark.time();
    let options = RunOptions {
        jobs: if measure.is_some() { NonZeroUsize::MIN } else { jobs(args.parallel.unwrap_or_default()) },
        timeout,
        cancel: &cancel,
        clock: &clock,
        recorder: recorder.as_ref(),
        explain,
        repeat: args.select.repeat,
        after_failure: args.select.after_failure(),
        cases: Some(&choice),
        measure,
    };
    let mut without_cases = Vec::new();
    let mut sink = |event: Event| {
        if matches!(event, Event::Finished(_)) {
            progress.step();
        }
        if let Event::Finished(result) = &event {
            without_cases.extend(no_case(result));
        }
        aftermath.event(&event);
        let mut go_on = progress.aside(|| reports.event(&event, &mut io.out));
        if let (true, Event::Finished(result)) = (aside, &event) {
            // Plain output stays as OPA's, to the letter; what is beyond it goes where people look.
            go_on &= progress.aside(|| tell_why(result, io)).is_ok();
        }
        if !go_on {
            cancel.cancel();
        }
    };
    let summary = run::run(&plan.tests, &options, &mut sink).map_err(|error| io.failed_to_write(&error))?;
    progress.finish();
    let measured = recorder.map(|recorder| args.coverage.measure(&recorder, &plan.measured)).transpose();
    let measured = measured.map_err(|message| refuse(&message, io))?;
    let missed = measured.as_ref().map(|coverage| demands.missed(coverage)).unwrap_or_default();
    if let Some(coverage) = &measured {
        let covered = Covered { coverage, tests: demands.tests(), is_enough: missed.is_nothing() };
        reports.covered(&covered, &mut io.out);
    }
    reports.finish(io)?;
    if plan.tests.is_empty() {
        return Ok(nothing_ran(args, io));
    }
    if summary.total() == 0 && !cancel.is_cancelled() {
        // Tests were planned whose cases then all were others than those that are chosen.
        if args.fail_on_empty != Some(true) {
            io.warning(no_test(&args.select));
        }
        return Ok(nothing_ran(args, io));
    }
    for warning in without_cases {
        io.warning(warning);
    }
    if targets.stdout() == Format::Pretty && io.err_is_terminal {
        io.out.flush().map_err(|error| io.failed_to_write(&error))?;
        let took = go_duration::format(round(clock.now()));
        io.note(format_args!(
            "{} from {} in {took}",
            plural(summary.total(), "test"),
            plural(plan.files, "file")
        ));
    }
    if args.select.slowest.is_some() {
        io.out.flush().map_err(|error| io.failed_to_write(&error))?;
    }
    aftermath.finish(memory, &plan.paths, io);
    let exit = exit(args, summary);
    let Some(coverage) = measured else { return Ok(exit) };
    if args.coverage.is_lost(targets) {
        io.warning("coverage is not shown: give the report of the tests a file, as in --report junit=FILE");
    }
    io.out.flush().map_err(|error| io.failed_to_write(&error))?;
    let all_passed = summary.failed + summary.errored == 0;
    if json == Json::Coverage && !all_passed {
        return Ok(exit);
    }
    if all_passed {
        demands.update(&coverage).map_err(|message| refuse(&message, io))?;
    } else {
        demands.keep("a test did not pass", io);
    }
    let told = demands.tell(&missed, Lines::of(verbose), &coverage, io).unwrap_or(Exit::Success);
    Ok(if exit == Exit::Success { told } else { exit })
}

/// Whether failures are explained on stderr: when what goes to stdout has no place for that.
fn explains_aside(args: &Args, targets: &Targets) -> bool {
    let is_bare = match targets.stdout() {
        Format::Pretty => args.verbose != Some(true),
        Format::Gobench => true,
        Format::Json
        | Format::Junit
        | Format::Tap
        | Format::Sarif
        | Format::Github
        | Format::Lcov
        | Format::Cobertura
        | Format::Html
        | Format::Coverage
        | Format::OpaCoverage => false,
    };
    is_bare && args.var_values.is_none()
}

fn refuse(message: &str, io: &mut Io) -> Exit {
    io.error(message);
    Exit::One
}

fn nothing_ran(args: &Args, io: &mut Io) -> Exit {
    if args.fail_on_empty != Some(true) {
        return Exit::Success;
    }
    // To the letter, for scripts that look for it.
    io.note("no tests were run");
    Exit::One
}

/// Says on stderr what made a test fail.
fn tell_why(result: &TestResult, io: &mut Io) -> std::io::Result<()> {
    let mut text = failures::text(result).into_bytes();
    failures::write_printed(result, &mut text)?;
    let text = String::from_utf8_lossy(&text);
    if !text.is_empty() {
        io.out.flush()?;
        io.note(text.trim_end());
    }
    Ok(())
}

/// A warning about a parameterised test that passes, as in OPA, because it came to no case.
fn no_case(result: &TestResult) -> Option<String> {
    let is_empty = result.verdict == Verdict::Pass && result.cases.as_ref().is_some_and(Cases::is_empty);
    let TestResult { id, location, .. } = result;
    is_empty.then(|| {
        format!(
            "{id} passes without a case ({}:{}): there is none, or an expression before the keys does not hold",
            location.file, location.row
        )
    })
}

fn exit(args: &Args, summary: Summary) -> Exit {
    let skipped = summary.skipped > 0 && args.exit_zero_on_skipped != Some(true);
    if summary.failed > 0 || summary.errored > 0 || skipped { Exit::Two } else { Exit::Success }
}

/// A truth value as Go reads it from a flag, as in `-v=false`.
pub(super) fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

/// As OPA: one for each processor unless a positive number is given.
pub(super) fn jobs(parallel: i64) -> NonZeroUsize {
    let given = usize::try_from(parallel).ok().and_then(NonZeroUsize::new);
    given.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// To whole milliseconds, or microseconds below one: nobody reads more digits of a wall clock.
fn round(duration: Duration) -> Duration {
    let unit: u128 = if duration >= Duration::from_millis(1) { 1_000_000 } else { 1_000 };
    let nanos = duration.as_nanos() / unit * unit;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// As OPA's.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
