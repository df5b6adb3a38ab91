//! Reads a schema, and says what is wrong with it as OPA does.
//!
//! Where OPA looks at keys in no order they are looked at sorted, so of several mistakes it may name another one.

use std::collections::BTreeMap;

use ::regex::Regex;

use super::decimal::rounded;
use super::references::Pool;
use super::{Dependency, Items, MAX_NESTING, More, Part, Schema};
use crate::value::{Array, Number, Object, Value};

/// Reads a whole schema.
///
/// # Errors
/// The first mistake, in OPA's words.
pub(super) fn compile(schema: &Value) -> Result<Schema, String> {
    let draft = draft(schema)?;
    let pool = Pool::new(schema)?;
    let whole = pool.whole();
    let mut compiler = Compiler { pool, parts: Vec::new(), known: BTreeMap::new(), depth: 0 };
    compiler.part(&whole, draft.unwrap_or(Draft::Hybrid))?;
    Ok(Schema { parts: compiler.parts })
}

/// The rules that a schema follows; the hybrid takes what any of them has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Hybrid,
}

fn draft(schema: &Value) -> Result<Option<Draft>, String> {
    let object = match schema {
        Value::Bool(_) => return Ok(None),
        Value::Object(object) => object,
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Set(_) => {
            return Err("schema is invalid".to_owned());
        }
    };
    let Some(name) = object.get_str("$schema") else { return Ok(None) };
    let name = name.as_str().ok_or("$schema must be of type string")?;
    Ok(match name.strip_suffix('#').unwrap_or(name) {
        "http://json-schema.org/draft-04/schema" => Some(Draft::Draft4),
        "http://json-schema.org/draft-06/schema" => Some(Draft::Draft6),
        "http://json-schema.org/draft-07/schema" => Some(Draft::Draft7),
        _ => None,
    })
}

struct Compiler {
    pool: Pool,
    parts: Vec<Part>,
    /// The parts that references name.
    known: BTreeMap<String, usize>,
    depth: usize,
}

impl Compiler {
    /// Reads a schema and gives its number.
    fn part(&mut self, schema: &Value, draft: Draft) -> Result<usize, String> {
        let number = self.parts.len();
        self.parts.push(Part::default());
        self.fill(number, schema, draft)?;
        Ok(number)
    }

