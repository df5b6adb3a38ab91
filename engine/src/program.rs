//! The compiled form of policies: what evaluation, coverage, mutation and analysis read.
//!
//! [`lower`](lower()) makes it of [`compile::Compiled`](crate::compile::Compiled). Names are gone: a variable is a slot of its clause, a
//! reference says whether it starts at a local value, the input, a rule or a base document, and the clauses that can't match
//! an input are left out by an index.

mod changes;
mod constants;
pub mod dump;
mod grouping;
mod guard;
mod index;
mod indexed;
mod join;
mod literals;
mod lower;
mod reads;
mod settled;
mod slots;

use std::sync::Arc;

use crate::builtins::Signature;
use crate::source::Span;
use crate::syntax::tree::Name;
use crate::value::Value;

pub use changes::{Change, Changes, TextEdit};
pub use grouping::{Grouping, GroupingId};
pub use guard::{Accepted, Affix, Guard, Shows, Subject, segments};
pub use index::{IndexKey, RuleIndex};
pub use indexed::{Fails, Indexed};
pub use join::{Join, JoinId, JoinPath};
pub use lower::{Draft, LiteralText, LoweredQuery, WatchedProgram, lower, lower_query, lower_watched};
pub use reads::InputReads;

/// Compiled modules, ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Program {
    /// The tree of documents that rules define; the first is `data`.
    pub documents: Vec<Document>,
    /// The rules, each with all its clauses.
    pub rules: Vec<Rule>,
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// How many literals there are; their ids count from zero.
    pub literals: u32,
    /// The paths of the base documents that references lead to, without `data`; see [`Target::Base`].
    pub base_paths: Vec<Vec<Value>>,
    /// What base documents are indexed by.
    pub joins: Vec<JoinPath>,
    /// How many comprehensions there are whose values are grouped; see [`Grouping`].
    pub groupings: u32,
    /// Whether there are calls that show when they are evaluated, such as those of `print`.
    pub prints: bool,
}

/// Names a document of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u32);

/// Names a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u32);

/// Names a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClauseId(pub u32);

/// Names a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiteralId(pub u32);

/// Names a path of [`Program::base_paths`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasePathId(pub u32);

/// A place in the frame of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// A document below `data` that is a package or a rule.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The documents one step below, in OPA's order of keys.
    pub children: Vec<(Value, DocumentId)>,
    /// The rule that defines it. What is below is part of the rule then.
    pub rule: Option<RuleId>,
}

/// All clauses that define one document.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The document's path below `data`.
    pub path: Vec<Value>,
    /// What kind of document it is.
    pub kind: RuleKind,
    /// The clauses in the order to try them, without the default and those that are an `else` of another.
    pub clauses: Vec<ClauseId>,
    /// The clause that holds when no other does.
    pub default: Option<ClauseId>,
    /// Which clauses can match.
    pub index: RuleIndex,
    /// When the first clause that holds decides.
    pub early_exit: EarlyExit,
    /// When the guards of its clauses are to be looked at.
    pub guarded: Option<Shows>,
    /// Whether its value depends on the base documents alone, so that it is the same in every evaluation.
    pub settled: bool,
}

/// When the first clause that holds decides, because all that can match have the same constant value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EarlyExit {
    /// It never does: there are clauses of different values that can always match.
    #[default]
    Never,
    /// It does if the clauses that are not left out have the same value.
    Narrowed,
    /// It always does.
    Always,
}

/// The kinds of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// One value.
    Complete,
    /// A value for each list of so many arguments.
    Function(usize),
    /// A set.
    Set,
    /// An object, whose keys are known after evaluation; values may be sets.
    Object,
}

/// One way to define a document.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The rule that it is part of.
    pub rule: RuleId,
    /// Where it was written.
    pub span: Span,
    /// Where its head was written.
    pub head: Span,
    /// Whether it is the default.
    pub default: bool,
    /// The parameters of a function.
    pub args: Vec<Term>,
    /// Whether the parameters are variables that have the first slots, in their order.
    pub args_are_slots: bool,
    /// The steps from the rule's document to the one that the clause defines.
    pub steps: Vec<Term>,
    /// The element of a set.
    pub key: Option<Term>,
    /// The value; none for the clauses of a set.
    pub value: Option<Term>,
    /// Whether OPA takes it for a part of a set or an object, as it does `p.a := 1` without `if`: it never exits early.
    pub keyed: bool,
    /// When it holds.
    pub body: Body,
    /// It isn't evaluated unless all guards of one of these lists let it; they are empty where nothing is asked.
    pub guards: Vec<Vec<Guard>>,
    /// The clause to try when this one doesn't hold.
    pub otherwise: Option<ClauseId>,
    /// The variables' names, by slot, as they were written where they were.
    pub slots: Vec<Name>,
}

