//! The form of a suite file: what is decoded, and what the JSON Schema is made of.
//!
//! Doc comments here are what an editor shows. Lists are decoded item by item, so that each can have its own error.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{expectation, schema};
use crate::document::{Node, Spanned};

/// A table suite: decisions of a policy, and what they should be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Portcullis table suite", rename = "Suite", extend("anyOf" = schema::some_cases()))]
pub(super) struct SuiteFile {
    /// For editors: the JSON Schema of a suite that is written in JSON.
    #[serde(default, rename = "$schema")]
    #[schemars(with = "Option<String>")]
    #[expect(dead_code, reason = "editors read it")]
    schema: Option<String>,
    /// The suite's name in reports and for `--run`. No other suite of a run can have it.
    #[schemars(with = "String", length(min = 1))]
    pub(super) suite: Spanned<String>,
    /// The decision: the path of a rule or document, such as `data.authz.allow`. Names that are not plain go into
    /// brackets: `data.teams["b c"].allow`.
    #[schemars(with = "String", regex(pattern = r"^data[.\[]"))]
    pub(super) query: Spanned<String>,
    /// The part that is compared, when the decision is an object: a dotted path into it, such as `allow`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) select: Option<Spanned<String>>,
    /// Policy files and directories, relative to this file. Without it, the policies of the run are tested.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub(super) policies: Option<Vec<Spanned<String>>>,
    /// Data files (JSON or YAML), relative to this file. Each is merged into `data`, at its root.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) data: Option<Vec<Spanned<String>>>,
    /// What all inputs have in common. The input of each case is merged over it: objects merge, key by key, and
    /// anything else replaces what it meets.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "serde_json::Value")]
    pub(super) input: Option<Node>,
    /// Single cases.
    #[serde(default)]
    #[schemars(with = "Option<Vec<CaseRow>>")]
    pub(super) cases: Option<Vec<Node>>,
    /// An allow-list: every combination of the axes is a case, and what `allowed` does not list must be denied.
    #[serde(default)]
    #[schemars(with = "Option<MatrixBlock>")]
    pub(super) matrix: Option<Node>,
    /// Cases from files of rows.
    #[serde(default)]
    #[schemars(with = "Option<Vec<RowsBlock>>")]
    pub(super) cases_from: Option<Vec<Node>>,
}

/// One case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Case")]
pub(super) struct CaseRow {
    /// The case's name. No other case of the suite can have it.
    #[schemars(with = "String", length(min = 1))]
    pub(super) name: Spanned<String>,
    /// The input, merged over the suite's `input`: objects merge, key by key, and anything else replaces what it meets,
    /// `null` too. With neither, `input` is undefined.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "serde_json::Value")]
    pub(super) input: Option<Node>,
    /// Documents that stand in for others in this case, by path, such as `data.banned_agents: [x]`.
    #[serde(default)]
    #[schemars(schema_with = "schema::overrides")]
    pub(super) with: Option<Node>,
    /// What the decision should be.
    #[schemars(with = "expectation::Written")]
    pub(super) expect: Node,
}

/// An allow-list over all combinations of some values.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Matrix")]
pub(super) struct MatrixBlock {
    /// The axes by name. Each is a map from labels to values, or a list of scalars that are their own labels.
    #[schemars(schema_with = "schema::axes")]
    pub(super) axes: Node,
    /// The input of each combination, merged over the suite's `input`. A string that is exactly `${axis}` becomes the
    /// axis's value, of whatever type; inside of a longer string, `${axis}` becomes the text of a scalar. `$${` is a
    /// literal `${`.
    #[schemars(with = "serde_json::Value")]
    pub(super) input: Node,
    /// The combinations that must be allowed. Each row gives a label or a list of labels for every axis. All other
    /// combinations must be denied.
    #[schemars(schema_with = "schema::allowed")]
    pub(super) allowed: Vec<Node>,
}

/// A file of rows, and how they become cases.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CasesFrom")]
pub(super) struct RowsBlock {
    /// The file, relative to this one: `.csv` with a header row, or `.json` with an array of objects.
    #[schemars(with = "String", regex(pattern = r"\.(csv|json)$"))]
    pub(super) file: Spanned<String>,
    /// The column that names the cases. Without it they are called `FILE row N`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) name: Option<Spanned<String>>,
    /// The columns that make the input, and the dotted path at which each stands in it. Columns that are not named
    /// anywhere are notes.
    #[schemars(schema_with = "schema::columns")]
    pub(super) columns: Node,
    /// The columns whose cells in a CSV file are JSON texts; all other cells are strings. An empty cell of such a column
    /// leaves its path out of the input.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) json: Option<Vec<Spanned<String>>>,
    /// The column that holds the expectation: `allow`, `deny`, `undefined`, `error:CODE` or `want:JSON`.
    #[schemars(with = "String")]
    pub(super) expect: Spanned<String>,
}

/// Reads a value that is there, so that `null` is not taken for its absence.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Node>, D::Error> {
    Node::deserialize(deserializer).map(Some)
}
