//! `portcullis audit`: who can call whom, and what of it somebody should look at.

mod agents;
mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use portcullis::audit::flag::{self, Evidence, Finding, Flag};
use portcullis::audit::matrix::{Cell, Known, Matrix};
use portcullis::audit::{Call, Grants};
use portcullis::host::{Host as _, SealedHost};
use portcullis::probe::decision::{Decision, Verdict};

use self::log::Log;
use super::decider::{Local, PoliciesArgs};
use super::subject::Asked;
use crate::clock;
use crate::exit::Exit;
use crate::host::{Machine, Network};
use crate::io::Io;
use crate::load::io_reason;
use crate::policy_set::Failure;
use crate::progress::Progress;
use crate::refusal::Refusal;
use crate::report::audit::{self, Format, Review};

/// Review who can call whom
///
/// Every known caller, callee and action is asked for, and what somebody should look at is flagged: grants that nobody uses, agents
/// that don't exist, bans that grants contradict. Exit codes: 0 reviewed; 1 a flag of --fail-on, or wrong arguments; 2 it could not be
/// reviewed, or nothing is decided on some call.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis audit\n  portcullis audit --decision-log decisions.jsonl.gz --agents entries.json --tests testcases/agentweave -f html > review.html\n  portcullis audit --baseline last.json --fail-on new-access,undecided"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policies: PoliciesArgs,
    /// A decision log of OPA: JSON lines, packed by gzip or not; repeatable
    #[arg(long, value_name = "FILE")]
    decision_log: Vec<PathBuf>,
    /// Who exists: an id a line, a JSON array, or what spire-server entry show -output json writes
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
    /// Tests to look for denials in: files or directories; repeatable
    #[arg(long, value_name = "PATH")]
    tests: Vec<String>,
    /// After how many days without a call a grant counts as unused
    #[arg(long, value_name = "N", default_value_t = 90)]
    unused_days: u32,
    /// The time of the review, for reports that come out the same again
    #[arg(long, value_name = "TIME", value_parser = clock::parse_time)]
    now: Option<String>,
    /// An earlier review in JSON, to tell what changed since
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// End with 1 when there is such a flag; repeatable
    #[arg(long, value_name = "FLAG", value_delimiter = ',', value_parser = named_flag)]
    fail_on: Vec<Flag>,
    /// How to write the review
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let (review, failing) = match review(args, io) {
        Ok(reviewed) => reviewed,
        Err(failure) => {
            failure.tell(io);
            return Exit::Two;
        }
    };
    let written = audit::write(&review, args.format, io);
    if review.decided.undecided > 0 {
        io.error(format_args!(
            "nothing is decided on {}: the review is not complete",
            crate::plural::plural(review.decided.undecided, "call")
        ));
        return Exit::Two;
    }
    match written {
        Exit::Success if failing => Exit::One,
        Exit::Success => Exit::Success,
        Exit::One | Exit::Two | Exit::Internal => Exit::Two,
    }
}

/// The review, and whether it has a flag that it must not have.
fn review(args: &Args, io: &mut Io) -> Result<(Review, bool), Failure> {
    let time = args.now.clone().unwrap_or_else(clock::now);
    let baseline = args.baseline.as_ref().map(|path| read_baseline(path)).transpose()?;
    let agents = args.agents.as_deref().map(agents::read).transpose()?;
    let mut log = Log::default();
    for path in &args.decision_log {
        log.add(path, args.policies.decision().steps())?;
    }
    let local = args.policies.local(&[], io)?;
    let grants = Grants::of(local.data()).map_err(|error| {
        let refusal = Refusal::new(format!("there is nothing to review: {error}"));
        Failure::of_refusal(
            refusal.with_help("name the folder with the data, as in --policy policies/agentweave"),
        )
    })?;
    let rule = local.rule().ok_or_else(|| {
        let message = format!("`{}` is no rule, and has no rule `allow`", args.policies.decision().dotted());
        Failure::of_refusal(Refusal::new(message).with_help("name the rule that decides with --decision"))
    })?;
    let denied = if args.tests.is_empty() { None } else { Some(denied_in_tests(args, &rule)?) };
    let mut known = Known::default();
    known.add_data(local.data());
    agents.iter().flatten().for_each(|id| known.add_agent(id));
    log.uses.keys().for_each(|call| known.add_call(call));
    let before: Option<BTreeSet<Call>> = baseline.as_ref().map(Review::calls);
    // What was allowed is asked for again, though nothing may name it any more.
    before.iter().flatten().for_each(|call| known.add_call(call));
    let matrix = ask(&local, &rule, known, io)?;
    let findings = flag::findings(&Evidence {
        data: local.data(),
        grants: &grants,
        matrix: &matrix,
        uses: (!args.decision_log.is_empty()).then_some(&log.uses),
        now: clock::seconds_of(&time).unwrap_or_default(),
        unused_days: args.unused_days,
        agents: agents.as_ref(),
        denied_in_tests: denied.as_ref(),
        before: before.as_ref(),
    });
    let failing = findings.iter().any(|finding| args.fail_on.contains(&finding.flag));
    let review = compose(args, time, &matrix, &grants, findings, baseline.as_ref(), &log);
    Ok((review, failing))
}