/// Literals that all have to hold, in the order to evaluate them.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// The literals.
    pub literals: Vec<Literal>,
    /// When it shows that the body was evaluated: something in it can end in an error or print.
    pub effect: Option<Shows>,
}

/// One literal.
#[derive(Debug, Clone)]
pub struct Literal {
    /// Its name.
    pub id: LiteralId,
    /// Where it was written.
    pub span: Span,
    /// What is replaced meanwhile.
    pub with: Vec<With>,
    /// What has to hold.
    pub operation: Operation,
    /// Whether the literal is [not](Operation::Not) a body but another literal, without what it replaces.
    pub negated: bool,
    /// How to find the elements that matter, where the literal goes through a base document.
    pub join: Option<Join>,
}

/// What a literal does.
#[derive(Debug, Clone)]
pub enum Operation {
    /// `a = b`, neither of them a reference or a comprehension.
    Unify(Term, Term),
    /// `pattern = reference`.
    Lookup(Term, Ref),
    /// `pattern = [... | ...]`.
    Collect(Term, Comprehension),
    /// The reference is defined and not false.
    Test(Ref),
    /// The term is not false.
    Truth(Term),
    /// A call; without an output, its result must not be false.
    Call(Call),
    /// `every k, v in domain { ... }`.
    Every(Every),
    /// The body does not hold.
    Not(Body),
    /// Both bodies hold.
    And(Body, Body),
    /// One of the bodies holds.
    Or(Body, Body),
}

/// A value that is written or computed.
#[derive(Debug, Clone)]
pub enum Term {
    /// A constant.
    Constant(Value),
    /// A variable.
    Local(Slot),
    /// `[a, b]`.
    Array(Vec<Term>),
    /// `{k: v}`.
    Object(Vec<(Term, Term)>),
    /// `{a, b}`.
    Set(Vec<Term>),
    /// A reference.
    Ref(Box<Ref>),
    /// A comprehension.
    Comprehension(Box<Comprehension>),
}

/// A reference: where it starts, and the steps from there.
#[derive(Debug, Clone)]
pub struct Ref {
    /// Where it was written.
    pub span: Span,
    /// Where it starts.
    pub start: Start,
    /// All steps from there.
    pub steps: Vec<Term>,
    /// Whether something reads the value that the last step gives to a variable; not so for `_`.
    pub binds_last: bool,
    /// The literal that the variable at the start stands for, if it is one to go through as it is
    /// written.
    pub written: Option<Arc<Term>>,
}

/// Where a reference starts.
#[derive(Debug, Clone)]
pub enum Start {
    /// A variable.
    Local(Slot),
    /// Another term.
    Term(Box<Term>),
    /// The input.
    Input,
    /// `data`.
    Data(Target),
}

/// What a reference into `data` leads to when nothing is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A base document, so many steps below `data`: no rule is there, above or below.
    Base(BasePathId, usize),
    /// A rule, so many steps below `data`.
    Rule(RuleId, usize),
    /// A package or the documents that rules and data have in common.
    Tree,
}

/// What a comprehension collects, and for which bindings.
#[derive(Debug, Clone)]
pub struct Comprehension {
    /// Where its element or key was written.
    pub span: Span,
    /// Whether it is the right side of an equality: OPA then compares the types before it evaluates it.
    pub on_right: bool,
    /// What is collected.
    pub head: ComprehensionHead,
    /// For which bindings.
    pub body: Body,
    /// How to collect for all keys at once, where that can be done.
    pub grouping: Option<Grouping>,
    /// How OPA indexes it, if it does.
    pub indexed: Option<Indexed>,
}

/// What a comprehension collects.
#[derive(Debug, Clone)]
pub enum ComprehensionHead {
    /// The elements of an array.
    Array(Term),
    /// The elements of a set.
    Set(Term),
    /// Keys and values.
    Object(Term, Term),
}

/// A call of a function.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// The arguments.
    pub args: Vec<Term>,
    /// What the result is unified with.
    pub output: Option<Term>,
    /// The operator, if the function is one that is quick to apply to small integers.
    pub operator: Option<Operator>,
}

/// An operator of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    Differs,
}

/// A function that can be called or replaced.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// A built-in one.
    Builtin(&'static Signature),
    /// One that a rule defines.
    Rule(RuleId),
}

