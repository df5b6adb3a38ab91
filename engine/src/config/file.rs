//! The form of `portcullis.toml`: what is decoded, and what the JSON Schema is made of.
//!
//! Doc comments here are what an editor shows.

use std::collections::BTreeMap;
use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toml::Spanned;

use crate::check::{Level, RULES};

/// The configuration of Portcullis.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Portcullis configuration", rename = "Configuration")]
pub(super) struct ConfigFile {
    /// What `portcullis check` looks for beyond errors.
    #[serde(default)]
    pub(super) check: CheckTable,
    /// How `portcullis test` runs unless its flags say otherwise.
    #[serde(default)]
    pub(super) test: TestTable,
    /// What of coverage `portcullis test` measures, and how much is enough. What is demanded here holds for runs of all
    /// tests that measure coverage, and for `portcullis coverage merge`.
    #[serde(default)]
    pub(super) coverage: CoverageTable,
    /// What `portcullis probe` asks, and which of its findings somebody has judged.
    #[serde(default)]
    pub(super) probe: ProbeTable,
    /// How `portcullis validate` checks configuration files unless its flags say otherwise.
    #[serde(default)]
    pub(super) validate: ValidateTable,
}

/// How `portcullis validate` checks configuration files unless its flags say otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidateTable {
    /// The packs to ask, as with `--pack`: names of shipped ones, or files and directories of Rego, relative to the folder of
    /// this file. Without them each document is asked about by the shipped packs that are for it.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) packs: Vec<Spanned<String>>,
    /// The packages of packs whose rules are asked, as with `--namespace`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) namespaces: Vec<Spanned<String>>,
    /// Whether packs are asked only about the documents that they say they are for, as with `--detect`.
    #[serde(default)]
    pub(super) detect: Option<bool>,
    /// Patterns for the names of files and directories to leave out, as with `--ignore`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) ignore: Vec<Spanned<String>>,
    /// Whether warnings make the check fail, as with `--strict`.
    #[serde(default)]
    pub(super) strict: Option<bool>,
}

/// What `portcullis probe` asks, and which of its findings somebody has judged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProbeTable {
    /// The decisions, as in `data.authz.allow`. Without them those that METADATA marks with `entrypoint: true`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) decisions: Vec<Spanned<String>>,
    /// Findings that are as they should be.
    #[serde(default)]
    pub(super) accepted: Vec<AcceptedTable>,
}

/// A finding of `portcullis probe` that is as it should be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedTable {
    /// The probe, as in `R1`.
    #[schemars(with = "String")]
    pub(super) probe: Spanned<String>,
    /// What is edited, as the report names it: `input.user`. Without it, any place.
    #[schemars(with = "Option<String>")]
    pub(super) place: Option<Spanned<String>>,
    /// The file and row of the clause that lets in, or that no longer keeps out, as the report has it: `authz.rego:42`. Without it, any
    /// clause.
    #[schemars(with = "Option<String>")]
    pub(super) rule: Option<Spanned<String>>,
    /// The decision, as in `data.authz.allow`. Without it, all of them.
    #[schemars(with = "Option<String>")]
    pub(super) decision: Option<Spanned<String>>,
    /// Why it is as it should be.
    #[schemars(with = "String")]
    pub(super) reason: Spanned<String>,
    /// The last day on which that holds, as in `2027-01-31`.
    #[schemars(with = "Option<String>")]
    pub(super) expires: Option<Spanned<String>>,
}

/// What `portcullis check` looks for beyond errors.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckTable {
    /// The names of rules that other systems ask whether something may be done. They replace the built-in list: `allow`,
    /// `authorized` and the like.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) decisions: Option<Vec<String>>,
    /// How bad the findings of each rule are.
    #[serde(default)]
    #[schemars(schema_with = "rules")]
    pub(crate) rules: BTreeMap<Spanned<String>, LevelName>,
    /// Files in which some rules, or all, have no findings.
    #[serde(default)]
    pub(crate) exclude: Vec<ExcludeTable>,
}

