//! Terms: values, variables, references, calls and comprehensions.

use thin_vec::ThinVec;

use super::{Body, Literal, Name};
use crate::source::Span;

/// A term and where it stands, without parentheses around it.
#[derive(Debug, Clone)]
pub struct Term {
    /// From the first byte to past the last.
    pub span: Span,
    /// What it is.
    pub kind: TermKind,
}

/// The kinds of term.
#[derive(Debug, Clone)]
pub enum TermKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(Name),
    /// A string, decoded.
    String(Name),
    /// `$"..."`.
    Template(Box<Template>),
    /// A variable.
    Var(Var),
    /// `a.b[c]`; also `data` and `input` alone.
    Ref(Box<Ref>),
    /// `[a, b]`.
    Array(ThinVec<Term>),
    /// `{k: v}`, in the order written, doubles included.
    Object(ThinVec<(Term, Term)>),
    /// `{a, b}` or `set()`, in the order written, doubles included.
    Set(ThinVec<Term>),
    /// `[x | ...]`, `{x | ...}` or `{k: v | ...}`.
    Comprehension(Box<Comprehension>),
    /// A function or an operator and its arguments.
    Call(Box<Call>),
}

/// A variable. The term that it is says where it stands.
#[derive(Debug, Clone)]
pub struct Var {
    /// Its name. Each `_` is a variable of its own.
    pub name: Name,
}

/// A variable where it is declared or an import is given its name.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Where it stands.
    pub span: Span,
    /// The variable.
    pub var: Var,
}

/// A term and the operands that lead into it.
#[derive(Debug, Clone)]
pub struct Ref {
    /// From the head to the end of the last operand, `]` included.
    pub span: Span,
    /// Where it starts: a variable, a collection, a comprehension or a call.
    pub head: Term,
    /// The steps. `.name` and `["name"]` are both strings.
    pub operands: ThinVec<Term>,
}

/// A call, or an operator between its operands.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function. Operators are called by OPA's names: `plus`, `eq`, `internal.member_2` ...
    pub operator: Ref,
    /// The arguments.
    pub args: ThinVec<Term>,
    /// How it is written.
    pub notation: Notation,
}

/// How a call is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// `f(a, b)`.
    Prefix,
    /// `a + b`, or `k, v in xs` with three arguments.
    Infix,
    /// `-a`; the first argument is a zero that is not written.
    Minus,
}

/// A comprehension.
#[derive(Debug, Clone)]
pub struct Comprehension {
    /// What is collected.
    pub head: ComprehensionHead,
    /// For which bindings.
    pub body: Body,
}

/// What a comprehension collects.
#[derive(Debug, Clone)]
pub enum ComprehensionHead {
    /// The elements of an array.
    Array(Term),
    /// The elements of a set.
    Set(Term),
    /// The keys and values of an object.
    Object(Term, Term),
}

/// A string with expressions in it.
#[derive(Debug, Clone)]
pub struct Template {
    /// Whether it is written with backticks and may span lines.
    pub raw: bool,
    /// The pieces in their order; texts are never empty.
    pub parts: Vec<TemplatePart>,
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub enum TemplatePart {
    /// Text, decoded.
    Text(Span, Name),
    /// An expression between braces.
    Expression(Literal),
}

impl Term {
    /// A variable at a place.
    pub fn var(name: Name, span: Span) -> Self {
        Self { span, kind: TermKind::Var(Var { name }) }
    }

    /// The call, if the term is one.
    pub fn as_call(&self) -> Option<&Call> {
        if let TermKind::Call(call) = &self.kind { Some(call) } else { None }
    }

    /// The reference, if the term is one.
    pub fn as_ref_term(&self) -> Option<&Ref> {
        if let TermKind::Ref(reference) = &self.kind { Some(reference) } else { None }
    }

    /// The characters, if the term is a string.
    pub fn as_string(&self) -> Option<&Name> {
        if let TermKind::String(name) = &self.kind { Some(name) } else { None }
    }

