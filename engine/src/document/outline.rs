//! Base documents of which large objects are known by their keys, and all else is text.
//!
//! Packing data needs no values: a text in its canonical form is what is packed, and the keys of its objects are all that roots,
//! rules and other documents can be in conflict with. Small objects are looked into when somebody asks.

mod merge;
mod read;
mod write;

use std::sync::Arc;

use super::base::{BaseData, Inner, is_value_taken};
use super::file::{BadBytes, TextError, read_json};
use super::{check_length, json_value};
use crate::diagnostic::Diagnostic;
use crate::source::SourceId;
use crate::value::{MergeConflictError, OnCollision, Value};

/// An object of base documents that remembers its text; cheap to clone.
#[derive(Debug, Clone)]
pub struct Outline {
    arena: Arc<Arena>,
    /// An object.
    root: Part,
}

/// What the parts of outlines lie in: they may nest deep, and so don't hold each other.
#[derive(Debug, Clone, Default)]
struct Arena {
    /// In canonical form: as [`JsonStyle::Compact`](crate::value::JsonStyle::Compact) has it, but that the objects that are told
    /// apart may have their keys in any order.
    #[expect(clippy::rc_buffer, reason = "a text that nobody else has is taken out without a copy")]
    texts: Vec<Arc<String>>,
    objects: Vec<Fields>,
    lists: Vec<Vec<Part>>,
}

/// A value.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// One that is in its canonical form as it stands.
    Text(Piece),
    /// An object that is told apart.
    Object(usize),
    /// An array with such objects in it: parts to be written one after the other, brackets and commas among them.
    List(usize),
}

/// Bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    text: usize,
    start: usize,
    end: usize,
}

/// An object that is told apart.
#[derive(Debug, Clone, Default)]
struct Fields {
    /// All of it, if it stands in its canonical form.
    whole: Option<Piece>,
    /// In the order of keys, none twice.
    entries: Vec<(Arc<str>, Part)>,
}

impl Outline {
    /// The canonical text: as [`JsonStyle::Compact`](crate::value::JsonStyle::Compact) has it.
    pub fn into_json(self) -> String {
        write::into_json(self)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        match self.root {
            Part::Text(piece) => self.arena.text(piece) == "{}",
            Part::Object(id) => self.arena.fields(id).entries.is_empty(),
            Part::List(_) => false,
        }
    }

    /// Any document; objects of more than `keep` bytes that are in no array are told apart.
    fn read(source: SourceId, text: &str, keep: usize) -> Result<Self, Diagnostic> {
        check_length(source, text)?;
        let (arena, root) = read::read(source, text, keep)?;
        Ok(Self { arena: Arc::new(arena), root })
    }

    fn at(&self, root: Part) -> Self {
        Self { arena: Arc::clone(&self.arena), root }
    }

    fn is_object(&self) -> bool {
        self.arena.is_object(self.root)
    }

    /// The same with the object itself told apart, however small it is.
    fn opened(&self) -> Self {
        match self.root {
            Part::Text(piece) if self.is_object() => {
                // A text that was read once can be read again.
                Self::read(SourceId::default(), self.arena.text(piece), 0).unwrap_or_default()
            }
            Part::Text(_) | Part::Object(_) | Part::List(_) => self.clone(),
        }
    }

    /// The entries, if it is an object that is told apart.
    fn fields(&self) -> &[(Arc<str>, Part)] {
        match self.root {
            Part::Object(id) => &self.arena.fields(id).entries,
            Part::Text(_) | Part::List(_) => &[],
        }
    }

    /// The value at a key.
    fn get(&self, key: &str) -> Option<Self> {
        let opened = self.opened();
        let fields = opened.fields();
        let index = fields.binary_search_by(|(candidate, _)| (**candidate).cmp(key)).ok()?;
        fields.get(index).map(|(_, part)| opened.at(*part))
    }

    /// The same without what lies around it.
    fn alone(&self) -> Self {
        let (arena, root) = self.arena.reachable(self.root);
        Self { arena: Arc::new(arena), root }
    }

    fn inner(self) -> Inner<Self> {
        if self.is_object() { Inner::Object(self) } else { Inner::Other }
    }

    fn json(&self) -> String {
        self.clone().into_json()
    }
}

/// The empty object.
impl Default for Outline {
    fn default() -> Self {
        let arena = Arena { objects: vec![Fields::default()], ..Arena::default() };
        Self { arena: Arc::new(arena), root: Part::Object(0) }
    }
}

impl BaseData for Outline {
    fn of_json(
        name: &Arc<str>,
        bytes: Vec<u8>,
        bad: BadBytes,
        place: &[Arc<str>],
    ) -> Result<Option<Self>, TextError> {
        let outline = read_json(name, bytes, bad, |source, text| Self::read(source, text, SMALL))?;
        let is_object = outline.is_object() || !place.is_empty();
        Ok(is_object.then(|| outline.placed(place)))
    }

