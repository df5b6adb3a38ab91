//! Which rules each rule needs. OPA's stage `SetGraph`.

mod cause;
mod narrow;
mod select;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rule::{Rule, RuleId};
use super::same;
use super::state::State;
use super::templates::Presence;
use super::tree::{Key, NodeId, RuleTree, is_data};
use super::vars::{Collector, Skip, VarSet};
use super::walk::{self, Flow, Node};
use crate::syntax::tree::{Body, Ref, Term};
use cause::Origins;

pub(super) use cause::describe;

/// What has to be known of all rules to rewrite one and to find its dependencies.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The full path of each rule.
    paths: Vec<Ref>,
    /// What each rule says about whether its document has a value.
    presences: Vec<Presence>,
    /// The `else` of each rule.
    otherwise: Vec<Option<RuleId>>,
    /// Whether the path of any rule has a constant after a variable.
    has_steps_after_variables: bool,
}

impl Index {
    fn of(state: &State<'_>) -> Self {
        let paths: Vec<Ref> = state.rules.iter().map(|rule| state.full_path(rule)).collect();
        let has_steps_after_variables = paths.iter().any(|path| {
            let mut rest = path.operands.iter().skip_while(|step| walk::is_constant(step));
            rest.any(walk::is_constant)
        });
        Self {
            paths,
            presences: state.rules.iter().map(Presence::of).collect(),
            otherwise: state.rules.iter().map(|rule| rule.otherwise).collect(),
            has_steps_after_variables,
        }
    }

    /// Of how many rules something is known.
    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    /// Makes room for more rules.
    pub(super) fn reserve(&mut self, more: usize) {
        self.paths.reserve_exact(more);
        self.presences.reserve_exact(more);
        self.otherwise.reserve_exact(more);
    }

    /// Adds what is known of the rules after those of this index.
    pub(super) fn join(&mut self, mut more: Self) {
        self.paths.append(&mut more.paths);
        self.presences.append(&mut more.presences);
        self.otherwise.append(&mut more.otherwise);
        self.has_steps_after_variables |= more.has_steps_after_variables;
    }

    /// Whether these rules, from a position on, are known as another index knows them, which has no others; what they say of whether their
    /// documents have a value counts only if somebody asks for that.
    pub(super) fn has_part(&self, first: usize, count: usize, other: &Self, is_asked: bool) -> bool {
        let part = first..first + count;
        let has_paths = self.paths.get(part.clone()).is_some_and(|paths| {
            paths.len() == other.paths.len()
                && paths.iter().zip(&other.paths).all(|(left, right)| same::references(left, right))
        });
        has_paths
            && (!is_asked || self.presences.get(part.clone()) == Some(&*other.presences))
            && self.otherwise.get(part) == Some(&*other.otherwise)
    }

    /// The full path of each rule.
    pub(super) fn paths(&self) -> &[Ref] {
        &self.paths
    }

    pub(super) fn presence(&self, rule: RuleId) -> Option<Presence> {
        self.presences.get(rule.index()).copied()
    }
}

/// Writes down what stages have to know of the rules of other modules.
pub(super) fn collect_index(state: &mut State<'_>) {
    state.own_index = Index::of(state);
}

/// Puts together what is known of all rules.
pub(super) fn index(state: &mut State<'_>) {
    state.graph_index = Arc::new(std::mem::take(&mut state.own_index));
}

/// Collects the dependencies of rules; to be run before references leave the terms they are written in.
pub(super) fn run(state: &mut State<'_>) {
    let mut graph = Graph { edges: Vec::with_capacity(state.rules.len()), ..Graph::default() };
    let scope = Scope { tree: &state.tree, index: &state.graph_index, builtins: state.builtins };
    let mut ids: Vec<RuleId> = state.sequence();
    ids.sort_unstable();
    for id in ids {
        let Some(rule) = state.rules.get(id.index()) else { continue };
        let Found { edges, dynamic, beside } = scope.dependencies(rule);
        graph.edges.push(edges);
        if !dynamic.is_empty() {
            graph.dynamic.insert(id, dynamic);
        }
        if !beside.is_empty() {
            graph.beside.insert(id, beside);
        }
    }
    state.graph = graph;
}

/// The rules that each rule refers to.
#[derive(Debug, Default, Clone)]
pub struct Graph {
    edges: Vec<Vec<RuleId>>,
    /// References that only may refer to a rule, as a variable among their operands decides.
    dynamic: BTreeMap<RuleId, Vec<DynamicRef>>,
    /// Rules of the documents that a rule may look at without needing them; see [`Graph::reads`].
    beside: BTreeMap<RuleId, Vec<RuleId>>,
}

impl Graph {
    /// Of how many rules the dependencies are known.
    pub(super) fn len(&self) -> usize {
        self.edges.len()
    }

    /// Makes room for the dependencies of more rules.
    pub(super) fn reserve(&mut self, more: usize) {
        self.edges.reserve_exact(more);
    }

