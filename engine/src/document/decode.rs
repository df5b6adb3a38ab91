//! Decoding of documents into typed structures, with errors that point at the place.

mod error;
mod key;
mod schema;
mod wrap;

use serde::Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use self::error::DecodeError;
use self::key::KeyDeserializer;
use self::wrap::Handed;
use super::node::{Entry, Node, NodeKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::LineIndex;

pub use self::wrap::{OrderedMap, Spanned};

/// Decodes a document into a type that derives `Deserialize`.
///
/// `text` is the text that the node was read from; the rows that help lines name are counted in it. Inside of derived
/// types, [`Spanned`] keeps places, [`OrderedMap`] keeps the order of keys, and [`Node`] and
/// [`Value`](crate::value::Value) take any subtree as it is. Enums are written as a string, or as an object with one key.
///
/// Stricter than OPA's loading of data: a repeated key is refused at any depth.
///
/// # Errors
///
/// The first thing that does not fit, with the [code](Code::Load) of loading. Its span is the innermost: of the key for keys
/// that are unknown or repeated, of the object for keys that are missing, otherwise of the value that has the wrong form.
pub fn decode<T: DeserializeOwned>(node: &Node, text: &str) -> Result<T, Diagnostic> {
    T::deserialize(NodeDeserializer { node, depth: 0 }).map_err(|error| {
        let span = error.span().unwrap_or(node.span);
        let (message, help) = error.into_parts(|span| LineIndex::new(text).position(span.start).row);
        let diagnostic = Diagnostic::error(Code::Load, message, span);
        match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    })
}

/// How deep structures may be that types describe; subtrees taken as they are do not count.
const MAX_TYPED_DEPTH: usize = 64;

#[derive(Clone, Copy)]
struct NodeDeserializer<'a> {
    node: &'a Node,
    depth: usize,
}

impl<'a> NodeDeserializer<'a> {
    /// Runs `decode` and lets its error point here, if it does not point to a place inside.
    fn located<T>(self, decode: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        decode().map_err(|error| error.at(self.node.span))
    }

    fn mismatch(self, expected: &str) -> DecodeError {
        let found = self.node.describe();
        DecodeError::custom(format_args!("expected {expected}, found {found}")).at(self.node.span)
    }

    fn child(self, node: &'a Node) -> Self {
        Self { node, depth: self.depth + 1 }
    }

    fn entries(self) -> Result<&'a [Entry], DecodeError> {
        let NodeKind::Object(entries) = &self.node.kind else { return Err(self.mismatch("an object")) };
        self.check_depth()?;
        match self.node.own_repeated_key() {
            Some((first, again)) => Err(DecodeError::repeated_key(first, again)),
            None => Ok(entries),
        }
    }

    fn elements(self) -> Result<&'a [Node], DecodeError> {
        let NodeKind::Array(nodes) = &self.node.kind else { return Err(self.mismatch("an array")) };
        self.check_depth()?;
        Ok(nodes)
    }

    fn check_depth(self) -> Result<(), DecodeError> {
        if self.depth < MAX_TYPED_DEPTH {
            return Ok(());
        }
        Err(DecodeError::custom("nested too deep").at(self.node.span))
    }

    fn visit_elements<V: Visitor<'a>>(self, nodes: &'a [Node], visitor: V) -> Result<V::Value, DecodeError> {
        let mut elements = Elements { parent: self, rest: nodes.iter() };
        let value = self.located(|| visitor.visit_seq(&mut elements))?;
        match elements.rest.next() {
            None => Ok(value),
            Some(extra) => Err(DecodeError::custom("one element too many").at(extra.span)),
        }
    }

    fn visit_entries<V: Visitor<'a>>(
        self,
        entries: &'a [Entry],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.located(|| visitor.visit_map(Entries { parent: self, rest: entries.iter(), value: None }))
    }

    /// The integer, if the node is one from `min` to `max`.
    fn integer(self, min: i128, max: i128) -> Result<i128, DecodeError> {
        let NodeKind::Number(number) = &self.node.kind else { return Err(self.mismatch("an integer")) };
        let text = number.text();
        match text.parse::<i128>() {
            Ok(value) if (min..=max).contains(&value) => Ok(value),
            Ok(_) | Err(_) => Err(DecodeError::custom(format_args!(
                "expected an integer from {min} to {max}, found {text}"
            ))
            .at(self.node.span)),
        }
    }

    fn string(self) -> Result<&'a str, DecodeError> {
        let NodeKind::String(text) = &self.node.kind else { return Err(self.mismatch("a string")) };
        Ok(text)
    }
}

