//! Properties of a run: their files, what METADATA and rules say, and their tests.

mod declared;
mod settings;
mod tried;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::host::{Host as _, SealedHost};
use portcullis::policy::Rename;
use portcullis::probe::decision::{self, Decision, Recognised};
use portcullis::probe::seed::Written;
use portcullis::probe::subject::Subject;
use portcullis::property::arena::Arena;
use portcullis::property::check::Check;
use portcullis::property::{self, CompileErrors, DataScope, Kind, Path, Property, PropertySet};
use portcullis::source::{Sources, Span};
use portcullis::suite::discovery;
use portcullis::suite::selection::{Digest, Rows};
use portcullis::suite::table::Case;
use portcullis::suite::{Test, TestBody, TestId};

pub(in crate::command) use self::declared::Declared;
pub(in crate::command) use self::settings::PropertyArgs;
pub(in crate::command) use self::tried::Tried;
use super::plan::{Locator, Planned, TestsByFile};
use super::suites::{beside, existing, walk};
use crate::command::input::PolicyArgs;
use crate::command::probe::saved::Saved;
use crate::host::{Machine, Network};
use crate::load::{self, SuiteFile};
use crate::policy_set::{Failure, PolicySet};

/// The files of properties that were found.
#[derive(Debug)]
pub(super) struct Properties {
    read: Vec<(SuiteFile, PropertySet)>,
    /// The files that they name as data: these are no base documents of the run.
    pub(super) claimed: Vec<PathBuf>,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    unread: Failure,
}

/// What properties are tried with.
pub(super) struct Surroundings<'a> {
    pub(super) args: &'a PolicyArgs,
    pub(super) settings: &'a PropertyArgs,
    /// The policies of the run.
    pub(super) policies: &'a PolicySet,
    pub(super) renames: &'a [Rename],
    /// The cases of table suites.
    pub(super) rows: &'a [Arc<Case>],
    /// The paths of the run.
    pub(super) paths: &'a [String],
}

impl Properties {
    /// Reads files of properties. What is wrong is kept for [`Properties::failure`].
    pub(super) fn read(files: &[SuiteFile]) -> Self {
        let mut properties = Self {
            read: Vec::new(),
            claimed: Vec::new(),
            sources: Sources::new(),
            diagnostics: Vec::new(),
            unread: Failure::default(),
        };
        for file in files {
            let source = match file.read(load::Limits::default()) {
                Ok(source) => source,
                Err(error) => {
                    properties.unread.extend(Some(Failure::of_load(error)));
                    continue;
                }
            };
            let text = Arc::clone(source.text());
            let id = properties.sources.add(source);
            match property::read(id, &file.name, &text) {
                Ok(set) => {
                    properties.claimed.extend(set.data.iter().map(|named| beside(file, &named.value)));
                    properties.read.push((file.clone(), set));
                }
                Err(diagnostics) => properties.diagnostics.extend(diagnostics),
            }
        }
        properties.refuse_repeated_names();
        properties
    }

    /// What the files say beside their properties.
    pub(super) fn declared(&self) -> Declared {
        Declared {
            sets: self.read.iter().map(|(_, set)| set.clone()).collect(),
            sources: self.sources.clone(),
        }
    }

    /// Everything that is wrong with the files.
    pub(super) fn failure(&self) -> Option<Failure> {
        let mut failure = self.unread.clone();
        if !self.diagnostics.is_empty() {
            failure.extend(Some(Failure::new(self.diagnostics.clone(), self.sources.clone())));
        }
        failure.is_any().then_some(failure)
    }

