//! GraphQL.

mod lexer;
mod parser;
mod schema;
mod shape;
mod tree;
mod validate;

use std::sync::Arc;

use super::Shape::{Any, Boolean, ObjectOf, OneOf, String, Tuple};
use super::encoding::json_value;
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{Array, Object, Value};
use shape::Shape;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("graphql.is_valid", "Whether a GraphQL query fits a schema.")
        .takes(&[
            named("query", OneOf(&[String, ObjectOf(&Any, &Any)])),
            named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
        ])
        .returns(named("output", Boolean))
        .does(is_valid),
    Signature::new("graphql.parse", "The syntax trees of a GraphQL query and a schema that fit each other.")
        .takes(&[
            named("query", OneOf(&[String, ObjectOf(&Any, &Any)])),
            named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
        ])
        .returns(named("output", Tuple(&[ObjectOf(&Any, &Any), ObjectOf(&Any, &Any)])))
        .does(parse),
    Signature::new(
        "graphql.parse_and_verify",
        "Whether a GraphQL query fits a schema, and the syntax trees of both.",
    )
    .takes(&[
        named("query", OneOf(&[String, ObjectOf(&Any, &Any)])),
        named("schema", OneOf(&[String, ObjectOf(&Any, &Any)])),
    ])
    .returns(named("output", Tuple(&[Boolean, ObjectOf(&Any, &Any), ObjectOf(&Any, &Any)])))
    .does(parse_and_verify),
    Signature::new("graphql.parse_query", "The syntax tree of a GraphQL query.")
        .takes(&[named("query", String)])
        .returns(named("output", ObjectOf(&Any, &Any)))
        .does(parse_query),
    Signature::new("graphql.parse_schema", "The syntax tree of a GraphQL schema.")
        .takes(&[named("schema", String)])
        .returns(named("output", ObjectOf(&Any, &Any)))
        .does(parse_schema),
    Signature::new("graphql.schema_is_valid", "Whether a text or a tree is a GraphQL schema.")
        .takes(&[named("schema", OneOf(&[String, ObjectOf(&Any, &Any)]))])
        .returns(named("output", Boolean))
        .does(schema_is_valid),
];

fn parse(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let query = tree_of(operands, 0, (parser::query, Shape::Query))?;
    let schema = tree_of(operands, 1, (parser::schema, Shape::Schema))?;
    let joined = joined(context, operands, &schema)?;
    context.check("caller cancelled query execution")?;
    if let Err(problems) = validate::validate(&joined, &query) {
        return Err(BuiltinError::Failed(formatted(&problems)));
    }
    Ok(Some(Array::from(vec![tree::pruned(&query), tree::pruned(&schema)]).into()))
}

fn parse_and_verify(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let answer = match tolerated(parse(context, operands))? {
        Some(Value::Array(trees)) => {
            std::iter::once(Value::Bool(true)).chain(trees.iter().cloned()).collect()
        }
        Some(_) | None => Array::from(vec![false.into(), Object::new().into(), Object::new().into()]),
    };
    Ok(Some(answer.into()))
}

fn is_valid(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(tolerated(parse(context, operands))?.is_some().into()))
}

fn schema_is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let checked = tree_of(operands, 0, (parser::schema, Shape::Schema)).and_then(|tree| {
        schema::Schema::new(&tree).map_err(BuiltinError::Failed)?;
        Ok(Some(Value::Null))
    });
    Ok(Some(tolerated(checked)?.is_some().into()))
}

/// Nothing where a function says with its value that something is wrong.
fn tolerated(answer: Answer) -> Answer {
    match answer {
        Err(BuiltinError::Operand(_) | BuiltinError::Failed(_)) => Ok(None),
        Ok(_) | Err(BuiltinError::Cancelled(_) | BuiltinError::Fatal { .. }) => answer,
    }
}

/// What reads a text to a tree.
type Reader = fn(&str) -> Result<Value, std::string::String>;

/// The tree that an operand is, or that its text is read to.
fn tree_of(
    operands: Operands<'_>,
    index: usize,
    (read, shape): (Reader, Shape),
) -> Result<Value, BuiltinError> {
    match operands.value(index)? {
        Value::String(text) => read(text).map_err(BuiltinError::Failed),
        tree @ Value::Object(_) => shape::read(&json_value(tree)?, shape).map_err(BuiltinError::Failed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Set(_) => {
            // OPA counts these operands from zero.
            let got = operands.value(index)?.type_name();
            Err(BuiltinError::Operand(format!(
                "operand {index} must be one of {{string, object}} but got {got}"
            )))
        }
    }
}

/// The schema of a document, which is kept for other queries.
fn joined(
    context: &mut Context<'_>,
    operands: Operands<'_>,
    document: &Value,
) -> Result<Arc<schema::Schema>, BuiltinError> {
    let key = operands.value(1)?.to_rego();
    let make = || schema::Schema::new(document).map(Arc::new);
    context.compiled.get_or_make(&key, make).map_err(|problem| {
        BuiltinError::Failed(format!("Error in gqlparser SchemaDocument to Schema conversion: {problem}"))
    })
}

/// The problems of a query as OPA shows them: the place of the first goes to the end.
fn formatted(problems: &[std::string::String]) -> std::string::String {
    let whole = problems.iter().fold(std::string::String::new(), |whole, problem| whole + problem + "\n");
    let mut parts = whole.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(row), Some(column), Some(message)) if row.parse::<u64>().is_ok() => {
            let message = message.trim_start_matches(' ');
            let message = message.strip_suffix(".\n").unwrap_or(message);
            format!("{message} in GraphQL string at location {row}:{column}")
        }
        _ => format!("GraphQL parse error: {whole}"),
    }
}

fn parse_query(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let tree = parser::query(operands.string(0)?).map_err(BuiltinError::Failed)?;
    Ok(Some(tree::pruned(&tree)))
}

fn parse_schema(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let tree = parser::schema(operands.string(0)?).map_err(BuiltinError::Failed)?;
    Ok(Some(tree::pruned(&tree)))
}
