//! What the manifest of a bundle says.

use std::path::Path;
use std::sync::Arc;

use portcullis::bundle::{Draft, Manifest, Provenance};
use portcullis::document::json_value;
use portcullis::source::SourceId;
use portcullis::value::{Object, Value};

use crate::git::Commit;
use crate::load;

/// What to say.
#[derive(Debug, clap::Args)]
pub(super) struct ManifestArgs {
    /// The revision for the manifest; `git` means the commit of the first path, with -dirty behind it after changes
    #[arg(short, long, value_name = "REVISION")]
    revision: Option<String>,
    /// A path that the bundle owns, as in agentweave/authz; repeatable. Without, those that packages and data are in
    #[arg(long, value_name = "PATH")]
    root: Vec<String>,
    /// A field of the manifest's metadata; the value is JSON, or else a string; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse)]
    metadata: Vec<Field>,
    /// Leave out of the metadata what made the bundle, and of what
    #[arg(long)]
    no_provenance: bool,
}

impl ManifestArgs {
    /// Completes a draft by what is given here, and by what the manifest said that was read.
    ///
    /// # Errors
    /// When git can't tell the revision.
    pub(super) fn complete(
        &self,
        draft: Draft,
        before: Option<&Manifest>,
        paths: &[String],
    ) -> Result<Draft, String> {
        let commit = commit(self.revision.as_deref(), paths)?.map(|commit| Arc::from(commit.revision()));
        let revision = match (&commit, &self.revision) {
            (Some(commit), _) => Arc::clone(commit),
            (None, Some(revision)) => Arc::from(revision.as_str()),
            (None, None) => before.map(|manifest| Arc::clone(&manifest.revision)).unwrap_or_default(),
        };
        let roots = if self.root.is_empty() {
            before.filter(|manifest| manifest.states_roots).map(|manifest| manifest.roots.clone())
        } else {
            Some(self.root.iter().map(|root| root.trim_matches('/').to_owned()).collect())
        };
        let provenance = Provenance {
            tool: Arc::from("portcullis"),
            version: Arc::from(env!("CARGO_PKG_VERSION")),
            commit,
        };
        let metadata = merged(before, &self.metadata);
        Ok(Draft {
            revision,
            roots,
            metadata,
            provenance: (!self.no_provenance).then_some(provenance),
            ..draft
        })
    }
}

/// A field of the metadata.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    value: Value,
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// When there is no name.
fn parse(text: &str) -> Result<Field, String> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("write NAME=VALUE")?;
    if name == "provenance" {
        return Err(
            "`provenance` is what the tool says of itself; leave it out with --no-provenance".to_owned()
        );
    }
    let value = json_value(SourceId::default(), value).unwrap_or_else(|_| Value::from(value));
    Ok(Field { name: name.to_owned(), value })
}

/// The metadata of the manifest that was there, if any, with these fields over it.
fn merged(manifest: Option<&Manifest>, fields: &[Field]) -> Object {
    let before = manifest.and_then(|manifest| manifest.metadata.as_ref()).and_then(Value::as_object);
    let mut merged = before.cloned().unwrap_or_default();
    merged.remove(&Value::from("provenance"));
    for Field { name, value } in fields {
        merged.insert(Value::from(name.as_str()), value.clone());
    }
    merged
}

/// The commit that the first path is at, if the revision is to be that.
///
/// # Errors
/// When git can't tell.
fn commit(revision: Option<&str>, paths: &[String]) -> Result<Option<Commit>, String> {
    if revision != Some("git") {
        return Ok(None);
    }
    let path = paths.first().and_then(|path| load::named_path(path)).unwrap_or_default();
    let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(Path::new("")) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    Commit::of(folder).map(Some).map_err(|reason| format!("there is no revision to take: {reason}"))
}
