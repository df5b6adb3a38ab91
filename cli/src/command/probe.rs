//! `portcullis probe`: looks for inputs that a policy allows and shouldn't.

mod confirm;
mod properties;
pub(super) mod saved;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use portcullis::config::ProbeSettings;
use portcullis::probe::accepted::About;
use portcullis::probe::corpus::{Budget, End};
use portcullis::probe::hunt::{self, Hunted, Reached, Seen};
use portcullis::probe::model::Model;
use portcullis::probe::probes::{self, Probe, Severity};
use portcullis::property::NewAllow;
use portcullis::source::Span;
use portcullis::suite::Verdict;
use portcullis::suite::run::Clock as _;

use super::diff;
use super::input::PolicyArgs;
use super::subject::Asked;
use super::trust::TrustArgs;
use crate::clock::{self, MonotonicClock};
use crate::configuration;
use crate::exit::Exit;
use crate::go_duration;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::progress::Progress;
use crate::report::placed::Place;
use crate::report::probe::{self as report, Judged, Told};
use confirm::Opa;
use saved::Saved;

/// Look for inputs that a policy allows and shouldn't
///
/// Starts from the inputs of the tests, changes them in one respect after the other, and reports pairs: an input that is denied, and
/// one that says less, or something broken, and is allowed. Hard findings are mistakes; those to review are facts about who gets in.
/// Properties are tried as `test` tries them, on more inputs, unless --probe is given.
/// Exit codes: 0 nothing, or only findings to review; 1 a hard finding, one to review with --strict, or a property that does not hold
/// or was not tested; 2 could not probe.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis probe policies testcases\n  portcullis probe policies --decision data.authz.allow --probe H2,H4\n  portcullis probe policies --explain-input\n  portcullis probe policies -f sarif > probe.sarif"
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
    /// Run only these probes, as in H2 or R1; repeatable
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = probe)]
    probe: Vec<&'static Probe>,
    /// Show what each decision reads of its input, and look no further
    #[arg(long)]
    explain_input: bool,
    /// How many inputs to look at before the probes run; each of those that go a way of their own is probed
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    cases: u64,
    /// How many evaluations may make the counterexample of a property smaller
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    shrink_limit: u64,
    /// How long to look, with a unit; what was found until then is told. Properties get half of it, and decisions
    /// share the rest
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "1m")]
    time: Duration,
    /// What `rand` and `uuid` are made of while policies are probed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many threads work; one for each processor unless given
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Then compare the policy with what it was at this git revision, as `portcullis diff` does, and fail if somebody is newly let in
    #[arg(long, value_name = "REF")]
    baseline: Option<String>,
    /// Let findings to review fail too
    #[arg(long)]
    strict: bool,
    /// Ask this OPA too, and tell which findings it has: a program, or none
    #[arg(long, value_name = "PROGRAM", default_value = "opa")]
    opa: String,
    /// How to write findings
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Read this configuration file instead of the nearest portcullis.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The formats for findings.
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
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match probed(args, io) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(io);
            Exit::Two
        }
    }
}

