//! The JSON Schema of suites, made of the structs that decode them.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::file::SuiteFile;
use crate::policy::ErrorCode;

/// The JSON Schema of suite files, as indented JSON with a line end.
///
/// The dialect is draft 7, which all editors know.
pub fn suite_schema() -> String {
    draft07::<SuiteFile>()
}

/// The JSON Schema of a form, as indented JSON with a line end.
pub(crate) fn draft07<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(unwrap_description));
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

/// Takes the line ends out of a paragraph, which editors would show.
fn unwrap_description(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

/// One kind of case at the least.
pub(super) fn some_cases() -> Value {
    json!([{ "required": ["cases"] }, { "required": ["matrix"] }, { "required": ["cases_from"] }])
}

pub(super) fn error_code(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ErrorCode::ALL.map(ErrorCode::as_str) })
}

pub(super) fn overrides(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["object", "null"], "propertyNames": { "pattern": r"^data[.\[]" } })
}

pub(super) fn axes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "anyOf": [
                { "type": "object", "minProperties": 1, "description": "Values by label." },
                {
                    "type": "array",
                    "minItems": 1,
                    "items": { "type": SCALAR },
                    "description": "Values that are their own labels.",
                },
            ],
        },
    })
}

pub(super) fn allowed(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [
                    { "type": SCALAR },
                    { "type": "array", "minItems": 1, "items": { "type": SCALAR } },
                ],
            },
        },
    })
}

pub(super) fn columns(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "minProperties": 1, "additionalProperties": { "type": "string" } })
}

const SCALAR: [&str; 4] = ["string", "number", "boolean", "null"];
