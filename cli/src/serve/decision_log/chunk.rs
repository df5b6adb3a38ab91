//! Packs events into uploads: gzip-compressed JSON arrays, each no larger than the receiver takes.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::queue::Entry;

/// Guesses how many bytes of events fit, from how well those before were compressed.
#[derive(Debug)]
pub(super) struct Packer {
    /// How many bytes an upload may have.
    limit: usize,
    /// How many bytes of events are tried at once.
    guess: usize,
}

/// What became of the first events.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packed {
    /// An upload of so many events.
    Chunk { bytes: Vec<u8>, events: usize },
    /// The first event alone is too large.
    TooLarge { bytes: usize },
}

impl Packer {
    pub(super) fn new(limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { limit, guess: limit }
    }

    /// How many bytes of events are worth looking at for the next upload.
    pub(super) fn appetite(&self) -> u64 {
        u64::try_from(self.guess).unwrap_or(u64::MAX)
    }

    /// Packs as many of the first events as fit.
    ///
    /// # Errors
    /// Compressing into memory does not fail.
    pub(super) fn pack(&mut self, entries: &[Entry]) -> io::Result<Option<Packed>> {
        if entries.is_empty() {
            return Ok(None);
        }
        let mut events = self.fitting(entries);
        loop {
            let taken = entries.get(..events).unwrap_or(entries);
            let bytes = compressed(taken)?;
            if bytes.len() <= self.limit {
                self.learn(taken, bytes.len());
                return Ok(Some(Packed::Chunk { bytes, events }));
            }
            if events <= 1 {
                return Ok(Some(Packed::TooLarge { bytes: bytes.len() }));
            }
            events /= 2;
            self.guess = (self.guess / 2).max(1);
        }
    }

    /// How many events are within the guess, one in any case.
    fn fitting(&self, entries: &[Entry]) -> usize {
        let mut left = self.guess;
        let fits = |entry: &&Entry| match left.checked_sub(entry.text.len() + 1) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        entries.iter().take_while(fits).count().max(1)
    }

    /// Tries more next time if more would have fitted.
    fn learn(&mut self, taken: &[Entry], packed: usize) {
        let bytes: usize = taken.iter().map(|entry| entry.text.len() + 1).sum();
        // A tenth less than what fits if all events are alike.
        let fitting = bytes.saturating_mul(self.limit) / packed.max(1) / 10 * 9;
        let most = self.guess.saturating_mul(8).min(MOST_TRIED.max(self.limit));
        self.guess = self.guess.max(fitting.min(most));
    }
}

fn compressed(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for (index, entry) in entries.iter().enumerate() {
        encoder.write_all(if index == 0 { b"[" } else { b"," })?;
        encoder.write_all(entry.text.as_bytes())?;
    }
    encoder.write_all(b"]")?;
    encoder.finish()
}

/// How many bytes of events are compressed at once at most, unless uploads may be larger still.
const MOST_TRIED: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn entries(texts: impl IntoIterator<Item = String>) -> Vec<Entry> {
        let entry = |(number, text): (u64, String)| Entry { number, text: text.into() };
        (0..).zip(texts).map(entry).collect()
    }

    /// Everything in chunks, and how many events were too large.
    fn packed(limit: u64, entries: &[Entry]) -> (Vec<Vec<u8>>, usize) {
        let mut packer = Packer::new(limit);
        let (mut rest, mut chunks, mut lost) = (entries, Vec::new(), 0);
        while let Some(packed) = packer.pack(rest).unwrap() {
            match packed {
                Packed::Chunk { bytes, events } => {
                    chunks.push(bytes);
                    rest = &rest[events..];
                }
                Packed::TooLarge { bytes } => {
                    assert!(bytes > usize::try_from(limit).unwrap());
                    lost += 1;
                    rest = &rest[1..];
                }
            }
        }
        (chunks, lost)
    }

    fn text(chunk: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(chunk).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn chunks_hold_all_events_in_order_and_are_not_too_large() {
        // Digits that hardly repeat, as ids do, and a lot that repeats.
        let event = |number: u64| {
            format!(
                "{{\"id\":{},\"same\":\"{}\"}}",
                number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                "x".repeat(200)
            )
        };
        for limit in [90, 300, 4096, 32_768] {
            let entries = entries((0..8000).map(event));
            let (chunks, lost) = packed(limit, &entries);
            assert_eq!(lost, 0);
            assert!(chunks.iter().all(|chunk| chunk.len() as u64 <= limit), "{limit}");
            let all: Vec<String> = chunks.iter().map(|chunk| text(chunk)).collect();
            let all: Vec<&str> =
                all.iter().map(|text| text.strip_prefix('[').unwrap().strip_suffix(']').unwrap()).collect();
            let expected: Vec<&str> = entries.iter().map(|entry| &*entry.text).collect();
            assert_eq!(all.join(","), expected.join(","));
            let bytes: usize = chunks.iter().map(Vec::len).sum();
            if limit >= 4096 {
                assert!(bytes as u64 / chunks.len() as u64 > limit / 3, "{limit}: {}", chunks.len());
            }
        }
    }

    #[test]
    fn an_event_that_is_too_large_alone_is_told_apart() {
        let noise: String = (0..400_u64)
            .map(|n| char::from(b'a' + (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 59) as u8 % 26))
            .collect();
        let entries = entries(["{}".to_owned(), format!("\"{noise}\""), "[]".to_owned()]);
        let (chunks, lost) = packed(90, &entries);
        assert_eq!(lost, 1);
        assert_eq!(chunks.iter().map(|chunk| text(chunk)).collect::<String>(), "[{}][[]]");
        assert!(Packer::new(90).pack(&[]).unwrap().is_none());
    }
}
