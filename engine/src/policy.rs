//! The seam between an engine and everything that uses one: list the rules, compile, prepare, evaluate.
//!
//! ```text
//! Sources --frontend::parse--> ParsedModules --rules--> [RuleInfo]
//! ParsedModules + data --Engine::compile--> Policy --prepare--> Prepared --evaluate(Request)--> Evaluation
//! ```
//!
//! A value, undefined and an error are three outcomes and stay three: nothing here turns one into another.

pub(crate) mod ref_text;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::coverage::{Counters, Coverage, Passes};
use crate::diagnostic::Diagnostic;
use crate::explain::{Explained, Watch};
use crate::frontend::ParsedModules;
use crate::source::{Sources, Span};
use crate::value::Value;

pub use crate::syntax::RegoVersion;

/// A Rego implementation.
pub trait Engine: fmt::Debug + Send + Sync {
    /// Compiles modules and base data into a policy.
    ///
    /// # Errors
    /// What is wrong with the modules, or between them and the data.
    fn compile(&self, unit: &CompileUnit<'_>) -> Result<Arc<dyn Policy>, Vec<Diagnostic>>;
}

/// A compiled policy: immutable, shared between threads.
pub trait Policy: fmt::Debug + Send + Sync {
    /// Makes an entry point ready for many evaluations on one thread.
    ///
    /// # Errors
    /// What is wrong with the query.
    fn prepare(&self, query: &Query) -> Result<Box<dyn Prepared>, Vec<Diagnostic>>;

    /// What [`Prepared::cover`] counts with; nothing if the engine can't count.
    fn counters(&self, _passes: Passes) -> Option<Counters> {
        None
    }

    /// What the counts say of the modules that the policy was compiled from; nothing if the engine can't count.
    /// `is_decision` says which rules are asked whether something may be done, by paths such as `data.authz.allow`, beside
    /// those that METADATA marks as entry points.
    fn coverage(
        &self,
        _counters: &Counters,
        _modules: &ParsedModules,
        _is_decision: &dyn Fn(&str) -> bool,
    ) -> Option<Coverage> {
        None
    }
}

/// An entry point, ready to be evaluated again and again; by one thread at a time.
pub trait Prepared: fmt::Debug + Send {
    /// Evaluates once.
    fn evaluate(&mut self, request: &Request<'_>) -> Evaluation;

    /// As [`evaluate`](Self::evaluate), and counts what it does. `counters` are those of the policy; with several passes
    /// the answer is that of the first.
    fn cover(&mut self, request: &Request<'_>, _counters: &mut Counters) -> Evaluation {
        self.evaluate(request)
    }

    /// Evaluates once and tells how the answer came about; nothing if the engine can't tell.
    fn explain(&mut self, _request: &Request<'_>, _watch: Watch) -> Option<Explained> {
        None
    }
}

/// The modules to read, and the language that each is written in.
#[derive(Debug, Clone, Copy)]
pub struct Modules<'a> {
    /// The texts; each is one module.
    pub sources: &'a Sources,
    /// The language version of each; [`RegoVersion::V1`] for those beyond the end.
    pub versions: &'a [RegoVersion],
}

/// Everything that a policy is compiled from.
#[derive(Debug, Clone, Copy)]
pub struct CompileUnit<'a> {
    /// The modules, as [`frontend::parse`](crate::frontend::parse) read them.
    pub modules: &'a ParsedModules,
    /// The base document, `data` without the rules.
    pub data: &'a Value,
    /// Rules to compile under another name, so that each can be evaluated alone.
    pub renames: &'a [Rename],
    /// Where the elements of rules' heads stand that are names of tests: what follows them in the head names a case.
    pub cases: &'a [Span],
}

/// Gives one rule another name, as the test runner does with the second rule of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// Where the element of the head's ref stands that is replaced.
    pub span: Span,
    /// What to call it: any text, also one that could not be written as a variable.
    pub name: Arc<str>,
}

/// What is known of a rule before anything is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// The path of the module's package, without the leading `data`.
    pub package: Vec<Arc<str>>,
    /// The leading elements of the head's ref that are known before evaluation.
    pub path: Vec<PathElement>,
    /// What kind of document the rule makes.
    pub kind: RuleKind,
    /// Whether the rule has a body.
    pub has_body: bool,
    /// The rule, from its first byte.
    pub span: Span,
}

/// One element of a rule's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathElement {
    /// Its text: a variable's name or a string.
    pub name: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// What kind of document a rule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// One value: `p := 1`, `p.q["r"] if ...`.
    Complete,
    /// A default value: `default p := false`.
    Default,
    /// A function: `f(x) := x`.
    Function,
    /// A set: `p contains x`.
    PartialSet,
    /// An object: the head's ref has an element that evaluation binds, as in `p[x] := 1`.
    PartialObject,
}

