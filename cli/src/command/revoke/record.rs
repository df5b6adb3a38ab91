//! The record of what was revoked: a line of JSON for each time, appended and on the disk before it counts.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use fs_err::{File, OpenOptions};
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::policy_set::Failure;
use crate::refusal::Refusal;
use crate::report::revocation::Entry;

/// A file of records that can be appended to.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    file: File,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Banned, and everything is denied.
    Proven,
    /// Banned, and something is allowed.
    StillAllowed,
    /// The ban is lifted.
    Lifted,
    /// The list was changed, and what it means could not be asked.
    Unproven,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::StillAllowed => "still allowed",
            Self::Lifted => "lifted",
            Self::Unproven => "unproven",
        }
    }
}

impl Record {
    /// The record at a path, which is made if it isn't there.
    ///
    /// # Errors
    /// When it can't be appended to.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let is_new = !path.exists();
        // A device has no end, and keeps nothing.
        if fs_err::metadata(path).is_ok_and(|found| !found.is_file()) {
            let message = format!("the record `{}` is not a regular file", path.display());
            return Err(Failure::of_refusal(Refusal::new(message)));
        }
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = file.map_err(|error| failed(path, &error))?;
        if is_new {
            sync_folder(path).map_err(|error| failed(path, &error))?;
        }
        Ok(Self { path: path.to_owned(), file })
    }

    /// Appends what was done, unless the last word on the agent and the place says the same already. Returns whether it was appended.
    ///
    /// # Errors
    /// When it is not on the disk.
    pub(super) fn append(&self, entry: &Entry<'_>) -> Result<bool, Failure> {
        self.try_append(entry).map_err(|error| failed(&self.path, &error))
    }

    fn try_append(&self, entry: &Entry<'_>) -> io::Result<bool> {
        // Two at once write one after the other.
        match self.file.file().lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut bytes = Vec::new();
        File::open(&self.path)?.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        if !entry.changed && last(&text, entry).as_deref() == Some(entry.outcome) {
            return Ok(false);
        }
        // A line that was cut short stays for itself.
        let start = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let line = format!("{start}{}\n", entry.line());
        (&self.file).write_all(line.as_bytes())?;
        self.file.sync_all()?;
        Ok(true)
    }
}

/// The outcome that the last line about the agent and the place tells.
fn last(text: &str, entry: &Entry<'_>) -> Option<String> {
    let documents =
        text.lines().rev().filter_map(|line| document::json_value(SourceId::default(), line).ok());
    let mut same = documents.filter(|document| {
        let is = |name: &str, value: &str| document.lookup(&[name]).and_then(Value::as_str) == Some(value);
        is("agent", entry.id) && is("target", entry.target)
    });
    Some(same.next()?.lookup(&["outcome"])?.as_str()?.to_owned())
}

/// A file that was made is there after a crash only if its folder is on the disk, too.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::of_refusal(Refusal::new(format!(
        "the record `{}` can't be written: {}",
        path.display(),
        crate::load::io_reason(error)
    )))
}
