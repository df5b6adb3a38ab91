//! `index.json`: the history of a bundle in a folder of its own.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::super::digest::Digest;
use super::layout::INDEX;

/// What an index says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// The form of this file: 1.
    version: u32,
    /// What is served.
    pub(super) current: Snapshot,
    /// What was served before, so that deltas can name it by its revision.
    #[serde(default)]
    pub(super) previous: Vec<Previous>,
    /// What leads from earlier revisions to the current one.
    #[serde(default)]
    pub(super) deltas: Vec<Change>,
}

/// A whole bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    /// `revision` of its manifest.
    pub(super) revision: Option<Arc<str>>,
    /// Where it is, from the folder of the index.
    pub(super) file: String,
    /// Of the file.
    pub(super) sha256: String,
}

/// A revision that is not served any more.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Previous {
    pub(super) revision: Arc<str>,
    pub(super) sha256: String,
}

/// A delta.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// The revision, or the SHA-256 of the snapshot, that it starts from.
    pub(super) from: Arc<str>,
    pub(super) file: String,
    pub(super) sha256: String,
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
        let files = index.deltas.iter().map(|delta| (&delta.file, &delta.sha256));
        for (file, sha256) in files.chain([(&index.current.file, &index.current.sha256)]) {
            if !is_inside(file) {
                return Err(format!("`{file}` is no file of the folder"));
            }
            digest(sha256)?;
        }
        index.previous.iter().try_for_each(|previous| digest(&previous.sha256).map(|_| ()))?;
        Ok(index)
    }

    /// The files that it names, the current one first, with what their digests have to be.
    pub(super) fn files(&self, folder: &Path) -> Result<Vec<(PathBuf, Digest)>, String> {
        let deltas = self.deltas.iter().map(|delta| (&delta.file, &delta.sha256));
        let files = [(&self.current.file, &self.current.sha256)].into_iter().chain(deltas);
        files.map(|(file, sha256)| Ok((folder.join(file), digest(sha256)?))).collect()
    }
}

/// Whether a path goes down only.
fn is_inside(file: &str) -> bool {
    let is_plain = |component| matches!(component, Component::Normal(_));
    !file.is_empty() && !file.contains(['\\', '\0']) && Path::new(file).components().all(is_plain)
}

fn digest(sha256: &str) -> Result<Digest, String> {
    Digest::from_hex(sha256)
        .ok_or_else(|| format!("`sha256` has to be 64 hexadecimal digits, not `{sha256}`"))
}

const MOST_DELTAS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_files_of_its_folder_only_and_nothing_that_is_not_known() {
        let zeros = "0".repeat(64);
        let good = format!(
            r#"{{"version": 1, "current": {{"revision": "r2", "file": "revisions/r2.tar.gz", "sha256": "{zeros}"}},
                "previous": [{{"revision": "r1", "sha256": "{zeros}"}}],
                "deltas": [{{"from": "r1", "file": "r1-r2.tar.gz", "sha256": "{zeros}"}}]}}"#
        );
        let files = Index::parse(&good).and_then(|index| index.files(Path::new("f"))).unwrap();
        let files: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
        assert_eq!(files, [Path::new("f/revisions/r2.tar.gz"), Path::new("f/r1-r2.tar.gz")]);
        for (from, to, words) in [
            ("\"version\": 1", "\"version\": 2", "version 2 is not known"),
            ("\"previous\"", "\"past\"", "unknown field `past`"),
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
