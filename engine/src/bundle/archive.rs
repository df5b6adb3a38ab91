//! Archives in memory: gzip-compressed tar, read with suspicion and written byte for byte the same each time.

mod error;
mod read;
mod write;

pub use self::error::{ArchiveError, NameFault};
pub use self::read::{read, read_without};
pub use self::write::write;

/// How much is read before a reader gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one member. OPA's limit is the default: 1 GiB.
    pub member_bytes: u64,
    /// Bytes that the archive unpacks to: 1 GiB.
    pub total_bytes: u64,
    /// Members, directories included: 100,000.
    pub members: u64,
    /// How many times larger than the archive its content may be, once it is over 64 MiB: 250.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { member_bytes: 1 << 30, total_bytes: 1 << 30, members: 100_000, ratio: 250 }
    }
}

#[cfg(test)]
mod tests;
