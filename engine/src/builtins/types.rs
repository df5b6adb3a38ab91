//! The types of values.

use super::Shape::{Any, Boolean, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("is_array", "Whether a value is an array.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("is_boolean", "Whether a value is a boolean.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("is_null", "Whether a value is null.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("is_number", "Whether a value is a number.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("is_object", "Whether a value is an object.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("is_set", "Whether a value is a set.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("is_string", "Whether a value is a string.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"]),
    Signature::new("type_name", "The name of the type of a value.")
        .takes(&[named("x", Any)])
        .returns(named("type", String))
        .in_categories(&["types"]),
];