    fn fill(&mut self, number: usize, schema: &Value, draft: Draft) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("schema nests too deep".to_owned());
        }
        let mut part = Part::default();
        match schema {
            Value::Bool(pass) if draft >= Draft::Draft6 => part.pass = Some(*pass),
            Value::Object(object) => self.keywords(&mut part, object, draft)?,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Set(_) => return Err("Expected: Valid Schema, given: Invalid JSON".to_owned()),
        }
        if let Some(place) = self.parts.get_mut(number) {
            *place = part;
        }
        self.depth -= 1;
        Ok(())
    }

    fn keywords(&mut self, part: &mut Part, object: &Object, draft: Draft) -> Result<(), String> {
        let id = match draft {
            Draft::Draft4 => "id",
            Draft::Hybrid if object.get_str("id").is_some() => "id",
            Draft::Draft6 | Draft::Draft7 | Draft::Hybrid => "$id",
        };
        string(object, id)?;
        if let Some(definitions) = object.get_str("definitions") {
            let wrong = || invalid_type("Array Of Schemas", "definitions");
            for schema in definitions.as_object().ok_or_else(wrong)?.values() {
                if !is_schema(schema) {
                    return Err(wrong());
                }
                self.part(schema, draft)?;
            }
        }
        string(object, "title")?;
        string(object, "description")?;
        if let Some(reference) = string(object, "$ref")? {
            if let Some(known) = self.known.get(reference) {
                part.reference = Some(*known);
            } else {
                part.reference = Some(self.reference(reference, draft)?);
                return Ok(());
            }
        }
        types(part, object)?;
        self.object_keywords(part, object, draft)?;
        self.item_keywords(part, object, draft)?;
        number_keywords(part, object, draft)?;
        sizes(part, object)?;
        self.value_keywords(part, object, draft)?;
        self.combinations(part, object, draft)
    }

    fn reference(&mut self, reference: &str, draft: Draft) -> Result<usize, String> {
        let number = self.parts.len();
        self.parts.push(Part::default());
        self.known.insert(reference.to_owned(), number);
        let schema = self.pool.get(reference)?;
        if !is_schema(&schema) {
            return Err("Valid Schema must be of type object".to_owned());
        }
        self.fill(number, &schema, draft)?;
        Ok(number)
    }

    fn object_keywords(&mut self, part: &mut Part, object: &Object, draft: Draft) -> Result<(), String> {
        if let Some(properties) = object.get_str("properties") {
            let properties = properties.as_object().ok_or("Properties must be of type object")?;
            for (name, schema) in properties {
                let schema = self.part(schema, draft)?;
                part.properties.push((name.as_str().unwrap_or_default().to_owned(), schema));
            }
        }
        part.additional_properties = self.more(object, "additionalProperties", draft)?;
        if let Some(patterns) = object.get_str("patternProperties") {
            let patterns =
                patterns.as_object().ok_or_else(|| invalid_type("Valid Schema", "patternProperties"))?;
            for (pattern, schema) in patterns {
                let pattern = pattern.as_str().unwrap_or_default();
                let regex = Regex::new(pattern).map_err(|_| format!("Invalid regex pattern '{pattern}'"))?;
                part.pattern_properties.push((regex, self.part(schema, draft)?));
            }
        }
        if let Some(schema) = object.get_str("propertyNames").filter(|_| draft >= Draft::Draft6) {
            if !is_schema(schema) {
                return Err(invalid_type("Valid Schema", "patternProperties"));
            }
            part.property_names = Some(self.part(schema, draft)?);
        }
        if let Some(dependencies) = object.get_str("dependencies") {
            let dependencies = dependencies.as_object().ok_or("dependencies must be of type object")?;
            let wrong = || "Dependency must be of type Schema Or Array Of Strings".to_owned();
            for (key, dependency) in dependencies {
                let dependency = match dependency {
                    Value::Array(keys) => {
                        let keys = keys.iter().map(|key| key.as_str().map(str::to_owned).ok_or_else(wrong));
                        Dependency::Keys(keys.collect::<Result<_, _>>()?)
                    }
                    Value::Bool(_) | Value::Object(_) => Dependency::Schema(self.part(dependency, draft)?),
                    Value::Null | Value::Number(_) | Value::String(_) | Value::Set(_) => return Err(wrong()),
                };
                part.dependencies.insert(key.as_str().unwrap_or_default().to_owned(), dependency);
            }
        }
        Ok(())
    }

    fn item_keywords(&mut self, part: &mut Part, object: &Object, draft: Draft) -> Result<(), String> {
        let wrong = || invalid_type("Valid Schema/Array Of Schemas", "items");
        match object.get_str("items") {
            None => {}
            Some(Value::Array(schemas)) => {
                let mut items = Vec::new();
                for schema in schemas {
                    if !is_schema(schema) {
                        return Err(wrong());
                    }
                    items.push(self.part(schema, draft)?);
                }
                part.items = Items::Each(items);
            }
            Some(schema) if is_schema(schema) => part.items = Items::All(self.part(schema, draft)?),
            Some(_) => return Err(wrong()),
        }
        part.additional_items = self.more(object, "additionalItems", draft)?;
        Ok(())
    }

    fn more(&mut self, object: &Object, key: &str, draft: Draft) -> Result<Option<More>, String> {
        Ok(match object.get_str(key) {
            None => None,
            Some(Value::Bool(allowed)) => Some(More::Allowed(*allowed)),
            Some(schema @ Value::Object(_)) => Some(More::Schema(self.part(schema, draft)?)),
            Some(_) => return Err(invalid_type("boolean/Valid Schema", key)),
        })
    }

    fn value_keywords(&mut self, part: &mut Part, object: &Object, draft: Draft) -> Result<(), String> {
        if let Some(schema) = object.get_str("contains").filter(|_| draft >= Draft::Draft6) {
            part.contains = Some(self.part(schema, draft)?);
        }
        part.constant = object.get_str("const").filter(|_| draft >= Draft::Draft6).map(rounded);
        if let Some(choices) = list(object, "enum")? {
            let mut texts = Vec::new();
            for choice in choices {
                let text = rounded(choice);
                if texts.contains(&text) {
                    return Err("enum items must be unique".to_owned());
                }
                texts.push(text);
            }
            part.choices = Some(texts);
        }
        Ok(())
    }

    fn combinations(&mut self, part: &mut Part, object: &Object, draft: Draft) -> Result<(), String> {
        for (key, parts) in
            [("oneOf", &mut part.one_of), ("anyOf", &mut part.any_of), ("allOf", &mut part.all_of)]
        {
            for schema in list(object, key)?.unwrap_or_default() {
                parts.push(self.part(schema, draft)?);
            }
        }
        part.not = self.single(object, "not", draft)?;
        if draft >= Draft::Draft7 {
            part.condition = self.single(object, "if", draft)?;
            part.then = self.single(object, "then", draft)?;
            part.otherwise = self.single(object, "else", draft)?;
        }
        Ok(())
    }

    fn single(&mut self, object: &Object, key: &str, draft: Draft) -> Result<Option<usize>, String> {
        match object.get_str(key) {
            None => Ok(None),
            Some(schema) if is_schema(schema) => self.part(schema, draft).map(Some),
            Some(_) => Err(format!("{key} must be of an object")),
        }
    }
}

fn types(part: &mut Part, object: &Object) -> Result<(), String> {
    let wrong = || invalid_type("type", "string/Array Of Strings");
    let mut add = |name: &Value| {
        let name = name.as_str().ok_or_else(wrong)?;
        let known = TYPES.iter().find(|known| **known == name).ok_or_else(|| {
            let expected = TYPES.join(" ");
            format!("has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:[{expected}]")
        })?;
        if part.types.contains(known) {
            return Err(format!("{name} type is duplicated"));
        }
        part.types.push(*known);
        Ok(())
    };
    match object.get_str("type") {
        None => Ok(()),
        Some(Value::Array(names)) => names.iter().try_for_each(add),
        Some(name) => add(name),
    }
}