/// How `portcullis test` runs unless its flags say otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TestTable {
    /// Files and directories to load when the command line names none, relative to the folder of this file.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) paths: Vec<Spanned<String>>,
    /// Patterns for the names of files and directories to leave out, as with `--ignore`: `.*`, `*_draft.rego`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) ignore: Vec<Spanned<String>>,
    /// Regular expressions for the full names of tests to leave out, as with `--skip`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) skip: Vec<Spanned<String>>,
    /// How long a test may take, as with `--timeout`: `5s`, `500ms`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Spanned<String>>,
    /// How many tests run at once, as with `--parallel`; 0 means one for each processor.
    #[serde(default)]
    pub(super) parallel: Option<u32>,
    /// Whether passed tests and their output are shown, as with `--verbose`.
    #[serde(default)]
    pub(super) verbose: Option<bool>,
    /// Whether a run in which no test ran fails, as with `--fail-on-empty`.
    #[serde(default)]
    pub(super) fail_on_empty: Option<bool>,
    /// Whether tests that are skipped are no failure, as with `--exit-zero-on-skipped`.
    #[serde(default)]
    pub(super) exit_zero_on_skipped: Option<bool>,
}

/// What of coverage is measured, and how much is enough.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageTable {
    /// Patterns for the paths of modules to leave out, relative to the folder of this file: `lib/**`. They are those of
    /// `--coverage-exclude`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) exclude: Vec<Spanned<String>>,
    /// Whether the files and rules of tests count too, as with `--coverage-tests`.
    #[serde(default)]
    pub(super) tests: Option<bool>,
    /// A file with what was covered before, relative to the folder of this file: less is not enough, as with
    /// `--coverage-baseline`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) baseline: Option<Spanned<String>>,
    /// How many percent are to be covered of all files together, as with `--threshold`.
    #[serde(default)]
    pub(super) threshold: ThresholdTable,
    /// How many percent are to be covered of packages.
    #[serde(default)]
    pub(super) package: Vec<PackageTable>,
}

/// How many percent are to be covered of each kind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ThresholdTable {
    /// Of lines, as OPA counts them.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) line: Option<Spanned<Percent>>,
    /// Of clauses: that they held.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) rule: Option<Spanned<Percent>>,
    /// Of literals: that they were evaluated.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) expression: Option<Spanned<Percent>>,
    /// Of literals that decide: that they held, and that they did not.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) condition: Option<Spanned<Percent>>,
    /// Of rules that others ask whether something may be done: that they allowed, and that they denied.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) decision: Option<Spanned<Percent>>,
}

/// How many percent are to be covered of packages. One that names no package that is measured is an error.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PackageTable {
    /// A package with its `data`, as `data.authz`, or with `.**` behind it that and all below it.
    #[schemars(with = "String")]
    pub(super) package: Spanned<String>,
    /// Of lines, as OPA counts them.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) line: Option<Spanned<Percent>>,
    /// Of clauses: that they held.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) rule: Option<Spanned<Percent>>,
    /// Of literals: that they were evaluated.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) expression: Option<Spanned<Percent>>,
    /// Of literals that decide: that they held, and that they did not.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) condition: Option<Spanned<Percent>>,
    /// Of rules that others ask whether something may be done: that they allowed, and that they denied.
    #[serde(default)]
    #[schemars(schema_with = "percent")]
    pub(super) decision: Option<Spanned<Percent>>,
}

/// A number that is written with a point or without. Whether it is from 0 to 100 is judged with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Percent(pub(super) f64);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Percent;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number from 0 to 100")
            }

            fn visit_f64<E>(self, number: f64) -> Result<Percent, E> {
                Ok(Percent(number))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "what is as large as that is no percentage either way"
            )]
            fn visit_i64<E>(self, number: i64) -> Result<Percent, E> {
                Ok(Percent(number as f64))
            }
        }
        deserializer.deserialize_f64(Number)
    }
}

/// Files in which some rules, or all, have no findings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExcludeTable {
    /// Patterns for the paths of modules, relative to the folder of this file: `vendor/**`, `*_draft.rego`.
    #[schemars(with = "Vec<String>")]
    pub(crate) paths: Vec<Spanned<String>>,
    /// The rules; all of them when absent.
    #[serde(default)]
    #[schemars(schema_with = "some_rules")]
    pub(crate) rules: Option<Vec<Spanned<String>>>,
}

/// How bad the findings of a rule are.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LevelName {
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

fn percent(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0, "maximum": 100 })
}

fn some_rules(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "string", "enum": RULES.map(|rule| rule.id) },
    })
}
