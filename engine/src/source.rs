//! Sources: the texts that a policy is made of, and positions in them.

use std::sync::Arc;

/// Names one source of a [`Sources`] collection; by default the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

impl SourceId {
    /// The position of this source in the collection it came from.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One named text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

impl Source {
    /// A source called `name`, which is how messages will refer to it (most often a path).
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The name, as messages show it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
}

/// An append-only collection of sources.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source and names it.
    ///
    /// Sources beyond the 2^32nd would share the last id; memory ends long before.
    pub fn add(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(source);
        id
    }

    /// The source called `id`, or `None` when `id` came from another collection.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.index())
    }

    /// All sources in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0_u32..).map(SourceId).zip(&self.list)
    }

    /// How many sources there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no source.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// A range of bytes in one source: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source that the range lies in.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `source`.
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end }
    }

    /// The smallest span that holds both; `other` must lie in the same source.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A row and a column, both counted from 1; the column counts characters, as OPA's scanner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The row, from 1.
    pub row: usize,
    /// The column, from 1.
    pub col: usize,
}

impl Position {
    /// The row and column of one byte offset, as a [`LineIndex`] gives them; whoever asks for several makes one.
    pub fn of(text: &str, offset: u32) -> Self {
        let before = text.as_bytes().get(..offset as usize).unwrap_or(text.as_bytes());
        let breaks: usize = before.iter().map(|byte| usize::from(*byte == b'\n')).sum();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.get(start..).unwrap_or_default();
        let extra = line.iter().filter(|byte| is_continuation(**byte)).count();
        Self { row: breaks + 1, col: offset as usize - start - extra + 1 }
    }
}

/// Finds the row and column of byte offsets in one text.
#[derive(Debug, Clone)]
pub struct LineIndex {
    /// Offset of the first byte of each row; the first entry is 0.
    starts: Vec<u32>,
    /// The offset of each byte that isn't the first of its character, and how many such bytes there are up to it.
    wide: Vec<(u32, u32)>,
}

impl LineIndex {
    /// Reads `text` once and remembers where its rows start. Rows end with `\n`.
    pub fn new(text: &str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
        let mut extra = 0;
        let bytes = if text.is_ascii() { &[] } else { text.as_bytes() };
        let wide = bytes.iter().zip(0_u32..).filter(|(byte, _)| is_continuation(**byte));
        let wide = wide.map(|(_, at)| {
            extra += 1;
            (at, extra)
        });
        Self { starts: std::iter::once(0).chain(after_breaks).collect(), wide: wide.collect() }
    }

    /// The row and column of a byte offset; an offset past the end counts on in the last row.
    pub fn position(&self, offset: u32) -> Position {
        let row = self.starts.partition_point(|start| *start <= offset);
        let start = row.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let bytes = offset - start;
        let col = (bytes - (self.extra_before(offset) - self.extra_before(start))) as usize + 1;
        Position { row, col }
    }

    /// How many bytes the text takes beyond one per character up to an offset.
    fn extra_before(&self, offset: u32) -> u32 {
        let after = self.wide.partition_point(|(at, _)| *at < offset);
        after.checked_sub(1).and_then(|index| self.wide.get(index)).map_or(0, |(_, extra)| *extra)
    }
}

/// Whether a byte of UTF-8 is not the first of its character.
fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::{LineIndex, Position};

    #[test]
    fn positions_count_rows_and_columns_from_one() {
        let index = LineIndex::new("ab\n\ncd");
        let at = |offset| index.position(offset);
        assert_eq!(at(0), Position { row: 1, col: 1 });
        assert_eq!(at(2), Position { row: 1, col: 3 });
        assert_eq!(at(3), Position { row: 2, col: 1 });
        assert_eq!(at(4), Position { row: 3, col: 1 });
        assert_eq!(at(6), Position { row: 3, col: 3 });
    }

    #[test]
    fn columns_count_characters() {
        let text = "\u{e9}\u{1f600}x\n\u{e9}y";
        let index = LineIndex::new(text);
        for offset in [0, 2, 6, 7, 8, 10, 11, 15] {
            assert_eq!(Position::of(text, offset), index.position(offset));
        }
        let at = |offset| index.position(offset);
        assert_eq!(at(2), Position { row: 1, col: 2 });
        assert_eq!(at(6), Position { row: 1, col: 3 });
        assert_eq!(at(8), Position { row: 2, col: 1 });
        assert_eq!(at(10), Position { row: 2, col: 2 });
    }
}
