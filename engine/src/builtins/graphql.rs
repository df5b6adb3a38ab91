//! GraphQL.

use super::Shape::{Any, Boolean, ObjectOf, OneOf, String, Tuple};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("graphql.is_valid", "Whether a GraphQL query fits a schema.")
        .takes(&[
            named("query", OneOf(&[String, ObjectOf(&Any, &Any)])),
            named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
        ])
        .returns(named("output", Boolean)),
    Signature::new("graphql.parse", "The syntax trees of a GraphQL query and a schema that fit each other.")
        .takes(&[
            named("query", OneOf(&[String, ObjectOf(&Any, &Any)])),
            named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
        ])
        .returns(named("output", Tuple(&[ObjectOf(&Any, &Any), ObjectOf(&Any, &Any)]))),
    Signature::new(
        "graphql.parse_and_verify",
        "Whether a GraphQL query fits a schema, and the syntax trees of both.",
    )
    .takes(&[
        named("query", OneOf(&[String, ObjectOf(&Any, &Any)])),
        named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
    ])
    .returns(named("output", Tuple(&[Boolean, ObjectOf(&Any, &Any), ObjectOf(&Any, &Any)]))),
    Signature::new("graphql.parse_query", "The syntax tree of a GraphQL query.")
        .takes(&[named("query", String)])
        .returns(named("output", ObjectOf(&Any, &Any))),
    Signature::new("graphql.parse_schema", "The syntax tree of a GraphQL schema.")
        .takes(&[named("schema", String)])
        .returns(named("output", ObjectOf(&Any, &Any))),
    Signature::new("graphql.schema_is_valid", "Whether a text or a tree is a GraphQL schema.")
        .takes(&[named("schema", OneOf(&[String, ObjectOf(&Any, &Any)]))])
        .returns(named("output", Boolean)),
];
