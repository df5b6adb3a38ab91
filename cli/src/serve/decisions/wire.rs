//! Answers in the form of OPA's: documents, and errors with their codes and words.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use portcullis::diagnostic::Diagnostic;
use portcullis::document::json_value;
use portcullis::policy::{ErrorCode, EvalError, Location};
use portcullis::rest::ChangeError;
use portcullis::source::{LineIndex, SourceId, Sources};
use portcullis::value::Value;

use super::compress::{self, Effort};
use crate::policy_set::ErrorEntry;
use crate::report::json_document::Json;
use crate::report::query::place_and_details;

/// How a document is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Without any space.
    Compact,
    /// With two spaces for each level.
    Pretty,
}

/// An answer before it is sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) text: String,
}

impl Answer {
    /// A document.
    pub(super) fn document(document: &Json<'_>, layout: Layout) -> Self {
        let mut text = match layout {
            Layout::Compact => {
                let mut text = String::new();
                document.write_compact(&mut text);
                text
            }
            Layout::Pretty => document.pretty(),
        };
        text.push('\n');
        Self::json(StatusCode::OK, text)
    }

    /// A text that is JSON.
    pub(super) fn json(status: StatusCode, text: String) -> Self {
        Self::typed(status, "application/json", text)
    }

    /// A text of a media type.
    pub(super) fn typed(status: StatusCode, media_type: &'static str, text: String) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], text }
    }

    /// No body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), text: String::new() }
    }

    /// Words, as Go's server has them for what no handler takes.
    pub(super) fn words(status: StatusCode, text: &str) -> Self {
        let nosniff = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Self::typed(status, "text/plain; charset=utf-8", text.to_owned()).with(nosniff.0, nosniff.1)
    }

    /// The same with one more header.
    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What is sent as it is.
    pub(super) fn response(self) -> Response {
        self.into_response(None)
    }

    /// What is sent packed, unless that is not worth it.
    pub(super) fn packed(self, effort: Effort) -> Response {
        self.into_response(Some(effort))
    }

    fn into_response(self, effort: Option<Effort>) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        match effort.and_then(|effort| compress::packed(&self.text, effort)) {
            Some(packed) => {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                *response.body_mut() = Body::from(packed);
            }
            None => *response.body_mut() = Body::from(self.text),
        }
        response
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self::json(problem.status, problem.json().pretty() + "\n")
    }
}

/// Why a request is not answered with what it asks for.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) errors: Vec<ErrorEntry>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), errors: Vec::new() }
    }

    /// Something in the request can't be used.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, INVALID_PARAMETER, message)
    }

    /// Nothing that the client could mend.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, message)
    }

    /// What was found in modules or in a query.
    pub(super) fn in_rego(
        code: &'static str,
        message: &str,
        diagnostics: &[Diagnostic],
        sources: &Sources,
    ) -> Self {
        let errors = diagnostics.iter().map(|diagnostic| found(diagnostic, sources)).collect();
        Self { status: StatusCode::BAD_REQUEST, code, message: message.to_owned(), errors }
    }

    /// An evaluation that could not be brought to its end.
    pub(super) fn evaluation(error: &EvalError) -> Self {
        let entry = ErrorEntry {
            message: error.message.clone(),
            code: Some(error.code.as_str()),
            location: error.location.clone(),
            details: None,
        };
        Self { errors: vec![entry], ..Self::internal(EVALUATING) }
    }

    /// An evaluation that did what it never should.
    pub(super) fn broken_evaluation() -> Self {
        Self::evaluation(&EvalError {
            code: ErrorCode::Internal,
            message: "the evaluation could not go on".to_owned(),
            location: None,
        })
    }

    /// The errors as values.
    pub(super) fn error_values(&self) -> Vec<Value> {
        let text = |error| {
            let mut text = String::new();
            entry(error).write_compact(&mut text);
            json_value(SourceId::default(), &text).unwrap_or(Value::Null)
        };
        self.errors.iter().map(text).collect()
    }

    /// The whole as a value.
    pub(super) fn to_value(&self) -> Value {
        let mut text = String::new();
        self.json().write_compact(&mut text);
        json_value(SourceId::default(), &text).unwrap_or(Value::Null)
    }

    /// The document that says so.
    pub(super) fn json(&self) -> Json<'_> {
        let mut fields = vec![("code", Json::Text(self.code)), ("message", Json::Text(&self.message))];
        if !self.errors.is_empty() {
            fields.push(("errors", Json::Array(self.errors.iter().map(entry).collect())));
        }
        Json::Object(fields)
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let message = error.to_string();
        match error {
            ChangeError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, NOT_FOUND, message),
            ChangeError::InvalidPatch(_) => Self::invalid(message),
            ChangeError::Conflict(_) => Self::new(StatusCode::NOT_FOUND, "resource_conflict", message),
        }
    }
}

/// A finding as an entry. The lines that explain it stand apart from its message, as details or not at all.
fn found(diagnostic: &Diagnostic, sources: &Sources) -> ErrorEntry {
    let location = diagnostic.span.and_then(|span| {
        let source = sources.get(span.source)?;
        let position = LineIndex::new(source.text()).position(span.start);
        // OPA counts the end of a text as one before where it is.
        let is_empty_line = position.row > 1 && position.col == 1;
        let is_end = is_empty_line && diagnostic.message.starts_with("unexpected eof token");
        let col = position.col - usize::from(is_end);
        Some(Location { file: Arc::clone(source.name()), row: position.row, col })
    });
    let message: Vec<&str> = diagnostic.message.lines().take_while(|line| !line.starts_with('\t')).collect();
    ErrorEntry {
        message: message.join("\n"),
        code: Some(diagnostic.code.as_str()),
        location,
        details: diagnostic.details.clone(),
    }
}

fn entry(error: &ErrorEntry) -> Json<'_> {
    let mut fields = Vec::new();
    fields.extend(error.code.map(|code| ("code", Json::Text(code))));
    fields.push(("message", Json::Text(&error.message)));
    fields.extend(place_and_details(error));
    Json::Object(fields)
}

/// Findings as one text, as OPA puts them where they are no list.
pub(super) fn in_words(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let one = |diagnostic: &Diagnostic| {
        let place = diagnostic.span.and_then(|span| {
            let source = sources.get(span.source)?;
            let position = LineIndex::new(source.text()).position(span.start);
            Some(match &**source.name() {
                "" => format!("{}:{}: ", position.row, position.col),
                file => format!("{file}:{}: ", position.row),
            })
        });
        format!("{}{}: {}", place.unwrap_or_default(), diagnostic.code.as_str(), diagnostic.message)
    };
    let all: Vec<String> = diagnostics.iter().map(one).collect();
    match all.as_slice() {
        [one] => format!("1 error occurred: {one}"),
        all => format!("{} errors occurred:\n{}", all.len(), all.join("\n")),
    }
}

pub(super) const INVALID_PARAMETER: &str = "invalid_parameter";
pub(super) const INVALID_OPERATION: &str = "invalid_operation";
pub(super) const NOT_FOUND: &str = "resource_not_found";
const INTERNAL: &str = "internal_error";

pub(super) const COMPILING_MODULES: &str = "error(s) occurred while compiling module(s)";
pub(super) const COMPILING_QUERY: &str = "error(s) occurred while compiling query";
pub(super) const PARSING_QUERY: &str = "error(s) occurred while parsing query";
const EVALUATING: &str = "error(s) occurred while evaluating query";
