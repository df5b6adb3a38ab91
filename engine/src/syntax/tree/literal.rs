//! Bodies and the literals they are made of.

use thin_vec::ThinVec;

use super::{Declared, Name, Term};
use crate::source::Span;

/// A query: literals that all have to hold. Never empty.
#[derive(Debug, Clone)]
pub struct Body {
    /// From the first literal to the end of the last, without braces.
    pub span: Span,
    /// The literals, in the order written.
    pub literals: Vec<Literal>,
}

/// One statement of a body.
#[derive(Debug, Clone)]
pub struct Literal {
    /// From the first token, `not` included, to the end of the last `with`.
    pub span: Span,
    /// Whether `not` stands before it, and means that the literal is undefined or false.
    pub negated: bool,
    /// What has to hold.
    pub kind: LiteralKind,
    /// The documents that are replaced meanwhile.
    pub with: ThinVec<With>,
}

/// The kinds of literal.
#[derive(Debug, Clone)]
pub enum LiteralKind {
    /// A term that must be neither false nor undefined. `:=` and `=` are calls of `assign` and `eq`.
    Term(Term),
    /// `some x, y`: declares variables.
    Declare(ThinVec<Declared>),
    /// `some k, v in xs`.
    SomeIn(Box<Membership>),
    /// `every k, v in xs { ... }`.
    Every(Box<Every>),
    /// `not` as `import future.keywords.not` has it.
    Not(Box<Negation>),
    /// `a and b`.
    And(Box<Logical>),
    /// `a or b`.
    Or(Box<Logical>),
}

/// `k, v in xs` after `some`.
#[derive(Debug, Clone)]
pub struct Membership {
    /// From the key or value to the end of the domain.
    pub span: Span,
    /// The position of the `in`.
    pub operator: Span,
    /// A pattern for the key.
    pub key: Option<Term>,
    /// A pattern for the value.
    pub value: Term,
    /// The collection.
    pub domain: Term,
}

/// `every k, v in xs { ... }`.
#[derive(Debug, Clone)]
pub struct Every {
    /// The key's variable.
    pub key: Option<Declared>,
    /// The value's variable.
    pub value: Declared,
    /// The collection.
    pub domain: Term,
    /// What has to hold for each element.
    pub body: Body,
}

/// The operand of a `not` that has a body.
#[derive(Debug, Clone)]
pub struct Negation {
    /// The body; one literal unless braces are written.
    pub body: Body,
    /// Whether braces are written.
    pub explicit: bool,
}

/// The two sides of `and` or `or`.
#[derive(Debug, Clone)]
pub struct Logical {
    /// The left side.
    pub left: Operand,
    /// The right side.
    pub right: Operand,
}

/// One side of `and` or `or`.
#[derive(Debug, Clone)]
pub struct Operand {
    /// The body; one literal unless braces are written.
    pub body: Body,
    /// Whether braces are written.
    pub explicit: bool,
}

/// `with input.user as value`.
#[derive(Debug, Clone)]
pub struct With {
    /// From `with` to the end of the value.
    pub span: Span,
    /// What is replaced: a reference or a variable.
    pub target: Term,
    /// What it is replaced by.
    pub value: Term,
}

impl Body {
    /// Whether no variable is part of the literals; modifiers are not counted, as in OPA.
    pub fn is_ground(&self) -> bool {
        self.literals.iter().all(Literal::is_ground)
    }
}

impl Literal {
    fn is_ground(&self) -> bool {
        match &self.kind {
            LiteralKind::Term(term) => match term.as_call() {
                Some(call) => call.args.iter().all(Term::is_ground),
                None => term.is_ground(),
            },
            LiteralKind::Declare(_) | LiteralKind::SomeIn(_) | LiteralKind::Every(_) => false,
            LiteralKind::Not(negation) => negation.body.is_ground(),
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                sides.left.body.is_ground() && sides.right.body.is_ground()
            }
        }
    }

    /// The variables that the literal itself declares, those in its parts excepted.
    pub(crate) fn declared(&self) -> impl Iterator<Item = &Declared> {
        let (list, every) = match &self.kind {
            LiteralKind::Declare(list) => (list.as_slice(), None),
            LiteralKind::Every(every) => (&[][..], Some(every)),
            LiteralKind::Term(_)
            | LiteralKind::SomeIn(_)
            | LiteralKind::Not(_)
            | LiteralKind::And(_)
            | LiteralKind::Or(_) => (&[][..], None),
        };
        list.iter().chain(every.into_iter().flat_map(|every| every.key.iter().chain([&every.value])))
    }

    /// The name of the function that is called, when the literal is a call of a plain name.
    pub fn plain_operator(&self) -> Option<&Name> {
        match &self.kind {
            LiteralKind::Term(term) => term.as_call().and_then(|call| call.operator.plain_name()),
            LiteralKind::Declare(_)
            | LiteralKind::SomeIn(_)
            | LiteralKind::Every(_)
            | LiteralKind::Not(_)
            | LiteralKind::And(_)
            | LiteralKind::Or(_) => None,
        }
    }
}
