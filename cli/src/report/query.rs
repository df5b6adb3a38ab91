//! The answer to a query, in the formats of `opa eval`.

use std::io::{self, Write};

use portcullis::policy::{EvalError, Expression, Location, Outcome, QueryResult};
use portcullis::value::{JsonStyle, Value};

use super::json_document::Json;
use super::table;
use crate::policy_set::ErrorEntry;

/// How to write an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// The whole answer with texts, places and bindings
    #[default]
    Json,
    /// For people: the value, or a table of the variables
    Pretty,
    /// Values only, strings without quotes, one result a line
    Raw,
    /// A JSON array of values for each result
    Values,
}

/// Writes an answer and a newline; nothing for an undefined one in `raw` and `values`.
pub(crate) fn write(answer: &Outcome, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match (answer, format) {
        (Outcome::Error(error), Format::Json) => writeln!(out, "{}", errors(error).pretty()),
        (Outcome::Error(error), Format::Pretty | Format::Raw | Format::Values) => write_error(error, out),
        (Outcome::Undefined, Format::Json) => writeln!(out, "{{}}"),
        (Outcome::Undefined, Format::Pretty) => writeln!(out, "undefined"),
        (Outcome::Undefined, Format::Raw | Format::Values) => Ok(()),
        (Outcome::Defined(results), Format::Json) => writeln!(out, "{}", document(results).pretty()),
        (Outcome::Defined(results), Format::Pretty) => write_pretty(results, out),
        (Outcome::Defined(results), Format::Raw) => {
            results.iter().try_for_each(|result| write_raw(result, out))
        }
        (Outcome::Defined(results), Format::Values) => {
            results.iter().try_for_each(|result| writeln!(out, "{}", values(result).pretty()))
        }
    }
}

fn document(results: &[QueryResult]) -> Json<'_> {
    Json::Object(vec![("result", Json::Array(results.iter().map(result).collect()))])
}

fn result(result: &QueryResult) -> Json<'_> {
    let mut fields = vec![("expressions", Json::Array(result.expressions.iter().map(expression).collect()))];
    if !result.bindings.is_empty() {
        let bindings = result.bindings.iter().map(|(name, value)| (&**name, Json::Value(value))).collect();
        fields.push(("bindings", Json::Object(bindings)));
    }
    Json::Object(fields)
}

fn expression(expression: &Expression) -> Json<'_> {
    let place = vec![("row", Json::Number(expression.row)), ("col", Json::Number(expression.col))];
    Json::Object(vec![
        ("value", Json::Value(&expression.value)),
        ("text", Json::Text(&expression.text)),
        ("location", Json::Object(place)),
    ])
}

fn values(result: &QueryResult) -> Json<'_> {
    Json::Array(result.expressions.iter().map(|expression| Json::Value(&expression.value)).collect())
}

/// The document of a query that could not be asked.
pub(crate) fn failure(errors: &[ErrorEntry]) -> String {
    let entries = errors.iter().map(|error| error_entry(&error.message, error.code, error.location.as_ref()));
    Json::Object(vec![("errors", Json::Array(entries.collect()))]).pretty() + "\n"
}

fn errors(error: &EvalError) -> Json<'_> {
    let entry = error_entry(&error.message, Some(error.code.as_str()), error.location.as_ref());
    Json::Object(vec![("errors", Json::Array(vec![entry]))])
}

fn error_entry<'a>(message: &'a str, code: Option<&'a str>, location: Option<&'a Location>) -> Json<'a> {
    let mut fields = vec![("message", Json::Text(message))];
    fields.extend(code.map(|code| ("code", Json::Text(code))));
    fields.extend(location.map(|at| {
        let place = vec![
            ("file", Json::Text(&at.file)),
            ("row", Json::Number(at.row)),
            ("col", Json::Number(at.col)),
        ];
        ("location", Json::Object(place))
    }));
    Json::Object(fields)
}

fn write_error(error: &EvalError, out: &mut dyn Write) -> io::Result<()> {
    // A place in the query has no file.
    let place = error.location.as_ref().map(|at| match &*at.file {
        "" => format!("{}:{}: ", at.row, at.col),
        file => format!("{file}:{}: ", at.row),
    });
    writeln!(out, "1 error occurred: {}{error}", place.unwrap_or_default())
}

/// One value stands alone, and so does the truth of several expressions; anything else makes a table.
fn write_pretty(results: &[QueryResult], out: &mut dyn Write) -> io::Result<()> {
    if let [QueryResult { expressions, bindings }] = results
        && bindings.is_empty()
        && let [first, others @ ..] = &**expressions
        && (others.is_empty() || expressions.iter().all(|one| one.value == Value::Bool(true)))
    {
        return writeln!(out, "{}", first.value.to_json_with(JsonStyle::Pretty));
    }
    let rows =
        results.iter().map(|result| columns(result).into_iter().map(|(_, value)| value.to_json()).collect());
    let names = results.first().map(columns).unwrap_or_default().into_iter().map(|(name, _)| name);
    writeln!(out, "{}", table::render(&names.collect::<Vec<String>>(), rows))
}

/// The expressions that say more than true, then the variables, as OPA chooses them.
fn columns(result: &QueryResult) -> Vec<(String, &Value)> {
    let told = |expression: &&Expression| expression.value != Value::Bool(true) || result.bindings.is_empty();
    let expressions = result.expressions.iter().filter(told).map(|one| (one.text.to_string(), &one.value));
    expressions.chain(result.bindings.iter().map(|(name, value)| (name.to_string(), value))).collect()
}

fn write_raw(result: &QueryResult, out: &mut dyn Write) -> io::Result<()> {
    let text = |expression: &Expression| {
        if let Value::String(text) = &expression.value {
            text.to_string()
        } else {
            expression.value.to_json()
        }
    };
    writeln!(out, "{}", result.expressions.iter().map(text).collect::<Vec<_>>().join(" "))
}
