//! Reads the one document of a file of tests, more strictly than data are read.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{self, Node};
use crate::source::{LineIndex, SourceId, Span};

/// What a file is meant to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileKind {
    /// The code of errors about it.
    pub(crate) code: Code,
    /// What it is called, without an article.
    pub(crate) noun: &'static str,
}

/// Reads the document in `text`; the extension of `name` tells YAML from JSON.
///
/// # Errors
/// What is neither, a key that comes twice, and a second document.
pub(crate) fn read(
    source: SourceId,
    name: &str,
    text: &str,
    kind: FileKind,
) -> Result<Node, Vec<Diagnostic>> {
    let FileKind { code, noun } = kind;
    let root = match extension(name).as_str() {
        "json" => document::json(source, text).map_err(|error| with_help(error, BROKEN_JSON)),
        "yaml" | "yml" => document::yaml(source, text).map_err(|error| with_help(error, BROKEN_YAML)),
        _ => {
            let message = format!("`{name}` is no {noun}: its name ends in none of `.yaml`, `.yml`, `.json`");
            let start = Span::new(source, 0, 0);
            Err(Diagnostic::error(code, message, start).with_help("write it in YAML or JSON"))
        }
    };
    let root = root.map_err(|error| vec![error])?;
    if let Some((first, again)) = root.repeated_key() {
        let error = Diagnostic::error(code, format!("duplicate key `{}`", again.key), again.key_span);
        let line = LineIndex::new(text).position(first.key_span.start).row;
        return Err(vec![
            error.with_help(format!("line {line} has it already: only one of them would count")),
        ]);
    }
    if let Some(second) = second_document(text, root.span.end) {
        let span = Span::new(source, second, second + 3);
        let error = Diagnostic::error(code, "a second YAML document", span);
        let help = format!("it would not be read: put each {noun} into a file of its own");
        return Err(vec![error.with_help(help)]);
    }
    Ok(root)
}

/// The extension of a file's name, in small letters.
pub(crate) fn extension(name: &str) -> String {
    Path::new(name)
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

/// Where a line starts another YAML document after `end`; JSON has no such lines outside of its one value.
fn second_document(text: &str, end: u32) -> Option<u32> {
    let rest = text.get(end as usize..)?;
    let mut at = end;
    for line in rest.split_inclusive('\n') {
        let marker = line.strip_prefix("---");
        if at > end && marker.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
        {
            return Some(at);
        }
        at += u32::try_from(line.len()).ok()?;
    }
    None
}

/// The error with a help line, if it has none.
fn with_help(error: Diagnostic, help: &str) -> Diagnostic {
    if error.help.is_some() { error } else { error.with_help(help) }
}

/// What helps with most JSON that can't be read.
pub(crate) const BROKEN_JSON: &str = "a JSON file holds one value; look for a missing comma or bracket";
const BROKEN_YAML: &str = "put texts with `: `, ` #` or other special characters into quotes";
