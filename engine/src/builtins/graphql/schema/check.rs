//! What makes a schema a valid one.

use std::collections::BTreeSet;

use super::{Schema, Type, core_name, is_compatible, located, located_at, named, written};
use crate::builtins::graphql::parser::NULL;
use crate::builtins::graphql::tree::{all, flag, part, text};
use crate::value::{Value, rego_string};

type Checked = Result<(), String>;

/// Whether a directive may be given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    Checked,
    Free,
}

pub(super) fn check(schema: &Schema) -> Checked {
    for found in schema.types.values() {
        definition(schema, found)?;
    }
    let mut visited = BTreeSet::new();
    for found in schema.types.values().filter(|found| found.kind == "INPUT_OBJECT") {
        no_circle(schema, found, &mut visited, &mut Vec::new())?;
    }
    for directive in schema.directives.values() {
        name(directive)?;
        arguments(schema, all(directive, "Arguments"), Some(text(directive, "Name")))?;
    }
    Ok(())
}

/// The directives of a node that stands at a location.
pub(super) fn directives(
    schema: &Schema,
    nodes: &[Value],
    location: &str,
    within: Option<&str>,
    repeats: Repeats,
) -> Checked {
    let mut seen = BTreeSet::new();
    for node in nodes {
        name(node)?;
        let own = text(node, "Name");
        if within == Some(own) {
            return Err(located(node, &format!("Directive {own} cannot refer to itself.")));
        }
        let Some(definition) = schema.directives.get(own) else {
            return Err(located(node, &format!("Undefined directive {own}.")));
        };
        if repeats == Repeats::Checked && !seen.insert(own) && !flag(definition, "IsRepeatable") {
            let message = format!("The directive {own} can only be used once at this location.");
            return Err(located(node, &message));
        }
        if !all(definition, "Locations").iter().any(|known| known.as_str() == Some(location)) {
            return Err(located(node, &format!("Directive {own} is not applicable on {location}.")));
        }
        let parameters = all(definition, "Arguments");
        for argument in all(node, "Arguments") {
            let argument_name = text(argument, "Name");
            if named(parameters, argument_name).is_none() {
                let message = format!("Undefined argument {argument_name} for directive {own}.");
                return Err(located(argument, &message));
            }
        }
        for parameter in parameters {
            let is_required = part(parameter, "Type").is_some_and(|reference| flag(reference, "NonNull"));
            let wanted = text(parameter, "Name");
            let given = named(all(node, "Arguments"), wanted).and_then(|argument| part(argument, "Value"));
            let missing = given.is_none_or(|value| part(value, "Kind") == Some(&Value::from(NULL)));
            if is_required && part(parameter, "DefaultValue").is_none() && missing {
                return Err(located(node, &format!("Argument {wanted} for directive {own} cannot be null.")));
            }
        }
    }
    Ok(())
}

fn name(node: &Value) -> Checked {
    let own = text(node, "Name");
    if !own.starts_with("__") {
        return Ok(());
    }
    let rule = "must not begin with \"__\", which is reserved by GraphQL introspection.";
    Err(located(node, &format!("Name \"{own}\" {rule}")))
}

