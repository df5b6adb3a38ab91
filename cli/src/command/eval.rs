//! `portcullis eval`: answers one query.

use std::time::{Duration, Instant};

use portcullis::explain::{Explained, TraceOperation, Watch};
use portcullis::policy::{EvalError, Limits, ModuleQuery, Outcome, Prepared, Query, Request};
use portcullis::value::Value;

use super::question::{QuestionArgs, query_failure};
use crate::engine::{BuiltEngine, BuiltinErrors, EngineArgs};
use crate::exit::Exit;
use crate::go_duration;
use crate::io::Io;
use crate::load::Trust;
use crate::policy_set::{ErrorEntry, Failure};
use crate::report::diagnostics::Printable;
use crate::report::metrics::Metrics;
use crate::report::profile::{self, SortKey};
use crate::report::query::{self, Format, Output};
use crate::report::{divergence, trace};

/// Answer a query
///
/// The answer goes to stdout; an undefined one is `{}` in JSON, `undefined` in pretty and nothing otherwise. Exit
/// codes: 0 answered, also with undefined; 1 wrong arguments, --fail or --fail-defined, or the engines disagree;
/// 2 could not answer.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis eval data.agentweave.authz.decision -d policies/agentweave -i input.json\n  portcullis eval --why data.agentweave.authz.allow -d policies/agentweave -i input.json\n  portcullis eval -f pretty '1 + 1'\n  echo '{\"n\": 2}' | portcullis eval -I 'input.n'"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// End with an error when a built-in function fails, instead of taking its call for undefined
    #[arg(long)]
    strict_builtin_errors: bool,
    /// Tell the errors of built-in functions beside the answer
    #[arg(long)]
    show_builtin_errors: bool,
    /// Tell how the answer came about
    #[arg(long, value_enum, default_value_t)]
    explain: Explain,
    /// Tell what decided: which rules and literals held, or the first that did not, with their values; as --explain why
    #[arg(long)]
    why: bool,
    /// End with 1 when the answer is undefined
    #[arg(long)]
    fail: bool,
    /// End with 1 when the answer is defined
    #[arg(long, conflicts_with = "fail")]
    fail_defined: bool,
    /// Tell how long the parts of the work took
    #[arg(long)]
    metrics: bool,
    /// Count what the evaluation did, too
    #[arg(long)]
    instrument: bool,
    /// Tell which lines took how long
    #[arg(long)]
    profile: bool,
    /// How many lines of the profile to show; 0 shows all
    #[arg(long, value_name = "N")]
    profile_limit: Option<usize>,
    /// What to sort the profile by; repeatable
    #[arg(long, value_name = "KEY", value_enum, value_delimiter = ',')]
    profile_sort: Vec<SortKey>,
    /// Answer so many times, and tell the times of all
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// Give up after this time; 0 never does
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "0")]
    timeout: Duration,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Explain {
    /// Nothing
    #[default]
    Off,
    /// Every step, as OPA traces it
    Full,
    /// The notes of `trace`, and the bodies around them
    Notes,
    /// What did not hold, and the bodies around it
    Fails,
    /// Every step, and what was made equal to what
    Debug,
    /// What decided
    Why,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    if args.format == Format::Source {
        io.error("the format source is for partial evaluation, which there is none of");
        return Exit::One;
    }
    // As in OPA, what is wrong with the question is told on stderr, and what is wrong with policies in the format.
    let asked =
        args.question.input().and_then(|input| Ok((input, args.question.query()?, args.question.trust(io)?)));
    let (input, query, trust) = match asked {
        Ok(asked) => asked,
        Err(failure) => {
            failure.tell(io);
            return Exit::Two;
        }
    };
    let built = args.engine.build(args.builtin_errors());
    match answer(args, &trust, &built, input.as_ref(), &query) {
        Ok(answer) => tell(args, &built, answer, io),
        Err(failure) if matches!(args.format, Format::Json | Format::Discard) => {
            let _ = io.write(query::failure(&failure.errors()).as_bytes(), Exit::Two);
            Exit::Two
        }
        Err(failure) => {
            failure.tell(io);
            Exit::Two
        }
    }
}

/// The first of several answers, and what all of them cost.
struct Answer {
    explained: Explained,
    metrics: Option<Metrics>,
    profiles: Vec<Vec<portcullis::explain::ProfileEntry>>,
}

