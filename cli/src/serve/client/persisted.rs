//! Bundles on the disk, for a start without their service: where OPA has them, and as they were fetched.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::whole_file::WholeFile;

/// Where the bundle of this name lies.
pub(super) fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join("bundles").join(name).join("bundle.tar.gz")
}

/// Replaces the archive of a bundle. It is on the disk when this returns.
///
/// # Errors
/// When it can't be written; what was there before is still there.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let file = WholeFile::at(path).map_err(|error| error.to_string())?;
    file.write(bytes).map_err(|error| error.to_string())
}

/// The archive of a bundle, if there is one.
///
/// # Errors
/// When it can't be read, or is larger than `most` bytes.
pub(super) fn load(path: &Path, most: u64) -> Result<Option<Vec<u8>>, String> {
    let file = match fs_err::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        Ok(Some(bytes))
    } else {
        Err(format!("`{}` is larger than {most} bytes", path.display()))
    }
}
