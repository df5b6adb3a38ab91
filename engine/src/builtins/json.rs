//! Paths, patches and schemas of JSON documents.

mod edit;
mod patch;
mod paths;
mod schema;

use super::Shape::{Any, ArrayOf, Boolean, Null, ObjectOf, OneOf, Record, SetOf, String, Tuple};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("json.filter", "An object with only what lies on the given paths.")
        .takes(&[
            named("object", ObjectOf(&Any, &Any)),
            named(
                "paths",
                OneOf(&[ArrayOf(&OneOf(&[String, ArrayOf(&Any)])), SetOf(&OneOf(&[String, ArrayOf(&Any)]))]),
            ),
        ])
        .returns(named("filtered", ObjectOf(&Any, &Any)))
        .in_categories(&["object"])
        .does(paths::filter),
    Signature::new("json.match_schema", "Whether a document keeps a JSON schema, and where it doesn't.")
        .takes(&[
            named("document", OneOf(&[String, ObjectOf(&Any, &Any)])),
            named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
        ])
        .returns(named(
            "output",
            Tuple(&[
                Boolean,
                ArrayOf(&Record(
                    &[("desc", String), ("error", String), ("field", String), ("type", String)],
                    None,
                )),
            ]),
        ))
        .in_categories(&["object"])
        .nondeterministic()
        .does(schema::matches),
    Signature::new("json.patch", "A value after the operations of a JSON Patch.")
        .takes(&[
            named("target", Any),
            named("patches", ArrayOf(&Record(&[("op", String), ("path", Any)], Some(&(Any, Any))))),
        ])
        .returns(named("output", Any))
        .in_categories(&["object"])
        .does(patch::patch),
    Signature::new("json.remove", "An object without what lies on the given paths.")
        .takes(&[
            named("object", ObjectOf(&Any, &Any)),
            named(
                "paths",
                OneOf(&[ArrayOf(&OneOf(&[String, ArrayOf(&Any)])), SetOf(&OneOf(&[String, ArrayOf(&Any)]))]),
            ),
        ])
        .returns(named("output", ObjectOf(&Any, &Any)))
        .in_categories(&["object"])
        .does(paths::remove),
    Signature::new("json.verify_schema", "Whether a value is a JSON schema, and what is wrong with it.")
        .takes(&[named("schema", OneOf(&[String, ObjectOf(&Any, &Any)]))])
        .returns(named("output", Tuple(&[Boolean, OneOf(&[Null, String])])))
        .in_categories(&["object"])
        .nondeterministic()
        .does(schema::verify),
];
