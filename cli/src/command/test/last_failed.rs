//! `--last-failed`: remembers which tests failed, in `.portcullis/last-failed` of the project.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::configuration;
use crate::load;
use crate::whole_file::WholeFile;

/// The file of a project.
///
/// It has no extension: a `.json` would be loaded as data with the folder that it is in.
#[derive(Debug)]
pub(super) struct LastFailed {
    path: PathBuf,
}

/// What is in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    /// Full names.
    failed: BTreeSet<String>,
}

/// Why nothing is known.
#[derive(Debug, thiserror::Error)]
#[error("`{}` can't be used: {reason}", path.display())]
pub(super) struct Unusable {
    path: PathBuf,
    reason: String,
}

impl LastFailed {
    /// That of the project around the first path: the nearest folder with a configuration file, or else with a git
    /// repository; otherwise the working directory.
    pub(super) fn of(paths: &[String]) -> Self {
        let holds = |name: &str| configuration::folder_with(name, paths);
        let root = holds(configuration::FILE).or_else(|| holds(".git")).unwrap_or_default();
        Self { path: root.join(FOLDER).join(FILE) }
    }

    /// The full names of the tests that failed when they last ran; none if nothing is remembered.
    ///
    /// # Errors
    /// When the file can't be read, or is none of ours.
    pub(super) fn read(&self) -> Result<BTreeSet<String>, Unusable> {
        let unusable = |reason: String| Unusable { path: self.path.clone(), reason };
        let text = match fs_err::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(unusable(load::io_reason(&error))),
        };
        match serde_json::from_slice(&text) {
            Ok(Content { version: VERSION, failed }) => Ok(failed),
            Ok(Content { version, .. }) => Err(unusable(format!("it is of version {version}"))),
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    /// Takes in what ran: `failed` did, and `passed` did not. Nothing is written as long as nothing has failed.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn update(&self, passed: &BTreeSet<String>, failed: &BTreeSet<String>) -> io::Result<()> {
        let read = self.read();
        let is_usable = read.is_ok();
        let before = read.unwrap_or_default();
        let now: BTreeSet<String> = before.difference(passed).chain(failed).cloned().collect();
        if is_usable && now == before {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        fs_err::create_dir_all(folder)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs_err::write(ignore, "*\n")?;
        }
        let mut text = serde_json::to_vec_pretty(&Content { version: VERSION, failed: now })?;
        text.push(b'\n');
        let file = WholeFile::at(&self.path).map_err(io::Error::other)?;
        file.write(&text).map_err(io::Error::other)?;
        Ok(())
    }
}

const VERSION: u32 = 1;
const FOLDER: &str = ".portcullis";
const FILE: &str = "last-failed";
