//! A schema whose parts were put together, with what the specification says is always there.

mod check;

use std::collections::BTreeMap;

use super::parser;
use super::tree::{POSITION, all, flag, part, text};
use crate::value::Value;

/// The types and directives that a query can use.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    pub(super) types: BTreeMap<String, Type>,
    pub(super) directives: BTreeMap<String, Value>,
    pub(super) query: Option<String>,
    pub(super) mutation: Option<String>,
    pub(super) subscription: Option<String>,
    /// The object types behind each type.
    pub(super) possible: BTreeMap<String, Vec<String>>,
}

/// A type with all of its extensions.
#[derive(Debug, Clone, Default)]
pub(super) struct Type {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) fields: Vec<Value>,
    pub(super) interfaces: Vec<String>,
    pub(super) members: Vec<String>,
    pub(super) values: Vec<Value>,
    pub(super) directives: Vec<Value>,
    built_in: bool,
    position: Option<Value>,
}

impl Schema {
    /// Puts the parts of a document together and checks them.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub(super) fn new(document: &Value) -> Result<Self, String> {
        let prelude = parser::schema(PRELUDE)?;
        let mut schema = Self::default();
        for definition in all(&prelude, "Definitions") {
            schema.define(definition, Origin::Prelude)?;
        }
        for definition in all(document, "Definitions") {
            schema.define(definition, Origin::Document)?;
        }
        for extension in all(document, "Extensions") {
            schema.extend(extension)?;
        }
        schema.find_possible_types();
        for directive in all(&prelude, "Directives").iter().chain(all(document, "Directives")) {
            let name = text(directive, "Name");
            let known = ["include", "skip", "deprecated", "specifiedBy", "defer", "oneOf"];
            if schema.directives.contains_key(name) && !known.contains(&name) {
                return Err(located(directive, &format!("Cannot redeclare directive {name}.")));
            }
            schema.directives.insert(name.to_owned(), directive.clone());
        }
        let definitions = all(document, "Schema");
        if let Some(second) = definitions.get(1) {
            let message = "Cannot have multiple schema entry points, consider schema extensions instead.";
            return Err(located(second, message));
        }
        for definition in definitions.iter().chain(all(document, "SchemaExtension")) {
            schema.entry_points(definition)?;
        }
        check::check(&schema)?;
        if definitions.is_empty() {
            let types = &schema.types;
            let named = |name: &str| types.contains_key(name).then(|| name.to_owned());
            let (query, mutation, subscription) = (named("Query"), named("Mutation"), named("Subscription"));
            schema.query = schema.query.or(query);
            schema.mutation = schema.mutation.or(mutation);
            schema.subscription = schema.subscription.or(subscription);
        }
        let introspection = parser::schema(INTROSPECTION)?;
        let fields = all(&introspection, "Definitions").first().map_or(&[][..], |query| all(query, "Fields"));
        if let Some(query) = schema.query.as_ref().and_then(|name| schema.types.get_mut(name)) {
            query.fields.extend(fields.iter().cloned());
        }
        Ok(schema)
    }

    /// The type that a reference names at its core.
    pub(super) fn type_of(&self, reference: &Value) -> Option<&Type> {
        self.types.get(core_name(reference))
    }

    fn define(&mut self, definition: &Value, origin: Origin) -> Result<(), String> {
        let name = text(definition, "Name");
        if self.types.contains_key(name) {
            return Err(located(definition, &format!("Cannot redeclare type {name}.")));
        }
        let mut new = Type {
            name: name.to_owned(),
            kind: text(definition, "Kind").to_owned(),
            built_in: origin == Origin::Prelude || flag(definition, "BuiltIn"),
            position: part(definition, POSITION).cloned(),
            ..Type::default()
        };
        new.add(definition);
        self.types.insert(name.to_owned(), new);
        Ok(())
    }

    fn extend(&mut self, extension: &Value) -> Result<(), String> {
        let (name, kind) = (text(extension, "Name"), text(extension, "Kind"));
        let base = self.types.entry(name.to_owned()).or_insert_with(|| Type {
            name: name.to_owned(),
            kind: kind.to_owned(),
            position: part(extension, POSITION).cloned(),
            ..Type::default()
        });
        if base.kind != kind {
            let message =
                format!("Cannot extend type {name} because the base type is a {}, not {kind}.", base.kind);
            return Err(located(extension, &message));
        }
        base.add(extension);
        Ok(())
    }

    fn find_possible_types(&mut self) {
        let mut possible: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut add =
            |name: &String, object: &String| possible.entry(name.clone()).or_default().push(object.clone());
        for found in self.types.values() {
            match found.kind.as_str() {
                "UNION" => found.members.iter().for_each(|member| add(&found.name, member)),
                "INPUT_OBJECT" | "OBJECT" | "INTERFACE" => {
                    found.interfaces.iter().for_each(|interface| add(interface, &found.name));
                    if found.kind != "INTERFACE" {
                        add(&found.name, &found.name);
                    }
                }
                _ => {}
            }
        }
        self.possible = possible;
    }

    fn entry_points(&mut self, definition: &Value) -> Result<(), String> {
        for entry in all(definition, "OperationTypes") {
            let (operation, name) = (text(entry, "Operation"), text(entry, "Type"));
            if !self.types.contains_key(name) {
                let message = format!("Schema root {operation} refers to a type {name} that does not exist.");
                return Err(located(entry, &message));
            }
            match operation {
                "query" => self.query = Some(name.to_owned()),
                "mutation" => self.mutation = Some(name.to_owned()),
                "subscription" => self.subscription = Some(name.to_owned()),
                _ => {}
            }
        }
        check::directives(self, all(definition, "Directives"), "SCHEMA", None, check::Repeats::Checked)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Prelude,
    Document,
}

