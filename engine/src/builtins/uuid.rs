//! UUIDs.

use super::Shape::{Any, ObjectOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("uuid.parse", "The parts of a UUID.")
        .takes(&[named("uuid", String)])
        .returns(named("result", ObjectOf(&String, &Any))),
    Signature::new("uuid.rfc4122", "A random UUID, the same for the same key throughout a query.")
        .takes(&[named("k", String)])
        .returns(named("output", String))
        .nondeterministic(),
];
