//! Keys of JSON Web Signatures.

use std::fmt;

use crate::builtins::crypto::private_key::PrivateKey;
use crate::builtins::crypto::public_key::PublicKey;

/// A key of any kind.
#[derive(Clone)]
pub(crate) enum Key {
    /// Verifies.
    Public(PublicKey),
    /// Signs.
    Private(PrivateKey),
    /// Does both.
    Secret(Vec<u8>),
}

/// Says its kind only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public(_) => "Public",
            Self::Private(_) => "Private",
            Self::Secret(_) => "Secret",
        })
    }
}
