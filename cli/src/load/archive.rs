//! Reads the members of a gzip-compressed tar archive that mean something in a bundle, in memory and within limits.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Component, Path};

use flate2::bufread::MultiGzDecoder;
use tar::EntryType;

use super::Limits;
use super::bundle::{Member, Role};
use super::failure::{LoadError, io_reason};
use super::ignore::IgnorePattern;

/// The members of an archive that a bundle is made of, in their order.
///
/// Only regular files count; links and devices are skipped, as OPA skips them. A leading `/`, which OPA writes, is
/// kept in the path. OPA takes paths with `..`; here they are refused, since they can only hide where a file belongs.
///
/// A pattern leaves out the files with a matching name, and what lies in directories that the archive lists under a
/// matching name before it lists their content.
///
/// # Errors
///
/// When the stream is no such archive, or larger than the limits allow.
pub(super) fn members(
    stream: impl Read,
    ignore: &[IgnorePattern],
    limits: Limits,
) -> Result<Vec<Member>, LoadError> {
    let mut stream = BufReader::new(stream);
    let start = stream.fill_buf().map_err(|error| unreadable(&error, limits))?;
    if !start.starts_with(&GZIP_MAGIC) {
        let reason = if start.is_empty() { "EOF" } else { "gzip: invalid header" };
        return Err(LoadError::new(format!("bundle read failed: archive read failed: {reason}")));
    }
    let unpacked = Metered { inner: MultiGzDecoder::new(stream), left: limits.archive_bytes };
    let mut archive = tar::Archive::new(unpacked);
    let entries = archive.entries().map_err(|error| unreadable(&error, limits))?;

    let mut members = Vec::new();
    let mut ignored_directories = BTreeSet::new();
    let mut left = limits.archive_members;
    for entry in entries {
        let mut entry = entry.map_err(|error| unreadable(&error, limits))?;
        left = left.checked_sub(1).ok_or_else(|| {
            LoadError::new(format!("bundle read failed: more than {} members", limits.archive_members))
        })?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if Path::new(&path).components().any(|component| component == Component::ParentDir) {
            return Err(LoadError::new(format!("bundle read failed: member {path} has `..` in its path"))
                .with_help("build the bundle again, for example with `opa build`"));
        }
        let is_directory = entry.header().entry_type() == EntryType::Directory || path.ends_with('/');
        let name = Path::new(&path).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let is_ignored = ignore.iter().any(|pattern| pattern.matches(&name));
        let inner_path = path.trim_matches('/');
        if is_directory && is_ignored {
            ignored_directories.insert(inner_path.to_owned());
        }
        let lies_in_ignored = Path::new(inner_path)
            .ancestors()
            .filter_map(Path::to_str)
            .any(|ancestor| ignored_directories.contains(ancestor));
        if is_directory || is_ignored || lies_in_ignored || entry.header().entry_type() != EntryType::Regular
        {
            continue;
        }
        let Some(role) = Role::of(&path) else { continue };
        let mut bytes = Vec::new();
        let mut content = (&mut entry).take(limits.file_bytes.saturating_add(1));
        content.read_to_end(&mut bytes).map_err(|error| unreadable(&error, limits))?;
        if u64::try_from(bytes.len()).map_or(true, |length| length > limits.file_bytes) {
            let message = format!("bundle read failed: {path}: larger than {} bytes", limits.file_bytes);
            return Err(LoadError::new(message));
        }
        members.push(Member { path, role, bytes });
    }
    Ok(members)
}

/// A stream that fails once it has given more than it may.
struct Metered<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let taken = u64::try_from(count).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(taken).ok_or(ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

fn unreadable(error: &io::Error, limits: Limits) -> LoadError {
    if error.kind() == ErrorKind::FileTooLarge {
        let message = format!("bundle read failed: unpacks to more than {} bytes", limits.archive_bytes);
        return LoadError::new(message);
    }
    let is_cut = error.kind() == ErrorKind::UnexpectedEof;
    let reason = if is_cut { "unexpected EOF".to_owned() } else { io_reason(error) };
    LoadError::new(format!("bundle read failed: {reason}"))
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
