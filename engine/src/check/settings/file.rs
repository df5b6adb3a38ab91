//! The form of `portcullis.toml`: what is decoded, and what the JSON Schema is made of.
//!
//! Doc comments here are what an editor shows.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::check::registry::RULES;
use crate::check::rule::Level;

/// The configuration of Portcullis.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Portcullis configuration", rename = "Configuration")]
pub(super) struct ConfigFile {
    /// What `portcullis check` looks for beyond errors.
    #[serde(default)]
    pub(super) check: CheckTable,
}

/// What `portcullis check` looks for beyond errors.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckTable {
    /// The names of rules that other systems ask whether something may be done. They replace the built-in list: `allow`,
    /// `authorized` and the like.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) decisions: Option<Vec<String>>,
    /// How bad the findings of each rule are.
    #[serde(default)]
    #[schemars(schema_with = "rules")]
    pub(super) rules: BTreeMap<Spanned<String>, LevelName>,
    /// Files in which some rules, or all, have no findings.
    #[serde(default)]
    pub(super) exclude: Vec<ExcludeTable>,
}

/// Files in which some rules, or all, have no findings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExcludeTable {
    /// Patterns for the paths of modules, relative to the folder of this file: `vendor/**`, `*_draft.rego`.
    #[schemars(with = "Vec<String>")]
    pub(super) paths: Vec<Spanned<String>>,
    /// The rules; all of them when absent.
    #[serde(default)]
    #[schemars(schema_with = "some_rules")]
    pub(super) rules: Option<Vec<Spanned<String>>>,
}

/// How bad the findings of a rule are.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LevelName {
    /// They are not looked for.
    Off,
    /// They are shown.
    Warn,
    /// They are shown, and the check fails.
    Error,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Off => Self::Off,
            LevelName::Warn => Self::Warn,
            LevelName::Error => Self::Error,
        }
    }
}

/// The JSON Schema of configuration files, as indented JSON with a line end.
///
/// The dialect is draft 7, which all editors know.
pub fn config_schema() -> String {
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(unwrap_description));
    let mut schema = settings.into_generator().into_root_schema_for::<ConfigFile>().to_value();
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

/// Takes the line ends out of a paragraph, which editors would show.
fn unwrap_description(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

fn rules(generator: &mut SchemaGenerator) -> Schema {
    let level = generator.subschema_for::<LevelName>();
    let properties: serde_json::Map<String, Value> = RULES
        .iter()
        .map(|rule| {
            let about = serde_json::json!({ "allOf": [level], "default": rule.level.as_str(), "description": rule.summary() });
            (rule.id.to_owned(), about)
        })
        .collect();
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn some_rules(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "string", "enum": RULES.map(|rule| rule.id) },
    })
}
