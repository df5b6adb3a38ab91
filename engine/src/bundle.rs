//! Bundles: policies and data in one archive, as OPA loads them; what they hold, and who vouches for it.
//!
//! Everything here goes from bytes to bytes. Files, keys and the time come in as arguments.

mod hash;
mod member;

pub use hash::{DigestAlgorithm, HashError, file_digest};
pub use member::{Member, Role};
