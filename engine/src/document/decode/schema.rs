//! JSON schemas of the types that documents decode into besides serde's own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::wrap::{OrderedMap, Spanned};
use crate::document::node::Node;
use crate::value::Value;

macro_rules! schema_of {
    (($($impl:tt)+) => $target:ty) => {
        /// The same schema as that of the plain type.
        impl $($impl)+ {
            fn inline_schema() -> bool {
                <$target>::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                <$target>::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                <$target>::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$target>::json_schema(generator)
            }
        }
    };
}

schema_of!((<T: JsonSchema> JsonSchema for Spanned<T>) => T);
schema_of!((<T: JsonSchema> JsonSchema for OrderedMap<T>) => BTreeMap<String, T>);
schema_of!((JsonSchema for Value) => serde_json::Value);
schema_of!((JsonSchema for Node) => serde_json::Value);
