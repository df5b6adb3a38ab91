//! What a decision should be, as tables write it.

use serde::Deserialize;

use super::{Expectation, as_suite_error, schema, with_help};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{self, Node, NodeKind, Spanned, decode};
use crate::policy::ErrorCode;
use crate::source::Span;
use crate::suggest;

/// What the decision should be.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Expectation")]
pub(super) enum Written {
    /// Exactly `true`.
    Allow,
    /// Exactly `false`. A decision that is undefined is no `deny`: the policy needs a default rule.
    Deny,
    /// No value at all.
    Undefined,
    /// An evaluation error with this code.
    Error(#[schemars(schema_with = "schema::error_code")] Spanned<String>),
    /// Exactly this value, as OPA would print it: a set is a sorted list.
    Want(#[schemars(with = "serde_json::Value")] Node),
}

/// Reads an expectation as it stands in a suite: `allow`, `{want: 1}`.
pub(crate) fn in_suite(node: &Node) -> Result<Expectation, Diagnostic> {
    match &node.kind {
        NodeKind::String(text) => word(text).ok_or_else(|| {
            let help = match text.split_once(':') {
                Some(("error", code)) => format!("write `expect: {{error: {}}}`", code.trim()),
                Some(("want", value)) => format!("write `expect: {{want: {}}}`", value.trim()),
                _ => suggest::help(text, EXPECTATIONS_ARE, &WORDS),
            };
            unknown(text, node.span).with_help(help)
        }),
        NodeKind::Bool(value) => {
            let word = if *value { "allow" } else { "deny" };
            Err(unknown(if *value { "true" } else { "false" }, node.span)
                .with_help(format!("write `{word}`, or `{{want: {value}}}`")))
        }
        NodeKind::Null | NodeKind::Number(_) | NodeKind::Array(_) => {
            let message = format!("{} is no expectation", node.describe());
            let help = format!("{EXPECTATIONS_ARE} {}", suggest::list(&WORDS));
            Err(Diagnostic::error(Code::Suite, message, node.span).with_help(help))
        }
        NodeKind::Object(entries) if entries.len() != 1 => {
            let message = format!("an expectation has one key, not {}", entries.len());
            let help = "write `{error: CODE}` or `{want: VALUE}`";
            Err(Diagnostic::error(Code::Suite, message, node.span).with_help(help))
        }
        // Repeated keys, the only errors that look at the text, were refused before.
        NodeKind::Object(_) => match decode(node, "").map_err(explain)? {
            Written::Allow => Ok(Expectation::Allow),
            Written::Deny => Ok(Expectation::Deny),
            Written::Undefined => Ok(Expectation::Undefined),
            Written::Error(code) => error_code(&code.value, code.span).map(Expectation::Error),
            Written::Want(value) => Ok(Expectation::Want(value.to_value())),
        },
    }
}

/// An error of decoding with a hint; those without are about the code of an error.
fn explain(error: Diagnostic) -> Diagnostic {
    let help = format!("{CODES_ARE} {}", suggest::list(&ErrorCode::ALL.map(ErrorCode::as_str)));
    with_help(as_suite_error(error), &help)
}

/// Reads an expectation as it stands in a cell: `allow`, `error:eval_conflict_error`, `want:{"a": 1}`.
pub(super) fn in_cell(text: &str, span: Span) -> Result<Expectation, Diagnostic> {
    let text = text.trim();
    if text.is_empty() {
        let error = Diagnostic::error(Code::Suite, "the expectation is missing", span);
        return Err(error.with_help(format!("{EXPECTATIONS_ARE} {}", suggest::list(&CELLS))));
    }
    match text.split_once(':') {
        Some(("error", code)) => error_code(code.trim(), span).map(Expectation::Error),
        Some(("want", value)) => match document::json(span.source, value.trim()) {
            Ok(node) => Ok(Expectation::Want(node.to_value())),
            Err(error) => {
                let message = format!("what follows `want:` is no JSON: {}", error.message);
                let help = "write a JSON value, such as `want:\"text\"` or `want:{\"allow\": true}`";
                Err(Diagnostic::error(Code::Suite, message, span).with_help(help))
            }
        },
        _ => word(text)
            .ok_or_else(|| unknown(text, span).with_help(suggest::help(text, EXPECTATIONS_ARE, &CELLS))),
    }
}

fn word(text: &str) -> Option<Expectation> {
    match text {
        "allow" => Some(Expectation::Allow),
        "deny" => Some(Expectation::Deny),
        "undefined" => Some(Expectation::Undefined),
        _ => None,
    }
}

fn unknown(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::Suite, format!("`{text}` is no expectation"), span)
}

fn error_code(text: &str, span: Span) -> Result<ErrorCode, Diagnostic> {
    ErrorCode::ALL.into_iter().find(|code| code.as_str() == text).ok_or_else(|| {
        let codes = ErrorCode::ALL.map(ErrorCode::as_str);
        let help = suggest::help(text, CODES_ARE, &codes);
        Diagnostic::error(Code::Suite, format!("no error has the code `{text}`"), span).with_help(help)
    })
}

const EXPECTATIONS_ARE: &str = "an expectation is one of";
const CODES_ARE: &str = "the codes are";
const WORDS: [&str; 5] = ["allow", "deny", "undefined", "{error: CODE}", "{want: VALUE}"];
const CELLS: [&str; 5] = ["allow", "deny", "undefined", "error:CODE", "want:JSON"];
