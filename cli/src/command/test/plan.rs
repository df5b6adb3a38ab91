//! Loads and compiles everything before the first test runs, and finds the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::frontend::ParsedModules;
use portcullis::policy::{Engine, Location, Policy, Rename};
use portcullis::source::{LineIndex, SourceId, Sources, Span};
use portcullis::suite::discovery::{self, Form, RegoTest};
use portcullis::suite::selection::{Digest, Rows};
use portcullis::suite::table::Case;
use portcullis::suite::{Test, TestBody, TestId};

use super::properties::{Declared, Properties, PropertyArgs, Surroundings};
use super::suites::Suites;
use crate::command::input::PolicyArgs;
use crate::load::{LoadOptions, TestData, Walk};
use crate::policy_set::{Failure, PolicySet};

/// Everything that a run needs.
#[derive(Debug)]
pub(super) struct Plan {
    /// What to run, in order.
    pub(super) tests: Vec<Test>,
    /// How many files the tests are written in.
    pub(super) files: usize,
    /// The modules of the policies.
    pub(super) sources: Sources,
    /// The paths that they were loaded from.
    pub(super) paths: Vec<String>,
    /// The policies that tests ask, for whoever measures what they cover.
    pub(super) measured: Vec<Measured>,
}

impl Plan {
    /// Has each test so many times, one after the other.
    pub(super) fn repeat(&mut self, times: usize) {
        if times != 1 {
            let tests = std::mem::take(&mut self.tests).into_iter();
            self.tests = tests.flat_map(|test| std::iter::repeat_n(test, times)).collect();
        }
    }
}

/// Everything that can be run.
#[derive(Debug)]
pub(in crate::command) struct Inventory {
    /// All tests, in the order of files and rows.
    pub(in crate::command) tests: Vec<Planned>,
    /// The policies that they test; those of the run come first.
    pub(in crate::command) sets: Vec<TestedSet>,
    /// What files of properties say beside their properties.
    pub(in crate::command) declared: Declared,
    /// What the user should know before.
    pub(in crate::command) warnings: Vec<String>,
    /// The modules of the policies.
    pub(super) sources: Sources,
    /// The paths that they were loaded from.
    paths: Vec<String>,
}

/// A policy and the modules that it was compiled from.
#[derive(Debug)]
pub(super) struct Measured {
    /// The policy.
    pub(super) policy: Arc<dyn Policy>,
    /// Its modules.
    pub(super) modules: ParsedModules,
}

/// A test, and what has to be known to choose it.
#[derive(Debug)]
pub(in crate::command) struct Planned {
    /// The test.
    pub(in crate::command) test: Test,
    /// The file that it counts for: for a case, that of its suite, wherever its row comes from.
    pub(super) file: Arc<str>,
    /// Where it is written in the file of its location.
    pub(super) rows: Rows,
    /// The path below `data` of what it asks for.
    pub(super) asks: Vec<Arc<str>>,
    /// The position of the policies that it asks among [`Inventory::sets`].
    pub(in crate::command) set: usize,
    /// What it is beyond the policies: of a case, its input and what it expects.
    pub(super) content: Digest,
}

/// Policies as tests see them.
#[derive(Debug)]
pub(in crate::command) struct TestedSet {
    /// What answers.
    pub(super) policy: Arc<dyn Policy>,
    /// What it was compiled from.
    pub(in crate::command) policies: PolicySet,
    /// The names that tests of equal names have instead.
    pub(in crate::command) renames: Vec<Rename>,
}

/// Tests by the file they are written in; those of a suite stand with the suite, wherever its rows come from.
pub(super) type TestsByFile = BTreeMap<Arc<str>, Vec<Planned>>;

impl Inventory {
    /// Loads what the paths name and compiles it, without properties.
    ///
    /// # Errors
    /// Everything that keeps the tests from running; nothing runs when one policy or suite is broken.
    pub(in crate::command) fn new(
        args: &PolicyArgs,
        engine: &dyn Engine,
        paths: &[String],
    ) -> Result<Self, Failure> {
        Self::with_properties(args, engine, paths, None)
    }

