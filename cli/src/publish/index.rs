//! `index.json`: which revisions of a bundle are kept in a directory or a store.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::PublishError;
use super::artefact::{Artefact, Digest};

/// The revisions that are kept, the current one last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// The form of this file.
    version: u32,
    /// From the oldest to the newest.
    pub(super) revisions: Vec<Entry>,
    /// What somebody wrote for the server: it leads to the current revision, and ends with it.
    #[serde(default, skip_serializing)]
    deltas: Vec<serde_json::Value>,
}

/// A revision that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// As the manifest of the bundle says; null if it doesn't.
    pub(super) revision: Option<String>,
    /// The digest of the archive: `sha256:` and hexadecimal digits.
    pub(super) digest: String,
    /// The length of the archive in bytes.
    size: u64,
    /// When it was last published: RFC 3339, in UTC.
    published: String,
    /// Where it is, from the folder of the index.
    file: String,
}

impl Default for Index {
    fn default() -> Self {
        Self { version: VERSION, revisions: Vec::new(), deltas: Vec::new() }
    }
}

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// When it is none, or one that a later version of this program wrote.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PublishError> {
        let wrong = |reason: String| {
            PublishError::new(format!("`{INDEX}` can't be read: {reason}"))
                .with_help(format!("mend it, or move it away: bundles stay, and a new {INDEX} is begun"))
        };
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        // Looked at first: another version may have other fields.
        match value.get("version") {
            Some(version) if *version == VERSION => {}
            Some(version) => return Err(wrong(format!("its version is {version}, not {VERSION}"))),
            None => return Err(wrong("it has no version".to_owned())),
        }
        let index: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        for entry in &index.revisions {
            let digest = Digest::parse(&entry.digest)
                .ok_or_else(|| wrong(format!("`{}` is no SHA-256", entry.digest)))?;
            if entry.file != file_of(&digest) {
                return Err(wrong(format!("`{}` is not where {digest} is kept", entry.file)));
            }
        }
        Ok(index)
    }

    /// As a file.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, PublishError> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| PublishError::new(format!("`{INDEX}` can't be written: {error}")))?;
        Ok(format!("{text}\n").into_bytes())
    }

    /// Whether this is the newest revision.
    pub(super) fn ends_with(&self, digest: &Digest) -> bool {
        self.revisions.last().is_some_and(|newest| newest.digest == digest.to_string())
    }

    /// The revision that has the name of this bundle, but other content.
    ///
    /// # Errors
    /// When there is one.
    pub(super) fn refuse_other_content(&self, artefact: &Artefact) -> Result<(), PublishError> {
        let Some(revision) = &artefact.revision else { return Ok(()) };
        let digest = artefact.digest.to_string();
        let other = self
            .revisions
            .iter()
            .find(|entry| entry.revision.as_ref() == Some(revision) && entry.digest != digest);
        other.map_or(Ok(()), |other| Err(PublishError::of_conflict(revision, &other.digest)))
    }

    /// With a bundle as the newest. One that was there before is moved.
    pub(super) fn with(&self, artefact: &Artefact, now: &str) -> Self {
        let digest = artefact.digest.to_string();
        let mut index = self.clone();
        index.revisions.retain(|entry| entry.digest != digest);
        index.revisions.push(Entry {
            revision: artefact.revision.clone(),
            digest,
            size: artefact.size(),
            published: now.to_owned(),
            file: file_of(&artefact.digest),
        });
        index
    }

    /// With the newest revisions only.
    pub(super) fn trimmed(&self, keep: NonZeroUsize) -> Self {
        let mut index = self.clone();
        let dropped = index.revisions.len().saturating_sub(keep.get());
        index.revisions.drain(..dropped);
        index
    }

    /// Whether the file is that of a revision that is kept.
    pub(super) fn names(&self, file: &str) -> bool {
        self.revisions.iter().any(|entry| entry.file == file)
    }
}

/// Where the revision with this digest is, from the folder of the index.
pub(super) fn file_of(digest: &Digest) -> String {
    format!("{REVISIONS}/{}{ARCHIVE}", digest.digits())
}

