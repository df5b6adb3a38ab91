//! The native engine behind the seam: modules and data to a policy, queries and inputs to answers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

use super::book::Book;
use super::cover::{Cover, Shortcuts};
use super::error::{Conflicting, Failure, Stop};
use super::facts::Decisions;
use super::join::{self, JoinIndex};
use super::limits::stopped;
use super::machine::{Machine, Notes, Workspace, World};
use super::near::{Left, Near};
use super::observer::{NoObserver, Observer};
use super::query::{Entry, prepare_text};
use super::revisable::Compiling;
use super::scope::Replaced;
use super::trace::{Kept, Tracer};
use super::why::{CaseNotes, Why};
use crate::builtins::Cache;
use crate::compile::Compiled;
use crate::coverage::{self, Counters, Coverage, Hits, Passes};
use crate::diagnostic::Diagnostic;
use crate::explain::{CaseExplanation, Explained, Watch};
use crate::frontend::{self, ParsedModules, Strictness};
use crate::host::Host;
use crate::parallel;
use crate::policy::{
    CompileUnit, Engine, EvalError, Evaluation, Location, ModuleQuery, Outcome, Policy, Prepared, Print,
    Query, RegoVersion, Request,
};
use crate::program::{self, InputReads, Program, WatchedProgram};
use crate::source::{LineIndex, Position, SourceId, Sources, Span};
use crate::value::Value;

/// The engine that gives OPA's answers.
#[derive(Debug, Clone)]
pub struct NativeEngine {
    host: Arc<dyn Host>,
    options: EngineOptions,
}

/// How policies are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Whether an error of a built-in function ends the evaluation; otherwise the call is undefined.
    pub strict_builtin_errors: bool,
    /// Whether to take the shortcuts that don't change answers: indexes and the like.
    pub optimise: bool,
    /// Whether policies are compiled to be [covered](Prepared::cover). They can be in any case; then what that needs is made at
    /// once and beside the rest, and not when it is first asked for.
    pub covers: bool,
}

impl Default for EngineOptions {
    /// As `opa eval` does it.
    fn default() -> Self {
        Self { strict_builtin_errors: false, optimise: true, covers: false }
    }
}

impl NativeEngine {
    /// An engine whose policies see the outside through `host`.
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { host, options: EngineOptions::default() }
    }

    /// The same engine with other options.
    #[must_use]
    pub fn with_options(self, options: EngineOptions) -> Self {
        Self { options, ..self }
    }
}

impl Engine for NativeEngine {
    fn compile(&self, unit: &CompileUnit<'_>) -> Result<Arc<dyn Policy>, Vec<Diagnostic>> {
        Ok(Arc::new(self.compile_native(unit)?))
    }
}

impl NativeEngine {
    /// As [`compile`](Engine::compile), for whoever wants to know more of a policy than any engine tells.
    ///
    /// # Errors
    /// What is wrong with the modules, or between them and the data.
    pub fn compile_native(&self, unit: &CompileUnit<'_>) -> Result<NativePolicy, Vec<Diagnostic>> {
        let compiled = frontend::compile(unit, Strictness::default())?;
        let (program, watched) = self.programs(&compiled, unit.modules.threads())?;
        let sources = unit.modules.sources().clone();
        Ok(self.policy(sources, Compiling::All(Box::new(compiled)), (program, watched), unit.data))
    }

    /// A policy of what its modules were compiled and lowered to.
    pub(super) fn policy(
        &self,
        sources: Sources,
        compiled: Compiling,
        (program, watched): (Program, OnceLock<Option<WatchedProgram>>),
        data: &Value,
    ) -> NativePolicy {
        let lowered = Lowered {
            sources,
            compiled,
            program,
            watched,
            input_reads: OnceLock::new(),
            compiled_patterns: Mutex::default(),
            host: Arc::clone(&self.host),
            options: self.options,
        };
        let strict = lowered.options.strict_builtin_errors;
        NativePolicy::over(Arc::new(lowered), data.clone(), strict)
    }

    /// The program, and that for whoever watches if it is known to be needed.
    fn programs(
        &self,
        compiled: &Compiled,
        threads: NonZeroUsize,
    ) -> Result<(Program, OnceLock<Option<WatchedProgram>>), Vec<Diagnostic>> {
        if !self.options.covers {
            return Ok((program::lower(compiled)?, OnceLock::new()));
        }
        let (watched, plain) = parallel::both(
            threads,
            || program::lower_watched(compiled, None).ok(),
            || program::lower(compiled),
        );
        Ok((plain?, OnceLock::from(watched)))
    }
}