    /// The tests of all properties: of files, of METADATA and of rules.
    ///
    /// # Errors
    /// Policies, data and conditions that can't be loaded or compiled, and decisions that are none.
    pub(super) fn tests(self, around: &Surroundings<'_>) -> Result<TestsByFile, Failure> {
        if self.read.is_empty() && !property::may_be_in(around.policies.parsed()) {
            return Ok(TestsByFile::new());
        }
        let inventory = around.policies.inventory()?;
        let refuse = |diagnostics| Failure::new(diagnostics, around.policies.modules.clone());
        let of_metadata = property::of_metadata(&inventory);
        let of_rules = property::of_rules(&around.policies.rules(), &inventory);
        let (of_metadata, of_rules) = match (of_metadata, of_rules) {
            (Ok(of_metadata), Ok(of_rules)) => (of_metadata, of_rules),
            (of_metadata, of_rules) => {
                let errors = of_metadata.err().into_iter().chain(of_rules.err()).flatten();
                return Err(refuse(errors.collect()));
            }
        };
        let mut by_file = TestsByFile::new();
        if self.read.is_empty() && of_metadata.is_empty() && of_rules.is_empty() {
            return Ok(by_file);
        }
        let (own, apart): (Vec<_>, Vec<_>) =
            self.read.iter().partition(|(_, set)| set.policies.is_none() && set.data.is_empty());
        let mut groups: Vec<Group<'_>> = Vec::new();
        let in_modules = of_metadata.iter().map(|set| (None, set));
        let in_rules = of_rules.iter().map(|(set, _)| (None, set));
        let in_files = own.iter().map(|(file, set)| (Some(file), set));
        let run: Vec<Member<'_>> = in_files.chain(in_modules).chain(in_rules).collect();
        if !run.is_empty() {
            let policies = around.policies.clone();
            groups.push(Group { policies, renames: around.renames.to_vec(), members: run });
        }
        let mut failure = Failure::default();
        for (file, set) in apart {
            match self.policies_of(around, file, set) {
                Ok(policies) => {
                    let renames = discovery::discover(&policies.rules()).renames;
                    groups.push(Group { policies, renames, members: vec![(Some(file), set)] });
                }
                Err(more) => failure.extend(Some(more)),
            }
        }
        if failure.is_any() {
            return Err(failure);
        }
        let saved = Saved::of(around.paths).properties().map_err(|error| Failure::of_message(&error))?;
        let generators: BTreeMap<(Arc<str>, Arc<str>), Path> = of_rules
            .iter()
            .flat_map(|(set, generators)| {
                let name =
                    |(id, path): (&Arc<str>, &Path)| ((Arc::clone(&set.name), Arc::clone(id)), path.clone());
                generators.iter().map(name)
            })
            .collect();
        for group in groups {
            let planned = Planner { around, files: &self.sources, saved: &saved, generators: &generators }
                .group(group)?;
            for test in planned {
                by_file.entry(Arc::clone(&test.file)).or_default().push(test);
            }
        }
        Ok(by_file)
    }

    fn policies_of(
        &self,
        around: &Surroundings<'_>,
        file: &SuiteFile,
        set: &PropertySet,
    ) -> Result<PolicySet, Failure> {
        let refuse = |diagnostic| Failure::new(vec![diagnostic], self.sources.clone());
        let beside = |named: &[_]| -> Result<Vec<PathBuf>, Failure> {
            named.iter().map(|named| existing(file, named).map_err(as_property).map_err(refuse)).collect()
        };
        let data = beside(&set.data)?;
        let data = around.args.load(walk(around.args, &data), &[])?.data;
        Ok(match &set.policies {
            None => around.policies.clone().with_data(data),
            Some(paths) => around.args.load(walk(around.args, &beside(paths)?), &[])?.with_data(data),
        })
    }

    fn refuse_repeated_names(&mut self) {
        let mut seen: BTreeMap<&str, &SuiteFile> = BTreeMap::new();
        for (file, set) in &self.read {
            if let Some(first) = seen.insert(&set.name, file) {
                let message = format!("two files of properties are called `{}`", set.name);
                let help = format!("the other one is {}: give one of them another `name`", first.name);
                self.diagnostics.push(Diagnostic::error(Code::Property, message, set.span).with_help(help));
            }
        }
    }
}

/// A set, and its file if it has one.
type Member<'a> = (Option<&'a SuiteFile>, &'a PropertySet);

/// Sets that are about the same policies and data.
struct Group<'a> {
    policies: PolicySet,
    renames: Vec<Rename>,
    members: Vec<Member<'a>>,
}

