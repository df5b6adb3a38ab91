//! Runs the built command, apart from whatever the environment of the tests holds.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What a run left behind.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// The digest that a successful run writes.
    pub(crate) fn digest(&self) -> Result<&str> {
        ensure!(self.code == Some(0), "{self:?}");
        let digest = self.stdout.strip_suffix('\n').context("no line")?;
        ensure!(digest.len() == 71 && digest.starts_with("sha256:"), "{self:?}");
        Ok(digest)
    }
}

/// `portcullis publish` of an archive without signatures, with what a destination needs in the environment. What fails and may
/// pass is tried once more.
pub(crate) fn publish(bundle: &Path, destination: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = publish_once(bundle, destination, environment);
    command.args(["--retries", "1"]);
    command
}

/// The same, where the caller says how often to try again.
pub(crate) fn publish_once(bundle: &Path, destination: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = bare("publish");
    command.arg(bundle).arg(destination).arg("--allow-unsigned").envs(environment.iter().copied());
    command
}

/// A command of `portcullis`.
pub(crate) fn bare(name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env_clear().arg(name).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Result<Answer> {
    let output = command.output().with_context(|| format!("can't start {command:?}"))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) })
}

/// Where a program is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where Debian keeps servers is not on everybody's path.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|found| found.is_file())
}

/// The names of the files in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Runs with further arguments.
pub(crate) fn finish_with(mut command: Command, arguments: &[impl AsRef<OsStr>]) -> Result<Answer> {
    finish(command.args(arguments))
}
