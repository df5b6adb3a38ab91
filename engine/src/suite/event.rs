//! What a test run tells its reporters; they see nothing else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::cases::{self, Cases};
use super::measure::Measured;
use crate::diagnostic::Diagnostic;
use crate::explain::Decision;
use crate::policy::{EvalError, Location, Print};
use crate::property::tell::Counterexample;
use crate::value::Value;

/// One thing that happened in a run. Results come in the order of the plan, whatever ran first.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run starts.
    Started {
        /// How many tests will run or be skipped.
        total: usize,
    },
    /// A test is over.
    Finished(TestResult),
    /// The run is over.
    Ended(Summary),
}

/// How one test went.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// Which test.
    pub id: TestId,
    /// Where it is written.
    pub location: Location,
    /// How it went.
    pub verdict: Verdict,
    /// How long it took; zero when it was skipped.
    pub duration: Duration,
    /// What its `print` calls wrote.
    pub prints: Vec<Print>,
    /// The cases of a parameterised test: none of them when it has no case, or failed before it came to one.
    pub cases: Option<Cases>,
    /// Of a test that failed, what decided, if that was asked for; of a parameterised test what no case tells for itself.
    pub why: Option<Box<Why>>,
    /// Of a test that passed, how long its evaluations took, if that was asked for.
    pub measured: Option<Box<Measured>>,
}

/// What made a test or one of its cases fail.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Why {
    /// The rules that the test asked for, what they came to, and why.
    pub decisions: Vec<Decision>,
    /// The errors of built-in functions that were taken for undefined.
    pub builtin_errors: Vec<EvalError>,
}

/// Names a test in reports and for `--run`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestId {
    /// A rule in a module.
    Rego {
        /// The package with its `data`, as `data.authz`.
        package: Arc<str>,
        /// The rule's path in it, as `test_allow` or `test_allow#01`.
        name: Arc<str>,
    },
    /// A case of a table suite.
    Table {
        /// The suite's name.
        suite: Arc<str>,
        /// The case's name.
        case: Arc<str>,
    },
    /// A property.
    Property {
        /// The name of its set.
        set: Arc<str>,
        /// Its own name.
        property: Arc<str>,
    },
}

impl TestId {
    /// The name of the group that the test is in: its package, its suite or its set of properties.
    pub fn group(&self) -> &Arc<str> {
        match self {
            Self::Rego { package, .. } => package,
            Self::Table { suite, .. } => suite,
            Self::Property { set, .. } => set,
        }
    }

    /// The name of the test in its group.
    pub fn name(&self) -> &Arc<str> {
        match self {
            Self::Rego { name, .. } => name,
            Self::Table { case, .. } => case,
            Self::Property { property, .. } => property,
        }
    }
}

impl fmt::Display for TestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rego { package, name } => write!(f, "{package}.{name}"),
            Self::Table { suite, case } => write!(f, "{suite}/{case}"),
            Self::Property { set, property } => write!(f, "{set}/{property}"),
        }
    }
}

/// How a test went.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// As it should.
    Pass,
    /// The policy answered, and not as the test wants.
    Fail(Failure),
    /// The policy could not answer.
    Error(TestError),
    /// It did not run.
    Skip {
        /// Why, unless its name says so.
        reason: Option<Arc<str>>,
    },
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// A Rego test's rule is undefined: an expression of its body did not hold.
    Undefined,
    /// A Rego test's rule has a value other than `true`.
    NotTrue(Value),
    /// Cases of a parameterised test failed; [`TestResult::cases`] says which.
    Cases,
    /// A table's case got another answer than it expects.
    Unexpected {
        /// What the case expects, in words.
        expected: String,
        /// What the policy answered, in words.
        actual: String,
        /// What may be the reason, or where to look.
        hint: Option<String>,
    },
    /// An input breaks a property.
    Refuted(Box<Counterexample>),
    /// A property was not tested by any input; why.
    Inconclusive(String),
}

/// Why a test could not be answered.
#[derive(Debug, Clone, PartialEq)]
pub enum TestError {
    /// Evaluation failed.
    Evaluation(EvalError),
    /// The test is no query that can be evaluated.
    Compile(Vec<Diagnostic>),
    /// The same question got two answers.
    Nondeterministic(Nondeterminism),
}

/// Two answers to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nondeterminism {
    /// The first answer, in words.
    pub first: String,
    /// The other one.
    pub other: String,
    /// Which run of the test gave it; the first is 1.
    pub run: usize,
}

impl Nondeterminism {
    /// What the error is called where errors have codes.
    pub const CODE: &'static str = "test_nondeterministic_error";
}

impl fmt::Display for Nondeterminism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, other, run } = self;
        write!(f, "the answer changes: run 1 gave {first}, and run {run} gave {other}")
    }
}

/// How many tests went how. Of a parameterised test that came to cases, each case without cases inside of it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Could not be answered.
    pub errored: usize,
    /// Did not run.
    pub skipped: usize,
}

impl Summary {
    /// All tests of the run.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.errored + self.skipped
    }

    /// Counts one more result.
    pub fn count(&mut self, result: &TestResult) {
        if let (Some(cases), Verdict::Pass | Verdict::Fail(_)) = (&result.cases, &result.verdict)
            && !cases.is_empty()
        {
            let (passed, failed) = cases::count(cases);
            self.passed += passed;
            self.failed += failed;
            return;
        }
        let counter = match &result.verdict {
            Verdict::Pass => &mut self.passed,
            Verdict::Fail(_) => &mut self.failed,
            Verdict::Error(_) => &mut self.errored,
            Verdict::Skip { .. } => &mut self.skipped,
        };
        *counter += 1;
    }
}
