//! Semantic versions.

use super::Shape::{Any, Boolean, Number, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "semver.compare",
        "-1, 0 or 1 as one semantic version comes before, equals or comes after another.",
    )
    .takes(&[named("a", String), named("b", String)])
    .returns(named("result", Number)),
    Signature::new("semver.is_valid", "Whether a value is a semantic version.")
        .takes(&[named("vsn", Any)])
        .returns(named("result", Boolean)),
];
