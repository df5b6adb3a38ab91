//! Graphs and trees.

mod paths;

use std::collections::{BTreeSet, VecDeque};

use super::Shape::{Any, ArrayOf, ObjectOf, OneOf, SetOf, Tuple};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{Set, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "graph.reachable",
        "The nodes that can be reached from the initial ones along the edges of a graph.",
    )
    .takes(&[
        named("graph", ObjectOf(&Any, &OneOf(&[ArrayOf(&Any), SetOf(&Any)]))),
        named("initial", OneOf(&[ArrayOf(&Any), SetOf(&Any)])),
    ])
    .returns(named("output", SetOf(&Any)))
    .does(reachable),
    Signature::new(
        "graph.reachable_paths",
        "The longest paths that lead from the initial nodes along the edges of a graph.",
    )
    .takes(&[
        named("graph", ObjectOf(&Any, &OneOf(&[ArrayOf(&Any), SetOf(&Any)]))),
        named("initial", OneOf(&[ArrayOf(&Any), SetOf(&Any)])),
    ])
    .returns(named("output", SetOf(&ArrayOf(&Any))))
    .does(paths::reachable_paths),
    Signature::new("walk", "All paths into a value and what stands there.")
        .takes(&[named("x", Any)])
        .returns(named("output", Tuple(&[ArrayOf(&Any), Any])))
        .in_categories(&["graph"])
        .relation(),
];

/// Nodes that are no keys of the graph are not reached.
fn reachable(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let graph = operands.object(0)?;
    let mut waiting: VecDeque<&Value> = initial_nodes(operands)?.into();
    let mut seen: BTreeSet<&Value> = BTreeSet::new();
    while let Some(node) = waiting.pop_front() {
        ctx.check("graph.reachable: timed out before finishing")?;
        if let Some(edges) = graph.get(node)
            && seen.insert(node)
        {
            waiting.extend(neighbours(edges));
        }
    }
    Ok(Some(seen.into_iter().cloned().collect::<Set>().into()))
}

fn initial_nodes(operands: Operands<'_>) -> Result<Vec<&Value>, BuiltinError> {
    match operands.value(1)? {
        initial @ (Value::Array(_) | Value::Set(_)) => Ok(neighbours(initial)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(operands.mismatch(1, "{array, set}"))
        }
    }
}

/// The nodes of an array or a set; nothing else holds any.
fn neighbours(edges: &Value) -> Vec<&Value> {
    match edges {
        Value::Array(array) => array.iter().collect(),
        Value::Set(set) => set.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Vec::new(),
    }
}