/// What to evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The document at this path below `data`, as `["authz", "allow"]`.
    Path(Vec<Arc<str>>),
    /// A query in Rego, as a user typed it.
    Text(Arc<str>),
    /// A query in Rego that is asked as if it stood in a module.
    InModule(ModuleQuery),
}

/// A query in Rego and what it takes for granted of the module around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleQuery {
    /// The query.
    pub text: Arc<str>,
    /// The package whose rules can be named without `data`, as after the keyword `package`.
    pub package: Option<Arc<str>>,
    /// Imports, each as after the keyword `import`.
    pub imports: Vec<Arc<str>>,
    /// The language that the query is written in.
    pub version: RegoVersion,
}

/// One evaluation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The `input` document; `None` leaves `input` undefined.
    pub input: Option<&'a Value>,
    /// Documents that replace what stands at their paths, as `with` does.
    pub with: &'a [Override],
    /// When to give up.
    pub limits: Limits<'a>,
}

/// A document that stands in for another during one evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The replaced document's path below `data`.
    pub path: Vec<Arc<str>>,
    /// The document.
    pub value: Value,
}

/// When an evaluation gives up: with [`ErrorCode::Cancel`] for the first two, which OPA has too, with
/// [`ErrorCode::Limit`] for the others, of which only the native engine knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits<'a> {
    /// After this time.
    pub time: Option<Duration>,
    /// As soon as somebody asks for it.
    pub cancel: Option<&'a Cancel>,
    /// After so many steps: literals, elements looked at, documents entered. No limit if `None`.
    pub steps: Option<u64>,
    /// When rules, functions and literals nest deeper. 50,000 if `None`, and never more.
    pub depth: Option<u32>,
    /// When the values that were collected, computed or printed took so many bytes together, as an estimate; those that
    /// were given up again count too. 4 GiB if `None`.
    pub bytes: Option<u64>,
}

/// A request to stop, shared between the one who asks and those who stop.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks every evaluation that holds this to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether anybody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What came of one evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The answer.
    pub outcome: Outcome,
    /// What `print` calls wrote, one entry a line, in their order.
    pub prints: Vec<Print>,
    /// The keys of the cases that rules with [`CompileUnit::cases`] came to, each an array, in their order. `None` from an
    /// engine that can't tell.
    pub cases: Option<Vec<Value>>,
}

/// A line that a `print` call wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// The line.
    pub text: String,
    /// Where the call stands. `None` from an engine that can't tell.
    pub location: Option<Location>,
}

/// The answer of one evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The results: of a [`Query::Path`] exactly one with one expression; of a [`Query::Text`] one or more.
    Defined(Vec<QueryResult>),
    /// The query has no answer.
    Undefined,
    /// The query could not be answered.
    Error(EvalError),
}

/// One way in which a query holds.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// The query's expressions in their order.
    pub expressions: Vec<Expression>,
    /// The values of the query's variables, sorted by name.
    pub bindings: Vec<(Arc<str>, Value)>,
}

/// One expression of a query and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The value.
    pub value: Value,
    /// The expression as it was written.
    pub text: Arc<str>,
    /// The row in the query, from 1.
    pub row: usize,
    /// The column in the query, from 1.
    pub col: usize,
}

/// Why a query could not be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct EvalError {
    /// What kind of error.
    pub code: ErrorCode,
    /// OPA's words where OPA has any.
    pub message: String,
    /// Where evaluation stood.
    pub location: Option<Location>,
}

/// A place in a named source, as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The source's name.
    pub file: Arc<str>,
    /// The row, from 1.
    pub row: usize,
    /// The column, from 1.
    pub col: usize,
}

/// The kinds of evaluation error, as OPA names them where it has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// Rules disagree on a value.
    Conflict,
    /// The deadline passed, or somebody asked to stop.
    Cancel,
    /// A built-in function failed and errors are strict.
    Builtin,
    /// An operand has a type that the operation can't take.
    Type,
    /// `with` could not put a document in place.
    WithMerge,
    /// The engine could not go on.
    Internal,
    /// The evaluation passed a limit of [`Limits`]; no code of OPA.
    Limit,
}

impl ErrorCode {
    /// Every code there is.
    pub const ALL: [Self; 7] = [
        Self::Conflict,
        Self::Cancel,
        Self::Builtin,
        Self::Type,
        Self::WithMerge,
        Self::Internal,
        Self::Limit,
    ];

    /// OPA's name of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "eval_conflict_error",
            Self::Cancel => "eval_cancel_error",
            Self::Builtin => "eval_builtin_error",
            Self::Type => "eval_type_error",
            Self::WithMerge => "eval_with_merge_error",
            Self::Internal => "eval_internal_error",
            Self::Limit => "eval_limit_error",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
