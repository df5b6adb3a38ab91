//! Reads a suite file, and finds everything that is wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::file::{CaseRow, MatrixBlock, RowsBlock, SuiteFile};
use super::matrix::{Matrix, Parts};
use super::rows::{Cells, Column, Format, Rows};
use super::{Case, MAX_FILE_BYTES, Suite, as_suite_error, expectation, path, too_long, with_help};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Entry, Node, NodeKind, Spanned, decode};
use crate::policy::Override;
use crate::source::{LineIndex, SourceId, Span};
use crate::suggest;
use crate::suite::root::{self, FileKind};

/// Reads the suite in `text`.
pub(super) fn read(source: SourceId, name: &str, text: &str) -> Result<Suite, Vec<Diagnostic>> {
    if text.len() > MAX_FILE_BYTES {
        return Err(vec![too_long(Span::new(source, 0, 0), name)]);
    }
    let root = root::read(source, name, text, FileKind { code: Code::Suite, noun: "suite" })?;
    Reader { text, lines: LineIndex::new(text), errors: Vec::new() }.suite(&root)
}

struct Reader<'a> {
    text: &'a str,
    lines: LineIndex,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn suite(mut self, root: &Node) -> Result<Suite, Vec<Diagnostic>> {
        let Some(file) = self.fields::<SuiteFile>(root, "suite: NAME, query: data.PATH, cases: [...]") else {
            return Err(in_order(self.errors));
        };
        self.check_not_blank(&file.suite, "the suite has no name");
        let query = self.keep(path::data(&file.query.value, file.query.span)).unwrap_or_default();
        let select = file.select.map(|select| path::inner(&select.value, select.span));
        let select = select.and_then(|select| self.keep(select)).unwrap_or_default();
        if file.policies.as_ref().is_some_and(Vec::is_empty) {
            let span = value_span(root, "policies");
            self.error(
                "the suite tests no policy",
                span,
                "name one, or leave `policies` out to test those of the run",
            );
        }
        for path in file.policies.iter().chain(&file.data).flatten() {
            self.check_not_blank(path, "a path is empty");
        }
        let mut suite = Suite {
            name: file.suite,
            query: query.into(),
            select: select.into(),
            policies: file.policies,
            data: file.data.unwrap_or_default(),
            input: file.input.map(|node| node.to_value()),
            cases: Vec::new(),
            matrix: None,
            rows: Vec::new(),
        };
        let cases = file.cases.unwrap_or_default();
        let cases = cases.iter().filter_map(|node| self.case(node, &suite)).collect();
        suite.cases = cases;
        self.check_names(&suite.cases);
        suite.matrix = file.matrix.and_then(|node| self.matrix(&node, key_span(root, "matrix")));
        let rows = file.cases_from.unwrap_or_default();
        suite.rows = rows.iter().filter_map(|node| self.rows(node)).collect();
        if self.errors.is_empty() && suite.cases.is_empty() && suite.matrix.is_none() && suite.rows.is_empty()
        {
            let help = "add `cases`, a `matrix` or `cases_from`";
            self.error("the suite has no case", suite.name.span, help);
        }
        if self.errors.is_empty() { Ok(suite) } else { Err(in_order(self.errors)) }
    }

    fn case(&mut self, node: &Node, suite: &Suite) -> Option<Case> {
        let row: CaseRow = self.fields(node, "name: NAME, expect: allow")?;
        self.check_not_blank(&row.name, "the case has no name");
        let expect = self.keep(expectation::in_suite(&row.expect));
        let with = row.with.map_or_else(Vec::new, |node| self.overrides(&node));
        let input = row.input.map(|node| node.to_value());
        Some(suite.case(row.name.value.into(), row.name.span, input, with, expect?))
    }

    /// The documents that a case replaces; none of them lies in another.
    fn overrides(&mut self, node: &Node) -> Vec<Override> {
        let entries = match &node.kind {
            NodeKind::Object(entries) => entries.as_slice(),
            NodeKind::Null => &[],
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) | NodeKind::Array(_) => {
                let message = format!("`with` is {}, not an object", node.describe());
                self.error(message, node.span, "write `with: {data.PATH: VALUE}`");
                &[]
            }
        };
        if entries.len() > MAX_OVERRIDES {
            let message = format!("`with` replaces {} documents, more than {MAX_OVERRIDES}", entries.len());
            self.error(message, node.span, "replace a document that holds several of them");
            return Vec::new();
        }
        let mut overrides: Vec<Override> = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(path) = self.keep(path::data(&entry.key, entry.key_span)) else { continue };
            let overlaps = |other: &&Override| path.starts_with(&other.path) || other.path.starts_with(&path);
            if let Some(other) = overrides.iter().find(overlaps) {
                let (this, other) = (path::show("data", &path), path::show("data", &other.path));
                let message = format!("`{this}` and `{other}` replace the same document");
                self.error(message, entry.key_span, "write both into one value");
                continue;
            }
            overrides.push(Override { path, value: entry.value.to_value() });
        }
        overrides
    }

    fn matrix(&mut self, node: &Node, span: Span) -> Option<Matrix> {
        let block: MatrixBlock = self.fields(node, "axes: {...}, input: {...}, allowed: [...]")?;
        let parts = Parts { axes: &block.axes, input: &block.input, allowed: &block.allowed, span };
        Matrix::new(parts, &self.lines).map_err(|errors| self.errors.extend(errors)).ok()
    }

    fn rows(&mut self, node: &Node) -> Option<Rows> {
        let block: RowsBlock = self.fields(node, "file: PATH, columns: {...}, expect: COLUMN")?;
        let format = match root::extension(&block.file.value).as_str() {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            _ => {
                let message = format!("`{}` is no file of rows", block.file.value);
                self.error(message, block.file.span, "its name has to end in `.csv` or `.json`");
                None
            }
        };
        let mut columns = self.columns(&block.columns);
        let json = block.json.unwrap_or_default();
        for name in &json {
            if format == Some(Format::Json) {
                self.error(
                    "a JSON file has its own types",
                    name.span,
                    "leave `json` out: it is for CSV files",
                );
                break;
            }
            let column = columns.iter_mut().find(|column| *column.name == *name.value);
            if let Some(column) = column {
                column.cells = Cells::Json;
                continue;
            }
            let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            let help = suggest::help(&name.value, "`columns` has", &names);
            self.error(format!("`{}` is no column of the input", name.value), name.span, help);
        }
        Some(Rows { file: block.file, format: format?, name: block.name, columns, expect: block.expect })
    }

    /// The columns of the input; no path leads into another.
    fn columns(&mut self, node: &Node) -> Vec<Column> {
        let help = "write `columns: {COLUMN: PATH}`";
        let NodeKind::Object(entries) = &node.kind else {
            self.error(format!("`columns` is {}, not an object", node.describe()), node.span, help);
            return Vec::new();
        };
        if entries.is_empty() {
            self.error("no column makes the input", node.span, help);
        }
        if entries.len() > MAX_COLUMNS {
            let message = format!("{} columns make the input, more than {MAX_COLUMNS}", entries.len());
            self.error(message, node.span, "let one column hold a JSON object, and name it in `json`");
            return Vec::new();
        }
        let mut columns: Vec<Column> = Vec::with_capacity(entries.len());
        for entry in entries {
            let NodeKind::String(text) = &entry.value.kind else {
                let message = format!("the path of column `{}` is {}", entry.key, entry.value.describe());
                self.error(
                    message,
                    entry.value.span,
                    "write a dotted path into the input, such as `user.role`",
                );
                continue;
            };
            let Some(path) = self.keep(path::inner(text, entry.value.span)) else { continue };
            let overlaps = |other: &&Column| path.starts_with(&other.path) || other.path.starts_with(&path);
            if let Some(other) = columns.iter().find(overlaps) {
                let message =
                    format!("columns `{}` and `{}` make the same part of the input", other.name, entry.key);
                self.error(message, entry.value.span, "give each column a path of its own");
                continue;
            }
            let name = Arc::clone(&entry.key);
            columns.push(Column { name, span: entry.key_span, path, cells: Cells::Text });
        }
        columns
    }

    fn check_names(&mut self, cases: &[Case]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for case in cases {
            if let Some(first) = seen.get(&*case.name) {
                let line = self.lines.position(first.start).row;
                let help = format!("line {line} has the first: give each case a name of its own");
                self.errors.push(
                    Diagnostic::error(
                        Code::Suite,
                        format!("two cases are called `{}`", case.name),
                        case.span,
                    )
                    .with_help(help),
                );
            } else {
                seen.insert(&case.name, case.span);
            }
        }
    }

    fn check_not_blank(&mut self, text: &Spanned<String>, message: &str) {
        if text.value.trim().is_empty() {
            self.error(message, text.span, "write at least one character that can be seen");
        }
    }

    /// Decodes an object. An entry that is wrong is left out, so that the others are looked at too; `None` is the answer
    /// when nothing can be made of them. `form` is what goes into the braces.
    fn fields<T: DeserializeOwned>(&mut self, node: &Node, form: &str) -> Option<T> {
        let mut rest = node.clone();
        let mut complete = true;
        for _ in 0..MAX_ERRORS_IN_OBJECT {
            let error = match decode(&rest, self.text) {
                Ok(decoded) => return Some(decoded),
                Err(error) => as_suite_error(error),
            };
            let removed = error.span.and_then(|span| remove_entry_at(&mut rest, span));
            let key = removed.as_ref().map(|entry| &*entry.key);
            let error = with_help(error, &help_for(key, form));
            // An entry that was there and left out is not missing.
            if complete || removed.is_some() {
                self.errors.push(error);
            }
            removed?;
            complete = false;
        }
        None
    }

    fn keep<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }

    fn error(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.errors.push(Diagnostic::error(Code::Suite, message, span).with_help(help));
    }
}

