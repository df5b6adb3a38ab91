//! Reads files within a limit and makes texts of them.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use portcullis::source::{Source, Sources};
use portcullis::value::Value;

use super::failure::{LoadError, not_utf8};
use super::{Limits, location};

/// The bytes of a file.
///
/// # Errors
///
/// When it can't be read, or is larger than [`Limits::file_bytes`]. What is longer than it says is noticed too.
pub(super) fn read(path: &Path, limits: Limits) -> Result<Vec<u8>, LoadError> {
    let file = fs_err::File::open(path).map_err(|error| LoadError::io("open", path, &error))?;
    let mut bytes = Vec::new();
    let read = file.take(limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| LoadError::io("read", path, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limits.file_bytes) {
        return Ok(bytes);
    }
    let message = format!("{}: larger than {} bytes", path.display(), limits.file_bytes);
    Err(LoadError::new(message).with_help("no file is read that is larger; leave it out with --ignore"))
}

/// The module in the file that an argument names, whatever the name ends in.
///
/// # Errors
///
/// When it can't be read, is larger than the limit, or is no UTF-8.
pub(crate) fn whole_module(argument: &str) -> Result<Source, LoadError> {
    let path = location::local_path(argument).map_err(LoadError::new)?;
    let name: Arc<str> = path.to_string_lossy().into();
    module(&name, read(&path, Limits::default())?)
}

/// The module that the bytes of a file are. A byte order mark is part of it: the parser knows what to do with it.
pub(super) fn module(name: &Arc<str>, bytes: Vec<u8>) -> Result<Source, LoadError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(Arc::clone(name), text)),
        Err(error) => {
            let valid_up_to = error.utf8_error().valid_up_to();
            let mut failure = not_utf8(
                Arc::clone(name),
                valid_up_to,
                replaced(error.as_bytes()),
                "illegal utf-8 character",
            );
            // OPA's parser finds these, and names no column.
            if let Some(row) = failure.row() {
                failure.message = format!("{name}:{row}: rego_parse_error: illegal utf-8 character");
            }
            Err(failure)
        }
    }
}

/// The value of a JSON file. Bytes that are no UTF-8 become U+FFFD, as OPA reads them.
pub(super) fn json(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, LoadError> {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| replaced(error.as_bytes()));
    let source = Source::new(Arc::clone(name), text);
    let id = Sources::new().add(source.clone());
    let node = portcullis::document::json(id, source.text());
    node.map(|node| node.to_value()).map_err(|diagnostic| LoadError::in_text(source, "", diagnostic))
}

/// The value of a YAML file: that of its first document.
pub(super) fn yaml(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, LoadError> {
    const INTRODUCTION: &str = "error converting YAML to JSON: ";
    let text = yaml_text(name, bytes, INTRODUCTION)?;
    let source = Source::new(Arc::clone(name), text);
    let id = Sources::new().add(source.clone());
    let node = portcullis::document::yaml(id, source.text());
    node.map(|node| node.to_value())
        .map_err(|diagnostic| LoadError::in_text(source, INTRODUCTION, diagnostic))
}

/// The value of a bundle's YAML file, which OPA takes for JSON when it is JSON.
pub(super) fn bundle_yaml(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, LoadError> {
    let source = Source::new(Arc::clone(name), yaml_text(name, bytes, "")?);
    let id = Sources::new().add(source.clone());
    let node = portcullis::document::input(id, source.text());
    node.map(|node| node.to_value()).map_err(|diagnostic| LoadError::in_text(source, "", diagnostic))
}

/// A JSON Schema, in JSON or YAML. A byte order mark is dropped.
pub(super) fn schema(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, LoadError> {
    let text = yaml_text(name, bytes, "")?;
    let source = Source::new(Arc::clone(name), without_mark(&text));
    let id = Sources::new().add(source.clone());
    let node = portcullis::document::input(id, source.text());
    node.map(|node| node.to_value()).map_err(|diagnostic| LoadError::in_text(source, "", diagnostic))
}

/// The text of a table suite.
pub(super) fn suite(name: &Arc<str>, bytes: Vec<u8>) -> Result<Source, LoadError> {
    yaml_text(name, bytes, "").map(|text| Source::new(Arc::clone(name), text))
}

fn yaml_text(name: &Arc<str>, bytes: Vec<u8>, introduction: &str) -> Result<String, LoadError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid_up_to = error.utf8_error().valid_up_to();
        let message = format!("{introduction}yaml: invalid leading UTF-8 octet");
        not_utf8(Arc::clone(name), valid_up_to, replaced(error.as_bytes()), &message)
    })
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The text with U+FFFD for each byte that is no UTF-8, as Go replaces them.
fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    text
}
