//! `portcullis diff`: looks for inputs that two versions of a policy decide otherwise.

mod approvals;
mod log;
pub(super) mod saved;
pub(super) mod versions;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis::diff::{Compared, Start, Until, Versions, compare};
use portcullis::probe::corpus::Budget;
use portcullis::suite::run::Clock as _;

use super::input::PolicyArgs;
use super::trust::TrustArgs;
use crate::clock::MonotonicClock;
use crate::configuration::{self, Found};
use crate::exit::Exit;
use crate::go_duration;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::load::io_reason;
use crate::policy_set::Failure;
use crate::report::diff::{self as report, Told};
use approvals::Approvals;
use log::Entry;
use saved::Saved;
use versions::{Loaded, Named};

/// Look for inputs that two versions of a policy decide otherwise
///
/// Starts from the inputs of the tests of both versions, and changes them in one respect after the other. OLD and NEW are files,
/// directories or bundles; `git:REV` is the other path at a revision, `git:REV:PATH` or `REV:PATH` a path at one. With --baseline
/// the working tree is compared with a revision. Exit codes: 0 nobody is let in who was not; 1 somebody is, and nobody approved it;
/// 2 could not compare.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis diff old new\n  portcullis diff --baseline origin/main policies testcases\n  portcullis diff git:v1.2.0 policies\n  portcullis diff --baseline HEAD policies -f markdown > comment.md"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// OLD and NEW; with --baseline the files and directories to load, policies and tests
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// Compare the paths with what they were at this git revision
    #[arg(long, value_name = "REF")]
    baseline: Option<String>,
    /// The decision, as in data.authz.allow; repeatable. By default those that METADATA marks with `entrypoint: true`
    #[arg(long, value_name = "RULE")]
    decision: Vec<String>,
    /// How many inputs to ask both versions about
    #[arg(long, value_name = "N", default_value_t = CASES)]
    cases: u64,
    /// How long to look, with a unit; what was found until then is told
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "1m")]
    time: Duration,
    /// How many threads work; one for each processor unless given
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Ask both about the inputs of this decision log too: in OPA's format, a JSON object a line or an array of them
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// How to write differences
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// The differences that somebody approved; they are told and don't fail
    #[arg(long, value_name = "FILE", default_value = APPROVALS)]
    approvals: PathBuf,
    /// Approve the difference with this ID; --reason says why
    #[arg(long, value_name = "ID", requires = "reason")]
    approve: Option<String>,
    /// Why it is approved
    #[arg(long, value_name = "TEXT", requires = "approve")]
    reason: Option<String>,
    /// Read this configuration file instead of the nearest portcullis.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The formats for differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Pretty,
    /// One document with everything
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub workflows
    Github,
    /// For a comment on a pull request
    Markdown,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match compared(args, io) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(io);
            Exit::Two
        }
    }
}

fn compared(args: &Args, io: &mut Io) -> Result<Exit, Failure> {
    let named = Named::of(&args.paths, args.baseline.as_deref())?;
    let found = configuration::find(args.config.as_deref(), named.present())?;
    let decisions = if args.decision.is_empty() { configured(&found) } else { args.decision.clone() };
    let trust = args.trust.trust(io).map_err(Failure::of_refusal)?;
    let policy = args.policy.clone().with_trust(trust);
    let mut approvals = Approvals::read(&args.approvals)?;
    let logged = args.log.as_deref().map(log::read).transpose()?.unwrap_or_default();
    let loaded = named.load(&policy, &decisions)?;
    let asked = Asked { cases: args.cases, time: args.time, jobs: args.jobs, logged: &logged };
    let compared = asked.of(&loaded, io);
    if let (Some(id), Some(reason)) = (&args.approve, &args.reason) {
        let found = compared.iter().flat_map(|compared| &compared.differences);
        approvals.add(id, reason, &found.map(|difference| difference.id.as_str()).collect())?;
    }
    let told = Told { compared, loaded: &loaded, approved: approvals.reasons() };
    Saved::here().write(&named, &told)?;
    let text = match args.format {
        Format::Pretty => report::pretty(&told),
        Format::Json => report::json(&told),
        Format::Sarif => report::sarif(&told),
        Format::Github => report::github(&told),
        Format::Markdown => report::markdown(&told),
    };
    let written = io.write(text.as_bytes(), Exit::Two);
    Ok(if written != Exit::Success || !told.fails() { written } else { Exit::One })
}

/// Compares paths with what they were at a revision, and tells on stderr, since other commands have their results on stdout; whether
/// somebody is let in who was not.
///
/// # Errors
/// What can't be loaded or compiled, and decisions that can't be told.
pub(super) fn with_baseline(
    revision: &str,
    paths: &[String],
    decisions: &[String],
    policy: &PolicyArgs,
    io: &mut Io,
) -> Result<bool, Failure> {
    let named = Named::of(paths, Some(revision))?;
    let approvals = Approvals::read(Path::new(APPROVALS))?;
    let loaded = named.load(policy, decisions)?;
    let asked = Asked { cases: CASES, time: TIME, jobs: None, logged: &[] };
    let compared = asked.of(&loaded, io);
    let told = Told { compared, loaded: &loaded, approved: approvals.reasons() };
    Saved::here().write(&named, &told)?;
    io.out.flush().map_err(|error| Failure::of_message(&io_reason(&error)))?;
    io.note(format_args!("compared with {revision}:\n\n{}", report::pretty(&told).trim_end()));
    Ok(told.fails())
}

/// The decisions that a configuration names.
pub(super) fn configured(found: &Found) -> Vec<String> {
    found.config.probe.decisions.iter().map(|setting| setting.text.clone()).collect()
}

/// How much is asked of two versions.
#[derive(Debug)]
struct Asked<'a> {
    cases: u64,
    time: Duration,
    jobs: Option<NonZeroUsize>,
    logged: &'a [Entry],
}

impl Asked<'_> {
    /// Compares all decisions.
    fn of(&self, loaded: &Loaded, io: &mut Io) -> Vec<Compared> {
        let warnings: BTreeSet<&String> = loaded.old.warnings.iter().chain(&loaded.new.warnings).collect();
        for warning in warnings {
            io.warning(warning);
        }
        let interrupt = Interrupt::watch();
        let clock = MonotonicClock::new();
        let is_over = || interrupt.is_asked() || clock.now() > self.time;
        let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let budget = Budget {
            inputs: self.cases,
            of_each: usize::MAX,
            is_over: &is_over,
            jobs: self.jobs.unwrap_or(processors),
        };
        let compared = loaded.decisions.iter().map(|decision| {
            let (old, new) = (loaded.old.subject(decision), loaded.new.subject(decision));
            let mut starts: Vec<Start> =
                self.logged.iter().filter_map(|entry| entry.start(decision)).collect();
            starts.extend(loaded.new.seeds(&new, budget.jobs).iter().map(|seed| Start::of(seed, &new)));
            starts.extend(loaded.old.seeds(&old, budget.jobs).iter().map(|seed| Start::of(seed, &old)));
            compare(Versions { old: &old, new: &new }, &starts, budget, Until::Spent)
        });
        let compared = compared.collect();
        if interrupt.is_asked() {
            io.warning("stopped: what was found until then is told, and not everything was looked at");
        }
        compared
    }
}

/// How many inputs are asked about, and how long, unless the user says otherwise.
const CASES: u64 = 100_000;
const TIME: Duration = Duration::from_mins(1);

/// Where approvals are kept.
const APPROVALS: &str = "portcullis-diff-approvals";
