//! The bytes of files, read into values and modules as OPA's loader reads them.

use std::fmt;
use std::sync::Arc;

use super::{input, json_value, yaml};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{LineIndex, Source, SourceId, Sources, Span};
use crate::value::Value;

/// What is wrong with the text of a file, and the text.
#[derive(Debug, Clone)]
pub struct TextError {
    /// The text; a replacement character stands for each byte that is none.
    pub text: Source,
    /// What is wrong; its place is in the one source that there is.
    pub diagnostic: Box<Diagnostic>,
}

/// The file, row and column, and what is wrong.
impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.text.name())?;
        if let Some(span) = self.diagnostic.span {
            let position = LineIndex::new(self.text.text()).position(span.start);
            write!(f, "{}:{}:", position.row, position.col)?;
        }
        write!(f, " {}", self.diagnostic.message)
    }
}

impl std::error::Error for TextError {}

impl TextError {
    fn new(source: Source, diagnostic: Diagnostic) -> Self {
        Self { text: source, diagnostic: Box::new(diagnostic) }
    }
}

/// What is done with bytes that are no UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadBytes {
    /// U+FFFD for each, as OPA reads JSON.
    Replace,
    /// An error.
    Refuse,
}

/// The module that the bytes of a file are. A byte order mark is part of it: the parser knows what to do with it.
///
/// # Errors
///
/// When it is no UTF-8.
pub fn module_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<Source, TextError> {
    let text = utf8(name, bytes, "illegal utf-8 character")?;
    Ok(Source::new(Arc::clone(name), text))
}

/// The value of a JSON file.
///
/// # Errors
///
/// As [`json_value`], and bytes that are refused.
pub fn json_of(name: &Arc<str>, bytes: Vec<u8>, bad: BadBytes) -> Result<Value, TextError> {
    read_json(name, bytes, bad, json_value)
}

/// What `read` makes of the text of a JSON file.
pub(super) fn read_json<T>(
    name: &Arc<str>,
    bytes: Vec<u8>,
    bad: BadBytes,
    read: impl Fn(SourceId, &str) -> Result<T, Diagnostic>,
) -> Result<T, TextError> {
    let text = match bad {
        BadBytes::Replace => String::from_utf8(bytes).unwrap_or_else(|error| replaced(error.as_bytes())),
        BadBytes::Refuse => utf8(name, bytes, "invalid UTF-8")?,
    };
    match read(first_source(), &text) {
        Ok(read) => Ok(read),
        Err(diagnostic) => Err(TextError::new(Source::new(Arc::clone(name), text), diagnostic)),
    }
}

/// The value of a YAML file: that of its first document.
///
/// # Errors
///
/// As [`yaml()`], and bytes that are no UTF-8.
pub fn yaml_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, TextError> {
    let text = yaml_text(name, bytes)?;
    match yaml(first_source(), &text) {
        Ok(node) => Ok(node.to_value()),
        Err(diagnostic) => Err(TextError::new(Source::new(Arc::clone(name), text), diagnostic)),
    }
}

/// The value of a file that is JSON or else YAML, as OPA reads YAML in bundles.
///
/// # Errors
///
/// As [`input`], and bytes that are no UTF-8.
pub fn input_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, TextError> {
    let text = yaml_text(name, bytes)?;
    match input(first_source(), &text) {
        Ok(node) => Ok(node.to_value()),
        Err(diagnostic) => Err(TextError::new(Source::new(Arc::clone(name), text), diagnostic)),
    }
}

/// The text of a YAML file.
///
/// # Errors
///
/// When it is no UTF-8.
pub fn yaml_text(name: &Arc<str>, bytes: Vec<u8>) -> Result<String, TextError> {
    utf8(name, bytes, "yaml: invalid leading UTF-8 octet")
}

fn utf8(name: &Arc<str>, bytes: Vec<u8>, message: &str) -> Result<String, TextError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
        let source = Source::new(Arc::clone(name), replaced(error.as_bytes()));
        let span = Span::new(first_source(), at, at.saturating_add(1));
        let diagnostic = Diagnostic::error(Code::Parse, message, span).with_help("save the file as UTF-8");
        TextError::new(source, diagnostic)
    })
}

/// The text with U+FFFD for each byte that is no UTF-8, as Go replaces them.
/// The text of bytes, with U+FFFD for each that is no UTF-8, as Go reads JSON.
pub fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    text
}

/// The id of the one source that an error is about.
fn first_source() -> SourceId {
    Sources::new().add(Source::new("", ""))
}
