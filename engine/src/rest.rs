//! Requests of OPA's REST API, read without IO: targets, parameters and bodies, and what they change in documents.
//!
//! Who decided: OPA 1.22.2, by what it answers. The words of errors are its words, or those of Go's decoders.

pub mod body;
pub mod change;
pub mod target;

pub use body::BodyError;
pub use change::{ChangeError, Operation};
