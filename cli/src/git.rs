//! What git says of a folder.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

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

/// Runs git, and waits.
///
/// # Errors
/// When it can't be started.
fn run(folder: &Path, arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new("git");
    // In a hook these name the repository that is committed to, and are relative to another folder.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null()).output()
}

fn said(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = run(folder, arguments).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            "git is not installed, or not on the path".to_owned()
        } else {
            format!("git can't be run: {}", io_reason(&error))
        }
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ");
    Err(format!("git says of `{}`: {reason}", folder.display()))
}
