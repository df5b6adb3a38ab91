//! Tests of the compiler from outside: cases, the conformance suite, the real OPA, and hostile input.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests read and write files, run OPA, say what they skip, and fail loudly"
)]

#[path = "compile/cases.rs"]
mod cases;
#[path = "compile/conformance.rs"]
mod conformance;
#[path = "compile/corpus.rs"]
mod corpus;
#[path = "compile/data.rs"]
mod data;
#[path = "compile/differential.rs"]
mod differential;
#[path = "compile/hostile.rs"]
mod hostile;
#[path = "compile/opa.rs"]
mod opa;
#[path = "compile/queries.rs"]
mod queries;
