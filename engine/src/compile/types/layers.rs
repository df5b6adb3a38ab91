//! Which rules can be checked at the same time, so that each still finds known what it would find known if rules were
//! checked one after the other.
//!
//! Rules are put into layers, which are checked one after the other; what a layer says of documents is written down
//! after it, in the order of the rules. Of any two rules of which one reads what the other writes, or that write the
//! same, the earlier therefore comes first, which is all that the types and the errors depend on.

use crate::compile::graph::Graph;
use crate::compile::rule::{Rule, RuleId};
use crate::compile::tree::{NodeId, RuleTree};

/// The rules of `order` in layers, as positions in `order`.
pub(super) fn layers(order: &[RuleId], rules: &[Rule], tree: &RuleTree, graph: &Graph) -> Vec<Vec<usize>> {
    let documents = documents(rules, tree);
    let document = |id: RuleId| documents.get(id.index()).copied().unwrap_or_default();
    let mut uses = vec![Uses::default(); rules.len() + 1];
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
fn documents(rules: &[Rule], tree: &RuleTree) -> Vec<usize> {
    // Zero is for what is not in the tree.
    let mut numbers = vec![0; rules.len()];
    let mut next = 0;
    tree.depth_first(NodeId::ROOT, &mut |id, node| {
        if node.rules.is_empty() {
            return false;
        }
        next += 1;
        tree.depth_first(id, &mut |_, node| {
            for first in &node.rules {
                let mut branch = Some(*first);
                while let Some(id) = branch {
                    if let Some(number) = numbers.get_mut(id.index()) {
                        *number = next;
                    }
                    branch = rules.get(id.index()).and_then(|rule| rule.otherwise);
                }
            }
            false
        });
        true
    });
    numbers
}
