//! Runs tests on several threads and tells their results in the order of the plan.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::mem;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::cases::{self, Cases, Judgement};
use super::event::{Event, Failure, Nondeterminism, Summary, TestError, TestId, TestResult, Verdict, Why};
use super::measure::{Measured, measure};
use super::selection::{Choice, Chosen};
use super::table::Case;
use crate::coverage::{Counters, Passes};
use crate::diagnostic::Diagnostic;
use crate::explain::Watch;
use crate::policy::{Cancel, Evaluation, Limits, Location, Outcome, Policy, Prepared, Print, Query, Request};
use crate::property::check::{Check, CheckEnd};
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
    /// Tries a property on many inputs.
    Property {
        /// The property.
        check: Arc<Check>,
        /// For how long at most.
        time: Duration,
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
    /// How often each test is evaluated; one whose answers differ ends with an error.
    pub repeat: NonZeroUsize,
    /// What a failure means for the tests after it.
    pub after_failure: AfterFailure,
    /// Of which cases of parameterised tests to tell; of all if `None`. A test without a case to tell of is not told.
    pub cases: Option<&'a Choice>,
    /// For how long each test that passes is evaluated again and again, to tell how long it takes; not at all if `None`. With
    /// several jobs, tests slow each other down.
    pub measure: Option<Duration>,
}

/// Whether failures tell what made them: the test is evaluated once more to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// Nothing but the verdict.
    Nothing,
    /// What decided.
    Failures,
}

/// What a test that failed or ended with an error means for those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterFailure {
    /// They run.
    #[default]
    GoOn,
    /// None of them is told or counted; the result doesn't depend on the number of threads.
    Stop,
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("jobs", &self.jobs)
            .field("timeout", &self.timeout)
            .field("repeat", &self.repeat)
            .field("after_failure", &self.after_failure)
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
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..options.jobs.get().min(tests.len()) {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            let work = move || worker(tests, options, (next, stop), &sender);
            thread::Builder::new().stack_size(stack::SIZE).spawn_scoped(scope, work)?;
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        let mut over = false;
        let mut tell = |result: Option<TestResult>| {
            let Some(result) = result.filter(|_| !over) else { return };
            over = options.ends_with(&result);
            summary.count(&result);
            sink(Event::Finished(result));
        };
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&due) {
                tell(result);
                due += 1;
            }
        }
        early.into_values().for_each(tell);
        Ok::<(), io::Error>(())
    })?;
    sink(Event::Ended(summary));
    Ok(summary)
}

impl RunOptions<'_> {
    /// Whether nothing is told after this result.
    fn ends_with(&self, result: &TestResult) -> bool {
        match (self.after_failure, &result.verdict) {
            (AfterFailure::Stop, Verdict::Fail(_) | Verdict::Error(_)) => true,
            (AfterFailure::Stop | AfterFailure::GoOn, _) => false,
        }
    }
}

