//! Quantities with units.

use super::Shape::{Number, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("units.parse", "The number that a quantity such as `10G` or `1500m` stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", Number)),
    Signature::new("units.parse_bytes", "The number of bytes that a size such as `10KiB` stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", Number)),
];
