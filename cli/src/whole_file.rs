//! Files that are written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file that can be written, as far as that is known before.
#[derive(Debug, Clone)]
pub(crate) struct WholeFile {
    /// As the user names it.
    name: String,
    /// Its folder, without links.
    folder: PathBuf,
    /// Where it lies, without links: what is written replaces the file that a link leads to, not the link.
    path: PathBuf,
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// As before, or who may read what a program makes.
    AsUsual,
    /// Its owner and nobody else, whoever could read what was there before. On Windows that is up to the folder.
    Owner,
}

impl WholeFile {
    /// The file at a path.
    ///
    /// # Errors
    /// When it could not be written now: there is no such folder, nothing can be made in it, or something other than a
    /// file lies there. A device or pipe can't be written whole, and replacing it would break it.
    pub(crate) fn at(path: &Path) -> Result<Self, WriteError> {
        let name = path.display().to_string();
        let failed = |reason: String| WriteError { name: name.clone(), reason };
        let path = match fs_err::metadata(path) {
            Ok(found) if found.is_dir() => return Err(failed("it is a directory".to_owned())),
            Ok(found) if !found.is_file() => return Err(failed("it is not a regular file".to_owned())),
            Ok(_) => fs_err::canonicalize(path).map_err(|error| failed(error.to_string()))?,
            Err(_) => beside(path).map_err(failed)?,
        };
        let Some(folder) = path.parent().map(Path::to_owned) else {
            return Err(failed("it is a directory".to_owned()));
        };
        let file = Self { name, folder, path };
        // Made and removed: the one way to know.
        file.temporary().map_err(|error| file.failed(&error))?;
        Ok(file)
    }

    /// Whether both are the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// As the user named it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Replaces the file, or makes it. Who reads it meanwhile sees what was there before, or all of what is new.
    ///
    /// # Errors
    /// When it can't be written; what was there before is still there.
    pub(crate) fn write(&self, content: &[u8]) -> Result<(), WriteError> {
        self.write_for(Access::AsUsual, content)
    }

    /// As [`WholeFile::write`], with a say in who may read it.
    ///
    /// # Errors
    /// Likewise.
    pub(crate) fn write_for(&self, access: Access, content: &[u8]) -> Result<(), WriteError> {
        self.replace(access, content).map_err(|error| self.failed(&error))
    }

    fn replace(&self, access: Access, content: &[u8]) -> io::Result<()> {
        let mut temporary = match access {
            Access::AsUsual => self.temporary()?,
            // What the crate makes is for the owner only, before there is anything in it.
            Access::Owner => Self::names().tempfile_in(&self.folder)?,
        };
        temporary.write_all(content)?;
        if access == Access::AsUsual
            && let Ok(before) = fs_err::metadata(&self.path)
        {
            temporary.as_file().set_permissions(before.permissions())?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist(&self.path)?;
        Ok(())
    }

    /// A new file in the same folder, and so on the same disk, which goes when it is dropped.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut builder = Self::names();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What the user's mask leaves of it, as for any file that a program makes.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(&self.folder)
    }

    fn names() -> Builder<'static, 'static> {
        let mut builder = Builder::new();
        builder.prefix(".portcullis-").suffix(".tmp");
        builder
    }

    /// What is said when the content can't be made or written.
    pub(crate) fn failed(&self, error: &io::Error) -> WriteError {
        let reason = if error.kind() == io::ErrorKind::NotFound {
            no_directory(folder_of(Path::new(&self.name)))
        } else if error.get_ref().is_some() {
            // The text has the name of the temporary file, which says nothing to the user.
            error.kind().to_string()
        } else {
            error.to_string()
        };
        WriteError { name: self.name.clone(), reason }
    }
}

/// The folder that a path names, as the user wrote it.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn no_directory(folder: &Path) -> String {
    format!("there is no directory `{}`", folder.display())
}

/// The place of a file that is not there, in a folder that has to be.
fn beside(path: &Path) -> Result<PathBuf, String> {
    let name = path.file_name().ok_or("it is a directory")?;
    let folder = folder_of(path);
    match fs_err::metadata(folder) {
        Ok(found) if found.is_dir() => {
            let folder = fs_err::canonicalize(folder).map_err(|error| error.to_string())?;
            Ok(folder.join(name))
        }
        Ok(_) => Err(format!("`{}` is not a directory", folder.display())),
        Err(_) => Err(no_directory(folder)),
    }
}

/// Why a file can't be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` can't be written: {reason}")]
pub(crate) struct WriteError {
    name: String,
    reason: String,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::WholeFile;

    #[test]
    fn a_file_is_made_and_replaced_and_nothing_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let file = WholeFile::at(&path).unwrap();
        assert!(!path.exists(), "looking whether it can be written makes nothing");
        for content in ["long content", "short"] {
            file.write(content.as_bytes()).unwrap();
            assert_eq!(fs_err::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_can_not_be_written_is_known_before() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("file"), "").unwrap();
        for (name, reason) in [
            (".", "it is a directory"),
            ("missing/report", "there is no directory `$/missing`"),
            ("file/report", "`$/file` is not a directory"),
            ("missing/..", "it is a directory"),
        ] {
            let path = folder.path().join(name);
            let error = WholeFile::at(&path).unwrap_err();
            let reason = reason.replace('$', &folder.path().display().to_string());
            assert_eq!(error.to_string(), format!("`{}` can't be written: {reason}", path.display()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_left_alone() {
        let error = WholeFile::at(Path::new("/dev/null")).unwrap_err();
        assert_eq!(error.to_string(), "`/dev/null` can't be written: it is not a regular file");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay_what_they_were() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs_err::write(&target, "before").unwrap();
        fs_err::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("target", &link).unwrap();
        let file = WholeFile::at(&link).unwrap();
        assert!(file.is(&WholeFile::at(&target).unwrap()));
        file.write(b"after").unwrap();
        assert_eq!(fs_err::read_to_string(&target).unwrap(), "after");
        assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs_err::metadata(&target).unwrap().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_for_its_owner_is_for_nobody_else() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for _ in 0..2 {
            WholeFile::at(&path).unwrap().write_for(super::Access::Owner, b"secret").unwrap();
            assert_eq!(fs_err::metadata(&path).unwrap().mode() & 0o777, 0o600);
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[test]
    fn a_folder_that_went_away_is_told_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs_err::create_dir(&inner).unwrap();
        let file = WholeFile::at(&inner.join("report")).unwrap();
        fs_err::remove_dir(&inner).unwrap();
        let reason = format!("there is no directory `{}`", inner.display());
        assert_eq!(
            file.write(b"x").unwrap_err().to_string(),
            format!("`{}` can't be written: {reason}", file.name())
        );
    }
}