fn definition(schema: &Schema, found: &Type) -> Checked {
    let at = |message: String| Err(located_at(found.position.as_ref(), &message));
    let (kind, own) = (&found.kind, &found.name);
    let field_location = if kind == "INPUT_OBJECT" { "INPUT_FIELD_DEFINITION" } else { "FIELD_DEFINITION" };
    for field in &found.fields {
        name(field)?;
        type_reference(schema, field)?;
        arguments(schema, all(field, "Arguments"), None)?;
        directives(schema, all(field, "Directives"), field_location, None, Repeats::Checked)?;
    }
    for member in &found.members {
        match schema.types.get(member) {
            None => return at(format!("Undefined type {}.", rego_string(member))),
            Some(member_type) if member_type.kind != "OBJECT" => {
                return at(format!("{kind} type {} must be OBJECT.", rego_string(member)));
            }
            Some(_) => {}
        }
    }
    for interface in &found.interfaces {
        implements(schema, found, interface)?;
    }
    match kind.as_str() {
        "OBJECT" | "INTERFACE" => {
            if found.fields.is_empty() {
                return at(format!("{kind} {own}: must define one or more fields."));
            }
            for field in &found.fields {
                if field_type(schema, field).is_some_and(|found| found.kind == "INPUT_OBJECT") {
                    let kinds = "SCALAR, OBJECT, INTERFACE, UNION, ENUM";
                    return Err(located(field, &format!("{kind} {own}: field must be one of {kinds}.")));
                }
            }
        }
        "ENUM" => {
            if found.values.is_empty() {
                return at(format!("{kind} {own}: must define one or more unique enum values."));
            }
            for value in &found.values {
                let value_name = text(value, "Name");
                if matches!(value_name, "true" | "false" | "null") {
                    return at(format!("{kind} {own}: non-enum value {value_name}."));
                }
                directives(schema, all(value, "Directives"), "ENUM_VALUE", None, Repeats::Checked)?;
            }
        }
        "INPUT_OBJECT" => {
            if found.fields.is_empty() {
                return at(format!("{kind} {own}: must define one or more input fields."));
            }
            for field in &found.fields {
                if let Some(wrong) = field_type(schema, field).filter(|found| !found.is_input()) {
                    let (kind, field_name) = (&wrong.kind, text(field, "Name"));
                    let message =
                        format!("{kind} {field_name}: field must be one of SCALAR, ENUM, INPUT_OBJECT.");
                    return Err(located(field, &message));
                }
            }
        }
        _ => {}
    }
    if let Some(field) = repeated(&found.fields) {
        let message = format!("Field {own}.{} can only be defined once.", text(field, "Name"));
        return Err(located(field, &message));
    }
    if let Some(value) = repeated(&found.values) {
        let message = format!("Enum value {own}.{} can only be defined once.", text(value, "Name"));
        return Err(located(value, &message));
    }
    let mut members = BTreeSet::new();
    if let Some(member) = found.members.iter().find(|member| !members.insert(*member)) {
        return at(format!("Union type {own} can only include type {member} once."));
    }
    if !found.built_in && own.starts_with("__") {
        let rule = "must not begin with \"__\", which is reserved by GraphQL introspection.";
        return at(format!("Name \"{own}\" {rule}"));
    }
    directives(schema, &found.directives, kind, None, Repeats::Free)
}

fn repeated(nodes: &[Value]) -> Option<&Value> {
    let mut seen = BTreeSet::new();
    nodes.iter().find(|node| !seen.insert(text(node, "Name")))
}

fn field_type<'a>(schema: &'a Schema, field: &Value) -> Option<&'a Type> {
    part(field, "Type").and_then(|reference| schema.type_of(reference))
}

fn type_reference(schema: &Schema, field: &Value) -> Checked {
    let reference = part(field, "Type").cloned().unwrap_or(Value::Null);
    let own = core_name(&reference);
    if schema.types.contains_key(own) {
        Ok(())
    } else {
        Err(located(&reference, &format!("Undefined type {own}.")))
    }
}

fn arguments(schema: &Schema, nodes: &[Value], within: Option<&str>) -> Checked {
    for node in nodes {
        name(node)?;
        type_reference(schema, node)?;
        if let (Some(reference), Some(found)) = (part(node, "Type"), field_type(schema, node))
            && !found.is_input()
        {
            let (reference, own, kind) = (written(reference), text(node, "Name"), &found.kind);
            let message =
                format!("cannot use {reference} as argument {own} because {kind} is not a valid input type");
            return Err(located(node, &message));
        }
        directives(schema, all(node, "Directives"), "ARGUMENT_DEFINITION", within, Repeats::Checked)?;
    }
    Ok(())
}

