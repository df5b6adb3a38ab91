//! Planted bugs: each lets in a request that the clean policy denies, here and in the real OPA.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files and run OPA; the engine itself reads nothing"
)]

#[path = "seeded/corpus.rs"]
mod corpus;
#[path = "seeded/diff.rs"]
mod diff;
#[path = "seeded/native.rs"]
mod native;
#[path = "seeded/opa.rs"]
mod opa;
#[path = "compile/opa.rs"]
mod opa_command;
#[path = "seeded/page.rs"]
mod page;
