//! What METADATA annotations say of the documents that a rule refers to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Key;
use super::environment::{Documents, Environment, Layer, Replacement};
use super::error::TypeError;
use super::lattice::{Object, Type};
use super::rules::CheckedRule;
use super::schema::{self, Schemas};
use super::tree::Node;
use crate::syntax::display;
use crate::syntax::tree::{Ref, SchemaAnnotation, SchemaSource, Term};

/// The types of the keys and values that an object has besides its fields.
type Rest = Option<(Option<Type>, Option<Type>)>;

/// The schemas that annotations name, read once each.
#[derive(Debug)]
pub(super) struct Annotated<'s> {
    schemas: Option<&'s Schemas>,
    read: BTreeMap<String, Type>,
}

impl<'s> Annotated<'s> {
    pub(super) fn new(schemas: Option<&'s Schemas>) -> Self {
        Self { schemas, read: BTreeMap::new() }
    }

    /// The documents that the annotations of a rule describe; none when there are none.
    pub(super) fn describe(
        &mut self,
        documents: &mut Documents,
        rule: &CheckedRule<'_>,
        errors: &mut Vec<TypeError>,
    ) -> Option<Arc<Node>> {
        let mut described = Arc::new(Node::default());
        let mut any = false;
        for annotation in rule.schemas {
            let of = match self.type_of(documents, annotation) {
                Ok(Some(of)) => of,
                Ok(None) => continue,
                Err(message) => {
                    errors.push(TypeError::new(message, rule.span));
                    continue;
                }
            };
            let (prefix, of) = {
                let mut environment = Environment::new(documents);
                let layer = Replacement { literal: 0, types: Vec::new(), tree: Arc::clone(&described) };
                environment.enter(Layer::Replaced(layer));
                match known_prefix(&environment, &annotation.path) {
                    Some((length, known)) => match annotation.path.operands.get(length..) {
                        Some(rest @ [_, ..]) => match overridden(rest, &known, &of) {
                            Ok(of) => (length, of),
                            Err(message) => {
                                errors.push(TypeError::new(message, rule.span));
                                continue;
                            }
                        },
                        _ => (annotation.path.operands.len(), of),
                    },
                    None => (annotation.path.operands.len(), of),
                }
            };
            let operands = annotation.path.operands.iter().take(prefix);
            let path = std::iter::once(&annotation.path.head).chain(operands);
            path.fold(Arc::make_mut(&mut described), Node::descend).set(of);
            any = true;
        }
        any.then_some(described)
    }

    fn type_of(
        &mut self,
        documents: &mut Documents,
        annotation: &SchemaAnnotation,
    ) -> Result<Option<Type>, String> {
        let reference = match &annotation.schema {
            SchemaSource::Definition(schema) => return schema::load(schema, &mut documents.knots).map(Some),
            SchemaSource::Reference(reference) => reference,
        };
        let Some(schemas) = self.schemas else { return Ok(None) };
        let name = schema::name(reference);
        if let Some(known) = self.read.get(&name) {
            return Ok(Some(known.clone()));
        }
        let schema = schemas.get(reference).ok_or_else(|| format!("undefined schema: {name}"))?;
        let of = schema::load(schema, &mut documents.knots)?;
        self.read.insert(name, of.clone());
        Ok(Some(of))
    }
}

/// The shortest part of a path that something is known of: its operands, and what is known.
fn known_prefix(environment: &Environment<'_>, path: &Ref) -> Option<(usize, Type)> {
    let length = path.operands.len().max(1);
    (0..length).find_map(|length| {
        let operands = path.operands.iter().take(length).cloned().collect();
        let prefix = Ref { span: path.span, head: path.head.clone(), operands };
        environment.reference(&prefix).map(|of| (length, of))
    })
}

/// A type with another one for a part of it.
fn overridden(path: &[Term], of: &Type, part: &Type) -> Result<Type, String> {
    let of = of.unfolded().unwrap_or_else(|| of.clone());
    let Type::Object(object) = &of else {
        return nested(path, part, &Some((Some(Type::Any), Some(Type::Any))));
    };
    let Some((first, rest)) = path.split_first() else { return Ok(part.clone()) };
    let first_key = Key::of_term(first);
    let mut fields = Vec::with_capacity(object.fields().len() + 1);
    let mut found = false;
    for (key, value) in object.fields() {
        if first_key.as_ref() != Some(key) {
            fields.push((key.clone(), value.clone()));
            continue;
        }
        found = true;
        let value = match (rest, value) {
            ([], _) => part.clone(),
            (rest, Some(value)) => overridden(rest, value, part)?,
            (rest, None) => nested(rest, part, &Some((Some(Type::Any), Some(Type::Any))))?,
        };
        fields.push((key.clone(), Some(value)));
    }
    if !found && let Type::Object(more) = nested(path, part, &rest_of(object))? {
        fields.extend(more.fields().iter().cloned());
    }
    Ok(Type::object(fields, rest_of(object)))
}

/// Objects in each other, as a path leads through them to a part.
fn nested(path: &[Term], part: &Type, rest: &Rest) -> Result<Type, String> {
    let mut of = part.clone();
    let mut keys = Vec::with_capacity(path.len());
    for term in path {
        let key = Key::of_term(term)
            .ok_or_else(|| format!("error getting key from value: {}", unresolved(term)))?;
        keys.push(key);
    }
    for key in keys.into_iter().rev() {
        of = Type::object(vec![(key, Some(of))], rest.clone());
    }
    Ok(of)
}

fn rest_of(object: &Object) -> Rest {
    object.rest().map(|(key, value)| (key.cloned(), value.cloned()))
}

/// Why a term is no constant, in OPA's words.
fn unresolved(term: &Term) -> String {
    match term.as_ref_term() {
        Some(reference) => format!("illegal value: {}", display::reference(reference)),
        None => format!("{} requires evaluation", term.kind_name()),
    }
}
