//! Finds the files that arguments name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::failure::LoadError;
use super::ignore::IgnorePattern;
use super::location::{Location, clean};
use super::testdata;
use super::{Limits, TestData};

/// A file to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// How messages call it.
    pub(super) name: Arc<str>,
    /// Where it is.
    pub(super) path: PathBuf,
    /// The keys under `data` at which its document belongs.
    pub(super) mount: Vec<Arc<str>>,
    /// What it is by its name.
    pub(super) kind: FileKind,
    /// Whether it lies in a folder of documents for tests; `mount` is then its place among these.
    pub(super) is_testdata: bool,
}

/// What a file is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// `.rego`
    Module,
    /// `.json`
    Json,
    /// `.yaml` and `.yml`
    Yaml,
    /// `.tar.gz`
    Archive,
    /// `.suite.json`, `.suite.yaml` and `.suite.yml`: a table suite, which is no data.
    Suite,
    /// `.properties.json`, `.properties.yaml` and `.properties.yml`: properties, which are no data.
    Properties,
    /// Anything else.
    Unknown,
}

impl FileKind {
    pub(super) fn of(name: &str) -> Self {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        match extension {
            "json" | "yaml" | "yml" if stem.strip_suffix(".suite").is_some() => Self::Suite,
            "json" | "yaml" | "yml" if stem.strip_suffix(".properties").is_some() => Self::Properties,
            "rego" => Self::Module,
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            _ if name.ends_with(".tar.gz") => Self::Archive,
            _ => Self::Unknown,
        }
    }
}

/// What a walk passes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) ignore: &'a [IgnorePattern],
    pub(super) limits: Limits,
    pub(super) testdata: TestData,
}

impl Rules<'_> {
    /// The path that an argument names is never left out.
    fn leave_out(&self, entry: &DirEntry) -> bool {
        let name = entry.file_name().to_string_lossy();
        let is_testdata = entry.depth() > 0 && entry.file_type().is_dir() && name == testdata::FOLDER;
        is_testdata && self.testdata == TestData::Skip || is_ignored(entry.depth(), &name, self.ignore)
    }
}

/// Everything that the arguments name, in OPA's order: argument by argument, directories by the names of their entries.
///
/// Symbolic links are followed. A file that is named twice for the same place under `data` counts once.
pub(super) fn files(arguments: &[String], rules: Rules<'_>) -> Vec<Result<Found, LoadError>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for argument in arguments {
        match Location::parse(argument) {
            Ok(location) => found.extend(tree(&location, rules)),
            Err(message) => found.push(Err(LoadError::new(message))),
        }
    }
    found.retain(|file| match file {
        Ok(file) => seen.insert((file.mount.clone(), clean(&file.path))),
        Err(_) => true,
    });
    found
}

/// The regular files of a directory, by the names of their entries; symbolic links in it are not followed, as OPA reads
/// the directory of a bundle. The mounts are the paths of their directories.
pub(super) fn bundle_files(root: &Path, rules: Rules<'_>) -> Result<Vec<Found>, LoadError> {
    let mut found = Vec::new();
    let mut entries = WalkDir::new(root).sort_by_file_name().into_iter();
    let mut left = rules.limits.entries;
    while let Some(entry) = entries.next() {
        left = left.checked_sub(1).ok_or_else(|| too_many(root, rules.limits))?;
        let entry = entry.map_err(|error| walk_error(&error, root))?;
        if rules.leave_out(&entry) {
            if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
        } else if entry.file_type().is_file() {
            found.push(within(&entry, root, &[]));
        }
    }
    Ok(found)
}

fn tree(location: &Location, rules: Rules<'_>) -> Vec<Result<Found, LoadError>> {
    let mut found = Vec::new();
    // A walk of the path "" would be one of the working directory.
    let root = match fs_err::metadata(&location.path) {
        Ok(root) => root,
        Err(error) => return vec![Err(LoadError::io("stat", &location.path, &error))],
    };
    if !root.is_dir() {
        let name = location.path.to_string_lossy();
        let kind = FileKind::of(&file_name(&location.path));
        return vec![Ok(Found {
            name: Arc::from(name),
            path: location.path.clone(),
            mount: location.mount.clone(),
            kind,
            is_testdata: false,
        })];
    }
    let mut entries = WalkDir::new(&location.path).follow_links(true).sort_by_file_name().into_iter();
    let mut left = rules.limits.entries;
    while let Some(entry) = entries.next() {
        // Links to directories of links can make a tree of any size.
        let Some(rest) = left.checked_sub(1) else {
            found.push(Err(too_many(&location.path, rules.limits)));
            return found;
        };
        left = rest;
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let name = error.path().map(file_name).unwrap_or_default();
                if error.loop_ancestor().is_none() || !is_ignored(error.depth(), &name, rules.ignore) {
                    found.push(Err(walk_error(&error, &location.path)));
                }
                continue;
            }
        };
        let name = entry.file_name().to_string_lossy();
        let file_type = entry.file_type();
        if rules.leave_out(&entry) {
            if file_type.is_dir() {
                entries.skip_current_dir();
            }
            continue;
        }
        if file_type.is_dir() || FileKind::of(&name) == FileKind::Unknown {
            continue;
        }
        let file = within(&entry, &location.path, &location.mount);
        found.push(if file_type.is_file() { Ok(file) } else { Err(no_file(&file)) });
    }
    found
}

fn within(entry: &DirEntry, root: &Path, mount: &[Arc<str>]) -> Found {
    let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let name = Arc::from(clean(&root.join(relative)).to_string_lossy());
    let path = entry.path().to_owned();
    let kind = FileKind::of(&entry.file_name().to_string_lossy());
    if let Some(mount) = testdata::place(relative) {
        return Found { name, path, mount, kind, is_testdata: true };
    }
    let directory = relative.parent().into_iter().flat_map(Path::iter);
    let keys = directory.map(|name| Arc::from(name.to_string_lossy()));
    Found { name, path, mount: mount.iter().cloned().chain(keys).collect(), kind, is_testdata: false }
}

/// The path that an argument names is never ignored.
fn is_ignored(depth: usize, name: &str, ignore: &[IgnorePattern]) -> bool {
    depth > 0 && ignore.iter().any(|pattern| pattern.matches(name))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reading a pipe would wait for somebody to write, and a device may never end.
fn no_file(file: &Found) -> LoadError {
    LoadError::new(format!("open {}: not a regular file", file.name)).with_help(
        "only a path on the command line may be a pipe or a device; leave this one out with --ignore",
    )
}

fn too_many(root: &Path, limits: Limits) -> LoadError {
    LoadError::new(format!("{}: more than {} files and directories", root.display(), limits.entries))
        .with_help("name the directories that hold policies, or leave others out with --ignore")
}

fn walk_error(error: &walkdir::Error, root: &Path) -> LoadError {
    let path = clean(error.path().unwrap_or(root));
    if let Some(ancestor) = error.loop_ancestor() {
        let message = format!("stat {}: too many levels of symbolic links", path.display());
        let help = format!("it leads back to {}; leave it out with --ignore", clean(ancestor).display());
        return LoadError::new(message).with_help(help);
    }
    let Some(cause) = error.io_error() else {
        return LoadError::new(format!("stat {}: {error}", path.display()));
    };
    let operation = if fs_err::metadata(&path).is_ok() { "open" } else { "stat" };
    LoadError::io(operation, &path, cause)
}
