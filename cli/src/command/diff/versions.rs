//! What is compared: two sets of paths, each in the working tree or at a git revision.

use std::path::{Path, PathBuf};

use portcullis::host::{Host as _, SealedHost};
use portcullis::probe::decision::Decision;
use tempfile::TempDir;

use crate::command::input::PolicyArgs;
use crate::command::subject::Asked;
use crate::git;
use crate::host::{Machine, Network};
use crate::load;
use crate::plural::plural;
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// The versions as the command line names them.
#[derive(Debug)]
pub(in crate::command) struct Named {
    /// The version before.
    pub(super) old: Place,
    /// The version after.
    pub(super) new: Place,
}

/// Where a version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The git revision; the working tree if there is none.
    pub(super) revision: Option<String>,
    /// What to load.
    pub(super) paths: Vec<String>,
}

/// Two versions, ready to be asked.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The version before.
    pub(crate) old: Asked,
    /// The version after.
    pub(crate) new: Asked,
    /// What is asked of both.
    pub(in crate::command) decisions: Vec<Decision>,
    /// Where the files of revisions were for a while: what their names start with, which is nothing to tell.
    folders: [String; 2],
}

impl Loaded {
    /// The name of a file as it is in the repository.
    pub(crate) fn file<'f>(&self, name: &'f str) -> &'f str {
        self.folders.iter().find_map(|folder| name.strip_prefix(&**folder)).unwrap_or(name)
    }
}

impl Named {
    /// Reads the arguments.
    ///
    /// # Errors
    /// When there are not two versions.
    pub(super) fn of(paths: &[String], baseline: Option<&str>) -> Result<Self, Failure> {
        if let Some(baseline) = baseline {
            let old = Place { revision: Some(baseline.to_owned()), paths: paths.to_vec() };
            return Ok(Self { old, new: Place { revision: None, paths: paths.to_vec() } });
        }
        let [old, new] = paths else {
            let found = plural(paths.len(), "path");
            let refusal = Refusal::new(format!("diff compares two versions, and got {found}"))
                .with_help("write diff OLD NEW, or diff --baseline REF and the paths of one version");
            return Err(Failure::of_refusal(refusal));
        };
        let (mut old, mut new) = (Place::of(old), Place::of(new));
        if old.paths.is_empty() {
            old.paths.clone_from(&new.paths);
        } else if new.paths.is_empty() {
            new.paths.clone_from(&old.paths);
        }
        if old.paths.is_empty() {
            let refusal = Refusal::new("neither OLD nor NEW says which path")
                .with_help("write git:REV:PATH, or diff --baseline REF and the paths");
            return Err(Failure::of_refusal(refusal));
        }
        Ok(Self { old, new })
    }

    /// Paths of the working tree: what a configuration is looked for around.
    pub(super) fn present(&self) -> &[String] {
        match (&self.new.revision, &self.old.revision) {
            (None, _) => &self.new.paths,
            (Some(_), None) => &self.old.paths,
            (Some(_), Some(_)) => &[],
        }
    }

    /// Versions that were named before.
    pub(super) fn again(old: Place, new: Place) -> Self {
        Self { old, new }
    }

    /// Loads both at the same moment. The decisions are those that are named, or those that either version marks.
    ///
    /// # Errors
    /// What can't be loaded or compiled, and decisions that can't be told.
    pub(in crate::command) fn load(
        &self,
        args: &PolicyArgs,
        decisions: &[String],
    ) -> Result<Loaded, Failure> {
        let host = SealedHost { now: Machine::new(Network::Denied).now(), seed: 1 };
        let folder = || TempDir::new().map_err(|error| Failure::of_message(&load::io_reason(&error)));
        let (of_new, of_old) = (folder()?, folder()?);
        let old = self.old.load(of_old.path(), args, host)?;
        let new = self.new.load(of_new.path(), args, host)?;
        let decisions = wanted(&old, &new, decisions)?;
        let folders = [&of_new, &of_old].map(|folder| prefix(folder.path()));
        Ok(Loaded { old, new, decisions, folders })
    }
}

