//! Cases from a file of their own: rows of a CSV file, or objects of a JSON file.

use std::sync::Arc;

use super::records::{self, Field, Record, Records};
use super::template::scalar_text;
use super::{Expectation, expectation};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{self, NodeKind, Spanned};
use crate::source::{SourceId, Span};
use crate::suggest;
use crate::value::{Object, Value};

/// How the rows of a file become cases.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// The file, relative to the suite.
    pub(super) file: Spanned<String>,
    /// What the file is.
    pub(super) format: Format,
    /// The column that names the cases.
    pub(super) name: Option<Spanned<String>>,
    /// The columns that make the input.
    pub(super) columns: Vec<Column>,
    /// The column that holds the expectation.
    pub(super) expect: Spanned<String>,
}

/// The kinds of file that hold rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Json,
}

/// A column that makes a part of the input.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Its name in the file.
    pub(super) name: Arc<str>,
    /// Where the suite names it.
    pub(super) span: Span,
    /// The keys that lead to the part.
    pub(super) path: Vec<Arc<str>>,
    /// What its cells hold.
    pub(super) cells: Cells,
}

/// What the cells of a column hold in a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// Strings.
    Text,
    /// JSON texts, or nothing.
    Json,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Its name.
    pub(super) name: Arc<str>,
    /// Where it stands.
    pub(super) span: Span,
    /// What its columns make.
    pub(super) input: Value,
    /// What its decision should be.
    pub(super) expect: Expectation,
}

impl Rows {
    /// Reads the rows of the file.
    pub(super) fn read(&self, source: SourceId, text: &str) -> Result<Vec<Row>, Vec<Diagnostic>> {
        if text.len() > super::MAX_FILE_BYTES {
            return Err(vec![super::too_long(self.file.span, &self.file.value)]);
        }
        let records = match self.format {
            Format::Csv => records::csv(source, text)?,
            Format::Json => records::json(source, text)?,
        };
        if records.list.is_empty() {
            let error = Diagnostic::error(Code::Suite, "the file has no rows", records.span);
            let help = format!("add a row, or remove `{}` from the suite's `cases_from`", self.file.value);
            return Err(vec![error.with_help(help)]);
        }
        let mut errors = self.unknown_columns(&records);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut rows = Vec::with_capacity(records.list.len());
        for record in &records.list {
            match self.row(record) {
                Ok(row) => rows.push(row),
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(rows) } else { Err(self.first_errors(errors)) }
    }

    /// As many errors as somebody will read; a generated file can have one in each row.
    fn first_errors(&self, mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let more = errors.len().saturating_sub(MAX_ERRORS);
        if more > 0 {
            errors.truncate(MAX_ERRORS);
            let message = format!("`{}` has {more} more mistakes", self.file.value);
            let error = Diagnostic::error(Code::Suite, message, self.file.span);
            errors.push(error.with_help("mend the first ones, and the others will be told"));
        }
        errors
    }

    fn unknown_columns(&self, records: &Records) -> Vec<Diagnostic> {
        let columns: Vec<&str> = records.columns.iter().map(|column| &**column).collect();
        let named = self.name.iter().chain([&self.expect]).map(|name| (&*name.value, name.span));
        let mapped = self.columns.iter().map(|column| (&*column.name, column.span));
        let unknown = mapped.chain(named).filter(|(name, _)| !records.columns.contains(*name));
        unknown
            .map(|(name, span)| {
                let help = match columns.as_slice() {
                    [only] if only.contains([';', '\t']) => {
                        "cells are separated by commas, and the file seems to use something else".to_owned()
                    }
                    _ => suggest::help(name, "the columns are", &columns),
                };
                let message = format!("`{}` has no column `{name}`", self.file.value);
                Diagnostic::error(Code::Suite, message, span).with_help(help)
            })
            .collect()
    }

    fn row(&self, record: &Record) -> Result<Row, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let mut input = Value::Object(Object::new());
        for column in &self.columns {
            match record.fields.get(&column.name).map(|field| value(column, field)) {
                Some(Ok(Some(value))) => input = input.overlay(nest(&column.path, value)),
                Some(Ok(None)) | None => {}
                Some(Err(error)) => errors.push(error),
            }
        }
        let name = self.row_name(record).map_err(|error| errors.push(error)).ok();
        let expect = self.expectation(record).map_err(|error| errors.push(error)).ok();
        match (name, expect) {
            (Some(name), Some(expect)) if errors.is_empty() => {
                Ok(Row { name, span: record.span, input, expect })
            }
            _ => Err(errors),
        }
    }

    fn expectation(&self, record: &Record) -> Result<Expectation, Diagnostic> {
        match record.fields.get(&*self.expect.value) {
            Some(Field::Cell(cell)) => expectation::in_cell(&cell.text, cell.span),
            Some(Field::Node(node)) => match &node.kind {
                NodeKind::String(text) => expectation::in_cell(text, node.span),
                NodeKind::Null
                | NodeKind::Bool(_)
                | NodeKind::Number(_)
                | NodeKind::Array(_)
                | NodeKind::Object(_) => expectation::in_suite(node),
            },
            None => expectation::in_cell("", record.span),
        }
    }

    fn row_name(&self, record: &Record) -> Result<Arc<str>, Diagnostic> {
        let Some(column) = &self.name else {
            return Ok(format!("{} row {}", self.file.value, record.number).into());
        };
        let (name, span) = match record.fields.get(&*column.value) {
            Some(Field::Cell(cell)) => (Some(cell.text.as_str().into()), cell.span),
            Some(Field::Node(node)) => (scalar_text(&node.to_value()), node.span),
            None => (None, record.span),
        };
        name.filter(|name| !name.trim().is_empty()).ok_or_else(|| {
            let message = format!("the row has no name in `{}`", column.value);
            Diagnostic::error(Code::Suite, message, span).with_help(
                "give it a text of its own, or leave `name` out of `cases_from` to number the rows",
            )
        })
    }
}

/// What a column makes of its field; nothing, when the field leaves that part of the input out.
fn value(column: &Column, field: &Field) -> Result<Option<Value>, Diagnostic> {
    match (field, column.cells) {
        (Field::Node(node), _) => Ok(Some(node.to_value())),
        (Field::Cell(cell), Cells::Text) => Ok(Some(Value::from(cell.text.as_str()))),
        (Field::Cell(cell), Cells::Json) if cell.text.trim().is_empty() => Ok(None),
        (Field::Cell(cell), Cells::Json) => match document::json(cell.span.source, &cell.text) {
            Ok(node) => Ok(Some(node.to_value())),
            Err(error) => {
                let message = format!("a cell of column `{}` is no JSON: {}", column.name, error.message);
                let help = "`json` names the column: write strings in quotes, twice each in a quoted cell, or leave \
                            the cell empty for no value";
                Err(Diagnostic::error(Code::Suite, message, cell.span).with_help(help))
            }
        },
    }
}

/// An object that holds `value` at the end of `path`, and nothing else.
fn nest(path: &[Arc<str>], value: Value) -> Value {
    path.iter().rev().fold(value, |value, key| {
        Value::Object([(Value::String(Arc::clone(key)), value)].into_iter().collect())
    })
}

/// How many mistakes of one file are told at once.
const MAX_ERRORS: usize = 100;