fn probed(args: &Args, io: &mut Io) -> Result<Exit, Failure> {
    let found = configuration::find(args.config.as_deref(), &args.paths)?;
    let settings = found.config.probe;
    let trust = args.trust.trust(io).map_err(Failure::of_refusal)?;
    let policy = args.policy.clone().with_trust(trust);
    let named = if args.decision.is_empty() {
        settings.decisions.iter().map(|setting| setting.text.clone()).collect()
    } else {
        args.decision.clone()
    };
    let interrupt = Interrupt::watch();
    let asked = Asked::load(&policy, &args.paths, &named, args.seed)?;
    asked.warnings.iter().for_each(|warning| io.warning(warning));
    if args.explain_input {
        return Ok(explain(&asked, io));
    }
    let clock = MonotonicClock::new();
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = args.jobs.unwrap_or(processors);
    let probes = if args.probe.is_empty() { probes::ALL.to_vec() } else { args.probe.clone() };
    let saved = Saved::of(&args.paths);
    let properties = if args.probe.is_empty() {
        properties::tried(args, &policy, jobs, &interrupt, io)?
    } else {
        Vec::new()
    };
    let mut hunts = Vec::new();
    let decisions = asked.decisions.iter();
    for (decision, still_to_come) in decisions.zip((1..=asked.decisions.len()).rev()) {
        // What one decision leaves of its share goes to those after it.
        let share = args.time.saturating_sub(clock.now()) / u32::try_from(still_to_come).unwrap_or(u32::MAX);
        let until = clock.now() + share;
        let is_over = || interrupt.is_asked() || clock.now() > until;
        let budget = Budget { inputs: args.cases, of_each: usize::MAX, is_over: &is_over, jobs };
        let subject = asked.subject(decision);
        let mut seeds = saved.seeds(&subject, jobs).map_err(|error| Failure::of_message(&error))?;
        seeds.extend(asked.seeds(&subject, jobs));
        let contract = asked.declared.contract(decision);
        let progress = Progress::of_inputs(io.err_is_terminal);
        let watch = |Seen { inputs, literals: Reached { both, all, .. } }: Seen| {
            progress.tell(inputs, format!(", {both} of {all} conditions went both ways"));
        };
        hunts.push(hunt::hunt(&subject, &seeds, &probes, &contract, budget, &watch));
        progress.finish();
    }
    let told = Told { properties, ..told(&asked, hunts, &settings, &args.opa, io) };
    let looked_at_all = told.hunts.iter().all(|(_, _, hunted)| hunted.end != End::Stopped);
    saved.update(&told, &probes, looked_at_all).map_err(|error| Failure::of_message(&error))?;
    let text = match args.format {
        Format::Pretty => report::pretty(&told),
        Format::Json => report::json(&told),
        Format::Sarif => report::sarif(&told),
        Format::Github => report::github(&told),
    };
    let written = io.write(text.as_bytes(), Exit::Two);
    if interrupt.is_asked() {
        io.warning("stopped: what was found until then is told, and not everything was looked at");
    }
    let worst = told.worst();
    let breaks = told.properties.iter().any(|property| property.result.verdict != Verdict::Pass);
    let fails = breaks || worst == Some(Severity::Hard) || args.strict && worst.is_some();
    if written != Exit::Success {
        return Ok(written);
    }
    let baselines = match &args.baseline {
        Some(revision) => vec![(revision.clone(), named, NewAllow::Fails)],
        None => asked.declared.baselines(),
    };
    let mut lets_in = false;
    for (revision, decisions, new_allow) in baselines {
        let found = diff::with_baseline(&revision, &args.paths, &decisions, &policy, io)?;
        lets_in |= found && new_allow == NewAllow::Fails;
    }
    Ok(if fails || lets_in { Exit::One } else { Exit::Success })
}

/// Puts what was found together with what somebody has judged of it before, and with what OPA says.
fn told<'a>(
    asked: &'a Asked,
    hunts: Vec<Hunted>,
    settings: &ProbeSettings,
    opa: &str,
    io: &mut Io,
) -> Told<'a> {
    let today = clock::today();
    let known = || settings.accepted.iter().chain(asked.declared.accepted());
    for accepted in known().filter(|accepted| accepted.has_expired(&today)) {
        let last = accepted.expires.as_deref().unwrap_or_default();
        io.warning(format_args!(
            "an accepted finding of {} has expired on {last}: {}",
            accepted.probe.id, accepted.reason
        ));
    }
    let sources = asked.sources();
    let reason = |probe: &Probe, place: &str, decision: &str, spans: &[Span]| {
        let places: Vec<Place> = spans.iter().filter_map(|span| report::place(sources, *span)).collect();
        let rules: Vec<(&str, usize)> = places.iter().map(|place| (&*place.file, place.start.row)).collect();
        let about = About { probe, place, decision, rules: &rules };
        let accepted = known().find(|accepted| accepted.covers(&about, &today));
        accepted.map(|accepted| accepted.reason.clone())
    };
    let mut opa = Opa::find(opa);
    let hunts = hunts.into_iter().map(|hunted| {
        let name = hunted.decision.name();
        let confirmed = opa.as_mut().map(|opa| opa.confirm(asked, &hunted)).unwrap_or_default();
        let findings = hunted.findings.iter().enumerate().map(|(index, finding)| Judged {
            accepted: reason(
                finding.probe,
                &finding.place(),
                &name,
                &[&*finding.granting, &*finding.silenced].concat(),
            ),
            opa: confirmed.get(index).copied().flatten(),
        });
        let facts = hunted.facts.iter().map(|fact| Judged {
            accepted: reason(fact.probe, &fact.place, &name, fact.span.as_slice()),
            opa: None,
        });
        (findings.collect(), facts.collect(), hunted)
    });
    let hunts = hunts.collect();
    if let Some(problem) = opa.and_then(|opa| opa.problem) {
        io.warning(format_args!("OPA was not asked: {problem}"));
    }
    Told { hunts, properties: Vec::new(), sources: asked.sources(), loaded: asked.policy.data() }
}

fn explain(asked: &Asked, io: &mut Io) -> Exit {
    let program = asked.policy.program();
    let models = asked.decisions.iter().filter_map(|decision| {
        let rule = decision.rule(program)?;
        Some((decision.name(), Model::of(program, rule), asked.declared.contract(decision)))
    });
    io.write(report::models(models, program, asked.sources()).as_bytes(), Exit::Two)
}

fn probe(id: &str) -> Result<&'static Probe, String> {
    probes::named(id).ok_or_else(|| {
        let ids: Vec<&str> = probes::ALL.iter().map(|probe| probe.id).collect();
        format!("probes are {}", ids.join(", "))
    })
}
