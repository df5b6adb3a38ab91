//! One interface for the digests of all libraries.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA224, SHA256, SHA384, SHA512, SHA512_256};
use md5::{Digest as _, Md5};
use sha2::Sha512_224;

use super::DigestAlgorithm;

/// A digest that is being computed.
pub(super) enum Hasher {
    Aws(Box<Context>),
    Md5(Md5),
    Sha512With224(Box<Sha512_224>),
}

impl Hasher {
    pub(super) fn new(algorithm: DigestAlgorithm) -> Self {
        let aws = |algorithm| Self::Aws(Box::new(Context::new(algorithm)));
        match algorithm {
            DigestAlgorithm::Md5 => Self::Md5(Md5::new()),
            DigestAlgorithm::Sha1 => aws(&SHA1_FOR_LEGACY_USE_ONLY),
            DigestAlgorithm::Sha224 => aws(&SHA224),
            DigestAlgorithm::Sha256 => aws(&SHA256),
            DigestAlgorithm::Sha384 => aws(&SHA384),
            DigestAlgorithm::Sha512 => aws(&SHA512),
            DigestAlgorithm::Sha512With224 => Self::Sha512With224(Box::new(Sha512_224::new())),
            DigestAlgorithm::Sha512With256 => aws(&SHA512_256),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Aws(context) => context.update(bytes),
            Self::Md5(context) => context.update(bytes),
            Self::Sha512With224(context) => context.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Self::Aws(context) => context.finish().as_ref().to_vec(),
            Self::Md5(context) => context.finalize().to_vec(),
            Self::Sha512With224(context) => context.finalize().to_vec(),
        }
    }
}
