//! JSON Schemas: one file for the input, or a directory of files that annotations name by their paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::compile::types::Schemas;
use walkdir::WalkDir;

use super::failure::LoadError;
use super::{Limits, file, io_reason, location};

/// Reads the schemas that an argument names.
///
/// # Errors
///
/// The first file that can't be read or is neither JSON nor YAML.
pub(crate) fn schemas(argument: &str) -> Result<Schemas, LoadError> {
    let limits = Limits::default();
    let root = location::local_path(argument).map_err(LoadError::new)?;
    let mut schemas = Schemas::default();
    let metadata = fs_err::metadata(&root).map_err(|error| {
        LoadError::new(format!("stat {}: {}", root.display(), io_reason(&error)))
            .with_help("-s takes a file with a JSON Schema, or a directory of them")
    })?;
    if !metadata.is_dir() {
        schemas.insert(&[], read(&root, limits)?);
        return Ok(schemas);
    }
    for (count, entry) in (1..).zip(WalkDir::new(&root).sort_by_file_name()) {
        if count > limits.entries {
            return Err(LoadError::new(format!("{}: more than {} files", root.display(), limits.entries)));
        }
        let entry = entry.map_err(|error| LoadError::new(error.to_string()))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let schema = read(entry.path(), limits)?;
        let names = names(entry.path().strip_prefix(&root).unwrap_or(entry.path()));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        schemas.insert(&names, schema);
    }
    Ok(schemas)
}

fn read(path: &Path, limits: Limits) -> Result<portcullis::value::Value, LoadError> {
    let name: Arc<str> = path.to_string_lossy().into();
    file::schema(&name, file::read(path, limits)?)
}

/// The names that lead to a schema: those of its folders, and its own without what stands after the last dot.
fn names(relative: &Path) -> Vec<String> {
    let mut names: Vec<String> = PathBuf::from(relative)
        .components()
        .map(|component| component.as_os_str().to_string_lossy().into_owned())
        .collect();
    if let Some(last) = names.last_mut()
        && let Some(at) = last.rfind('.')
    {
        last.truncate(at);
    }
    names
}