impl Type {
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|field| text(field, "Name") == name)
    }

    pub(super) fn is_leaf(&self) -> bool {
        matches!(self.kind.as_str(), "ENUM" | "SCALAR")
    }

    pub(super) fn is_composite(&self) -> bool {
        matches!(self.kind.as_str(), "OBJECT" | "INTERFACE" | "UNION")
    }

    pub(super) fn is_input(&self) -> bool {
        matches!(self.kind.as_str(), "SCALAR" | "ENUM" | "INPUT_OBJECT")
    }

    fn add(&mut self, definition: &Value) {
        let names = |list: &str| all(definition, list).iter().filter_map(Value::as_str).map(str::to_owned);
        self.fields.extend(all(definition, "Fields").iter().cloned());
        self.interfaces.extend(names("Interfaces"));
        self.members.extend(names("Types"));
        self.values.extend(all(definition, "EnumValues").iter().cloned());
        self.directives.extend(all(definition, "Directives").iter().cloned());
    }
}

/// A type reference as it is written.
pub(super) fn written(reference: &Value) -> String {
    let required = if flag(reference, "NonNull") { "!" } else { "" };
    match part(reference, "Elem") {
        Some(element) if text(reference, "NamedType").is_empty() => {
            format!("[{}]{required}", written(element))
        }
        Some(_) | None => format!("{}{required}", text(reference, "NamedType")),
    }
}

/// The name of the type inside of lists.
pub(super) fn core_name(reference: &Value) -> &str {
    let mut reference = reference;
    while let Some(element) = part(reference, "Elem").filter(|_| text(reference, "NamedType").is_empty()) {
        reference = element;
    }
    text(reference, "NamedType")
}

/// Whether a value of one type can stand where another is expected.
pub(super) fn is_compatible(given: &Value, wanted: &Value, wanted_required: bool) -> bool {
    if text(given, "NamedType") != text(wanted, "NamedType") {
        return false;
    }
    let elements_fit = match (part(given, "Elem"), part(wanted, "Elem")) {
        (Some(given), Some(wanted)) => is_compatible(given, wanted, flag(wanted, "NonNull")),
        (Some(_), None) => false,
        (None, _) => true,
    };
    elements_fit && (!wanted_required || flag(given, "NonNull"))
}

/// The definition of an argument.
pub(super) fn named<'a>(nodes: &'a [Value], name: &str) -> Option<&'a Value> {
    nodes.iter().find(|node| text(node, "Name") == name)
}

/// A message with the place of a node, as OPA's library writes it.
pub(super) fn located(node: &Value, message: &str) -> String {
    located_at(part(node, POSITION), message)
}

fn located_at(position: Option<&Value>, message: &str) -> String {
    let numbers = position.and_then(Value::as_array).map_or(&[][..], |place| place.as_slice());
    match numbers {
        [row, column] => format!("input:{row}:{column}: {message}"),
        _ => format!("input:-1:-1: {message}"),
    }
}

/// What the specification says is part of each schema.
const PRELUDE: &str = include_str!("prelude.graphql");

/// The fields that the query type always has.
const INTROSPECTION: &str = "type Query { __schema: __Schema! __type(name: String!): __Type }";
