//! Why bytes are no archive that anybody should load.

use std::io::{self, ErrorKind};

use super::Limits;

/// The first thing that is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// There is nothing.
    #[error("archive read failed: EOF")]
    Empty,
    /// It does not start as gzip does.
    #[error("archive read failed: gzip: invalid header")]
    NotGzip,
    /// It ends too early.
    #[error("unexpected EOF")]
    Truncated,
    /// The bytes contradict themselves: a checksum, a header.
    #[error("damaged: {0}")]
    Corrupt(String),
    /// Something comes after the end.
    #[error("there is data after the end of the archive")]
    TrailingData,
    /// A member of a kind that bundles don't have.
    #[error("member `{name}` is {kind}")]
    Kind {
        /// The member.
        name: String,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A member whose name hides where it belongs.
    #[error("member `{name}` {fault}")]
    Name {
        /// The member, with a replacement character for what is no UTF-8.
        name: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// Two members of one name.
    #[error("member `{name}` is there twice")]
    Duplicate {
        /// The member.
        name: String,
    },
    /// Two members that are one where case does not matter.
    #[error("members `{first}` and `{second}` differ in case only")]
    Case {
        /// The first.
        first: String,
        /// The other.
        second: String,
    },
    /// A member over the limit.
    #[error("bundle file '{name}' size exceeds max size ({limit} bytes)")]
    MemberTooLarge {
        /// The member.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Content over the limit.
    #[error("unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Content that is far larger than what it was packed in.
    #[error("unpacks to more than {ratio} times its size")]
    Bomb {
        /// The limit.
        ratio: u64,
    },
    /// More members than the limit.
    #[error("more than {limit} members")]
    TooMany {
        /// The limit.
        limit: u64,
    },
}

/// What is wrong with the name of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// A part is `..`.
    #[error("has `..` in its path")]
    Climbs,
    /// It starts with more than the one `/` that OPA writes, or with a drive.
    #[error("has an absolute path")]
    Absolute,
    /// It has `\`, which separates on some systems.
    #[error("has a backslash in its path")]
    Backslash,
    /// It has control characters.
    #[error("has control characters in its path")]
    Control,
    /// It is no UTF-8.
    #[error("has a path that is no UTF-8")]
    NotUtf8,
    /// The path has over 1,024 bytes, or a part of it over 255.
    #[error("has an overlong path")]
    Long,
    /// It names no file.
    #[error("has no name")]
    Empty,
}

impl ArchiveError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::Truncated => "get the archive again: it was not written to its end",
            Self::NotGzip => "a bundle is a gzip-compressed tar archive: build it with `portcullis build`",
            Self::Corrupt(_) => "get the archive again, or build it again from its sources",
            Self::TrailingData | Self::Kind { .. } | Self::Duplicate { .. } | Self::Name { .. } => {
                "don't use this archive; build it again with `portcullis build`"
            }
            Self::Case { .. } => "rename one of them in the sources",
            Self::MemberTooLarge { .. }
            | Self::TooLarge { .. }
            | Self::Bomb { .. }
            | Self::TooMany { .. } => "this is more than a policy can need; if it is not, split the bundle",
        }
    }

    pub(super) fn of_io(error: &io::Error, limits: Limits) -> Self {
        let kind = error.kind();
        if kind == ErrorKind::FileTooLarge {
            Self::TooLarge { limit: limits.total_bytes }
        } else if kind == ErrorKind::QuotaExceeded {
            Self::Bomb { ratio: limits.ratio }
        } else if kind == ErrorKind::UnexpectedEof || error.to_string().starts_with("unexpected EOF") {
            Self::Truncated
        } else {
            // The library quotes whole fields.
            let reason: String = error.to_string().chars().take(SHOWN).collect();
            Self::Corrupt(reason.escape_debug().to_string())
        }
    }
}

/// How much of a reason a message shows, in characters.
const SHOWN: usize = 80;