fn number_keywords(part: &mut Part, object: &Object, draft: Draft) -> Result<(), String> {
    if let Some(value) = object.get_str("multipleOf") {
        let number = value.as_number().ok_or_else(|| invalid_type("Number", "multipleOf"))?;
        if *number <= Number::from(0_i64) {
            return Err("multipleOf must be strictly greater than 0".to_owned());
        }
        part.multiple_of = Some(number.clone());
    }
    part.minimum = bound(object, "minimum")?;
    exclusive(object, "exclusiveMinimum", "minimum", draft, &mut part.minimum, &mut part.exclusive_minimum)?;
    part.maximum = bound(object, "maximum")?;
    exclusive(object, "exclusiveMaximum", "maximum", draft, &mut part.maximum, &mut part.exclusive_maximum)
}

fn bound(object: &Object, key: &str) -> Result<Option<Number>, String> {
    let number =
        |value: &Value| value.as_number().cloned().ok_or_else(|| format!("{key} must be of a Number"));
    object.get_str(key).map(number).transpose()
}

/// Draft 4 says whether the bound is part of the range, the later ones give another bound.
fn exclusive(
    object: &Object,
    key: &str,
    inclusive: &str,
    draft: Draft,
    bound: &mut Option<Number>,
    exclusive: &mut Option<Number>,
) -> Result<(), String> {
    let wrong = || {
        Err(invalid_type(
            match draft {
                Draft::Draft4 => "boolean",
                Draft::Hybrid => "boolean/number",
                Draft::Draft6 | Draft::Draft7 => "number",
            },
            key,
        ))
    };
    match object.get_str(key) {
        None => Ok(()),
        Some(Value::Bool(excluded)) if matches!(draft, Draft::Draft4 | Draft::Hybrid) => {
            if bound.is_none() {
                return Err(format!("{key} cannot be used without {inclusive}"));
            }
            if *excluded {
                *exclusive = bound.take();
            }
            Ok(())
        }
        Some(Value::Number(number)) if draft != Draft::Draft4 => {
            *exclusive = Some(number.clone());
            Ok(())
        }
        Some(_) => wrong(),
    }
}

/// The keywords about lengths, and those between them.
fn sizes(part: &mut Part, object: &Object) -> Result<(), String> {
    part.min_length = size(object, "minLength")?;
    part.max_length = size(object, "maxLength")?;
    let exceeds = |min: Option<usize>, max: Option<usize>| min.zip(max).is_some_and(|(min, max)| min > max);
    if exceeds(part.min_length, part.max_length) {
        return Err("minLength cannot be greater than maxLength".to_owned());
    }
    if let Some(pattern) = string(object, "pattern")? {
        part.pattern = Some(Regex::new(pattern).map_err(|_| "pattern must be a valid regex")?);
    }
    string(object, "format")?.unwrap_or_default().clone_into(&mut part.format);
    part.min_properties = size(object, "minProperties")?;
    part.max_properties = size(object, "maxProperties")?;
    if exceeds(part.min_properties, part.max_properties) {
        return Err("minProperties cannot be greater than maxProperties".to_owned());
    }
    for name in list(object, "required")?.unwrap_or_default() {
        let name = name.as_str().ok_or_else(|| invalid_type("string", "required"))?;
        if part.required.iter().any(|known| known == name) {
            return Err("required items must be unique".to_owned());
        }
        part.required.push(name.to_owned());
    }
    part.min_items = size(object, "minItems")?;
    part.max_items = size(object, "maxItems")?;
    part.unique_items = match object.get_str("uniqueItems") {
        None => false,
        Some(Value::Bool(unique)) => *unique,
        Some(_) => return Err("uniqueItems must be of a boolean".to_owned()),
    };
    Ok(())
}

fn size(object: &Object, key: &str) -> Result<Option<usize>, String> {
    let Some(value) = object.get_str(key) else { return Ok(None) };
    let number = value.as_number().and_then(Number::as_i64);
    let number = number.ok_or_else(|| format!("{key} must be of an integer"))?;
    let size = usize::try_from(number);
    size.map(Some).map_err(|_| format!("{key} must be greater than or equal to 0"))
}

fn string<'a>(object: &'a Object, key: &str) -> Result<Option<&'a str>, String> {
    let string = |value: &'a Value| value.as_str().ok_or_else(|| invalid_type("string", key));
    object.get_str(key).map(string).transpose()
}

fn list<'a>(object: &'a Object, key: &str) -> Result<Option<&'a [Value]>, String> {
    let list = |value: &'a Value| {
        value.as_array().map(Array::as_slice).ok_or_else(|| format!("{key} must be of an array"))
    };
    object.get_str(key).map(list).transpose()
}

fn is_schema(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Object(_))
}

fn invalid_type(expected: &str, given: &str) -> String {
    format!("Invalid type. Expected: {expected}, given: {given}")
}

const TYPES: [&str; 7] = ["array", "boolean", "integer", "number", "null", "object", "string"];
