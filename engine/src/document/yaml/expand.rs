//! The second step: aliases and merge keys give way to what they stand for, within bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::graph::{Graph, GraphKind, GraphNode, NodeId, too_deep};
use super::scalar::Scalar;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::node::{Entry, Node, NodeKind};
use crate::source::{SourceId, Span};
use crate::value::MAX_DEPTH;

/// Makes the tree of a graph; that of an empty one is null.
pub(super) fn expand(graph: &Graph, source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    let Some(root) = graph.root else {
        return Ok(Node::new(Span::new(source, 0, 0), NodeKind::Null));
    };
    let mut expander = Expander {
        source,
        graph,
        text,
        open: Vec::new(),
        active: BTreeSet::new(),
        visits: Visits { all: 0, in_aliases: 0, alias_depth: 0 },
    };
    expander.run(root)
}

struct Expander<'a> {
    source: SourceId,
    graph: &'a Graph,
    text: &'a str,
    /// Sequences and mappings that are not complete, outermost first.
    open: Vec<Open<'a>>,
    /// What of the graph is open, so that nothing comes to contain itself.
    active: BTreeSet<NodeId>,
    visits: Visits,
}

struct Open<'a> {
    id: NodeId,
    span: Span,
    /// Whether an alias leads here.
    aliased: bool,
    content: Content<'a>,
}

enum Content<'a> {
    Sequence { pending: std::slice::Iter<'a, NodeId>, nodes: Vec<Node> },
    Mapping(Mapping<'a>),
}

struct Mapping<'a> {
    pending: std::slice::Iter<'a, (NodeId, NodeId)>,
    /// The key of the value that comes next.
    key: Option<(Arc<str>, Span)>,
    entries: Vec<Entry>,
    /// What the merge keys name, in order.
    sources: std::vec::IntoIter<NodeId>,
    merged: Vec<Node>,
}

/// What there is to do next.
enum Next {
    Visit(NodeId),
    Put(Node),
}

/// A node that an alias may have led to.
struct Target<'a> {
    id: NodeId,
    node: &'a GraphNode,
    aliased: bool,
}

impl<'a> Expander<'a> {
    fn run(&mut self, root: NodeId) -> Result<Node, Diagnostic> {
        let mut next = Next::Visit(root);
        loop {
            next = match next {
                Next::Visit(id) => self.visit(id)?,
                Next::Put(node) => {
                    let Some(mut open) = self.open.pop() else { return Ok(node) };
                    open.content.put(node);
                    self.step(open)?
                }
            };
        }
    }

    /// Makes the node of a scalar, or opens a sequence or mapping.
    fn visit(&mut self, id: NodeId) -> Result<Next, Diagnostic> {
        let Target { id, node, aliased } = self.follow(id)?;
        let content = match &node.kind {
            GraphKind::Scalar(scalar) => {
                self.visits.leave(aliased);
                let kind = scalar.to_kind().map_err(|reason| {
                    refuse(reason, node.span).with_help("JSON has no such number; write it as a string")
                })?;
                return Ok(Next::Put(Node::new(node.span, kind)));
            }
            GraphKind::BadScalar(reason) => return Err(refuse(reason, node.span)),
            GraphKind::Alias(_) => return Err(refuse("alias of an alias", node.span)),
            GraphKind::Sequence(items) => Content::Sequence { pending: items.iter(), nodes: Vec::new() },
            GraphKind::Mapping(pairs) => Content::Mapping(Mapping {
                pending: pairs.iter(),
                key: None,
                entries: Vec::new(),
                sources: self.merge_sources(pairs)?.into_iter(),
                merged: Vec::new(),
            }),
        };
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(node.span));
        }
        self.active.insert(id);
        self.step(Open { id, span: node.span, aliased, content })
    }

    /// Goes on with what is open to its next child, or completes it.
    fn step(&mut self, mut open: Open<'a>) -> Result<Next, Diagnostic> {
        let child = match &mut open.content {
            Content::Sequence { pending, .. } => pending.next().copied(),
            Content::Mapping(mapping) => self.next_of_mapping(mapping)?,
        };
        if let Some(child) = child {
            self.open.push(open);
            return Ok(Next::Visit(child));
        }
        self.active.remove(&open.id);
        self.visits.leave(open.aliased);
        Ok(Next::Put(Node::new(open.span, open.content.close())))
    }

    fn next_of_mapping(&mut self, mapping: &mut Mapping<'a>) -> Result<Option<NodeId>, Diagnostic> {
        let is_pair = |(key, _): &&(NodeId, NodeId)| !self.graph.get(*key).is_some_and(is_merge_key);
        match mapping.pending.find(is_pair) {
            Some((key, value)) => {
                mapping.key = Some(self.key(*key)?);
                Ok(Some(*value))
            }
            None => Ok(mapping.sources.next()),
        }
    }

    fn key(&mut self, id: NodeId) -> Result<(Arc<str>, Span), Diagnostic> {
        let written = self.graph.get(id).map(|node| node.span);
        let Target { node, aliased, .. } = self.follow(id)?;
        self.visits.leave(aliased);
        let span = written.unwrap_or(node.span);
        let wrong = match &node.kind {
            GraphKind::Scalar(scalar) => match scalar.to_key() {
                Some(key) => return Ok((key, span)),
                None => "null",
            },
            GraphKind::BadScalar(reason) => return Err(refuse(reason, span)),
            GraphKind::Alias(_) => "an alias of an alias",
            GraphKind::Sequence(_) => "a sequence",
            GraphKind::Mapping(_) => "a mapping",
        };
        let help = "keys are strings, numbers and booleans; put quotes around it to make it a string";
        Err(refuse(format!("unsupported map key: {wrong}"), span).with_help(help))
    }

    /// What the merge keys of a mapping name: mappings, and sequences of them.
    fn merge_sources(&self, pairs: &[(NodeId, NodeId)]) -> Result<Vec<NodeId>, Diagnostic> {
        let mut sources = Vec::new();
        for (key, value) in pairs {
            if self.graph.get(*key).is_some_and(is_merge_key) {
                match self.graph.get(*value).map(|node| &node.kind) {
                    Some(GraphKind::Sequence(items)) => sources.extend(items),
                    _ => sources.push(*value),
                }
            }
        }
        for source in &sources {
            let node = self.graph.get(*source);
            let target = match node.map(|node| &node.kind) {
                Some(GraphKind::Alias(target)) => self.graph.get(*target),
                _ => node,
            };
            let is_mapping = target.is_some_and(|target| matches!(&target.kind, GraphKind::Mapping(_)));
            if let Some(node) = node.filter(|_| !is_mapping) {
                return Err(refuse("map merge requires map or sequence of maps as the value", node.span));
            }
        }
        Ok(sources)
    }

    /// The node that `id` stands for. Counts the visit.
    fn follow(&mut self, id: NodeId) -> Result<Target<'a>, Diagnostic> {
        let missing = || refuse("invalid YAML", Span::new(self.source, 0, 0));
        let node = self.graph.get(id).ok_or_else(missing)?;
        self.visits.enter(false, node.span)?;
        let GraphKind::Alias(target_id) = node.kind else {
            return Ok(Target { id, node, aliased: false });
        };
        if self.active.contains(&target_id) {
            let alias = self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or_default();
            let name = alias.trim_start_matches('*');
            return Err(refuse(format!("anchor '{name}' value contains itself"), node.span));
        }
        let target = self.graph.get(target_id).ok_or_else(missing)?;
        self.visits.enter(true, node.span)?;
        Ok(Target { id: target_id, node: target, aliased: true })
    }
}

