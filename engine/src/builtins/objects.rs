//! Objects.

use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, OneOf, SetOf};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("object.filter", "An object with only the given keys.")
        .takes(&[
            named("object", ObjectOf(&Any, &Any)),
            named("keys", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
        ])
        .returns(named("filtered", ObjectOf(&Any, &Any))),
    Signature::new("object.get", "The value under a key or along a path of keys, or else a default.")
        .takes(&[named("object", ObjectOf(&Any, &Any)), named("key", Any), named("default", Any)])
        .returns(named("value", Any)),
    Signature::new("object.keys", "The keys of an object.")
        .takes(&[named("object", ObjectOf(&Any, &Any))])
        .returns(named("value", SetOf(&Any))),
    Signature::new("object.remove", "An object without the given keys.")
        .takes(&[
            named("object", ObjectOf(&Any, &Any)),
            named("keys", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
        ])
        .returns(named("output", ObjectOf(&Any, &Any))),
    Signature::new(
        "object.subset",
        "Whether one collection has all that another has, nested objects compared likewise.",
    )
    .takes(&[
        named("super", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
        named("sub", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
    ])
    .returns(named("result", Boolean)),
    Signature::new("object.union", "Two objects merged, nested ones too; the second wins.")
        .takes(&[named("a", ObjectOf(&Any, &Any)), named("b", ObjectOf(&Any, &Any))])
        .returns(named("output", ObjectOf(&Any, &Any))),
    Signature::new("object.union_n", "Objects merged from first to last, nested ones too; later ones win.")
        .takes(&[named("objects", ArrayOf(&ObjectOf(&Any, &Any)))])
        .returns(named("output", ObjectOf(&Any, &Any))),
];
