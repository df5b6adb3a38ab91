//! METADATA annotations, as the comments above a package or a rule say them.

use std::sync::Arc;

use super::{Name, Ref};
use crate::source::Span;
use crate::value::Value;

/// One METADATA block.
#[derive(Debug, Clone)]
pub struct Annotations {
    /// From the `# METADATA` to the end of the block's last comment.
    pub span: Span,
    /// What the annotations apply to; where none is written, what stands below decides.
    pub scope: Scope,
    /// The statement below.
    pub target: Option<Target>,
    /// A title; empty when none is written.
    pub title: Name,
    /// A description; empty when none is written.
    pub description: Name,
    /// Whether the rule or package is meant to be queried from outside.
    pub entrypoint: bool,
    /// Organizations that are responsible.
    pub organizations: Vec<Name>,
    /// Further reading.
    pub related_resources: Vec<RelatedResource>,
    /// Who wrote it.
    pub authors: Vec<Author>,
    /// Schemas of documents.
    pub schemas: Vec<SchemaAnnotation>,
    /// Hints for partial evaluation.
    pub compile: Option<CompileAnnotation>,
    /// Values of any kind, an object if present.
    pub custom: Option<Value>,
    /// Labels, an object if present.
    pub labels: Option<Value>,
    /// `custom` as `rego.metadata` returns it, if floats make it another text than it has in JSON.
    pub returned_custom: Option<Value>,
    /// The same for `labels`.
    pub returned_labels: Option<Value>,
}

/// What annotations apply to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The rule below.
    Rule,
    /// All rules of the document that the rule below is part of, in all modules of the package.
    Document,
    /// The package, in this module.
    Package,
    /// The package and those below it.
    Subpackages,
}

impl Scope {
    /// The name, as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Document => "document",
            Self::Package => "package",
            Self::Subpackages => "subpackages",
        }
    }

    /// The scope of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Rule, Self::Document, Self::Package, Self::Subpackages]
            .into_iter()
            .find(|scope| scope.as_str() == name)
    }
}

/// The statement that annotations stand above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The package.
    Package,
    /// An import, by its place in [`Module::imports`](super::Module::imports). Nothing applies to imports.
    Import(usize),
    /// A rule, by its place in [`Module::rules`](super::Module::rules).
    Rule(usize),
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedResource {
    /// The URL.
    pub reference: Name,
    /// What is found there; may be empty.
    pub description: Name,
}

/// An author; either part may be empty, not both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: Name,
    /// The address.
    pub email: Name,
}

/// The schema of a document.
#[derive(Debug, Clone)]
pub struct SchemaAnnotation {
    /// The document.
    pub path: Ref,
    /// Its schema.
    pub schema: SchemaSource,
}

/// Where a schema comes from.
#[derive(Debug, Clone)]
pub enum SchemaSource {
    /// `schema`, or a path below it: a file.
    Reference(Ref),
    /// A schema written into the annotation.
    Definition(Value),
}

/// Hints for partial evaluation.
#[derive(Debug, Clone)]
pub struct CompileAnnotation {
    /// What is not known.
    pub unknowns: Vec<Ref>,
    /// The rule that masks columns, as it is written.
    pub mask_rule: Option<Arc<str>>,
}
