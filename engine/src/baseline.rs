//! Texts that one run writes and later ones read: JSON with the version of its form.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON, or other JSON.
    #[error("it is not a baseline as `--update-baseline` writes it: {0}")]
    Other(String),
    /// It is of another version of the format.
    #[error(
        "it has version {found} of the format, and this portcullis reads version {reads}: write it again with --update-baseline"
    )]
    Version {
        /// Its version.
        found: u32,
        /// The version that can be read.
        reads: u32,
    },
}

/// Reads a text of one version.
///
/// # Errors
/// When it is something else or of another version.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8], version: u32) -> Result<T, BaselineError> {
    let other = |error: serde_json::Error| BaselineError::Other(error.to_string());
    let Header { version: found } = serde_json::from_slice(text).map_err(other)?;
    if found != version {
        return Err(BaselineError::Version { found, reads: version });
    }
    serde_json::from_slice(text).map_err(other)
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}
