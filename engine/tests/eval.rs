//! Tests of the evaluator from outside: OPA's conformance cases, and the real OPA.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read files, say what they skip, and fail loudly"
)]

#[path = "eval/conformance.rs"]
mod conformance;