fn implements(schema: &Schema, found: &Type, interface_name: &str) -> Checked {
    let at = |message: String| Err(located_at(found.position.as_ref(), &message));
    let own = &found.name;
    let Some(interface) = schema.types.get(interface_name) else {
        return at(format!("Undefined type {}.", rego_string(interface_name)));
    };
    if interface.kind != "INTERFACE" {
        return at(format!("{} is a non interface type {}.", rego_string(interface_name), interface.kind));
    }
    for wanted in &interface.fields {
        let wanted_name = text(wanted, "Name");
        let intro = format!("For {own} to implement {interface_name}");
        let Some(field) = found.field(wanted_name) else {
            return at(format!("{intro} it must have a field called {wanted_name}."));
        };
        if let (Some(wanted_type), Some(given_type)) = (part(wanted, "Type"), part(field, "Type"))
            && !is_covariant(schema, wanted_type, given_type)
        {
            let message = format!("{intro} the field {wanted_name} must have type {}.", written(wanted_type));
            return Err(located(field, &message));
        }
        for argument in all(wanted, "Arguments") {
            let own_name = text(argument, "Name");
            let same = format!("{intro} the field {wanted_name} must have the same arguments but");
            let Some(given) = named(all(field, "Arguments"), own_name) else {
                return Err(located(field, &format!("{same} it is missing {own_name}.")));
            };
            if let (Some(wanted_type), Some(given_type)) = (part(argument, "Type"), part(given, "Type"))
                && !is_compatible(wanted_type, given_type, flag(given_type, "NonNull"))
            {
                return Err(located(given, &format!("{same} {own_name} has the wrong type.")));
            }
        }
        for argument in all(field, "Arguments") {
            let own_name = text(argument, "Name");
            let is_required = part(argument, "Type").is_some_and(|reference| flag(reference, "NonNull"))
                && part(argument, "DefaultValue").is_none();
            if is_required && named(all(wanted, "Arguments"), own_name).is_none() {
                let rule = "must be optional or have a default value";
                let message = format!(
                    "{intro} any additional arguments on {wanted_name} {rule} but {own_name} is required."
                );
                return Err(located(argument, &message));
            }
        }
    }
    for ancestor in &interface.interfaces {
        if found.interfaces.contains(ancestor) {
            continue;
        }
        return at(if ancestor == own {
            format!(
                "Type {own} cannot implement {interface_name} because it would create a circular reference."
            )
        } else {
            format!("Type {own} must implement {ancestor} because it is implemented by {interface_name}.")
        });
    }
    Ok(())
}

fn is_covariant(schema: &Schema, wanted: &Value, given: &Value) -> bool {
    if flag(wanted, "NonNull") && !flag(given, "NonNull") {
        return false;
    }
    let (wanted_name, given_name) = (text(wanted, "NamedType"), text(given, "NamedType"));
    if !wanted_name.is_empty() {
        let possible = schema.possible.get(wanted_name);
        return wanted_name == given_name
            || possible.is_some_and(|names| names.iter().any(|name| name == given_name));
    }
    match (part(wanted, "Elem"), part(given, "Elem")) {
        (Some(wanted), Some(given)) => is_covariant(schema, wanted, given),
        _ => false,
    }
}

/// No input object may need one of itself.
fn no_circle<'a>(
    schema: &'a Schema,
    found: &'a Type,
    visited: &mut BTreeSet<&'a str>,
    path: &mut Vec<(&'a str, &'a Value)>,
) -> Checked {
    if path.len() > MAX_PATH || !visited.insert(&found.name) {
        return Ok(());
    }
    for field in &found.fields {
        let Some(reference) = part(field, "Type") else { continue };
        let inner = schema.types.get(text(reference, "NamedType"));
        let Some(inner) = inner.filter(|inner| flag(reference, "NonNull") && inner.kind == "INPUT_OBJECT")
        else {
            continue;
        };
        path.push((&found.name, field));
        if let Some(start) = path.iter().position(|(name, _)| *name == inner.name) {
            let circle = path.get(start..).unwrap_or_default();
            let names: Vec<_> = circle.iter().map(|(_, field)| text(field, "Name")).collect();
            let message = format!(
                "Cannot reference Input Object {} within itself through a series of non-null fields: {}.",
                rego_string(&inner.name),
                rego_string(&names.join("."))
            );
            return Err(located(circle.first().map_or(field, |(_, field)| *field), &message));
        }
        no_circle(schema, inner, visited, path)?;
        path.pop();
    }
    Ok(())
}

/// Longer chains of input objects are not followed.
const MAX_PATH: usize = 500;