struct Planner<'a> {
    around: &'a Surroundings<'a>,
    files: &'a Sources,
    saved: &'a BTreeMap<String, Vec<property::check::Saved>>,
    generators: &'a BTreeMap<(Arc<str>, Arc<str>), Path>,
}

impl Planner<'_> {
    fn group(&self, group: Group<'_>) -> Result<Vec<Planned>, Failure> {
        let Group { policies, renames, members } = group;
        let now = Machine::new(Network::Denied).now();
        let seed = self.around.settings.seed;
        let engine = NativeEngine::new(Arc::new(SealedHost { now, seed }));
        let sets: Vec<&PropertySet> = members.iter().map(|(_, set)| *set).collect();
        let compiled = policies.compile_properties(&engine, &renames, &sets);
        let policy = compiled.map_err(|errors| failure(errors, self.files, &policies))?;
        let tests = discovery::discover(&policies.rules()).tests;
        let tests: Vec<(Arc<str>, Vec<Arc<str>>)> =
            tests.into_iter().map(|test| (test.id.to_string().into(), test.path)).collect();
        let stands_on = content(&policies);
        let mut planned = Vec::new();
        for (file, set) in members {
            let set = Arc::new(set.clone());
            let places = if set.in_modules { &policies.modules } else { self.files };
            let mut locator = Locator::new(places);
            let mut arenas: BTreeMap<(Decision, bool), Arc<Arena>> = BTreeMap::new();
            for property in &set.properties {
                let key = (Arc::clone(&set.name), Arc::clone(&property.id));
                let generator = self.generators.get(&key).cloned();
                let decision = decision_of(&policy, &policies, &set, property, generator.is_some()).map_err(
                    |error| {
                        let errors = if set.in_modules {
                            CompileErrors { in_policies: vec![error], in_files: Vec::new() }
                        } else {
                            CompileErrors { in_policies: Vec::new(), in_files: vec![error] }
                        };
                        failure(errors, self.files, &policies)
                    },
                )?;
                let any_data = property.data == DataScope::Any;
                let settings = self.around.settings.of(&set);
                let arena = arenas.entry((decision.clone(), any_data)).or_insert_with(|| {
                    let rows = self.rows(&policy, &decision, set.policies.is_some());
                    let subject = Subject { policy: policy.clone(), decision: decision.clone() };
                    let tests = tests.clone();
                    Arc::new(Arena::new(subject, tests, rows, &set, property.data, settings))
                });
                let other = match &property.kind {
                    Kind::EquivalentTo(named, span) => {
                        Some(self.other(&engine, &policies, file, named, *span)?)
                    }
                    Kind::AllowRequires(_)
                    | Kind::NeverAllowWhen(..)
                    | Kind::DependsOn(_)
                    | Kind::OnMissing(..)
                    | Kind::MustAllow(_)
                    | Kind::Expect(_)
                    | Kind::Agrees(..)
                    | Kind::Changes(_)
                    | Kind::Rule { .. } => None,
                };
                let id = TestId::Property { set: Arc::clone(&set.name), property: Arc::clone(&property.id) };
                let saved = self.saved.get(&id.to_string()).cloned().unwrap_or_default();
                let Some(location) = locator.locate(property.span) else { continue };
                let file = Arc::clone(&location.file);
                let rows = Rows { first: location.row, last: None };
                let asks = decision.path.clone();
                let check = Check {
                    set: Arc::clone(&set),
                    property: property.clone(),
                    arena: Arc::clone(arena),
                    other,
                    generator,
                    saved,
                    tried: OnceLock::new(),
                };
                let time = set.budget.time.unwrap_or(DEFAULT_TIME);
                let body = TestBody::Property { check: Arc::new(check), time };
                let content = stands_on.with(&format!("{property:?}"));
                let test = Test { id, location, body };
                planned.push(Planned { test, file, rows, asks, set: 0, content });
            }
        }
        Ok(planned)
    }

    /// The cases of tables that are about the same package.
    fn rows(&self, policy: &NativePolicy, decision: &Decision, is_apart: bool) -> Vec<Written> {
        let package = decision.path.split_last().map(|(_, package)| package).unwrap_or_default();
        let own = self.around.rows.iter().filter(|case| case.query.starts_with(package));
        let written = own.map(|case| {
            // What a row puts in the place of data is meant for the data of its suite.
            let with = if is_apart { &[] } else { &*case.with };
            Written::with_overrides(Arc::clone(&case.name), case.input.clone(), policy.data(), with)
        });
        written.collect()
    }

    /// The policy that a property compares with.
    fn other(
        &self,
        engine: &NativeEngine,
        policies: &PolicySet,
        file: Option<&SuiteFile>,
        named: &str,
        span: Span,
    ) -> Result<NativePolicy, Failure> {
        let refuse = |diagnostic| Failure::new(vec![diagnostic], self.files.clone());
        let Some(file) = file else {
            let message = "properties of METADATA can't name files: write this one into a *.properties.yaml";
            return Err(Failure::of_message(message));
        };
        let named = portcullis::document::Spanned { span, value: named.to_owned() };
        let path = existing(file, &named).map_err(as_property).map_err(refuse)?;
        let loaded = self.around.args.load(walk(self.around.args, &[path]), &[])?;
        loaded.with_data(policies.data.clone()).compile_native(engine, &[])
    }
}

