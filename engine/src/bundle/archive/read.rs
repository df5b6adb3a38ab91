//! Reads archives within limits, and refuses what could mean two things.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, ErrorKind, Read};

use flate2::bufread::GzDecoder;
use tar::EntryType;

use super::super::member::Member;
use super::super::path::clean;
use super::{ArchiveError, Limits, NameFault};

/// The files of an archive in their order.
///
/// OPA passes over links and devices, takes the last of two members with one name and strips `..` from paths. What an
/// archive does not say plainly is refused here: a bundle never needs it, and two readers may understand it differently.
/// One `/` at the start of a path is kept, since OPA writes it. Headers of `git archive` are passed over.
///
/// # Errors
///
/// When the bytes are no such archive, or more than the limits allow.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Vec<Member>, ArchiveError> {
    read_without(bytes, limits, &|_| false)
}

/// As [`read`], without the files with a name that `is_ignored`, and without what lies in directories that the archive
/// lists under such a name before it lists their content.
///
/// # Errors
///
/// As [`read`]; also about files that are left out.
pub fn read_without(
    bytes: &[u8],
    limits: Limits,
    is_ignored: &dyn Fn(&str) -> bool,
) -> Result<Vec<Member>, ArchiveError> {
    if bytes.is_empty() {
        return Err(ArchiveError::Empty);
    }
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Err(ArchiveError::NotGzip);
    }
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let by_ratio = packed.saturating_mul(limits.ratio).max(FREE_OF_RATIO);
    let unpacked = Metered { inner: GzDecoder::new(bytes), total: limits.total_bytes, by_ratio, taken: 0 };
    let mut archive = tar::Archive::new(unpacked);
    let unreadable = |error: io::Error| ArchiveError::of_io(&error, limits);

    let mut members = Vec::new();
    let mut names = Names::default();
    let mut ignored_directories = BTreeSet::new();
    let mut left = limits.members;
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        left = left.checked_sub(1).ok_or(ArchiveError::TooMany { limit: limits.members })?;
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = checked_path(&entry.path_bytes())?;
        let is_directory = kind == EntryType::Directory || path.ends_with('/') && is_file(kind);
        if !is_directory && !is_file(kind) {
            return Err(ArchiveError::Kind { name: path, kind: described(kind) });
        }
        let cleaned = clean(path.trim_start_matches('/'));
        let name = cleaned.rsplit('/').next().unwrap_or(&cleaned);
        let is_ignored = is_ignored(name);
        if is_directory {
            if is_ignored {
                ignored_directories.insert(cleaned);
            }
            continue;
        }
        if cleaned == "." {
            return Err(ArchiveError::Name { name: path, fault: NameFault::Empty });
        }
        names.add(&path, &cleaned)?;
        let lies_in_ignored = cleaned
            .match_indices('/')
            .any(|(end, _)| cleaned.get(..end).is_some_and(|at| ignored_directories.contains(at)));
        let mut bytes = Vec::new();
        // Room for as much as may come: large ones would be copied over and over otherwise. Untouched, it costs nothing.
        let room = entry.size().min(limits.member_bytes).min(limits.total_bytes).min(by_ratio);
        let _ = bytes.try_reserve_exact(usize::try_from(room).unwrap_or_default());
        (&mut entry)
            .take(limits.member_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if u64::try_from(bytes.len()).map_or(true, |length| length > limits.member_bytes) {
            return Err(ArchiveError::MemberTooLarge { name: path, limit: limits.member_bytes });
        }
        if !is_ignored && !lies_in_ignored {
            members.push(Member { path, bytes });
        }
    }
    end(archive.into_inner(), limits)?;
    Ok(members)
}

/// Checks that only zeros follow, as tar fills its last record with, and then nothing.
fn end(mut unpacked: Metered<GzDecoder<&[u8]>>, limits: Limits) -> Result<(), ArchiveError> {
    let mut buffer = [0; 4096];
    loop {
        let count = unpacked.read(&mut buffer).map_err(|error| ArchiveError::of_io(&error, limits))?;
        if count == 0 {
            break;
        }
        if buffer.iter().take(count).any(|byte| *byte != 0) {
            return Err(ArchiveError::TrailingData);
        }
    }
    let mut rest = unpacked.inner.into_inner();
    let is_at_end = rest.fill_buf().is_ok_and(<[u8]>::is_empty);
    if is_at_end { Ok(()) } else { Err(ArchiveError::TrailingData) }
}

fn is_file(kind: EntryType) -> bool {
    kind == EntryType::Regular
}

fn described(kind: EntryType) -> &'static str {
    let of_kind = [
        (EntryType::Symlink, "a symbolic link"),
        (EntryType::Link, "a hard link"),
        (EntryType::Char, "a device"),
        (EntryType::Block, "a device"),
        (EntryType::Fifo, "a pipe"),
        (EntryType::GNUSparse, "a sparse file"),
    ];
    of_kind.into_iter().find(|(known, _)| *known == kind).map_or("no regular file", |(_, words)| words)
}

/// The path, if it can only mean one place inside of the bundle.
fn checked_path(bytes: &[u8]) -> Result<String, ArchiveError> {
    let refused = |fault| {
        let name: String = String::from_utf8_lossy(bytes).chars().take(SHOWN).collect();
        Err(ArchiveError::Name { name: name.escape_debug().to_string(), fault })
    };
    let Ok(path) = std::str::from_utf8(bytes) else { return refused(NameFault::NotUtf8) };
    let relative = path.strip_prefix('/').unwrap_or(path);
    let has_drive = matches!(relative.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if path.len() > MAX_PATH || path.split('/').any(|part| part.len() > MAX_PART) {
        refused(NameFault::Long)
    } else if path.chars().any(char::is_control) {
        refused(NameFault::Control)
    } else if path.contains('\\') {
        refused(NameFault::Backslash)
    } else if relative.starts_with('/') || has_drive {
        refused(NameFault::Absolute)
    } else if path.split('/').any(|part| part == "..") {
        refused(NameFault::Climbs)
    } else if path.is_empty() {
        refused(NameFault::Empty)
    } else {
        Ok(path.to_owned())
    }
}

/// The names that were there.
#[derive(Default)]
struct Names {
    /// By what they are where case does not matter.
    folded: BTreeMap<String, (String, String)>,
}

impl Names {
    fn add(&mut self, path: &str, cleaned: &str) -> Result<(), ArchiveError> {
        let before = self.folded.insert(cleaned.to_lowercase(), (path.to_owned(), cleaned.to_owned()));
        match before {
            None => Ok(()),
            Some((_, same)) if same == cleaned => Err(ArchiveError::Duplicate { name: path.to_owned() }),
            Some((first, _)) => Err(ArchiveError::Case { first, second: path.to_owned() }),
        }
    }
}

/// A stream that fails once it has given more than it may.
struct Metered<R> {
    inner: R,
    total: u64,
    by_ratio: u64,
    taken: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken = self.taken.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.taken > self.total {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if self.taken > self.by_ratio {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        Ok(count)
    }
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const FREE_OF_RATIO: u64 = 64 << 20;
const MAX_PATH: usize = 1024;
const MAX_PART: usize = 255;
/// How much of a bad name a message shows.
const SHOWN: usize = 80;
