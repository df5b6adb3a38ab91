//! Reads schemas: every keyword is checked, and what says something about types is kept.

use std::collections::BTreeMap;

use super::keywords::{self, array, check_text, invalid_type};
use super::pool::Pool;
use super::reference::Reference;
use super::{MAX_DEPTH, TOO_DEEP};
use crate::value::{Array, Object, Value};

/// All schemas of a document; the first is the document itself.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) schemas: Vec<Schema>,
}

/// The place of a schema among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(usize);

/// What a schema says about types.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    /// The name that a schema among `properties` stands under.
    pub(super) property: String,
    pub(super) types: Vec<String>,
    /// The reference, and what it leads to.
    pub(super) reference: Option<(String, Id)>,
    pub(super) properties: Vec<Id>,
    pub(super) items: Vec<Id>,
    /// Whether `items` is one schema for all items.
    pub(super) items_are_alike: bool,
    pub(super) any_of: Vec<Id>,
    pub(super) all_of: Vec<Id>,
}

/// The version of JSON Schema that a schema is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    /// Any of them.
    Hybrid,
}

impl Compiled {
    pub(super) const ROOT: Id = Id(0);

    /// A schema by its place.
    pub(super) fn get(&self, id: Id) -> Result<&Schema, String> {
        self.schemas.get(id.0).ok_or_else(|| TOO_DEEP.to_owned())
    }

    /// A schema by its place, to change it.
    pub(super) fn get_mut(&mut self, id: Id) -> Result<&mut Schema, String> {
        self.schemas.get_mut(id.0).ok_or_else(|| TOO_DEEP.to_owned())
    }

    /// Adds a schema.
    pub(super) fn add(&mut self, schema: Schema) -> Id {
        self.schemas.push(schema);
        Id(self.schemas.len() - 1)
    }
}

impl Schema {
    /// Adds a type.
    ///
    /// # Errors
    /// That there is no such type, or that it is there already.
    pub(super) fn add_type(&mut self, name: &str) -> Result<(), String> {
        if !TYPES.contains(&name) {
            return Err(format!(
                "has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:[{}]",
                TYPES.join(" ")
            ));
        }
        if self.is_of(name) {
            return Err(format!("{name} type is duplicated"));
        }
        self.types.push(name.to_owned());
        Ok(())
    }

    /// Whether a type is among those of the schema.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.types.iter().any(|own| own == name)
    }
}

/// Reads a document.
///
/// # Errors
/// The first thing that is wrong with it, in the order in which OPA looks at keywords; names are looked at in their order.
pub(super) fn compile(document: &Value) -> Result<Compiled, String> {
    stated_draft(document)?;
    let (pool, document) = Pool::of(document)?;
    let draft = stated_draft(&document)?;
    let mut reader = Reader {
        pool,
        draft: draft.unwrap_or(Draft::Hybrid),
        compiled: Compiled { schemas: Vec::new() },
        references: BTreeMap::new(),
    };
    let root = reader.compiled.add(Schema::default());
    reader.schema(root, &document, 0)?;
    Ok(reader.compiled)
}

/// The draft that a schema says it is in.
fn stated_draft(document: &Value) -> Result<Option<Draft>, String> {
    if document.as_bool().is_some() {
        return Ok(None);
    }
    let object = document.as_object().ok_or("schema is invalid")?;
    let Some(stated) = object.get_str("$schema") else { return Ok(None) };
    let text = stated.as_str().ok_or("$schema must be of type string")?;
    Ok(match Reference::parse(text)?.to_string().as_str() {
        "http://json-schema.org/draft-04/schema" => Some(Draft::Four),
        "http://json-schema.org/draft-06/schema" => Some(Draft::Six),
        "http://json-schema.org/draft-07/schema" => Some(Draft::Seven),
        _ => None,
    })
}

struct Reader {
    pool: Pool,
    draft: Draft,
    compiled: Compiled,
    /// What references lead to, also while it is still being read.
    references: BTreeMap<String, Id>,
}

