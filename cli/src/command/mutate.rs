//! `portcullis mutate`: changes policies a little, and looks whether the tests notice.

mod changed;
mod load;
mod ratchet;

use std::num::NonZeroUsize;

use portcullis::mutate::generate;
use portcullis::mutate::missing::Searched;
use portcullis::mutate::mutant::Mutant;
use portcullis::mutate::operators::{self, Operator};
use portcullis::mutate::run::{Fate, Options, Survived};
use portcullis::mutate::search::Search;
use portcullis::probe::subject::Subject;
use portcullis::suite::selection::Shard;

use super::input::PolicyArgs;
use super::trust::TrustArgs;
use crate::clock::MonotonicClock;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::progress::Progress;
use crate::report::mutation::{self as report, End, Told, Tried};
use load::Loaded;
use portcullis::suite::run::Clock as _;
use ratchet::{Held, RatchetArgs};

/// Change policies a little, and look whether the tests notice
///
/// Each mutant is one small change of a rule that a decision depends on: a condition is left out, a comparison is less exact. Those
/// that no test notices are listed, with an input that they decide otherwise as the test that is missing. Exit codes: 0 mutants were
/// tried; 1 they could not be, or the tests don't pass as it is; 2 the deny strength is below --threshold, or a mutant is not
/// noticed that --baseline doesn't list.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis mutate policies testcases\n  portcullis mutate policies testcases --changed origin/main --threshold 90\n  portcullis mutate policies --list\n  portcullis mutate policies testcases -f junit > mutants.xml"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Files and directories to load: policies, data, tests and table suites
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The decision, as in data.authz.allow; repeatable. By default those that METADATA marks with `entrypoint: true`
    #[arg(long, value_name = "RULE")]
    decision: Vec<String>,
    /// Only mutants on lines that were changed since this revision of git
    #[arg(long, value_name = "REVISION")]
    changed: Option<String>,
    /// Only part I of N of the mutants
    #[arg(long, value_name = "I/N", value_parser = Shard::parse)]
    shard: Option<Shard>,
    /// Only mutants by these operators, as in literal-drop; repeatable
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = operator)]
    operator: Vec<&'static Operator>,
    /// List the mutants and try none
    #[arg(long)]
    list: bool,
    /// Exit with 2 when fewer percent of the mutants that let more in are noticed
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    threshold: Option<f64>,
    #[command(flatten)]
    ratchet: RatchetArgs,
    /// How many inputs to look at for each mutant that no test notices, beside those that are known
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    cases: u64,
    /// How many threads work; one for each processor unless given
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// How to write the results
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The formats for mutants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Pretty,
    /// One document with all mutants
    Json,
    /// JUnit XML: a mutant is a test, one that no test notices a failure
    Junit,
    /// SARIF 2.1.0, for code scanning: mutants that no test notices
    Sarif,
    /// One page for browsers, without anything from elsewhere
    Html,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    mutated(args, io).unwrap_or_else(|failure| {
        failure.tell(io);
        Exit::One
    })
}

fn mutated(args: &Args, io: &mut Io) -> Result<Exit, Failure> {
    let clock = MonotonicClock::new();
    let ratchet = args.ratchet.ratchet().map_err(|error| Failure::of_message(&error))?;
    let trust = args.trust.trust(io).map_err(Failure::of_refusal)?;
    let policy = args.policy.clone().with_trust(trust);
    let loaded = Loaded::new(&policy, &args.paths, &args.decision)?;
    loaded.asked.warnings.iter().for_each(|warning| io.warning(warning));
    let mutants = chosen(args, &loaded)?;
    let mut told = Told {
        sources: loaded.sources().clone(),
        decisions: loaded.asked.decisions.iter().map(portcullis::probe::decision::Decision::name).collect(),
        tests: 0,
        tried: Vec::new(),
        is_complete: true,
        took: clock.now(),
    };
    if args.list {
        told.tried = mutants.into_iter().map(|mutant| Tried { mutant, end: End::Open }).collect();
        let text = match args.format {
            Format::Pretty => report::list(&told),
            Format::Json | Format::Junit | Format::Sarif => report::json(&told),
            Format::Html => report::html(&told),
        };
        return Ok(io.write(text.as_bytes(), Exit::One));
    }
    let interrupt = Interrupt::watch();
    let is_over = || interrupt.is_asked();
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let options = Options { jobs, is_over: &is_over };
    let bed = loaded.bed(options)?;
    told.tests = bed.tests();
    let progress = std::sync::Mutex::new(Progress::new(mutants.len(), io.err_is_terminal));
    let step = || {
        if let Ok(mut progress) = progress.lock() {
            progress.step();
        }
    };
    let fates = bed.try_all(&mutants, options, &step);
    // What it remembers of all tests is much.
    drop(bed);
    told.tried = ends(mutants, fates, args, &loaded, options);
    if let Ok(progress) = progress.lock() {
        progress.finish();
    }
    told.is_complete = !interrupt.is_asked();
    told.took = clock.now();
    let text = match args.format {
        Format::Pretty => report::pretty(&told),
        Format::Json => report::json(&told),
        Format::Junit => report::junit(&told).map_err(|error| Failure::of_message(&error))?,
        Format::Sarif => report::sarif(&told),
        Format::Html => report::html(&told),
    };
    let written = io.write(text.as_bytes(), Exit::One);
    if written != Exit::Success {
        return Ok(written);
    }
    if interrupt.is_asked() {
        io.warning("stopped: mutants that were not tried until then count as not noticed");
    }
    let held = ratchet.settle(&told, io).map_err(|error| Failure::of_message(&error))?;
    let enough = enough(args, &told, io);
    Ok(if held == Held::No { Exit::Two } else { enough })
}