impl Content<'_> {
    fn put(&mut self, node: Node) {
        match self {
            Self::Sequence { nodes, .. } => nodes.push(node),
            Self::Mapping(mapping) => match mapping.key.take() {
                Some((key, key_span)) => mapping.entries.push(Entry { key, key_span, value: node }),
                None => mapping.merged.push(node),
            },
        }
    }

    fn close(self) -> NodeKind {
        match self {
            Self::Sequence { nodes, .. } => NodeKind::Array(nodes),
            Self::Mapping(Mapping { entries, merged, .. }) if merged.is_empty() => NodeKind::Object(entries),
            Self::Mapping(Mapping { entries, merged, .. }) => NodeKind::Object(merge(entries, merged)),
        }
    }
}

/// Adds to the entries those of the merged mappings whose keys are new; an earlier mapping goes before a later one.
fn merge(mut entries: Vec<Entry>, merged: Vec<Node>) -> Vec<Entry> {
    let mut taken: BTreeSet<Arc<str>> = entries.iter().map(|entry| Arc::clone(&entry.key)).collect();
    for node in merged {
        let NodeKind::Object(added) = node.into_kind() else { continue };
        // Of a key that one mapping repeats the last value counts, as everywhere.
        let last: BTreeMap<Arc<str>, usize> =
            added.iter().enumerate().map(|(at, entry)| (Arc::clone(&entry.key), at)).collect();
        let fresh = added.into_iter().enumerate().filter(|(at, entry)| last.get(&entry.key) == Some(at));
        entries.extend(fresh.map(|(_, entry)| entry).filter(|entry| !taken.contains(&entry.key)));
        taken.extend(last.into_keys());
    }
    entries
}

fn is_merge_key(node: &GraphNode) -> bool {
    matches!(&node.kind, GraphKind::Scalar(Scalar::Merge))
}

fn refuse(message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error(Code::Load, message, span)
}

/// Counts visits as go-yaml does, to refuse at the same point documents that are mostly aliases.
struct Visits {
    all: u32,
    in_aliases: u32,
    alias_depth: usize,
}

impl Visits {
    fn enter(&mut self, through_alias: bool, span: Span) -> Result<(), Diagnostic> {
        self.alias_depth += usize::from(through_alias);
        self.all = self.all.saturating_add(1);
        self.in_aliases = self.in_aliases.saturating_add(u32::from(self.alias_depth > 0));
        let share = f64::from(self.in_aliases) / f64::from(self.all);
        if self.in_aliases > 100 && self.all > 1000 && share > allowed_share(self.all) {
            return Err(refuse("document contains excessive aliasing", span)
                .with_help("write the repeated parts out, or generate the document without anchors"));
        }
        Ok(())
    }

    fn leave(&mut self, through_alias: bool) {
        self.alias_depth -= usize::from(through_alias);
    }
}

/// The share of visits that aliases may cause: nearly all of a small document's, a tenth of a large one's.
fn allowed_share(visits: u32) -> f64 {
    let progress = (f64::from(visits) - SMALL_DOCUMENT) / (LARGE_DOCUMENT - SMALL_DOCUMENT);
    0.99 - 0.89 * progress.clamp(0.0, 1.0)
}

const SMALL_DOCUMENT: f64 = 400_000.0;
const LARGE_DOCUMENT: f64 = 4_000_000.0;
