//! Whether a query fits a schema: the rules of the specification, in the words of OPA's library.

mod merge;
mod spread;
mod suggest;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Schema, Type, core_name, located, named, written};
use super::tree::{POSITION, all, flag, part, text};
use crate::value::Value;

/// Checks a query.
///
/// # Errors
/// What is wrong, each with its place, in the order in which it is found.
pub(super) fn validate(schema: &Schema, query: &Value) -> Result<(), Vec<String>> {
    let typename = super::parser::schema("type T { __typename: String }").unwrap_or(Value::Null);
    let typename =
        all(&typename, "Definitions").first().and_then(|found| all(found, "Fields").first().cloned());
    let fragments = all(query, "Fragments");
    let mut walk = Walk {
        schema,
        fragments: fragments.iter().rev().map(|fragment| (text(fragment, "Name"), fragment)).collect(),
        typename: typename.as_ref(),
        operation: None,
        used_variables: BTreeSet::new(),
        used_fragments: BTreeSet::new(),
        in_fragments: false,
        entered: BTreeSet::new(),
        depth: 0,
        comparisons: suggest::COMPARISONS,
        errors: Vec::new(),
    };
    let operations = all(query, "Operations");
    let mut names = BTreeSet::new();
    for operation in operations {
        walk.operation(operation);
        let name = text(operation, "Name");
        if name.is_empty() && operations.len() > 1 {
            walk.error(operation, "This anonymous operation must be the only defined operation.");
        }
        if !names.insert(name) {
            walk.error(operation, &format!("There can be only one operation named \"{name}\"."));
        }
    }
    walk.operation = None;
    walk.in_fragments = true;
    let mut names = BTreeSet::new();
    for fragment in fragments {
        walk.fragment(fragment);
        let name = text(fragment, "Name");
        if !names.insert(name) {
            walk.error(fragment, &format!("There can be only one fragment named \"{name}\"."));
        }
    }
    spread::no_circles(&mut walk, fragments);
    if walk.errors.is_empty() { Ok(()) } else { Err(walk.errors) }
}

struct Walk<'a> {
    schema: &'a Schema,
    fragments: BTreeMap<&'a str, &'a Value>,
    /// The definition of the field that every composite type has.
    typename: Option<&'a Value>,
    operation: Option<&'a Value>,
    used_variables: BTreeSet<&'a str>,
    used_fragments: BTreeSet<&'a str>,
    in_fragments: bool,
    /// The fragments whose selections were looked at where they are spread, for this operation.
    entered: BTreeSet<&'a str>,
    depth: usize,
    /// How many names may still be compared with others.
    comparisons: usize,
    errors: Vec<String>,
}

impl<'a> Walk<'a> {
    fn error(&mut self, node: &Value, message: &str) {
        // Of trees that policies give no place is known, and here it is left out.
        let nowhere = part(node, POSITION).is_none();
        self.errors.push(if nowhere { format!("input: {message}") } else { located(node, message) });
    }

    fn operation(&mut self, operation: &'a Value) {
        self.operation = Some(operation);
        self.entered.clear();
        self.used_variables.clear();
        let (root, location) = match text(operation, "Operation") {
            "mutation" => (&self.schema.mutation, "MUTATION"),
            "subscription" => (&self.schema.subscription, "SUBSCRIPTION"),
            _ => (&self.schema.query, "QUERY"),
        };
        let root = root.as_ref().and_then(|name| self.schema.types.get(name));
        let variables = all(operation, "VariableDefinitions");
        for variable in variables {
            let reference = part(variable, "Type");
            let name = reference.map_or("", core_name);
            if !self.schema.types.contains_key(name) {
                self.error(variable, &format!("Unknown type \"{name}\"."));
            }
        }
        for variable in variables {
            if let Some(default) = part(variable, "DefaultValue") {
                self.value(default, part(variable, "Type"), false);
            }
            self.directives(all(variable, "Directives"), "VARIABLE_DEFINITION");
        }
        self.directives(all(operation, "Directives"), location);
        self.selections(root, all(operation, "SelectionSet"));
        if root.is_none() {
            let kind = text(operation, "Operation");
            self.error(operation, &format!("Schema does not support operation type \"{kind}\""));
        }
        let name = text(operation, "Name");
        let mut seen = BTreeSet::new();
        for variable in variables {
            let own = text(variable, "Variable");
            if !self.used_variables.contains(own) {
                let of = if name.is_empty() { String::new() } else { format!(" in operation \"{name}\"") };
                self.error(variable, &format!("Variable \"${own}\" is never used{of}."));
            }
            if !seen.insert(own) {
                self.error(variable, &format!("There can be only one variable named \"${own}\"."));
            }
            if let Some(reference) = part(variable, "Type")
                && self.schema.type_of(reference).is_some_and(|found| !found.is_input())
            {
                let reference = written(reference);
                self.error(
                    variable,
                    &format!("Variable \"${own}\" cannot be non-input type \"{reference}\"."),
                );
            }
        }
        if text(operation, "Operation") == "subscription" && self.schema.subscription.is_some() {
            spread::single_field(self, operation);
        }
    }

