//! The paths of `graph.reachable_paths`.

use std::collections::BTreeSet;

use super::super::{Answer, BuiltinError, Context, Operands};
use super::{initial_nodes, neighbours};
use crate::value::{Array, Set, Value};

/// A path ends where a node has no edges, where only nodes follow that are on it already, and before one that the graph
/// does not have.
pub(super) fn reachable_paths(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let graph = operands.object(0)?;
    let mut found = Found::default();
    for start in initial_nodes(operands)? {
        let Some(edges) = graph.get(start) else { continue };
        // The nodes, each with whether it was not on the path before.
        let mut path = vec![(start, true)];
        let mut on_path = BTreeSet::from([start]);
        let next = neighbours(edges);
        if next.is_empty() {
            found.add(&path)?;
        }
        // One iterator per node of the path: what is still to be tried after it.
        let mut open = vec![next.into_iter()];
        while let Some(level) = open.last_mut() {
            ctx.check("graph.reachable_paths: timed out before finishing")?;
            let Some(node) = level.next() else {
                open.pop();
                if let Some((left, true)) = path.pop() {
                    on_path.remove(left);
                }
                continue;
            };
            // An edge from the initial node to itself is followed once.
            let follow = open.len() == 1 || !on_path.contains(node);
            let Some(edges) = graph.get(node).filter(|_| follow) else {
                found.add(&path)?;
                continue;
            };
            path.push((node, on_path.insert(node)));
            let next = neighbours(edges);
            if next.is_empty() {
                found.add(&path)?;
            }
            open.push(next.into_iter());
        }
    }
    Ok(Some(found.paths.into_iter().collect::<Set>().into()))
}

#[derive(Default)]
struct Found {
    paths: BTreeSet<Value>,
    nodes: usize,
}

impl Found {
    fn add(&mut self, path: &[(&Value, bool)]) -> Result<(), BuiltinError> {
        let path: Array = path.iter().map(|(node, _)| Value::clone(node)).collect();
        let length = path.len();
        if self.paths.insert(path.into()) {
            self.nodes += length;
        }
        if self.nodes > MAX_NODES { Err(BuiltinError::failed("too many paths")) } else { Ok(()) }
    }
}

/// How many nodes all paths may have together. Their number grows exponentially with the graph; OPA goes on until the
/// memory is full.
const MAX_NODES: usize = 5_000_000;
