//! Operators on numbers, and `-` on sets.

use super::Shape::{Any, Number, OneOf, SetOf};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("div", "The quotient of two numbers; an error when the second is zero.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("/")
        .in_categories(&["numbers"]),
    Signature::new("minus", "The difference of two numbers, or the elements of one set that another lacks.")
        .takes(&[named("x", OneOf(&[Number, SetOf(&Any)])), named("y", OneOf(&[Number, SetOf(&Any)]))])
        .returns(named("z", OneOf(&[Number, SetOf(&Any)])))
        .written("-")
        .in_categories(&["sets", "numbers"]),
    Signature::new("mul", "The product of two numbers.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("*")
        .in_categories(&["numbers"]),
    Signature::new("plus", "The sum of two numbers.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("+")
        .in_categories(&["numbers"]),
    Signature::new("rem", "The remainder of a division of whole numbers.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("%")
        .in_categories(&["numbers"]),
];
