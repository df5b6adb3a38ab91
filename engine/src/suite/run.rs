//! Runs tests on several threads and tells their results in the order of the plan.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::cases::{self, Cases, Judgement};
use super::event::{Event, Failure, Summary, TestError, TestId, TestResult, Verdict, Why};
use super::table::Case;
use crate::coverage::{Counters, Passes};
use crate::diagnostic::Diagnostic;
use crate::explain::Watch;
use crate::policy::{Cancel, Evaluation, Limits, Location, Outcome, Policy, Prepared, Query, Request};
use crate::stack;
use crate::value::Value;

/// A planned test.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name.
    pub id: TestId,
    /// Where it is written.
    pub location: Location,
    /// What it does.
    pub body: TestBody,
}

/// What a test does.
#[derive(Debug, Clone)]
pub enum TestBody {
    /// Evaluates a rule that should be true.
    Rego {
        /// The policy with the rule.
        policy: Arc<dyn Policy>,
        /// The rule's path below `data`.
        path: Vec<Arc<str>>,
    },
    /// Evaluates a rule whose value has a case for each key.
    Cases {
        /// The policy with the rule.
        policy: Arc<dyn Policy>,
        /// The rule's path below `data`.
        path: Vec<Arc<str>>,
    },
    /// Evaluates a decision and compares it with what the case expects.
    Table {
        /// The policy that decides.
        policy: Arc<dyn Policy>,
        /// The case.
        case: Arc<Case>,
    },
    /// Nothing: it can't be evaluated.
    Broken(Vec<Diagnostic>),
    /// Nothing: it is skipped.
    Skipped {
        /// Why, unless its name says so.
        reason: Option<Arc<str>>,
    },
}

/// How to run.
#[derive(Clone, Copy)]
pub struct RunOptions<'a> {
    /// How many threads evaluate.
    pub jobs: NonZeroUsize,
    /// How long one test may take.
    pub timeout: Duration,
    /// Stops the run.
    pub cancel: &'a Cancel,
    /// Tells the time; the engine has no clock.
    pub clock: &'a dyn Clock,
    /// Counts what tests make of policies, if anybody wants to know.
    pub recorder: Option<&'a Recorder>,
    /// Whether failures tell what made them.
    pub explain: Explain,
}

/// Whether failures tell what made them: the test is evaluated once more to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// Nothing but the verdict.
    Nothing,
    /// What decided.
    Failures,
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("jobs", &self.jobs)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Collects what is counted for coverage, of all policies of a run and from all threads.
#[derive(Debug, Default)]
pub struct Recorder {
    passes: Passes,
    counted: Mutex<Vec<(Arc<dyn Policy>, Counters)>>,
}

impl Recorder {
    /// Nothing counted yet.
    pub fn new(passes: Passes) -> Self {
        Self { passes, counted: Mutex::default() }
    }

    /// Everything that was counted for a policy; nothing of one that can't count, or that no test asked.
    pub fn counters(&self, policy: &Arc<dyn Policy>) -> Option<Counters> {
        let counted = self.counted.lock().ok()?;
        counted.iter().find(|(known, _)| Arc::ptr_eq(known, policy)).map(|(_, counters)| counters.clone())
    }

    fn add(&self, policy: &Arc<dyn Policy>, counters: Counters) {
        let Ok(mut counted) = self.counted.lock() else { return };
        match counted.iter_mut().find(|(known, _)| Arc::ptr_eq(known, policy)) {
            Some((_, own)) => own.add(&counters),
            None => counted.push((Arc::clone(policy), counters)),
        }
    }
}

/// Measures time for reports.
pub trait Clock: Sync {
    /// The time since any fixed moment; never goes back.
    fn now(&self) -> Duration;
}

