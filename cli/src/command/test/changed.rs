//! `--changed`: what tests rested on at a revision of the git repository.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use portcullis::policy::Engine;
use tempfile::TempDir;

use super::fingerprint::Fingerprints;
use super::plan::Inventory;
use super::properties::PropertyArgs;
use crate::command::input::PolicyArgs;
use crate::git;
use crate::load;
use crate::policy_set::Failure;

/// What became of the tests of a revision.
#[derive(Debug)]
pub(super) enum Before {
    /// What they rested on.
    Known(Fingerprints),
    /// They could not be loaded or compiled.
    Broken,
    /// They were compiled with other schemas or capabilities, or nobody knows with which: why each may answer otherwise.
    Otherwise(String),
}

/// What the tests below `paths` rested on at a revision.
///
/// # Errors
/// When there is no git, no repository, or no such revision, or paths lie in several repositories.
pub(super) fn before(
    revision: &str,
    args: &PolicyArgs,
    engine: &dyn Engine,
    paths: &[String],
    properties: &PropertyArgs,
) -> Result<Before, Failure> {
    let repository = Repository::of(paths)?;
    let commit = repository.commit(revision)?;
    for (flag, path) in args.terms() {
        if let Some(why) = repository.difference(&path, &commit)? {
            return Ok(Before::Otherwise(format!("the `{}` of {flag} {why}", path.display())));
        }
    }
    let folder = TempDir::new().map_err(|error| {
        refuse(&format!("no folder can be made for `{revision}`: {}", load::io_reason(&error)))
    })?;
    repository.check_out(&commit, folder.path())?;
    let mut then = Vec::new();
    for path in paths {
        let moved = folder.path().join("tree").join(repository.inside(path)?);
        if moved.exists() {
            then.push(load::moved(path, &moved));
        }
    }
    if then.is_empty() {
        return Ok(Before::Known(Fingerprints::default()));
    }
    let fingerprints = Inventory::with_properties(args, engine, &then, Some(properties))
        .and_then(|inventory| Fingerprints::of(&inventory));
    Ok(fingerprints.map_or(Before::Broken, Before::Known))
}

/// A working tree.
#[derive(Debug)]
struct Repository {
    root: PathBuf,
}

impl Repository {
    fn of(paths: &[String]) -> Result<Self, Failure> {
        let first = paths.first().and_then(|path| load::named_path(path)).unwrap_or_default();
        let folder = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(Path::new("")) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let found = ask(folder, &["rev-parse", "--show-toplevel"], &[])?;
        if !found.status.success() {
            let message = format!("--changed: `{}` is in no git repository", folder.display());
            return Err(refuse(&message));
        }
        let root = String::from_utf8_lossy(&found.stdout);
        let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
        Ok(Self { root: fs_err::canonicalize(&root).unwrap_or(root) })
    }

    fn commit(&self, revision: &str) -> Result<String, Failure> {
        let name = format!("{revision}^{{commit}}");
        let found = ask(&self.root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name], &[])?;
        if !found.status.success() {
            return Err(refuse(&format!("--changed: `{revision}` is no revision of this git repository")));
        }
        Ok(String::from_utf8_lossy(&found.stdout).trim().to_owned())
    }

    /// Why a file or directory may not be what it was at a commit; `None` if it is.
    fn difference(&self, path: &Path, commit: &str) -> Result<Option<&'static str>, Failure> {
        let real = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let Ok(inside) = real.strip_prefix(&self.root) else {
            return Ok(Some("is not in the git repository, which can't tell whether it changed"));
        };
        // The repository itself, if that is the directory.
        let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
        let ask = |arguments: &[&str]| {
            let mut command = git::command(&self.root, &["--literal-pathspecs"]);
            command.args(arguments).arg("--").arg(inside);
            finish(command, &[])
        };
        // What git does not know of yet, or ignores, was not there.
        let others = ask(&["ls-files", "--others", "-z"])?;
        let is_same = ask(&["diff", "--quiet", "--no-ext-diff", commit])?.status.success();
        let is_same = is_same && others.status.success() && others.stdout.is_empty();
        Ok((!is_same).then_some("is another one now"))
    }

    /// Writes the files of a commit that may matter to tests to `tree` in a folder. The index of the working tree is left
    /// alone.
    fn check_out(&self, commit: &str, folder: &Path) -> Result<(), Failure> {
        let failed = |what: &str, output: &Output| {
            let said = String::from_utf8_lossy(&output.stderr);
            refuse(&format!("--changed: git {what} failed: {}", said.trim()))
        };
        let listed = ask(&self.root, &["ls-tree", "-r", "-z", "--full-tree", commit], &[])?;
        if !listed.status.success() {
            return Err(failed("ls-tree", &listed));
        }
        let wanted: Vec<&[u8]> = listed.stdout.split(|byte| *byte == 0).filter_map(wanted).collect();
        let index = folder.join("index");
        let run = |arguments: &[&str], input: &[u8]| {
            let mut command = git::command(&self.root, arguments);
            command.env("GIT_INDEX_FILE", &index);
            finish(command, input)
        };
        let read = run(&["read-tree", commit], &[])?;
        if !read.status.success() {
            return Err(failed("read-tree", &read));
        }
        let prefix = format!("--prefix={}/", folder.join("tree").display());
        let written = run(&["checkout-index", "-z", "--stdin", "--quiet", &prefix], &wanted.join(&0))?;
        if written.status.success() { Ok(()) } else { Err(failed("checkout-index", &written)) }
    }

    /// Where in the repository a path lies.
    fn inside(&self, argument: &str) -> Result<PathBuf, Failure> {
        let path = load::named_path(argument).unwrap_or_default();
        let real = fs_err::canonicalize(&path).unwrap_or(path);
        real.strip_prefix(&self.root).map(Path::to_owned).map_err(|_| {
            refuse(&format!("--changed: `{argument}` is not in the git repository `{}`", self.root.display()))
        })
    }
}

/// The name in a line of `git ls-tree`, if the file may matter: by its extension, or as a link to such files.
fn wanted(line: &[u8]) -> Option<&[u8]> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let name = line.get(tab + 1..)?;
    let is_link = line.starts_with(b"120000 ");
    let extensions = [".rego", ".json", ".yaml", ".yml", ".csv", ".tar.gz", ".manifest"];
    let matters = is_link || extensions.iter().any(|extension| name.ends_with(extension.as_bytes()));
    matters.then_some(name)
}

fn ask(folder: &Path, arguments: &[&str], input: &[u8]) -> Result<Output, Failure> {
    finish(git::command(folder, arguments), input)
}

fn finish(mut command: Command, input: &[u8]) -> Result<Output, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let failed = |error: io::Error| {
        refuse(&format!("--changed asks git, which can't be run: {}", git::absent(&error)))
    };
    let mut child = command.spawn().map_err(failed)?;
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        // A git that fails early doesn't read; what it says is told then.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output().map_err(failed)
    })
}

fn refuse(message: &str) -> Failure {
    Failure::of_message(message)
}
