//! Rego itself.

use super::Shape::{Any, ArrayOf, ObjectOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "rego.metadata.chain",
        "The annotations of the active rule and of all that encloses it, innermost first.",
    )
    .returns(named("chain", ArrayOf(&Any))),
    Signature::new("rego.metadata.rule", "The annotations of the active rule.").returns(named("output", Any)),
    Signature::new("rego.parse_module", "The syntax tree of a Rego module.")
        .takes(&[named("filename", String), named("rego", String)])
        .returns(named("output", ObjectOf(&String, &Any))),
];
