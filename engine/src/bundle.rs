//! Bundles: policies and data in one archive, as OPA loads them; what they hold, and who vouches for it.
//!
//! Everything here goes from bytes to bytes. Files, keys and the time come in as arguments.

mod algorithm;
mod claims;
mod hash;
mod key;
mod member;
mod sign;
mod signatures;
mod verify;

pub use algorithm::Algorithm;
pub use claims::{Claims, ClaimsError};
pub use hash::{DigestAlgorithm, HashError, file_digest};
pub use key::{GeneratedKey, KeyError, KeyWarning, RsaSize, SigningKey, VerificationKey, generate};
pub use member::{Member, Role};
pub use sign::{SignError, Signer, sign};
pub use signatures::{SIGNATURES_FILE, SignatureStyle, SignaturesError, is_signatures_file};
pub use verify::{
    BrokenDigests, FilePattern, Naming, PatternError, Signed, Standing, TrustedKey, Unsigned, Verification,
    VerifiedBundle, VerifyError, verify,
};
