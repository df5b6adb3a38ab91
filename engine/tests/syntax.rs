//! Tests of the parser from outside: cases, the conformance suite, the real OPA, properties and hostile input.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests read and write files, run OPA, say what they skip, and fail loudly"
)]

#[path = "syntax/ast_json.rs"]
mod ast_json;
#[path = "syntax/cases.rs"]
mod cases;
#[path = "syntax/conformance.rs"]
mod conformance;
#[path = "syntax/corpus.rs"]
mod corpus;
#[path = "syntax/differential.rs"]
mod differential;
#[path = "syntax/generate.rs"]
mod generate;
#[path = "syntax/hostile.rs"]
mod hostile;
#[path = "syntax/opa.rs"]
mod opa;
#[path = "syntax/properties.rs"]
mod properties;
#[path = "syntax/shape.rs"]
mod shape;
