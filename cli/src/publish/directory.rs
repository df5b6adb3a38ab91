//! Publishing to a directory, from which `portcullis serve` and OPA's `file://` read.
//!
//! ```text
//! NAME/bundle.tar.gz               the current revision
//! NAME/index.json                  the revisions that are kept, the current one last
//! NAME/revisions/SHA256.tar.gz     each of them
//! NAME/.portcullis.lock            held while somebody publishes; never removed
//! ```
//!
//! The order of the steps makes it safe to be killed between any two of them, or to lose power: the revision is complete
//! before the index names it, the index names it before it becomes the current one, and nothing is deleted before that.

mod disk;
#[cfg(test)]
mod tests;

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use self::disk::{Disk, RealDisk};
use super::artefact::{Artefact, Digest};
use super::index::{self, CURRENT, INDEX, Index, REVISIONS};
use super::{Conflict, Mode, Options, Outcome, PublishError, Receipt};
use crate::io::Io;

/// Publishes to the folder of one bundle, which is made if it isn't there.
///
/// # Errors
/// Why it could not be done.
pub(super) fn publish(
    folder: &Path,
    artefact: &Artefact,
    options: &Options,
    io: &mut Io,
) -> Result<Receipt, PublishError> {
    let place = Folder { disk: &RealDisk, path: folder.to_owned() };
    let outcome = match options.mode {
        Mode::DryRun => match place.look(artefact, options)?.state {
            State::Current => Outcome::AlreadyThere,
            State::Other => Outcome::WouldPublish,
        },
        Mode::Publish => {
            place.make_folders()?;
            let _lock = lock(folder, LOCK_PATIENCE, io)?;
            place.publish(artefact, options)?
        }
    };
    Ok(Receipt {
        outcome,
        place: folder.join(CURRENT).display().to_string(),
        digest: artefact.digest.to_string(),
    })
}

/// The folder of one bundle.
struct Folder<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
}

/// What a folder holds.
struct Look {
    index: Index,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The bundle is the current one, and the index says so.
    Current,
    /// Another one is, or none, or the last publisher did not finish.
    Other,
}

impl Folder<'_> {
    fn make_folders(&self) -> Result<(), PublishError> {
        let revisions = self.revisions();
        self.disk.make_folders(&revisions).map_err(|error| failed(&revisions, &error))
    }

    /// What is there, if the bundle may be published.
    fn look(&self, artefact: &Artefact, options: &Options) -> Result<Look, PublishError> {
        let index = match self.read(INDEX)? {
            Some(bytes) => Index::parse(&bytes)?,
            None => Index::default(),
        };
        if options.conflict == Conflict::Refuse {
            index.refuse_other_content(artefact)?;
        }
        let is_current = index.ends_with(&artefact.digest) && self.has(CURRENT, &artefact.digest)?;
        Ok(Look { index, state: if is_current { State::Current } else { State::Other } })
    }

    /// The steps. Whoever calls has made sure that nobody else is at them.
    fn publish(&self, artefact: &Artefact, options: &Options) -> Result<Outcome, PublishError> {
        self.remove_leftovers()?;
        let Look { mut index, state } = self.look(artefact, options)?;
        let kept = index::file_of(&artefact.digest);
        // What is kept may have been damaged since; then it is written again.
        if !self.has(&kept, &artefact.digest)? {
            self.replace(&kept, &artefact.bytes)?;
        }
        if state == State::Other {
            index = index.with(artefact, &options.now);
            self.replace(INDEX, &index.to_bytes()?)?;
            self.replace(CURRENT, &artefact.bytes)?;
        }
        self.forget_old(&index, options)?;
        Ok(match state {
            State::Current => Outcome::AlreadyThere,
            State::Other => Outcome::Published,
        })
    }

    /// Deletes what is more than should be kept, and what no index names.
    fn forget_old(&self, index: &Index, options: &Options) -> Result<(), PublishError> {
        let trimmed = index.trimmed(options.keep);
        if trimmed != *index {
            self.replace(INDEX, &trimmed.to_bytes()?)?;
        }
        let folder = self.revisions();
        for name in self.names(&folder)? {
            if index::is_revision(&name) && !trimmed.names(&format!("{REVISIONS}/{name}")) {
                self.remove(&folder.join(&name))?;
            }
        }
        Ok(())
    }

    /// Deletes what a publisher that was killed did not finish.
    fn remove_leftovers(&self) -> Result<(), PublishError> {
        for folder in [self.path.clone(), self.revisions()] {
            for name in self.names(&folder)? {
                if name == TEMPORARY {
                    self.remove(&folder.join(name))?;
                }
            }
        }
        Ok(())
    }

    /// Writes a file so that it is there whole or not at all, also after a loss of power.
    fn replace(&self, file: &str, content: &[u8]) -> Result<(), PublishError> {
        let path = self.path.join(file);
        let folder = path.parent().unwrap_or(&self.path);
        let temporary = folder.join(TEMPORARY);
        let steps = || {
            self.disk.write_new(&temporary, content)?;
            self.disk.sync(&temporary)?;
            self.disk.rename(&temporary, &path)?;
            self.disk.sync_folder(folder)
        };
        steps().map_err(|error| failed(&path, &error))
    }

    fn has(&self, file: &str, digest: &Digest) -> Result<bool, PublishError> {
        Ok(self.read(file)?.is_some_and(|content| Digest::of(&content) == *digest))
    }

    fn read(&self, file: &str) -> Result<Option<Vec<u8>>, PublishError> {
        let path = self.path.join(file);
        self.disk.read(&path).map_err(|error| failed(&path, &error))
    }

    fn names(&self, folder: &Path) -> Result<Vec<String>, PublishError> {
        self.disk.names(folder).map_err(|error| failed(folder, &error))
    }

    fn remove(&self, path: &Path) -> Result<(), PublishError> {
        self.disk.remove(path).map_err(|error| failed(path, &error))
    }

    fn revisions(&self) -> PathBuf {
        self.path.join(REVISIONS)
    }
}

/// The lock of a folder, until the file is closed: by whoever holds it, or by the system when that process is gone.
fn lock(folder: &Path, patience: Duration, io: &mut Io) -> Result<fs_err::File, PublishError> {
    let path = folder.join(LOCK);
    let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| failed(&path, &error))?;
    let start = Instant::now();
    let mut is_told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed(&path, &error)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= patience => {
                return Err(PublishError::new(format!("somebody else publishes to `{}`", folder.display()))
                    .with_help(format!(
                        "try again once they are done; they hold the lock {}",
                        path.display()
                    )));
            }
            Err(TryLockError::WouldBlock) => {
                if !is_told {
                    is_told = true;
                    let folder = folder.display();
                    io.warning(format_args!(
                        "somebody else publishes to `{folder}`; waiting until they are done"
                    ));
                }
                thread::sleep(LOCK_PAUSE);
            }
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> PublishError {
    let text = error.to_string();
    let path = path.display().to_string();
    // What fs-err says has the path in it.
    PublishError::new(if text.contains(&path) { text } else { format!("`{path}`: {text}") })
}

/// What a file is called until it is whole. One name is enough, for there is one publisher at a time.
const TEMPORARY: &str = ".portcullis-publish.tmp";
const LOCK: &str = ".portcullis.lock";
const LOCK_PATIENCE: Duration = Duration::from_mins(1);
const LOCK_PAUSE: Duration = Duration::from_millis(20);
