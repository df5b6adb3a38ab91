//! A file of framed events: written at its end, read from where it was sent up to.

use std::collections::VecDeque;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A segment as far as it is known to be whole.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) id: u64,
    pub(super) path: PathBuf,
    /// How many bytes of it are whole frames.
    pub(super) bytes: u64,
    /// Up to which byte its events are sent.
    pub(super) sent: u64,
    /// How many events are still to be sent.
    pub(super) waiting: u64,
}

impl Segment {
    pub(super) fn new(folder: &Path, id: u64) -> Self {
        let path = folder.join(format!("{id:020}{ENDING}"));
        Self { id, path, bytes: 0, sent: 0, waiting: 0 }
    }

    /// The first events that are still to be sent, and where each one ends: until they have `most` bytes together.
    pub(super) fn read(&self, most: u64) -> io::Result<Vec<(String, u64)>> {
        let mut file = fs_err::File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.sent))?;
        let mut frames = Frames { file: io::BufReader::new(file), at: self.sent, end: self.bytes };
        let mut found = Vec::new();
        while let Some(text) = frames.next()? {
            found.push((text, frames.at));
            if frames.at.saturating_sub(self.sent) >= most {
                break;
            }
        }
        Ok(found)
    }
}

/// The end of the newest segment.
#[derive(Debug)]
pub(super) struct Writer {
    file: fs_err::File,
}

impl Writer {
    pub(super) fn create(segment: &Segment) -> io::Result<Self> {
        let file = fs_err::OpenOptions::new().write(true).create_new(true).open(&segment.path)?;
        if let Some(folder) = segment.path.parent() {
            // The name is to be on the disk too.
            fs_err::File::open(folder)?.sync_all()?;
        }
        Ok(Self { file })
    }

    /// Writes a frame, and says how many bytes it has.
    pub(super) fn write(&mut self, text: &str) -> io::Result<u64> {
        let length = u32::try_from(text.len()).map_err(|_| io::Error::other("an event of 4 GiB or more"))?;
        let mut frame = Vec::with_capacity(text.len() + HEADER);
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&crc32fast::hash(text.as_bytes()).to_le_bytes());
        frame.extend_from_slice(text.as_bytes());
        self.file.write_all(&frame)?;
        Ok(u64::try_from(frame.len()).unwrap_or(u64::MAX))
    }

    /// Takes back what was written after this byte, as far as the disk lets it.
    pub(super) fn cut(&mut self, bytes: u64) {
        let _ = self.file.set_len(bytes);
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The segments in a folder, oldest first, and how many bytes of them can't be read.
pub(super) fn scan(folder: &Path) -> io::Result<(VecDeque<Segment>, u64)> {
    let mut segments = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let name = entry?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(ENDING)).and_then(|id| id.parse().ok());
        segments.extend(id.map(|id| Segment::new(folder, id)));
    }
    segments.sort_by_key(|segment| segment.id);
    let sent = read_sent(folder);
    let mut damaged = 0_u64;
    for segment in &mut segments {
        let from = sent.filter(|(id, _)| *id == segment.id).map_or(0, |(_, bytes)| bytes);
        damaged = damaged.saturating_add(segment.measure(from)?);
    }
    // What was sent as a whole before `sent` was written for the next one.
    let is_before = |segment: &Segment| sent.is_some_and(|(id, _)| segment.id < id) || segment.waiting == 0;
    for segment in segments.extract_if(.., |segment| is_before(segment)) {
        fs_err::remove_file(segment.path)?;
    }
    Ok((segments.into(), damaged))
}

impl Segment {
    /// Counts the frames, and says how many bytes at the end are none.
    fn measure(&mut self, sent: u64) -> io::Result<u64> {
        let file = fs_err::File::open(&self.path)?;
        let length = file.metadata()?.len();
        let mut frames = Frames { file: io::BufReader::new(file), at: 0, end: length };
        while frames.next()?.is_some() {
            if frames.at > sent {
                self.waiting += 1;
            } else {
                self.sent = frames.at;
            }
        }
        self.bytes = frames.at;
        Ok(length.saturating_sub(frames.at))
    }
}

/// Notes how far the oldest segment was sent. After a crash it may be that this is not on the disk.
pub(super) fn note_sent(folder: &Path, segment: &Segment) -> io::Result<()> {
    let new = folder.join("sent.new");
    fs_err::write(&new, format!("{} {}\n", segment.id, segment.sent))?;
    fs_err::rename(new, folder.join(SENT))
}

fn read_sent(folder: &Path) -> Option<(u64, u64)> {
    let text = fs_err::read_to_string(folder.join(SENT)).ok()?;
    let (id, bytes) = text.trim_end().split_once(' ')?;
    Some((id.parse().ok()?, bytes.parse().ok()?))
}

/// Reads frames up to the first that is not whole.
struct Frames<R> {
    file: R,
    /// Where the next frame starts.
    at: u64,
    end: u64,
}

impl<R: io::Read> Frames<R> {
    fn next(&mut self) -> io::Result<Option<String>> {
        let header_end = self.at.saturating_add(8);
        if header_end > self.end {
            return Ok(None);
        }
        let mut word = [0; 4];
        self.file.read_exact(&mut word)?;
        let length = u32::from_le_bytes(word);
        self.file.read_exact(&mut word)?;
        let sum = u32::from_le_bytes(word);
        let end = header_end.saturating_add(u64::from(length));
        if end > self.end {
            return Ok(None);
        }
        let mut text = Vec::new();
        self.file.by_ref().take(u64::from(length)).read_to_end(&mut text)?;
        let text = String::from_utf8(text).ok().filter(|text| crc32fast::hash(text.as_bytes()) == sum);
        if text.is_some() {
            self.at = end;
        }
        Ok(text)
    }
}

const HEADER: usize = 8;
const ENDING: &str = ".events";
const SENT: &str = "sent";
