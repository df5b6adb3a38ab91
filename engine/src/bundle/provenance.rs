//! Where a bundle comes from, as it says itself.

use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::hash::{DigestAlgorithm, raw_digest};
use super::member::Member;
use crate::value::{Object, Value};

/// What made a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The name of the tool.
    pub tool: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// The commit that the sources were taken from, if that is known.
    pub commit: Option<Arc<str>>,
}

impl Provenance {
    /// For the metadata of a manifest: the tool, and the digest of all that it packed.
    ///
    /// The digest is the SHA-256 of a line for each file, `HEX  PATH`, as `sha256sum` writes it, in the files' order.
    pub(super) fn to_value(&self, members: &[Member]) -> Value {
        let mut lines = String::new();
        for member in members {
            let digest = HEXLOWER.encode(&raw_digest(DigestAlgorithm::Sha256, &member.bytes));
            let path = member.path.trim_start_matches('/');
            lines.extend([digest.as_str(), "  ", path, "\n"]);
        }
        let digest = HEXLOWER.encode(&raw_digest(DigestAlgorithm::Sha256, lines.as_bytes()));
        let mut fields = vec![
            ("tool", Value::String(Arc::clone(&self.tool))),
            ("version", Value::String(Arc::clone(&self.version))),
            ("source_digest", Value::from(format!("sha256:{digest}"))),
        ];
        if let Some(commit) = &self.commit {
            fields.push(("commit", Value::String(Arc::clone(commit))));
        }
        Value::Object(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Object>())
    }
}
