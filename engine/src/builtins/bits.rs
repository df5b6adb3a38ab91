//! Bits of whole numbers.

use super::Shape::Number;
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("bits.and", "The bits that two whole numbers both have.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number)),
    Signature::new("bits.lsh", "A whole number shifted left by `s` bits.")
        .takes(&[named("x", Number), named("s", Number)])
        .returns(named("z", Number)),
    Signature::new("bits.negate", "A whole number with all its bits inverted.")
        .takes(&[named("x", Number)])
        .returns(named("z", Number)),
    Signature::new("bits.or", "The bits that either of two whole numbers has.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number)),
    Signature::new("bits.rsh", "A whole number shifted right by `s` bits.")
        .takes(&[named("x", Number), named("s", Number)])
        .returns(named("z", Number)),
    Signature::new("bits.xor", "The bits in which two whole numbers differ.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number)),
];