/// What is wrong, told where it is: in the files of properties, or in the modules of the policies.
fn failure(errors: CompileErrors, files: &Sources, policies: &PolicySet) -> Failure {
    let CompileErrors { in_policies, in_files } = errors;
    let mut failure = Failure::default();
    if !in_files.is_empty() {
        failure.extend(Some(Failure::new(in_files, files.clone())));
    }
    if !in_policies.is_empty() {
        failure.extend(Some(Failure::new(in_policies, policies.modules.clone())));
    }
    failure
}

/// The decision that a property is about.
fn decision_of(
    policy: &NativePolicy,
    policies: &PolicySet,
    set: &PropertySet,
    property: &Property,
    has_generator: bool,
) -> Result<Decision, Diagnostic> {
    let refuse = |message: String, span: Span, help: &str| {
        Diagnostic::error(Code::Property, message, span).with_help(help)
    };
    if let Some((path, span)) = property.entrypoint.as_ref().or(set.entrypoint.as_ref()) {
        let decision = Decision::at(path.to_vec());
        if decision.rule(policy.program()).is_some() {
            return Ok(decision);
        }
        let message = format!("there is no rule `{}`", decision.name());
        return Err(refuse(message, *span, "write the path of a rule, as in `data.authz.allow`"));
    }
    if let (Kind::Rule { path, .. }, true) = (&property.kind, has_generator) {
        return Ok(Decision::at(path.to_vec()));
    }
    let recognised = policies.inventory().map(|inventory| decision::recognise(policy.program(), &inventory));
    match recognised {
        Ok(Recognised::Decisions(decisions)) if decisions.len() == 1 => {
            decisions.into_iter().next().ok_or_else(|| refuse(UNKNOWN.to_owned(), property.span, NAME_ONE))
        }
        Ok(_) | Err(_) => Err(refuse(UNKNOWN.to_owned(), property.span, NAME_ONE)),
    }
}

fn as_property(diagnostic: Diagnostic) -> Diagnostic {
    let help = "paths are relative to the file of the properties".to_owned();
    Diagnostic { code: Code::Property, help: Some(help), ..diagnostic }
}

/// All that conditions can read: a property may read more than its decision does.
fn content(policies: &PolicySet) -> Digest {
    let modules = policies.modules.iter().map(|(_, source)| source.text());
    modules.fold(Digest::of(&policies.data.to_json()), |digest, text| digest.with(text))
}

const UNKNOWN: &str = "which rule decides?";
const NAME_ONE: &str = "name it in METADATA, as in `custom: {portcullis: {entrypoint: data.authz.allow}}`, or mark it with `entrypoint: true`";

/// How long a property may be tried unless its file says otherwise.
const DEFAULT_TIME: Duration = Duration::from_mins(1);
