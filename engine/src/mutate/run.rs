//! Tries mutants: the tests that evaluate what was changed are run until one notices.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::coverage::{Part, Seen, Watch};
use super::mutant::Mutant;
use crate::eval::{EngineOptions, NativeEngine, NativePolicy, NoObserver, Observer};
use crate::frontend::ParsedModules;
use crate::parallel;
use crate::policy::{CompileUnit, Limits, Rename, Request};
use crate::source::{SourceId, Span};
use crate::suite::run::verdict;
use crate::suite::{TestBody, TestId, Verdict};
use crate::value::Value;

/// Modules and data that tests ask.
#[derive(Debug)]
pub struct Set {
    /// The modules.
    pub modules: ParsedModules,
    /// The base documents.
    pub data: Value,
    /// The names that tests of equal names have instead.
    pub renames: Vec<Rename>,
    /// Where the parameterised tests are that tell their cases.
    pub cases: Vec<Span>,
}

/// A test that mutants have to pass.
#[derive(Debug, Clone)]
pub struct Exam {
    /// Its name.
    pub id: TestId,
    /// The position of the set that it asks.
    pub set: usize,
    /// What it does; the policy in it is not asked.
    pub body: TestBody,
}

/// What came of a mutant.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It doesn't compile: nobody could make this mistake.
    Unviable,
    /// A test failed.
    Killed(TestId),
    /// All tests passed.
    Survived(Survived),
    /// It was not tried to the end.
    NotRun,
}

/// A mutant that all tests pass with.
#[derive(Clone)]
pub struct Survived {
    /// How many tests evaluate what it changes.
    pub tests: usize,
    /// The policy with the change, over the data of the first set.
    pub policy: NativePolicy,
}

impl fmt::Debug for Survived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Survived").field("tests", &self.tests).finish_non_exhaustive()
    }
}

/// Tests that pass, and the policies that they ask: where mutants are tried.
pub struct Bed {
    engine: NativeEngine,
    sets: Vec<Bedded>,
    exams: Vec<Sat>,
}

/// A set, with what it has in common with others.
struct Bedded {
    set: Set,
    /// The set before it that has the same modules.
    same: Option<usize>,
    policy: NativePolicy,
}

/// A test, and what it evaluates.
struct Sat {
    exam: Exam,
    seen: Seen,
}

/// Why mutants can't be tried.
#[derive(Debug, Clone, PartialEq)]
pub enum Unready {
    /// These tests don't pass as it is.
    Failing(Vec<TestId>),
    /// The modules of a set don't compile.
    Broken(Vec<crate::diagnostic::Diagnostic>),
    /// It was stopped.
    Stopped,
}

/// How to try.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// How many threads work.
    pub jobs: NonZeroUsize,
    /// Whether to stop: asked between one test and the next.
    pub is_over: &'o (dyn Fn() -> bool + Sync),
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

impl fmt::Debug for Bed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bed")
            .field("sets", &self.sets.len())
            .field("exams", &self.exams.len())
            .finish_non_exhaustive()
    }
}

