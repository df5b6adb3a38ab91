//! Types that take more of a document than serde's data model carries: places, order and exact values.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::document::node::Node;
use crate::source::Span;
use crate::value::Value;

/// A decoded value, or key of a map, and where it stands.
///
/// It can be decoded from a document only; other deserializers know no places and get an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// Where the value stands.
    pub span: Span,
    /// The value.
    pub value: T,
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// An object whose keys keep their order and their places; no key is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedMap<T> {
    /// The keys and their values, as they stand in the text.
    pub entries: Vec<(Spanned<String>, T)>,
}

impl<T> OrderedMap<T> {
    /// The keys and their values, as they stand in the text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Spanned<String>, &T)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<T> Default for OrderedMap<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

/// The name by which [`Spanned`] asks a deserializer for a place.
pub(super) const SPANNED: &str = "$portcullis::Spanned";

/// The name by which [`Node`] and [`Value`] ask a deserializer for a whole subtree.
pub(super) const SUBTREE: &str = "$portcullis::Subtree";

/// What serde's data model has no place for: a deserializer leaves it here just before it calls the visitor that takes it.
pub(super) enum Handed {
    Span(Span),
    Node(Node),
}

thread_local! {
    static HANDED: RefCell<Option<Handed>> = const { RefCell::new(None) };
}

impl Handed {
    pub(super) fn leave(self) {
        HANDED.set(Some(self));
    }

    fn take<E: Error>() -> Result<Self, E> {
        HANDED.take().ok_or_else(|| E::custom("only documents know the places of values"))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SPANNED, SpannedVisitor(PhantomData))
    }
}

struct SpannedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of a document")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spanned<T>, D::Error> {
        match Handed::take()? {
            Handed::Span(span) => Ok(Spanned { span, value: T::deserialize(deserializer)? }),
            Handed::Node(_) => Err(D::Error::custom("a subtree in the place of a span")),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SUBTREE, SubtreeVisitor)
    }
}

/// Of a document, exact numbers included.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Node::deserialize(deserializer).map(|node| node.to_value())
    }
}

struct SubtreeVisitor;

impl<'de> Visitor<'de> for SubtreeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of a document")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _deserializer: D) -> Result<Node, D::Error> {
        match Handed::take()? {
            Handed::Node(node) => Ok(node),
            Handed::Span(_) => Err(D::Error::custom("a span in the place of a subtree")),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrderedMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OrderedMapVisitor(PhantomData))
    }
}

struct OrderedMapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OrderedMapVisitor<T> {
    type Value = OrderedMap<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OrderedMap<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(OrderedMap { entries })
    }
}
