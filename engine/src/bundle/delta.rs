//! Delta bundles: how the data of one bundle becomes that of another.

use std::fmt::Write as _;
use std::sync::Arc;

use super::contents::Contents;
use super::manifest::Manifest;
use super::member::Member;
use crate::value::{JsonStyle, Object, Value, json_string};

/// Why a delta bundle can't say what changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDelta {
    /// Modules differ; a delta bundle has only data.
    #[error("policies changed: {}", .0.join(", "))]
    Modules(Vec<String>),
    /// Roots or WebAssembly differ, which OPA refuses.
    #[error("the manifests' roots or WebAssembly modules differ")]
    Manifest,
    /// No data changed.
    #[error("no data changed")]
    Nothing,
    /// A path that has no form in a patch.
    #[error("the data has an empty key at `{0}`, to which no path of a patch leads")]
    Key(String),
}

/// The files of the delta bundle that makes `new` of `old`: `patch.json` and the manifest of `new`, whose metadata names
/// the revision of `old` as `from`, so that servers know whom to give it.
///
/// A delta bundle can't be signed; OPA takes it only where signatures are not required.
///
/// # Errors
///
/// Why there is none.
pub fn delta(old: &Contents, new: &Contents) -> Result<Vec<Member>, NoDelta> {
    let modules = changed_modules(old, new);
    if !modules.is_empty() {
        return Err(NoDelta::Modules(modules));
    }
    if !same_frame(&old.manifest, &new.manifest) {
        return Err(NoDelta::Manifest);
    }
    let operations = operations(&old.data, &new.data)?;
    if operations.is_empty() {
        return Err(NoDelta::Nothing);
    }
    let mut patch = String::from("{\"data\":[");
    for (index, operation) in operations.iter().enumerate() {
        if index > 0 {
            patch.push(',');
        }
        operation.write(&mut patch);
    }
    patch.push_str("]}");
    let mut manifest = new.manifest.clone();
    if !old.manifest.revision.is_empty() {
        let metadata = manifest.metadata.as_ref().and_then(Value::as_object).cloned();
        let mut metadata = metadata.unwrap_or_default();
        metadata.insert(Value::from("from"), Value::String(Arc::clone(&old.manifest.revision)));
        manifest.metadata = Some(Value::Object(metadata));
    }
    let manifest = manifest.to_json();
    Ok(vec![
        Member { path: "/patch.json".to_owned(), bytes: patch.into_bytes() },
        Member { path: "/.manifest".to_owned(), bytes: manifest.into_bytes() },
    ])
}

fn changed_modules(old: &Contents, new: &Contents) -> Vec<String> {
    let modules = |contents: &Contents| -> std::collections::BTreeMap<String, String> {
        let modules = contents.modules.iter();
        let path = |path: &str| path.trim_start_matches(['.', '/']).to_owned();
        modules.map(|module| (path(&module.path), module.source.text().to_string())).collect()
    };
    let (old, new) = (modules(old), modules(new));
    let mut changed: Vec<String> = new
        .iter()
        .filter(|(path, text)| old.get(*path) != Some(*text))
        .map(|(path, _)| path.clone())
        .collect();
    changed.extend(old.into_keys().filter(|path| !new.contains_key(path)));
    changed.sort();
    changed
}

/// Whether everything is the same that a delta bundle may not change.
fn same_frame(old: &Manifest, new: &Manifest) -> bool {
    let frame = |manifest: &Manifest| {
        let mut roots = manifest.roots.clone();
        roots.sort();
        let bare = Manifest { revision: "".into(), roots, metadata: None, ..manifest.clone() };
        bare.to_json()
    };
    frame(old) == frame(new)
}

enum Operation<'a> {
    Upsert(Vec<&'a str>, &'a Value),
    Remove(Vec<&'a str>),
}

impl Operation<'_> {
    fn write(&self, out: &mut String) {
        let (name, path) = match self {
            Self::Upsert(path, _) => ("upsert", path),
            Self::Remove(path) => ("remove", path),
        };
        // Writing to a string can't fail.
        let _ = write!(out, "{{\"op\":\"{name}\",\"path\":{}", json_string(&pointer(path)));
        if let Self::Upsert(_, value) = self {
            out.push_str(",\"value\":");
            out.push_str(&value.to_json_with(JsonStyle::Compact));
        }
        out.push('}');
    }
}

/// What to do to `old`, from the outside in and in the order of keys.
fn operations<'a>(old: &'a Object, new: &'a Object) -> Result<Vec<Operation<'a>>, NoDelta> {
    let mut operations = Vec::new();
    let mut pending: Vec<(Vec<&str>, &Object, &Object)> = vec![(Vec::new(), old, new)];
    while let Some((path, old, new)) = pending.pop() {
        // No path leads to an empty key, so the object that has it is replaced.
        let is_plain = |object: &Object| object.get_str("").is_none();
        if !is_plain(old) || !is_plain(new) {
            if old == new {
                continue;
            }
            return Err(NoDelta::Key(pointer(&path)));
        }
        let inner = |key: &'a Value| {
            let mut inner = path.clone();
            inner.extend(key.as_str());
            inner
        };
        for (key, _) in old.iter().filter(|(key, _)| new.get(key).is_none()) {
            operations.push(Operation::Remove(inner(key)));
        }
        let mut deeper = Vec::new();
        for (key, value) in new {
            match (old.get(key), value) {
                (Some(Value::Object(before)), Value::Object(after)) => {
                    deeper.push((inner(key), before, after));
                }
                // The text of numbers counts: `1` and `1.0` are equal, and differ in signatures.
                (Some(before), _) if before.to_json() == value.to_json() => {}
                (Some(_) | None, _) => operations.push(Operation::Upsert(inner(key), value)),
            }
        }
        pending.extend(deeper.into_iter().rev());
    }
    Ok(operations)
}

/// A path as patches have it: parts behind slashes, percent-encoded.
fn pointer(path: &[&str]) -> String {
    path.iter().fold(String::new(), |mut pointer, part| {
        pointer.push('/');
        for char in part.chars() {
            match char {
                '%' => pointer.push_str("%25"),
                '/' => pointer.push_str("%2F"),
                char => pointer.push(char),
            }
        }
        pointer
    })
}

#[cfg(test)]
mod tests;
