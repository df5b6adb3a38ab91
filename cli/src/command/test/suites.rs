//! Table suites of a run: their files, the files that they name, and their tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::document::Spanned;
use portcullis::policy::{Engine, Policy};
use portcullis::source::{SourceId, Sources};
use portcullis::suite::selection::{Digest, Rows};
use portcullis::suite::table::{self, Case, Suite};
use portcullis::suite::{Test, TestBody, TestId};
use portcullis::value::Value;

use super::plan::{Locator, Planned, TestedSet, TestsByFile};
use crate::command::input::PolicyArgs;
use crate::load::{self, LoadOptions, SuiteFile, Walk};
use crate::policy_set::{Failure, PolicySet};

/// The suites that were found.
#[derive(Debug)]
pub(super) struct Suites {
    read: Vec<ReadSuite>,
    /// The files that suites name as data or rows: these are no base documents of the run.
    pub(super) claimed: Vec<PathBuf>,
    /// The suites' own texts and those of their rows.
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    unread: Failure,
}

/// A suite with its cases.
#[derive(Debug)]
struct ReadSuite {
    file: SuiteFile,
    suite: Suite,
    cases: Vec<Case>,
}

impl Suites {
    /// Reads suites and the rows that they name. What is wrong is kept for [`Suites::failure`].
    pub(super) fn read(files: &[SuiteFile]) -> Self {
        let mut suites = Self {
            read: Vec::new(),
            claimed: Vec::new(),
            sources: Sources::new(),
            diagnostics: Vec::new(),
            unread: Failure::default(),
        };
        for file in files {
            suites.read_one(file);
        }
        suites.refuse_repeated_names();
        suites
    }

    /// Everything that is wrong with the suites.
    pub(super) fn failure(&self) -> Option<Failure> {
        let mut failure = self.unread.clone();
        if !self.diagnostics.is_empty() {
            failure.extend(Some(Failure::new(self.diagnostics.clone(), self.sources.clone())));
        }
        failure.is_any().then_some(failure)
    }

    /// The tests of all suites, for suites that name no policy with that of the run. The policies of the others are added to
    /// `sets`, which will come behind those of the run.
    ///
    /// # Errors
    /// Policies and data of suites that can't be loaded or compiled.
    pub(super) fn tests(
        self,
        args: &PolicyArgs,
        engine: &dyn Engine,
        (run_policies, run_policy): (&PolicySet, &Arc<dyn Policy>),
        sets: &mut Vec<TestedSet>,
    ) -> Result<TestsByFile, Failure> {
        let mut policies =
            SuitePolicies { args, engine, run_policies, run_policy, sets, compiled: BTreeMap::new() };
        let mut locator = Locator::new(&self.sources);
        let mut by_file = TestsByFile::new();
        let mut failure = Failure::default();
        for ReadSuite { file, suite, cases } in self.read {
            let (policy, set) = match policies.of(&file, &suite, &self.sources) {
                Ok(found) => found,
                Err(more) => {
                    failure.extend(Some(more));
                    continue;
                }
            };
            let suite_name: Arc<str> = suite.name().value.as_str().into();
            let test = |case: Case| {
                let id = TestId::Table { suite: Arc::clone(&suite_name), case: Arc::clone(&case.name) };
                let location = locator.locate(case.span)?;
                let rows = Rows { first: location.row, last: None };
                let (asks, content) = (case.query.to_vec(), content(&case));
                let body = TestBody::Table { policy: Arc::clone(&policy), case: Arc::new(case) };
                let test = Test { id, location, body };
                Some(Planned { test, file: Arc::clone(&file.name), rows, asks, set, content })
            };
            by_file.insert(Arc::clone(&file.name), cases.into_iter().filter_map(test).collect());
        }
        if failure.is_any() { Err(failure) } else { Ok(by_file) }
    }

    fn read_one(&mut self, file: &SuiteFile) {
        let source = match file.read(load::Limits::default()) {
            Ok(source) => source,
            Err(error) => {
                self.unread.extend(Some(Failure::of_load(error)));
                return;
            }
        };
        let text = Arc::clone(source.text());
        let id = self.sources.add(source);
        let suite = match table::read(id, &file.name, &text) {
            Ok(suite) => suite,
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                return;
            }
        };
        let mut rows: BTreeMap<&str, (SourceId, Arc<str>)> = BTreeMap::new();
        for named in suite.case_files() {
            let path = beside(file, &named.value);
            self.claimed.push(path.clone());
            let rows_file = SuiteFile { name: path.to_string_lossy().into(), path };
            match rows_file.read(load::Limits::default()) {
                Ok(source) => {
                    let text = Arc::clone(source.text());
                    rows.insert(&named.value, (self.sources.add(source), text));
                }
                Err(error) => self.diagnostics.push(unreadable(named, &error)),
            }
        }
        self.claimed.extend(suite.data().iter().map(|named| beside(file, &named.value)));
        if rows.len() < suite.case_files().count() && !self.diagnostics.is_empty() {
            return;
        }
        match suite.expand(&|name| rows.get(name).map(|(id, text)| (*id, &**text))) {
            Ok(cases) => self.read.push(ReadSuite { file: file.clone(), cases, suite }),
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
        }
    }

    fn refuse_repeated_names(&mut self) {
        let mut seen: BTreeMap<&str, &SuiteFile> = BTreeMap::new();
        for ReadSuite { file, suite, .. } in &self.read {
            let name = suite.name();
            if let Some(first) = seen.insert(&name.value, file) {
                let message = format!("two suites are called `{}`", name.value);
                let help = format!("the other one is {}: names tell tests apart in reports", first.name);
                self.diagnostics.push(Diagnostic::error(Code::Suite, message, name.span).with_help(help));
            }
        }
    }
}