impl Reader {
    /// Reads what is written at a place into the schema that stands for it.
    fn schema(&mut self, id: Id, node: &Value, depth: u16) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP.to_owned());
        }
        if node.as_bool().is_some() && self.draft != Draft::Four {
            return Ok(());
        }
        let schema = node.as_object().ok_or("Expected: Valid Schema, given: Invalid JSON")?;
        let key_of_id = match self.draft {
            Draft::Four => "id",
            Draft::Hybrid if schema.get_str("id").is_some() => "id",
            Draft::Six | Draft::Seven | Draft::Hybrid => "$id",
        };
        if let Some(text) = check_text(schema, key_of_id)? {
            Reference::parse(text)?;
        }
        self.definitions(schema, depth)?;
        check_text(schema, "title")?;
        check_text(schema, "description")?;
        if let Some(text) = check_text(schema, "$ref")? {
            let reference = Reference::parse(text)?;
            let text = reference.to_string();
            if let Some(target) = self.references.get(&text) {
                self.compiled.get_mut(id)?.reference = Some((text, *target));
            } else {
                // What stands beside a reference counts only where others refer to the same.
                return self.refer(id, &reference, depth);
            }
        }
        self.types(id, schema)?;
        self.properties(id, schema, depth)?;
        self.loose_parts(schema, depth)?;
        self.items(id, schema, depth)?;
        self.bool_or_schema(schema, "additionalItems", depth)?;
        keywords::check(schema, self.draft)?;
        if let Some(contains) = schema.get_str("contains").filter(|_| self.draft != Draft::Four) {
            self.apart(contains, depth)?;
        }
        keywords::check_enum(schema)?;
        self.each(schema, "oneOf", depth)?;
        let any_of = self.each(schema, "anyOf", depth)?;
        self.compiled.get_mut(id)?.any_of = any_of;
        let all_of = self.each(schema, "allOf", depth)?;
        self.compiled.get_mut(id)?.all_of = all_of;
        self.one(schema, "not", depth)?;
        if matches!(self.draft, Draft::Seven | Draft::Hybrid) {
            for key in ["if", "then", "else"] {
                self.one(schema, key, depth)?;
            }
        }
        Ok(())
    }

    /// Reads a schema that has no part in types.
    fn apart(&mut self, node: &Value, depth: u16) -> Result<(), String> {
        let id = self.compiled.add(Schema::default());
        self.schema(id, node, depth + 1)
    }

    fn definitions(&mut self, schema: &Object, depth: u16) -> Result<(), String> {
        match schema.get_str("definitions") {
            None => Ok(()),
            Some(Value::Object(definitions)) => definitions.values().try_for_each(|definition| {
                if !is_schema(definition) {
                    return Err(invalid_type("Array Of Schemas", "definitions"));
                }
                self.apart(definition, depth)
            }),
            Some(_) => Err(invalid_type("Array Of Schemas", "definitions")),
        }
    }

    fn refer(&mut self, id: Id, reference: &Reference, depth: u16) -> Result<(), String> {
        let text = reference.to_string();
        let target = self.compiled.add(Schema { property: "$ref".to_owned(), ..Schema::default() });
        self.references.insert(text.clone(), target);
        let node = self.pool.get(reference)?.clone();
        if !is_schema(&node) {
            return Err("Valid Schema must be of type object".to_owned());
        }
        self.schema(target, &node, depth + 1)?;
        self.compiled.get_mut(id)?.reference = Some((text, target));
        Ok(())
    }

    fn types(&mut self, id: Id, schema: &Object) -> Result<(), String> {
        let Some(types) = schema.get_str("type") else { return Ok(()) };
        let wrong = || invalid_type("type", "string/Array Of Strings");
        let names = types.as_array().map_or(std::slice::from_ref(types), Array::as_slice);
        for name in names {
            self.compiled.get_mut(id)?.add_type(name.as_str().ok_or_else(wrong)?)?;
        }
        Ok(())
    }

    fn properties(&mut self, id: Id, schema: &Object, depth: u16) -> Result<(), String> {
        let Some(properties) = schema.get_str("properties") else { return Ok(()) };
        let properties = properties.as_object().ok_or("Properties must be of type object")?;
        for (name, node) in properties {
            let property = name.as_str().unwrap_or_default().to_owned();
            let child = self.compiled.add(Schema { property, ..Schema::default() });
            self.compiled.get_mut(id)?.properties.push(child);
            self.schema(child, node, depth + 1)?;
        }
        Ok(())
    }

    /// The parts of objects that OPA makes no types of.
    fn loose_parts(&mut self, schema: &Object, depth: u16) -> Result<(), String> {
        self.bool_or_schema(schema, "additionalProperties", depth)?;
        match schema.get_str("patternProperties") {
            None => {}
            Some(Value::Object(patterns)) => {
                for (pattern, node) in patterns {
                    let pattern = pattern.as_str().unwrap_or_default();
                    if regex::Regex::new(pattern).is_err() {
                        return Err(format!("Invalid regex pattern '{pattern}'"));
                    }
                    self.apart(node, depth)?;
                }
            }
            Some(_) => return Err(invalid_type("Valid Schema", "patternProperties")),
        }
        match schema.get_str("propertyNames").filter(|_| self.draft != Draft::Four) {
            None => {}
            Some(node) if is_schema(node) => self.apart(node, depth)?,
            Some(_) => return Err(invalid_type("Valid Schema", "patternProperties")),
        }
        let Some(dependencies) = schema.get_str("dependencies") else { return Ok(()) };
        let dependencies = dependencies.as_object().ok_or("dependencies must be of type object")?;
        for dependency in dependencies.values() {
            if is_schema(dependency) {
                self.apart(dependency, depth)?;
            } else if !dependency
                .as_array()
                .is_some_and(|names| names.iter().all(|name| name.as_str().is_some()))
            {
                return Err("Dependency must be of type Schema Or Array Of Strings".to_owned());
            }
        }
        Ok(())
    }

    fn bool_or_schema(&mut self, schema: &Object, key: &str, depth: u16) -> Result<(), String> {
        match schema.get_str(key) {
            None | Some(Value::Bool(_)) => Ok(()),
            Some(node @ Value::Object(_)) => self.apart(node, depth),
            Some(_) => Err(invalid_type("boolean/Valid Schema", key)),
        }
    }

    fn items(&mut self, id: Id, schema: &Object, depth: u16) -> Result<(), String> {
        let Some(items) = schema.get_str("items") else { return Ok(()) };
        let (nodes, alike) = match items.as_array() {
            Some(items) => (items.as_slice(), false),
            None => (std::slice::from_ref(items), true),
        };
        for node in nodes {
            if !is_schema(node) {
                return Err(invalid_type("Valid Schema/Array Of Schemas", "items"));
            }
            let child = self.compiled.add(Schema { property: "items".to_owned(), ..Schema::default() });
            self.compiled.get_mut(id)?.items.push(child);
            self.schema(child, node, depth + 1)?;
        }
        self.compiled.get_mut(id)?.items_are_alike = alike;
        Ok(())
    }

    fn each(&mut self, schema: &Object, key: &str, depth: u16) -> Result<Vec<Id>, String> {
        let mut found = Vec::new();
        for node in array(schema, key)? {
            let child = self.compiled.add(Schema { property: key.to_owned(), ..Schema::default() });
            found.push(child);
            self.schema(child, node, depth + 1)?;
        }
        Ok(found)
    }

    fn one(&mut self, schema: &Object, key: &str, depth: u16) -> Result<(), String> {
        match schema.get_str(key) {
            None => Ok(()),
            Some(node) if is_schema(node) => self.apart(node, depth),
            Some(_) => Err(format!("{key} must be of an object")),
        }
    }
}

/// Whether a value can be a schema, whatever is in it.
fn is_schema(node: &Value) -> bool {
    matches!(node, Value::Bool(_) | Value::Object(_))
}

const TYPES: [&str; 7] = ["array", "boolean", "integer", "number", "null", "object", "string"];
