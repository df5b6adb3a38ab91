//! HTTP.

mod cache;
mod duration;
pub(super) mod request;
mod response;
mod send;
mod transport;

use super::Shape::{Any, ObjectOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[Signature::new("http.send", "The response to an HTTP request.")
    .takes(&[named("request", ObjectOf(&String, &Any))])
    .returns(named("response", ObjectOf(&Any, &Any)))
    .nondeterministic()
    .does(send::send)];
