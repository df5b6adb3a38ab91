//! Digests of the files of a bundle, as signatures have them.

mod canonical;
mod hasher;

use std::fmt;

use self::hasher::Hasher;
use crate::source::SourceId;
use crate::value::JsonStyle;

/// The digests that a signature may be made of. The names are OPA's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// `MD5`, which is broken.
    Md5,
    /// `SHA-1`, which is broken.
    Sha1,
    /// `SHA-224`.
    Sha224,
    /// `SHA-256`, with which everything is signed.
    Sha256,
    /// `SHA-384`.
    Sha384,
    /// `SHA-512`.
    Sha512,
    /// `SHA-512-224`.
    Sha512With224,
    /// `SHA-512-256`.
    Sha512With256,
}

impl DigestAlgorithm {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha512With224,
        Self::Sha512With256,
    ];

    /// The algorithm of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// As signatures name it: `SHA-256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha512With224 => "SHA-512-224",
            Self::Sha512With256 => "SHA-512-256",
        }
    }

    /// Whether two files with the same digest can be made.
    pub fn is_broken(self) -> bool {
        match self {
            Self::Md5 | Self::Sha1 => true,
            Self::Sha224
            | Self::Sha256
            | Self::Sha384
            | Self::Sha512
            | Self::Sha512With224
            | Self::Sha512With256 => false,
        }
    }
}

/// The digest of a file of a bundle, as OPA computes it.
///
/// What counts of `data.json`, `data.yaml`, `data.yml` and `.manifest`, in any directory, is the document that they hold, in a canonical
/// text: white space and the order of keys may change, the text of numbers may not. Of other files every byte counts.
///
/// # Errors
/// That such a document is neither JSON nor YAML.
pub fn file_digest(algorithm: DigestAlgorithm, path: &str, bytes: &[u8]) -> Result<Vec<u8>, HashError> {
    let mut hasher = Hasher::new(algorithm);
    if !is_structured(path) {
        hasher.update(bytes);
        return Ok(hasher.finish());
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let lossy;
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            lossy = crate::builtins::jwt::text(bytes);
            Err((&*lossy, error.valid_up_to()))
        }
    };
    // In strings of JSON, a byte that belongs to no character counts as U+FFFD.
    match canonical::write(text.unwrap_or_else(|(lossy, _)| lossy), |part| hasher.update(part)) {
        Ok(()) => return Ok(hasher.finish()),
        Err(canonical::NotJson) => hasher = Hasher::new(algorithm),
    }
    let text = text.map_err(|(_, at)| HashError::new(path, format!("no UTF-8 at byte {at}")))?;
    let node = crate::document::input(SourceId::default(), text)
        .map_err(|error| HashError::new(path, error.message))?;
    hasher.update(node.to_value().to_json_with(JsonStyle::Plain).as_bytes());
    Ok(hasher.finish())
}

/// Whether the document that the file holds is signed, and not its bytes.
pub(super) fn is_structured(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "data.json" | "data.yaml" | "data.yml" | ".manifest")
}

/// A document of a bundle has no digest, since it can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashError {
    path: String,
    reason: String,
}

impl HashError {
    fn new(path: &str, reason: String) -> Self {
        Self { path: path.to_owned(), reason }
    }
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither JSON nor YAML: {}", self.path, self.reason)
    }
}

impl std::error::Error for HashError {}

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

#[cfg(test)]
mod tests;
