//! What was pushed through the API over what files and bundles say: the last word on each path and policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::rest::change::{self, Operation};
use portcullis::value::{Object, Value};

use super::modules::{Module, Modules};
use portcullis::policy::RegoVersion;

/// Everything that was pushed and counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Pushed {
    /// By the keys from the root on. An entry counts over those of paths around it that are older.
    pub(super) data: BTreeMap<Vec<String>, Entry>,
    /// By id.
    pub(super) policies: BTreeMap<Arc<str>, Policy>,
    /// How many entries there have been.
    pub(super) entries: u64,
}

/// The last word on a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The higher, the later.
    pub(super) order: u64,
    /// What is there; nothing if what was there was taken away.
    pub(super) value: Option<Value>,
}

/// The last word on a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Policy {
    Text(Arc<str>),
    /// One of a file or a bundle was taken away.
    Deleted,
}

/// What changes of all that was pushed; nothing at a path or id means that there is no word on it any more.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Delta {
    pub(super) data: BTreeMap<Vec<String>, Option<Entry>>,
    pub(super) policies: BTreeMap<Arc<str>, Option<Policy>>,
    pub(super) entries: u64,
}

impl Pushed {
    /// What has to be noted after operations at paths, of which the data after all of them is given. `base` is the data without
    /// anything pushed.
    pub(super) fn after<'p>(
        &self,
        paths: impl Iterator<Item = &'p [String]>,
        data: &Value,
        base: &Value,
    ) -> Delta {
        let mut delta = Delta { entries: self.entries, ..Delta::default() };
        for path in paths {
            let noted = without_positions(path, data);
            let value = change::read(data, noted).ok().cloned();
            // What is below counts no longer.
            let below = self.data.range(noted.to_vec()..).map(|(other, _)| other);
            delta.data.extend(
                below.take_while(|other| other.starts_with(noted)).map(|other| (other.clone(), None)),
            );
            delta.data.retain(|other, _| self.data.contains_key(other) || !other.starts_with(noted));
            for (other, entry) in &mut delta.data {
                if other.starts_with(noted) {
                    *entry = None;
                }
            }
            let is_gone_anyway = value.is_none() && !self.tells_of(noted, base);
            if !is_gone_anyway {
                delta.entries += 1;
                delta.data.insert(noted.to_vec(), Some(Entry { order: delta.entries, value }));
            } else if let Some((_, around)) = noted.split_last()
                && !around.is_empty()
                && !self.tells_of(around, base)
                && let Ok(value @ Value::Object(left)) = change::read(data, around)
                && left.is_empty()
            {
                // The object around it was made for it, and stays.
                delta.entries += 1;
                let entry = Entry { order: delta.entries, value: Some(value.clone()) };
                delta.data.insert(around.to_vec(), Some(entry));
            }
        }
        delta
    }

    /// Whether there would be something at a path if no word were said on it.
    fn tells_of(&self, path: &[String], base: &Value) -> bool {
        let around = (0..path.len()).filter_map(|end| path.split_at_checked(end));
        let is_told = |(outer, inner): (&[String], &[String])| {
            let value = self.data.get(outer).and_then(|entry| entry.value.as_ref());
            value.is_some_and(|value| change::read(value, inner).is_ok())
        };
        change::read(base, path).is_ok() || around.into_iter().any(is_told)
    }

    /// Takes in what changed.
    pub(super) fn apply(&mut self, delta: Delta) {
        self.entries = self.entries.max(delta.entries);
        for (path, entry) in delta.data {
            match entry {
                Some(entry) => drop(self.data.insert(path, entry)),
                None => drop(self.data.remove(&path)),
            }
        }
        for (id, policy) in delta.policies {
            match policy {
                Some(policy) => drop(self.policies.insert(id, policy)),
                None => drop(self.policies.remove(&id)),
            }
        }
    }

    /// The data with everything that was pushed over it. What is no object on the way to a path makes way.
    pub(super) fn over(&self, base: &Value) -> Value {
        let mut entries: Vec<(&Vec<String>, &Entry)> = self.data.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.order);
        entries.into_iter().fold(base.clone(), |data, (path, entry)| match &entry.value {
            Some(value) => set(&data, path, value.clone()),
            None => change::changed_at(&data, Operation::Remove, path, Value::Null).unwrap_or(data),
        })
    }

    /// The modules with everything that was pushed over them.
    pub(super) fn over_modules(&self, mut base: Modules, version: RegoVersion) -> Modules {
        for (id, policy) in &self.policies {
            match policy {
                Policy::Text(text) => {
                    base.insert(
                        Arc::clone(id),
                        Module { name: Arc::clone(id), text: Arc::clone(text), version },
                    );
                }
                Policy::Deleted => drop(base.remove(id)),
            }
        }
        base
    }
}

