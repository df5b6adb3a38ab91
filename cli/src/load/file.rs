//! Reads files within a limit and makes texts of them.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use portcullis::document::{self, BadBytes, BaseData, TextError};
use portcullis::source::Source;
use portcullis::value::Value;

use super::failure::LoadError;
use super::{Limits, location};

/// The bytes of a file.
///
/// # Errors
///
/// When it can't be read, or is larger than [`Limits::file_bytes`]. What is longer than it says is noticed too.
pub(super) fn read(path: &Path, limits: Limits) -> Result<Vec<u8>, LoadError> {
    let file = fs_err::File::open(path).map_err(|error| LoadError::io("open", path, &error))?;
    let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map_or(0, |found| found.len());
    let mut bytes = Vec::new();
    // Up to its length a file is read at one go: large ones would be copied and cleared over and over otherwise.
    let read = if length > LARGE && length <= limits.file_bytes {
        usize::try_from(length).map_err(std::io::Error::other).and_then(|length| {
            bytes.reserve_exact(length.saturating_add(1));
            // The library's own file would clear the memory first.
            file.file().read_to_end(&mut bytes)
        })
    } else {
        file.take(limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes)
    };
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
    document::module_of(name, bytes).map_err(in_module)
}

/// An error in the bytes of a module.
pub(super) fn in_module(error: TextError) -> LoadError {
    let name = Arc::clone(error.text.name());
    let mut failure = LoadError::in_text(error, "");
    // OPA's parser finds these, and names no column.
    if let Some(row) = failure.row() {
        failure.message = format!("{name}:{row}: rego_parse_error: illegal utf-8 character");
    }
    failure
}

/// The document of a JSON file at its place. Bytes that are no UTF-8 become U+FFFD, as OPA reads them.
pub(super) fn json<D: BaseData>(
    name: &Arc<str>,
    bytes: Vec<u8>,
    place: &[Arc<str>],
) -> Result<Option<D>, LoadError> {
    D::of_json(name, bytes, BadBytes::Replace, place).map_err(|error| LoadError::in_text(error, ""))
}

/// The document of a YAML file at its place: the first one of those in it.
pub(super) fn yaml<D: BaseData>(
    name: &Arc<str>,
    bytes: Vec<u8>,
    place: &[Arc<str>],
) -> Result<Option<D>, LoadError> {
    document::yaml_of(name, bytes)
        .map(|value| D::of_value(value, place))
        .map_err(|error| LoadError::in_text(error, "error converting YAML to JSON: "))
}

/// A JSON Schema, in JSON or YAML. A byte order mark is dropped.
pub(super) fn schema(name: &Arc<str>, bytes: Vec<u8>) -> Result<Value, LoadError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).map(<[u8]>::to_vec).unwrap_or(bytes);
    document::input_of(name, bytes).map_err(|error| LoadError::in_text(error, ""))
}

/// The text of a table suite.
pub(super) fn suite(name: &Arc<str>, bytes: Vec<u8>) -> Result<Source, LoadError> {
    let text = document::yaml_text(name, bytes).map_err(|error| LoadError::in_text(error, ""))?;
    Ok(Source::new(Arc::clone(name), text))
}

/// From how many bytes on it matters how a file is read.
const LARGE: u64 = 1 << 20;
