//! The types of built-in functions.

use super::Key;
use super::lattice::{Parameter, Type};
use crate::builtins::{Operand, Shape, Signature};
use crate::syntax::tree::Name;

impl Type {
    /// The type of a built-in function.
    pub fn of_signature(signature: &Signature) -> Self {
        let operands = signature.operands.iter().map(parameter).collect();
        let variadic = signature.variadic.map(|shape| Parameter::unnamed(Some(Self::of_shape(shape))));
        Self::function(operands, variadic, signature.result.as_ref().map(parameter))
    }

    /// The type that a constant describes.
    pub fn of_shape(shape: &Shape) -> Self {
        let known = |shape: &Shape| Some(Self::of_shape(shape));
        match shape {
            Shape::Null => Self::Null,
            Shape::Boolean => Self::Boolean,
            Shape::Number => Self::Number,
            Shape::String => Self::String,
            Shape::Any => Self::Any,
            Shape::OneOf(shapes) => Self::union(shapes.iter().map(Self::of_shape).collect()),
            Shape::ArrayOf(of) => Self::array(Vec::new(), known(of)),
            Shape::Tuple(items) => Self::array(items.iter().map(known).collect(), None),
            Shape::SetOf(of) => Self::set(known(of)),
            Shape::ObjectOf(key, value) => Self::object(Vec::new(), Some((known(key), known(value)))),
            Shape::Record(fields, rest) => {
                let fields =
                    fields.iter().map(|(name, shape)| (Key::String(Name::from(*name)), known(shape)));
                Self::object(fields.collect(), rest.map(|(key, value)| (known(key), known(value))))
            }
        }
    }
}

fn parameter(operand: &Operand) -> Parameter {
    Parameter { name: operand.name.map(Name::from), of: Some(Type::of_shape(&operand.shape)) }
}