    /// Adds what is known of the rules after those of this graph.
    pub(super) fn join(&mut self, mut more: Self) {
        self.edges.append(&mut more.edges);
        self.dynamic.append(&mut more.dynamic);
        self.beside.append(&mut more.beside);
    }

    /// How the rules of another graph, whose first has this position here, refer to others.
    pub(super) fn compare(&self, first: usize, other: &Self) -> Reference {
        let mut compared = Reference::Same;
        for (now, then) in other.edges.iter().zip(self.edges.iter().skip(first)) {
            if now.iter().any(|rule| then.binary_search(rule).is_err()) {
                return Reference::More;
            }
            if now.len() < then.len() {
                compared = Reference::Less;
            }
        }
        compared
    }

    /// Puts what is known of the rules of another graph in the place of what was, from a position on.
    pub(super) fn replace(&mut self, first: usize, other: &Self) {
        for (known, now) in self.edges.iter_mut().skip(first).zip(&other.edges) {
            known.clone_from(now);
        }
        let is_replaced = |rule: &RuleId| (first..first + other.edges.len()).contains(&rule.index());
        self.dynamic.retain(|rule, _| !is_replaced(rule));
        self.beside.retain(|rule, _| !is_replaced(rule));
        self.dynamic.extend(other.dynamic.iter().map(|(rule, found)| (*rule, found.clone())));
        self.beside.extend(other.beside.iter().map(|(rule, found)| (*rule, found.clone())));
    }

    /// The rules that a rule refers to, each once, in the order of their ids.
    pub fn dependencies(&self, rule: RuleId) -> &[RuleId] {
        self.edges.get(rule.index()).map_or(&[], |edges| edges)
    }

    /// A rule of each document with rules that something is asked of where the types of a rule are found out: those
    /// that it refers to, and those of which only the values of its variables tell that it does not.
    pub(super) fn reads(&self, rule: RuleId) -> impl Iterator<Item = RuleId> {
        self.dependencies(rule).iter().chain(self.beside.get(&rule).into_iter().flatten()).copied()
    }

    /// The reference by which one rule may depend on another; none if it does so for sure.
    pub(super) fn dynamic_edge(&self, from: RuleId, to: RuleId) -> Option<&DynamicRef> {
        self.dynamic.get(&from)?.iter().find(|found| found.rules.contains(&to))
    }
}

/// To which rules some refer, compared with before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// To the same.
    Same,
    /// To some of them.
    Less,
    /// To others as well.
    More,
}

/// A reference with variables, as it was when the graph was built.
#[derive(Debug, Clone)]
pub(super) struct DynamicRef {
    /// As written.
    pub(super) reference: Ref,
    /// With the variables replaced whose only value is known.
    pub(super) selected: Ref,
    /// The variables that may have a value when the reference is evaluated.
    pub(super) bound: Arc<VarSet>,
    /// Where its variables get their values.
    pub(super) origins: Origins,
    /// The rules that it may refer to.
    rules: Vec<RuleId>,
}

/// What the references of one rule lead to.
struct Found {
    edges: Vec<RuleId>,
    dynamic: Vec<DynamicRef>,
    beside: Vec<RuleId>,
}

struct Scope<'s> {
    tree: &'s RuleTree,
    index: &'s Index,
    builtins: &'s dyn super::builtins::Builtins,
}

impl Scope<'_> {
    fn dependencies(&self, rule: &Rule) -> Found {
        let mut edges = Vec::new();
        let mut beside = Vec::new();
        let mut certain = Vec::new();
        let mut dynamic: Vec<DynamicRef> = Vec::new();
        let mut known = narrow::Known::new(&rule.body);
        for (at, reference) in data_refs(rule) {
            if self.index.has_steps_after_variables || has_odd_start(reference) {
                documents_met(self.tree, reference, &mut beside);
            }
            if reference.operands.iter().all(walk::is_constant) {
                let found = rules_for(self.tree, &self.index.paths, reference);
                certain.extend(found.iter().copied());
                edges.extend(found);
                continue;
            }
            let expanded = known.expand(reference, at);
            let selected = match expanded.as_slice() {
                [only] => only.clone(),
                _ => reference.clone(),
            };
            if expanded.len() > 1 || !same::references(&selected, reference) {
                documents_met(self.tree, reference, &mut beside);
            }
            let bound = Arc::new(vars_before(rule, at));
            let mut maybe = Vec::new();
            for narrowed in &expanded {
                for id in rules_for(self.tree, &self.index.paths, narrowed) {
                    edges.push(id);
                    let path = self.index.paths.get(id.index());
                    if path.is_some_and(|path| select::is_certain(&selected, path, &bound)) {
                        certain.push(id);
                    } else {
                        maybe.push(id);
                    }
                }
            }
            if !maybe.is_empty() {
                let origins = cause::origins(rule, at, &selected, self.builtins);
                dynamic.push(DynamicRef {
                    reference: reference.clone(),
                    selected,
                    bound,
                    origins,
                    rules: maybe,
                });
            }
        }
        certain.sort_unstable();
        for found in &mut dynamic {
            found.rules.retain(|id| certain.binary_search(id).is_err());
            found.rules = self.with_branches(&found.rules);
        }
        dynamic.retain(|found| !found.rules.is_empty());
        edges.sort_unstable();
        edges.dedup();
        let mut edges = self.with_branches(&edges);
        edges.sort_unstable();
        edges.dedup();
        beside.sort_unstable();
        beside.dedup();
        Found { edges, dynamic, beside }
    }

    fn with_branches(&self, ids: &[RuleId]) -> Vec<RuleId> {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let mut next = Some(*id);
            while let Some(id) = next {
                all.push(id);
                next = self.index.otherwise.get(id.index()).copied().flatten();
            }
        }
        all
    }
}

