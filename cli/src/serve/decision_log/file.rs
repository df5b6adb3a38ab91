//! A file of events, one on each line, that is moved aside when it is large.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::queue::Entry;

/// What file, and how much of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileSettings {
    pub(crate) path: PathBuf,
    /// How large it may grow before it is moved aside; 0 never moves it.
    pub(crate) max_bytes: u64,
    /// How many files are kept beside it: `.1` is the newest.
    pub(crate) keep: u32,
}

/// The file at work. It is opened when something is to be written.
#[derive(Debug)]
pub(super) struct LogFile {
    settings: FileSettings,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: fs_err::File,
    bytes: u64,
}

impl LogFile {
    pub(super) fn new(settings: FileSettings) -> Self {
        Self { settings, open: None }
    }

    /// Opens the file anew with the next event, since it may have been moved away.
    pub(super) fn reopen(&mut self) {
        self.open = None;
    }

    /// Writes events at the end, and says how many were written to their end.
    ///
    /// # Errors
    /// When the disk does not take it. What was written of an event in half is ended with a line, so that the next stands alone.
    pub(super) fn write(&mut self, entries: &[Entry]) -> (usize, io::Result<()>) {
        for (index, entry) in entries.iter().enumerate() {
            if let Err(error) = self.write_one(&entry.text) {
                self.open = None;
                return (index, Err(error));
            }
        }
        (entries.len(), Ok(()))
    }

    fn write_one(&mut self, text: &str) -> io::Result<()> {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(1);
        let limit = self.settings.max_bytes;
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open::at(&self.settings.path)?,
        };
        if limit > 0 && open.bytes > 0 && open.bytes.saturating_add(length) > limit {
            drop(open);
            self.rotate()?;
            open = Open::at(&self.settings.path)?;
        }
        // In one call, so that readers see whole lines.
        let mut line = Vec::with_capacity(text.len() + 1);
        line.extend_from_slice(text.as_bytes());
        line.push(b'\n');
        open.file.write_all(&line)?;
        open.bytes = open.bytes.saturating_add(length);
        self.open = Some(open);
        Ok(())
    }

    /// Moves the file and those beside it one further; the last one goes.
    fn rotate(&self) -> io::Result<()> {
        let FileSettings { path, keep, .. } = &self.settings;
        if *keep == 0 {
            return fs_err::remove_file(path);
        }
        for number in (1..*keep).rev() {
            let from = numbered(path, number);
            if from.exists() {
                fs_err::rename(from, numbered(path, number + 1))?;
            }
        }
        fs_err::rename(path, numbered(path, 1))
    }
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        use std::io::{Read as _, Seek as _, SeekFrom};

        let mut options = fs_err::OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use fs_err::os::unix::fs::OpenOptionsExt as _;
            // Decisions are nobody else's business.
            options.mode(0o640);
        }
        let mut file = options.open(path)?;
        let mut bytes = file.metadata()?.len();
        // A process that was killed may have left half a line.
        if bytes > 0 && file.metadata()?.is_file() {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                bytes = bytes.saturating_add(1);
            }
        }
        Ok(Self { file, bytes })
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(texts: &[&str]) -> Vec<Entry> {
        (0..).zip(texts).map(|(number, text)| Entry { number, text: (*text).into() }).collect()
    }

    #[test]
    fn a_file_that_is_large_is_moved_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        let mut file = LogFile::new(FileSettings { path, max_bytes: 8, keep: 2 });
        let written = file.write(&entries(&["aaa", "bbb", "ccc", "ddd", "eee", "ffff", "ggggggggggg"]));
        assert_eq!(written.0, 7);
        written.1.unwrap();
        let read = |name: &str| fs_err::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("decisions.jsonl"), "ggggggggggg\n");
        assert_eq!(read("decisions.jsonl.1"), "ffff\n");
        assert_eq!(read("decisions.jsonl.2"), "eee\n");
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_file_that_was_moved_away_is_made_anew_and_half_a_line_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs_err::write(&path, "{\"half").unwrap();
        let mut file = LogFile::new(FileSettings { path: path.clone(), max_bytes: 0, keep: 0 });
        file.write(&entries(&["a"])).1.unwrap();
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "{\"half\na\n");
        fs_err::rename(&path, folder.path().join("old")).unwrap();
        file.write(&entries(&["b"])).1.unwrap();
        assert!(!path.exists(), "it is the same file under another name");
        file.reopen();
        file.write(&entries(&["c"])).1.unwrap();
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "c\n");
        assert_eq!(fs_err::read_to_string(folder.path().join("old")).unwrap(), "{\"half\na\nb\n");
    }

    #[test]
    fn a_disk_that_takes_nothing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/log");
        let mut file = LogFile::new(FileSettings { path, max_bytes: 0, keep: 0 });
        let (count, result) = file.write(&entries(&["a"]));
        assert_eq!((count, result.is_err()), (0, true));
    }
}