/// Takes the entry out that `span` lies in, if it lies in one.
fn remove_entry_at(node: &mut Node, span: Span) -> Option<Entry> {
    let NodeKind::Object(entries) = &mut node.kind else { return None };
    let holds =
        |outer: Span| outer.source == span.source && outer.start <= span.start && span.end <= outer.end;
    let position = entries.iter().position(|entry| holds(entry.key_span) || holds(entry.value.span))?;
    Some(entries.remove(position))
}

/// What to write at `key`, or at all.
fn help_for(key: Option<&str>, form: &str) -> String {
    let known = FORMS.iter().find(|(known, _)| Some(*known) == key);
    known.map_or_else(|| format!("write `{{{form}}}`"), |(key, form)| format!("write `{key}: {form}`"))
}

fn in_order(mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    errors.sort_by_key(|error| error.span);
    errors
}

fn key_span(root: &Node, key: &str) -> Span {
    let NodeKind::Object(entries) = &root.kind else { return root.span };
    entries.iter().find(|entry| &*entry.key == key).map_or(root.span, |entry| entry.key_span)
}

fn value_span(root: &Node, key: &str) -> Span {
    root.get(key).map_or(root.span, |node| node.span)
}

/// How many columns of a file may make the input.
const MAX_COLUMNS: usize = 1_000;
/// How many documents a case may replace.
const MAX_OVERRIDES: usize = 1_000;
/// How many mistakes of one object are told at once.
const MAX_ERRORS_IN_OBJECT: usize = 20;

/// What can be written at a key, for those whose form can be told in a line.
const FORMS: [(&str, &str); 13] = [
    ("suite", "\"NAME\""),
    ("query", "data.PATH"),
    ("select", "PATH"),
    ("policies", "[PATH, ...]"),
    ("data", "[PATH, ...]"),
    ("cases", "[{name: NAME, expect: allow}, ...]"),
    ("cases_from", "[{file: PATH, columns: {COLUMN: PATH}, expect: COLUMN}, ...]"),
    ("allowed", "[{AXIS: LABEL, ...}, ...]"),
    ("name", "\"NAME\""),
    ("file", "PATH"),
    ("json", "[COLUMN, ...]"),
    ("expect", "COLUMN"),
    ("$schema", "\"PATH\""),
];
