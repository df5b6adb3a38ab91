//! What shows that files changed, without reading them.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The state of some files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, One)>);

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct One {
    length: u64,
    modified: SystemTime,
    identity: Identity,
}

impl Stamp {
    /// None if a file can't be looked at.
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let one = |path: &Path| {
            let metadata = fs_err::metadata(path).ok()?;
            let modified = metadata.modified().ok()?;
            Some((
                path.to_owned(),
                One { length: metadata.len(), modified, identity: Identity::of(&metadata) },
            ))
        };
        files.map(one).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a file was changed so lately. One that was changed in the future is as old as any.
    pub(super) fn is_younger_than(&self, age: Duration, now: SystemTime) -> bool {
        self.0.iter().any(|(_, one)| now.duration_since(one.modified).is_ok_and(|own| own < age))
    }
}

/// What tells one file from another of the same name, and also changes when somebody sets the time of modification back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
    #[cfg(unix)]
    changed: (i64, i64),
}

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;

        let changed = (metadata.ctime(), metadata.ctime_nsec());
        Self { device: metadata.dev(), inode: metadata.ino(), changed }
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self {}
    }
}
