//! Whose archives are loaded.

use std::path::Path;
use std::sync::Arc;

use portcullis::bundle::{self, Member, Verification, VerifiedBundle};

use super::failure::LoadError;

/// Who has to vouch for archives. Directories are the user's own, and taken as they are unless keys are given.
#[derive(Debug, Clone, Default)]
pub(crate) enum Trust {
    /// Nobody: archives are only looked at, or the user said so.
    #[default]
    Anyone,
    /// The owner of one of these keys.
    Keys(Arc<Verification>),
    /// Nobody could: neither keys were given, nor was it said that none are needed.
    Nobody,
}

impl Trust {
    /// Whether nothing was said about archives.
    pub(super) fn is_unsaid(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// The files of an archive, if anybody may use them.
    ///
    /// # Errors
    ///
    /// Why they are not trusted.
    pub(super) fn archive(&self, path: &Path, members: Vec<Member>) -> Result<Vec<Member>, LoadError> {
        let trusted = match self {
            Self::Anyone => VerifiedBundle::danger_unverified(members),
            Self::Keys(verification) => verified(members, verification)?,
            Self::Nobody => {
                let message =
                    format!("nothing says whose archives may be used, and `{}` is one", path.display());
                return Err(LoadError::new(message).with_help(
                    "give the public key of who signed it with --verification-key; --insecure-skip-verify uses it whoever \
                     made it",
                ));
            }
        };
        Ok(trusted.into_members())
    }

    /// Verifies the files of a directory, if there are keys; paths are those below it.
    ///
    /// # Errors
    ///
    /// Why they are not trusted.
    pub(super) fn directory(&self, name: Option<String>, members: Vec<Member>) -> Result<(), LoadError> {
        match self {
            Self::Anyone | Self::Nobody => Ok(()),
            Self::Keys(verification) => {
                let verification = Verification { directory: name, ..(**verification).clone() };
                verified(members, &verification).map(drop)
            }
        }
    }
}

fn verified(members: Vec<Member>, verification: &Verification) -> Result<VerifiedBundle, LoadError> {
    bundle::verify(members, verification).map_err(|error| {
        let refused = LoadError::new(error.to_string());
        match error.help() {
            Some(help) => refused.with_help(help),
            None => refused,
        }
    })
}
