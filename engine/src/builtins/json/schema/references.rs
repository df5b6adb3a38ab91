//! The schemas that references can name: the whole, and each that has an id.

use std::collections::BTreeMap;

use crate::builtins::uri;
use crate::value::{Object, Value};

/// Schemas by the address under which they are known; the whole has the empty one.
#[derive(Debug)]
pub(super) struct Pool {
    documents: BTreeMap<String, Value>,
}

impl Pool {
    /// Gathers the schemas of `whole`, and makes its references absolute.
    ///
    /// # Errors
    /// When two schemas have the same id, or the whole nests too deep.
    pub(super) fn new(whole: &Value) -> Result<Self, String> {
        let mut pool = Self { documents: BTreeMap::new() };
        let whole = pool.gather(whole, "", 0)?;
        pool.documents.insert(String::new(), whole);
        Ok(pool)
    }

    /// The whole schema.
    pub(super) fn whole(&self) -> Value {
        self.documents.get("").cloned().unwrap_or(Value::Null)
    }

    /// The schema that an absolute reference names.
    ///
    /// # Errors
    /// When there is none, in OPA's words. Nothing is fetched.
    pub(super) fn get(&self, reference: &str) -> Result<Value, String> {
        if let Some(document) = self.documents.get(reference) {
            return Ok(document.clone());
        }
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if let Some(document) = self.documents.get(address) {
            return point(document, &uri::unescaped_fragment(fragment));
        }
        let (scheme, rest) = address.split_once("://").unwrap_or(("", ""));
        if scheme.is_empty() || rest.is_empty() || rest.starts_with('/') {
            return Err(format!("Reference {reference} must be canonical"));
        }
        Err(format!("remote reference loading disabled: {reference}"))
    }

    /// The schema with its references made absolute; those with an id are kept too.
    fn gather(&mut self, value: &Value, base: &str, depth: usize) -> Result<Value, String> {
        if depth > super::MAX_NESTING {
            return Err("schema nests too deep".to_owned());
        }
        let object = match value {
            Value::Array(values) => {
                let values = values.iter().map(|value| self.gather(value, base, depth + 1));
                return values.collect::<Result<Vec<_>, _>>().map(|values| Value::Array(values.into()));
            }
            Value::Object(object) => object,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                return Ok(value.clone());
            }
        };
        let id = object.get_str("id").or_else(|| object.get_str("$id")).and_then(Value::as_str);
        let own = id.map(|id| resolve(base, id));
        let base = own.as_deref().unwrap_or(base);
        if own.is_some() && self.documents.contains_key(base) {
            return Err(format!("Reference already exists: \"{base}\""));
        }
        let mut entries = Vec::new();
        for (key, child) in object {
            let name = key.as_str().unwrap_or_default();
            let child = match (name, child) {
                ("$ref", Value::String(reference)) => resolve(base, reference).into(),
                ("properties" | "dependencies" | "patternProperties", Value::Object(children)) => {
                    let mut gathered = Vec::new();
                    for (key, child) in children {
                        gathered.push((key.clone(), self.gather(child, base, depth + 2)?));
                    }
                    gathered.into_iter().collect::<Object>().into()
                }
                ("properties" | "dependencies" | "patternProperties" | "const" | "enum", child) => {
                    child.clone()
                }
                (_, child) => self.gather(child, base, depth + 1)?,
            };
            entries.push((key.clone(), child));
        }
        let gathered = Value::Object(entries.into_iter().collect());
        if let Some(own) = own {
            self.documents.insert(own, gathered.clone());
        }
        Ok(gathered)
    }
}

/// What a JSON pointer finds. A fragment that is no pointer finds the whole.
fn point(document: &Value, pointer: &str) -> Result<Value, String> {
    let Some(pointer) = pointer.strip_prefix('/') else { return Ok(document.clone()) };
    let mut found = document;
    for token in pointer.split('/') {
        found = match found {
            Value::Object(object) => {
                let key = token.replace("~1", "/").replace("~0", "~");
                object.get_str(&key).ok_or_else(|| format!("Object has no key '{key}'"))?
            }
            Value::Array(array) => {
                let index: i64 = token.parse().map_err(|_| format!("Invalid array index '{token}'"))?;
                let element = usize::try_from(index).ok().and_then(|index| array.get(index));
                element.ok_or_else(|| format!("Out of bound array[0,{}] index '{index}'", array.len()))?
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                return Err(format!("Invalid token reference '{token}'"));
            }
        };
    }
    Ok(found.clone())
}

/// A reference seen from a base, as RFC 3986 has it; an empty fragment is dropped.
fn resolve(base: &str, reference: &str) -> String {
    let reference = reference.strip_suffix('#').unwrap_or(reference);
    if has_scheme(reference) {
        return reference.to_owned();
    }
    let (base_address, base_fragment) = base.split_once('#').unwrap_or((base, ""));
    if reference.is_empty() {
        let fragment = if base_fragment.is_empty() { "" } else { "#" };
        return format!("{base_address}{fragment}{base_fragment}");
    }
    if reference.starts_with('#') {
        return format!("{base_address}{reference}");
    }
    let path_at = base_address.find("://").map_or(0, |at| at + 3);
    let (authority, base_path) = if path_at == 0 {
        ("", base_address)
    } else {
        let rest = base_address.get(path_at..).unwrap_or_default();
        let end = rest.find(['/', '?']).map_or(base_address.len(), |end| path_at + end);
        base_address.split_at_checked(end).unwrap_or((base_address, ""))
    };
    if let Some(rest) = reference.strip_prefix("//") {
        let scheme = base_address.split_once("://").map_or("", |(scheme, _)| scheme);
        return if scheme.is_empty() { reference.to_owned() } else { format!("{scheme}://{rest}") };
    }
    let base_path = base_path.split('?').next().unwrap_or_default();
    let split = reference.find(['?', '#']).unwrap_or(reference.len());
    let (path, rest) = reference.split_at_checked(split).unwrap_or((reference, ""));
    if path.is_empty() {
        return format!("{authority}{base_path}{rest}");
    }
    let merged = if path.starts_with('/') {
        path.to_owned()
    } else {
        let folder = base_path.rfind('/').map_or("", |at| base_path.get(..=at).unwrap_or_default());
        let folder = if folder.is_empty() { "/" } else { folder };
        format!("{folder}{path}")
    };
    format!("{authority}{}{rest}", without_dots(&merged))
}

fn has_scheme(reference: &str) -> bool {
    let end = reference.find([':', '/', '?', '#']);
    end.is_some_and(|end| end > 0 && reference.get(end..).is_some_and(|rest| rest.starts_with(':')))
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                if kept.len() > 1 {
                    kept.pop();
                }
            }
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    kept.join("/")
}