    /// The variable, if the term is one.
    pub fn as_var(&self) -> Option<&Var> {
        if let TermKind::Var(var) = &self.kind { Some(var) } else { None }
    }

    /// Where OPA says the term is: it leaves out the parenthesis that a term starts with.
    ///
    /// `(a + b) * c` is at `a`, though its span starts at the parenthesis.
    pub fn anchor(&self) -> u32 {
        let mut term = self;
        loop {
            term = match &term.kind {
                TermKind::Call(call) => match (call.notation, call.args.first()) {
                    (Notation::Infix, Some(first)) => first,
                    (Notation::Prefix, _) => &call.operator.head,
                    (Notation::Minus | Notation::Infix, _) => return term.span.start,
                },
                TermKind::Ref(reference) => &reference.head,
                TermKind::Null
                | TermKind::Boolean(_)
                | TermKind::Number(_)
                | TermKind::String(_)
                | TermKind::Template(_)
                | TermKind::Var(_)
                | TermKind::Array(_)
                | TermKind::Object(_)
                | TermKind::Set(_)
                | TermKind::Comprehension(_) => return term.span.start,
            };
        }
    }

    /// Whether no variable is part of the term. The head of a reference is not counted, as in OPA.
    pub fn is_ground(&self) -> bool {
        match &self.kind {
            TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => true,
            TermKind::Var(_) | TermKind::Template(_) => false,
            TermKind::Comprehension(comprehension) => comprehension.is_ground(),
            TermKind::Ref(reference) => reference.is_ground(),
            TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().all(Self::is_ground),
            TermKind::Object(pairs) => pairs.iter().all(|(key, value)| key.is_ground() && value.is_ground()),
            TermKind::Call(call) => call.operator.is_ground() && call.args.iter().all(Self::is_ground),
        }
    }

    /// OPA's name of the kind, as messages show it.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            TermKind::Null => "null",
            TermKind::Boolean(_) => "boolean",
            TermKind::Number(_) => "number",
            TermKind::String(_) => "string",
            TermKind::Template(_) => "templatestring",
            TermKind::Var(_) => "var",
            TermKind::Ref(_) => "ref",
            TermKind::Array(_) => "array",
            TermKind::Object(_) => "object",
            TermKind::Set(_) => "set",
            TermKind::Call(_) => "call",
            TermKind::Comprehension(comprehension) => match comprehension.head {
                ComprehensionHead::Array(_) => "arraycomprehension",
                ComprehensionHead::Set(_) => "setcomprehension",
                ComprehensionHead::Object(..) => "objectcomprehension",
            },
        }
    }
}

impl Comprehension {
    fn is_ground(&self) -> bool {
        let head = match &self.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => term.is_ground(),
            ComprehensionHead::Object(key, value) => key.is_ground() && value.is_ground(),
        };
        head && self.body.is_ground()
    }
}

impl Var {
    /// Whether it is `_`, which stands for a new variable each time.
    pub fn is_wildcard(&self) -> bool {
        self.name == "_"
    }
}

impl Ref {
    /// The name, when the reference is a variable without operands.
    pub fn plain_name(&self) -> Option<&Name> {
        self.head.as_var().filter(|_| self.operands.is_empty()).map(|var| &var.name)
    }

    /// How many terms the reference has, its head included.
    pub fn len(&self) -> usize {
        1 + self.operands.len()
    }

    /// Never: a reference has a head.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Whether no operand holds a variable.
    pub fn is_ground(&self) -> bool {
        self.operands.iter().all(Term::is_ground)
    }

    /// The names along the reference, when its head is a variable and all operands are strings.
    pub fn names(&self) -> Option<Vec<&Name>> {
        let head = &self.head.as_var()?.name;
        let rest = self.operands.iter().map(Term::as_string);
        std::iter::once(Some(head)).chain(rest).collect()
    }
}