    fn fragment(&mut self, fragment: &'a Value) {
        let (name, condition) = (text(fragment, "Name"), text(fragment, "TypeCondition"));
        let found = self.schema.types.get(condition);
        self.directives(all(fragment, "Directives"), "FRAGMENT_DEFINITION");
        self.selections(found, all(fragment, "SelectionSet"));
        match found {
            None => {
                let known: Vec<&str> = self.schema.types.keys().map(String::as_str).collect();
                let meant = self.instead_of_name(condition, &known, "Did you mean");
                self.error(fragment, &format!("Unknown type \"{condition}\".{meant}"));
            }
            Some(found) if !found.is_composite() => {
                let message =
                    format!("Fragment \"{name}\" cannot condition on non composite type \"{condition}\".");
                self.error(fragment, &message);
            }
            Some(_) => {}
        }
        if !self.used_fragments.contains(name) {
            self.error(fragment, &format!("Fragment \"{name}\" is never used."));
        }
    }

    fn selections(&mut self, parent: Option<&'a Type>, selections: &'a [Value]) {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            if self.depth == MAX_NESTING + 1 {
                self.errors.push("input: selections nest too deep".to_owned());
            }
            self.depth -= 1;
            return;
        }
        for selection in selections {
            if part(selection, "Alias").is_some() {
                self.field(parent, selection);
            } else if part(selection, "TypeCondition").is_some() || part(selection, "SelectionSet").is_some()
            {
                self.inline_fragment(parent, selection);
            } else {
                self.spread(parent, selection);
            }
        }
        self.depth -= 1;
        merge::fields_can_merge(self, parent, selections);
    }

    /// The definition of a field of a type.
    fn definition(&self, parent: Option<&'a Type>, name: &str) -> Option<&'a Value> {
        if name == "__typename" { self.typename } else { parent?.field(name) }
    }

    fn field(&mut self, parent: Option<&'a Type>, field: &'a Value) {
        let name = text(field, "Name");
        let definition = self.definition(parent, name);
        let reference = definition.and_then(|definition| part(definition, "Type"));
        let found = reference.and_then(|reference| self.schema.type_of(reference));
        let (arguments, selections) = (all(field, "Arguments"), all(field, "SelectionSet"));
        let parameters = definition.map_or(&[][..], |definition| all(definition, "Arguments"));
        self.arguments(parameters, arguments);
        self.directives(all(field, "Directives"), "FIELD");
        self.selections(found, selections);
        let Some(definition) = definition else {
            if let Some(parent) = parent {
                let meant = self.instead_of_field(parent, name);
                let message = format!("Cannot query field \"{name}\" on type \"{}\".{meant}", parent.name);
                self.error(field, &message);
            }
            self.unique_arguments(arguments);
            return;
        };
        for argument in arguments {
            let own = text(argument, "Name");
            if let Some(parent) = parent.filter(|_| named(parameters, own).is_none()) {
                let meant = self.instead_of(own, parameters, "Did you mean");
                let message =
                    format!("Unknown argument \"{own}\" on field \"{}.{name}\".{meant}", parent.name);
                self.error(field, &message);
            }
        }
        self.unique_arguments(arguments);
        self.required_arguments(field, all(definition, "Arguments"), arguments, &format!("Field \"{name}\""));
        if let (Some(found), Some(reference)) = (found, reference) {
            if found.is_leaf() && !selections.is_empty() {
                let message = format!(
                    "Field \"{name}\" must not have a selection since type \"{}\" has no subfields.",
                    found.name
                );
                self.error(field, &message);
            }
            if !found.is_leaf() && selections.is_empty() {
                let reference = written(reference);
                let message = format!(
                    "Field \"{name}\" of type \"{reference}\" must have a selection of subfields. Did you mean \"{name} {{ ... }}\"?"
                );
                self.error(field, &message);
            }
        }
        if matches!(name, "__schema" | "__type") && spread::is_too_deep(self, field, &mut BTreeSet::new(), 0)
        {
            self.error(field, "Maximum introspection depth exceeded");
        }
    }

    fn arguments(&mut self, parameters: &'a [Value], arguments: &'a [Value]) {
        for argument in arguments {
            let parameter = named(parameters, text(argument, "Name"));
            if let Some(value) = part(argument, "Value") {
                let expected = parameter.and_then(|parameter| part(parameter, "Type"));
                self.value(value, expected, parameter.is_some_and(value::has_default));
            }
        }
    }

    fn unique_arguments(&mut self, arguments: &[Value]) {
        let mut seen = BTreeSet::new();
        for argument in arguments {
            let name = text(argument, "Name");
            if !seen.insert(name) {
                self.error(argument, &format!("There can be only one argument named \"{name}\"."));
            }
        }
    }

    fn required_arguments(&mut self, node: &Value, parameters: &[Value], arguments: &[Value], what: &str) {
        for parameter in parameters {
            let Some(reference) = part(parameter, "Type").filter(|reference| flag(reference, "NonNull"))
            else {
                continue;
            };
            let name = text(parameter, "Name");
            if part(parameter, "DefaultValue").is_none() && named(arguments, name).is_none() {
                let reference = written(reference);
                let message = format!(
                    "{what} argument \"{name}\" of type \"{reference}\" is required, but it was not provided."
                );
                self.error(node, &message);
            }
        }
    }

    fn directives(&mut self, directives: &'a [Value], location: &str) {
        let mut seen = BTreeSet::new();
        for directive in directives {
            let name = text(directive, "Name");
            let definition = self.schema.directives.get(name);
            let arguments = all(directive, "Arguments");
            let parameters = definition.map_or(&[][..], |definition| all(definition, "Arguments"));
            self.arguments(parameters, arguments);
            self.unique_arguments(arguments);
            if let Some(definition) = definition {
                if !all(definition, "Locations").iter().any(|known| known.as_str() == Some(location)) {
                    self.error(directive, &format!("Directive \"@{name}\" may not be used on {location}."));
                }
                for argument in arguments {
                    let own = text(argument, "Name");
                    if named(parameters, own).is_none() {
                        let meant = self.instead_of(own, parameters, "Did you mean");
                        let message = format!("Unknown argument \"{own}\" on directive \"@{name}\".{meant}");
                        self.error(directive, &message);
                    }
                }
                self.required_arguments(directive, parameters, arguments, &format!("Directive \"@{name}\""));
            } else {
                self.error(directive, &format!("Unknown directive \"@{name}\"."));
            }
            let may_repeat = definition.is_some_and(|definition| flag(definition, "IsRepeatable"));
            if !seen.insert(name) && !may_repeat {
                let message = format!("The directive \"@{name}\" can only be used once at this location.");
                self.error(directive, &message);
            }
        }
    }

    fn inline_fragment(&mut self, parent: Option<&'a Type>, fragment: &'a Value) {
        let condition = text(fragment, "TypeCondition");
        let found = if condition.is_empty() { parent } else { self.schema.types.get(condition) };
        self.directives(all(fragment, "Directives"), "INLINE_FRAGMENT");
        self.selections(found, all(fragment, "SelectionSet"));
        if condition.is_empty() {
            return;
        }
        match found {
            None => self.error(fragment, &format!("Unknown type \"{condition}\".")),
            Some(found) if !found.is_composite() => {
                let message = format!("Fragment cannot condition on non composite type \"{condition}\".");
                self.error(fragment, &message);
            }
            Some(found) => {
                if let Some(parent) = parent.filter(|parent| !spread::can_be(self.schema, parent, found)) {
                    let message = format!(
                        "Fragment cannot be spread here as objects of type \"{}\" can never be of type \"{condition}\".",
                        parent.name
                    );
                    self.error(fragment, &message);
                }
            }
        }
    }

    fn spread(&mut self, parent: Option<&'a Type>, spread: &'a Value) {
        let name = text(spread, "Name");
        if !self.in_fragments {
            self.used_fragments.insert(name);
        }
        let definition = self.fragments.get(name).copied();
        let condition = definition.map_or("", |definition| text(definition, "TypeCondition"));
        let found = self.schema.types.get(condition);
        self.directives(all(spread, "Directives"), "FRAGMENT_SPREAD");
        let Some(definition) = definition else {
            self.error(spread, &format!("Unknown fragment \"{name}\"."));
            return;
        };
        if self.entered.insert(name) {
            self.directives(all(definition, "Directives"), "FRAGMENT_DEFINITION");
            self.selections(found, all(definition, "SelectionSet"));
        }
        if let (Some(parent), Some(found)) = (parent, found)
            && found.is_composite()
            && !spread::can_be(self.schema, parent, found)
        {
            let message = format!(
                "Fragment \"{name}\" cannot be spread here as objects of type \"{}\" can never be of type \"{condition}\".",
                parent.name
            );
            self.error(spread, &message);
        }
    }
}

const MAX_NESTING: usize = 500;
