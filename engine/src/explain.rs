//! How an answer came about: what an engine that can be watched tells beside the answer.

use std::sync::Arc;
use std::time::Duration;

use crate::policy::{EvalError, Evaluation, Location};
use crate::value::{Difference, Value};

/// What to tell beside the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Only the errors of built-in functions that were passed over.
    Errors,
    /// Where the time went.
    Profile,
    /// Every step, and where the time went.
    Trace,
    /// Every step, what was made equal to what, and where the time went.
    Unifications,
    /// What decided.
    Decisions,
    /// What decided; of the clauses of a rule that was asked for, several ways in which they did not hold, if there are any.
    Failures,
    /// The same of a parameterised test, with each case that did not pass for itself.
    Cases,
}

/// An answer, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The answer.
    pub evaluation: Evaluation,
    /// The errors of built-in functions that were taken for undefined, in the order in which they happened; for
    /// [`Watch::Cases`] those that happened in no case.
    pub builtin_errors: Vec<EvalError>,
    /// The steps, for [`Watch::Trace`] and [`Watch::Unifications`].
    pub trace: Vec<TraceEvent>,
    /// Where the time went, by places, for [`Watch::Profile`] and whatever has steps.
    pub profile: Vec<ProfileEntry>,
    /// What decided, for [`Watch::Decisions`] and [`Watch::Failures`]; for [`Watch::Cases`] what did not hold outside of
    /// cases, or what decided if no case is explained.
    pub decisions: Vec<Decision>,
    /// The cases that did not pass, for [`Watch::Cases`], in the order of their keys: the first thousand that were met.
    pub cases: Vec<CaseExplanation>,
}

impl Explained {
    /// An answer without an explanation.
    pub fn of(evaluation: Evaluation) -> Self {
        Self {
            evaluation,
            builtin_errors: Vec::new(),
            trace: Vec::new(),
            profile: Vec::new(),
            decisions: Vec::new(),
            cases: Vec::new(),
        }
    }
}

/// What decided of one case of a parameterised test.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseExplanation {
    /// The keys that name it.
    pub keys: Vec<Value>,
    /// The test's rule with the value of the case, and the clauses that came to it: those that gave the value, or how far each
    /// came.
    pub decisions: Vec<Decision>,
    /// The errors of built-in functions that were taken for undefined in it.
    pub builtin_errors: Vec<EvalError>,
}

/// One step of an evaluation, as OPA's traces have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEvent {
    /// What happened.
    pub operation: TraceOperation,
    /// What it happened to.
    pub node: TraceNode,
    /// The body that is evaluated: 0 is the query.
    pub query: u32,
    /// The body that asked for it; the query is its own.
    pub parent: u32,
    /// How many bodies there are around it, itself included.
    pub depth: usize,
    /// Where what it happened to was written; the file of the query has no name.
    pub location: Option<Location>,
    /// What it happened to, as text.
    pub text: Arc<str>,
    /// What is to say about it: `early`, or which clauses can match.
    pub message: Arc<str>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceOperation {
    /// A body is evaluated.
    Enter,
    /// It held.
    Exit,
    /// Another way is looked for.
    Redo,
    /// A literal is evaluated.
    Eval,
    /// It did not hold.
    Fail,
    /// The clauses of a rule that can match were looked up.
    Index,
    /// A policy called `trace`.
    Note,
    /// Two terms are made equal; for [`Watch::Unifications`] only.
    Unify,
}

/// What something happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceNode {
    /// A query, or the body of a comprehension or of a literal.
    Body,
    /// A clause of a rule.
    Rule,
    /// A literal.
    Expression,
    /// Nothing in particular.
    Nothing,
}

impl TraceOperation {
    /// OPA's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "Enter",
            Self::Exit => "Exit",
            Self::Redo => "Redo",
            Self::Eval => "Eval",
            Self::Fail => "Fail",
            Self::Index => "Index",
            Self::Note => "Note",
            Self::Unify => "Unify",
        }
    }
}

/// The time that the literals of one row took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// Where the first of them was written.
    pub location: Location,
    /// The first of them, as it was written.
    pub text: Arc<str>,
    /// All the time until the next literal was evaluated.
    pub time: Duration,
    /// How often they were evaluated.
    pub evals: u64,
    /// How often another way was looked for.
    pub redos: u64,
    /// How many literals the compiler made of the row.
    pub literals: usize,
}

/// What a rule came to, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The rule's path, from `data` on.
    pub rule: Arc<str>,
    /// Its value; of a rule that collects, what was collected.
    pub value: Option<Value>,
    /// Where the default that gave the value was written.
    pub default: Option<Location>,
    /// The clauses that were tried, in their order.
    pub clauses: Vec<ClauseDecision>,
    /// Whether the rule was asked for before and is explained there.
    pub repeated: bool,
}

/// What a clause came to, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct ClauseDecision {
    /// Where it was written; none for the query.
    pub location: Option<Location>,
    /// In how many ways it held.
    pub ways: u64,
    /// Of a clause that held, all literals; otherwise the one that did not hold.
    pub literals: Vec<LiteralDecision>,
}

/// What a literal came to, and the values that made it so.
#[derive(Debug, Clone, PartialEq)]
pub struct LiteralDecision {
    /// Where it was written.
    pub location: Option<Location>,
    /// As it was written.
    pub text: Arc<str>,
    /// How often it did not hold; 0 for one that held.
    pub failures: u64,
    /// Its variables and references with their values, or that they have none.
    pub facts: Vec<(Arc<str>, Option<Value>)>,
    /// Of an equality that did not hold, where its sides differ.
    pub differences: Vec<Difference>,
    /// What the rules came to that it names.
    pub decisions: Vec<Decision>,
}
