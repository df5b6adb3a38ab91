//! Events that wait on a disk, so that a process that is killed loses none that were written there.
//!
//! A folder holds segments, files of frames: the length of an event, the CRC-32 of its text, and the text. A new event goes to the
//! end of the newest segment; a segment whose events are all sent is removed. The file `sent` says how far the oldest one was sent; it may
//! be a little behind, so after a crash a few events are sent twice.

mod segment;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::segment::{Segment, Writer};
use super::queue::Entry;
use super::waiting::{Amount, Waiting};

/// A folder with one writer and one reader.
#[derive(Debug)]
pub(super) struct Spool {
    waiting: Waiting<State>,
}

#[derive(Debug)]
struct State {
    folder: PathBuf,
    /// How many bytes the segments may have together.
    room: u64,
    segments: VecDeque<Segment>,
    writer: Option<Writer>,
    /// The events that were looked at last: their numbers, and where the next one starts.
    looked_at: Vec<(u64, u64)>,
    next_number: u64,
    next_segment: u64,
    /// Held as long as the folder is used.
    _lock: fs_err::File,
}

/// What is in a folder that was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// How many events are still to be sent.
    pub(super) waiting: u64,
    /// How many bytes can't be read, as when the machine lost power.
    pub(super) damaged_bytes: u64,
}

impl Spool {
    /// Takes a folder, and what is in it.
    ///
    /// # Errors
    /// When the folder can't be made or read, or another process uses it.
    pub(super) fn open(folder: &Path, room: u64) -> Result<(Self, Found), String> {
        let told = |error: io::Error| format!("the buffer of the decision log can't be used: {error}");
        fs_err::create_dir_all(folder).map_err(told)?;
        let lock = fs_err::File::create(folder.join("lock")).map_err(told)?;
        lock.file().try_lock().map_err(|error| {
            format!("the buffer of the decision log `{}` can't be locked: {error}", folder.display())
        })?;
        let (segments, damaged_bytes) = segment::scan(folder).map_err(told)?;
        let waiting = segments.iter().map(|segment| segment.waiting).sum();
        let next_segment = segments.back().map_or(0, |segment| segment.id + 1);
        let state = State {
            folder: folder.to_owned(),
            room,
            segments,
            writer: None,
            looked_at: Vec::new(),
            next_number: 0,
            next_segment,
            _lock: lock,
        };
        Ok((Self { waiting: Waiting::new(state) }, Found { waiting, damaged_bytes }))
    }

    /// Writes events down, and says how many old ones were dropped to make room. They are on the disk when this returns.
    ///
    /// # Errors
    /// When the disk does not take them; some may have been written then.
    pub(super) fn append(&self, entries: &[Entry]) -> io::Result<u64> {
        let dropped = self.waiting.with(|state| {
            for entry in entries {
                state.append(&entry.text)?;
            }
            if let Some(writer) = &state.writer {
                writer.sync()?;
            }
            state.make_room()
        })?;
        self.waiting.tell();
        Ok(dropped)
    }

    /// The first events that are still to be sent, as many as together have no more than `bytes`, and one in any case.
    ///
    /// # Errors
    /// When the disk does not give them.
    pub(super) fn peek(&self, bytes: u64) -> io::Result<Vec<Entry>> {
        self.waiting.with(|state| state.peek(bytes))
    }

    /// Takes out what has been dealt with: all events up to this number.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(super) fn advance(&self, number: u64) -> io::Result<()> {
        self.waiting.with(|state| state.advance(number))
    }

    /// How many events wait, and how many bytes they have.
    pub(super) fn size(&self) -> (u64, u64) {
        self.waiting.with(|state| state.size())
    }

    /// Waits until there is something to do, the time is over, or it is closed.
    pub(super) fn wait(&self, time: Duration, is_enough: impl Fn(u64, u64) -> bool) {
        self.waiting.wait(time, is_enough);
    }

    /// Says that nothing comes any more, and that what is left may be dealt with until then.
    pub(super) fn close(&self, until: Instant) {
        self.waiting.close(until);
    }

    /// Until when what is left may be dealt with, once it is closed.
    pub(super) fn closed(&self) -> Option<Instant> {
        self.waiting.closed()
    }
}

