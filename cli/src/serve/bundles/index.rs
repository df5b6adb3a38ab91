//! `index.json`: the history of a bundle in a folder of its own.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::super::digest::Digest;
use super::layout::INDEX;

/// What an index says, as `portcullis publish` writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// The form of this file: 1.
    version: u32,
    /// What was served and is served, the current one last.
    revisions: Vec<Entry>,
    /// What leads from earlier revisions to the current one.
    #[serde(default)]
    pub(super) deltas: Vec<Change>,
}

/// A whole bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// `revision` of its manifest.
    pub(super) revision: Option<Arc<str>>,
    /// Of the file: `sha256:` and hexadecimal digits.
    pub(super) digest: String,
    /// In bytes; for people.
    #[serde(default, rename = "size")]
    _size: u64,
    /// When; for people.
    #[serde(default, rename = "published")]
    _published: String,
    /// Where it is, from the folder of the index.
    file: String,
}

/// A delta.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// The revision, or the SHA-256 of the snapshot, that it starts from.
    pub(super) from: Arc<str>,
    file: String,
    digest: String,
}

impl Index {
    /// Reads the index of a folder.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(INDEX);
        let text = fs_err::read_to_string(&path).map_err(|error| error.to_string())?;
        Self::parse(&text).map_err(|error| format!("`{INDEX}`: {error}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let index: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if index.version != 1 {
            return Err(format!("version {} is not known; 1 is", index.version));
        }
        if index.deltas.len() > MOST_DELTAS {
            return Err(format!("more than {MOST_DELTAS} deltas"));
        }
        if index.revisions.is_empty() {
            return Err("it has no revisions".to_owned());
        }
        let deltas = index.deltas.iter().map(|delta| (&delta.file, &delta.digest));
        let revisions = index.revisions.iter().map(|revision| (&revision.file, &revision.digest));
        for (file, sha256) in revisions.chain(deltas) {
            if !is_inside(file) {
                return Err(format!("`{file}` is no file of the folder"));
            }
            digest(sha256)?;
        }
        Ok(index)
    }

    /// The revision that is served.
    ///
    /// # Errors
    /// When there is none, which no index that was read is.
    pub(super) fn current(&self) -> Result<&Entry, String> {
        self.revisions.last().ok_or_else(|| "it has no revisions".to_owned())
    }

    /// What was served before, by the names of the revisions, with the digests in hexadecimal digits.
    pub(super) fn previous(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let named = |revision: &Entry| {
            Some((revision.revision.clone()?, Arc::from(digest(&revision.digest).ok()?.hex())))
        };
        self.revisions.iter().rev().skip(1).filter_map(named).collect()
    }

    /// The files that it names, the current one first, with what their digests have to be.
    pub(super) fn files(&self, folder: &Path) -> Result<Vec<(PathBuf, Digest)>, String> {
        let deltas = self.deltas.iter().map(|delta| (&delta.file, &delta.digest));
        let current = self.current()?;
        let files = [(&current.file, &current.digest)].into_iter().chain(deltas);
        files.map(|(file, sha256)| Ok((folder.join(file), digest(sha256)?))).collect()
    }
}

/// Whether a path goes down only.
fn is_inside(file: &str) -> bool {
    let is_plain = |component| matches!(component, Component::Normal(_));
    !file.is_empty() && !file.contains(['\\', '\0']) && Path::new(file).components().all(is_plain)
}

fn digest(text: &str) -> Result<Digest, String> {
    text.strip_prefix("sha256:")
        .and_then(Digest::from_hex)
        .ok_or_else(|| format!("`digest` has to be `sha256:` and 64 hexadecimal digits, not `{text}`"))
}

const MOST_DELTAS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_files_of_its_folder_only_and_nothing_that_is_not_known() {
        let zeros = "0".repeat(64);
        let good = format!(
            r#"{{"version": 1, "revisions": [
                {{"revision": "r1", "file": "revisions/r1.tar.gz", "digest": "sha256:{zeros}", "size": 1, "published": "t"}},
                {{"revision": "r2", "file": "revisions/r2.tar.gz", "digest": "sha256:{zeros}"}}],
                "deltas": [{{"from": "r1", "file": "r1-r2.tar.gz", "digest": "sha256:{zeros}"}}]}}"#
        );
        let files = Index::parse(&good).and_then(|index| index.files(Path::new("f"))).unwrap();
        let files: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
        assert_eq!(files, [Path::new("f/revisions/r2.tar.gz"), Path::new("f/r1-r2.tar.gz")]);
        for (from, to, words) in [
            ("\"version\": 1", "\"version\": 2", "version 2 is not known"),
            ("\"deltas\"", "\"past\"", "unknown field `past`"),
            ("revisions/r2.tar.gz", "../r2.tar.gz", "`../r2.tar.gz` is no file of the folder"),
            ("revisions/r2.tar.gz", "/r2.tar.gz", "`/r2.tar.gz` is no file of the folder"),
            ("r1-r2.tar.gz", "a/../../r", "`a/../../r` is no file of the folder"),
            ("r1-r2.tar.gz", "", "`` is no file of the folder"),
            (&zeros, "00", "64 hexadecimal digits"),
        ] {
            let error = Index::parse(&good.replacen(from, to, 1)).map(|_| ()).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
