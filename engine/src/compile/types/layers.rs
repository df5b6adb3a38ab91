//! Which rules can be checked at the same time, so that each still finds known what it would find known if rules were
//! checked one after the other.
//!
//! Rules are put into layers, which are checked one after the other; what a layer says of documents is written down
//! after it, in the order of the rules. Of any two rules of which one reads what the other writes, or that write the
//! same, the earlier therefore comes first, which is all that the types and the errors depend on.

use crate::compile::graph::Graph;
use crate::compile::rule::{Rule, RuleId};
use crate::compile::tree::{NodeId, RuleTree};

/// The rules of `order` in layers, as positions in `order`; `documents` are those that the rules are part of.
pub(super) fn layers(order: &[RuleId], documents: &[usize], graph: &Graph) -> Vec<Vec<usize>> {
    let document = |id: RuleId| documents.get(id.index()).copied().unwrap_or_default();
    let mut uses = vec![Uses::default(); documents.len() + 1];
    let mut layers: Vec<Vec<usize>> = Vec::new();
    for (position, id) in order.iter().enumerate() {
        let own = uses.get(document(*id)).copied().unwrap_or_default();
        let read = || graph.reads(*id).map(document);
        let after = |at| uses.get(at).map_or(0, |uses: &Uses| uses.written);
        let layer = read().map(after).max().unwrap_or_default().max(own.earliest());
        for at in read() {
            if let Some(uses) = uses.get_mut(at) {
                uses.read = uses.read.max(layer);
            }
        }
        if let Some(uses) = uses.get_mut(document(*id)) {
            uses.written = uses.written.max(layer + 1);
        }
        if layers.len() <= layer {
            layers.resize_with(layer + 1, Vec::new);
        }
        if let Some(layer) = layers.get_mut(layer) {
            layer.push(position);
        }
    }
    layers
}

/// The layers that use a document so far.
#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    /// The last that reads it.
    read: usize,
    /// The first after the last that writes to it.
    written: usize,
}

impl Uses {
    /// The first layer that may write to it: not before another that reads or writes.
    fn earliest(self) -> usize {
        self.read.max(self.written.saturating_sub(1))
    }
}

/// A number of the document that each rule is part of. What rules say below a document that has rules says something
/// of that document, so all of these have its number.
pub(super) fn documents(rules: &[Rule], tree: &RuleTree) -> Vec<usize> {
    // Zero is for what is not in the tree.
    let mut numbers = vec![0; rules.len()];
    let mut last = 0;
    let mut open = vec![(NodeId::ROOT, 0)];
    while let Some((id, above)) = open.pop() {
        let Some(node) = tree.node(id) else { continue };
        let mut number = above;
        if above == 0 && !node.rules.is_empty() {
            last += 1;
            number = last;
        }
        for first in &node.rules {
            let mut branch = Some(*first);
            while let Some(id) = branch {
                if let Some(slot) = numbers.get_mut(id.index()) {
                    *slot = number;
                }
                branch = rules.get(id.index()).and_then(|rule| rule.otherwise);
            }
        }
        open.extend(tree.children(id).map(|(_, child)| (child, number)));
    }
    numbers
}