    /// As [`Inventory::new`], with properties among the tests if it is said how much is tried for each.
    ///
    /// # Errors
    /// As there, and conditions that can't be compiled.
    pub(in crate::command) fn with_properties(
        args: &PolicyArgs,
        engine: &dyn Engine,
        paths: &[String],
        settings: Option<&PropertyArgs>,
    ) -> Result<Self, Failure> {
        let walk = Walk::new(LoadOptions { testdata: TestData::Mount, ..args.options(paths) });
        let suites = Suites::read(&walk.suites());
        let properties = Properties::read(&walk.properties());
        let claimed: Vec<PathBuf> = suites.claimed.iter().chain(&properties.claimed).cloned().collect();
        let policies = args.load(walk, &claimed);
        // What is wrong with suites, properties and policies is told together.
        let mut failure = policies.as_ref().err().cloned().unwrap_or_default();
        failure.extend(suites.failure());
        failure.extend(settings.and_then(|_| properties.failure()));
        let policies = match policies {
            Ok(policies) if !failure.is_any() => policies,
            Ok(_) | Err(_) => return Err(failure),
        };
        let discovery = discovery::discover(&policies.rules());
        let policy = policies.compile_tests(engine, &discovery.renames, &discovery.cases)?;
        let mut by_file = rego_tests(discovery.tests, &policy, &policies.modules);
        let mut sets = Vec::new();
        by_file.append(&mut suites.tests(args, engine, (&policies, &policy), &mut sets)?);
        let declared = properties.declared();
        if let Some(settings) = settings {
            let rows: Vec<Arc<Case>> =
                by_file.values().flatten().filter_map(|planned| row(&planned.test)).collect();
            let renames = &discovery.renames;
            let around = Surroundings { args, settings, policies: &policies, renames, rows: &rows, paths };
            for (file, mut tests) in properties.tests(&around)? {
                by_file.entry(file).or_default().append(&mut tests);
            }
        }
        let (warnings, sources) = (policies.warnings.clone(), policies.modules.clone());
        sets.insert(0, TestedSet { policy, policies, renames: discovery.renames });
        let tests = by_file.into_values().flatten().collect();
        Ok(Self { tests, sets, declared, warnings, sources, paths: paths.to_vec() })
    }

    /// The policies of the run.
    pub(in crate::command) fn run(&self) -> Option<&PolicySet> {
        self.sets.first().map(|set| &set.policies)
    }

    /// Whether there is a test at a position whose name fits.
    pub(super) fn is(&self, position: usize, fits: impl FnOnce(&TestId) -> bool) -> bool {
        self.tests.get(position).is_some_and(|planned| fits(&planned.test.id))
    }

    /// The plan of the tests at these positions, in this order.
    pub(super) fn plan(mut self, positions: &[usize]) -> Plan {
        let chosen = || positions.iter().filter_map(|position| self.tests.get(*position));
        let files: BTreeSet<&Arc<str>> = chosen().map(|planned| &planned.file).collect();
        let tests = chosen().map(|planned| planned.test.clone()).collect();
        let files = files.len();
        // Those of the run come last: of suites with policies of their own, each has its place.
        self.sets.rotate_left(1);
        let measured = self
            .sets
            .into_iter()
            .map(|TestedSet { policy, policies, .. }| Measured { policy, modules: policies.into_parsed() });
        let measured = measured.collect();
        Plan { tests, files, sources: self.sources, paths: self.paths, measured }
    }
}

/// The row of a table that a test is.
fn row(test: &Test) -> Option<Arc<Case>> {
    match &test.body {
        TestBody::Table { case, .. } => Some(Arc::clone(case)),
        TestBody::Rego { .. }
        | TestBody::Cases { .. }
        | TestBody::Property { .. }
        | TestBody::Broken(_)
        | TestBody::Skipped { .. } => None,
    }
}

fn rego_tests(found: Vec<RegoTest>, policy: &Arc<dyn Policy>, modules: &Sources) -> TestsByFile {
    let mut locator = Locator::new(modules);
    let mut by_file = TestsByFile::new();
    for RegoTest { id, path, span, form } in found {
        let body = match form {
            Form::Plain => TestBody::Rego { policy: Arc::clone(policy), path: path.clone() },
            Form::Todo => TestBody::Skipped { reason: None },
            Form::Parameterised => TestBody::Cases { policy: Arc::clone(policy), path: path.clone() },
            Form::Function => TestBody::Broken(vec![function_as_test(&id)]),
        };
        let end = Span { start: span.end.saturating_sub(1), ..span };
        if let (Some(location), Some(last)) = (locator.locate(span), locator.locate(end)) {
            let file = Arc::clone(&location.file);
            let rows = Rows { first: location.row, last: Some(last.row) };
            let test = Test { id, location, body };
            let planned = Planned {
                test,
                file: Arc::clone(&file),
                rows,
                asks: path,
                set: 0,
                content: Digest::default(),
            };
            by_file.entry(file).or_default().push(planned);
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
