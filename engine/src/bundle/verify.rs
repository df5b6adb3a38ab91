//! Verifying: the files of a bundle in, a verified bundle or the reason against it out.

mod error;
mod files;
mod pattern;
mod token;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::key::VerificationKey;
use super::member::Member;
use super::signatures::{self, is_signatures_file};
use crate::document::NodeKind;
use crate::source::SourceId;

pub use self::error::VerifyError;
pub use self::pattern::{FilePattern, PatternError};

/// Which signatures are trusted, and for what.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// The keys, any of which may have signed.
    pub keys: Vec<TrustedKey>,
    /// The id of the key that has to have signed, whatever the signature says of its key, as OPA's `keyid`. Without it, the
    /// signature names its key; one that names none may be of any key.
    pub key_id: Option<String>,
    /// The scope that the signature must claim; without one, that of the key.
    pub scope: Option<String>,
    /// Files that need not be signed, by the names that they would be signed by.
    pub exclude_files: Vec<FilePattern>,
    /// The time in seconds since 1970, with which the claims `exp` and `nbf` are compared; without it they are not looked
    /// at. OPA never looks at them.
    pub now: Option<i64>,
    /// What is done with bundles that nobody signed.
    pub unsigned: Unsigned,
    /// What is done with digests that are broken.
    pub broken_digests: BrokenDigests,
    /// The name under which a directory was given, when the members are its files and have paths below it. Signatures may
    /// name such files with or without the directory.
    pub directory: Option<String>,
}

/// A key whose signatures are trusted.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    /// The id by which signatures name it; one without id stands for any that no other key has.
    pub id: Option<String>,
    /// The key, with its one algorithm.
    pub key: VerificationKey,
    /// The scope that its signatures must claim, if nothing else says so.
    pub scope: Option<String>,
}

/// What is done with bundles that nobody signed. Those with a signature are verified in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unsigned {
    /// They are refused, and with them delta bundles.
    #[default]
    Refuse,
    /// They are taken.
    Allow,
}

/// What is done with digests of MD5 and SHA-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BrokenDigests {
    /// They are refused.
    #[default]
    Refuse,
    /// They are taken, as in OPA.
    Allow,
}

/// A bundle that was verified, or about which the caller said that it need not be. Only [`verify`] makes one, and
/// [`VerifiedBundle::danger_unverified`].
#[derive(Debug, Clone)]
pub struct VerifiedBundle {
    members: Vec<Member>,
    standing: Standing,
}

/// Who vouches for a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The owner of a trusted key.
    Signed(Signed),
    /// Nobody, and that was allowed.
    Unsigned,
    /// Nobody looked.
    Unverified,
}

/// What a signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The id of the trusted key, or else the one that the signature names.
    pub key_id: Option<String>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The scope, which may be empty.
    pub scope: String,
    /// All claims but the list of files.
    pub claims: Claims,
    /// How many files are signed.
    pub files: usize,
    /// The names of the files that were not verified, since they were excluded.
    pub excluded: Vec<String>,
    /// How the signature names files.
    pub naming: Naming,
}

/// How a signature names the files of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// By their paths below the directory; always so for archives.
    Relative,
    /// With the directory before them, as `opa sign --bundle DIRECTORY` does it.
    WithDirectory,
}

impl VerifiedBundle {
    /// A bundle about which nobody said anything. Whoever calls this takes policies from anyone.
    pub fn danger_unverified(members: Vec<Member>) -> Self {
        Self { members, standing: Standing::Unverified }
    }

    /// The files, in the order in which they came, that with the signature among them.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The files.
    pub fn into_members(self) -> Vec<Member> {
        self.members
    }

    /// Who vouches for it.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }
}

/// Verifies a bundle: one token of a trusted key lists each of its files with the right digest, and no other.
///
/// The order of the checks is OPA's. Stricter than OPA: the token has to name the algorithm of the key; a key on a curve is
/// for one algorithm; `crit` and keys that stand twice are refused; so are broken digests, unless they are allowed; and times
/// are looked at.
///
/// # Errors
/// The first reason against it.
pub fn verify(members: Vec<Member>, verification: &Verification) -> Result<VerifiedBundle, VerifyError> {
    let standing = standing(&members, verification)?;
    Ok(VerifiedBundle { members, standing })
}

fn standing(members: &[Member], verification: &Verification) -> Result<Standing, VerifyError> {
    if verification.unsigned == Unsigned::Refuse && members.iter().any(is_delta) {
        return Err(VerifyError::Delta);
    }
    let mut holders = members.iter().filter(|member| is_signatures_file(&member.path));
    let Some(holder) = holders.next() else {
        return match verification.unsigned {
            Unsigned::Refuse => Err(VerifyError::NoSignatures),
            Unsigned::Allow => Ok(Standing::Unsigned),
        };
    };
    if let Some(second) = holders.next() {
        return Err(VerifyError::SeveralSignatures {
            first: holder.path.clone(),
            second: second.path.clone(),
        });
    }
    let text = signatures::read(&holder.bytes)?;
    let token = token::verify(&text, verification)?;
    let checked = files::check(members, &token.payload, verification)?;
    let payload = token.payload;
    Ok(Standing::Signed(Signed {
        key_id: token.key.id.clone().or(token.key_id),
        algorithm: token.key.key.algorithm(),
        scope: payload.claims.text("scope").unwrap_or_default().to_owned(),
        claims: payload.claims,
        files: payload.files.len(),
        excluded: checked.excluded,
        naming: checked.naming,
    }))
}

/// Whether the file makes the bundle a delta bundle, as OPA decides it: there is at least one change in it.
fn is_delta(member: &Member) -> bool {
    if member.path.rsplit('/').next() != Some("patch.json") {
        return false;
    }
    let text = String::from_utf8_lossy(&member.bytes);
    let Ok(document) = crate::document::json(SourceId::default(), &text) else { return false };
    document
        .get("data")
        .is_some_and(|data| matches!(&data.kind, NodeKind::Array(changes) if !changes.is_empty()))
}

#[cfg(test)]
mod tests;
