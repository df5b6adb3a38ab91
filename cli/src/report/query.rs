//! The answer to a query, in the formats of `opa eval`.

use std::io::{self, Write};

use portcullis::explain::{Decision, TraceEvent};
use portcullis::policy::{Expression, Location, QueryResult};
use portcullis::value::{JsonStyle, Value};

use super::json_document::Json;
use super::metrics::Metrics;
use super::profile::{self, Line};
use super::{table, trace, why};
use crate::policy_set::ErrorEntry;

/// How to write an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// The whole answer with texts, places and bindings
    #[default]
    Json,
    /// A JSON array of values for each result
    Values,
    /// A JSON object of variables for each result
    Bindings,
    /// For people: the value, or a table of the variables
    Pretty,
    /// What is left of the query after partial evaluation: not there
    #[value(hide = true)]
    Source,
    /// Values only, strings without quotes, one result a line
    Raw,
    /// As JSON, but only whether there is a result
    Discard,
}

/// An answer and what was asked for beside it.
#[derive(Debug)]
pub(crate) struct Output {
    /// Why there is no answer, and what was passed over.
    pub(crate) errors: Vec<ErrorEntry>,
    /// The answer; empty when undefined.
    pub(crate) results: Vec<QueryResult>,
    /// How long the parts took.
    pub(crate) metrics: Option<Metrics>,
    /// The steps.
    pub(crate) trace: Vec<TraceEvent>,
    /// What decided.
    pub(crate) decisions: Option<Vec<Decision>>,
    /// How long the lines took.
    pub(crate) profile: Option<Vec<Line>>,
}

/// Writes an answer to `out` and, but for JSON, errors to `err`; nothing of an undefined one but in JSON and pretty.
pub(crate) fn write(
    output: &Output,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Json => writeln!(out, "{}", Json::Object(fields(output)).pretty()),
        Format::Discard => {
            let mut fields = fields(output);
            if let Some((_, result)) = fields.iter_mut().find(|(name, _)| *name == "result") {
                *result = Json::Text("discarded");
            }
            fields.sort_by_key(|(name, _)| *name);
            writeln!(out, "{}", Json::Object(fields).pretty())
        }
        Format::Pretty => write_pretty(output, out, err),
        Format::Raw | Format::Values | Format::Bindings | Format::Source if !output.errors.is_empty() => {
            write_errors(&output.errors, err)
        }
        Format::Raw => output.results.iter().try_for_each(|result| write_raw(result, out)),
        Format::Values => {
            output.results.iter().try_for_each(|result| writeln!(out, "{}", values(result).pretty()))
        }
        Format::Bindings => {
            output.results.iter().try_for_each(|result| writeln!(out, "{}", bindings(result).pretty()))
        }
        Format::Source => Ok(()),
    }
}

fn fields(output: &Output) -> Vec<(&str, Json<'_>)> {
    let mut fields = Vec::new();
    if !output.errors.is_empty() {
        fields.push(("errors", Json::Array(output.errors.iter().map(error_json).collect())));
    }
    if !output.results.is_empty() {
        fields.push(("result", Json::Array(output.results.iter().map(result).collect())));
    }
    fields.extend(output.metrics.as_ref().map(Metrics::json));
    if !output.trace.is_empty() {
        fields.push(("explanation", trace::json(&output.trace)));
    }
    fields.extend(output.decisions.as_ref().map(|decisions| ("decisions", why::json(decisions))));
    fields
        .extend(output.profile.as_ref().filter(|lines| !lines.is_empty()).map(|lines| profile::json(lines)));
    fields
}

fn result(result: &QueryResult) -> Json<'_> {
    let mut fields = vec![("expressions", Json::Array(result.expressions.iter().map(expression).collect()))];
    if !result.bindings.is_empty() {
        fields.push(("bindings", bindings(result)));
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

fn bindings(result: &QueryResult) -> Json<'_> {
    Json::Object(result.bindings.iter().map(|(name, value)| (&**name, Json::Value(value))).collect())
}

/// The document of a query that could not be asked.
pub(crate) fn failure(errors: &[ErrorEntry]) -> String {
    Json::Object(vec![("errors", Json::Array(errors.iter().map(error_json).collect()))]).pretty() + "\n"
}

fn error_json(error: &ErrorEntry) -> Json<'_> {
    let mut fields = vec![("message", Json::Text(&error.message))];
    fields.extend(error.code.map(|code| ("code", Json::Text(code))));
    fields.extend(place_and_details(error));
    Json::Object(fields)
}

/// Where an error is and what else is known of it, the last fields of an error in OPA's documents.
pub(crate) fn place_and_details(error: &ErrorEntry) -> impl Iterator<Item = (&str, Json<'_>)> {
    let place = error.location.as_ref().map(|at| ("location", location(at)));
    let details = error.details.as_ref().map(|details| {
        ("details", Json::Object(details.iter().map(|(name, value)| (*name, Json::Value(value))).collect()))
    });
    place.into_iter().chain(details)
}

fn location(at: &Location) -> Json<'_> {
    Json::Object(vec![
        ("file", Json::Text(&at.file)),
        ("row", Json::Number(at.row)),
        ("col", Json::Number(at.col)),
    ])
}

fn write_errors(errors: &[ErrorEntry], err: &mut dyn Write) -> io::Result<()> {
    match errors.len() {
        1 => write!(err, "1 error occurred: ")?,
        count => writeln!(err, "{count} errors occurred:")?,
    }
    for error in errors {
        // A place in the query has no file.
        let place = error.location.as_ref().map(|at| match &*at.file {
            "" => format!("{}:{}: ", at.row, at.col),
            file => format!("{file}:{}: ", at.row),
        });
        let code = error.code.map(|code| format!("{code}: ")).unwrap_or_default();
        writeln!(err, "{}{code}{}", place.unwrap_or_default(), error.message)?;
    }
    Ok(())
}

fn write_pretty(output: &Output, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
    trace::write(&output.trace, out)?;
    if let Some(decisions) = &output.decisions {
        why::write(decisions, out)?;
    }
    if !output.errors.is_empty() {
        write_errors(&output.errors, err)?;
    } else if output.results.is_empty() {
        writeln!(out, "undefined")?;
    } else {
        write_results(&output.results, out)?;
    }
    if let Some(metrics) = &output.metrics {
        writeln!(out, "{}", metrics.table())?;
    }
    match &output.profile {
        Some(lines) if !lines.is_empty() => writeln!(out, "{}", profile::table(lines)),
        Some(_) | None => Ok(()),
    }
}

/// One value stands alone, and so does the truth of several expressions; anything else makes a table.
fn write_results(results: &[QueryResult], out: &mut dyn Write) -> io::Result<()> {
    if let [QueryResult { expressions, bindings }] = results
        && bindings.is_empty()
        && let [first, others @ ..] = &**expressions
        && (others.is_empty() || expressions.iter().all(|one| one.value == Value::Bool(true)))
    {
        return writeln!(out, "{}", first.value.to_json_with(JsonStyle::Pretty));
    }
    let row = |result: &QueryResult| {
        columns(result).into_iter().map(|(_, value)| value.to_json()).collect::<Vec<_>>()
    };
    let names = results.first().map(columns).unwrap_or_default();
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    writeln!(out, "{}", table::render(&names, results.iter().map(row)))
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
