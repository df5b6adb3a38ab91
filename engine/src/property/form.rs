//! The form of a file of properties: what is decoded, and what the JSON Schema is made of.
//!
//! Doc comments here are what an editor shows. Properties are decoded one by one, so that each can have its own error.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::schema;
use crate::document::{Node, Spanned};

/// Properties of a policy: what has to be so for every input.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Portcullis properties", rename = "Properties")]
pub(super) struct FileForm {
    /// For editors: the JSON Schema of properties that are written in JSON.
    #[serde(default, rename = "$schema")]
    #[schemars(with = "Option<String>")]
    #[expect(dead_code, reason = "editors read it")]
    schema: Option<String>,
    /// The version of this form: 1.
    #[schemars(schema_with = "schema::version")]
    pub(super) version: Spanned<u64>,
    /// The name in reports and for `--run`; that of the file without its ending unless given.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(min = 1))]
    pub(super) name: Option<Spanned<String>>,
    /// The decision: the path of a rule, such as `data.authz.allow`.
    #[schemars(with = "String", regex(pattern = r"^data[.\[]"))]
    pub(super) entrypoint: Spanned<String>,
    /// Policy files and directories, relative to this file. Without it, the policies of the run are tested.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub(super) policies: Option<Vec<Spanned<String>>>,
    /// Data files (JSON or YAML), relative to this file. Each is merged into `data`, at its root.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) data: Option<Vec<Spanned<String>>>,
    /// What is known of paths of the input, by path, such as `user.id: {role: principal}`.
    #[serde(default)]
    #[schemars(schema_with = "schema::inputs")]
    pub(super) input: Option<Node>,
    /// How it is found out whether properties hold: by testing, which is what there is.
    #[serde(default)]
    #[schemars(schema_with = "schema::mode")]
    pub(super) mode: Option<Spanned<String>>,
    /// How much is tried for each property.
    #[serde(default)]
    pub(super) budget: Option<BudgetForm>,
    /// The revision of git that the decision is compared with.
    #[serde(default)]
    pub(super) baseline: Option<BaselineForm>,
    /// Findings of `portcullis probe` for this decision that are as they should be.
    #[serde(default)]
    #[schemars(with = "Option<Vec<AcceptedForm>>")]
    pub(super) accepted: Option<Vec<AcceptedForm>>,
    /// The properties.
    #[schemars(with = "Vec<PropertyForm>", length(min = 1))]
    pub(super) properties: Vec<Node>,
}

/// How much is tried for each property, unless the command line says otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Budget")]
pub(super) struct BudgetForm {
    /// How many inputs.
    #[serde(default)]
    pub(super) inputs: Option<u64>,
    /// How many seconds.
    #[serde(default)]
    pub(super) seconds: Option<u64>,
}

/// What the decision is compared with, as `portcullis diff` does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Baseline")]
pub(super) struct BaselineForm {
    /// The revision of git, such as `origin/main`.
    #[serde(rename = "ref")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) revision: Spanned<String>,
    /// What it means that somebody is newly let in; `fail` unless given.
    #[serde(default)]
    pub(super) new_allow: Option<NewAllowForm>,
}

/// What it means that somebody is newly let in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "NewAllow")]
pub(super) enum NewAllowForm {
    /// The command fails.
    Fail,
    /// It is told.
    Warn,
}

/// A finding of `portcullis probe` that is as it should be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Accepted")]
pub(super) struct AcceptedForm {
    /// The probe, as in `R1`.
    #[schemars(with = "String")]
    pub(super) probe: Spanned<String>,
    /// What is edited, as the report names it: `input.user`. Without it, any place.
    #[serde(default)]
    pub(super) place: Option<String>,
    /// The file and row of the clause that lets in, or that no longer keeps out, as the report has it: `authz.rego:42`. Without it, any
    /// clause.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) rule: Option<Spanned<String>>,
    /// Why it is as it should be.
    #[schemars(with = "String", length(min = 1))]
    pub(super) reason: Spanned<String>,
    /// The last day on which that holds, as in `2027-01-31`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) expires: Option<Spanned<String>>,
}