fn worker(
    tests: &[Test],
    options: &RunOptions<'_>,
    (next, stop): (&AtomicUsize, &AtomicBool),
    results: &mpsc::Sender<(usize, Option<TestResult>)>,
) {
    let mut evaluator = Evaluator { options, prepared: None, counted: Vec::new() };
    while !options.cancel.is_cancelled() && !stop.load(Ordering::Relaxed) {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(test) = tests.get(index) else { break };
        let result = evaluator.run(test);
        if result.as_ref().is_some_and(|result| options.ends_with(result)) {
            // Tests before this one have been started; they end and are told.
            stop.store(true, Ordering::Relaxed);
        }
        if results.send((index, result)).is_err() {
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
    /// How a test went; `None` if it has cases and none of them is chosen.
    fn run(&mut self, test: &Test) -> Option<TestResult> {
        let start = self.options.clock.now();
        let judged = match &test.body {
            TestBody::Rego { policy, path } => self.judge(policy, path, &Request::default(), judge_rego),
            TestBody::Cases { policy, path } => self.judge(policy, path, &Request::default(), judge_cases),
            TestBody::Table { policy, case } => {
                let request = Request { input: case.input.as_ref(), with: &case.with, ..Request::default() };
                self.judge(policy, &case.query, &request, |outcome, _| case.judge(outcome).into())
            }
            TestBody::Property { check, time } => {
                let is_over = || {
                    let spent = self.options.clock.now().saturating_sub(start);
                    self.options.cancel.is_cancelled() || spent > *time
                };
                judge_property(check.run(&is_over).end).into()
            }
            TestBody::Broken(diagnostics) => Verdict::Error(TestError::Compile(diagnostics.clone())).into(),
            TestBody::Skipped { reason } => Verdict::Skip { reason: reason.clone() }.into(),
        };
        let Judged { verdict, cases, prints, why, measured } = self.chosen(&test.id, judged)?;
        let duration = match verdict {
            Verdict::Skip { .. } => Duration::ZERO,
            Verdict::Pass | Verdict::Fail(_) | Verdict::Error(_) => {
                self.options.clock.now().saturating_sub(start)
            }
        };
        let (id, location) = (test.id.clone(), test.location.clone());
        Some(TestResult { id, location, verdict, duration, prints, cases, why, measured })
    }

    /// What is left with the chosen cases only.
    fn chosen(&self, id: &TestId, judged: Judged) -> Option<Judged> {
        let choice = match self.options.cases {
            Some(choice) if choice.of(id) == Chosen::Cases => choice,
            Some(_) | None => return Some(judged),
        };
        match (judged.cases, judged.verdict) {
            (Some(cases), Verdict::Pass | Verdict::Fail(_)) => {
                let cases = choice.cases(id, cases);
                if cases.is_empty() {
                    return None;
                }
                let failed = cases::count(&cases).1 > 0;
                let verdict = if failed { Verdict::Fail(Failure::Cases) } else { Verdict::Pass };
                // What decided about cases that are not chosen is of no interest.
                let why = if failed { judged.why } else { None };
                let measured = judged.measured.filter(|_| !failed);
                Some(Judged { verdict, cases: Some(cases), prints: judged.prints, why, measured })
            }
            (cases, verdict) => Some(Judged { verdict, cases, ..judged }),
        }
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
        if let Some(error) = self.repeat(&mut ready, &request, (&outcome, cases.as_deref())) {
            self.prepared = Some(ready);
            return Judged { prints, ..Verdict::Error(error).into() };
        }
        let kind = mem::discriminant(&outcome);
        let first = self.options.measure.map(|time| (time, outcome.clone(), cases.clone()));
        let mut judged = judge(outcome, cases);
        if let (Some((time, outcome, cases)), Verdict::Pass) = (first, &judged.verdict) {
            match self.measure(&mut ready, &request, (&outcome, cases.as_deref()), time) {
                Ok(measured) => judged.measured = measured.map(Box::new),
                Err(error) => judged = Verdict::Error(error).into(),
            }
        }
        let prints = if matches!(judged.verdict, Verdict::Skip { .. }) { Vec::new() } else { prints };
        let watch = if judged.cases.is_some() { Watch::Cases } else { Watch::Failures };
        let why = match (&judged.verdict, self.options.explain) {
            (Verdict::Fail(_), Explain::Failures) => ready.prepared.explain(&request, watch),
            (Verdict::Fail(_), Explain::Nothing)
            | (Verdict::Pass | Verdict::Error(_) | Verdict::Skip { .. }, _) => None,
        };
        self.prepared = Some(ready);
        // One that ran out of time, or is undefined now and was not before, explains another answer. A value may be of the clock.
        let why = why.filter(|why| mem::discriminant(&why.evaluation.outcome) == kind);
        let why = why.map(|explained| {
            if let Some(cases) = &mut judged.cases {
                cases::explain(cases, explained.cases);
            }
            Box::new(Why { decisions: explained.decisions, builtin_errors: explained.builtin_errors })
        });
        Judged { prints, why, ..judged }
    }

    /// Evaluates as often again as is wanted; an error if an answer is another one than the first.
    fn repeat(
        &self,
        ready: &mut Ready,
        request: &Request<'_>,
        first: (&Outcome, Option<&[Value]>),
    ) -> Option<TestError> {
        for run in 2..=self.options.repeat.get() {
            if self.options.cancel.is_cancelled() {
                return None;
            }
            let again = ready.prepared.evaluate(request);
            let error = differing(first, &again, run);
            if error.is_some() {
                return error;
            }
        }
        None
    }

    /// Evaluates for some time, and tells how long it took; nothing when the run is stopped. An error if an answer is
    /// another one than the first.
    fn measure(
        &self,
        ready: &mut Ready,
        request: &Request<'_>,
        first: (&Outcome, Option<&[Value]>),
        time: Duration,
    ) -> Result<Option<Measured>, TestError> {
        let mut run = 1;
        let evaluate = || ready.prepared.evaluate(request);
        let judge = |again: Evaluation, _: Option<Duration>| {
            run += 1;
            if self.options.cancel.is_cancelled() {
                return Err(None);
            }
            differing(first, &again, run).map_or(Ok(()), |error| Err(Some(error)))
        };
        match measure(self.options.clock, time, evaluate, judge) {
            Ok(measured) => Ok(Some(measured)),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
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
    prints: Vec<Print>,
    why: Option<Box<Why>>,
    measured: Option<Box<Measured>>,
}

impl From<Verdict> for Judged {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, cases: None, prints: Vec::new(), why: None, measured: None }
    }
}

/// How a test went for which the policy answered this. A property is no single question, so it is skipped.
pub fn verdict(body: &TestBody, evaluation: Evaluation) -> Verdict {
    let Evaluation { outcome, cases, .. } = evaluation;
    match body {
        TestBody::Rego { .. } => judge_rego(outcome, cases).verdict,
        TestBody::Cases { .. } => judge_cases(outcome, cases).verdict,
        TestBody::Table { case, .. } => case.judge(outcome),
        TestBody::Property { .. } => Verdict::Skip { reason: None },
        TestBody::Broken(diagnostics) => Verdict::Error(TestError::Compile(diagnostics.clone())),
        TestBody::Skipped { reason } => Verdict::Skip { reason: reason.clone() },
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

fn judge_property(end: CheckEnd) -> Verdict {
    match end {
        CheckEnd::Held => Verdict::Pass,
        CheckEnd::Refuted(counterexample) => Verdict::Fail(Failure::Refuted(counterexample)),
        CheckEnd::Inconclusive(reason) => Verdict::Fail(Failure::Inconclusive(reason)),
        CheckEnd::Failed(error) => Verdict::Error(TestError::Evaluation(error)),
    }
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

/// An error if an answer is another one than the first.
fn differing(first: (&Outcome, Option<&[Value]>), again: &Evaluation, run: usize) -> Option<TestError> {
    let other = (&again.outcome, again.cases.as_deref());
    (other != first).then(|| {
        let (first, other) = (in_words(first), in_words(other));
        TestError::Nondeterministic(Nondeterminism { first, other, run })
    })
}

/// An answer, and the keys of the cases that came with it, as far as they fit on a line.
fn in_words((outcome, cases): (&Outcome, Option<&[Value]>)) -> String {
    let answer = match outcome {
        Outcome::Undefined => "undefined".to_owned(),
        Outcome::Error(error) => format!("the error {}: {}", error.code, error.message),
        Outcome::Defined(results) => match single_value(results.clone()) {
            Some(value) => value.to_json(),
            None => "undefined".to_owned(),
        },
    };
    let cases = cases.filter(|cases| !cases.is_empty());
    let count = cases.map_or_else(String::new, |cases| format!(", after coming to {} cases", cases.len()));
    let shortened = answer.chars().count() > MOST_CHARACTERS;
    let answer: String = answer.chars().take(MOST_CHARACTERS).collect();
    format!("{answer}{}{count}", if shortened { "…" } else { "" })
}

/// The value of the one expression of the one result that a [`Query::Path`] has.
pub(crate) fn single_value(results: Vec<crate::policy::QueryResult>) -> Option<Value> {
    results.into_iter().next()?.expressions.into_iter().next().map(|expression| expression.value)
}

/// How much of an answer is shown.
const MOST_CHARACTERS: usize = 500;

/// Why a parameterised test doesn't run with the reference engine.
const CASES_UNKNOWN: &str = "this engine can't tell which cases a parameterised test has, so it is not run";
