//! The running process.

use super::Shape::{Any, ObjectOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[Signature::new(
    "opa.runtime",
    "What the process tells of itself: its configuration, environment and version.",
)
.returns(named("output", ObjectOf(&String, &Any)))
.nondeterministic()];