/// What is known of a path of the input.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Input")]
pub(super) struct InputForm {
    /// What it is about.
    #[serde(default)]
    pub(super) role: Option<RoleForm>,
    /// The form of its text.
    #[serde(default)]
    pub(super) format: Option<FormatForm>,
    /// Who says what stands there.
    #[serde(default)]
    pub(super) trust: Option<TrustForm>,
    /// A term in Rego that always gives its value, such as `ag.spiffe.domain(input.caller)`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) derived: Option<Spanned<String>>,
}

/// What a path is about.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Role")]
pub(super) enum RoleForm {
    /// Who asks.
    Principal,
    /// What they want to do.
    Action,
    /// What they want to do it to.
    Resource,
    /// On whose ground.
    Tenant,
    /// What proves who asks.
    Credential,
    /// What is so around the request.
    Context,
}

/// The form of a text.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Format")]
pub(super) enum FormatForm {
    /// A SPIFFE ID.
    Spiffe,
    /// A URI.
    Uri,
    /// An address for mail.
    Email,
    /// A UUID.
    Uuid,
}

/// Who says what stands at a path.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Trust")]
pub(super) enum TrustForm {
    /// Whoever asks: it may be anything, or be left out.
    Caller,
    /// Whoever enforces the policy: it stays as it is.
    Pep,
}

/// Which data a property is about.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DataScope")]
pub(super) enum DataForm {
    /// Those that are loaded.
    Loaded,
    /// Any: others are made of those that are loaded and those that tests put in their place.
    Any,
}

/// One property. Exactly one of its keys says what has to be so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Property", extend("oneOf" = schema::one_kind()))]
pub(super) struct PropertyForm {
    /// Its name. No other property of the file can have it.
    #[schemars(with = "String", length(min = 1))]
    pub(super) id: Spanned<String>,
    /// What it says, in words.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) title: Option<Spanned<String>>,
    /// The decision, if it is another one than the file's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) entrypoint: Option<Spanned<String>>,
    /// Variables that it is about all values of: a term whose elements they are, such as `agent: data.banned_agents`, or
    /// `{int: [FROM, TO]}`, `{one_of: [...]}`, `{like: input.PATH}`, `text` or `anything`.
    #[serde(default)]
    #[schemars(schema_with = "schema::each")]
    pub(super) each: Option<Node>,
    /// Paths of the input that terms give, such as `input.user: agent`.
    #[serde(default)]
    #[schemars(schema_with = "schema::terms")]
    pub(super) set: Option<Node>,
    /// What has to hold for an input to say something: a condition, or a list of them.
    #[serde(default)]
    #[schemars(schema_with = "schema::conditions")]
    pub(super) assume: Option<Node>,
    /// Which data it is about; those that are loaded unless given.
    #[serde(default)]
    pub(super) data: Option<DataForm>,
    /// Conditions that hold wherever the decision allows.
    #[serde(default)]
    #[schemars(schema_with = "schema::conditions")]
    pub(super) allow_requires: Option<Node>,
    /// Where this holds, nothing is allowed; of a list, where all of it holds.
    #[serde(default)]
    #[schemars(schema_with = "schema::conditions")]
    pub(super) never_allow_when: Option<Node>,
    /// With `never_allow_when` or `allow_agrees_on`: where this holds, the property says nothing.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) unless: Option<Spanned<String>>,
    /// Where this does not hold, nothing is allowed.
    #[serde(default)]
    #[schemars(schema_with = "schema::conditions")]
    pub(super) never_allow_unless: Option<Node>,
    /// Paths of the input that each allowed input depends on: with some other value there, or none, it is not allowed.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub(super) allow_depends_on: Option<Vec<Spanned<String>>>,
    /// Paths of the input or of data, with `*` for each member: what is missing there lets nobody in.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub(super) on_missing: Option<Vec<Spanned<String>>>,
    /// Inputs that are allowed.
    #[serde(default)]
    #[schemars(with = "Option<Vec<serde_json::Value>>", length(min = 1))]
    pub(super) must_allow: Option<Vec<Node>>,
    /// A policy file or directory, relative to this file, that decides the same for every input.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) equivalent_to: Option<Spanned<String>>,
    /// What the decision is: as in a table suite. With `on_missing`: `no_new_allow` or `deny`.
    #[serde(default)]
    #[schemars(schema_with = "schema::expect")]
    pub(super) expect: Option<Node>,
    /// Terms that have one value wherever the decision allows.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 2))]
    pub(super) allow_agrees_on: Option<Vec<Spanned<String>>>,
    /// Collections, such as grants: with fewer elements nothing new is allowed, with more nothing new is denied.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub(super) increasing_in: Option<Vec<Spanned<String>>>,
    /// Collections, such as bans: with more elements nothing new is allowed, with fewer nothing new is denied.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub(super) decreasing_in: Option<Vec<Spanned<String>>>,
    /// Changes that leave the decision as it was.
    #[serde(default)]
    #[schemars(with = "Option<Vec<ChangeForm>>", length(min = 1))]
    pub(super) unchanged_by: Option<Vec<Node>>,
    /// A change, and how the decision after it may differ.
    #[serde(default)]
    #[schemars(with = "Option<RelationForm>")]
    pub(super) relation: Option<Node>,
}

