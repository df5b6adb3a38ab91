//! The few things that publishing does to a disk, so that tests can stop it between any two.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// A disk.
pub(super) trait Disk {
    /// The content of a file; None if it isn't there.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;
    /// The names of what is in a folder, sorted. What is no UTF-8 is nothing that we wrote, and left out.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Makes a folder with those above it, and makes that last.
    fn make_folders(&self, path: &Path) -> io::Result<()>;
    /// Writes a file that must not be there.
    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Makes the content of a file last.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Puts a file in the place of another.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a folder last.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Deletes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The machine's.
#[derive(Debug)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match fs_err::read(path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs_err::read_dir(folder)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = path
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .collect();
        fs_err::create_dir_all(path)?;
        for folder in missing {
            match folder.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => self.sync_folder(parent)?,
                _ => self.sync_folder(Path::new("."))?,
            }
        }
        Ok(())
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(content)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        // Some systems sync only what was opened for writing.
        fs_err::OpenOptions::new().write(true).open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs_err::rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Where a folder can't be opened, as on Windows, a rename lasts by itself.
        if cfg!(unix) { fs_err::File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs_err::remove_file(path)
    }
}
