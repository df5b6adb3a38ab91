//! What calls of built-in functions tell of their operands.

use std::sync::Arc;

use super::flow::{Flow, Known};
use super::{Reading, TextTest};
use crate::builtins::{Shape, Signature};
use crate::probe::place::Root;
use crate::value::Value;

impl Flow<'_> {
    /// What a call of a built-in function tells, and its result.
    pub(super) fn builtin(&mut self, signature: &'static Signature, args: &[Known]) -> Known {
        self.types(signature, args);
        match (signature.name, args) {
            ("equal" | "eq" | "neq", [left, right]) => self.compare(left, right),
            ("lt" | "lte" | "gt" | "gte", [left, right]) => {
                self.bound(left, right);
                self.bound(right, left);
            }
            ("internal.member_2", [value, collection]) | ("internal.member_3", [_, value, collection]) => {
                self.compare(value, &collection.any());
            }
            ("startswith" | "endswith" | "contains", [text, pattern])
            | ("regex.match" | "glob.match", [pattern, .., text]) => self.test(signature.name, text, pattern),
            // An address is compared with a network, and so is another network.
            ("net.cidr_contains", [network, address]) => self.test(signature.name, address, network),
            ("net.cidr_intersects", [one, other]) => {
                self.test(signature.name, one, other);
                self.test(signature.name, other, one);
            }
            ("strings.any_prefix_match", [text, patterns]) => {
                self.test("startswith", text, patterns);
                self.test("startswith", text, &patterns.any());
            }
            ("strings.any_suffix_match", [text, patterns]) => {
                self.test("endswith", text, patterns);
                self.test("endswith", text, &patterns.any());
            }
            ("object.get", [object, key, default]) => return got(object, key, default),
            ("union" | "array.concat" | "object.union" | "or" | "and" | "minus", [left, right]) => {
                let mut both = left.clone();
                both.add(right);
                return both;
            }
            ("sort" | "object.remove" | "object.filter" | "json.remove" | "json.filter", [first, ..]) => {
                return first.clone();
            }
            ("object.keys" | "numbers.range" | "to_number", [first, ..]) => {
                return first.through(signature.name);
            }
            _ => {}
        }
        if let Some(name) = type_test(signature.name) {
            let is_of_type = |reading: &mut Reading| reading.types.extend([name]);
            for known in args {
                self.note(known, |reading, _| is_of_type(reading));
            }
        }
        if let (Some(typical), [text, ..]) = (parsed(signature.name), args) {
            self.note(text, |reading, origin| {
                if origin.via.is_empty() {
                    reading.constants.insert(Value::from(typical));
                }
            });
        }
        let mut result = Known::default();
        for (operand, known) in signature.operands.iter().zip(args) {
            if matches!(operand.shape, Shape::String) {
                result.add(&known.through(signature.name));
            }
        }
        result
    }

    /// Two values are compared.
    pub(super) fn compare(&mut self, left: &Known, right: &Known) {
        for (one, other) in [(left, right), (right, left)] {
            self.reads(one);
            self.note(one, |reading, origin| {
                reading.constants.extend(other.constants.iter().filter(|value| is_scalar(value)).cloned());
                let joins = other.origins.iter().filter(|other| other.pattern != origin.pattern);
                reading.joins.extend(joins.map(|other| other.pattern.clone()));
            });
        }
    }

    fn bound(&mut self, value: &Known, limit: &Known) {
        self.note(value, |reading, _| {
            reading.bounds.extend(limit.constants.iter().filter(|limit| is_scalar(limit)).cloned());
            if limit.constants.iter().all(|limit| limit.as_number().is_some()) {
                reading.types.insert("number");
            }
        });
    }

    fn test(&mut self, function: &'static str, text: &Known, pattern: &Known) {
        self.note(text, |reading, origin| {
            let patterns = pattern.constants.iter().filter_map(Value::as_str);
            reading.texts.extend(patterns.map(|pattern| TextTest {
                function,
                pattern: Arc::from(pattern),
                via: origin.via.clone(),
            }));
            let data = pattern.origins.iter().filter(|pattern| pattern.pattern.root == Root::Data);
            reading.joins.extend(data.map(|pattern| pattern.pattern.clone()));
        });
    }

    /// Operands have to have the types that the function takes.
    fn types(&mut self, signature: &'static Signature, args: &[Known]) {
        for (operand, known) in signature.operands.iter().zip(args) {
            let name = match operand.shape {
                Shape::Boolean => "boolean",
                Shape::Number => "number",
                Shape::String => "string",
                Shape::ArrayOf(_) | Shape::Tuple(_) => "array",
                Shape::ObjectOf(..) | Shape::Record(..) => "object",
                Shape::SetOf(_) | Shape::Null | Shape::Any | Shape::OneOf(_) => continue,
            };
            self.note(known, |reading: &mut Reading, origin| {
                if origin.via.is_empty() {
                    reading.types.insert(name);
                }
            });
        }
    }
}

/// The result of `object.get`.
fn got(object: &Known, key: &Known, default: &Known) -> Known {
    let mut found = default.clone();
    for key in &key.constants {
        let member = match key.as_array() {
            Some(path) => path.iter().fold(object.clone(), |known, step| known.member(step)),
            None => object.member(key),
        };
        found.add(&member);
    }
    if !key.origins.is_empty() {
        found.add(&object.any());
    }
    found
}

fn type_test(function: &str) -> Option<&'static str> {
    Some(match function {
        "is_string" => "string",
        "is_number" => "number",
        "is_boolean" => "boolean",
        "is_array" => "array",
        "is_object" => "object",
        "is_null" => "null",
        _ => return None,
    })
}

/// A text that a function can read, which most texts are not.
fn parsed(function: &str) -> Option<&'static str> {
    Some(match function {
        "time.parse_rfc3339_ns" => "2037-01-01T00:00:00Z",
        "time.parse_duration_ns" => "1h",
        "to_number" | "units.parse" | "units.parse_bytes" => "1",
        "json.unmarshal" | "yaml.unmarshal" => "{}",
        "base64.decode" | "base64url.decode" => "eno5",
        "hex.decode" => "7a7a39",
        "semver.compare" | "semver.is_valid" => "1.0.0",
        _ => return None,
    })
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))
}
