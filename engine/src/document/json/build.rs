//! Makes trees of what is told of a JSON document.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Bracket, Listener, Scalar};
use crate::source::{SourceId, Span};
use crate::value::{Number, NumberError};

/// What a document is read into.
pub(in crate::document) trait Tree: Sized {
    /// One key of an object and its value.
    type Entry;

    fn leaf(span: Span, leaf: Leaf) -> Self;
    fn array(span: Span, items: Vec<Self>) -> Self;
    fn entry(key: Arc<str>, key_span: Span, value: Self) -> Self::Entry;
    /// Of entries as they stand in the text, repeated keys included.
    fn object(span: Span, entries: Vec<Self::Entry>) -> Self;
}

/// A value without parts.
pub(in crate::document) enum Leaf {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
}

/// A tree on its way.
pub(super) struct Builder<T: Tree> {
    open: Vec<Open<T>>,
    whole: Option<T>,
    recent: Recent,
}

/// An array or object that is not complete.
enum Open<T: Tree> {
    Array(Vec<T>),
    /// The entries, and the key of the next one.
    Object(Vec<T::Entry>, Option<(Arc<str>, Span)>),
}

impl<T: Tree> Builder<T> {
    /// For a text.
    pub(super) fn of(text: &str) -> Self {
        Self { open: Vec::new(), whole: None, recent: Recent::of(text) }
    }

    /// The tree of a document that was told to its end.
    pub(super) fn finish(self) -> T {
        self.whole.unwrap_or_else(|| T::leaf(Span::new(SourceId::default(), 0, 0), Leaf::Null))
    }

    fn add(&mut self, value: T) {
        match self.open.last_mut() {
            None => self.whole = Some(value),
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(entries, key)) => {
                entries.extend(key.take().map(|(key, span)| T::entry(key, span, value)));
            }
        }
    }

    fn shared(&mut self, text: Cow<'_, str>) -> Arc<str> {
        match text {
            Cow::Borrowed(text) => self.recent.shared(text),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl<'a, T: Tree> Listener<'a> for Builder<T> {
    fn scalar(&mut self, span: Span, scalar: Scalar<'a>) {
        let leaf = match scalar {
            Scalar::Null => Leaf::Null,
            Scalar::Bool(value) => Leaf::Bool(value),
            Scalar::String(text) => Leaf::String(self.shared(text)),
        };
        self.add(T::leaf(span, leaf));
    }

    fn number(&mut self, span: Span, text: &'a str) -> Result<(), NumberError> {
        let number = text.parse()?;
        self.add(T::leaf(span, Leaf::Number(number)));
        Ok(())
    }

    fn open(&mut self, bracket: Bracket) {
        self.open.push(match bracket {
            Bracket::Array => Open::Array(Vec::new()),
            Bracket::Object => Open::Object(Vec::new(), None),
        });
    }

    fn key(&mut self, span: Span, key: Cow<'a, str>) {
        let key = self.shared(key);
        if let Some(Open::Object(_, next)) = self.open.last_mut() {
            *next = Some((key, span));
        }
    }

    fn close(&mut self, span: Span) {
        match self.open.pop() {
            None => {}
            Some(Open::Array(items)) => self.add(T::array(span, items)),
            Some(Open::Object(entries, _)) => self.add(T::object(span, entries)),
        }
    }
}

/// Short strings that were read not long ago: keys above all, which come again in each object of a list.
struct Recent(Vec<Option<Arc<str>>>);

impl Recent {
    /// For a text; a short one is not worth it.
    fn of(text: &str) -> Self {
        Self(if text.len() < WORTH_IT { Vec::new() } else { vec![None; RECENT] })
    }

    /// The text, in memory that others with the same text have too where that is easily found out.
    fn shared(&mut self, text: &str) -> Arc<str> {
        if text.len() > SHORT {
            return text.into();
        }
        // FNV-1a: each text has one place only.
        let hash = text
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let Some(place) = self.0.get_mut(hash as usize % RECENT) else { return text.into() };
        if let Some(recent) = place
            && **recent == *text
        {
            return Arc::clone(recent);
        }
        let text: Arc<str> = text.into();
        *place = Some(Arc::clone(&text));
        text
    }
}

/// How many strings are kept in mind, and how many bytes they may have.
const RECENT: usize = 256;
const SHORT: usize = 24;
/// From how many bytes on a document may hold many strings more than once.
const WORTH_IT: usize = 4096;
