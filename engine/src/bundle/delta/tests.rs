//! A delta bundle, applied to the old data, gives the new.

use proptest::prelude::*;

use super::super::{Contents, Manifest};
use super::delta;
use crate::document::json_value;
use crate::source::SourceId;
use crate::value::{Object, Value};

fn read(text: &str) -> Value {
    json_value(SourceId::default(), text).unwrap()
}

fn contents(data: &str) -> Contents {
    let Value::Object(data) = read(data) else { panic!("no object") };
    Contents { data, modules: Vec::new(), manifest: Manifest::default() }
}

fn patch(old: &str, new: &str) -> String {
    match delta(&contents(old), &contents(new)) {
        Ok(members) => String::from_utf8(members[0].bytes.clone()).unwrap(),
        Err(reason) => reason.to_string(),
    }
}

#[test]
fn operations_go_as_deep_as_objects_agree() {
    let old = r#"{"a": {"b": 1, "c": [1], "d": {"e": 1}}, "z": 1}"#;
    let new = r#"{"a": {"b": 2, "c": [2], "d": {"e": 1}, "n/%": {}}, "y": {"q": null}}"#;
    insta::assert_snapshot!(patch(old, new), @r#"{"data":[{"op":"remove","path":"/z"},{"op":"upsert","path":"/y","value":{"q":null}},{"op":"upsert","path":"/a/b","value":2},{"op":"upsert","path":"/a/c","value":[2]},{"op":"upsert","path":"/a/n%2F%25","value":{}}]}"#);
    insta::assert_snapshot!(patch(old, old), @"no data changed");
    insta::assert_snapshot!(patch(r#"{"a": {"": 1}}"#, r#"{"a": {"": 2}}"#), @"the data has an empty key at `/a`, to which no path of a patch leads");
    insta::assert_snapshot!(patch(r#"{"a": 1}"#, r#"{"a": 1.0}"#), @r#"{"data":[{"op":"upsert","path":"/a","value":1.0}]}"#);
}

#[test]
fn a_change_of_roots_is_none_of_the_data() {
    let mut new = contents(r#"{"a": 1}"#);
    new.manifest.roots = vec!["a".to_owned()];
    let refused = delta(&contents(r#"{"a": 2}"#), &new).unwrap_err();
    insta::assert_snapshot!(refused, @"the manifests' roots or WebAssembly modules differ");
}

/// As OPA does it: `upsert` makes what is missing above.
fn apply(data: Object, patch: &str) -> Object {
    let patch = read(patch);
    let operations = patch.lookup(&["data"]).unwrap().as_array().unwrap();
    operations.iter().fold(data, |data, operation| {
        let pointer = operation.lookup(&["path"]).unwrap().as_str().unwrap();
        let keys: Vec<String> =
            pointer.split('/').skip(1).map(|part| part.replace("%2F", "/").replace("%25", "%")).collect();
        let value = operation.lookup(&["value"]).cloned();
        changed(data, &keys, value)
    })
}

fn changed(mut data: Object, keys: &[String], value: Option<Value>) -> Object {
    let (first, rest) = keys.split_first().unwrap();
    let key = Value::from(first.as_str());
    if rest.is_empty() {
        match value {
            Some(value) => data.insert(key, value),
            None => data.remove(&key),
        };
        return data;
    }
    let inner = data.get(&key).and_then(Value::as_object).cloned().unwrap_or_default();
    data.insert(key, Value::Object(changed(inner, rest, value)));
    data
}

fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        "[1-9][0-9]?",
        Just("null".to_owned()),
        Just("\"s\"".to_owned()),
        Just("[1,2]".to_owned())
    ];
    let object = |inner: BoxedStrategy<String>| {
        proptest::collection::btree_map(prop_oneof!["[abc]", Just("x/%".to_owned())], inner, 0..4).prop_map(
            |entries| {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", entries.join(","))
            },
        )
    };
    let inner = scalar.prop_recursive(4, 30, 4, move |inner| object(inner.boxed()));
    proptest::collection::btree_map("[abc]", inner, 0..4).prop_map(|entries| {
        let entries: Vec<String> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", entries.join(","))
    })
}

proptest! {
    #[test]
    fn the_new_data_comes_of_the_old(old in document(), new in document()) {
        if let Ok(members) = delta(&contents(&old), &contents(&new)) {
            let patch = String::from_utf8(members[0].bytes.clone()).unwrap();
            let applied = Value::Object(apply(contents(&old).data, &patch));
            prop_assert_eq!(applied.to_json(), read(&new).to_json(), "{}", patch);
        } else {
            prop_assert_eq!(read(&old).to_json(), read(&new).to_json());
        }
    }
}