fn answer(
    args: &Args,
    trust: &Trust,
    built: &BuiltEngine,
    input: Option<&Value>,
    query: &ModuleQuery,
) -> Result<Answer, Failure> {
    let mut metrics = args.wants_metrics().then(Metrics::default);
    let mut first = None;
    let mut profiles = Vec::new();
    for _ in 0..args.count {
        let mut lap = Lap::start();
        let policies = args.question.load(trust)?;
        lap.record(&mut metrics, "timer_rego_load_files_ns");
        let policy = policies.compile(&*built.engine, &[])?;
        lap.record(&mut metrics, "timer_rego_module_compile_ns");
        policies.check_query(&query.text)?;
        let mut prepared = policy
            .prepare(&Query::InModule(query.clone()))
            .map_err(|diagnostics| query_failure(diagnostics, &policies, query))?;
        lap.record(&mut metrics, "timer_rego_query_compile_ns");
        let explained = args.ask(&mut *prepared, input);
        lap.record(&mut metrics, "timer_rego_query_eval_ns");
        let explained = explained.ok_or_else(|| Failure::of_message(CANNOT_EXPLAIN))?;
        if args.instrument
            && let Some(metrics) = &mut metrics
        {
            let sum =
                |of: fn(&portcullis::explain::ProfileEntry) -> u64| explained.profile.iter().map(of).sum();
            metrics.add("counter_eval_literals", sum(|entry| entry.evals));
            metrics.add("counter_eval_redos", sum(|entry| entry.redos));
        }
        if args.wants_profile() {
            profiles.push(explained.profile.clone());
        }
        first.get_or_insert(explained);
    }
    let explained = first.ok_or_else(|| Failure::of_message("--count is at least 1"))?;
    Ok(Answer { explained, metrics, profiles })
}

fn tell(args: &Args, built: &BuiltEngine, answer: Answer, io: &mut Io) -> Exit {
    let Answer { explained, metrics, profiles } = answer;
    for print in &explained.evaluation.prints {
        io.note(Printable(&print.text));
    }
    let (results, error) = match explained.evaluation.outcome {
        Outcome::Defined(results) => (results, None),
        Outcome::Undefined => (Vec::new(), None),
        Outcome::Error(error) => (Vec::new(), Some(error)),
    };
    let failed = error.is_some();
    let is_defined = !results.is_empty();
    let shown = explained.builtin_errors.into_iter().filter(|_| args.show_builtin_errors);
    let errors: Vec<EvalError> = error.into_iter().chain(shown).collect();
    let limit = args.profile_limit.unwrap_or(profile::DEFAULT_LIMIT);
    let output = Output {
        errors: errors.iter().map(entry).collect(),
        results,
        metrics,
        trace: args.filtered(explained.trace),
        decisions: (args.explanation() == Explain::Why).then_some(explained.decisions),
        profile: (!profiles.is_empty()).then(|| profile::top(&profiles, &args.profile_sort, limit)),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    if let Err(error) = query::write(&output, args.format, &mut out, &mut err) {
        return io.internal_error(error);
    }
    let written = io.write(&out, Exit::Two);
    if !err.is_empty() {
        io.note(Printable(String::from_utf8_lossy(&err).trim_end()));
    }
    let disagree = divergence::tell(built, io);
    if failed {
        return Exit::Two;
    }
    let refused = (args.fail && !is_defined) || (args.fail_defined && is_defined);
    if written == Exit::Success && (refused || disagree) { Exit::One } else { written }
}

fn entry(error: &EvalError) -> ErrorEntry {
    ErrorEntry {
        message: error.message.clone(),
        code: Some(error.code.as_str()),
        location: error.location.clone(),
        details: None,
    }
}

impl Args {
    fn builtin_errors(&self) -> BuiltinErrors {
        if self.strict_builtin_errors { BuiltinErrors::Strict } else { BuiltinErrors::Undefined }
    }

    fn explanation(&self) -> Explain {
        if self.why { Explain::Why } else { self.explain }
    }

    fn wants_profile(&self) -> bool {
        self.profile || self.profile_limit.is_some() || !self.profile_sort.is_empty()
    }

    fn wants_metrics(&self) -> bool {
        self.metrics || self.instrument || self.wants_profile()
    }

    /// Evaluates once; nothing if the engine can't tell what it is asked to.
    fn ask(&self, prepared: &mut dyn Prepared, input: Option<&Value>) -> Option<Explained> {
        let limits = Limits { time: (!self.timeout.is_zero()).then_some(self.timeout), ..Limits::default() };
        let request = Request { input, with: &[], limits };
        let watch = match self.explanation() {
            Explain::Why => Watch::Decisions,
            Explain::Full | Explain::Notes | Explain::Fails => Watch::Trace,
            Explain::Debug => Watch::Unifications,
            Explain::Off if self.wants_profile() || self.instrument => Watch::Profile,
            Explain::Off if self.show_builtin_errors => Watch::Errors,
            Explain::Off => return Some(Explained::of(prepared.evaluate(&request))),
        };
        prepared.explain(&request, watch)
    }

    fn filtered(&self, events: Vec<portcullis::explain::TraceEvent>) -> Vec<portcullis::explain::TraceEvent> {
        match self.explanation() {
            Explain::Off | Explain::Why => Vec::new(),
            Explain::Full | Explain::Debug => events,
            Explain::Notes => trace::around(events, TraceOperation::Note),
            Explain::Fails => trace::around(events, TraceOperation::Fail),
        }
    }
}

/// Measures one part of the work after the other.
struct Lap(Instant);

impl Lap {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn record(&mut self, metrics: &mut Option<Metrics>, name: &'static str) {
        let now = Instant::now();
        let took = now.duration_since(std::mem::replace(&mut self.0, now));
        if let Some(metrics) = metrics {
            metrics.add(name, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        }
    }
}

/// What to say of an engine that can't be watched.
const CANNOT_EXPLAIN: &str =
    "this engine can't tell how an answer came about or which errors it passed over; take --engine native";