/// The decisions of two versions: one that only one of them has is one that changed.
fn wanted(old: &Asked, new: &Asked, named: &[String]) -> Result<Vec<Decision>, Failure> {
    let either = |named: &[String]| match (new.wanted(named), old.wanted(named)) {
        (Ok(mut decisions), Ok(more)) => {
            decisions.extend(more);
            Ok(decisions)
        }
        (Ok(decisions), Err(_)) | (Err(_), Ok(decisions)) => Ok(decisions),
        (Err(failure), Err(_)) => Err(failure),
    };
    let mut decisions = if named.is_empty() {
        either(named)?
    } else {
        let each = named.iter().map(|name| either(std::slice::from_ref(name)));
        each.collect::<Result<Vec<_>, _>>()?.concat()
    };
    decisions.sort();
    decisions.dedup();
    Ok(decisions)
}

/// What the names of files start with that a revision was checked out to.
fn prefix(folder: &Path) -> String {
    format!("{}/", git::tree(folder).display())
}

impl Place {
    fn of(argument: &str) -> Self {
        let revision =
            |revision: &str, paths: Vec<String>| Self { revision: Some(revision.to_owned()), paths };
        if Path::new(argument).exists() {
            return Self { revision: None, paths: vec![argument.to_owned()] };
        }
        let (is_git, rest) = match argument.strip_prefix("git:") {
            Some(rest) => (true, rest),
            None => (false, argument),
        };
        match rest.split_once(':') {
            Some((name, path)) if is_git => revision(name, vec![path.to_owned()]),
            None if is_git => revision(rest, Vec::new()),
            // A revision that nobody knows is no place in `data` to load below: that would compare a version with itself.
            Some((name, path)) if name != "file" => revision(name, vec![path.to_owned()]),
            Some(_) | None => Self { revision: None, paths: vec![argument.to_owned()] },
        }
    }

    /// The version, with files of a revision in a folder; errors have the names that git has for them.
    fn load(&self, folder: &Path, args: &PolicyArgs, host: SealedHost) -> Result<Asked, Failure> {
        let loaded = self.paths(folder).and_then(|paths| Asked::load_undecided(args, &paths, host));
        match &self.revision {
            Some(revision) => {
                loaded.map_err(|failure| failure.with_prefix(&prefix(folder), &format!("{revision}:")))
            }
            None => loaded,
        }
    }

    /// The same with paths that mean the same from everywhere.
    pub(super) fn meant_everywhere(&self) -> Self {
        let moved = |argument: &String| match load::named_path(argument) {
            Some(path) => load::moved(argument, &crate::configuration::absolute(&path)),
            None => argument.clone(),
        };
        Self { revision: self.revision.clone(), paths: self.paths.iter().map(moved).collect() }
    }

    /// What to load, with files of revisions in a folder.
    fn paths(&self, folder: &Path) -> Result<Vec<String>, Failure> {
        let Some(revision) = &self.revision else { return Ok(self.paths.clone()) };
        let refuse = |message: String| Failure::of_message(&message);
        let first = self.paths.first().and_then(|path| load::named_path(path)).unwrap_or_default();
        let around = around(&first);
        let root = git::root(&around).map_err(refuse)?;
        let tree = git::check_out(&around, revision, folder).map_err(refuse)?;
        let mut moved = Vec::new();
        for argument in &self.paths {
            let path = absolute(&load::named_path(argument).unwrap_or_default());
            let inside = path.strip_prefix(&root).map_err(|_| {
                refuse(format!("`{argument}` is not in the git repository `{}`", root.display()))
            })?;
            let there = tree.join(inside);
            if there.exists() {
                moved.push(load::moved(argument, &there));
            }
        }
        if moved.is_empty() {
            let refusal =
                Refusal::new(format!("nothing of `{}` was there at `{revision}`", self.paths.join(" ")))
                    .with_help("name the paths as they were then, as in git:REV:PATH");
            return Err(Failure::of_refusal(refusal));
        }
        Ok(moved)
    }
}

/// The nearest folder around a path that exists.
fn around(path: &Path) -> PathBuf {
    let path = crate::configuration::absolute(path);
    path.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned).unwrap_or_default()
}

/// The path with links followed as far as it exists.
fn absolute(path: &Path) -> PathBuf {
    let path = crate::configuration::absolute(path);
    let known = around(&path);
    let real = fs_err::canonicalize(&known).unwrap_or_else(|_| known.clone());
    path.strip_prefix(&known).map_or_else(|_| path.clone(), |rest| real.join(rest))
}