/// Runs `tests` and tells `sink` of each in the order of `tests`.
///
/// After a cancellation no further test is started; those that were are told, the others are not counted.
///
/// # Errors
/// When the threads can't be started.
pub fn run(tests: &[Test], options: &RunOptions<'_>, sink: &mut dyn FnMut(Event)) -> io::Result<Summary> {
    sink(Event::Started { total: tests.len() });
    let mut summary = Summary::default();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..options.jobs.get().min(tests.len()) {
            let (sender, next) = (sender.clone(), &next);
            let work = move || worker(tests, options, next, &sender);
            thread::Builder::new().stack_size(stack::SIZE).spawn_scoped(scope, work)?;
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&due) {
                tell(result, &mut summary, sink);
                due += 1;
            }
        }
        for result in early.into_values() {
            tell(result, &mut summary, sink);
        }
        Ok::<(), io::Error>(())
    })?;
    sink(Event::Ended(summary));
    Ok(summary)
}

fn tell(result: TestResult, summary: &mut Summary, sink: &mut dyn FnMut(Event)) {
    summary.count(&result);
    sink(Event::Finished(result));
}

fn worker(
    tests: &[Test],
    options: &RunOptions<'_>,
    next: &AtomicUsize,
    results: &mpsc::Sender<(usize, TestResult)>,
) {
    let mut evaluator = Evaluator { options, prepared: None, counted: Vec::new() };
    while !options.cancel.is_cancelled() {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(test) = tests.get(index) else { break };
        if results.send((index, evaluator.run(test))).is_err() {
            break;
        }
    }
    evaluator.hand_over();
}

/// Evaluates tests on one thread; the entry point of the last one is kept, since the cases of a table share theirs.
struct Evaluator<'a> {
    options: &'a RunOptions<'a>,
    prepared: Option<Ready>,
    /// What was counted for each policy.
    counted: Vec<(Arc<dyn Policy>, Counters)>,
}

/// An entry point and what it was prepared from.
struct Ready {
    policy: Arc<dyn Policy>,
    query: Query,
    prepared: Box<dyn Prepared>,
}

impl Evaluator<'_> {
    fn run(&mut self, test: &Test) -> TestResult {
        let start = self.options.clock.now();
        let Judged { verdict, cases, prints, why } = match &test.body {
            TestBody::Rego { policy, path } => self.judge(policy, path, &Request::default(), judge_rego),
            TestBody::Cases { policy, path } => self.judge(policy, path, &Request::default(), judge_cases),
            TestBody::Table { policy, case } => {
                let request = Request { input: case.input.as_ref(), with: &case.with, ..Request::default() };
                self.judge(policy, &case.query, &request, |outcome, _| case.judge(outcome).into())
            }
            TestBody::Broken(diagnostics) => Verdict::Error(TestError::Compile(diagnostics.clone())).into(),
            TestBody::Skipped { reason } => Verdict::Skip { reason: reason.clone() }.into(),
        };
        let duration = match verdict {
            Verdict::Skip { .. } => Duration::ZERO,
            Verdict::Pass | Verdict::Fail(_) | Verdict::Error(_) => {
                self.options.clock.now().saturating_sub(start)
            }
        };
        let (id, location) = (test.id.clone(), test.location.clone());
        TestResult { id, location, verdict, duration, prints, cases, why }
    }

    fn judge(
        &mut self,
        policy: &Arc<dyn Policy>,
        path: &[Arc<str>],
        request: &Request<'_>,
        judge: impl FnOnce(Outcome, Option<Vec<Value>>) -> Judged,
    ) -> Judged {
        let limits = Limits {
            time: Some(self.options.timeout),
            cancel: Some(self.options.cancel),
            ..Limits::default()
        };
        let request = Request { limits, ..*request };
        let mut ready = match self.prepare(policy, path) {
            Ok(ready) => ready,
            Err(diagnostics) => return Verdict::Error(TestError::Compile(diagnostics)).into(),
        };
        let Evaluation { outcome, prints, cases } = match self.counters(policy) {
            Some(counters) => ready.prepared.cover(&request, counters),
            None => ready.prepared.evaluate(&request),
        };
        let judged = judge(outcome, cases);
        let prints = if matches!(judged.verdict, Verdict::Skip { .. }) { Vec::new() } else { prints };
        let why = match (&judged.verdict, self.options.explain) {
            (Verdict::Fail(_), Explain::Failures) => ready.prepared.explain(&request, Watch::Decisions),
            (Verdict::Fail(_), Explain::Nothing)
            | (Verdict::Pass | Verdict::Error(_) | Verdict::Skip { .. }, _) => None,
        };
        self.prepared = Some(ready);
        let why =
            why.map(|why| Box::new(Why { decisions: why.decisions, builtin_errors: why.builtin_errors }));
        Judged { prints, why, ..judged }
    }

    /// What to count with for a policy; nothing if nobody wants to know, or the engine can't count.
    fn counters(&mut self, policy: &Arc<dyn Policy>) -> Option<&mut Counters> {
        let passes = self.options.recorder?.passes;
        let known = self.counted.iter().position(|(known, _)| Arc::ptr_eq(known, policy));
        let at = if let Some(at) = known {
            at
        } else {
            self.counted.push((Arc::clone(policy), policy.counters(passes)?));
            self.counted.len() - 1
        };
        self.counted.get_mut(at).map(|(_, counters)| counters)
    }

    fn hand_over(self) {
        if let Some(recorder) = self.options.recorder {
            self.counted.into_iter().for_each(|(policy, counters)| recorder.add(&policy, counters));
        }
    }

    fn prepare(&mut self, policy: &Arc<dyn Policy>, path: &[Arc<str>]) -> Result<Ready, Vec<Diagnostic>> {
        let query = Query::Path(path.to_vec());
        let kept =
            self.prepared.take().filter(|ready| Arc::ptr_eq(&ready.policy, policy) && ready.query == query);
        Ok(match kept {
            Some(ready) => ready,
            None => Ready { policy: Arc::clone(policy), prepared: policy.prepare(&query)?, query },
        })
    }
}

