//! Events that wait to be written or sent, no more than there is room for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::waiting::{Amount, Waiting};

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Counts up from the first event on.
    pub(super) number: u64,
    pub(super) text: Arc<str>,
}

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Bytes of events, before they are compressed.
    pub(crate) bytes: u64,
    pub(crate) events: u64,
}

/// A queue with one reader. When there is no room the oldest event goes, as in OPA.
#[derive(Debug)]
pub(super) struct Queue {
    room: Room,
    waiting: Waiting<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Entry>,
    bytes: u64,
    next: u64,
}

impl Queue {
    pub(super) fn new(room: Room) -> Self {
        Self { room, waiting: Waiting::new(State::default()) }
    }

    /// Puts an event at the end, and says how many were dropped: those at the start, or the one that is larger than all room.
    pub(super) fn push(&self, text: Arc<str>) -> u64 {
        let length = length(&text);
        if length > self.room.bytes || self.room.events == 0 {
            return 1;
        }
        let dropped = self.waiting.with(|state| state.push(text, length, self.room));
        self.waiting.tell();
        dropped
    }

    /// The first events, as many as together have no more than `bytes`, and one in any case.
    pub(super) fn peek(&self, bytes: u64) -> Vec<Entry> {
        self.waiting.with(|state| state.peek(bytes))
    }

    /// Takes out what has been dealt with: all events up to this number.
    pub(super) fn advance(&self, number: u64) {
        self.waiting.with(|state| {
            while state.entries.front().is_some_and(|entry| entry.number <= number) {
                state.pop();
            }
        });
    }

    /// How many events wait, and how many bytes they have.
    pub(super) fn size(&self) -> (u64, u64) {
        self.waiting.with(|state| state.size())
    }

    /// Waits until there is something to do, the time is over, or the queue is closed.
    pub(super) fn wait(&self, time: Duration, is_enough: impl Fn(u64, u64) -> bool) {
        self.waiting.wait(time, is_enough);
    }

    /// Says that nothing comes any more, and that what is left may be dealt with until then.
    pub(super) fn close(&self, until: Instant) {
        self.waiting.close(until);
    }

    /// Until when what is left may be dealt with, once the queue is closed.
    pub(super) fn closed(&self) -> Option<Instant> {
        self.waiting.closed()
    }
}

impl Amount for State {
    fn size(&self) -> (u64, u64) {
        (as_u64(self.entries.len()), self.bytes)
    }
}

impl State {
    /// Puts an event at the end, and says how many were dropped for it.
    fn push(&mut self, text: Arc<str>, length: u64, room: Room) -> u64 {
        let mut dropped = 0;
        while !self.entries.is_empty()
            && (self.bytes.saturating_add(length) > room.bytes || as_u64(self.entries.len()) >= room.events)
        {
            self.pop();
            dropped += 1;
        }
        let number = self.next;
        self.next += 1;
        self.bytes = self.bytes.saturating_add(length);
        self.entries.push_back(Entry { number, text });
        dropped
    }

    fn peek(&self, bytes: u64) -> Vec<Entry> {
        let mut left = bytes;
        let mut entries: Vec<Entry> = Vec::new();
        for entry in &self.entries {
            match left.checked_sub(length(&entry.text)) {
                Some(rest) => left = rest,
                None if entries.is_empty() => left = 0,
                None => break,
            }
            entries.push(entry.clone());
        }
        entries
    }

    fn pop(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes = self.bytes.saturating_sub(length(&entry.text));
        }
    }
}

fn length(text: &str) -> u64 {
    as_u64(text.len())
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| &*entry.text).collect()
    }

    #[test]
    fn the_oldest_events_go_when_there_is_no_room() {
        let queue = Queue::new(Room { bytes: 6, events: 3 });
        let dropped: Vec<u64> = ["a", "bb", "c", "d", "eeee", "fffffff", "g"]
            .into_iter()
            .map(|text| queue.push(text.into()))
            .collect();
        assert_eq!(dropped, [0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(texts(&queue.peek(100)), ["d", "eeee", "g"]);
    }

    #[test]
    fn what_is_dealt_with_goes_and_what_came_meanwhile_stays() {
        let queue = Queue::new(Room { bytes: 3, events: 10 });
        for text in ["a", "b", "c"] {
            queue.push(text.into());
        }
        let taken = queue.peek(2);
        assert_eq!(texts(&taken), ["a", "b"]);
        // While they are sent, the first is dropped for another.
        assert_eq!(queue.push("d".into()), 1);
        queue.advance(taken[1].number);
        assert_eq!(texts(&queue.peek(9)), ["c", "d"]);
        assert_eq!(queue.size(), (2, 2));
        assert_eq!(texts(&queue.peek(0)), ["c"], "one in any case");
    }
}
