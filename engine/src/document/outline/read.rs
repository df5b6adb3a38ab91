//! Writes a JSON text in its canonical form while it is read, and notes where large objects stand in that.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::super::json::{self, Bracket, Listener, Scalar};
use super::super::json_value;
use super::{Arena, Fields, Part, Piece, SMALL};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use crate::value::{Number, NumberError, Value, push_compact_string};

/// Reads a document. Objects of more than `keep` bytes that are in no array are told apart, and such of more than [`SMALL`] bytes
/// whose keys have to be put in order, wherever they are.
///
/// # Errors
/// As [`json_value`].
pub(super) fn read(source: SourceId, text: &str, keep: usize) -> Result<(Arena, Part), Diagnostic> {
    let mut reader = Reader {
        // Mostly white space goes away; what is put around it has room then.
        out: String::with_capacity(text.len() + ROOM),
        scratch: String::new(),
        open: Vec::new(),
        places: Vec::new(),
        arena: Arena::default(),
        root: None,
        keep,
    };
    json::listen(source, text, &mut reader)?;
    let Reader { out, mut arena, root, .. } = reader;
    let root = root.unwrap_or(Part::Text(Piece { text: 0, start: 0, end: out.len() }));
    arena.texts.push(Arc::new(out));
    Ok((arena, root))
}

struct Reader {
    /// What was written.
    out: String,
    scratch: String,
    open: Vec<Open>,
    /// The entries of all open objects, and the parts of all open arrays that are more than text.
    places: Vec<Place>,
    arena: Arena,
    /// What the document is, if it is more than text.
    root: Option<Part>,
    keep: usize,
}

/// An array or object that is not read to its end.
struct Open {
    bracket: Bracket,
    /// Where its opening bracket is.
    start: usize,
    /// Where its places begin.
    first: usize,
    /// Whether its keys ascend, and everything in it stands as it has to.
    is_in_order: bool,
    is_in_array: bool,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where the key is, with its quotes; at the value for elements of arrays.
    key: usize,
    /// Where the value is.
    value: usize,
    end: usize,
    /// What the value is, if it is more than text.
    part: Option<Part>,
}

impl<'a> Listener<'a> for Reader {
    fn scalar(&mut self, _: Span, scalar: Scalar<'a>) {
        self.separate();
        match scalar {
            Scalar::Null => self.out.push_str("null"),
            Scalar::Bool(true) => self.out.push_str("true"),
            Scalar::Bool(false) => self.out.push_str("false"),
            Scalar::String(text) => push_compact_string(&mut self.out, &text),
        }
        self.complete(0, None);
    }

    fn number(&mut self, _: Span, text: &'a str) -> Result<(), NumberError> {
        // Others are never too big.
        if text.bytes().any(|byte| matches!(byte, b'e' | b'E')) {
            text.parse::<Number>()?;
        }
        self.separate();
        self.out.push_str(text);
        self.complete(0, None);
        Ok(())
    }

    fn open(&mut self, bracket: Bracket) {
        self.separate();
        let is_in_array =
            self.open.last().is_some_and(|outer| outer.is_in_array || outer.bracket == Bracket::Array);
        let (start, first) = (self.out.len(), self.places.len());
        self.open.push(Open { bracket, start, first, is_in_order: true, is_in_array });
        self.out.push(if bracket == Bracket::Array { '[' } else { '{' });
    }

    fn key(&mut self, _: Span, key: Cow<'a, str>) {
        let Some(open) = self.open.last_mut() else { return };
        let before = self.places.get(open.first..).and_then(<[Place]>::last).copied();
        if before.is_some() {
            self.out.push(',');
        }
        let start = self.out.len();
        push_compact_string(&mut self.out, &key);
        self.out.push(':');
        let value = self.out.len();
        let place = Place { key: start, value, end: value, part: None };
        let ascends = before.is_none_or(|before| compare(&self.out, before, place).is_lt());
        open.is_in_order = open.is_in_order && ascends;
        self.places.push(place);
    }

    fn close(&mut self, _: Span) {
        let Some(open) = self.open.pop() else { return };
        let part = match open.bracket {
            Bracket::Array => self.close_array(&open),
            Bracket::Object => self.close_object(&open),
        };
        self.places.truncate(open.first);
        self.complete(open.start, part);
    }
}

impl Reader {
    /// Writes the comma before an element of an array that is not the first.
    fn separate(&mut self) {
        if let Some(open) = self.open.last()
            && open.bracket == Bracket::Array
            && self.out.len() > open.start + 1
        {
            self.out.push(',');
        }
    }

