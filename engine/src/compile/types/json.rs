//! Types in JSON, as OPA writes them.

use super::lattice::{Parameter, Type};
use crate::value::Value;

/// A type; `null` if it is unknown.
pub(super) fn json(of: Option<&Type>) -> Value {
    of.map_or(Value::Null, |of| object(fields(of)))
}

/// The parameters of a function, and what may follow any number of times.
pub(super) fn arguments_json(parameters: &[Parameter], variadic: Option<&Parameter>) -> Value {
    let mut all = Vec::new();
    if !parameters.is_empty() {
        all.push(("args", list(parameters.iter().map(parameter))));
    }
    all.extend(variadic.map(|of| ("variadic", json(of.of.as_ref()))));
    object(all)
}

fn parameter(parameter: &Parameter) -> Value {
    let Some(of) = &parameter.of else { return Value::Null };
    let mut all = fields(of);
    all.extend(parameter.name.as_ref().map(|name| ("name", Value::from(name.as_str()))));
    object(all)
}

/// Types nest 250 levels deep at most, so this can call itself.
fn fields(of: &Type) -> Vec<(&'static str, Value)> {
    let named = |name: &str| ("type", Value::from(name));
    match of {
        Type::Null => vec![named("null")],
        Type::Boolean => vec![named("boolean")],
        Type::Number => vec![named("number")],
        Type::String => vec![named("string")],
        Type::Any => vec![named("any")],
        Type::Union(union) => {
            vec![named("any"), ("of", list(union.members().iter().map(|member| json(Some(member)))))]
        }
        Type::Array(array) => {
            let mut all = vec![named("array")];
            if !array.items().is_empty() {
                all.push(("static", list(array.items().iter().map(|item| json(item.as_ref())))));
            }
            all.extend(array.rest().map(|rest| ("dynamic", json(Some(rest)))));
            all
        }
        Type::Set(set) => {
            let mut all = vec![named("set")];
            all.extend(set.of().map(|of| ("of", json(Some(of)))));
            all
        }
        Type::Object(of) => {
            let entry = |key: Value, value: Option<&Type>| object(vec![("key", key), ("value", json(value))]);
            let mut all = vec![named("object")];
            if !of.fields().is_empty() {
                let fields = of.fields().iter();
                all.push(("static", list(fields.map(|(key, value)| entry(key.to_value(), value.as_ref())))));
            }
            all.extend(of.rest().map(|(key, value)| ("dynamic", entry(json(key), value))));
            all
        }
        Type::Function(function) => {
            let mut all = vec![named("function")];
            if !function.parameters().is_empty() {
                all.push(("args", list(function.parameters().iter().map(parameter))));
            }
            all.extend(function.result().map(|result| ("result", parameter(result))));
            all.extend(function.variadic().map(|variadic| ("variadic", parameter(variadic))));
            all
        }
        Type::Recursive(recursive) => vec![("name", Value::from(recursive.name().as_str()))],
    }
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    Value::Array(values.collect())
}

fn object(fields: Vec<(&'static str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
}
