//! The linter: each rule on its cases, its documentation, and on what no linter should stumble over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files and run OPA; the engine itself reads nothing"
)]

#[path = "check/cases.rs"]
mod cases;
#[path = "check/corpus.rs"]
mod corpus;
#[path = "check/documentation.rs"]
mod documentation;
#[path = "check/hostile.rs"]
mod hostile;
#[path = "check/linted.rs"]
mod linted;
#[path = "check/opa.rs"]
mod opa;
#[path = "compile/opa.rs"]
mod opa_command;
#[path = "check/suppressions.rs"]
mod suppressions;
