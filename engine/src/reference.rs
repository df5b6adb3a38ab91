//! The reference engine: regorus behind the seam, and the only module tree that knows it.
//!
//! It is a second opinion, not the judge: where it can't do what OPA does it says so, and what it says in other
//! words is put into OPA's. Threads that use it need [`crate::stack::SIZE`] bytes of stack.
//!
//! Limits that come with regorus: it reads the machine's clock for deadlines and `time.now_ns`, and it looks at the
//! deadline between steps, so one long built-in call ends late; cancellation is seen before an evaluation, not in it.

mod convert;
mod holds;
mod limits;
mod message;

use std::collections::BTreeMap;
use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use regorus::PolicyLengthConfig;
use regorus::utils::limits::ExecutionTimerConfig;

use crate::diagnostic::{Code, Diagnostic};
use crate::frontend::{self, Strictness};
use crate::policy::{
    CompileUnit, Engine, ErrorCode, EvalError, Evaluation, Limits, Outcome, Override, Policy, Prepared,
    Print, Query, QueryResult, RegoVersion, Rename, Request,
};
use crate::source::{Source, Sources};
use holds::Holds;

/// The engine made of regorus.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReferenceEngine;

impl Engine for ReferenceEngine {
    fn compile(&self, unit: &CompileUnit<'_>) -> Result<Arc<dyn Policy>, Vec<Diagnostic>> {
        let too_much = limits::check(unit.modules.sources());
        if !too_much.is_empty() {
            return Err(too_much);
        }
        frontend::compile(unit, Strictness::default())?;
        let (sources, renamed) = rename(unit.modules.sources(), unit.renames);
        let mut engine = parse(&sources, unit.modules.versions())?;
        let data = convert::to_regorus(unit.data).map_err(|error| {
            vec![Diagnostic::error(Code::Compile, error.to_string(), None).with_help(INEXACT_DATA_HELP)]
        })?;
        let compiled = guard(|| {
            engine.add_data(data)?;
            // regorus analyses modules when it first evaluates: any query brings out what it has against them.
            engine.eval_query("true".to_owned(), false)
        });
        compiled.map_err(|text| vec![message::diagnostic(unit.modules.sources(), &text, Code::Compile)])?;
        Ok(Arc::new(ReferencePolicy { engine, renamed: Arc::new(renamed) }))
    }
}

/// A compiled policy: an engine that is only ever cloned.
struct ReferencePolicy {
    engine: regorus::Engine,
    renamed: Arc<Renamed>,
}

/// Names that were given to rules, and the variables that stand for them.
type Renamed = BTreeMap<Arc<str>, Arc<str>>;

impl Policy for ReferencePolicy {
    fn prepare(&self, query: &Query) -> Result<Box<dyn Prepared>, Vec<Diagnostic>> {
        let text: Arc<str> = match query {
            Query::Path(path) => data_ref(path, &self.renamed).into(),
            Query::Text(text) => Arc::clone(text),
            Query::InModule(query) => {
                if query.package.is_some() || !query.imports.is_empty() {
                    let message = "the reference engine asks queries without a package and imports only";
                    return Err(vec![Diagnostic::error(Code::Compile, message, None)]);
                }
                Arc::clone(&query.text)
            }
        };
        if let Some(excess) = limits::too_much(&text) {
            return Err(vec![Diagnostic::error(Code::Compile, limits::complaint(excess), None)]);
        }
        let holds = match query {
            Query::Path(_) => None,
            Query::Text(_) | Query::InModule(_) => {
                Some(Holds::new(&self.engine, &text).map_err(|diagnostic| vec![diagnostic])?)
            }
        };
        let (engine, renamed) = (self.engine.clone(), Arc::clone(&self.renamed));
        Ok(Box::new(ReferenceQuery { engine, text, renamed, holds }))
    }
}

impl fmt::Debug for ReferencePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferencePolicy").finish_non_exhaustive()
    }
}

/// A query and an engine of its own.
struct ReferenceQuery {
    engine: regorus::Engine,
    text: Arc<str>,
    renamed: Arc<Renamed>,
    /// Only for a query in Rego: a path is answered right.
    holds: Option<Holds>,
}

impl Prepared for ReferenceQuery {
    fn evaluate(&mut self, request: &Request<'_>) -> Evaluation {
        if request.limits.cancel.is_some_and(super::policy::Cancel::is_cancelled) {
            return error(ErrorCode::Cancel, "caller cancelled query execution");
        }
        let (query, input) = match self.arguments(request) {
            Ok(arguments) => arguments,
            Err(error) => {
                return Evaluation { outcome: Outcome::Error(error), prints: Vec::new(), cases: None };
            }
        };
        let engine = &mut self.engine;
        let answer = guard(|| {
            set_limits(engine, request.limits);
            engine.set_input(input.clone());
            engine.eval_query(query, false)
        });
        let prints = engine.take_prints().unwrap_or_default();
        let answer = answer.map_err(|text| message::eval_error(&text)).and_then(convert::results);
        let outcome = match (&mut self.holds, answer) {
            (_, Err(error)) => Outcome::Error(error),
            (None, Ok(results)) => defined(results),
            (Some(holds), Ok(results)) => {
                set_limits(holds.engine(), request.limits);
                holds.engine().set_input(input);
                holds.judge(results).unwrap_or_else(Outcome::Error)
            }
        };
        let prints =
            prints.iter().map(|line| Print { text: message::printed(line), location: None }).collect();
        Evaluation { outcome, prints, cases: None }
    }
}

