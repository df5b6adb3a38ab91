//! Files of rows, taken apart: what CSV and JSON have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::csv::{self, Cell};
use super::with_help;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{self, Node, NodeKind};
use crate::source::{LineIndex, SourceId, Span};
use crate::suite::root::BROKEN_JSON;

/// A file of rows.
#[derive(Debug)]
pub(super) struct Records {
    /// The columns there are.
    pub(super) columns: BTreeSet<Arc<str>>,
    /// The rows in their order.
    pub(super) list: Vec<Record>,
    /// Where the first row would stand.
    pub(super) span: Span,
}

/// One row.
#[derive(Debug)]
pub(super) struct Record {
    /// What to call it: the line in a CSV file, else the position from 1.
    pub(super) number: usize,
    /// Where it stands.
    pub(super) span: Span,
    /// What it holds, by column.
    pub(super) fields: BTreeMap<Arc<str>, Field>,
}

/// What a row holds in one column.
#[derive(Debug)]
pub(super) enum Field {
    /// A cell of a CSV file.
    Cell(Cell),
    /// A value of a JSON file.
    Node(Node),
}

/// Reads a CSV file.
pub(super) fn csv(source: SourceId, text: &str) -> Result<Records, Vec<Diagnostic>> {
    let table = csv::read(source, text)?;
    let lines = LineIndex::new(text);
    let columns: Vec<Arc<str>> = table.header.iter().map(|cell| cell.text.as_str().into()).collect();
    let list = table.rows.into_iter().filter_map(|row| {
        let span = row.first()?.span.to(row.last()?.span);
        let number = lines.position(span.start).row;
        let fields = columns.iter().cloned().zip(row.into_iter().map(Field::Cell)).collect();
        Some(Record { number, span, fields })
    });
    let list = list.collect();
    let span = table.header.first().map_or_else(|| Span::new(source, 0, 0), |cell| cell.span);
    Ok(Records { columns: columns.into_iter().collect(), list, span })
}

/// Reads a JSON file: an array of objects.
pub(super) fn json(source: SourceId, text: &str) -> Result<Records, Vec<Diagnostic>> {
    let root = document::json(source, text).map_err(|error| vec![with_help(error, BROKEN_JSON)])?;
    if let Some((_, again)) = root.repeated_key() {
        let error = Diagnostic::error(Code::Suite, format!("duplicate key `{}`", again.key), again.key_span);
        return Err(vec![error.with_help("only one of them would count: remove the other")]);
    }
    let (span, article) = (root.span, root.describe());
    let NodeKind::Array(nodes) = root.into_kind() else {
        let message = format!("the rows of a JSON file are an array of objects, not {article}");
        let help = "write `[{\"COLUMN\": VALUE, ...}, ...]`";
        return Err(vec![Diagnostic::error(Code::Suite, message, span).with_help(help)]);
    };
    let mut errors = Vec::new();
    let mut columns = BTreeSet::new();
    let mut list = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        let (span, article) = (node.span, node.describe());
        let NodeKind::Object(entries) = node.into_kind() else {
            let error = Diagnostic::error(Code::Suite, format!("a row is an object, not {article}"), span);
            errors.push(error.with_help("write `{\"COLUMN\": VALUE, ...}`"));
            continue;
        };
        columns.extend(entries.iter().map(|entry| Arc::clone(&entry.key)));
        let fields = entries.into_iter().map(|entry| (entry.key, Field::Node(entry.value))).collect();
        list.push(Record { number: index + 1, span, fields });
    }
    if errors.is_empty() { Ok(Records { columns, list, span }) } else { Err(errors) }
}
