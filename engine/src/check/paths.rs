//! Where references lead: to base documents, which may be missing, or to rules.

use crate::compile::tree::{Key, NodeId};
use crate::compile::{RuleId, RuleTree};
use crate::syntax::display;
use crate::syntax::tree::{Name, Ref, Term, TermKind};

/// The names from `data` or `input` on to a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(Vec<Name>);

impl Path {
    /// The start of a reference, up to the first step that isn't a constant string.
    fn of(reference: &Ref) -> Option<Self> {
        let head = reference.head.as_var()?.name.clone();
        let steps = reference.operands.iter().map_while(Term::as_string).cloned();
        Some(Self(std::iter::once(head).chain(steps).collect()))
    }

    /// Whether a document here must be there for one at `other` to be there.
    pub(super) fn is_prefix_of(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The deepest document that both need, below `data` or `input`.
    pub(super) fn shared(&self, other: &Self) -> Option<Self> {
        let same = self.0.iter().zip(&other.0).take_while(|(left, right)| left == right);
        let path = Self(same.map(|(name, _)| name.clone()).collect());
        (path.0.len() > 1).then_some(path)
    }

    /// Whether it is a document that the caller hands in.
    pub(super) fn is_input(&self) -> bool {
        self.0.first().is_some_and(|root| root == "input")
    }

    /// The names below `data` or `input`.
    pub(super) fn steps(&self) -> &[Name] {
        self.0.get(1..).unwrap_or_default()
    }

    /// As it is written in Rego.
    pub(super) fn shown(&self, like: crate::source::Span) -> String {
        let string = |name: &Name| Term { span: like, kind: TermKind::String(name.clone()) };
        let Some(head) = self.0.first() else { return String::new() };
        let head = Term::var(head.clone(), like);
        display::reference(&Ref { span: like, head, operands: self.steps().iter().map(string).collect() })
    }
}

/// What a reference leads to.
#[derive(Debug)]
pub(super) enum Target<'a> {
    /// A base document: the part of its path that is constant, and whether that is all of it.
    Base { path: Path, whole: bool },
    /// The rules of one document, and whether the reference goes on into their value.
    Rules { rules: &'a [RuleId], inside: bool },
    /// A local variable, a package, or what only evaluation can tell.
    Other,
}

/// Where a reference in a compiled rule leads.
pub(super) fn target<'a>(tree: &'a RuleTree, reference: &Ref) -> Target<'a> {
    let Some(root) = reference.head.as_var() else { return Target::Other };
    let base = || match Path::of(reference) {
        Some(path) => {
            let whole = path.steps().len() == reference.operands.len();
            Target::Base { path, whole }
        }
        None => Target::Other,
    };
    if root.name == "input" {
        return base();
    }
    if root.name != "data" {
        return Target::Other;
    }
    let mut at = NodeId::ROOT;
    for (depth, operand) in reference.operands.iter().enumerate() {
        let Some(key) = Key::of(operand) else { return Target::Other };
        let Some(child) = tree.child(at, &key) else { return base() };
        at = child;
        if let Some(node) = tree.node(at).filter(|node| !node.rules.is_empty()) {
            return Target::Rules { rules: &node.rules, inside: depth + 1 < reference.operands.len() };
        }
    }
    Target::Other
}
