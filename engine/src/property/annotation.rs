//! Properties that METADATA says of rules: `custom.portcullis.properties`.

use std::sync::Arc;

use super::form::CustomForm;
use super::read::Reader;
use super::text::Texts;
use super::{Path, PropertySet, SetBudget};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Entry, Node, NodeKind};
use crate::frontend::{Annotated, Inventory};
use crate::source::Span;
use crate::suite::table::path;
use crate::value::Value;

/// The sets that METADATA has, one for each rule; the rule is the decision.
///
/// # Errors
/// Everything that is wrong with them.
pub fn of_metadata(inventory: &Inventory) -> Result<Vec<PropertySet>, Vec<Diagnostic>> {
    let mut sets: Vec<PropertySet> = Vec::new();
    let mut errors = Vec::new();
    for annotated in &inventory.annotations {
        let Some(custom) = custom(annotated) else { continue };
        let custom = match custom {
            Ok(custom) => custom,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let Some(properties) = custom.properties else { continue };
        let span = annotated.annotations.span;
        let refuse =
            |message: &str, help: &str| Diagnostic::error(Code::Property, message, span).with_help(help);
        let (Some(entrypoint), true) = (below_data(annotated), annotated.rule.is_some()) else {
            errors.push(refuse("properties of what is no rule", "write them above the rule that decides"));
            continue;
        };
        let NodeKind::Array(nodes) = &properties.kind else {
            errors.push(refuse("`properties` is no array", "write `properties: [{id: NAME, ...}]`"));
            continue;
        };
        let mut reader =
            Reader { text: "", texts: Texts::new(&format!("m{}", sets.len())), errors: Vec::new() };
        let properties = reader.properties(nodes);
        errors.append(&mut reader.errors);
        sets.push(PropertySet {
            name: path::show("data", &entrypoint).into(),
            span,
            entrypoint: Some((entrypoint, span)),
            policies: None,
            data: Vec::new(),
            inputs: Vec::new(),
            budget: SetBudget::default(),
            baseline: None,
            accepted: Vec::new(),
            properties,
            in_modules: true,
            texts: reader.texts,
        });
    }
    if errors.is_empty() { Ok(sets) } else { Err(errors) }
}

/// What an annotation says under `custom.portcullis`, if it says anything.
pub(super) fn custom(annotated: &Annotated) -> Option<Result<CustomForm, Diagnostic>> {
    let own = annotated.annotations.custom.as_ref()?.as_object()?.get_str("portcullis")?;
    let node = node_of(own, annotated.annotations.span, MAX_DEPTH);
    let mut reader = Reader { text: "", texts: Texts::new(""), errors: Vec::new() };
    match reader.fields(&node) {
        Some(form) => Some(Ok(form)),
        None => reader.errors.into_iter().next().map(Err),
    }
}

/// The path below `data` of what an annotation is about.
pub(super) fn below_data(annotated: &Annotated) -> Option<Path> {
    let steps = annotated.path.operands.iter();
    steps.map(|step| step.as_string().map(|name| Arc::from(name.as_str()))).collect()
}

/// A value as a node; all of it stands where the annotation does.
pub(crate) fn node_of(value: &Value, span: Span, depth: usize) -> Node {
    let kind = match value {
        Value::Bool(value) => NodeKind::Bool(*value),
        Value::Number(number) => NodeKind::Number(number.clone()),
        Value::String(text) => NodeKind::String(Arc::clone(text)),
        Value::Array(array) if depth > 0 => {
            NodeKind::Array(array.iter().map(|value| node_of(value, span, depth - 1)).collect())
        }
        Value::Object(object) if depth > 0 => {
            let entries = object.iter().filter_map(|(key, value)| {
                let Value::String(key) = key else { return None };
                Some(Entry { key: Arc::clone(key), key_span: span, value: node_of(value, span, depth - 1) })
            });
            NodeKind::Object(entries.collect())
        }
        Value::Null | Value::Array(_) | Value::Object(_) | Value::Set(_) => NodeKind::Null,
    };
    Node::new(span, kind)
}

/// Deeper values are no part of a property.
const MAX_DEPTH: usize = 64;