impl Bed {
    /// Runs the tests once, to see that they pass and what each evaluates. Those that are skipped are left out.
    ///
    /// # Errors
    /// Tests that don't pass, and modules that don't compile.
    pub fn new(
        engine: &NativeEngine,
        sets: Vec<Set>,
        exams: Vec<Exam>,
        options: Options<'_>,
    ) -> Result<Self, Unready> {
        // Shortcuts leave out what a mutant may need.
        let thorough =
            engine.clone().with_options(EngineOptions { optimise: false, ..EngineOptions::default() });
        let mut bedded: Vec<Bedded> = Vec::with_capacity(sets.len());
        for set in sets {
            let same = bedded.iter().position(|other| other.same.is_none() && is_same(&other.set, &set));
            let policy = match same.and_then(|at| bedded.get(at)) {
                Some(other) => other.policy.with_data(set.data.clone()),
                None => compile(&thorough, &set, &set.modules).map_err(Unready::Broken)?,
            };
            bedded.push(Bedded { set, same, policy });
        }
        let asked = exams.into_iter().filter(|exam| match &exam.body {
            TestBody::Rego { .. } | TestBody::Cases { .. } | TestBody::Table { .. } => true,
            // A property asks a policy of its own.
            TestBody::Property { .. } | TestBody::Broken(_) | TestBody::Skipped { .. } => false,
        });
        let sit = |exam: Exam| {
            if (options.is_over)() {
                return None;
            }
            let policy = &bedded.get(exam.set)?.policy;
            let (passed, NoObserver) = ask(policy, &exam.body, NoObserver);
            // Who watches sees more than is evaluated, and it may come to something else.
            let (_, watch) = ask(policy, &exam.body, Watch::new(policy.program()));
            Some((Sat { exam, seen: watch.seen }, passed))
        };
        let sat = parallel::map(options.jobs, asked.collect(), sit);
        if (options.is_over)() {
            return Err(Unready::Stopped);
        }
        let (passed, failed): (Vec<_>, Vec<_>) =
            sat.into_iter().flatten().partition(|(_, verdict)| *verdict == Verdict::Pass);
        let failing: Vec<TestId> = failed
            .into_iter()
            .filter(|(_, verdict)| !matches!(verdict, Verdict::Skip { .. }))
            .map(|(sat, _)| sat.exam.id)
            .collect();
        if !failing.is_empty() {
            return Err(Unready::Failing(failing));
        }
        let exams = passed.into_iter().map(|(sat, _)| sat).collect();
        Ok(Self { engine: engine.clone(), sets: bedded, exams })
    }

    /// How many tests mutants have to pass.
    pub fn tests(&self) -> usize {
        self.exams.len()
    }

    /// What comes of each mutant, in their order. `tell` is called when one is done. The result doesn't depend on the number of
    /// threads.
    pub fn try_all(&self, mutants: &[Mutant], options: Options<'_>, tell: &(dyn Fn() + Sync)) -> Vec<Fate> {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, mutant) in mutants.iter().enumerate() {
            groups.entry(&mutant.rule).or_default().push(at);
        }
        let work = |group: Vec<usize>| {
            // The tests that noticed the last mutants of a rule are likely to notice the next.
            let mut killers: Vec<usize> = Vec::new();
            let mut fates = Vec::with_capacity(group.len());
            for at in group {
                let Some(mutant) = mutants.get(at) else { continue };
                let fate = self.try_one(mutant, &mut killers, options);
                tell();
                fates.push((at, fate));
            }
            fates
        };
        let mut fates: Vec<(usize, Fate)> =
            parallel::map(options.jobs, groups.into_values().collect(), work).into_iter().flatten().collect();
        fates.sort_unstable_by_key(|(at, _)| *at);
        fates.into_iter().map(|(_, fate)| fate).collect()
    }

    fn try_one(&self, mutant: &Mutant, killers: &mut Vec<usize>, options: Options<'_>) -> Fate {
        if (options.is_over)() {
            return Fate::NotRun;
        }
        let Some(changed) = self.changed(mutant) else { return Fate::Unviable };
        let covers = |sat: &Sat| {
            changed.get(sat.exam.set).and_then(Option::as_ref).is_some_and(|(_, part)| sat.seen.any(part))
        };
        let others = (0..self.exams.len()).filter(|at| !killers.contains(at));
        let order: Vec<usize> = killers.iter().copied().chain(others).collect();
        let mut tests = 0;
        for at in order {
            let Some(sat) = self.exams.get(at).filter(|sat| covers(sat)) else { continue };
            let Some(Some((policy, _))) = changed.get(sat.exam.set) else { continue };
            if (options.is_over)() {
                return Fate::NotRun;
            }
            tests += 1;
            let (came, NoObserver) = ask(policy, &sat.exam.body, NoObserver);
            if came != Verdict::Pass {
                killers.retain(|known| *known != at);
                killers.insert(0, at);
                return Fate::Killed(sat.exam.id.clone());
            }
        }
        match changed.into_iter().next().flatten() {
            Some((policy, _)) => Fate::Survived(Survived { tests, policy }),
            None => Fate::Unviable,
        }
    }

    /// The policies of the sets with a change, and the part of each that it changes; nothing for a set without the module. Nothing
    /// at all if the change does not compile.
    fn changed(&self, mutant: &Mutant) -> Option<Vec<Option<(NativePolicy, Part)>>> {
        let source = self.sets.first()?.set.modules.sources().get(mutant.span.source)?;
        let text = changed_text(source.text(), mutant)?;
        let mut changed: Vec<Option<(NativePolicy, Part)>> = Vec::with_capacity(self.sets.len());
        for bedded in &self.sets {
            let modules = &bedded.set.modules;
            let known: Option<SourceId> = modules
                .sources()
                .iter()
                .find(|(_, other)| other.name() == source.name() && other.text() == source.text())
                .map(|(id, _)| id);
            let Some(id) = known else {
                changed.push(None);
                continue;
            };
            let same = bedded.same.and_then(|at| changed.get(at).cloned().flatten());
            changed.push(Some(if let Some((policy, part)) = same {
                (policy.with_data(bedded.set.data.clone()), part)
            } else {
                let modules = modules.with_text(id, &text).ok()?;
                let policy = compile(&self.engine, &bedded.set, &modules).ok()?;
                (policy, Part::of(bedded.policy.program(), mutant, id))
            }));
        }
        Some(changed)
    }
}

