//! The manifest of a bundle in a registry: what OPA's downloader looks for, written the same each time.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_client::manifest::{IMAGE_CONFIG_MEDIA_TYPE, IMAGE_LAYER_GZIP_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use serde::{Deserialize, Serialize};

use super::super::PublishError;
use super::super::artefact::{Artefact, Digest};
use super::super::index::CURRENT;

/// A manifest as it is pushed.
#[derive(Debug)]
pub(super) struct Manifest {
    /// What names it in a registry.
    pub(super) digest: Digest,
    pub(super) bytes: Bytes,
}

impl Manifest {
    /// Of a bundle. OPA takes the first layer that is a compressed archive.
    pub(super) fn of(artefact: &Artefact, created: Option<&str>) -> Result<Self, PublishError> {
        let title = BTreeMap::from([(TITLE, CURRENT)]);
        let revision = artefact.revision.as_deref().map(|revision| (REVISION, revision));
        let written = Written {
            schema_version: 2,
            media_type: OCI_IMAGE_MEDIA_TYPE,
            config: Descriptor {
                media_type: IMAGE_CONFIG_MEDIA_TYPE,
                digest: Digest::of(CONFIG).to_string(),
                size: CONFIG.len() as u64,
                annotations: BTreeMap::new(),
            },
            layers: [Descriptor {
                media_type: IMAGE_LAYER_GZIP_MEDIA_TYPE,
                digest: artefact.digest.to_string(),
                size: artefact.size(),
                annotations: title,
            }],
            annotations: revision.into_iter().chain(created.map(|time| (CREATED, time))).collect(),
        };
        let bytes = serde_json::to_vec(&written);
        let bytes =
            bytes.map_err(|error| PublishError::new(format!("the manifest can't be written: {error}")))?;
        Ok(Self { digest: Digest::of(&bytes), bytes: bytes.into() })
    }
}

/// What a tag names before it is moved.
#[derive(Debug)]
pub(super) struct Published {
    /// Of the manifest.
    pub(super) digest: String,
    revision: Option<String>,
    layer: Option<String>,
}

impl Published {
    /// Whatever it is: what isn't of our making has no revision.
    pub(super) fn parse(bytes: &[u8], digest: String) -> Self {
        let read: Read = serde_json::from_slice(bytes).unwrap_or_default();
        let revision = read.annotations.get(REVISION).cloned();
        Self { digest, revision, layer: read.layers.into_iter().next().map(|layer| layer.digest) }
    }

    /// The digest of what has the name of this bundle's revision, but other content.
    pub(super) fn other_content(&self, artefact: &Artefact) -> Option<&str> {
        let is_same_revision = artefact.revision.is_some() && self.revision == artefact.revision;
        self.layer.as_deref().filter(|layer| is_same_revision && **layer != artefact.digest.to_string())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    schema_version: u8,
    media_type: &'a str,
    config: Descriptor<'a>,
    layers: [Descriptor<'a>; 1],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    media_type: &'a str,
    digest: String,
    size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, &'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Read {
    layers: Vec<ReadLayer>,
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ReadLayer {
    digest: String,
}

/// The config of the image: OPA wants one, and does not read it.
pub(super) const CONFIG: &[u8] = b"{}";
const TITLE: &str = "org.opencontainers.image.title";
const REVISION: &str = "org.opencontainers.image.revision";
const CREATED: &str = "org.opencontainers.image.created";

#[cfg(test)]
mod tests {
    use super::*;

    fn artefact(content: &str) -> Artefact {
        Artefact::new(content.as_bytes().to_vec(), Some("r1".to_owned()))
    }

    #[test]
    fn a_manifest_is_written_the_same_each_time() {
        let manifest = Manifest::of(&artefact("a"), None).unwrap();
        insta::assert_snapshot!(std::str::from_utf8(&manifest.bytes).unwrap(), @r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","size":1,"annotations":{"org.opencontainers.image.title":"bundle.tar.gz"}}],"annotations":{"org.opencontainers.image.revision":"r1"}}"#);
        let dated = Manifest::of(&artefact("a"), Some("2026-01-02T03:04:05Z")).unwrap();
        assert_ne!(dated.digest, manifest.digest);
    }

    #[test]
    fn a_revision_with_other_content_is_noticed() {
        let manifest = Manifest::of(&artefact("a"), None).unwrap();
        let published = Published::parse(&manifest.bytes, manifest.digest.to_string());
        assert_eq!(published.other_content(&artefact("a")), None);
        assert_eq!(published.other_content(&artefact("b")), Some(artefact("a").digest.to_string().as_str()));
        assert_eq!(
            Published::parse(b"{\"manifests\": []}", String::new()).other_content(&artefact("b")),
            None
        );
        assert_eq!(Published::parse(b"nonsense", String::new()).other_content(&artefact("b")), None);
    }
}
