//! Glob patterns.

use super::Shape::{ArrayOf, Boolean, Null, OneOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "glob.match",
        "Whether a string matches a glob pattern, in which `*` stops at the delimiters.",
    )
    .takes(&[
        named("pattern", String),
        named("delimiters", OneOf(&[Null, ArrayOf(&String)])),
        named("match", String),
    ])
    .returns(named("result", Boolean)),
    Signature::new("glob.quote_meta", "A pattern that matches exactly the given text.")
        .takes(&[named("pattern", String)])
        .returns(named("output", String)),
];