/// A policy that was compiled by the native engine.
#[derive(Clone)]
pub struct NativePolicy(pub(super) Arc<Inner>);

impl NativePolicy {
    pub(super) fn over(lowered: Arc<Lowered>, data: Value, strict_builtin_errors: bool) -> Self {
        let program = &lowered.program;
        let bases = program.base_paths.iter().map(|path| base(&data, path)).collect();
        let joins = join::unbuilt(program.joins.len());
        let workspaces = Mutex::default();
        Self(Arc::new(Inner { lowered, data, strict_builtin_errors, bases, joins, workspaces }))
    }

    /// The same rules over other base documents. Whether rules and documents are at odds is not looked at again.
    #[must_use]
    pub fn with_data(&self, data: Value) -> Self {
        Self::over(Arc::clone(&self.0.lowered), data, self.0.strict_builtin_errors)
    }

    /// What is evaluated.
    pub fn program(&self) -> &Program {
        &self.0.program
    }

    /// The base documents.
    pub fn data(&self) -> &Value {
        &self.0.data
    }

    /// The modules that it was compiled from.
    pub fn sources(&self) -> &Sources {
        &self.0.sources
    }
}

pub(super) struct Inner {
    pub(super) lowered: Arc<Lowered>,
    pub(super) data: Value,
    pub(super) strict_builtin_errors: bool,
    bases: Vec<Option<Value>>,
    joins: Vec<OnceLock<JoinIndex>>,
    workspaces: Mutex<Vec<Workspace>>,
}

/// What a policy is without its data.
pub(super) struct Lowered {
    pub(super) sources: Sources,
    compiled: Compiling,
    pub(super) program: Program,
    watched: OnceLock<Option<WatchedProgram>>,
    input_reads: OnceLock<InputReads>,
    /// What was compiled in evaluations over documents that nobody asks any more.
    compiled_patterns: Mutex<Vec<Cache>>,
    host: Arc<dyn Host>,
    pub(super) options: EngineOptions,
}

impl Deref for Inner {
    type Target = Lowered;

    fn deref(&self) -> &Lowered {
        &self.lowered
    }
}

impl Policy for NativePolicy {
    fn prepare(&self, query: &Query) -> Result<Box<dyn Prepared>, Vec<Diagnostic>> {
        let entry = match query {
            Query::Path(path) => Entry::path(path.iter().cloned().map(Value::String).collect()),
            Query::Text(text) => {
                let query = ModuleQuery {
                    text: Arc::clone(text),
                    package: None,
                    imports: Vec::new(),
                    version: RegoVersion::default(),
                };
                Entry::Text(Box::new(prepare_text(&self.0, &query)?))
            }
            Query::InModule(query) => Entry::Text(Box::new(prepare_text(&self.0, query)?)),
        };
        let bases = match &entry {
            Entry::Text(text) if !text.query.base_paths.is_empty() => {
                let more = text.query.base_paths.iter().map(|path| base(&self.0.data, path));
                Some(self.0.bases.iter().cloned().chain(more).collect())
            }
            Entry::Text(_) | Entry::Path { .. } => None,
        };
        Ok(Box::new(NativeQuery { policy: Arc::clone(&self.0), entry, bases, workspace: None }))
    }

    fn counters(&self, passes: Passes) -> Option<Counters> {
        Some(Counters::of(&self.0.watched()?.program, passes))
    }

    fn coverage(
        &self,
        counters: &Counters,
        modules: &ParsedModules,
        is_decision: &dyn Fn(&str) -> bool,
    ) -> Option<Coverage> {
        Some(coverage::collect(self.0.watched()?, modules, counters, is_decision))
    }
}

impl Lowered {
    /// The compiled modules.
    pub(super) fn compiled(&self) -> &Compiled {
        self.compiled.all()
    }

    /// What of the input the rules look at.
    pub(super) fn input_reads(&self) -> &InputReads {
        self.input_reads.get_or_init(|| InputReads::of(&self.program))
    }

    /// The program with all its guards and texts, for whoever watches; it was lowered before, so nothing can be wrong.
    fn watched(&self) -> Option<&WatchedProgram> {
        self.watched.get_or_init(|| program::lower_watched(self.compiled(), None).ok()).as_ref()
    }
}

