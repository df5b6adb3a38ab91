//! The types of built-in functions as OPA writes them in JSON.

use super::{Operand, Shape, Signature};
use crate::value::Value;

impl Signature {
    /// What the function takes and returns, as the `decl` of `opa inspect`: without names and descriptions.
    pub fn declaration(&self) -> Value {
        let mut fields = vec![("type", Value::from("function"))];
        if !self.operands.is_empty() {
            let shapes = self.operands.iter().map(|operand| operand.shape.to_value());
            fields.push(("args", Value::Array(shapes.collect())));
        }
        fields.extend(self.variadic.map(|shape| ("variadic", shape.to_value())));
        fields.extend(self.result.map(|Operand { shape, .. }| ("result", shape.to_value())));
        object(fields)
    }
}

impl Shape {
    /// The type as OPA writes it in JSON.
    pub fn to_value(&self) -> Value {
        let of_type = |name| ("type", Value::from(name));
        let all = |shapes: &[Self]| Value::Array(shapes.iter().map(Self::to_value).collect());
        let entry =
            |key: &Self, value: &Self| object(vec![("key", key.to_value()), ("value", value.to_value())]);
        object(match self {
            Self::Null => vec![of_type("null")],
            Self::Boolean => vec![of_type("boolean")],
            Self::Number => vec![of_type("number")],
            Self::String => vec![of_type("string")],
            Self::Any => vec![of_type("any")],
            Self::OneOf(shapes) => vec![of_type("any"), ("of", all(shapes))],
            Self::ArrayOf(item) => vec![of_type("array"), ("dynamic", item.to_value())],
            Self::Tuple(items) => vec![of_type("array"), ("static", all(items))],
            Self::SetOf(item) => vec![of_type("set"), ("of", item.to_value())],
            Self::ObjectOf(key, value) => vec![of_type("object"), ("dynamic", entry(key, value))],
            Self::Record(fields, rest) => {
                let field = |(name, shape): &(&str, Self)| {
                    object(vec![("key", Value::from(*name)), ("value", shape.to_value())])
                };
                let mut parts =
                    vec![of_type("object"), ("static", Value::Array(fields.iter().map(field).collect()))];
                parts.extend(rest.map(|(key, value)| ("dynamic", entry(key, value))));
                parts
            }
        })
    }
}

fn object(fields: Vec<(&str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
}