/// A change, and how the decision after it may differ.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Relation")]
pub(super) struct RelationForm {
    /// The change.
    #[schemars(with = "ChangeForm")]
    pub(super) change: Node,
    /// How the decision may differ.
    pub(super) then: ThenForm,
}

/// How a decision may differ from the one before.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Then")]
pub(super) enum ThenForm {
    /// Not at all.
    Same,
    /// What was not allowed is not allowed.
    NoNewAllow,
    /// What was allowed is allowed.
    NoNewDeny,
}

/// A change. Exactly one of its keys but `where` says which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Change")]
pub(super) struct ChangeForm {
    /// A collection that lacks one of its elements.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) remove: Option<Spanned<String>>,
    /// With `remove`: a condition on `item`, the element that goes.
    #[serde(default, rename = "where")]
    #[schemars(with = "Option<String>")]
    pub(super) condition: Option<Spanned<String>>,
    /// A collection that has one element more.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) add: Option<Spanned<String>>,
    /// With `add`: a term that gives the element; unless given, elements are made like those that are there.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) item: Option<Spanned<String>>,
    /// A path that is missing.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) drop: Option<Spanned<String>>,
    /// Paths that terms give.
    #[serde(default)]
    #[schemars(schema_with = "schema::terms")]
    pub(super) set: Option<Node>,
    /// An array whose elements come in another order.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) reorder: Option<Spanned<String>>,
    /// An object, such as `input`, that has a member which nothing knows.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) unknown_field: Option<Spanned<String>>,
}

/// A generator of a variable, other than a term.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GeneratorForm {
    /// From one to another.
    Int(Spanned<(i64, i64)>),
    /// These.
    OneOf(Vec<Node>),
    /// Like what stands at a path of the input.
    Like(Spanned<String>),
}

/// What METADATA says under `custom.portcullis`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomForm {
    /// Properties of the rule below.
    #[serde(default, deserialize_with = "present")]
    pub(super) properties: Option<Node>,
    /// For a rule called `property_...`: the decision whose inputs it is tried on.
    #[serde(default)]
    pub(super) entrypoint: Option<Spanned<String>>,
    /// For a rule called `property_...`: the document that lists its inputs.
    #[serde(default)]
    pub(super) generator: Option<Spanned<String>>,
    /// For a package: what `portcullis validate` asks it, which reads it itself.
    #[serde(default, rename = "validate")]
    pub(super) _validate: Option<Node>,
}

/// Reads a value that is there, so that `null` is not taken for its absence.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Node>, D::Error> {
    Node::deserialize(deserializer).map(Some)
}
