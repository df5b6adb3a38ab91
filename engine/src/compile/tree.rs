//! The tree of rules: which document each rule defines. OPA's stages `SetModuleTree` and `SetRuleTree`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::assemble::RuleHead;
use super::conflicts::Kinds;
use super::rule::RuleId;
use super::state::State;
use crate::syntax::tree::{Name, Package, Ref, Segment, Term, TermKind};

/// Builds the tree of the rules. Of their paths only the constants up to the first other step count, which no stage
/// changes.
pub(super) fn run(state: &mut State<'_>) {
    state.tree = Arc::new(RuleTree::of(state));
}

/// Documents by their paths, from `data` on.
///
/// A rule whose path has variables is found at the last step before the first variable.
#[derive(Debug, Default, Clone)]
pub struct RuleTree {
    nodes: Vec<Node>,
}

/// One document.
#[derive(Debug, Default, Clone)]
pub struct Node {
    /// The rules that define it, without those that are an `else`.
    pub rules: Vec<RuleId>,
    /// How many parameters the first of the rules has.
    arity: usize,
    /// Whether any of the rules has parameters.
    pub(super) has_functions: bool,
    children: BTreeMap<Key, NodeId>,
    /// Whether it is a name that rules of the package right above start with.
    is_export: bool,
    /// The modules whose package has this path, by their positions.
    pub(super) packages: Vec<usize>,
    /// What kinds of rules define it.
    pub(super) kinds: Kinds,
}

/// Names a document of one tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// `data`.
    pub const ROOT: Self = Self(0);
}

/// One step of a path, in OPA's order of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// `null`.
    Null,
    /// `false` or `true`.
    Boolean(bool),
    /// A number, by its text.
    Number(Name),
    /// A string.
    String(Name),
}

impl Key {
    /// The step that a term makes, unless it is composite or unknown.
    pub fn of(term: &Term) -> Option<Self> {
        match &term.kind {
            TermKind::Null => Some(Self::Null),
            TermKind::Boolean(value) => Some(Self::Boolean(*value)),
            TermKind::Number(text) => Some(Self::Number(text.clone())),
            TermKind::String(text) => Some(Self::String(text.clone())),
            TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Number(_) => 2,
            Self::String(_) => 3,
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => left.cmp(right),
            (Self::String(left), Self::String(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => {
                let value = |text: &Name| text.parse::<f64>().unwrap_or_default();
                value(left).total_cmp(&value(right)).then_with(|| left.cmp(right))
            }
            (left, right) => left.rank().cmp(&right.rank()),
        }
    }
}

impl Node {
    /// Whether there are documents below it.
    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }
}

impl RuleTree {
    fn of(state: &State<'_>) -> Self {
        let outlines: Vec<_> =
            state.order.iter().filter_map(|index| Some((index, state.outline(*index)?))).collect();
        // Most rules of a module are about documents of their own.
        let heads: usize = outlines.iter().map(|(_, (_, heads))| heads.len()).sum();
        let mut tree = Self { nodes: Vec::with_capacity(heads + outlines.len()) };
        tree.nodes.push(Node::default());
        for (index, (package, heads)) in outlines {
            let names = package.path.iter().map(|segment| &segment.name);
            let package = names.fold(NodeId::ROOT, |at, name| tree.grow(at, Key::String(name.clone())));
            if let Some(node) = tree.nodes.get_mut(package.0 as usize) {
                node.packages.push(*index);
            }
            for head in heads {
                let RuleHead { id, reference, parameters, .. } = head;
                let Some(name) = reference.head.as_var() else { continue };
                let mut at = tree.grow(package, Key::String(name.name.clone()));
                if let Some(node) = tree.nodes.get_mut(at.0 as usize) {
                    node.is_export = true;
                }
                for operand in &reference.operands {
                    let Some(key) = Key::of(operand) else { break };
                    at = tree.grow(at, key);
                }
                if let Some(node) = tree.nodes.get_mut(at.0 as usize) {
                    if node.rules.is_empty() {
                        node.arity = parameters;
                    }
                    node.has_functions |= parameters > 0;
                    node.kinds.add(head);
                    node.rules.push(id);
                }
            }
        }
        tree
    }

    fn grow(&mut self, at: NodeId, key: Key) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        if let Some(node) = self.nodes.get_mut(at.0 as usize) {
            match node.children.entry(key) {
                Entry::Occupied(found) => return *found.get(),
                Entry::Vacant(place) => _ = place.insert(id),
            }
        }
        self.nodes.push(Node::default());
        id
    }

    /// A document.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// All documents, in no order that means anything.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The document one step below another.
    pub fn child(&self, id: NodeId, key: &Key) -> Option<NodeId> {
        self.node(id)?.children.get(key).copied()
    }

    /// The documents one step below another, in OPA's order of values.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = (&Key, NodeId)> {
        self.node(id).into_iter().flat_map(|node| node.children.iter().map(|(key, id)| (key, *id)))
    }

    /// The names that the rules of a package start with.
    pub(super) fn exports(&self, package: &Package) -> impl Iterator<Item = &Name> {
        let step = |at, segment: &Segment| self.child(at, &Key::String(segment.name.clone()));
        let package = package.path.iter().try_fold(NodeId::ROOT, step);
        let children = package.into_iter().flat_map(|id| self.children(id));
        children.filter_map(|(key, id)| match key {
            Key::String(name) if self.node(id)?.is_export => Some(name),
            Key::String(_) | Key::Null | Key::Boolean(_) | Key::Number(_) => None,
        })
    }

    /// The document at a path from `data` on, if rules or packages are there or below.
    pub fn find(&self, reference: &Ref) -> Option<NodeId> {
        if !is_data(reference) {
            return None;
        }
        reference.operands.iter().try_fold(NodeId::ROOT, |at, operand| self.child(at, &Key::of(operand)?))
    }

    /// The rules that define the document at a path from `data` on.
    pub fn rules_at(&self, reference: &Ref) -> &[RuleId] {
        self.find(reference).and_then(|id| self.node(id)).map_or(&[], |node| &node.rules)
    }

    /// How many parameters the function at a path has; none for other rules.
    pub fn arity(&self, reference: &Ref) -> Option<usize> {
        let node = self.node(self.find(reference)?)?;
        if node.rules.is_empty() { None } else { Some(node.arity) }
    }

    /// Calls `visit` for a document and all below it, until it answers that it needn't see what is below.
    pub fn depth_first(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, &Node) -> bool) {
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            let Some(node) = self.node(next) else { continue };
            if !visit(next, node) {
                open.extend(node.children.values().rev());
            }
        }
    }
}

/// Whether a reference starts with `data`.
pub(super) fn is_data(reference: &Ref) -> bool {
    reference.head.as_var().is_some_and(|var| &*var.name == "data")
}