/// The mutants that the flags leave.
fn chosen(args: &Args, loaded: &Loaded) -> Result<Vec<Mutant>, Failure> {
    let policy = &loaded.asked.policy;
    let mut mutants = generate::mutants(&loaded.modules, policy.program(), &loaded.asked.decisions);
    if !args.operator.is_empty() {
        mutants.retain(|mutant| args.operator.contains(&mutant.operator));
    }
    if let Some(revision) = &args.changed {
        let lines = changed::Lines::since(revision, loaded.sources())?;
        mutants.retain(|mutant| lines.hold(mutant.span));
    }
    if let Some(shard) = args.shard {
        let sources = loaded.sources();
        mutants.retain(|mutant| shard.holds_name(&report::identity(sources, mutant)));
    }
    Ok(mutants)
}

/// What came of the mutants, with a test for each that none noticed.
fn ends(
    mutants: Vec<Mutant>,
    fates: Vec<Fate>,
    args: &Args,
    loaded: &Loaded,
    options: Options<'_>,
) -> Vec<Tried> {
    let is_survivor = |fate: &Fate| matches!(fate, Fate::Survived(_));
    let search = fates.iter().any(is_survivor).then(|| {
        let subjects = loaded.asked.decisions.iter().map(|decision| loaded.asked.subject(decision));
        let seeds = |subject: &Subject| loaded.asked.seeds(subject, options.jobs);
        Search::new(subjects.collect(), &seeds, EXPLORED, options)
    });
    let survivors: Vec<(&Mutant, &Survived)> = mutants
        .iter()
        .zip(&fates)
        .filter_map(
            |(mutant, fate)| {
                if let Fate::Survived(survived) = fate { Some((mutant, survived)) } else { None }
            },
        )
        .collect();
    let searched = search.map(|search| search.find_all(&survivors, args.cases, options)).unwrap_or_default();
    let mut searched = searched.into_iter();
    let end = |fate: Fate| match fate {
        Fate::Unviable => End::Unviable,
        Fate::Killed(id) => End::Killed(id),
        Fate::NotRun => End::Open,
        Fate::Survived(Survived { tests, .. }) => {
            End::Survived { tests, searched: searched.next().unwrap_or(Searched::Stopped) }
        }
    };
    let ends: Vec<End> = fates.into_iter().map(end).collect();
    mutants.into_iter().zip(ends).map(|(mutant, end)| Tried { mutant, end }).collect()
}

fn enough(args: &Args, told: &Told, io: &mut Io) -> Exit {
    let (Some(wanted), Some(strength)) = (args.threshold, told.score().deny_strength()) else {
        return Exit::Success;
    };
    if strength >= wanted {
        return Exit::Success;
    }
    io.error(format_args!("the deny strength is {strength:.1} %, and {wanted} % are demanded"));
    Exit::Two
}

fn operator(id: &str) -> Result<&'static Operator, String> {
    operators::by_id(id).ok_or_else(|| {
        let ids: Vec<&str> = operators::ALL.iter().map(|operator| operator.id).collect();
        format!("operators are {}", ids.join(", "))
    })
}

fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.parse().map_err(|_| "write a number from 0 to 100".to_owned())?;
    if (0.0..=100.0).contains(&percent) {
        Ok(percent)
    } else {
        Err("write a number from 0 to 100".to_owned())
    }
}

/// How many inputs are tried to make the policy go different ways, before mutants are compared on those that do.
const EXPLORED: u64 = 4_000;