impl Amount for State {
    fn size(&self) -> (u64, u64) {
        let events = self.segments.iter().map(|segment| segment.waiting).sum();
        let bytes = self.segments.iter().map(|segment| segment.bytes.saturating_sub(segment.sent)).sum();
        (events, bytes)
    }
}

impl State {
    fn append(&mut self, text: &str) -> io::Result<()> {
        let is_full = self.segments.back().is_some_and(|segment| segment.bytes >= MOST_IN_SEGMENT);
        if self.writer.is_none() || is_full {
            if let Some(writer) = self.writer.take() {
                writer.sync()?;
            }
            let segment = Segment::new(&self.folder, self.next_segment);
            self.writer = Some(Writer::create(&segment)?);
            self.next_segment += 1;
            self.segments.push_back(segment);
        }
        let (Some(writer), Some(segment)) = (&mut self.writer, self.segments.back_mut()) else {
            return Ok(());
        };
        match writer.write(text) {
            Ok(bytes) => {
                segment.bytes = segment.bytes.saturating_add(bytes);
                segment.waiting += 1;
                Ok(())
            }
            Err(error) => {
                // What was written in half would hide what comes after it.
                writer.cut(segment.bytes);
                self.writer = None;
                Err(error)
            }
        }
    }

    /// Removes the oldest segments until there is room; the newest one stays.
    fn make_room(&mut self) -> io::Result<u64> {
        let mut dropped = 0;
        while self.segments.len() > 1
            && self.segments.iter().map(|segment| segment.bytes).sum::<u64>() > self.room
        {
            let Some(oldest) = self.segments.pop_front() else { break };
            self.looked_at.clear();
            dropped += oldest.waiting;
            fs_err::remove_file(&oldest.path)?;
        }
        Ok(dropped)
    }

    fn peek(&mut self, bytes: u64) -> io::Result<Vec<Entry>> {
        self.looked_at.clear();
        self.remove_sent()?;
        let Some(first) = self.segments.front() else { return Ok(Vec::new()) };
        let mut entries = Vec::new();
        for (text, end) in first.read(bytes)? {
            self.looked_at.push((self.next_number, end));
            entries.push(Entry { number: self.next_number, text: Arc::from(text) });
            self.next_number += 1;
        }
        Ok(entries)
    }

    fn advance(&mut self, number: u64) -> io::Result<()> {
        let count = self.looked_at.iter().take_while(|(other, _)| *other <= number).count();
        let (Some(segment), Some((_, end))) =
            (self.segments.front_mut(), count.checked_sub(1).and_then(|last| self.looked_at.get(last)))
        else {
            return Ok(());
        };
        segment.sent = *end;
        segment.waiting = segment.waiting.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        segment::note_sent(&self.folder, segment)?;
        self.looked_at.drain(..count);
        self.remove_sent()
    }

    /// Removes segments that have nothing left to send. The newest one is written on unless it is full.
    fn remove_sent(&mut self) -> io::Result<()> {
        while let Some(first) = self.segments.front() {
            let is_written_on = self.segments.len() == 1 && self.writer.is_some();
            if first.waiting > 0 || (is_written_on && first.bytes < MOST_IN_SEGMENT) {
                break;
            }
            if is_written_on {
                self.writer = None;
            }
            if let Some(sent) = self.segments.pop_front() {
                fs_err::remove_file(&sent.path)?;
            }
        }
        Ok(())
    }
}

/// How large a segment grows, about.
const MOST_IN_SEGMENT: u64 = 1 << 20;

#[cfg(test)]
mod tests;
