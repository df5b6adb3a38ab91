//! From one type to another.

use super::Shape::{Any, ArrayOf, Boolean, Null, Number, ObjectOf, OneOf, SetOf, String};
use super::{Signature, named, unnamed};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("cast_array", "An array, or the elements of a set as an array.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(ArrayOf(&Any)))
        .deprecated(),
    Signature::new("cast_boolean", "A boolean as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(Boolean))
        .deprecated(),
    Signature::new("cast_null", "Null as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(Null))
        .deprecated(),
    Signature::new("cast_object", "An object as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(ObjectOf(&Any, &Any)))
        .deprecated(),
    Signature::new("cast_set", "A set, or the elements of an array as a set.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(SetOf(&Any)))
        .deprecated(),
    Signature::new("cast_string", "A string as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(String))
        .deprecated(),
    Signature::new("to_number", "A number for a string of digits, a boolean or null.")
        .takes(&[named("value", OneOf(&[Null, Boolean, Number, String]))])
        .returns(named("num", Number))
        .in_categories(&["conversions"]),
];
