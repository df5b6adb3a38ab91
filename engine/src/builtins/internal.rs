//! Functions that only the compiler calls.

use super::Shape::{Any, ArrayOf, SetOf, String};
use super::{Signature, unnamed};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "internal.print",
        "What `print` is rewritten to; an operand without a value prints as undefined.",
    )
    .takes(&[unnamed(ArrayOf(&SetOf(&Any)))]),
    Signature::new("internal.template_string", "The pieces of a template string, put together.")
        .takes(&[unnamed(ArrayOf(&Any))])
        .returns(unnamed(String)),
    Signature::new("internal.test_case", "Names the case that a test with several cases is in.")
        .takes(&[unnamed(ArrayOf(&Any))]),
];
