//! Test results as `opa test -f json` writes them; a case of a table has its suite as package and says what it expected.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use data_encoding::BASE64;
use portcullis::diagnostic::Diagnostic;
use portcullis::policy::{EvalError, Location};
use portcullis::source::{LineIndex, Sources};
use portcullis::suite::{
    CaseOutcome, CaseResult, Cases, Event, Failure, Measured, Nondeterminism, TestError, TestResult, Verdict,
};
use serde::Serialize;

use super::TestReporter;

/// Gathers results and writes one array at the end.
#[derive(Debug)]
pub(crate) struct TestJson {
    results: Vec<ResultJson>,
    sources: Sources,
    slowest_first: bool,
}

impl TestJson {
    /// An empty report; `sources` are those of the policies. Results come slowest first, or in the order of the run.
    pub(crate) fn new(sources: Sources, slowest_first: bool) -> Self {
        Self { results: Vec::new(), sources, slowest_first }
    }

    fn result(&self, result: &TestResult) -> ResultJson {
        let (mut fail, mut error, mut skip, mut expectation) = (false, None, false, None);
        match &result.verdict {
            Verdict::Pass => {}
            Verdict::Skip { .. } => skip = true,
            Verdict::Error(cause) => error = Some(self.error(cause)),
            Verdict::Fail(failure) => {
                fail = true;
                expectation = ExpectationJson::of(failure);
            }
        }
        let printed: String = result.prints.iter().flat_map(|print| [&*print.text, "\n"]).collect();
        ResultJson {
            location: LocationJson::of(&result.location),
            package: result.id.group().to_string(),
            name: result.id.name().to_string(),
            fail,
            error,
            skip,
            duration: u64::try_from(result.duration.as_nanos()).unwrap_or(u64::MAX),
            output: (!printed.is_empty()).then(|| BASE64.encode(printed.as_bytes())),
            sub_results: result.cases.as_ref().map(sub_results).unwrap_or_default(),
            expectation,
            benchmark_result: result.measured.as_deref().map(BenchmarkJson::of),
        }
    }

    fn error(&self, error: &TestError) -> ErrorJson {
        match error {
            TestError::Evaluation(EvalError { code, message, location }) => {
                ErrorJson::Evaluation(CauseJson {
                    code: code.as_str(),
                    message: message.clone(),
                    location: location.as_ref().map(LocationJson::of),
                })
            }
            TestError::Nondeterministic(change) => ErrorJson::Evaluation(CauseJson {
                code: Nondeterminism::CODE,
                message: change.to_string(),
                location: None,
            }),
            TestError::Compile(diagnostics) => {
                ErrorJson::Compile(diagnostics.iter().map(|diagnostic| self.diagnostic(diagnostic)).collect())
            }
        }
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) -> CauseJson {
        let location = diagnostic.span.and_then(|span| {
            let source = self.sources.get(span.source)?;
            let position = LineIndex::new(source.text()).position(span.start);
            Some(LocationJson { file: source.name().to_string(), row: position.row, col: position.col })
        });
        CauseJson { code: diagnostic.code.as_str(), message: diagnostic.message.clone(), location }
    }
}

impl TestReporter for TestJson {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => {
                self.results.push(self.result(result));
                Ok(())
            }
            Event::Ended(_) => {
                if self.slowest_first {
                    self.results.sort_by_key(|result| std::cmp::Reverse(result.duration));
                }
                serde_json::to_writer_pretty(&mut *out, &self.results)?;
                writeln!(out)
            }
        }
    }
}

/// One test; a field that would be false or empty is absent, as in OPA.
#[derive(Debug, Serialize)]
struct ResultJson {
    location: LocationJson,
    package: String,
    name: String,
    #[serde(skip_serializing_if = "is_false")]
    fail: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson>,
    #[serde(skip_serializing_if = "is_false")]
    skip: bool,
    /// Nanoseconds.
    duration: u64,
    /// Base64 of what was printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sub_results: BTreeMap<String, CaseJson>,
    /// Not in OPA: what a table's case wanted and got.
    #[serde(skip_serializing_if = "Option::is_none")]
    expectation: Option<ExpectationJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    benchmark_result: Option<BenchmarkJson>,
}

/// What was measured, by the names that Go has for it. Allocations are not measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BenchmarkJson {
    n: u64,
    /// Nanoseconds.
    t: u64,
    bytes: u64,
    mem_allocs: Option<u64>,
    mem_bytes: Option<u64>,
    extra: BTreeMap<String, f64>,
}

impl BenchmarkJson {
    fn of(measured: &Measured) -> Self {
        Self {
            n: measured.runs,
            t: u64::try_from(measured.total.as_nanos()).unwrap_or(u64::MAX),
            bytes: 0,
            mem_allocs: None,
            mem_bytes: None,
            extra: BTreeMap::new(),
        }
    }
}

/// One case of a parameterised test.
#[derive(Debug, Serialize)]
struct CaseJson {
    /// Absent when it is empty, and for a case whose value is null.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "is_false")]
    fail: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sub_results: BTreeMap<String, Self>,
}

fn sub_results(cases: &Cases) -> BTreeMap<String, CaseJson> {
    let case = |(name, case): (&Arc<str>, &CaseResult)| {
        let shown = if case.outcome == CaseOutcome::Null { "" } else { name };
        let json =
            CaseJson { name: shown.to_owned(), fail: case.failed(), sub_results: sub_results(&case.cases) };
        (name.to_string(), json)
    };
    cases.iter().map(case).collect()
}

#[derive(Debug, Serialize)]
struct LocationJson {
    file: String,
    row: usize,
    col: usize,
}

impl LocationJson {
    fn of(location: &Location) -> Self {
        Self { file: location.file.to_string(), row: location.row, col: location.col }
    }
}

/// An evaluation error is an object, compile errors are a list.
#[derive(Debug)]
enum ErrorJson {
    Evaluation(CauseJson),
    Compile(Vec<CauseJson>),
}

impl Serialize for ErrorJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Evaluation(cause) => cause.serialize(serializer),
            Self::Compile(causes) => causes.serialize(serializer),
        }
    }
}

#[derive(Debug, Serialize)]
struct CauseJson {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationJson>,
}

#[derive(Debug, Serialize)]
struct ExpectationJson {
    expected: String,
    actual: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_case: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rego_test: Option<String>,
}

impl ExpectationJson {
    fn of(failure: &Failure) -> Option<Self> {
        match failure {
            Failure::Undefined | Failure::NotTrue(_) | Failure::Cases => None,
            Failure::Unexpected { expected, actual, hint } => {
                let (expected, actual, hint) = (expected.clone(), actual.clone(), hint.clone());
                Some(Self { expected, actual, hint, table_case: None, rego_test: None })
            }
            Failure::Refuted(counterexample) => Some(Self {
                expected: counterexample.expected.clone(),
                actual: counterexample.actual.clone(),
                hint: Some(counterexample.made.join("\n")),
                table_case: counterexample.table_case.clone(),
                rego_test: counterexample.rego_test.clone(),
            }),
            Failure::Inconclusive(reason) => Some(Self {
                expected: "to be tested by an input".to_owned(),
                actual: reason.clone(),
                hint: None,
                table_case: None,
                rego_test: None,
            }),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