    fn of_value(value: Value, place: &[Arc<str>]) -> Option<Self> {
        let outline = Self::read(SourceId::default(), &value.to_json(), SMALL).ok()?;
        let is_object = outline.is_object() || !place.is_empty();
        is_object.then(|| outline.placed(place))
    }

    fn placed(self, place: &[Arc<str>]) -> Self {
        let Self { arena, mut root } = self;
        let mut arena = Arc::unwrap_or_clone(arena);
        for key in place.iter().rev() {
            root = arena.add(Fields { whole: None, entries: vec![(Arc::clone(key), root)] });
        }
        Self { arena: Arc::new(arena), root }
    }

    fn only(&self, place: &[Arc<str>]) -> Option<Self> {
        let (first, rest) = place.split_first()?;
        let found = rest.iter().try_fold(self.get(first)?, |outline, key| outline.get(key))?;
        Some(found.alone().placed(place))
    }

    fn entry(&self, key: &str) -> Option<Inner<Self>> {
        self.get(key).map(Self::inner)
    }

    fn entries(&self) -> Vec<(Arc<str>, Inner<Self>)> {
        let opened = self.opened();
        let fields = opened.fields().iter();
        fields.map(|(key, part)| (Arc::clone(key), opened.at(*part).inner())).collect()
    }

    fn is_taken(&self, path: &[&str]) -> bool {
        let mut at = self.clone();
        for (depth, key) in path.iter().enumerate() {
            if !at.is_object() {
                let value = json_value(SourceId::default(), &at.json()).unwrap_or(Value::Null);
                return is_value_taken(&value, path.get(depth..).unwrap_or_default());
            }
            match at.get(key) {
                Some(next) => at = next,
                None => return false,
            }
        }
        true
    }

    fn merge(self, other: Self) -> Result<Self, MergeConflictError> {
        merge::combined(self, other, OnCollision::Refuse)
    }

    fn overlay(self, other: Self) -> Self {
        merge::combined(self, other, OnCollision::TakeRight).unwrap_or_default()
    }
}

impl Arena {
    fn text(&self, piece: Piece) -> &str {
        self.texts.get(piece.text).and_then(|text| text.get(piece.start..piece.end)).unwrap_or_default()
    }

    fn is_object(&self, part: Part) -> bool {
        match part {
            Part::Text(piece) => self.text(piece).starts_with('{'),
            Part::Object(_) => true,
            Part::List(_) => false,
        }
    }

    fn fields(&self, id: usize) -> &Fields {
        static NONE: Fields = Fields { whole: None, entries: Vec::new() };
        self.objects.get(id).unwrap_or(&NONE)
    }

    fn list(&self, id: usize) -> &[Part] {
        self.lists.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// An arena with what can be reached from a part, and that part in it.
    fn reachable(&self, root: Part) -> (Self, Part) {
        let mut copy = Self { texts: self.texts.clone(), ..Self::default() };
        let mut pending = Vec::new();
        let root = copy.reserve(root, &mut pending);
        while let Some((from, to)) = pending.pop() {
            match (from, to) {
                (Part::Object(from), Part::Object(to)) => {
                    let Fields { whole, entries } = self.fields(from);
                    let entry =
                        |(key, part): &(Arc<str>, Part)| (Arc::clone(key), copy.reserve(*part, &mut pending));
                    let fields = Fields { whole: *whole, entries: entries.iter().map(entry).collect() };
                    if let Some(place) = copy.objects.get_mut(to) {
                        *place = fields;
                    }
                }
                (Part::List(from), Part::List(to)) => {
                    let parts = self.list(from).iter().map(|part| copy.reserve(*part, &mut pending));
                    let parts = parts.collect();
                    if let Some(place) = copy.lists.get_mut(to) {
                        *place = parts;
                    }
                }
                _ => {}
            }
        }
        (copy, root)
    }

    /// A part with a place for what another arena has there.
    fn reserve(&mut self, part: Part, pending: &mut Vec<(Part, Part)>) -> Part {
        let reserved = match part {
            Part::Text(_) => return part,
            Part::Object(_) => self.add(Fields::default()),
            Part::List(_) => {
                self.lists.push(Vec::new());
                Part::List(self.lists.len() - 1)
            }
        };
        pending.push((part, reserved));
        reserved
    }

    /// Adds an object.
    fn add(&mut self, fields: Fields) -> Part {
        self.objects.push(fields);
        Part::Object(self.objects.len() - 1)
    }
}

/// Up to how many bytes objects stay text. They are read again when somebody looks into them, and moved as they are sorted, so
/// this bounds both.
const SMALL: usize = 1024;

#[cfg(test)]
mod tests;
