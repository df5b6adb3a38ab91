//! Which files of the folder are bundles, and under which names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::naming::is_segment;
use crate::load::io_reason;

/// What was found in the folder.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Where each bundle is.
    pub(super) places: BTreeMap<String, Place>,
    /// What is not served though somebody may expect it.
    pub(super) complaints: BTreeSet<String>,
    /// Whether everything could be looked at. If not, what wasn't found may be there all the same.
    pub(super) extent: Extent,
}

/// How much of the folder was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Extent {
    /// All of it.
    #[default]
    Whole,
    /// A part.
    Part,
}

/// Where a bundle is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// `NAME.tar.gz` or `NAME/bundle.tar.gz`, with `NAME.delta.tar.gz` or `NAME/bundle.delta.tar.gz` if there is one.
    Files { snapshot: PathBuf, delta: Option<PathBuf> },
    /// The folder with an `index.json`.
    Indexed(PathBuf),
}

/// Looks through the folder. Hidden files are passed over. Links are followed as long as they stay inside of it.
///
/// # Errors
/// When the folder itself can't be read.
pub(super) fn survey(folder: &Path) -> Result<Survey, String> {
    let unreadable = |error: std::io::Error| {
        format!("the folder `{}` can't be served: {}", folder.display(), io_reason(&error))
    };
    let root = fs_err::canonicalize(folder).map_err(unreadable)?;
    fs_err::read_dir(&root).map_err(|error| error.to_string())?;
    let mut survey = Survey::default();
    let mut pending = vec![(root.clone(), String::new(), 0_usize)];
    while let Some((folder, prefix, depth)) = pending.pop() {
        let entries = match entries(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                survey.extent = Extent::Part;
                survey.complaints.insert(error);
                continue;
            }
        };
        if !prefix.is_empty() && entries.iter().any(|name| name == INDEX) {
            survey.add(prefix, Place::Indexed(folder));
            continue;
        }
        for name in &entries {
            let path = folder.join(name);
            match kind(&root, &path) {
                Ok(Kind::Folder) if depth >= MOST_DEEP => {
                    let complaint = format!("`{}` lies too deep and is not served", path.display());
                    survey.complaints.insert(complaint);
                }
                Ok(Kind::Folder) => pending.push((path, joined(&prefix, name), depth.saturating_add(1))),
                Ok(Kind::File) => {
                    let Some(stem) = name.strip_suffix(ARCHIVE).filter(|stem| !stem.ends_with(DELTA)) else {
                        continue;
                    };
                    let delta = format!("{stem}{DELTA}{ARCHIVE}");
                    let delta = entries.contains(&delta).then(|| folder.join(delta));
                    let delta = delta.filter(|delta| matches!(kind(&root, delta), Ok(Kind::File)));
                    let is_of_folder = stem == "bundle" && !prefix.is_empty();
                    let name = if is_of_folder { prefix.clone() } else { joined(&prefix, stem) };
                    survey.add(name, Place::Files { snapshot: path, delta });
                }
                Ok(Kind::Other) => {}
                Err(complaint) => {
                    survey.extent = Extent::Part;
                    survey.complaints.insert(complaint);
                }
            }
        }
    }
    Ok(survey)
}

impl Survey {
    fn add(&mut self, name: String, place: Place) {
        if name.split('/').any(|segment| !is_segment(segment)) || name.ends_with(ARCHIVE) {
            self.complaints.insert(format!("a bundle can't be called `{name}` and is not served"));
        } else if self.places.len() >= MOST_BUNDLES && !self.places.contains_key(&name) {
            self.complaints
                .insert(format!("there are more than {MOST_BUNDLES} bundles; others are not served"));
        } else if let Some(other) = self.places.get(&name) {
            self.complaints.insert(format!(
                "`{}` and `{}` are both the bundle `{name}`; the more specific one is served",
                other.path().display(),
                place.path().display()
            ));
            if place.rank() > other.rank() {
                self.places.insert(name, place);
            }
        } else {
            self.places.insert(name, place);
        }
    }
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Files { snapshot: path, .. } | Self::Indexed(path) => path,
        }
    }

    /// An index comes before `NAME/bundle.tar.gz`, and that before `NAME.tar.gz`.
    fn rank(&self) -> u8 {
        match self {
            Self::Indexed(_) => 2,
            Self::Files { snapshot, .. } => u8::from(snapshot.ends_with("bundle.tar.gz")),
        }
    }
}

