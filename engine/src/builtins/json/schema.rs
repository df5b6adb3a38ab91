//! JSON schemas as OPA has them: drafts 4, 6 and 7, or what all of them say when a schema names none.
//!
//! No schema library gives the errors that policies see (their words, their order, and how many there are), so the
//! keywords are judged here.

mod compile;
mod decimal;
mod format;
mod problem;
mod references;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use ::regex::Regex;

use crate::builtins::encoding::json_value;
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::document;
use crate::source::SourceId;
use crate::value::{Array, Number, Value};

pub(super) fn verify(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let checked = read(operands.value(0)?).and_then(|schema| compile::compile(&schema));
    let (valid, problem) = match checked {
        Ok(_) => (true, Value::Null),
        Err(problem) => (false, format!("jsonschema: {problem}").into()),
    };
    Ok(Some(Array::from(vec![valid.into(), problem]).into()))
}

pub(super) fn matches(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let document = read(operands.value(0)?).map_err(BuiltinError::Failed)?;
    let schema = operands.value(1)?;
    let key = schema.to_rego();
    let compile = || read(schema).and_then(|schema| compile::compile(&schema)).map(Arc::new);
    let schema: Arc<Schema> = context.compiled.get_or_make(&key, compile).map_err(BuiltinError::Failed)?;
    let problems = validate::validate(context, &schema, &document)?;
    let valid = problems.is_empty();
    let problems: Array = problems.iter().map(problem::Problem::to_value).collect();
    Ok(Some(Array::from(vec![valid.into(), problems.into()]).into()))
}

/// The JSON that an operand stands for: the text of one, or a collection.
fn read(operand: &Value) -> Result<Value, String> {
    match operand {
        Value::String(text) => {
            let node = document::json(SourceId::default(), text);
            node.map(|node| node.to_value()).map_err(|_| "invalid JSON string".to_owned())
        }
        Value::Object(_) | Value::Array(_) => json_value(operand).map_err(|error| error.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Set(_) => {
            Err("wrong type, expected string or object".to_owned())
        }
    }
}

/// A schema that was read. Its parts refer to each other by number, since they may form circles.
#[derive(Debug)]
struct Schema {
    parts: Vec<Part>,
}

/// One schema inside of a schema.
#[derive(Debug, Default)]
struct Part {
    /// A schema that is `true` or `false`.
    pass: Option<bool>,
    /// The schema that stands for this one.
    reference: Option<usize>,
    types: Vec<&'static str>,
    properties: Vec<(String, usize)>,
    additional_properties: Option<More>,
    pattern_properties: Vec<(Regex, usize)>,
    property_names: Option<usize>,
    dependencies: BTreeMap<String, Dependency>,
    items: Items,
    additional_items: Option<More>,
    multiple_of: Option<Number>,
    minimum: Option<Number>,
    exclusive_minimum: Option<Number>,
    maximum: Option<Number>,
    exclusive_maximum: Option<Number>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    pattern: Option<Regex>,
    format: String,
    min_properties: Option<usize>,
    max_properties: Option<usize>,
    required: Vec<String>,
    min_items: Option<usize>,
    max_items: Option<usize>,
    unique_items: bool,
    contains: Option<usize>,
    constant: Option<String>,
    choices: Option<Vec<String>>,
    one_of: Vec<usize>,
    any_of: Vec<usize>,
    all_of: Vec<usize>,
    not: Option<usize>,
    condition: Option<usize>,
    then: Option<usize>,
    otherwise: Option<usize>,
}

/// What is said of the values that no other keyword speaks of.
#[derive(Debug, Clone, Copy)]
enum More {
    Allowed(bool),
    Schema(usize),
}

#[derive(Debug)]
enum Dependency {
    Keys(Vec<String>),
    Schema(usize),
}

#[derive(Debug, Default)]
enum Items {
    #[default]
    Any,
    All(usize),
    Each(Vec<usize>),
}

/// How deep schemas, and documents under them, may nest. OPA has no limit and breaks down where a schema refers to itself.
const MAX_NESTING: usize = 1000;