    /// After a value, which started at a place if it has brackets, and which is `part` if it is more than text.
    fn complete(&mut self, start: usize, part: Option<Part>) {
        let end = self.out.len();
        let is_in_order = part.is_none_or(|part| self.is_in_order(part));
        let Some(open) = self.open.last_mut() else {
            self.root = part;
            return;
        };
        open.is_in_order = open.is_in_order && is_in_order;
        match open.bracket {
            Bracket::Object => {
                if let Some(place) = self.places.last_mut() {
                    (place.end, place.part) = (end, part);
                }
            }
            Bracket::Array if part.is_some() => {
                self.places.push(Place { key: start, value: start, end, part });
            }
            Bracket::Array => {}
        }
    }

    fn is_in_order(&self, part: Part) -> bool {
        match part {
            Part::Text(_) => true,
            Part::Object(id) => self.arena.fields(id).whole.is_some(),
            Part::List(_) => false,
        }
    }

    fn close_array(&mut self, open: &Open) -> Option<Part> {
        self.out.push(']');
        let places = self.places.get(open.first..).unwrap_or_default();
        if places.is_empty() {
            return None;
        }
        let mut parts = Vec::with_capacity(places.len() * 2 + 1);
        let mut at = open.start;
        for place in places {
            parts.push(text(at, place.value));
            parts.extend(place.part);
            at = place.end;
        }
        parts.push(text(at, self.out.len()));
        self.arena.lists.push(parts);
        Some(Part::List(self.arena.lists.len() - 1))
    }

    fn close_object(&mut self, open: &Open) -> Option<Part> {
        self.out.push('}');
        let length = self.out.len() - open.start;
        let may_be_text = open.is_in_array || length <= self.keep;
        if may_be_text && open.is_in_order {
            return None;
        }
        let Self { out, places, .. } = self;
        let places = places.get_mut(open.first..).unwrap_or_default();
        if !open.is_in_order {
            places.sort_by(|left, right| compare(out, *left, *right));
        }
        if may_be_text && length <= SMALL {
            self.rewrite(open);
            return None;
        }
        // Of equal keys the last counts.
        let (places, out) = (self.places.get(open.first..).unwrap_or_default(), &self.out);
        let entries = last_of_equal(out, places).map(|place| {
            (Arc::from(decoded(out, place)), place.part.unwrap_or(text(place.value, place.end)))
        });
        let whole = Piece { text: 0, start: open.start, end: out.len() };
        let fields = Fields { whole: open.is_in_order.then_some(whole), entries: entries.collect() };
        Some(self.arena.add(fields))
    }

    /// Writes an object again whose places were sorted and are all text.
    fn rewrite(&mut self, open: &Open) {
        self.scratch.clear();
        let places = self.places.get(open.first..).unwrap_or_default();
        for place in last_of_equal(&self.out, places) {
            self.scratch.push(if self.scratch.is_empty() { '{' } else { ',' });
            self.scratch.push_str(self.out.get(place.key..place.end).unwrap_or_default());
        }
        self.scratch.push('}');
        self.out.truncate(open.start);
        self.out.push_str(&self.scratch);
    }
}

fn text(start: usize, end: usize) -> Part {
    Part::Text(Piece { text: 0, start, end })
}

/// Of each run of equal keys the last place.
fn last_of_equal<'a>(out: &'a str, places: &'a [Place]) -> impl Iterator<Item = Place> + 'a {
    let next = places.iter().skip(1).map(Some).chain([None]);
    let counts = move |(place, next): (&Place, Option<&Place>)| {
        next.is_none_or(|next| compare(out, *place, *next).is_ne()).then_some(*place)
    };
    places.iter().zip(next).filter_map(counts)
}

/// The order of the keys of two entries.
fn compare(out: &str, left: Place, right: Place) -> Ordering {
    let (left, right) = (raw(out, left), raw(out, right));
    if left.contains('\\') || right.contains('\\') {
        unescaped(left).cmp(&unescaped(right))
    } else {
        left.cmp(right)
    }
}

fn decoded(out: &str, place: Place) -> Cow<'_, str> {
    unescaped(raw(out, place))
}

/// A key as it stands between its quotes.
fn raw(out: &str, place: Place) -> &str {
    let inner = Range { start: place.key + 1, end: place.value.saturating_sub(2) };
    out.get(inner).unwrap_or_default()
}

/// What a string stands for that was written here.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    match json_value(SourceId::default(), &format!("\"{raw}\"")) {
        Ok(Value::String(text)) => Cow::Owned(text.to_string()),
        _ => Cow::Borrowed(raw),
    }
}

/// Bytes for what may have to be put around a text.
const ROOM: usize = 4096;