/// The part of a path up to the first array: positions in it change with its elements, so it is noted as a whole.
fn without_positions<'p>(path: &'p [String], data: &Value) -> &'p [String] {
    let mut at = data;
    for (depth, key) in path.iter().enumerate() {
        at = match at {
            Value::Object(object) => match object.get_str(key) {
                Some(inner) => inner,
                None => return path,
            },
            Value::Array(_) => return path.get(..depth).unwrap_or(path),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                return path;
            }
        };
    }
    path
}

fn set(data: &Value, path: &[String], value: Value) -> Value {
    let mut above: Vec<(Object, &String)> = Vec::with_capacity(path.len());
    let mut at = Some(data);
    for key in path {
        let object = at.and_then(Value::as_object).cloned().unwrap_or_default();
        at = at.and_then(Value::as_object).and_then(|object| object.get_str(key));
        above.push((object, key));
    }
    above.into_iter().rev().fold(value, |inner, (mut object, key)| {
        object.insert(Value::from(&**key), inner);
        Value::Object(object)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis::document::json_value;
    use portcullis::rest::target::keys;
    use portcullis::source::SourceId;

    fn value(text: &str) -> Value {
        json_value(SourceId::default(), text).unwrap()
    }

    /// Pushes values, or takes them away, and says what is noted and what comes of it over the files.
    fn pushed(files: &str, steps: &[(&str, Option<&str>)]) -> (usize, String) {
        let files = value(files);
        let (mut pushed, mut data) = (Pushed::default(), files.clone());
        for (path, change) in steps {
            let path = keys(path).unwrap();
            data = match change {
                Some(text) => {
                    let outer = path.split_last().map_or(&[][..], |(_, outer)| outer);
                    let made = change::with_objects(&data, outer).unwrap_or(data);
                    change::changed_at(&made, Operation::Add, &path, value(text)).unwrap()
                }
                None => change::changed_at(&data, Operation::Remove, &path, Value::Null).unwrap(),
            };
            let delta = pushed.after(std::iter::once(&*path), &data, &files);
            pushed.apply(delta);
            assert_eq!(pushed.over(&files), data, "{path:?}");
        }
        (pushed.data.len(), pushed.over(&files).to_json())
    }

    #[test]
    fn the_last_word_on_each_path_counts() {
        let files = r#"{"f":{"x":1},"list":[1,2]}"#;
        for (steps, noted, expected) in [
            (&[("a/b", Some("1"))][..], 1, r#"{"a":{"b":1},"f":{"x":1},"list":[1,2]}"#),
            (
                &[("a/b", Some("1")), ("a", Some(r#"{"c":2}"#))],
                1,
                r#"{"a":{"c":2},"f":{"x":1},"list":[1,2]}"#,
            ),
            (
                &[("a", Some(r#"{"c":2}"#)), ("a/b", Some("1"))],
                2,
                r#"{"a":{"b":1,"c":2},"f":{"x":1},"list":[1,2]}"#,
            ),
            (&[("a/b", Some("1")), ("a/b", None)], 1, r#"{"a":{},"f":{"x":1},"list":[1,2]}"#),
            (&[("f/x", None)], 1, r#"{"f":{},"list":[1,2]}"#),
            (&[("a", Some(r#"{"c":2}"#)), ("a/c", None)], 2, r#"{"a":{},"f":{"x":1},"list":[1,2]}"#),
            (&[("list/0", Some("9")), ("list/-", Some("8"))], 1, r#"{"f":{"x":1},"list":[9,1,2,8]}"#),
            (&[("f", None), ("f/y", Some("1"))], 2, r#"{"f":{"y":1},"list":[1,2]}"#),
            (&[("", Some("{}"))], 1, "{}"),
        ] {
            let (count, data) = pushed(files, steps);
            assert_eq!(data, expected, "{steps:?}");
            assert_eq!(count, noted, "{steps:?}");
        }
    }

    #[test]
    fn what_was_pushed_counts_over_other_files() {
        let files = value(r#"{"banned":{"a":true}}"#);
        let mut pushed = Pushed::default();
        let data = value(r#"{"banned":{"a":true,"b":true}}"#);
        let path = keys("banned/b").unwrap();
        pushed.apply(pushed.after(std::iter::once(&*path), &data, &files));
        assert_eq!(pushed.over(&value("{}")).to_json(), r#"{"banned":{"b":true}}"#);
        assert_eq!(pushed.over(&value(r#"{"banned":[1]}"#)).to_json(), r#"{"banned":{"b":true}}"#);
        assert_eq!(pushed.over(&value(r#"{"banned":{"b":false}}"#)).to_json(), r#"{"banned":{"b":true}}"#);
    }
}
