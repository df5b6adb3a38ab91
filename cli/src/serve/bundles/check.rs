//! Who decides that a bundle may be served.

use std::fmt;
use std::sync::Arc;

use portcullis::bundle::{self, Manifest, Member, Role, Verification, archive};
use portcullis::document::{self, Outline};
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::clock::seconds_since_1970;
use crate::load::Trust;

/// Decides whether a bundle may be served. What it accepts is served as it is, byte for byte.
pub(crate) trait Check: Send + Sync + fmt::Debug {
    /// Looks at the bytes of a bundle, or of changes to it.
    ///
    /// # Errors
    /// Why they may not be served, in words for the log.
    fn check(&self, name: &str, kind: Kind, bytes: &[u8]) -> Result<Accepted, String>;
}

/// What a file should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole bundle.
    Snapshot,
    /// The changes that make it of an earlier one.
    Delta,
}

/// A bundle that may be served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Accepted {
    /// `revision` of its manifest, if that is not empty.
    pub(crate) revision: Option<Arc<str>>,
    /// Of a delta: the revision, or the entity tag, that it starts from: `from` in the `metadata` of its manifest.
    pub(crate) from: Option<Arc<str>>,
}

/// The check that goes with the trust; none if nobody is trusted.
pub(crate) fn of(trust: &Trust) -> Option<Arc<dyn Check>> {
    match trust {
        Trust::Anyone => Some(Arc::new(Unverified)),
        Trust::Keys(verification) => Some(Arc::new(Verified(Arc::clone(verification)))),
        Trust::Nobody => None,
    }
}

/// Takes what the owner of a trusted key signed, and what a bundle can hold.
#[derive(Debug)]
struct Verified(Arc<Verification>);

impl Check for Verified {
    fn check(&self, _: &str, _: Kind, bytes: &[u8]) -> Result<Accepted, String> {
        let members = archive::read(bytes, archive::Limits::default()).map_err(|error| error.to_string())?;
        let verification = Verification { now: Some(seconds_since_1970()), ..(*self.0).clone() };
        // A delta bundle is refused here: nothing in it is signed.
        let verified = bundle::verify(members, &verification).map_err(|error| error.to_string())?;
        let contents = bundle::assemble::<Outline>(verified.into_members(), None);
        let contents = contents.map_err(|error| error.to_string())?;
        let revision = contents.manifest.revision;
        Ok(Accepted { revision: Some(revision).filter(|revision| !revision.is_empty()), from: None })
    }
}

/// Takes every archive that can be read to its end, whoever made it.
#[derive(Debug)]
struct Unverified;

impl Check for Unverified {
    fn check(&self, _: &str, kind: Kind, bytes: &[u8]) -> Result<Accepted, String> {
        let contents = contents(bytes)?;
        match (kind, contents.is_delta) {
            (Kind::Snapshot, true) => Err("it is a delta and no whole bundle".to_owned()),
            (Kind::Delta, false) => Err("it is no delta: it has no changes in `patch.json`".to_owned()),
            (Kind::Snapshot, false) | (Kind::Delta, true) => Ok(contents.accepted),
        }
    }
}

#[derive(Debug, Default)]
struct Contents {
    accepted: Accepted,
    is_delta: bool,
}

/// Reads the archive to its end, so that one that is cut off or damaged is noticed.
fn contents(bytes: &[u8]) -> Result<Contents, String> {
    let members = archive::read(bytes, archive::Limits::default()).map_err(|error| error.to_string())?;
    if members.is_empty() {
        return Err("there is nothing in it".to_owned());
    }
    let mut contents = Contents::default();
    for member in &members {
        match Role::of(&member.path) {
            Some(Role::Manifest) => contents.accepted = accepted(&json(member)?)?,
            Some(Role::Patch) => {
                let changes = json(member)?;
                let changes = changes.lookup(&["data"]).and_then(Value::as_array);
                contents.is_delta |= changes.is_some_and(|changes| !changes.is_empty());
            }
            _ => {}
        }
    }
    Ok(contents)
}

fn json(member: &Member) -> Result<Value, String> {
    let text = String::from_utf8_lossy(&member.bytes);
    let value = document::json_value(SourceId::default(), &text);
    value.map_err(|error| format!("`{}` is no JSON: {}", member.path, error.message))
}

/// What a manifest says of itself.
fn accepted(manifest: &Value) -> Result<Accepted, String> {
    let from = manifest.lookup(&["metadata", "from"]).and_then(Value::as_str).map(Arc::from);
    let manifest = Manifest::from_value(manifest).map_err(|error| error.to_string())?;
    manifest.check().map_err(|error| error.to_string())?;
    Ok(Accepted { revision: Some(manifest.revision).filter(|revision| !revision.is_empty()), from })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn packed(members: &[(&str, &str)]) -> Vec<u8> {
        let member = |(path, text): &(&str, &str)| Member {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        let members: Vec<Member> = members.iter().map(member).collect();
        archive::write(&members, NonZeroUsize::MIN).unwrap()
    }

    fn checked(kind: Kind, bytes: &[u8]) -> Result<Accepted, String> {
        Unverified.check("b", kind, bytes)
    }

    #[test]
    fn the_revision_is_that_of_the_manifest() {
        let named = packed(&[("a.rego", "package a"), (".manifest", r#"{"revision": "r1"}"#)]);
        let expected = Accepted { revision: Some("r1".into()), from: None };
        assert_eq!(checked(Kind::Snapshot, &named), Ok(expected));
        for members in [&[("a.rego", "package a")][..], &[(".manifest", "{\"revision\": \"\"}")]] {
            assert_eq!(checked(Kind::Snapshot, &packed(members)), Ok(Accepted::default()));
        }
        let delta = packed(&[
            ("patch.json", r#"{"data": [{"op": "remove", "path": "/a"}]}"#),
            (".manifest", r#"{"revision": "r2", "metadata": {"from": "r1"}}"#),
        ]);
        let expected = Accepted { revision: Some("r2".into()), from: Some("r1".into()) };
        assert_eq!(checked(Kind::Delta, &delta), Ok(expected));
        assert!(checked(Kind::Snapshot, &delta).is_err() && checked(Kind::Delta, &named).is_err());
    }

    #[test]
    fn what_is_cut_or_damaged_is_not_served_wherever_that_is() {
        let whole = packed(&[("a.rego", "package a"), (".manifest", "{}")]);
        for length in 0..whole.len() {
            assert!(checked(Kind::Snapshot, &whole[..length]).is_err(), "cut after {length}");
        }
        let mut damaged = whole.clone();
        let checksum = damaged.len() - 6;
        damaged[checksum] ^= 1;
        assert!(checked(Kind::Snapshot, &damaged).is_err());
        let mut longer = whole;
        longer.extend(b"more");
        assert!(checked(Kind::Snapshot, &longer).is_err());
        for members in [&[][..], &[(".manifest", "{")], &[(".manifest", "{\"revision\": 1}")]] {
            assert!(checked(Kind::Snapshot, &packed(members)).is_err(), "{members:?}");
        }
    }
}
