//! Values: order, text forms, merging, and nesting as deep as it may be.

use std::sync::Arc;
use std::thread;

use super::{Array, JsonStyle, MAX_DEPTH, MergeConflictError, Number, Object, Set, Value};

fn int(value: i64) -> Value {
    Value::from(value)
}

fn array(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(values.into_iter().collect())
}

fn set(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Set(values.into_iter().collect())
}

fn object<K: Into<Value>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn written(text: &str) -> Value {
    Value::Number(Number::parse(text).expect("a number"))
}

#[test]
fn types_and_contents_order_as_in_opa() {
    let ascending = [
        Value::Null,
        Value::Bool(false),
        Value::Bool(true),
        int(-1),
        written("0.5"),
        int(1),
        "".into(),
        "B".into(),
        "a".into(),
        "ab".into(),
        // By bytes, U+FFFD comes before U+1F600; by UTF-16 units it would not.
        "\u{fffd}".into(),
        "\u{1f600}".into(),
        array([]),
        array([int(1)]),
        array([int(1), int(0)]),
        array([int(2)]),
        array(["".into()]),
        object::<Value>([]),
        object([("a", int(1))]),
        object([("a", int(1)), ("b", int(0))]),
        object([("a", int(2))]),
        object([("b", int(0))]),
        object([(array([]), int(0))]),
        set([]),
        set([int(1)]),
        set([int(1), int(2)]),
        set([int(2)]),
        set([array([])]),
    ];
    for (at, left) in ascending.iter().enumerate() {
        for (other_at, right) in ascending.iter().enumerate() {
            assert_eq!(left.cmp(right), at.cmp(&other_at), "{left} against {right}");
        }
    }
}

