//! Amazon Web Services.

mod sign;

use super::Shape::{Any, Number, ObjectOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[Signature::new(
    "providers.aws.sign_req",
    "An HTTP request with the headers that AWS Signature Version 4 asks for.",
)
.takes(&[
    named("request", ObjectOf(&String, &Any)),
    named("aws_config", ObjectOf(&String, &Any)),
    named("time_ns", Number),
])
.returns(named("signed_request", ObjectOf(&Any, &Any)))
.in_categories(&["providers.aws"])
.does(sign::sign_request)];
