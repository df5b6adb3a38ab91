//! Values where a type is expected.

use std::collections::BTreeSet;

use super::Walk;
use crate::builtins::graphql::parser::{
    BLOCK, BOOLEAN, ENUM, FLOAT, INT, LIST, NULL, OBJECT, STRING, VARIABLE,
};
use crate::builtins::graphql::schema::{Type, is_compatible, named, written};
use crate::builtins::graphql::tree::{all, flag, part, text};
use crate::value::{Number, Value, rego_string};

/// Whether a parameter or field has a default that is not null.
pub(super) fn has_default(node: &Value) -> bool {
    part(node, "DefaultValue").is_some_and(|value| kind(value) != NULL)
}

impl<'a> Walk<'a> {
    /// A value, where one of a type is expected, or of any type.
    pub(super) fn value(&mut self, value: &'a Value, expected: Option<&'a Value>, has_default: bool) {
        self.depth += 1;
        if self.depth > super::MAX_NESTING {
            self.depth -= 1;
            self.errors.push("input: values nest too deep".to_owned());
            return;
        }
        let found = expected.and_then(|expected| self.schema.type_of(expected));
        match kind(value) {
            VARIABLE => self.variable(value, expected, has_default),
            OBJECT => {
                let mut seen = BTreeSet::new();
                for child in all(value, "Children") {
                    let name = text(child, "Name");
                    let field = found.and_then(|found| found.field(name));
                    if let Some(inner) = part(child, "Value") {
                        let wanted = field.and_then(|field| part(field, "Type"));
                        self.value(inner, wanted, field.is_some_and(self::has_default));
                    }
                    if !seen.insert(name) {
                        self.error(child, &format!("There can be only one input field named \"{name}\"."));
                    }
                }
            }
            LIST => {
                let element = expected.and_then(|expected| part(expected, "Elem"));
                for inner in all(value, "Children").iter().filter_map(|child| part(child, "Value")) {
                    self.value(inner, element, false);
                }
            }
            _ => {}
        }
        if let (Some(found), Some(expected)) = (found, expected) {
            self.fits(value, found, expected);
        }
        self.depth -= 1;
    }

    fn variable(&mut self, value: &'a Value, expected: Option<&'a Value>, has_default: bool) {
        let Some(operation) = self.operation else { return };
        let name = text(value, "Raw");
        let definitions = all(operation, "VariableDefinitions");
        let Some(definition) = definitions.iter().find(|definition| text(definition, "Variable") == name)
        else {
            let of = text(operation, "Name");
            let by = if of.is_empty() { String::new() } else { format!(" by operation \"{of}\"") };
            self.error(value, &format!("Variable \"${name}\" is not defined{by}."));
            return;
        };
        self.used_variables.insert(name);
        let (Some(expected), Some(given)) = (expected, part(definition, "Type")) else { return };
        let required = flag(expected, "NonNull") && !has_default && !self::has_default(definition);
        if !is_compatible(given, expected, required) {
            let message = format!(
                "Variable \"${name}\" of type \"{}\" used in position expecting type \"{}\".",
                written(given),
                written(expected)
            );
            self.error(value, &message);
        }
    }

    fn fits(&mut self, value: &'a Value, found: &'a Type, expected: &Value) {
        let shown = || shown(value);
        if kind(value) == NULL && flag(expected, "NonNull") {
            let message = format!("Expected value of type \"{}\", found {}.", written(expected), shown());
            self.error(value, &message);
        }
        let built_in = ["Int", "Float", "String", "Boolean", "ID"];
        let own = found.name.as_str();
        if found.kind == "SCALAR" && !built_in.contains(&own) {
            return;
        }
        let raw = text(value, "Raw");
        let unreadable = kind(value) == INT && raw.parse::<i64>().is_err();
        if unreadable {
            self.unexpected(value, found, expected);
        }
        match kind(value) {
            LIST if part(expected, "Elem").is_none() => self.unexpected(value, found, expected),
            INT if !matches!(own, "Int" | "Float" | "ID") => self.unexpected(value, found, expected),
            FLOAT if own != "Float" => self.unexpected(value, found, expected),
            STRING | BLOCK if found.kind == "ENUM" => {
                let meant = self.instead_of(raw, &found.values, "Did you mean the enum value");
                let message = format!(
                    "Enum \"{}\" cannot represent non-enum value: {}.{meant}",
                    written(expected),
                    shown()
                );
                self.error(value, &message);
            }
            STRING | BLOCK if !matches!(own, "String" | "ID") => self.unexpected(value, found, expected),
            ENUM if found.kind != "ENUM" => self.unexpected(value, found, expected),
            ENUM if named(&found.values, raw).is_none() => {
                let meant = self.instead_of(raw, &found.values, "Did you mean the enum value");
                let message =
                    format!("Value \"{raw}\" does not exist in \"{}\" enum.{meant}", written(expected));
                self.error(value, &message);
            }
            BOOLEAN if own != "Boolean" => self.unexpected(value, found, expected),
            OBJECT => self.object(value, found),
            _ => {}
        }
    }