impl fmt::Debug for NativePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativePolicy").finish_non_exhaustive()
    }
}

/// A query and what its evaluations share.
pub(super) struct NativeQuery {
    pub(super) policy: Arc<Inner>,
    entry: Entry,
    /// The base documents that the program and the query name, if the query names more.
    bases: Option<Vec<Option<Value>>>,
    /// What the evaluations work in, from the first on.
    workspace: Option<Workspace>,
}

impl Prepared for NativeQuery {
    fn evaluate(&mut self, request: &Request<'_>) -> Evaluation {
        let policy = Arc::clone(&self.policy);
        self.run(&policy.program, request, NoObserver, policy.options.optimise).0
    }

    fn cover(&mut self, request: &Request<'_>, counters: &mut Counters) -> Evaluation {
        let policy = Arc::clone(&self.policy);
        let Some(WatchedProgram { program, .. }) = policy.watched() else { return self.evaluate(request) };
        let mut pass = |hits: &mut Hits, shortcuts| {
            let cover = Cover::new(program, hits, shortcuts);
            self.run(program, request, cover, policy.options.optimise).0
        };
        let evaluation = pass(&mut counters.all, Shortcuts::All);
        if let Some(hits) = &mut counters.no_index {
            pass(hits, Shortcuts::NoIndex);
        }
        if let Some(hits) = &mut counters.no_early_exit {
            pass(hits, Shortcuts::NoEarlyExit);
        }
        evaluation
    }

    fn explain(&mut self, request: &Request<'_>, watch: Watch) -> Option<Explained> {
        let policy = Arc::clone(&self.policy);
        let optimise = policy.options.optimise;
        let (compiled, sources, names) = match &self.entry {
            // The book outlives the evaluation, which changes what the query shares between evaluations.
            Entry::Text(text) => {
                (Some(text.compiled.clone()), text.sources.clone(), text.query.slots.clone())
            }
            Entry::Path { .. } => (None, policy.sources.clone(), Vec::new()),
        };
        if watch == Watch::Errors {
            let (evaluation, errors, NoObserver) = self.run(&policy.program, request, NoObserver, optimise);
            return Some(Explained { builtin_errors: errors, ..Explained::of(evaluation) });
        }
        // It was lowered before, so nothing can be wrong with it.
        let watched = program::lower_watched(policy.compiled(), compiled.as_ref()).ok()?;
        let book = Book::new(&watched, &sources, &names);
        Some(match watch {
            Watch::Errors | Watch::Profile | Watch::Trace | Watch::Unifications => {
                let kept = match watch {
                    Watch::Trace => Kept::Steps,
                    Watch::Unifications => Kept::Unifications,
                    Watch::Errors | Watch::Profile | Watch::Decisions | Watch::Failures | Watch::Cases => {
                        Kept::Nothing
                    }
                };
                let tracer = Tracer::new(&book, &*policy.host, kept);
                let (evaluation, errors, tracer) = self.run(&watched.program, request, tracer, optimise);
                let (trace, profile) = tracer.finish();
                Explained { trace, profile, builtin_errors: errors, ..Explained::of(evaluation) }
            }
            Watch::Decisions | Watch::Failures | Watch::Cases => {
                let why = if watch == Watch::Cases { Why::by_cases() } else { Why::default() };
                // An index would leave clauses out that a reader wants to know the fate of.
                let (evaluation, errors, why) = self.run(&policy.program, request, why, false);
                let query = match &self.entry {
                    Entry::Text(text) => Some((&text.query.body, &*text.query.slots)),
                    Entry::Path { .. } => None,
                };
                let decisions = Decisions {
                    program: &policy.program,
                    data: &policy.data,
                    names: &book,
                    query,
                    prefers_failures: matches!(watch, Watch::Failures | Watch::Cases),
                    shown: RefCell::default(),
                };
                let all = decisions.all(&why);
                let Some(notes) = &why.cases else {
                    let explained = Explained::of(evaluation);
                    return Some(Explained { decisions: all, builtin_errors: errors, ..explained });
                };
                let mut cases = decisions.cases(notes, value_of(&evaluation));
                let builtin_errors = shared_out(errors, notes, &mut cases);
                Explained { decisions: all, builtin_errors, cases, ..Explained::of(evaluation) }
            }
        })
    }
}

