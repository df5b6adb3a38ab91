//! What a bundle has to stand before it is published.

use portcullis::bundle::archive::{self, Limits};
use portcullis::bundle::{self, Standing, Verification, assemble};
use portcullis::document::Outline;

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

/// Reads a bundle with suspicion, and verifies it when there are keys.
#[derive(Debug)]
pub(crate) struct StrictReading {
    /// Whose signatures are trusted; without it, nobody is asked who made the bundle.
    pub(crate) verification: Option<Verification>,
}

impl Verify for StrictReading {
    fn verify(&self, bytes: &[u8]) -> Result<Verified, String> {
        let with_help = |error: String, help: Option<&str>| {
            help.map_or_else(|| error.clone(), |help| format!("{error} ({help})"))
        };
        let members = archive::read(bytes, Limits::default())
            .map_err(|error| with_help(error.to_string(), Some(error.help())))?;
        let (members, signed_by) = match &self.verification {
            None => (members, None),
            Some(verification) => {
                let verified = bundle::verify(members, verification)
                    .map_err(|error| with_help(error.to_string(), error.help().as_deref()))?;
                let signed_by = match verified.standing() {
                    Standing::Signed(signed) => {
                        let id = signed.key_id.as_deref().unwrap_or("a key without id");
                        Some(format!("{id} with {}", signed.algorithm.name()))
                    }
                    Standing::Unsigned | Standing::Unverified => None,
                };
                (verified.into_members(), signed_by)
            }
        };
        let contents = assemble::<Outline>(members, None).map_err(|error| error.to_string())?;
        let revision = Some(contents.manifest.revision.to_string()).filter(|revision| !revision.is_empty());
        Ok(Verified { revision, signed_by })
    }
}
