//! Decoding of the keys of objects.

use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::error::DecodeError;
use super::wrap::{self, Handed};
use crate::document::node::Entry;

/// A key: a string, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct KeyDeserializer<'a>(&'a Entry);

impl<'a> KeyDeserializer<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        Self(entry)
    }
}

impl<'de> Deserializer<'de> for KeyDeserializer<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_borrowed_str(&self.0.key)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == wrap::SPANNED {
            Handed::Span(self.0.key_span).leave();
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let name: StrDeserializer<'_, DecodeError> = (*self.0.key).into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
