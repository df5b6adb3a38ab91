//! Why a bundle is not verified.

use super::super::algorithm::Algorithm;
use super::super::hash::{DigestAlgorithm, HashError};
use super::super::signatures::SignaturesError;

/// The reason against a bundle; where OPA has words for it, these start with OPA's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Nobody signed it.
    #[error("bundle missing .signatures.json file")]
    NoSignatures,
    /// A delta bundle, which OPA never verifies, where a signature is required.
    #[error("delta bundles do not support signature verification")]
    Delta,
    /// Several files have signatures, and no rule says which counts.
    #[error("bundle contains multiple signatures files: \"{first}\" and \"{second}\"")]
    SeveralSignatures {
        /// The path of one.
        first: String,
        /// The path of another.
        second: String,
    },
    /// Something is wrong with the file that holds the signature.
    #[error(transparent)]
    Signatures(#[from] SignaturesError),
    /// The signature is no token as it should be.
    #[error("malformed signature: {reason}")]
    MalformedToken {
        /// What about it.
        reason: String,
    },
    /// The token names an algorithm that is not known; `none` is one of these.
    #[error("unknown signature algorithm: {name}")]
    UnknownAlgorithm {
        /// Its name.
        name: String,
    },
    /// There is no key to verify with.
    #[error("verification key not provided")]
    NoKeys,
    /// No key has the id.
    #[error("verification key corresponding to ID {id} not found")]
    UnknownKey {
        /// The id that is asked for.
        id: String,
        /// The ids that there are.
        known: Vec<String>,
    },
    /// The token is signed with an algorithm that the keys are not for.
    #[error("the signature is of {}, but the key is for {}", found.name(), names(wanted))]
    WrongAlgorithm {
        /// What the token says.
        found: Algorithm,
        /// What the keys are for.
        wanted: Vec<Algorithm>,
    },
    /// The signature is not one of the key.
    #[error("failed to verify JWT signature: it is not of the given key, or what is signed was changed")]
    WrongSignature,
    /// It is for another scope.
    #[error("scope mismatch (want: \"{wanted}\", got: \"{found}\")")]
    WrongScope {
        /// The scope that is asked for.
        wanted: String,
        /// The scope that is claimed.
        found: String,
    },
    /// Its time is over.
    #[error("the signature expired: `exp` is {end}, and now is {now}")]
    Expired {
        /// When, in seconds since 1970.
        end: String,
        /// The time, likewise.
        now: i64,
    },
    /// Its time has not come.
    #[error("the signature is not valid yet: `nbf` is {start}, and now is {now}")]
    NotYetValid {
        /// From when on, in seconds since 1970.
        start: String,
        /// The time, likewise.
        now: i64,
    },
    /// The signature lists a file twice.
    #[error("file {name} is listed twice in bundle signature")]
    ListedTwice {
        /// Its name.
        name: String,
    },
    /// The bundle has two files of one name, of which only one could be signed.
    #[error("file {name} is there twice")]
    DuplicateFile {
        /// Its name.
        name: String,
    },
    /// A file is not signed.
    #[error("file {name} not included in bundle signature")]
    Unlisted {
        /// Its name.
        name: String,
    },
    /// The signature does not say how the digest was made.
    #[error("no hashing algorithm provided for file {name}")]
    NoDigestAlgorithm {
        /// The file's name.
        name: String,
    },
    /// The digest was made in a way that is not known.
    #[error("unsupported hashing algorithm: {algorithm} (file {name})")]
    UnknownDigestAlgorithm {
        /// The file's name.
        name: String,
        /// The algorithm's name.
        algorithm: String,
    },
    /// The digest proves nothing.
    #[error("the digest of file {name} proves nothing: {} is broken", algorithm.name())]
    BrokenDigest {
        /// The file's name.
        name: String,
        /// How it was made.
        algorithm: DigestAlgorithm,
    },
    /// The digest is no hexadecimal.
    #[error("the digest of file {name} is no hexadecimal")]
    MalformedDigest {
        /// The file's name.
        name: String,
    },
    /// A document can't be read, so that it has no digest.
    #[error(transparent)]
    Unreadable(#[from] HashError),
    /// A file is not what was signed.
    #[error("{name}: digest mismatch (want: {want}, got: {got})")]
    WrongDigest {
        /// Its name.
        name: String,
        /// The signed digest, in hexadecimal.
        want: String,
        /// The file's.
        got: String,
    },
    /// Signed files are not there.
    #[error("file(s) [{}] specified in bundle signatures but not found in the target bundle", names.join(" "))]
    Missing {
        /// Their names, sorted.
        names: Vec<String>,
    },
}

impl VerifyError {
    /// What to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoSignatures => "sign the bundle, or say that it need not be signed".to_owned(),
            Self::Delta => "build a snapshot, which can be signed".to_owned(),
            Self::UnknownAlgorithm { .. } => {
                "sign with one of RS256, PS256, ES256, EdDSA, HS256 and their like".to_owned()
            }
            Self::NoKeys => "give the key of whoever signs".to_owned(),
            Self::UnknownKey { known, .. } if known.is_empty() => "give the key with this id".to_owned(),
            Self::UnknownKey { id, known } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                crate::suggest::help(id, "the keys are", &known)
            }
            Self::WrongAlgorithm { .. } => {
                "say with the key which algorithm it is for; a signature can't choose that".to_owned()
            }
            Self::WrongScope { .. } => {
                "the scope is claimed by whoever signs, in the claims; ask for the same".to_owned()
            }
            Self::Expired { .. } => "sign the bundle again".to_owned(),
            Self::NotYetValid { .. } => "look whether the clocks agree".to_owned(),
            Self::Unlisted { name } => {
                let base = name.rsplit('/').next().unwrap_or(name);
                if base.starts_with("._") {
                    "macOS put it there: pack with `COPYFILE_DISABLE=1`, or exclude it".to_owned()
                } else {
                    "sign the bundle as it is, or take the file out; names count with their directories"
                        .to_owned()
                }
            }
            Self::WrongDigest { .. } => "the file was changed after it was signed".to_owned(),
            Self::BrokenDigest { .. } => "sign the bundle again, which makes digests of SHA-256".to_owned(),
            Self::Missing { .. } => {
                "these files were signed; they were taken out, renamed, or lie in another directory"
                    .to_owned()
            }
            Self::SeveralSignatures { .. }
            | Self::Signatures(_)
            | Self::MalformedToken { .. }
            | Self::WrongSignature
            | Self::ListedTwice { .. }
            | Self::DuplicateFile { .. }
            | Self::NoDigestAlgorithm { .. }
            | Self::UnknownDigestAlgorithm { .. }
            | Self::MalformedDigest { .. }
            | Self::Unreadable(_) => return None,
        })
    }
}

fn names(algorithms: &[Algorithm]) -> String {
    let mut names: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    names.dedup();
    names.join(", ")
}