enum Kind {
    Folder,
    File,
    Other,
}

/// What lies at a path, once links were followed.
fn kind(root: &Path, path: &Path) -> Result<Kind, String> {
    let metadata = fs_err::symlink_metadata(path).map_err(|error| error.to_string())?;
    if metadata.is_symlink() {
        let target = fs_err::canonicalize(path).map_err(|error| error.to_string())?;
        if !target.starts_with(root) {
            return Err(format!("`{}` leads out of the folder and is not served", path.display()));
        }
        // What leads to where it lies would never end.
        if path.parent().is_some_and(|folder| folder.starts_with(&target)) {
            return Ok(Kind::Other);
        }
    }
    let metadata = fs_err::metadata(path).map_err(|error| error.to_string())?;
    Ok(match (metadata.is_dir(), metadata.is_file()) {
        (true, _) => Kind::Folder,
        (_, true) => Kind::File,
        _ => Kind::Other,
    })
}

/// The names in a folder, sorted, without hidden ones.
fn entries(folder: &Path) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for entry in fs_err::read_dir(folder).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name();
        // A name that is no UTF-8 can't be asked for.
        if let Ok(name) = name.into_string()
            && !name.starts_with('.')
        {
            names.insert(name);
        }
    }
    Ok(names)
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

/// The file that makes a folder one bundle with its history.
pub(super) const INDEX: &str = "index.json";
const ARCHIVE: &str = ".tar.gz";
const DELTA: &str = ".delta";
const MOST_DEEP: usize = 16;
const MOST_BUNDLES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        folder
    }

    fn found(folder: &tempfile::TempDir) -> Vec<String> {
        let root = fs_err::canonicalize(folder.path()).unwrap();
        let survey = survey(folder.path()).unwrap();
        let shown = |(name, place): (&String, &Place)| {
            let path = place.path().strip_prefix(&root).unwrap().display().to_string();
            match place {
                Place::Indexed(_) => format!("{name}: index of {path}"),
                Place::Files { delta: None, .. } => format!("{name}: {path}"),
                Place::Files { delta: Some(_), .. } => format!("{name}: {path} with a delta"),
            }
        };
        let mut lines: Vec<String> = survey.places.iter().map(shown).collect();
        let root = root.display().to_string() + "/";
        lines.extend(survey.complaints.iter().map(|complaint| complaint.replace(&root, "")));
        lines
    }

    #[test]
    fn names_come_from_where_files_lie() {
        let folder = folder(&[
            "authz.tar.gz",
            "authz.delta.tar.gz",
            "bundle.tar.gz",
            "index.json",
            "team/a/bundle.tar.gz",
            "team/a/bundle.delta.tar.gz",
            "team/a/other.tar.gz",
            "indexed/index.json",
            "indexed/r1.tar.gz",
            "indexed/deep/r2.tar.gz",
            ".hidden.tar.gz",
            ".hidden/bundle.tar.gz",
            "notes.txt",
            "twice.tar.gz",
            "twice/bundle.tar.gz",
            "odd.tar.gz/bundle.tar.gz",
        ]);
        assert_eq!(
            found(&folder),
            [
                "authz: authz.tar.gz with a delta",
                "bundle: bundle.tar.gz",
                "indexed: index of indexed",
                "team/a: team/a/bundle.tar.gz with a delta",
                "team/a/other: team/a/other.tar.gz",
                "twice: twice/bundle.tar.gz",
                "`twice.tar.gz` and `twice/bundle.tar.gz` are both the bundle `twice`; the more specific one is served",
                "a bundle can't be called `odd.tar.gz` and is not served",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_of_the_folder_only() {
        use std::os::unix::fs::symlink;

        let outside = folder(&["secret.tar.gz"]);
        let folder = folder(&["..data/authz.tar.gz", "..data/team/bundle.tar.gz"]);
        let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).unwrap();
        link(Path::new("..data/authz.tar.gz"), "authz.tar.gz");
        link(Path::new("..data/team"), "team");
        link(&outside.path().join("secret.tar.gz"), "secret.tar.gz");
        link(outside.path(), "out");
        link(Path::new("."), "loop");
        assert_eq!(
            found(&folder),
            [
                "authz: authz.tar.gz",
                "team: team/bundle.tar.gz",
                "`out` leads out of the folder and is not served",
                "`secret.tar.gz` leads out of the folder and is not served",
            ]
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(survey(&folder.path().join("missing")).is_err());
    }
}
