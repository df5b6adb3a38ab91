//! What git says of a folder.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::load::io_reason;

/// The commit that a folder's working tree is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its name in full.
    pub(crate) id: String,
    /// Whether files below the folder are other than they were committed.
    pub(crate) is_changed: bool,
}

impl Commit {
    /// The commit that `folder` is at.
    ///
    /// # Errors
    /// When there is no git, no repository or no commit, in words.
    pub(crate) fn of(folder: &Path) -> Result<Self, String> {
        let head = said(folder, &["rev-parse", "--verify", "HEAD^{commit}"])?;
        let status = said(folder, &["status", "--porcelain", "--untracked-files=normal", "--", "."])?;
        Ok(Self { id: head.trim().to_owned(), is_changed: !status.trim().is_empty() })
    }

    /// The name, with `-dirty` behind it when files were changed, as `git describe` has it.
    pub(crate) fn revision(&self) -> String {
        format!("{}{}", self.id, if self.is_changed { "-dirty" } else { "" })
    }
}

/// Git, to be run in a folder.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // In a hook these name the repository that is committed to, and are relative to another folder.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command.arg("-C").arg(folder).args(arguments);
    command
}

/// Why git can't be run, in words.
pub(crate) fn absent(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "git is not installed, or not on the path".to_owned();
    }
    io_reason(error)
}

fn said(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = command(folder, arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("git can't be run: {}", absent(&error)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ");
    Err(format!("git says of `{}`: {reason}", folder.display()))
}
