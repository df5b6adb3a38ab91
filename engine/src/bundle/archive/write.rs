//! Writes archives: the same members give the same bytes, whatever the machine and the number of threads.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use flate2::{Compress, Compression, Crc, FlushCompress};
use tar::{Builder, EntryType, Header};

use super::super::member::Member;
use crate::parallel;

/// The archive of the members, in their order.
///
/// As OPA writes it: each path starts with `/`; mode 0600, owner 0 and time 0 for all. Each MiB is compressed by
/// itself, on `threads` threads.
///
/// # Errors
///
/// None that the members could cause.
pub fn write(members: &[Member], threads: NonZeroUsize) -> io::Result<Vec<u8>> {
    let mut builder = Builder::new(Gzip::new(threads));
    for member in members {
        append(&mut builder, member)?;
    }
    builder.into_inner()?.finish()
}

fn append(builder: &mut Builder<Gzip>, member: &Member) -> io::Result<()> {
    let path = format!("/{}", member.path.trim_start_matches('/'));
    let (name, is_whole) = match path.as_bytes().get(..NAME_SIZE) {
        Some(start) if path.len() > NAME_SIZE => (start, false),
        _ => (path.as_bytes(), true),
    };
    if !is_whole {
        let long = [path.as_bytes(), &[0]].concat();
        builder.append(&header(b"././@LongLink", long.len(), EntryType::GNULongName)?, long.as_slice())?;
    }
    builder.append(&header(name, member.bytes.len(), EntryType::Regular)?, member.bytes.as_slice())
}

/// A header whose name is as given: the library's own way refuses the `/` at the start.
fn header(name: &[u8], size: usize, kind: EntryType) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    let fields = header.as_gnu_mut().ok_or(io::ErrorKind::InvalidData)?;
    for (field, byte) in fields.name.iter_mut().zip(name) {
        *field = *byte;
    }
    header.set_size(u64::try_from(size).unwrap_or(u64::MAX));
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(kind);
    header.set_cksum();
    Ok(header)
}

/// Compresses what is written to it, a chunk at a time.
struct Gzip {
    threads: NonZeroUsize,
    out: Vec<u8>,
    full: Vec<Vec<u8>>,
    chunk: Vec<u8>,
    checksum: Crc,
}

impl Gzip {
    fn new(threads: NonZeroUsize) -> Self {
        Self { threads, out: HEADER.to_vec(), full: Vec::new(), chunk: Vec::new(), checksum: Crc::new() }
    }

    fn compress_full(&mut self) -> io::Result<()> {
        let chunks = std::mem::take(&mut self.full);
        for (checksum, packed) in parallel::map(self.threads, chunks, |chunk| {
            let mut checksum = Crc::new();
            checksum.update(&chunk);
            (checksum, deflate(&chunk, FlushCompress::Sync))
        }) {
            self.checksum.combine(&checksum);
            self.out.extend(packed?);
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        self.compress_full()?;
        let mut checksum = Crc::new();
        checksum.update(&self.chunk);
        self.checksum.combine(&checksum);
        self.out.extend(deflate(&self.chunk, FlushCompress::Finish)?);
        self.out.extend(self.checksum.sum().to_le_bytes());
        self.out.extend(self.checksum.amount().to_le_bytes());
        Ok(self.out)
    }
}

impl Write for Gzip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK.saturating_sub(self.chunk.len());
        let count = bytes.len().min(room);
        self.chunk.extend(bytes.iter().take(count));
        if self.chunk.len() >= CHUNK {
            self.full.push(std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK)));
            if self.full.len() >= 2 * self.threads.get() {
                self.compress_full()?;
            }
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A part of a deflate stream, which refers to no other part.
fn deflate(chunk: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut compress = Compress::new(Compression::new(LEVEL), false);
    let mut packed = Vec::with_capacity(chunk.len() / 2 + 1024);
    loop {
        let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = chunk.get(read..).unwrap_or_default();
        compress.compress_vec(rest, &mut packed, flush).map_err(io::Error::other)?;
        // There is more to come whenever it took all the room that there was.
        if packed.len() < packed.capacity() {
            return Ok(packed);
        }
        packed.reserve(packed.capacity());
    }
}

/// Gzip, deflate, no name, no time, no system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const CHUNK: usize = 1 << 20;
/// Of 1 to 9: below it archives grow much, above it they take much longer for little.
const LEVEL: u32 = 4;
/// Bytes for a name in a header.
const NAME_SIZE: usize = 100;
