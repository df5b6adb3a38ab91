//! Tries mutants: the tests that evaluate what was changed are run until one notices.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::coverage::{Part, Seen, Watch};
use super::exam::{Exam, Examiner, Last};
use super::mutant::Mutant;
use crate::eval::{EngineOptions, NativeEngine, NativePolicy, NoObserver, Record, Revisable};
use crate::frontend::ParsedModules;
use crate::parallel;
use crate::policy::{CompileUnit, Rename};
use crate::program::Changes;
use crate::source::{SourceId, Span};
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
    sets: Vec<Bedded>,
    exams: Vec<Sat>,
}

/// A set, with what it has in common with others.
struct Bedded {
    set: Set,
    /// The set before it that has the same modules.
    same: Option<usize>,
    /// It evaluates everything.
    policy: NativePolicy,
    /// It takes shortcuts, as mutants do.
    quick: NativePolicy,
    /// The same, to be changed; nothing if another set has the same modules.
    revisable: Option<Revisable>,
}

/// A test, and what it evaluates.
struct Sat {
    exam: Exam,
    seen: Seen,
    /// What its evaluation went through, if that is known.
    record: Option<Record>,
}

/// A policy with a change.
#[derive(Clone)]
struct Changed {
    policy: NativePolicy,
    /// What tests have to evaluate to notice.
    part: Part,
    /// What comes to something else than before, if that can be told.
    changes: Option<Changes>,
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
            let over = |policy: &NativePolicy| policy.with_data(set.data.clone());
            let (policy, quick, revisable) = if let Some(other) = same.and_then(|at| bedded.get(at)) {
                (over(&other.policy), over(&other.quick), None)
            } else {
                let Set { modules, data, renames, cases } = &set;
                let unit = CompileUnit { modules, data, renames, cases };
                let policy = thorough.compile_native(&unit).map_err(Unready::Broken)?;
                let revisable = engine.revisable(&unit).map_err(Unready::Broken)?;
                (policy, revisable.policy().clone(), Some(revisable))
            };
            bedded.push(Bedded { set, same, policy, quick, revisable });
        }
        let asked = exams.into_iter().filter(|exam| match &exam.body {
            TestBody::Rego { .. } | TestBody::Cases { .. } | TestBody::Table { .. } => true,
            // A property asks a policy of its own.
            TestBody::Property { .. } | TestBody::Broken(_) | TestBody::Skipped { .. } => false,
        });
        let sit = |(at, exam): (usize, Exam)| {
            if (options.is_over)() {
                return None;
            }
            let Bedded { policy, quick, .. } = bedded.get(exam.set)?;
            let mut examiner = Examiner::new(quick, None);
            let recorded = (at < MAX_RECORDS).then(|| examiner.record(&exam.body)).flatten();
            let (passed, record) = match recorded {
                Some((verdict, record)) => (verdict, Some(record)),
                None => (examiner.watch(&exam.body, NoObserver).0, None),
            };
            // Who watches sees more than is evaluated, and it may come to something else.
            let (_, watch) = Examiner::new(policy, None).watch(&exam.body, Watch::new(policy.program()));
            Some((Sat { exam, seen: watch.seen, record }, passed))
        };
        let sat = parallel::map(options.jobs, asked.enumerate().collect(), sit);
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
        Ok(Self { sets: bedded, exams })
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
            let mut last = None;
            let mut fates = Vec::with_capacity(group.len());
            for at in group {
                let Some(mutant) = mutants.get(at) else { continue };
                let fate = self.try_one(mutant, &mut killers, &mut last, options);
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

    fn try_one(
        &self,
        mutant: &Mutant,
        killers: &mut Vec<usize>,
        last: &mut Option<Last>,
        options: Options<'_>,
    ) -> Fate {
        if (options.is_over)() {
            return Fate::NotRun;
        }
        let Some(changed) = self.changed(mutant) else { return Fate::Unviable };
        let covers = |sat: &Sat| {
            changed
                .get(sat.exam.set)
                .and_then(Option::as_ref)
                .is_some_and(|changed| sat.seen.any(&changed.part))
        };
        let others = (0..self.exams.len()).filter(|at| !killers.contains(at));
        let order: Vec<usize> = killers.iter().copied().chain(others).collect();
        let mut tests = 0;
        let mut examiner: Option<(usize, Examiner<'_>)> = None;
        let mut killed = None;
        for at in order {
            let Some(sat) = self.exams.get(at).filter(|sat| covers(sat)) else { continue };
            let Some(Some(Changed { policy, changes, .. })) = changed.get(sat.exam.set) else { continue };
            if (options.is_over)() {
                return Fate::NotRun;
            }
            tests += 1;
            let (_, examiner) = match examiner.take() {
                Some(known) if known.0 == sat.exam.set => examiner.insert(known),
                other => {
                    let after = other.map_or_else(|| last.take(), |(_, other)| other.into_last());
                    examiner.insert((sat.exam.set, Examiner::new(policy, after)))
                }
            };
            let came = match sat.record.as_ref().zip(changes.as_ref()) {
                Some(known) => examiner.watch_changed(&sat.exam.body, known),
                None => examiner.watch(&sat.exam.body, NoObserver).0,
            };
            if came != Verdict::Pass {
                killed = Some((at, sat));
                break;
            }
        }
        *last = examiner.and_then(|(_, examiner)| examiner.into_last()).or(last.take());
        if let Some((at, sat)) = killed {
            killers.retain(|known| *known != at);
            killers.insert(0, at);
            return Fate::Killed(sat.exam.id.clone());
        }
        match changed.into_iter().next().flatten() {
            Some(Changed { policy, .. }) => Fate::Survived(Survived { tests, policy }),
            None => Fate::Unviable,
        }
    }

    /// The policies of the sets with a change, and the part of each that it changes; nothing for a set without the module. Nothing
    /// at all if the change does not compile.
    fn changed(&self, mutant: &Mutant) -> Option<Vec<Option<Changed>>> {
        let source = self.sets.first()?.set.modules.sources().get(mutant.span.source)?;
        let text = changed_text(source.text(), mutant)?;
        let mut changed: Vec<Option<Changed>> = Vec::with_capacity(self.sets.len());
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
            changed.push(Some(if let Some(same) = same {
                Changed { policy: same.policy.with_data(bedded.set.data.clone()), ..same }
            } else {
                let policy = bedded.revisable.as_ref()?.with_text(id, &text)?;
                let edit = mutant.edit_of(id)?;
                Changed {
                    changes: Changes::between(bedded.quick.program(), policy.program(), edit),
                    part: Part::of(bedded.policy.program(), mutant, id),
                    policy,
                }
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

/// Of how many tests it is kept what they evaluate.
const MAX_RECORDS: usize = 2_000;
