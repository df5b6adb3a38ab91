//! The types that schemas describe. What OPA makes no use of, such as `oneOf` and `enum`, is as if it were not there.

use std::collections::BTreeMap;

use super::super::Key;
use super::super::lattice::Type;
use super::super::order::or;
use super::super::recursive::Knot;
use super::read::{Compiled, Id, Schema};
use super::{MAX_DEPTH, TOO_DEEP};
use crate::syntax::tree::Name;

/// The type of a document's first schema.
///
/// # Errors
/// Schemas that can't be merged into one.
pub(super) fn type_of(compiled: Compiled, knots: &mut Vec<Knot>) -> Result<Type, String> {
    let mut converter = Converter { compiled, known: BTreeMap::new(), steps: 0, knots };
    converter.schema(Compiled::ROOT, None, 0)
}

struct Converter<'k> {
    compiled: Compiled,
    /// The types of what references lead to; none while they are being made.
    known: BTreeMap<String, Definition>,
    steps: u32,
    knots: &'k mut Vec<Knot>,
}

#[derive(Debug, Default)]
struct Definition {
    of: Option<Type>,
    knot: Option<Knot>,
}

impl Converter<'_> {
    /// The type of a schema, which a reference may have led to.
    fn schema(&mut self, id: Id, referred: Option<String>, depth: u16) -> Result<Type, String> {
        self.steps = self.steps.saturating_add(1);
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return Err(TOO_DEEP.to_owned());
        }
        if let Some((text, target)) = self.compiled.get(id)?.reference.clone() {
            return match self.known.get_mut(&text) {
                None => self.schema(target, Some(text), depth + 1),
                Some(Definition { of: Some(of), .. }) => Ok(of.clone()),
                Some(definition) => {
                    let knot = definition.knot.get_or_insert_with(|| Knot::new(Name::from(text)));
                    Ok(knot.begin_again())
                }
            };
        }
        let Some(name) = referred else { return self.own(id, depth) };
        self.known.insert(name.clone(), Definition::default());
        let of = self.own(id, depth)?;
        let knot = self.known.get_mut(&name).and_then(|definition| {
            definition.of = Some(of.clone());
            definition.knot.take()
        });
        if let Some(knot) = knot {
            knot.tie(of.clone());
            self.knots.push(knot);
        }
        Ok(of)
    }

    /// The type of a schema that is no reference.
    fn own(&mut self, id: Id, depth: u16) -> Result<Type, String> {
        let schema = self.compiled.get(id)?;
        if !schema.any_of.is_empty() {
            return self.any_of(id, depth);
        }
        if !schema.all_of.is_empty() {
            return self.all_of(id, depth);
        }
        if schema.types.is_empty() {
            let assumed = match (schema.properties.is_empty(), schema.items.is_empty()) {
                (false, _) => "object",
                (true, false) => "array",
                (true, true) => return Ok(Type::Any),
            };
            self.compiled.get_mut(id)?.add_type(assumed)?;
        }
        let schema = self.compiled.get(id)?.clone();
        Ok(if schema.is_of("boolean") {
            Type::Boolean
        } else if schema.is_of("string") {
            Type::String
        } else if schema.is_of("integer") || schema.is_of("number") {
            Type::Number
        } else if schema.is_of("object") {
            self.object(&schema, depth)?
        } else if schema.is_of("array") {
            self.array(&schema, depth)?
        } else if !schema.properties.is_empty() {
            // Only `null` is left: it gives way to what the parts say.
            self.compiled.get_mut(id)?.add_type("object")?;
            self.object(&schema, depth)?
        } else if !schema.items.is_empty() {
            self.compiled.get_mut(id)?.add_type("array")?;
            self.array(&schema, depth)?
        } else {
            Type::Any
        })
    }

    fn object(&mut self, schema: &Schema, depth: u16) -> Result<Type, String> {
        if schema.properties.is_empty() {
            return Ok(Type::object(Vec::new(), Some((Some(Type::Any), Some(Type::Any)))));
        }
        let mut fields = Vec::with_capacity(schema.properties.len());
        for id in &schema.properties {
            let of = self.schema(*id, None, depth + 1)?;
            let name = Name::from(self.compiled.get(*id)?.property.as_str());
            fields.push((Key::String(name), Some(of)));
        }
        Ok(Type::object(fields, None))
    }

    fn array(&mut self, schema: &Schema, depth: u16) -> Result<Type, String> {
        let mut items = Vec::with_capacity(schema.items.len());
        for id in &schema.items {
            items.push(self.schema(*id, None, depth + 1)?);
        }
        Ok(match items.first() {
            None => Type::array(Vec::new(), Some(Type::Any)),
            Some(first) if schema.items_are_alike => Type::array(Vec::new(), Some(first.clone())),
            Some(_) => Type::array(items.into_iter().map(Some).collect(), None),
        })
    }

    /// One of several types. What stands beside them counts when it is an object with properties.
    fn any_of(&mut self, id: Id, depth: u16) -> Result<Type, String> {
        let schema = self.compiled.get(id)?.clone();
        let mut united = None;
        if !schema.types.is_empty() {
            let core = self.compiled.add(Schema { any_of: Vec::new(), ..schema.clone() });
            let core = self.schema(core, None, depth + 1)?;
            if matches!(&core, Type::Object(object) if object.rest().is_none()) {
                united = Some(core);
            }
        }
        for member in schema.any_of {
            united = or(Some(self.schema(member, None, depth + 1)?), united);
        }
        Ok(united.unwrap_or(Type::Any))
    }

    fn all_of(&mut self, id: Id, depth: u16) -> Result<Type, String> {
        let mut parts = Vec::new();
        for member in self.compiled.get(id)?.all_of.clone() {
            let member = self.resolved(member)?;
            let schema = self.compiled.get(member)?;
            let is_wrapper = schema.types.is_empty()
                && !schema.any_of.is_empty()
                && schema.properties.is_empty()
                && schema.items.is_empty();
            if !is_wrapper {
                parts.push(member);
            }
        }
        let Some(merged) = self.merge(&parts)? else { return Ok(Type::Any) };
        let (own, other) = (self.compiled.get(id)?, self.compiled.get(merged)?);
        if !own.types.is_empty() {
            if ["object", "array"].iter().any(|name| own.is_of(name) && other.is_of(name)) {
                let merged = self.merge(&[merged, id])?.unwrap_or(merged);
                return self.schema(merged, None, depth + 1);
            }
            if types_text(own) != types_text(other) {
                return Err("unable to merge these schemas".to_owned());
            }
        }
        self.schema(merged, None, depth + 1)
    }

    /// Where a chain of references ends.
    fn resolved(&self, id: Id) -> Result<Id, String> {
        let mut at = id;
        for _ in 0..MAX_DEPTH {
            match &self.compiled.get(at)?.reference {
                Some((_, target)) => at = *target,
                None => return Ok(at),
            }
        }
        Err(TOO_DEEP.to_owned())
    }

    /// Merges schemas into the first of them, which is changed for all who refer to it, as in OPA.
    fn merge(&mut self, parts: &[Id]) -> Result<Option<Id>, String> {
        let Some((first, others)) = parts.split_first() else { return Ok(None) };
        for id in parts {
            let schema = self.compiled.get_mut(*id)?;
            let assumed = match (schema.properties.is_empty(), schema.items.is_empty()) {
                (false, _) => "object",
                (true, false) => "array",
                (true, true) => continue,
            };
            if !schema.is_of(assumed) {
                schema.add_type(assumed)?;
            }
        }
        for id in others {
            let other = self.compiled.get(*id)?.clone();
            let own = self.compiled.get(*first)?;
            let (ours, theirs) = (types_text(own), types_text(&other));
            if ours != theirs {
                return Err(format!("unable to merge these schemas: type mismatch: {ours} and {theirs}"));
            }
            if own.is_of("object") && !own.properties.is_empty() && !other.properties.is_empty() {
                self.steps =
                    self.steps.saturating_add(u32::try_from(other.properties.len()).unwrap_or(u32::MAX));
                if self.steps > MAX_STEPS {
                    return Err(TOO_DEEP.to_owned());
                }
                self.compiled.get_mut(*first)?.properties.extend(other.properties);
            } else if own.is_of("array") && !own.items.is_empty() && !other.items.is_empty() {
                self.merge_items(*first, &other.items)?;
            }
        }
        Ok(Some(*first))
    }

    fn merge_items(&mut self, first: Id, others: &[Id]) -> Result<(), String> {
        for (at, other) in others.iter().enumerate() {
            let Some(own) = self.compiled.get(first)?.items.get(at).copied() else {
                self.compiled.get_mut(first)?.items.push(*other);
                continue;
            };
            if types_text(self.compiled.get(own)?) != types_text(self.compiled.get(*other)?) {
                return Err("unable to merge these schemas".to_owned());
            }
        }
        Ok(())
    }
}

/// The types of a schema as messages show them.
fn types_text(schema: &Schema) -> String {
    match schema.types.as_slice() {
        [] => "Undefined".to_owned(),
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    }
}

/// Merging and references can make a small schema a large type; a larger one is refused.
const MAX_STEPS: u32 = 200_000;
