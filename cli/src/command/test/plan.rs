//! Plans a test run: loads and compiles everything before the first test runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::frontend::ParsedModules;
use portcullis::policy::{Engine, Location, Policy};
use portcullis::source::{LineIndex, SourceId, Sources, Span};
use portcullis::suite::discovery::{self, Form, RegoTest};
use portcullis::suite::selection::Selection;
use portcullis::suite::{Test, TestBody, TestId};

use super::suites::Suites;
use crate::command::input::PolicyArgs;
use crate::load::{LoadOptions, TestData, Walk};
use crate::policy_set::Failure;

/// Everything that a run needs.
#[derive(Debug)]
pub(super) struct Plan {
    /// What to run, in the order of files and rows.
    pub(super) tests: Vec<Test>,
    /// How many files the tests are written in.
    pub(super) files: usize,
    /// What the user should know before.
    pub(super) warnings: Vec<String>,
    /// The modules of the policies.
    pub(super) sources: Sources,
    /// The policies that tests ask, for whoever measures what they cover.
    pub(super) measured: Vec<Measured>,
}

/// A policy and the modules that it was compiled from.
#[derive(Debug)]
pub(super) struct Measured {
    /// The policy.
    pub(super) policy: Arc<dyn Policy>,
    /// Its modules.
    pub(super) modules: ParsedModules,
}

/// Tests by the file they are written in; those of a suite stand with the suite, wherever its rows come from.
pub(super) type TestsByFile = BTreeMap<Arc<str>, Vec<Test>>;

impl Plan {
    /// Loads what the paths name, compiles it, and chooses the tests.
    ///
    /// # Errors
    /// Everything that keeps the tests from running; nothing runs when one policy or suite is broken.
    pub(super) fn new(
        args: &PolicyArgs,
        engine: &dyn Engine,
        paths: &[String],
        selection: Option<&Selection>,
    ) -> Result<Self, Failure> {
        let walk = Walk::new(LoadOptions { testdata: TestData::Mount, ..args.options(paths) });
        let suites = Suites::read(&walk.suites());
        let policies = args.load(walk, &suites.claimed);
        // What is wrong with suites and with policies is told together.
        let policies = match (policies, suites.failure()) {
            (Ok(policies), None) => policies,
            (Ok(_), Some(failure)) => return Err(failure),
            (Err(mut failure), more) => {
                failure.extend(more);
                return Err(failure);
            }
        };
        let discovery = discovery::discover(&policies.rules());
        let policy = policies.compile_tests(engine, &discovery.renames, &discovery.cases)?;
        let mut by_file = rego_tests(&discovery.tests, &policy, &policies.modules);
        let (mut of_suites, mut measured) = suites.tests(args, engine, &policies, &policy)?;
        by_file.append(&mut of_suites);
        for tests in by_file.values_mut() {
            tests.retain(|test| selection.is_none_or(|selection| selection.matches(&test.id)));
        }
        let files = by_file.values().filter(|tests| !tests.is_empty()).count();
        let tests = by_file.into_values().flatten().collect();
        let (warnings, sources) = (policies.warnings.clone(), policies.modules.clone());
        measured.push(Measured { policy, modules: policies.into_parsed() });
        Ok(Self { tests, files, warnings, sources, measured })
    }
}

fn rego_tests(found: &[RegoTest], policy: &Arc<dyn Policy>, modules: &Sources) -> TestsByFile {
    let mut locator = Locator::new(modules);
    let mut by_file = TestsByFile::new();
    for test in found {
        let body = match test.form {
            Form::Plain => TestBody::Rego { policy: Arc::clone(policy), path: test.path.clone() },
            Form::Todo => TestBody::Skipped { reason: None },
            Form::Parameterised => TestBody::Cases { policy: Arc::clone(policy), path: test.path.clone() },
            Form::Function => TestBody::Broken(vec![function_as_test(&test.id)]),
        };
        if let Some(location) = locator.locate(test.span) {
            let file = Arc::clone(&location.file);
            by_file.entry(file).or_default().push(Test { id: test.id.clone(), location, body });
        }
    }
    by_file
}

/// What OPA says of a test that takes arguments.
fn function_as_test(id: &TestId) -> Diagnostic {
    let message = format!("function {id} used as reference, not called");
    Diagnostic::error(Code::Type, message, None).with_help("a test is a rule without arguments")
}

/// Finds rows and columns in several sources, reading each source once.
#[derive(Debug)]
pub(super) struct Locator<'a> {
    sources: &'a Sources,
    lines: BTreeMap<SourceId, LineIndex>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, lines: BTreeMap::new() }
    }

    /// The place where a span starts; `None` when it is of other sources.
    pub(super) fn locate(&mut self, span: Span) -> Option<Location> {
        let source = self.sources.get(span.source)?;
        let lines = self.lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
        let position = lines.position(span.start);
        Some(Location { file: Arc::clone(source.name()), row: position.row, col: position.col })
    }
}
