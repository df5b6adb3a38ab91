//! Graphs and trees.

use super::Shape::{Any, ArrayOf, ObjectOf, OneOf, SetOf, Tuple};
use super::{Signature, named};

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
    .returns(named("output", SetOf(&Any))),
    Signature::new(
        "graph.reachable_paths",
        "The longest paths that lead from the initial nodes along the edges of a graph.",
    )
    .takes(&[
        named("graph", ObjectOf(&Any, &OneOf(&[ArrayOf(&Any), SetOf(&Any)]))),
        named("initial", OneOf(&[ArrayOf(&Any), SetOf(&Any)])),
    ])
    .returns(named("output", SetOf(&ArrayOf(&Any)))),
    Signature::new("walk", "All paths into a value and what stands there.")
        .takes(&[named("x", Any)])
        .returns(named("output", Tuple(&[ArrayOf(&Any), Any])))
        .in_categories(&["graph"])
        .relation(),
];