/// The text with a change.
pub fn changed_text(text: &str, mutant: &Mutant) -> Option<String> {
    let before = text.get(..mutant.span.start as usize)?;
    let after = text.get(mutant.span.end as usize..)?;
    Some([before, &mutant.replacement, after].concat())
}

fn compile(
    engine: &NativeEngine,
    set: &Set,
    modules: &ParsedModules,
) -> Result<NativePolicy, Vec<crate::diagnostic::Diagnostic>> {
    let unit = CompileUnit { modules, data: &set.data, renames: &set.renames, cases: &set.cases };
    engine.compile_native(&unit)
}

fn is_same(one: &Set, other: &Set) -> bool {
    let texts = |set: &Set| -> Vec<(Arc<str>, Arc<str>)> {
        let sources = set.modules.sources().iter();
        sources.map(|(_, source)| (Arc::clone(source.name()), Arc::clone(source.text()))).collect()
    };
    let names = |set: &Set| -> Vec<(Span, Arc<str>)> {
        set.renames.iter().map(|rename| (rename.span, Arc::clone(&rename.name))).collect()
    };
    texts(one) == texts(other) && names(one) == names(other) && one.cases == other.cases
}

fn ask<O: Observer>(policy: &NativePolicy, body: &TestBody, observer: O) -> (Verdict, O) {
    let limits = Limits { steps: Some(MAX_STEPS), ..Limits::default() };
    let plain = Request { limits, ..Request::default() };
    let (path, request) = match body {
        TestBody::Rego { path, .. } | TestBody::Cases { path, .. } => (path.as_slice(), plain),
        TestBody::Table { case, .. } => {
            (&*case.query, Request { input: case.input.as_ref(), with: &case.with, ..plain })
        }
        TestBody::Property { .. } | TestBody::Broken(_) | TestBody::Skipped { .. } => {
            return (Verdict::Skip { reason: None }, observer);
        }
    };
    let (evaluation, _, observer) = policy.question(path).watch(&request, observer);
    (verdict(body, evaluation), observer)
}

/// A mutant that makes a test take more has been noticed.
const MAX_STEPS: u64 = 20_000_000;
