//! Sets.

use super::Shape::{Any, SetOf};
use super::{Signature, named, unnamed};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("and", "The elements that two sets share.")
        .takes(&[named("x", SetOf(&Any)), named("y", SetOf(&Any))])
        .returns(named("z", SetOf(&Any)))
        .written("&")
        .in_categories(&["sets"]),
    Signature::new("intersection", "The elements that all of the given sets share.")
        .takes(&[named("xs", SetOf(&SetOf(&Any)))])
        .returns(named("y", SetOf(&Any)))
        .in_categories(&["sets"]),
    Signature::new("or", "The elements of two sets together.")
        .takes(&[named("x", SetOf(&Any)), named("y", SetOf(&Any))])
        .returns(named("z", SetOf(&Any)))
        .written("|")
        .in_categories(&["sets"]),
    Signature::new("set_diff", "The elements of one set that another lacks; replaced by `-`.")
        .takes(&[unnamed(SetOf(&Any)), unnamed(SetOf(&Any))])
        .returns(unnamed(SetOf(&Any)))
        .deprecated(),
    Signature::new("union", "The elements of all of the given sets.")
        .takes(&[named("xs", SetOf(&SetOf(&Any)))])
        .returns(named("y", SetOf(&Any)))
        .in_categories(&["sets"]),
];
