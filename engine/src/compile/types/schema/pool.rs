//! The documents that references may lead into: the schema itself, and the parts of it that have a name of their own.

use std::collections::BTreeMap;

use super::reference::Reference;
use super::{MAX_DEPTH, TOO_DEEP};
use crate::value::{Array, Object, Value};

/// The documents by their URLs; the schema's own is empty.
#[derive(Debug, Default)]
pub(super) struct Pool {
    documents: BTreeMap<String, Value>,
}

impl Pool {
    /// Takes in a schema, and gives it back with all references written out.
    ///
    /// # Errors
    /// Names that are given twice.
    pub(super) fn of(schema: &Value) -> Result<(Self, Value), String> {
        let mut pool = Self::default();
        let resolved = pool.resolve(schema, &Reference::default(), 0)?;
        pool.documents.insert(String::new(), resolved.clone());
        Ok((pool, resolved))
    }

    /// What a reference leads to.
    ///
    /// # Errors
    /// That it leads nowhere, or out of the schema.
    pub(super) fn get(&self, reference: &Reference) -> Result<&Value, String> {
        if let Some(found) = self.documents.get(&reference.to_string()) {
            return Ok(found);
        }
        if let Some(document) = self.documents.get(&reference.document().to_string()) {
            return reference.point(document);
        }
        if reference.is_canonical() {
            Err(format!("remote reference loading disabled: {reference}"))
        } else {
            Err(format!("Reference {reference} must be canonical"))
        }
    }

    /// A copy of a part of a schema with its references seen from `base`.
    fn resolve(&mut self, value: &Value, base: &Reference, depth: u16) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP.to_owned());
        }
        match value {
            Value::Array(array) => {
                let mut resolved = Array::new();
                for item in array {
                    resolved.push(self.resolve(item, base, depth + 1)?);
                }
                Ok(Value::Array(resolved))
            }
            Value::Object(object) => self.resolve_schema(object, base, depth).map(Value::Object),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                Ok(value.clone())
            }
        }
    }

    fn resolve_schema(&mut self, schema: &Object, base: &Reference, depth: u16) -> Result<Object, String> {
        let own = ["id", "$id"].into_iter().find_map(|key| schema.get_str(key));
        let own = own.and_then(Value::as_str).and_then(|own| Reference::parse(own).ok());
        let own = own.map(|own| base.document().resolve(&own));
        if let Some(own) = &own {
            let name = own.to_string();
            if self.documents.contains_key(&name) {
                return Err(format!("Reference already exists: \"{name}\""));
            }
            self.documents.insert(name, Value::Object(schema.clone()));
        }
        let base = own.as_ref().unwrap_or(base);
        let mut resolved = Object::new();
        for (key, value) in schema {
            let value = match (key.as_str().unwrap_or_default(), value) {
                // The names below these are no keywords.
                ("properties" | "dependencies" | "patternProperties", Value::Object(named)) => {
                    let mut schemas = Object::new();
                    for (name, schema) in named {
                        schemas.insert(name.clone(), self.resolve(schema, base, depth + 2)?);
                    }
                    Value::Object(schemas)
                }
                // What stands here is a value, in which nothing is a schema.
                ("properties" | "dependencies" | "patternProperties" | "const" | "enum", _) => value.clone(),
                ("$ref", Value::String(text)) => Reference::parse(text).map_or_else(
                    |_| value.clone(),
                    |reference| Value::string(base.document().resolve(&reference).to_string()),
                ),
                _ => self.resolve(value, base, depth + 1)?,
            };
            resolved.insert(key.clone(), value);
        }
        if let Some(own) = own {
            self.documents.insert(own.to_string(), Value::Object(resolved.clone()));
        }
        Ok(resolved)
    }
}
