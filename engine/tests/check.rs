//! The linter: each rule on its cases, its documentation, and on what no linter should stumble over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the engine itself reads nothing")]

#[path = "check/cases.rs"]
mod cases;
#[path = "check/documentation.rs"]
mod documentation;
#[path = "check/hostile.rs"]
mod hostile;
#[path = "check/linted.rs"]
mod linted;
#[path = "check/suppressions.rs"]
mod suppressions;