/// `every k, v in domain { ... }`.
#[derive(Debug, Clone)]
pub struct Every {
    /// The key's variable.
    pub key: Option<Slot>,
    /// The value's variable.
    pub value: Slot,
    /// The collection.
    pub domain: Term,
    /// What has to hold for each element.
    pub body: Body,
}

/// What is replaced while a literal is evaluated.
#[derive(Debug, Clone)]
pub struct With {
    /// What is replaced.
    pub target: WithTarget,
    /// What it is replaced by.
    pub value: Replacement,
}

/// What `with` can replace.
#[derive(Debug, Clone)]
pub enum WithTarget {
    /// The input, or what is at a path in it.
    Input(Vec<Value>),
    /// What is at a path below `data`.
    Data(Vec<Value>),
    /// A function.
    Function(Function),
}

/// What something is replaced by.
#[derive(Debug, Clone)]
pub enum Replacement {
    /// A value.
    Value(Term),
    /// Another function.
    Function(Function),
}

impl Program {
    /// A document of the tree.
    pub fn document(&self, id: DocumentId) -> Option<&Document> {
        self.documents.get(id.0 as usize)
    }

    /// A rule by its id.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.0 as usize)
    }

    /// A clause by its id.
    pub fn clause(&self, id: ClauseId) -> Option<&Clause> {
        self.clauses.get(id.0 as usize)
    }

    /// Whether clauses and those that are an `else` of them have one and the same constant value, as far as they count.
    pub fn agree(&self, clauses: &[ClauseId], counts: impl Fn(ClauseId) -> bool) -> bool {
        let mut value: Option<&Value> = None;
        for first in clauses {
            let mut next = Some(*first);
            while let Some((id, clause)) = next.and_then(|id| Some((id, self.clause(id)?))) {
                next = clause.otherwise;
                if !counts(id) {
                    continue;
                }
                let Some(constant) = clause.value.as_ref().and_then(Term::as_constant) else { return false };
                if clause.keyed || value.is_some_and(|value| value != constant) {
                    return false;
                }
                value = Some(constant);
            }
        }
        value.is_some()
    }
}

impl DocumentId {
    /// `data`.
    pub const DATA: Self = Self(0);
}

impl Document {
    /// The document one step below.
    pub fn child(&self, key: &Value) -> Option<DocumentId> {
        let index = self.children.binary_search_by(|(candidate, _)| candidate.cmp(key)).ok()?;
        self.children.get(index).map(|(_, id)| *id)
    }
}

impl Operator {
    /// The operator that a built-in function stands for.
    fn of(function: Function) -> Option<Self> {
        let Function::Builtin(signature) = function else { return None };
        Some(match signature.name {
            "plus" => Self::Plus,
            "minus" => Self::Minus,
            "mul" => Self::Times,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "equal" => Self::Equal,
            "neq" => Self::Differs,
            _ => return None,
        })
    }
}

impl Body {
    fn new(literals: Vec<Literal>) -> Self {
        Self { effect: guard::effect_of_literals(&literals), literals }
    }
}

impl Term {
    /// The variable, if the term is one.
    pub fn as_local(&self) -> Option<Slot> {
        if let Self::Local(slot) = self { Some(*slot) } else { None }
    }

    /// The value, if the term is one that is written.
    pub fn as_constant(&self) -> Option<&Value> {
        if let Self::Constant(value) = self { Some(value) } else { None }
    }

    /// Whether the term is a set that is written with variables in it.
    pub(crate) fn is_set(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// Whether going through the terms as they are written may be something else than going through their values: those
    /// have another order, and of equal ones there is one only.
    pub(crate) fn goes_as_written(&self) -> bool {
        let constant = |term: &Self| term.as_constant().is_some();
        match self {
            Self::Set(terms) => terms.len() > 1 || terms.iter().any(Self::goes_as_written),
            Self::Object(pairs) => {
                pairs.len() > 1 && !pairs.iter().all(|(key, _)| constant(key))
                    || pairs.iter().any(|(_, value)| value.goes_as_written())
            }
            Self::Array(terms) => terms.iter().any(Self::goes_as_written),
            Self::Constant(_) | Self::Local(_) | Self::Ref(_) | Self::Comprehension(_) => false,
        }
    }
}

/// Whether a text can stand after a dot.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Builtin(left), Self::Builtin(right)) => left.name == right.name,
            (Self::Rule(left), Self::Rule(right)) => left == right,
            (Self::Builtin(_), Self::Rule(_)) | (Self::Rule(_), Self::Builtin(_)) => false,
        }
    }
}
