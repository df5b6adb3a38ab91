//! Keeps others who change the same file waiting.

use std::io;
use std::path::Path;

use fs_err::File;

/// A file that nobody else who asks changes until this is dropped.
#[derive(Debug)]
pub(super) struct Locked(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Locked {
    /// Waits until nobody else has the file at a path.
    ///
    /// # Errors
    /// When the file can't be opened. Where a file can't be locked, as on some network disks, it is as if nobody had it.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        loop {
            let file = File::open(path)?;
            match file.file().lock() {
                Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
                Ok(()) | Err(_) => {}
            }
            // Files are replaced as a whole, so the one that was waited for may be gone.
            if is_at(&file, path)? {
                return Ok(Self(file));
            }
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, there) = (file.metadata()?, fs_err::metadata(path)?);
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