/// The value of the one expression of the one result of a path.
fn value_of(evaluation: &Evaluation) -> Option<&Value> {
    match &evaluation.outcome {
        Outcome::Defined(results) => Some(&results.first()?.expressions.first()?.value),
        Outcome::Undefined | Outcome::Error(_) => None,
    }
}

/// Gives errors to the cases in which they happened, and answers those that happened in none. Those of cases that are not
/// explained are left out.
fn shared_out(errors: Vec<EvalError>, notes: &CaseNotes, cases: &mut [CaseExplanation]) -> Vec<EvalError> {
    let mut outside = Vec::new();
    for (position, error) in errors.into_iter().enumerate() {
        match notes.errors.get(&position).and_then(Value::as_array) {
            None => outside.push(error),
            Some(keys) => {
                // They are in the order of their keys.
                let found = cases.binary_search_by(|case| (*case.keys).cmp(keys.as_slice()));
                if let Some(case) = found.ok().and_then(|index| cases.get_mut(index)) {
                    case.builtin_errors.push(error);
                }
            }
        }
    }
    outside
}

impl NativeQuery {
    /// The document at steps from `data` on.
    pub(super) fn document(policy: &NativePolicy, steps: Vec<Value>) -> Self {
        Self { policy: Arc::clone(&policy.0), entry: Entry::path(steps), bases: None, workspace: None }
    }

    /// Takes over the patterns that a query of the same rules has compiled.
    pub(super) fn take_patterns(&mut self, other: &mut Self) {
        if let Some(theirs) = &mut other.workspace {
            let mut workspace = self.workspace.take().unwrap_or_else(|| self.policy.workspace());
            workspace.swap_compiled(theirs);
            self.workspace = Some(workspace);
        }
    }

    /// Evaluates once; answers also the errors that were passed over, and the observer.
    pub(super) fn run<O: Observer>(
        &mut self,
        program: &Program,
        request: &Request<'_>,
        observer: O,
        optimise: bool,
    ) -> (Evaluation, Vec<EvalError>, O) {
        let (evaluation, errors, observer, _) =
            self.run_near(program, request, observer, optimise, Near::Nothing);
        (evaluation, errors, observer)
    }

    /// As [`run`](Self::run), with what the evaluation has to do with others; answers also what it leaves for those.
    pub(super) fn run_near<O: Observer>(
        &mut self,
        program: &Program,
        request: &Request<'_>,
        observer: O,
        optimise: bool,
        near: Near<'_>,
    ) -> (Evaluation, Vec<EvalError>, O, Left) {
        let ((answer, cases), (prints, mut builtin_errors, observer), left) =
            self.run_machine(program, request, observer, optimise, near, |machine, entry| {
                // An evaluation that is over before it starts takes no step that would tell.
                let answer = if machine.budget.is_over() { Err(stopped()) } else { machine.answer(entry) };
                machine.meet_late_errors(0);
                (answer, std::mem::take(&mut machine.cases))
            });
        let sources = match &self.entry {
            Entry::Text(text) => &text.sources,
            Entry::Path { .. } => &self.policy.sources,
        };
        let ends = self.policy.strict_builtin_errors && !builtin_errors.is_empty();
        let strict = ends.then(|| builtin_errors.remove(0));
        let prints = located(prints, sources);
        let errors = builtin_errors.into_iter().map(|failure| eval_error(failure, sources)).collect();
        // OPA prefers the first error of a built-in function to the one that ended the evaluation.
        let outcome = match strict.map_or(answer, |first| Err(Stop(Box::new(first)))) {
            Ok(results) if results.is_empty() => Outcome::Undefined,
            Ok(results) => Outcome::Defined(results),
            Err(stop) => Outcome::Error(eval_error(stop.into_failure(), sources)),
        };
        (Evaluation { outcome, prints, cases: Some(cases) }, errors, observer, left)
    }

