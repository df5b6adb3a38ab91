//! What a bundle has to stand before it is published.

use portcullis::bundle::archive::{self, Limits};
use portcullis::bundle::assemble;

/// Looks at a bundle before it is published.
pub(crate) trait Verify {
    /// What is known of the bundle.
    ///
    /// # Errors
    /// Why it must not be published.
    fn verify(&self, bytes: &[u8]) -> Result<Verified, String>;
}

/// What is known of a bundle that may be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    /// As its manifest says.
    pub(crate) revision: Option<String>,
    /// The id of the key that vouches for it; None if none was asked for.
    pub(crate) signed_by: Option<String>,
}

/// Reads a bundle with suspicion, and asks nobody who made it.
#[derive(Debug)]
pub(crate) struct StrictReading;

impl Verify for StrictReading {
    fn verify(&self, bytes: &[u8]) -> Result<Verified, String> {
        let members =
            archive::read(bytes, Limits::default()).map_err(|error| format!("{error} ({})", error.help()))?;
        let contents = assemble(members, None).map_err(|error| error.to_string())?;
        let revision = Some(contents.manifest.revision.to_string()).filter(|revision| !revision.is_empty());
        Ok(Verified { revision, signed_by: None })
    }
}
