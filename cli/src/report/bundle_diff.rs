//! How two bundles differ: what all formats have in common.

use std::sync::Arc;

use portcullis::bundle::{BundleDifference, Change, Place, data_reference};
use portcullis::value::{Difference, Value};

/// Two bundles and how they differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bundles<'a> {
    /// What the user calls the first.
    pub(crate) before: &'a str,
    /// What the user calls the second.
    pub(crate) after: &'a str,
    pub(crate) difference: &'a BundleDifference,
    pub(crate) values: Values,
}

/// What becomes of the values of data and metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// They are left out: they may be secret.
    Hidden,
    /// They are shown, shortened.
    Shown,
}

impl Values {
    /// The values of a place of data before and after, as far as they are shown.
    pub(super) fn of_data(self, difference: &Difference) -> [Option<String>; 2] {
        match self {
            Self::Hidden => [None, None],
            Self::Shown => [&difference.left, &difference.right].map(|value| value.as_ref().map(short)),
        }
    }

    /// The same for a field of a manifest. What OPA itself reads is always shown.
    pub(super) fn of_manifest(self, difference: &Difference) -> [Option<String>; 2] {
        let is_opas =
            difference.path.first().and_then(Value::as_str).is_some_and(|name| OPAS.contains(&name));
        if is_opas { Self::Shown.of_data(difference) } else { self.of_data(difference) }
    }
}

/// The word for what became of something.
pub(super) fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
    }
}

/// A place of data, as a reference.
pub(super) fn data_path(path: &[Value]) -> String {
    format!("data{}", steps(path))
}

/// A field of a manifest, written like a reference.
pub(super) fn manifest_path(path: &[Value]) -> String {
    let (first, rest) =
        path.split_first().map_or(("", path), |(first, rest)| (first.as_str().unwrap_or_default(), rest));
    format!("{first}{}", steps(rest))
}

/// A package and the name of a rule in it.
pub(super) fn rule_path(package: &str, name: &str) -> String {
    format!("{package}.{name}")
}

/// `FILE:ROW`, one after the other.
pub(super) fn places(places: &[Place]) -> Vec<String> {
    places.iter().map(|Place { file, row }| format!("{file}:{row}")).collect()
}

fn steps(path: &[Value]) -> String {
    let step = |step: &Value| match step {
        Value::String(key) => {
            let reference = data_reference(&[Arc::clone(key)]);
            reference.strip_prefix("data").unwrap_or_default().to_owned()
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Set(_) => format!("[{}]", step.to_json()),
    };
    path.iter().map(step).collect()
}

/// A value in a few characters.
fn short(value: &Value) -> String {
    let text = value.to_json();
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(WIDTH).collect();
    if chars.next().is_some() { start + "..." } else { start }
}

/// The fields of manifests that OPA acts on.
const OPAS: [&str; 4] = ["revision", "roots", "rego_version", "file_rego_versions"];

/// How many characters of a value are shown.
const WIDTH: usize = 80;

#[cfg(test)]
mod tests {
    use portcullis::value::{Difference, Value};

    use super::{Values, data_path, manifest_path};

    #[test]
    fn paths_are_written_as_references() {
        let path = [Value::from("a"), Value::from("b c"), Value::from(1_u64)];
        assert_eq!(data_path(&path), "data.a[\"b c\"][1]");
        assert_eq!(manifest_path(&path), "a[\"b c\"][1]");
        assert_eq!((data_path(&[]).as_str(), manifest_path(&[]).as_str()), ("data", ""));
    }

    #[test]
    fn values_of_metadata_are_hidden_and_long_ones_shortened() {
        let of = |name: &str| Difference {
            path: vec![Value::from(name)],
            left: Some(Value::from("x".repeat(200).as_str())),
            right: None,
        };
        assert_eq!(Values::Hidden.of_manifest(&of("metadata")), [None, None]);
        let [left, right] = Values::Hidden.of_manifest(&of("revision"));
        assert_eq!((left.map(|text| text.len()), right), (Some(83), None));
        assert_eq!(Values::Hidden.of_data(&of("revision")), [None, None]);
    }
}
