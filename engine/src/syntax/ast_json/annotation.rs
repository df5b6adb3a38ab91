//! METADATA blocks.

use super::{Place, Writer, list, object};
use crate::syntax::tree::{
    Annotations, CompileAnnotation, Ref, SchemaAnnotation, SchemaSource, Term, TermKind,
};
use crate::value::Value;

impl Writer<'_> {
    pub(super) fn annotations(&self, block: &Annotations) -> Value {
        let mut fields = vec![("scope", Value::from(block.scope.as_str()))];
        let mut text = |name, text: &str| {
            if !text.is_empty() {
                fields.push((name, text.into()));
            }
        };
        text("title", block.title.as_str());
        text("description", block.description.as_str());
        if block.entrypoint {
            fields.push(("entrypoint", true.into()));
        }
        let mut all = |name, values: Vec<Value>| {
            if !values.is_empty() {
                fields.push((name, list(values)));
            }
        };
        all("organizations", block.organizations.iter().map(|name| name.as_str().into()).collect());
        let resources = block.related_resources.iter().map(|resource| {
            let description = resource.description.as_str();
            let description = (!description.is_empty()).then(|| ("description", description.into()));
            object([("ref", resource.reference.as_str().into())].into_iter().chain(description))
        });
        all("related_resources", resources.collect());
        let authors = block.authors.iter().map(|author| {
            let email = author.email.as_str();
            let email = (!email.is_empty()).then(|| ("email", email.into()));
            object([("name", author.name.as_str().into())].into_iter().chain(email))
        });
        all("authors", authors.collect());
        all("schemas", block.schemas.iter().map(schema).collect());
        if let Some(hints) = &block.compile {
            fields.push(("compile", compile(hints)));
        }
        for (name, value) in [("custom", &block.custom), ("labels", &block.labels)] {
            let value =
                value.as_ref().filter(|value| value.as_object().is_some_and(|object| !object.is_empty()));
            fields.extend(value.map(|value| (name, value.clone())));
        }
        self.located(fields, Place::of(block.span))
    }
}

fn schema(schema: &SchemaAnnotation) -> Value {
    let source = match &schema.schema {
        SchemaSource::Reference(reference) => ("schema", path(reference)),
        SchemaSource::Definition(value) => ("definition", value.clone()),
    };
    object([("path", path(&schema.path)), source])
}

fn compile(hints: &CompileAnnotation) -> Value {
    let unknowns = (!hints.unknowns.is_empty()).then(|| ("unknowns", list(hints.unknowns.iter().map(path))));
    let mask = hints.mask_rule.as_ref().map(|rule| ("mask_rule", Value::from(&**rule)));
    object(unknowns.into_iter().chain(mask))
}

/// A reference without places: it was read on its own, not as a part of the module.
fn path(reference: &Ref) -> Value {
    list(std::iter::once(&reference.head).chain(&reference.operands).map(step))
}

fn step(term: &Term) -> Value {
    let kind = term.kind_name();
    let value = match &term.kind {
        TermKind::Var(var) => var.name.as_str(),
        TermKind::String(name) | TermKind::Number(name) => name.as_str(),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Template(_)
        | TermKind::Ref(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => "",
    };
    object([("type", kind.into()), ("value", value.into())])
}