/// The paths of the policies and of the data that a suite names.
type Named = (Option<Vec<PathBuf>>, Vec<PathBuf>);

/// The policies that suites test, each compiled once.
struct SuitePolicies<'a> {
    args: &'a PolicyArgs,
    engine: &'a dyn Engine,
    run_policies: &'a PolicySet,
    run_policy: &'a Arc<dyn Policy>,
    sets: &'a mut Vec<TestedSet>,
    compiled: BTreeMap<Named, (Arc<dyn Policy>, usize)>,
}

impl SuitePolicies<'_> {
    /// A suite with policies of its own sees these and the data it names; one without sees those of the run, over the
    /// data it names when it names any. With them comes their position among all sets.
    fn of(
        &mut self,
        file: &SuiteFile,
        suite: &Suite,
        sources: &Sources,
    ) -> Result<(Arc<dyn Policy>, usize), Failure> {
        let all_beside = |paths: &[Spanned<String>]| -> Result<Vec<PathBuf>, Failure> {
            let found = paths.iter().map(|named| existing(file, named));
            let missing: Vec<Diagnostic> = found.clone().filter_map(Result::err).collect();
            if missing.is_empty() {
                Ok(found.filter_map(Result::ok).collect())
            } else {
                Err(Failure::new(missing, sources.clone()))
            }
        };
        let key = (suite.policies().map(all_beside).transpose()?, all_beside(suite.data())?);
        if key.0.is_none() && key.1.is_empty() {
            return Ok((self.of_the_run(suite, sources)?, 0));
        }
        if let Some((policy, set)) = self.compiled.get(&key) {
            return Ok((Arc::clone(policy), *set));
        }
        let data = self.args.load(walk(self.args, &key.1), &[])?.data;
        let policies = match &key.0 {
            None => self.run_policies.clone().with_data(data),
            Some(paths) => self.args.load(walk(self.args, paths), &[])?.with_data(data),
        };
        let policy = policies.compile(self.engine, &[])?;
        self.sets.push(TestedSet { policy: Arc::clone(&policy), policies, renames: Vec::new() });
        let set = self.sets.len();
        self.compiled.insert(key, (Arc::clone(&policy), set));
        Ok((policy, set))
    }

    fn of_the_run(&self, suite: &Suite, sources: &Sources) -> Result<Arc<dyn Policy>, Failure> {
        if self.run_policies.modules.is_empty() {
            let name = suite.name();
            let message = format!("there is no policy for the suite `{}`", name.value);
            let help = "name its files under `policies`, or give their directory to `test` as well";
            let diagnostic = Diagnostic::error(Code::Suite, message, name.span).with_help(help);
            return Err(Failure::new(vec![diagnostic], sources.clone()));
        }
        Ok(Arc::clone(self.run_policy))
    }
}

/// What a case asks, and what it expects.
fn content(case: &Case) -> Digest {
    let json = |value: Option<&Value>| value.map_or_else(String::new, Value::to_json);
    let start = Digest::of(&json(case.input.as_ref())).with(&format!("{:?}", case.expect));
    let select = case.select.iter().fold(start, |digest, step| digest.with(step));
    case.with.iter().fold(select, |digest, with| {
        with.path.iter().fold(digest, |digest, step| digest.with(step)).with(&with.value.to_json())
    })
}

pub(super) fn walk(args: &PolicyArgs, paths: &[PathBuf]) -> Walk {
    let paths: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    Walk::new(LoadOptions { mode: load::LoadMode::Files, ..args.options(&paths) })
}

/// Where a path that a suite names lies.
pub(super) fn beside(file: &SuiteFile, named: &str) -> PathBuf {
    load::clean(&file.path.parent().unwrap_or(Path::new("")).join(named))
}

pub(super) fn existing(file: &SuiteFile, named: &Spanned<String>) -> Result<PathBuf, Diagnostic> {
    let path = beside(file, &named.value);
    fs_err::metadata(&path).map(|_| path).map_err(|error| unreadable(named, &load::io_reason(&error)))
}

fn unreadable(named: &Spanned<String>, error: &dyn std::fmt::Display) -> Diagnostic {
    let message = format!("`{}` can't be read: {error}", named.value);
    Diagnostic::error(Code::Suite, message, named.span).with_help("paths are relative to the suite's file")
}
