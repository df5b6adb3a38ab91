//! Comparison, unification and membership of values.

use super::Shape::{Any, Boolean};
use super::{Signature, named, unnamed};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("assign", "What `:=` stands for until local variables are rewritten.")
        .takes(&[unnamed(Any), unnamed(Any)])
        .returns(unnamed(Boolean))
        .written(":="),
    Signature::new("eq", "What `=` stands for: both sides unify.")
        .takes(&[unnamed(Any), unnamed(Any)])
        .returns(unnamed(Boolean))
        .written("="),
    Signature::new("equal", "Whether two values are equal.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("==")
        .in_categories(&["comparison"]),
    Signature::new("gt", "Whether the first value comes after the second.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written(">")
        .in_categories(&["comparison"]),
    Signature::new("gte", "Whether the first value comes after the second or equals it.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written(">=")
        .in_categories(&["comparison"]),
    Signature::new("internal.member_2", "What `x in xs` stands for: the collection has the value.")
        .takes(&[unnamed(Any), unnamed(Any)])
        .returns(unnamed(Boolean))
        .written("in"),
    Signature::new(
        "internal.member_3",
        "What `k, x in xs` stands for: the collection has the value under the key.",
    )
    .takes(&[unnamed(Any), unnamed(Any), unnamed(Any)])
    .returns(unnamed(Boolean))
    .written("in"),
    Signature::new("lt", "Whether the first value comes before the second.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("<")
        .in_categories(&["comparison"]),
    Signature::new("lte", "Whether the first value comes before the second or equals it.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("<=")
        .in_categories(&["comparison"]),
    Signature::new("neq", "Whether two values differ.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("!=")
        .in_categories(&["comparison"]),
];
