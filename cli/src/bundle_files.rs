//! All files of a bundle, whatever they are: signatures are about each of them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use portcullis::bundle::{Member, archive};
use walkdir::WalkDir;

use crate::load::{Limits, clean, io_reason};
use crate::refusal::Refusal;

/// The files of a bundle.
#[derive(Debug, Clone)]
pub(crate) struct BundleFiles {
    /// Paths are those in the archive, or those below the directory with `/` between their parts.
    pub(crate) members: Vec<Member>,
    /// The directory as OPA has it in signed names, if the bundle is one; empty for the working directory.
    pub(crate) directory: Option<String>,
}

impl BundleFiles {
    /// Reads a directory or an archive. In directories, links are passed over, as OPA does it; archives with links are refused.
    ///
    /// # Errors
    /// What can't be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Refusal> {
        let failed = |error: &io::Error| unreadable(path, error);
        if fs_err::metadata(path).map_err(|error| failed(&error))?.is_dir() {
            let members = directory_members(path)?;
            return Ok(Self { members, directory: Some(signed_directory(path)) });
        }
        let bytes = fs_err::read(path).map_err(|error| failed(&error))?;
        let members = archive::read(&bytes, Limits::default().archive).map_err(|error| {
            Refusal::new(format!("`{}` can't be read: {error}", path.display())).with_help(error.help())
        })?;
        Ok(Self { members, directory: None })
    }

    /// The files by the names with which OPA signs them: those of directories with the directory before them.
    pub(crate) fn with_directory(self) -> Vec<Member> {
        let Some(directory) = self.directory.filter(|directory| !directory.is_empty()) else {
            return self.members;
        };
        let path = |member: &Member| format!("{directory}/{}", member.path);
        self.members.into_iter().map(|member| Member { path: path(&member), ..member }).collect()
    }
}

fn directory_members(root: &Path) -> Result<Vec<Member>, Refusal> {
    let limits = Limits::default();
    let mut members = Vec::new();
    let mut left = limits.entries;
    for entry in WalkDir::new(root).sort_by_file_name() {
        left = left.checked_sub(1).ok_or_else(|| {
            Refusal::new(format!("`{}` holds more than {} files", root.display(), limits.entries))
        })?;
        let entry =
            entry.map_err(|error| Refusal::new(format!("`{}` can't be read: {error}", root.display())))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let path = slashed(path)
            .ok_or_else(|| Refusal::new(format!("the name of `{}` is no Unicode", entry.path().display())))?;
        let mut bytes = Vec::new();
        let file = fs_err::File::open(entry.path());
        file.and_then(|file| file.take(limits.file_bytes + 1).read_to_end(&mut bytes))
            .map_err(|error| unreadable(entry.path(), &error))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > limits.file_bytes) {
            let message = format!("`{}` is larger than {} bytes", entry.path().display(), limits.file_bytes);
            return Err(Refusal::new(message));
        }
        members.push(Member { path, bytes });
    }
    Ok(members)
}

/// What OPA puts before the paths of files in a directory: the directory as it was given, without `./` and `/` before it.
fn signed_directory(path: &Path) -> String {
    let cleaned: PathBuf = clean(path);
    let text = slashed(&cleaned).unwrap_or_default();
    let text = text.trim_start_matches('/');
    if text == "." { String::new() } else { text.to_owned() }
}

/// A path with `/` between its parts.
fn slashed(path: &Path) -> Option<String> {
    path.to_str().map(|path| path.replace(std::path::MAIN_SEPARATOR, "/"))
}

fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    let reason = io_reason(error);
    Refusal::new(format!("`{}` can't be read: {reason}", path.display()))
}
