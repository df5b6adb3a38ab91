//! The syntax tree of a module: what was written, in the shape that OPA's compiler starts from.
//!
//! Every node knows the bytes it was made of. The height of a tree is bounded by
//! [`ParseOptions::max_height`](super::ParseOptions), so code that walks it may recurse.

mod annotation;
mod literal;
mod rule;
mod term;

pub use annotation::{
    Annotations, Author, CompileAnnotation, RelatedResource, SchemaAnnotation, SchemaSource, Scope, Target,
};
pub use literal::{Body, Every, Literal, LiteralKind, Logical, Membership, Negation, Operand, With};
pub use rule::{ElseBranch, Head, HeadValue, Rule};
pub use term::{
    Call, Comprehension, ComprehensionHead, Declared, Notation, Ref, Template, TemplatePart, Term, TermKind,
    Var,
};

use super::RegoVersion;
pub use super::names::Name;
use crate::source::{SourceId, Span};

/// One file of Rego.
#[derive(Debug, Clone)]
pub struct Module {
    /// The source that all spans of the module lie in.
    pub source: SourceId,
    /// The version that the module was parsed as.
    pub version: RegoVersion,
    /// The newest version whose rules the module follows: `import rego.v1` raises it.
    pub newest_version: RegoVersion,
    /// The package; missing only from a module that has errors.
    pub package: Option<Package>,
    /// The imports, in the order written.
    pub imports: Vec<Import>,
    /// The rules, in the order written.
    pub rules: Vec<Rule>,
    /// The METADATA blocks, in the order written; empty when the options say not to read them.
    pub annotations: Vec<Annotations>,
    /// All comments, in the order written.
    pub comments: Vec<Comment>,
}

/// `package a.b["c"]`.
#[derive(Debug, Clone)]
pub struct Package {
    /// From the keyword to the end of the path.
    pub span: Span,
    /// The path without the `data` it hangs from; at least one segment.
    pub path: Vec<Segment>,
}

/// One segment of a package's path.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The name, or the quoted string with its quotes.
    pub span: Span,
    /// The name.
    pub name: Name,
}

/// `import data.a.b as c`.
#[derive(Debug, Clone)]
pub struct Import {
    /// From the keyword to the end of the path or the alias.
    pub span: Span,
    /// The path: its head is one of the variables `data`, `input`, `future`, `rego`, all else are strings.
    pub path: Ref,
    /// The name after `as`.
    pub alias: Option<Declared>,
}

impl Import {
    /// The name that the import is known by in its module: the alias, or the last segment of the path.
    pub fn name(&self) -> Option<&Name> {
        if let Some(alias) = &self.alias {
            return Some(&alias.var.name);
        }
        let last = self.path.operands.last().unwrap_or(&self.path.head);
        if let TermKind::String(name) = &last.kind { Some(name) } else { last.as_var().map(|var| &var.name) }
    }
}

/// A comment, from its `#` to the end of the line.
#[derive(Debug, Clone)]
pub struct Comment {
    /// From the `#` to before the end of the line.
    pub span: Span,
    /// What stands after the `#`, without carriage returns at the end.
    pub text: Name,
}