fn ask(local: &Local, rule: &[Arc<str>], known: Known, io: &Io) -> Result<Matrix, Failure> {
    let progress = Mutex::new(Progress::of_callers(known.callers.len(), io.err_is_terminal));
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let done = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
    let matrix = Matrix::ask(local.policy(), rule, known, threads, &done);
    progress.lock().unwrap_or_else(PoisonError::into_inner).finish();
    matrix.map_err(|error| Failure::of_message(&error.to_string()))
}

#[expect(clippy::similar_names, reason = "caller and callee are the field's words")]
fn compose(
    args: &Args,
    time: String,
    matrix: &Matrix,
    grants: &Grants,
    findings: Vec<Finding>,
    baseline: Option<&Review>,
    log: &Log,
) -> Review {
    let mut names: BTreeMap<Call, Vec<String>> = BTreeMap::new();
    for (grant, call) in grants.calls() {
        names.entry(call).or_default().push(grant.to_string());
    }
    let [callers, callees, actions] = matrix.size();
    let count = |cell| matrix.count(cell);
    let access = |call: Call| audit::Access {
        grants: names.get(&call).cloned().unwrap_or_default(),
        caller: call.caller.to_string(),
        callee: call.callee.to_string(),
        action: call.action.to_string(),
    };
    let mut review = Review {
        version: audit::VERSION,
        time,
        decision: args.policies.decision().slashed(),
        policies: args.policies.paths().to_vec(),
        size: audit::Size { callers, callees, actions },
        decided: audit::Decided {
            allowed: count(Cell::Allowed),
            denied: count(Cell::Denied),
            undecided: count(Cell::Undecided),
        },
        logged: (!args.decision_log.is_empty()).then_some(log.decisions),
        flags: findings.into_iter().map(audit::Flagged::of).collect(),
        allowed: matrix.calls(Cell::Allowed).map(access).collect(),
        undecided: matrix.calls(Cell::Undecided).map(access).collect(),
        changes: None,
    };
    review.changes = baseline.map(|before| review.since(before));
    review
}

/// The callers that tests show to be denied something.
fn denied_in_tests(args: &Args, rule: &[Arc<str>]) -> Result<BTreeSet<Arc<str>>, Failure> {
    let paths: Vec<String> = args.policies.paths().iter().chain(&args.tests).cloned().collect();
    let host = SealedHost { now: Machine::new(Network::Denied).now(), seed: 0 };
    let asked = Asked::load_undecided(&args.policies.reading, &paths, host)?;
    let jobs = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let seeds = asked.seeds(&asked.subject(&Decision::at(rule.to_vec())), jobs);
    let denied = seeds.iter().filter(|seed| seed.verdict == Verdict::Deny);
    let callers = denied.filter_map(|seed| seed.case.input.as_ref()?.lookup(&["caller_spiffe_id"])?.as_str());
    Ok(callers.map(Arc::from).collect())
}

fn read_baseline(path: &std::path::Path) -> Result<Review, Failure> {
    let unusable = |reason: String| {
        let message = format!("the earlier review `{}` can't be used: {reason}", path.display());
        Failure::of_refusal(Refusal::new(message).with_help("it is what `portcullis audit -f json` wrote"))
    };
    let bytes = fs_err::read(path).map_err(|error| unusable(io_reason(&error)))?;
    let review: Review = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
    if review.version != audit::VERSION {
        return Err(unusable(format!("it is of version {}, and not {}", review.version, audit::VERSION)));
    }
    Ok(review)
}

fn named_flag(text: &str) -> Result<Flag, String> {
    let found = Flag::ALL.into_iter().find(|flag| flag.as_str() == text);
    found.ok_or_else(|| {
        let names = Flag::ALL.map(Flag::as_str).join(", ");
        format!("there is no such flag; there are {names}")
    })
}
