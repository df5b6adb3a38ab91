//! Bundles: policies and data in one archive, as OPA loads them; what they hold, and who vouches for it.
//!
//! Everything here goes from bytes to bytes. Files, keys and the time come in as arguments.

mod algorithm;
pub mod archive;
mod build;
mod claims;
mod contents;
mod delta;
mod difference;
mod error;
mod hash;
mod key;
mod manifest;
mod member;
mod overview;
mod path;
mod provenance;
mod reference;
mod roots;
mod sign;
mod signatures;
mod verify;

pub use self::algorithm::Algorithm;
pub use self::build::{Built, Draft, DraftModule, build};
pub use self::claims::{Claims, ClaimsError};
pub use self::contents::{BundleModule, Contents, assemble};
pub use self::delta::{NoDelta, delta};
pub use self::difference::{
    BundleDifference, Change, FileDifference, PackageDifference, Place, RuleDifference, Side, difference,
};
pub use self::error::ContentError;
pub use self::hash::{DigestAlgorithm, HashError, file_digest};
pub use self::key::{
    GeneratedKey, KeyError, KeyWarning, RsaSize, SigningKey, VerificationKey, generate, usual_algorithm,
};
pub use self::manifest::{Manifest, overlap};
pub use self::member::{Member, Role};
pub use self::overview::{
    DataFile, FileSummary, Overview, SignaturesFile, UnverifiedSignature, WasmFile, overview,
};
pub use self::path::data_keys;
pub use self::provenance::Provenance;
pub use self::reference::{data_reference, package};
pub use self::sign::{SignError, Signer, sign};
pub use self::signatures::{SIGNATURES_FILE, SignatureStyle, SignaturesError, is_signatures_file};
pub use self::verify::{
    BrokenDigests, FilePattern, Naming, PatternError, Signed, Standing, TrustedKey, Unsigned, Verification,
    VerifiedBundle, VerifyError, verify,
};