    /// Lets a machine work on a request; answers also its notes, and what it leaves for other evaluations.
    pub(super) fn run_machine<O: Observer, R>(
        &mut self,
        program: &Program,
        request: &Request<'_>,
        observer: O,
        optimise: bool,
        near: Near<'_>,
        work: impl for<'m> FnOnce(&mut Machine<'m, O>, &'m Entry) -> R,
    ) -> (R, Notes<O>, Left) {
        let policy = &self.policy;
        let world = World {
            program,
            data: &policy.data,
            bases: self.bases.as_deref().unwrap_or(&policy.bases),
            joins: &policy.joins,
            host: &*policy.host,
            strict_builtin_errors: policy.strict_builtin_errors,
            optimise,
        };
        let replaced = Replaced::new(request.with);
        let mut workspace = self.workspace.take().unwrap_or_else(|| policy.workspace());
        let mut machine = Machine::new(world, request.input, request.limits, &mut workspace, observer);
        machine.near = near;
        machine.replace(&replaced);
        let result = work(&mut machine, &self.entry);
        let left = std::mem::replace(&mut machine.near, Near::Nothing).into_left();
        let notes = machine.into_notes();
        workspace.restart();
        self.workspace = Some(workspace);
        (result, notes, left)
    }
}

impl Drop for NativeQuery {
    fn drop(&mut self) {
        if let Some(workspace) = self.workspace.take() {
            self.policy.give_back(workspace);
        }
    }
}

impl fmt::Debug for NativeQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeQuery").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl Inner {
    /// A workspace that nobody uses, so that patterns are compiled once for each thread and not for each query.
    fn workspace(&self) -> Workspace {
        let kept = self.workspaces.lock().ok().and_then(|mut kept| kept.pop());
        kept.unwrap_or_else(|| {
            let compiled = self.lowered.compiled_patterns.lock().ok().and_then(|mut kept| kept.pop());
            Workspace::new(&self.program, compiled.unwrap_or_default())
        })
    }

    fn give_back(&self, workspace: Workspace) {
        if let Ok(mut kept) = self.workspaces.lock() {
            kept.push(workspace);
        }
    }
}

/// Patterns are the same over other documents.
impl Drop for Inner {
    fn drop(&mut self) {
        let (Ok(workspaces), Ok(mut kept)) =
            (self.workspaces.get_mut(), self.lowered.compiled_patterns.lock())
        else {
            return;
        };
        let room = MAX_PATTERNS_KEPT.saturating_sub(kept.len());
        kept.extend(workspaces.drain(..).take(room).map(Workspace::into_compiled));
    }
}

/// An error with its place. The sources are those of the policy, and the query where it has a text.
fn eval_error(failure: Failure, sources: &Sources) -> EvalError {
    let location = failure.span.and_then(|span| location(span, sources));
    let message = failure.message + &conflicting_values(&failure.conflicting, sources);
    EvalError { code: failure.code, message, location }
}

/// The lines after the message of a conflict: each value, shortened, and where it comes from.
fn conflicting_values(conflicting: &Conflicting, sources: &Sources) -> String {
    let mut lines: Vec<_> = conflicting
        .values
        .iter()
        .filter_map(|(span, value)| {
            let place = location(*span, sources)?;
            Some((
                place.clone(),
                format!("\n  {} at {}:{}", shortened(&value.to_rego()), place.file, place.row),
            ))
        })
        .collect();
    lines.sort_by(|(left, _), (right, _)| left.cmp(right));
    let lines: String = lines.into_iter().map(|(_, line)| line).collect();
    let more = if conflicting.more { "\n  ..." } else { "" };
    if lines.is_empty() { lines } else { format!(":{lines}{more}") }
}

/// What was printed, with the places of the calls. Each source is read once.
fn located(prints: Vec<(String, Span)>, sources: &Sources) -> Vec<Print> {
    let mut lines: BTreeMap<SourceId, LineIndex> = BTreeMap::new();
    let mut at = |span: Span| {
        let source = sources.get(span.source)?;
        let lines = lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
        let position = lines.position(span.start);
        Some(Location { file: Arc::clone(source.name()), row: position.row, col: position.col })
    };
    prints.into_iter().map(|(text, span)| Print { text, location: at(span) }).collect()
}

fn location(span: Span, sources: &Sources) -> Option<Location> {
    let source = sources.get(span.source)?;
    let position = Position::of(source.text(), span.start);
    Some(Location { file: Arc::clone(source.name()), row: position.row, col: position.col })
}

/// A text on one line, cut off where OPA does.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

fn base(data: &Value, path: &[Value]) -> Option<Value> {
    path.iter().try_fold(data, super::reference::base_child).cloned()
}

/// For how many threads that ask over one set of documents after the other.
const MAX_PATTERNS_KEPT: usize = 16;

/// How many characters of a value the message of a conflict shows.
const MAX_SHOWN: usize = 80;