impl ReferenceQuery {
    /// The query with the request's overrides, and its input.
    ///
    /// # Errors
    /// A number that regorus can't hold, and an override that is nested too deep to be read.
    fn arguments(&self, request: &Request<'_>) -> Result<(String, regorus::Value), EvalError> {
        for replaced in request.with {
            convert::to_regorus(&replaced.value)?;
        }
        let query = with_overrides(&self.text, request.with, &self.renamed);
        if let Some(excess) = limits::too_much(&query) {
            return Err(internal(limits::complaint(excess)));
        }
        let input = request.input.map(convert::to_regorus).transpose()?;
        Ok((query, input.unwrap_or(regorus::Value::Undefined)))
    }
}

impl fmt::Debug for ReferenceQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceQuery").field("text", &self.text).finish_non_exhaustive()
    }
}

/// Reads all modules; regorus stops at the first error of a module, so one module gives at most one.
fn parse(sources: &Sources, versions: &[RegoVersion]) -> Result<regorus::Engine, Vec<Diagnostic>> {
    let mut engine = regorus::Engine::new();
    engine.set_policy_length_config(LENGTHS);
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    let mut diagnostics = Vec::new();
    for (id, source) in sources.iter() {
        let version = versions.get(id.index()).copied().unwrap_or_default();
        engine.set_rego_v0(matches!(version, RegoVersion::V0 | RegoVersion::V0V1));
        // regorus knows no byte order marks.
        let text = source.text().strip_prefix('\u{feff}').unwrap_or(source.text());
        let added = guard(|| engine.add_policy(source.name().to_string(), text.to_owned()));
        if let Err(text) = added {
            diagnostics.push(message::diagnostic(sources, &text, Code::Parse));
        }
    }
    if diagnostics.is_empty() { Ok(engine) } else { Err(diagnostics) }
}

/// Runs a piece of regorus; its errors come as text, and a panic is one of them.
fn guard<T, E: fmt::Display>(run: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the reference engine panicked".to_owned()),
    }
}

/// Puts new names into the texts, and tells which variable stands for which name.
fn rename(sources: &Sources, renames: &[Rename]) -> (Sources, Renamed) {
    let mut variables = Renamed::new();
    let mut result = Sources::new();
    for (id, source) in sources.iter() {
        let mut here: Vec<&Rename> = renames.iter().filter(|rename| rename.span.source == id).collect();
        here.sort_by_key(|rename| rename.span.start);
        let mut text = String::with_capacity(source.text().len());
        let mut copied = 0;
        for rename in here {
            let variable = Arc::clone(
                variables
                    .entry(Arc::clone(&rename.name))
                    .or_insert_with(|| variable_for(&rename.name, sources)),
            );
            let (start, end) = (rename.span.start as usize, rename.span.end as usize);
            let old = source.text().get(start..end).unwrap_or_default();
            text.push_str(source.text().get(copied..start).unwrap_or_default());
            let quote = if old.starts_with('"') { "\"" } else { "" };
            text.push_str(quote);
            text.push_str(&variable);
            text.push_str(quote);
            copied = end;
        }
        text.push_str(source.text().get(copied..).unwrap_or_default());
        result.add(Source::new(Arc::clone(source.name()), text));
    }
    (result, variables)
}

/// A variable's name that no source holds, made of `name`.
fn variable_for(name: &str, sources: &Sources) -> Arc<str> {
    let mut variable: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    while sources.iter().any(|(_, source)| source.text().contains(&variable)) {
        variable.push('_');
    }
    variable.into()
}

/// The ref to a document below `data`, in Rego. Every element is a string operand, whatever it holds.
fn data_ref(path: &[Arc<str>], renamed: &Renamed) -> String {
    let mut text = "data".to_owned();
    for element in path {
        let name = renamed.get(element).unwrap_or(element);
        text.push('[');
        text.push_str(&serde_json::Value::from(&**name).to_string());
        text.push(']');
    }
    text
}

fn with_overrides(query: &str, overrides: &[Override], renamed: &Renamed) -> String {
    let mut text = query.to_owned();
    for replaced in overrides {
        text.push_str(" with ");
        text.push_str(&data_ref(&replaced.path, renamed));
        text.push_str(" as ");
        text.push_str(&replaced.value.to_rego());
    }
    text
}

fn set_limits(engine: &mut regorus::Engine, limits: Limits<'_>) {
    match limits.time {
        Some(limit) => {
            engine.set_execution_timer_config(ExecutionTimerConfig {
                limit,
                check_interval: STEPS_BETWEEN_CHECKS,
            });
        }
        None => engine.clear_execution_timer_config(),
    }
}

fn defined(results: Vec<QueryResult>) -> Outcome {
    if results.is_empty() { Outcome::Undefined } else { Outcome::Defined(results) }
}

fn internal(message: String) -> EvalError {
    EvalError { code: ErrorCode::Internal, message, location: None }
}

fn error(code: ErrorCode, message: &str) -> Evaluation {
    let outcome = Outcome::Error(EvalError { code, message: message.to_owned(), location: None });
    Evaluation { outcome, prints: Vec::new(), cases: None }
}

/// OPA has no such limits; a token or a list of a megabyte in one row is no attack.
const LENGTHS: PolicyLengthConfig = PolicyLengthConfig {
    max_col: NonZeroU32::MIN.saturating_add(16 << 20),
    max_file_bytes: NonZeroUsize::MIN.saturating_add(16 << 20),
    max_lines: NonZeroUsize::MIN.saturating_add(1 << 20),
};

/// A look at the clock costs tens of nanoseconds, a step about as much: once in a hundred steps is free.
const STEPS_BETWEEN_CHECKS: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);

const INEXACT_DATA_HELP: &str = "write it with at most 15 digits, or as a string";
