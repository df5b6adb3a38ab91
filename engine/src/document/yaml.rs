//! The YAML reader: events of the parser crate become a graph, and the graph becomes a tree.

mod base64;
mod expand;
mod graph;
mod input;
mod scalar;
mod tabs;
mod text;
pub(super) mod timestamp;
pub(super) mod write;

use self::graph::Kept;
use super::node::Node;
use crate::diagnostic::Diagnostic;
use crate::source::SourceId;
use crate::value::Value;

/// Reads the first document of a stream and checks the others.
pub(super) fn read(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    text::check(source, text)?;
    let graphs = graph::read(source, text, Kept::First)?;
    let first = graphs.into_iter().next().unwrap_or_default();
    expand::expand(&first, source, text)
}

/// Reads all documents of a stream.
pub(super) fn read_all(source: SourceId, text: &str) -> Result<Vec<Node>, Diagnostic> {
    text::check(source, text)?;
    let graphs = graph::read(source, text, Kept::All)?;
    graphs.iter().map(|graph| expand::expand(graph, source, text)).collect()
}

/// The YAML text of a value.
pub(super) fn write(value: &Value) -> Result<String, String> {
    write::write(value)
}

#[cfg(test)]
mod tests;
