//! URIs.

use super::Shape::{Boolean, ObjectOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("uri.is_valid", "Whether a string is a URI.")
        .takes(&[named("uri", String)])
        .returns(named("result", Boolean)),
    Signature::new("uri.parse", "The parts of a URI; empty ones are left out.")
        .takes(&[named("uri", String)])
        .returns(named("output", ObjectOf(&String, &String))),
];
