//! Rounding, ranges and random numbers.

use super::Shape::{ArrayOf, Number, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("abs", "A number without its sign.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"]),
    Signature::new("ceil", "The smallest whole number that is not less than a number.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"]),
    Signature::new("floor", "The largest whole number that is not greater than a number.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"]),
    Signature::new("numbers.range", "The whole numbers from one to another, both included, up or down.")
        .takes(&[named("a", Number), named("b", Number)])
        .returns(named("range", ArrayOf(&Number))),
    Signature::new(
        "numbers.range_step",
        "The whole numbers from one towards another in steps of the given width.",
    )
    .takes(&[named("a", Number), named("b", Number), named("step", Number)])
    .returns(named("range", ArrayOf(&Number))),
    Signature::new(
        "rand.intn",
        "A random whole number below `n`, the same for the same string throughout a query.",
    )
    .takes(&[named("str", String), named("n", Number)])
    .returns(named("y", Number))
    .in_categories(&["numbers"])
    .nondeterministic(),
    Signature::new("round", "The whole number closest to a number, halves away from zero.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"]),
];
