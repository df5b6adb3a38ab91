//! Writes archives: the same members give the same bytes, whatever the machine and the number of threads.

use std::borrow::Cow;
use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use flate2::{Compress, Compression, Crc, FlushCompress};
use tar::{EntryType, Header};

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
    let mut pieces = Vec::with_capacity(members.len() * 3 + 1);
    for member in members {
        append(&mut pieces, member)?;
    }
    pieces.push(Cow::Borrowed(END));
    gzip(&pieces, threads)
}

/// Bytes of an archive.
type Piece<'a> = Cow<'a, [u8]>;

fn append<'a>(pieces: &mut Vec<Piece<'a>>, member: &'a Member) -> io::Result<()> {
    let path = format!("/{}", member.path.trim_start_matches('/'));
    let (name, is_whole) = match path.as_bytes().get(..NAME_SIZE) {
        Some(start) if path.len() > NAME_SIZE => (start, false),
        _ => (path.as_bytes(), true),
    };
    if !is_whole {
        let long = [path.as_bytes(), &[0]].concat();
        let header = header(b"././@LongLink", long.len(), EntryType::GNULongName)?;
        append_entry(pieces, &header, Cow::Owned(long));
    }
    let header = header(name, member.bytes.len(), EntryType::Regular)?;
    append_entry(pieces, &header, Cow::Borrowed(&member.bytes));
    Ok(())
}

fn append_entry<'a>(pieces: &mut Vec<Piece<'a>>, header: &Header, content: Piece<'a>) {
    let padding = content.len().next_multiple_of(BLOCK) - content.len();
    pieces.push(Cow::Owned(header.as_bytes().to_vec()));
    pieces.push(content);
    pieces.push(Cow::Borrowed(END.get(..padding).unwrap_or_default()));
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

/// Compresses the pieces, a chunk at a time.
fn gzip(pieces: &[Piece<'_>], threads: NonZeroUsize) -> io::Result<Vec<u8>> {
    let chunks = chunks(pieces);
    let last = chunks.len().saturating_sub(1);
    // Memory that was never used costs more than to compress; so few compressors do all the work.
    let idle: Mutex<Vec<Compressor>> = Mutex::default();
    let packed = parallel::map(threads, chunks.into_iter().enumerate().collect(), |(index, chunk)| {
        let mut compressor =
            idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(Compressor::new);
        let flush = if index == last { FlushCompress::Finish } else { FlushCompress::Sync };
        let packed = compressor.compress(&chunk, flush);
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(compressor);
        packed
    });
    let packed = packed.into_iter().collect::<io::Result<Vec<_>>>()?;
    let length: usize = packed.iter().map(|(bytes, _)| bytes.len()).sum();
    let mut out = Vec::with_capacity(HEADER.len() + length + TRAILER);
    out.extend(HEADER);
    let mut checksum = Crc::new();
    for (bytes, of_chunk) in packed {
        out.extend_from_slice(&bytes);
        checksum.combine(&of_chunk);
    }
    out.extend(checksum.sum().to_le_bytes());
    out.extend(checksum.amount().to_le_bytes());
    Ok(out)
}

/// The pieces put together and cut into chunks: each is a list of slices. The last one is shorter, and may be empty.
fn chunks<'a>(pieces: &'a [Piece<'_>]) -> Vec<Vec<&'a [u8]>> {
    let mut chunks = Vec::new();
    let mut chunk: Vec<&[u8]> = Vec::new();
    let mut room = CHUNK;
    for piece in pieces {
        let mut rest: &[u8] = piece;
        while rest.len() >= room {
            let (now, later) = rest.split_at_checked(room).unwrap_or_default();
            chunk.push(now);
            chunks.push(std::mem::take(&mut chunk));
            (rest, room) = (later, CHUNK);
        }
        room -= rest.len();
        chunk.push(rest);
    }
    chunks.push(chunk);
    chunks
}

/// What makes parts of a deflate stream.
struct Compressor {
    state: Compress,
    /// A chunk in one piece.
    chunk: Vec<u8>,
    packed: Vec<u8>,
}

impl Compressor {
    fn new() -> Self {
        let state = Compress::new(Compression::new(LEVEL), false);
        Self { state, chunk: Vec::new(), packed: Vec::with_capacity(CHUNK) }
    }

    /// A part of a deflate stream, which refers to no other part, and the checksum of what is in it.
    fn compress(&mut self, slices: &[&[u8]], flush: FlushCompress) -> io::Result<(Vec<u8>, Crc)> {
        let Self { state, chunk, packed } = self;
        state.reset();
        packed.clear();
        let chunk = if let [slice] = slices {
            slice
        } else {
            chunk.clear();
            for slice in slices {
                chunk.extend_from_slice(slice);
            }
            chunk.as_slice()
        };
        let mut checksum = Crc::new();
        checksum.update(chunk);
        loop {
            let read = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
            let rest = chunk.get(read..).unwrap_or_default();
            state.compress_vec(rest, packed, flush).map_err(io::Error::other)?;
            // There is more to come whenever it took all the room that there was.
            if packed.len() < packed.capacity() {
                return Ok((packed.clone(), checksum));
            }
            packed.reserve(packed.capacity());
        }
    }
}

/// Gzip, deflate, no name, no time, no system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Bytes of the checksum and the length.
const TRAILER: usize = 8;
const CHUNK: usize = 1 << 20;
/// What sizes in an archive are rounded up to.
const BLOCK: usize = 512;
/// What an archive ends with.
const END: &[u8] = &[0; 2 * BLOCK];
/// Of 1 to 9: below it archives grow much, above it they take much longer for little.
const LEVEL: u32 = 4;
/// Bytes for a name in a header.
const NAME_SIZE: usize = 100;
