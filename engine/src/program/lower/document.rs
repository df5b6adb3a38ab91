//! The tree of documents, and the compiler's rules that each rule is made of.

use crate::compile::tree::{Key, NodeId};
use crate::compile::{self};
use crate::program::constants;
use crate::program::{Document, DocumentId, EarlyExit, Rule, RuleId, RuleIndex, RuleKind};
use crate::value::Value;

use super::Lowering;

impl Lowering<'_> {
    /// Builds the tree, with rules that have no clauses yet.
    pub(super) fn documents(&mut self) {
        let root = Document::default();
        self.program.documents.push(root);
        let mut open = vec![(NodeId::ROOT, DocumentId::DATA, Vec::new())];
        while let Some((node, document, path)) = open.pop() {
            let rules = self.rules_of(node);
            if !rules.is_empty() {
                self.rule(document, path, &rules);
                continue;
            }
            let tree = &self.compiled.tree;
            let children: Vec<_> = tree.children(node).map(|(key, child)| (key.clone(), child)).collect();
            let mut list = Vec::with_capacity(children.len());
            let mut pending = Vec::with_capacity(children.len());
            for (key, child) in children {
                let Some(key) = self.key(&key) else { continue };
                let id = DocumentId(u32::try_from(self.program.documents.len()).unwrap_or(u32::MAX));
                self.program.documents.push(Document::default());
                let mut below = path.clone();
                below.push(key.clone());
                list.push((key, id));
                pending.push((child, id, below));
            }
            // The first is taken next, so that rules are numbered in the order of their paths.
            open.extend(pending.into_iter().rev());
            list.sort_by(|(left, _), (right, _)| left.cmp(right));
            if let Some(document) = self.program.documents.get_mut(document.0 as usize) {
                document.children = list;
            }
        }
    }

    fn rule(&mut self, document: DocumentId, path: Vec<Value>, sources: &[compile::RuleId]) {
        let id = RuleId(u32::try_from(self.program.rules.len()).unwrap_or(u32::MAX));
        let kind = self.kind(sources, path.len());
        self.program.rules.push(Rule {
            path,
            kind,
            clauses: Vec::new(),
            default: None,
            index: RuleIndex::default(),
            early_exit: EarlyExit::Never,
            guarded: None,
            settled: false,
        });
        if let Some(document) = self.program.documents.get_mut(document.0 as usize) {
            document.rule = Some(id);
        }
        self.sources.push(sources.to_vec());
    }

    /// The rules at a node; with one whose path has variables, also those below, as they share an object.
    fn rules_of(&self, node: NodeId) -> Vec<compile::RuleId> {
        let tree = &self.compiled.tree;
        let Some(own) = tree.node(node).filter(|node| !node.rules.is_empty()) else { return Vec::new() };
        let is_dynamic = |id: &compile::RuleId| {
            self.compiled.rule(*id).is_some_and(|rule| !rule.head.reference.is_ground())
        };
        if !own.rules.iter().any(is_dynamic) {
            return own.rules.clone();
        }
        let mut all = Vec::new();
        tree.depth_first(node, &mut |_, node| {
            all.extend_from_slice(&node.rules);
            false
        });
        all
    }

    fn kind(&self, sources: &[compile::RuleId], depth: usize) -> RuleKind {
        let rules = || sources.iter().filter_map(|id| self.compiled.rule(*id));
        let Some(first) = rules().next() else { return RuleKind::Complete };
        if !first.head.args.is_empty() {
            return RuleKind::Function(first.head.args.len());
        }
        let steps_beyond = |rule: &compile::Rule| {
            let package =
                self.compiled.modules.get(rule.module.index()).map_or(0, |module| module.path().count());
            package + 1 + rule.head.reference.operands.len() > depth
        };
        if rules().any(steps_beyond) {
            RuleKind::Object
        } else if first.head.is_multi_value() {
            RuleKind::Set
        } else {
            RuleKind::Complete
        }
    }

    fn key(&mut self, key: &Key) -> Option<Value> {
        match key {
            Key::Null => Some(Value::Null),
            Key::Boolean(value) => Some(Value::Bool(*value)),
            Key::Number(text) => constants::number(text),
            Key::String(text) => Some(self.pool.string(text)),
        }
    }
}