#[test]
fn equal_numbers_make_equal_containers_and_one_element() {
    assert_eq!(array([int(1)]), array([written("1.0")]));
    assert_eq!(set([written("1.0"), int(1)]).to_rego(), "{1.0}");
    let twice = object([(written("1.0"), "first".into()), (int(1), "last".into())]);
    assert_eq!(twice.to_rego(), r#"{1.0: "last"}"#);
    assert_eq!(twice.as_object().and_then(|object| object.get(&written("1e0"))), Some(&"last".into()));
}

#[test]
fn changing_a_clone_leaves_the_original_alone() {
    let original: Object = [("a".into(), int(1))].into_iter().collect();
    let mut changed = original.clone();
    assert_eq!(changed.insert("a".into(), int(2)), Some(int(1)));
    assert_eq!(changed.insert("0".into(), int(0)), None);
    assert_eq!(changed.remove(&"a".into()), Some(int(2)));
    assert_eq!(changed.remove(&"a".into()), None);
    assert_eq!(Value::from(changed).to_rego(), r#"{"0": 0}"#);
    assert_eq!(Value::from(original).to_rego(), r#"{"a": 1}"#);

    let original: Set = [int(2)].into_iter().collect();
    let mut changed = original.clone();
    assert!(
        changed.insert(int(1))
            && !changed.insert(written("2.0"))
            && changed.remove(&int(2))
            && !changed.remove(&int(2))
    );
    assert_eq!((changed.len(), original.len()), (1, 1));
    assert!(original.contains(&int(2)) && !changed.contains(&int(2)));

    let original = Array::new();
    let mut changed = original.clone();
    changed.push(int(1));
    assert!(original.is_empty() && changed.get(0) == Some(&int(1)));
}

#[test]
fn string_keys_are_found_among_keys_of_other_types() {
    let mixed: Object = [(int(1), int(1)), ("a".into(), int(2)), ("b".into(), int(3)), (array([]), int(4))]
        .into_iter()
        .collect();
    assert_eq!(mixed.get_str("a"), Some(&int(2)));
    assert_eq!(mixed.get_str("b"), Some(&int(3)));
    assert_eq!(mixed.get_str("1"), None);
    assert_eq!(mixed.get(&array([])), Some(&int(4)));
}

/// Each value with what `opa eval -f json` and `sprintf("%v")` gave for it.
#[test]
fn texts_are_those_of_opa() {
    let awkward = "a<>&\u{2028}\u{7f}\u{1}\u{7}\u{b}\n\t\r\u{8}\u{c}\"\\é😀\u{ad}\u{e000}\u{e0001}";
    let cases = [
        (Value::Null, "null", "null"),
        (Value::Bool(true), "true", "true"),
        (written("1E+2"), "1E+2", "1E+2"),
        (
            awkward.into(),
            "\"a\\u003c\\u003e\\u0026\\u2028\u{7f}\\u0001\\u0007\\u000b\\n\\t\\r\\b\\f\\\"\\\\é😀\u{ad}\u{e000}\u{e0001}\"",
            r#""a<>&\u2028\x7f\x01\a\v\n\t\r\b\f\"\\é😀\u00ad\ue000\U000e0001""#,
        ),
        (array([]), "[]", "[]"),
        (set([]), "[]", "set()"),
        (object::<Value>([]), "{}", "{}"),
        (set(["b".into(), int(2), int(1)]), r#"[1,2,"b"]"#, r#"{1, 2, "b"}"#),
        (
            object([
                (int(1), int(2)),
                (array([int(1)]), int(3)),
                (set([int(1)]), int(4)),
                (Value::Null, int(5)),
                ("1".into(), int(6)),
                ("".into(), int(7)),
            ]),
            r#"{"":7,"1":6,"[1]":4,"null":5}"#,
            r#"{null: 5, 1: 2, "": 7, "1": 6, [1]: 3, {1}: 4}"#,
        ),
        (
            object([(
                object([(array(["<".into()]), Value::Null)]),
                array([object([("k", set([array([])]))])]),
            )]),
            r#"{"{\"[\\\"\\\\u003c\\\"]\":null}":[{"k":[[]]}]}"#,
            r#"{{["<"]: null}: [{"k": {[]}}]}"#,
        ),
    ];
    for (value, json, rego) in cases {
        assert_eq!(value.to_json(), json);
        assert_eq!(value.to_rego(), rego);
    }
}

#[test]
fn pretty_json_indents_by_two_spaces() {
    let value =
        object([("a", array([int(1), array([]), object([("b", object::<Value>([]))])])), ("<", set([]))]);
    let expected =
        "{\n  \"\\u003c\": [],\n  \"a\": [\n    1,\n    [],\n    {\n      \"b\": {}\n    }\n  ]\n}";
    assert_eq!(value.to_json_with(JsonStyle::Pretty), expected);
    assert_eq!(value.to_json_with(JsonStyle::Plain), r#"{"<":[],"a":[1,[],{"b":{}}]}"#);
}

#[test]
fn lookup_steps_through_objects_and_arrays() {
    let value = object([("a", array([int(1), object([("b", int(2))])]))]);
    assert_eq!(value.lookup(&["a", "1", "b"]), Some(&int(2)));
    assert_eq!(value.lookup::<&str>(&[]), Some(&value));
    for path in [&["a", "01"][..], &["a", "+1"], &["a", "1.0"]] {
        assert_eq!(value.lookup(path), Some(&object([("b", int(2))])), "{path:?}");
    }
    for path in [&["a", "-1"][..], &["a", "1.5"], &["a", "2"], &["b"], &["a", "1", "b", "c"]] {
        assert_eq!(value.lookup(path), None, "{path:?}");
    }
}

#[test]
fn merge_joins_objects_and_names_the_first_conflict() {
    let into_object = |value: Value| value.as_object().expect("an object").clone();
    let left = into_object(object([("a", object([("b", int(1)), ("c d", int(3))])), ("x", int(1))]));
    let right = into_object(object([("a", object([("d", int(2))])), ("y", int(1))]));
    let merged = left.clone().merge(right).expect("no conflict");
    assert_eq!(Value::from(merged).to_rego(), r#"{"a": {"b": 1, "c d": 3, "d": 2}, "x": 1, "y": 1}"#);

    let equal_value = into_object(object([("x", int(1)), ("a", object([("c d", int(3))]))]));
    let error = left.clone().merge(equal_value).expect_err("a conflict");
    assert_eq!(error, MergeConflictError { path: vec![Arc::from("a"), Arc::from("c d")] });
    assert_eq!(error.to_string(), r#"merge error: conflicting values at data.a["c d"]"#);

    let over = into_object(object([("a", object([("b", array([]))])), ("x", object([("z", int(9))]))]));
    assert_eq!(
        Value::from(left).overlay(over.into()).to_rego(),
        r#"{"a": {"b": [], "c d": 3}, "x": {"z": 9}}"#
    );
    assert_eq!(int(1).overlay(array([])), array([]));
}

#[test]
fn nesting_ten_times_deeper_than_readers_allow_is_safe_on_a_small_stack() {
    let depth = 10 * MAX_DEPTH;
    let deep = move |innermost: Value| {
        (0..depth).fold(innermost, |inner, level| match level % 3 {
            0 => object([("k", inner)]),
            1 => array([inner]),
            _ => set([inner]),
        })
    };
    let objects =
        move |leaf: &str| (0..depth).fold(object([(leaf, int(1))]), |inner, _| object([("k", inner)]));
    let run = move || {
        let (left, right) = (deep(int(1)), deep(int(2)));
        assert!(left < right && left == left.clone() && left == deep(written("1.0")));
        assert_eq!(left.to_json().len(), right.to_json().len());
        assert_eq!(left.to_rego().matches('1').count(), 1);
        let merged = objects("a").as_object().cloned().unwrap_or_default();
        let merged =
            merged.merge(objects("b").as_object().cloned().unwrap_or_default()).expect("no conflict");
        assert!(Value::from(merged).to_rego().contains(r#"{"a": 1, "b": 1}"#));
        let as_key = (0..depth).fold(int(1), |inner, _| object([(inner, Value::Null)]));
        assert!(as_key.to_rego().ends_with(": null}"));
    };
    let thread = thread::Builder::new().stack_size(256 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow, no failed assertion");
}

#[test]
fn values_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Value>();
}
