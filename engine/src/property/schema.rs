//! The JSON Schema of files of properties, made of the structs that decode them.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::form::{FileForm, InputForm};
use crate::suite::table::draft07;

/// The JSON Schema of files of properties, as indented JSON with a line end.
///
/// The dialect is draft 7, which all editors know.
pub fn properties_schema() -> String {
    draft07::<FileForm>()
}

/// The keys of which a property has exactly one.
pub(super) const KINDS: [&str; 12] = [
    "allow_requires",
    "never_allow_when",
    "never_allow_unless",
    "allow_depends_on",
    "on_missing",
    "must_allow",
    "equivalent_to",
    "expect",
    "allow_agrees_on",
    "increasing_in",
    "decreasing_in",
    "unchanged_by",
];

/// `expect` stands beside `on_missing`, and alone.
pub(super) fn one_kind() -> Value {
    let others = KINDS.into_iter().chain(["relation"]).filter(|kind| *kind != "expect");
    let alone = json!({ "required": ["expect"], "not": { "required": ["on_missing"] } });
    Value::Array(others.map(|kind| json!({ "required": [kind] })).chain([alone]).collect())
}

pub(super) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": 1 })
}

pub(super) fn mode(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": "test" })
}

pub(super) fn inputs(generator: &mut SchemaGenerator) -> Schema {
    let input = generator.subschema_for::<InputForm>();
    json_schema!({ "type": "object", "additionalProperties": input })
}

pub(super) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            { "type": "string" },
            { "type": "array", "minItems": 1, "items": { "type": "string" } },
        ],
    })
}

pub(super) fn terms(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "minProperties": 1, "additionalProperties": { "type": "string" } })
}

pub(super) fn each(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
        "additionalProperties": {
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "properties": {
                        "int": {
                            "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "integer" },
                        },
                        "one_of": { "type": "array", "minItems": 1 },
                        "like": { "type": "string" },
                    },
                },
            ],
        },
    })
}

pub(super) fn expect(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            { "enum": ["allow", "deny", "undefined", "no_new_allow"] },
            {
                "type": "object",
                "additionalProperties": false,
                "minProperties": 1,
                "maxProperties": 1,
                "properties": { "want": {}, "error": { "type": "string" } },
            },
        ],
    })
}
