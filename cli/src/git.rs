//! What git says of a folder.

use std::io;
use std::path::{Path, PathBuf};
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

/// Writes all files of a revision into a new folder `tree` in `into`; the index of the working tree is left alone.
///
/// # Errors
/// When there is no git, no repository or no such revision, in words.
pub(crate) fn check_out(folder: &Path, revision: &str, into: &Path) -> Result<PathBuf, String> {
    let root = root(folder)?;
    let id = commit(folder, revision)?;
    let index = into.join("index");
    let tree = tree(into);
    let prefix = format!("--prefix={}/", tree.display());
    for arguments in [vec!["read-tree", &id], vec!["checkout-index", "--all", "--quiet", &prefix]] {
        let mut command = command(&root, &arguments);
        output(command.env("GIT_INDEX_FILE", &index), folder)?;
    }
    Ok(tree)
}

/// Where [`check_out`] writes to in a folder.
pub(crate) fn tree(into: &Path) -> PathBuf {
    into.join("tree")
}

/// The folder of the repository that a folder lies in.
///
/// # Errors
/// When there is no git or no repository, in words.
pub(crate) fn root(folder: &Path) -> Result<PathBuf, String> {
    let said = said(folder, &["rev-parse", "--show-toplevel"])?;
    let root = PathBuf::from(said.trim_end_matches(['\n', '\r']));
    Ok(fs_err::canonicalize(&root).unwrap_or(root))
}

/// The commit that a revision names.
///
/// # Errors
/// When there is no git, no repository or no such revision, in words.
pub(crate) fn commit(folder: &Path, revision: &str) -> Result<String, String> {
    let name = format!("{revision}^{{commit}}");
    let root = root(folder)?;
    let id = said(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])
        .map_err(|_| format!("`{revision}` is no revision of the git repository `{}`", root.display()))?;
    Ok(id.trim().to_owned())
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
    output(&mut command(folder, arguments), folder)
}

fn output(command: &mut Command, folder: &Path) -> Result<String, String> {
    let output = command
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