/// Whether a file in the folder of revisions has a name that [`file_of`] gives.
pub(super) fn is_revision(name: &str) -> bool {
    name.strip_suffix(ARCHIVE).is_some_and(|digits| Digest::parse(&format!("sha256:{digits}")).is_some())
}

/// The name of the index.
pub(super) const INDEX: &str = "index.json";
/// The name of the current bundle, beside it.
pub(super) const CURRENT: &str = "bundle.tar.gz";
/// The name of the folder of revisions.
pub(super) const REVISIONS: &str = "revisions";
const ARCHIVE: &str = ".tar.gz";
const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn artefact(content: &str, revision: &str) -> Artefact {
        Artefact::new(content.as_bytes().to_vec(), Some(revision.to_owned()))
    }

    fn keep(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn an_index_is_read_as_it_was_written() {
        let index =
            Index::default().with(&artefact("a", "r1"), "2026-01-02T03:04:05Z").with(&artefact("b", ""), "t");
        let bytes = index.to_bytes().unwrap();
        assert_eq!(Index::parse(&bytes), Ok(index));
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"
        {
          "version": 1,
          "revisions": [
            {
              "revision": "r1",
              "digest": "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
              "size": 1,
              "published": "2026-01-02T03:04:05Z",
              "file": "revisions/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb.tar.gz"
            },
            {
              "revision": null,
              "digest": "sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
              "size": 1,
              "published": "t",
              "file": "revisions/3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d.tar.gz"
            }
          ]
        }
        "#);
    }

    #[test]
    fn the_newest_is_last_and_stands_there_once() {
        let (a, b) = (artefact("a", "r1"), artefact("b", "r2"));
        let index = Index::default().with(&a, "1").with(&b, "2").with(&a, "3");
        assert!(index.ends_with(&a.digest) && !index.ends_with(&b.digest));
        assert_eq!(index.revisions.len(), 2);
        let trimmed = index.trimmed(keep(1));
        assert!(trimmed.names(&file_of(&a.digest)) && !trimmed.names(&file_of(&b.digest)));
        assert_eq!(trimmed.trimmed(keep(5)), trimmed);
    }

    #[test]
    fn a_revision_has_one_content() {
        let index = Index::default().with(&artefact("a", "r1"), "1").with(&artefact("b", "r2"), "2");
        assert_eq!(index.refuse_other_content(&artefact("a", "r1")), Ok(()));
        assert_eq!(index.refuse_other_content(&artefact("c", "r3")), Ok(()));
        assert_eq!(index.refuse_other_content(&artefact("c", "")), Ok(()));
        let error = index.refuse_other_content(&artefact("c", "r1")).unwrap_err();
        assert!(
            error.to_string().starts_with("revision `r1` is published already with other content"),
            "{error}"
        );
    }

    #[test]
    fn an_index_of_another_hand_is_refused() {
        let good =
            String::from_utf8(Index::default().with(&artefact("a", "r"), "t").to_bytes().unwrap()).unwrap();
        for (from, to, reason) in [
            ("\"version\": 1", "\"version\": 2", "its version is 2, not 1"),
            ("\"file\": \"revisions/", "\"file\": \"../", "is not where sha256:ca97"),
            ("\"digest\": \"sha256:", "\"digest\": \"", "is no SHA-256"),
            ("\"size\"", "\"sise\"", "unknown field `sise`"),
            ("\"version\": 1,", "", "it has no version"),
            ("[", "", "at line 11"),
        ] {
            let error = Index::parse(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn only_names_that_we_give_are_revisions() {
        let name = file_of(&artefact("a", "").digest);
        let name = name.strip_prefix("revisions/").unwrap();
        assert!(is_revision(name));
        for other in [
            "README",
            "x.tar.gz",
            &name.to_uppercase(),
            name.trim_start_matches('c'),
            ".portcullis-publish.tmp",
        ] {
            assert!(!is_revision(other), "{other}");
        }
    }
}
