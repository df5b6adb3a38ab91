//! Tests of the evaluator from outside: OPA's conformance cases, and the real OPA.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::single_match_else,
    clippy::string_slice,
    clippy::unnecessary_wraps,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests read files, run OPA, say what they skip, and fail loudly"
)]

#[path = "eval/case.rs"]
mod case;
#[path = "eval/conformance.rs"]
mod conformance;
#[path = "eval/differential.rs"]
mod differential;
#[path = "eval/hostile.rs"]
mod hostile;
#[path = "compile/opa.rs"]
mod opa;
#[path = "eval/portability.rs"]
mod portability;
#[path = "eval/recorded.rs"]
mod recorded;
#[path = "eval/server.rs"]
mod server;
#[path = "eval/settled.rs"]
mod settled;