/// The references to `data` in a rule, each with the index of the literal it is in; the head comes last.
fn data_refs(rule: &Rule) -> Vec<(usize, &Ref)> {
    let mut found = Vec::new();
    for (at, literal) in rule.body.literals.iter().enumerate() {
        walk::literal(literal, &mut |node| collect(node, at, &mut found));
    }
    let at = rule.body.literals.len();
    for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
        walk::term(term, &mut |node| collect(node, at, &mut found));
    }
    found
}

fn collect<'r>(node: Node<'r>, at: usize, found: &mut Vec<(usize, &'r Ref)>) -> Flow {
    if let Node::Ref(reference) = node
        && is_data(reference)
    {
        found.push((at, reference));
    }
    Flow::Descend
}

/// The rules that a reference may refer to, without their branches. `paths` are the full paths of all rules.
pub(super) fn rules_for(tree: &RuleTree, paths: &[Ref], reference: &Ref) -> Vec<RuleId> {
    let mut found = Vec::new();
    let intersecting = |ids: &[RuleId], from: usize, found: &mut Vec<RuleId>| {
        let fits =
            |id: &&RuleId| paths.get(id.index()).is_some_and(|path| select::may_meet(path, reference, from));
        found.extend(ids.iter().filter(fits).copied());
    };
    let mut open = vec![(NodeId::ROOT, 0)];
    while let Some((node, at)) = open.pop() {
        let Some(operand) = reference.operands.get(at) else {
            tree.depth_first(node, &mut |_, node| {
                found.extend(node.rules.iter().copied());
                false
            });
            continue;
        };
        if walk::is_constant(operand) {
            let child = Key::of(operand).and_then(|key| tree.child(node, &key));
            if let Some(child) = child {
                if let Some(node) = tree.node(child) {
                    intersecting(&node.rules, at + 1, &mut found);
                }
                open.push((child, at + 1));
            }
        } else {
            for (_, child) in tree.children(node) {
                if let Some(node) = tree.node(child) {
                    intersecting(&node.rules, at + 1, &mut found);
                }
                open.push((child, at + 1));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether one of the first two steps of a path, which lead to a package or rule, is no name. Messages about it list what
/// there is.
fn has_odd_start(reference: &Ref) -> bool {
    reference.operands.iter().take(2).any(|operand| operand.as_string().is_none())
}

/// Adds a rule of each document with rules that a reference may lead to or through, whatever its variables are.
fn documents_met(tree: &RuleTree, reference: &Ref, found: &mut Vec<RuleId>) {
    let mut open = vec![(NodeId::ROOT, 0)];
    while let Some((id, at)) = open.pop() {
        let Some(node) = tree.node(id) else { continue };
        if let Some(first) = node.rules.first() {
            found.push(*first);
            continue;
        }
        match reference.operands.get(at) {
            Some(operand) if walk::is_constant(operand) && (at > 1 || operand.as_string().is_some()) => {
                let child = Key::of(operand).and_then(|key| tree.child(id, &key));
                open.extend(child.map(|child| (child, at + 1)));
            }
            Some(_) | None => open.extend(tree.children(id).map(|(_, child)| (child, at + 1))),
        }
    }
}

/// The variables that the head of a rule has, which a caller may give values to, and those of the literals before
/// one.
fn vars_before(rule: &Rule, at: usize) -> VarSet {
    let mut found = VarSet::new();
    let mut collector = Collector::new(Skip::NOTHING, &mut found);
    for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
        collector.term(term);
    }
    for literal in rule.body.literals.iter().take(at) {
        collector.literal(literal);
    }
    found
}

/// The literals of a body before one.
fn before(body: &Body, at: usize) -> impl Iterator<Item = &crate::syntax::tree::Literal> {
    body.literals.iter().take(at)
}

/// The operands of a reference that aren't constants.
fn open_operands(reference: &Ref) -> impl Iterator<Item = &Term> {
    reference.operands.iter().filter(|operand| !walk::is_constant(operand))
}