/// What came of a test.
struct Judged {
    verdict: Verdict,
    cases: Option<Cases>,
    prints: Vec<String>,
    why: Option<Box<Why>>,
}

impl From<Verdict> for Judged {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, cases: None, prints: Vec::new(), why: None }
    }
}

fn judge_rego(outcome: Outcome, _: Option<Vec<Value>>) -> Judged {
    let verdict = match value_of(outcome) {
        Ok(Value::Bool(true)) => Verdict::Pass,
        Ok(value) => Verdict::Fail(Failure::NotTrue(value)),
        Err(verdict) => verdict,
    };
    verdict.into()
}

fn judge_cases(outcome: Outcome, came_to: Option<Vec<Value>>) -> Judged {
    let Some(came_to) = came_to else {
        return Verdict::Skip { reason: Some(CASES_UNKNOWN.into()) }.into();
    };
    match value_of(outcome) {
        Ok(value) => {
            let Judgement { cases, failed } = cases::judge(&value, &came_to);
            let verdict = if failed { Verdict::Fail(Failure::Cases) } else { Verdict::Pass };
            Judged { cases: Some(cases), ..verdict.into() }
        }
        Err(verdict) => verdict.into(),
    }
}

/// The value of a test's rule, or what became of the test without one.
fn value_of(outcome: Outcome) -> Result<Value, Verdict> {
    match outcome {
        Outcome::Error(error) => Err(Verdict::Error(TestError::Evaluation(error))),
        Outcome::Undefined => Err(Verdict::Fail(Failure::Undefined)),
        Outcome::Defined(results) => single_value(results).ok_or(Verdict::Fail(Failure::Undefined)),
    }
}

/// The value of the one expression of the one result that a [`Query::Path`] has.
pub(super) fn single_value(results: Vec<crate::policy::QueryResult>) -> Option<Value> {
    results.into_iter().next()?.expressions.into_iter().next().map(|expression| expression.value)
}

/// Why a parameterised test doesn't run with the reference engine.
const CASES_UNKNOWN: &str = "this engine can't tell which cases a parameterised test has, so it is not run";
