//! Arrays.

use super::Shape::{Any, ArrayOf, Number};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("array.concat", "The elements of one array and then those of another.")
        .takes(&[named("x", ArrayOf(&Any)), named("y", ArrayOf(&Any))])
        .returns(named("z", ArrayOf(&Any))),
    Signature::new(
        "array.flatten",
        "The elements of an array; those that are arrays themselves are unpacked, one level deep.",
    )
    .takes(&[named("arr", ArrayOf(&Any))])
    .returns(named("flattened", ArrayOf(&Any))),
    Signature::new("array.reverse", "The elements of an array from last to first.")
        .takes(&[named("arr", ArrayOf(&Any))])
        .returns(named("rev", ArrayOf(&Any))),
    Signature::new(
        "array.slice",
        "The elements from position `start` to before position `stop`; positions outside are cut back.",
    )
    .takes(&[named("arr", ArrayOf(&Any)), named("start", Number), named("stop", Number)])
    .returns(named("slice", ArrayOf(&Any))),
];
