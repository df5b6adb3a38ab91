//! Rules: heads, bodies and `else` branches.

use thin_vec::ThinVec;

use super::{Body, Ref, Term};
use crate::source::Span;

/// One rule: what a document is, and when.
#[derive(Debug, Clone)]
pub struct Rule {
    /// From `default` or the name to the end of the last branch.
    pub span: Span,
    /// Whether it says what the document is when no other rule does.
    pub default: bool,
    /// Whether it is a further body of the rule before it (`p { ... } { ... }`): the head is a copy then, and
    /// the span is the body's.
    pub chained: bool,
    /// What the rule defines.
    pub head: Head,
    /// When; a rule without a body always holds.
    pub body: Option<Body>,
    /// What holds when the body doesn't, first match first.
    pub branches: Vec<ElseBranch>,
    /// The annotations that apply to the rule, as indices of
    /// [`Module::annotations`](super::Module::annotations).
    pub annotations: Vec<usize>,
}

/// The head of a rule.
#[derive(Debug, Clone)]
pub struct Head {
    /// From the name to the end of the value.
    pub span: Span,
    /// The path below the package: starts with a variable. The path of a partial set is without its element.
    pub reference: Ref,
    /// The parameters of a function; none for other rules.
    pub args: ThinVec<Term>,
    /// What the document is, or has among its elements.
    pub value: HeadValue,
    /// Whether the value stands after `:=`.
    pub assign: bool,
    /// Whether the head uses the keyword `contains`.
    pub contains: bool,
    /// Whether `if` stands before the body.
    pub uses_if: bool,
}

/// What a head says about its document.
#[derive(Debug, Clone)]
pub enum HeadValue {
    /// No value is written: `true`.
    True,
    /// The document is this, or has this under the path of the head.
    Term(Term),
    /// The document is a set that has this element.
    Element(Term),
}

/// `else := value if { ... }`.
#[derive(Debug, Clone)]
pub struct ElseBranch {
    /// From `else` to the end of the body.
    pub span: Span,
    /// The value; `true` when none is written.
    pub value: Option<Term>,
    /// Whether the value stands after `:=`.
    pub assign: bool,
    /// Whether `if` stands before the body.
    pub uses_if: bool,
    /// When; a branch without a body always holds.
    pub body: Option<Body>,
}