    fn object(&mut self, value: &'a Value, found: &'a Type) {
        let children = all(value, "Children");
        for field in &found.fields {
            let Some(reference) = part(field, "Type").filter(|reference| flag(reference, "NonNull")) else {
                continue;
            };
            let name = text(field, "Name");
            if named(children, name).is_none() && part(field, "DefaultValue").is_none() {
                let of = &found.name;
                let reference = written(reference);
                let message =
                    format!("Field \"{of}.{name}\" of required type \"{reference}\" was not provided.");
                self.error(value, &message);
            }
        }
        if named(&found.directives, "oneOf").is_some() {
            self.one_of(value, found);
        }
        for child in children {
            let name = text(child, "Name");
            if found.field(name).is_none() {
                let meant = self.instead_of(name, &found.fields, "Did you mean");
                let message = format!("Field \"{name}\" is not defined by type \"{}\".{meant}", found.name);
                self.error(child, &message);
            }
        }
    }

    fn one_of(&mut self, value: &'a Value, found: &'a Type) {
        let of = &found.name;
        let [child] = all(value, "Children") else {
            self.error(value, &format!("OneOf Input Object \"{of}\" must specify exactly one key."));
            return;
        };
        let Some(inner) = part(child, "Value") else { return };
        if kind(inner) == NULL {
            let first = found.fields.first().map_or("", |field| text(field, "Name"));
            self.error(inner, &format!("Field \"{of}.{first}\" must be non-null."));
        }
        let definitions = self.operation.map_or(&[][..], |operation| all(operation, "VariableDefinitions"));
        let name = text(inner, "Raw");
        let definition = definitions.iter().find(|definition| text(definition, "Variable") == name);
        if kind(inner) == VARIABLE
            && let Some(given) = definition.and_then(|definition| part(definition, "Type"))
            && !flag(given, "NonNull")
        {
            let message = format!(
                "Variable \"${name}\" is of type \"{}\" but must be non-nullable to be used for OneOf Input Object \"{of}\".",
                written(given)
            );
            self.error(inner, &message);
        }
    }

    fn unexpected(&mut self, value: &Value, found: &Type, expected: &Value) {
        let (reference, shown) = (written(expected), shown(value));
        let message = match reference.trim_end_matches('!') {
            "Int" if kind(value) == INT => {
                format!("Int cannot represent non 32-bit signed integer value: {shown}")
            }
            "Int" => format!("Int cannot represent non-integer value: {shown}"),
            "String" | "[String]" => format!("String cannot represent a non string value: {shown}"),
            "Boolean" => format!("Boolean cannot represent a non boolean value: {shown}"),
            "Float" => format!("Float cannot represent non numeric value: {shown}"),
            "ID" => format!("ID cannot represent a non-string and non-integer value: {shown}"),
            _ if found.kind == "ENUM" => {
                format!("Enum \"{reference}\" cannot represent non-enum value: {shown}.")
            }
            _ => format!("Expected value of type \"{reference}\", found {shown}."),
        };
        self.error(value, &message);
    }
}

/// The number of a value's kind; a variable where there is none.
pub(super) fn kind(value: &Value) -> u64 {
    let number = part(value, "Kind").and_then(Value::as_number).and_then(Number::as_i64);
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(VARIABLE)
}

/// A value as it is written.
pub(super) fn shown(value: &Value) -> String {
    let raw = text(value, "Raw");
    let children = || all(value, "Children").iter();
    match kind(value) {
        VARIABLE => format!("${raw}"),
        STRING | BLOCK => rego_string(raw),
        LIST => {
            let values: Vec<_> = children().filter_map(|child| part(child, "Value")).map(shown).collect();
            format!("[{}]", values.join(","))
        }
        OBJECT => {
            let entry = |child| {
                format!("{}:{}", text(child, "Name"), part(child, "Value").map_or_else(String::new, shown))
            };
            format!("{{{}}}", children().map(entry).collect::<Vec<_>>().join(","))
        }
        _ => raw.to_owned(),
    }
}