macro_rules! integers {
    ($($method:ident, $visit:ident, $type:ty;)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
                let value = self.integer(<$type>::MIN.into(), <$type>::MAX.into())?;
                let value = <$type>::try_from(value).map_err(DecodeError::custom)?;
                self.located(|| visitor.$visit(value))
            }
        )*
    };
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = DecodeError;

    integers! {
        deserialize_i8, visit_i8, i8;
        deserialize_i16, visit_i16, i16;
        deserialize_i32, visit_i32, i32;
        deserialize_i64, visit_i64, i64;
        deserialize_u8, visit_u8, u8;
        deserialize_u16, visit_u16, u16;
        deserialize_u32, visit_u32, u32;
        deserialize_u64, visit_u64, u64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            NodeKind::Null => self.located(|| visitor.visit_unit()),
            NodeKind::Bool(value) => self.located(|| visitor.visit_bool(*value)),
            NodeKind::Number(number) => self.located(|| match (number.as_i64(), number.text().parse()) {
                (Some(value), _) => visitor.visit_i64(value),
                (None, Ok(value)) => visitor.visit_u64(value),
                (None, Err(_)) => visitor.visit_f64(number.to_f64()),
            }),
            NodeKind::String(text) => self.located(|| visitor.visit_borrowed_str(text)),
            NodeKind::Array(_) => self.deserialize_seq(visitor),
            NodeKind::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let NodeKind::Bool(value) = &self.node.kind else { return Err(self.mismatch("a boolean")) };
        self.located(|| visitor.visit_bool(*value))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let NodeKind::Number(number) = &self.node.kind else { return Err(self.mismatch("a number")) };
        self.located(|| visitor.visit_f64(number.to_f64()))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.string()?;
        self.located(|| visitor.visit_borrowed_str(text))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.string()?;
        self.located(|| visitor.visit_borrowed_bytes(text.as_bytes()))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let is_null = matches!(&self.node.kind, NodeKind::Null);
        self.located(|| if is_null { visitor.visit_none() } else { visitor.visit_some(self) })
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let NodeKind::Null = &self.node.kind else { return Err(self.mismatch("null")) };
        self.located(|| visitor.visit_unit())
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            wrap::SPANNED => Handed::Span(self.node.span).leave(),
            wrap::SUBTREE => {
                if let Some((first, again)) = self.node.repeated_key() {
                    return Err(DecodeError::repeated_key(first, again));
                }
                Handed::Node(self.node.clone()).leave();
            }
            _ => self.check_depth()?,
        }
        self.located(|| visitor.visit_newtype_struct(Self { depth: self.depth + 1, ..self }))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.visit_elements(self.elements()?, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, DecodeError> {
        let nodes = self.elements()?;
        if nodes.len() < len {
            let found = nodes.len();
            let message = format_args!("expected an array of {len} elements, found {found}");
            return Err(DecodeError::custom(message).at(self.node.span));
        }
        self.visit_elements(nodes, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.visit_entries(self.entries()?, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            NodeKind::String(text) => {
                let variant: serde::de::value::StrDeserializer<'_, DecodeError> =
                    (**text).into_deserializer();
                // The unit variant comes from the name alone; one with content reports that it lacks it.
                self.located(|| visitor.visit_enum(variant))
                    .map_err(|error| error.for_variant(text, variants))
            }
            NodeKind::Object(_) => {
                let [entry] = self.entries()? else {
                    let error = DecodeError::custom("expected an object with one key").at(self.node.span);
                    return Err(error.with_choices("the key is", variants));
                };
                self.located(|| visitor.visit_enum(Variant { parent: self, entry }))
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Array(_) => {
                let error = self.mismatch("a string or an object with one key");
                Err(error.with_choices("the name is", variants))
            }
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }
}

struct Elements<'a> {
    parent: NodeDeserializer<'a>,
    rest: std::slice::Iter<'a, Node>,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.rest.next().map(|node| seed.deserialize(self.parent.child(node))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Entries<'a> {
    parent: NodeDeserializer<'a>,
    rest: std::slice::Iter<'a, Entry>,
    /// The value of the key that was decoded last.
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        seed.deserialize(KeyDeserializer::new(entry)).map(Some).map_err(|error| error.at(entry.key_span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let node = self.value.take().ok_or_else(|| DecodeError::custom("a value without its key"))?;
        seed.deserialize(self.parent.child(node)).map_err(|error| error.at(node.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// An enum that is written as an object with one key.
struct Variant<'a> {
    parent: NodeDeserializer<'a>,
    entry: &'a Entry,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DecodeError;
    type Variant = NodeDeserializer<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), DecodeError> {
        let variant = seed
            .deserialize(KeyDeserializer::new(self.entry))
            .map_err(|error| error.at(self.entry.key_span))?;
        Ok((variant, self.parent.child(&self.entry.value)))
    }
}

/// The content of an enum's variant.
impl<'de> VariantAccess<'de> for NodeDeserializer<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        let NodeKind::Null = &self.node.kind else {
            return Err(self.mismatch("nothing").with_help("write the name alone, as a string"));
        };
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        self.located(|| seed.deserialize(self))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests;
