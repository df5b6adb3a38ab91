//! Outlines against values: the same documents, errors, conflicts and texts.

use std::sync::Arc;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};

use super::super::file::BadBytes;
use super::super::{BaseData, Inner, TextError};
use super::Outline;
use crate::value::{MAX_DEPTH, Object, Value};

fn keys(place: &[&str]) -> Vec<Arc<str>> {
    place.iter().map(|key| Arc::from(*key)).collect()
}

fn read<D: BaseData>(text: &[u8], place: &[Arc<str>]) -> Result<Option<D>, TextError> {
    D::of_json(&Arc::from("data.json"), text.to_vec(), BadBytes::Replace, place)
}

fn outline(text: &str) -> Outline {
    read(text.as_bytes(), &[]).unwrap().unwrap()
}

fn object(text: &str) -> Object {
    read(text.as_bytes(), &[]).unwrap().unwrap()
}

fn json(object: Object) -> String {
    Value::Object(object).to_json()
}

/// What both make of a document: its text, or what is wrong with it and where.
fn both(text: &[u8], place: &[Arc<str>]) -> [Result<Option<String>, String>; 2] {
    let shown = |error: TextError| format!("{error} {:?}", error.diagnostic);
    [
        read::<Object>(text, place).map(|object| object.map(json)).map_err(shown),
        read::<Outline>(text, place).map(|outline| outline.map(Outline::into_json)).map_err(shown),
    ]
}

#[test]
fn documents_have_one_text_whatever_they_are_read_into() {
    let long = "x".repeat(3000);
    let objects = [
        "{}".to_owned(),
        " { } ".to_owned(),
        r#"{"b": 1, "a": [ 1 , {"z":null,"y":true} ], "b": {"d":1,"c":2,"d":3}}"#.to_owned(),
        r#"{"\u0061": 1, "a": 2, "<": "</&>", "\u2028": "\u2028\u2029", "é": "\ud83d\ude00\ud83d"}"#
            .to_owned(),
        r#"{"\"": 1, "!": 2, "\\": 3, "[": 4, "\n": 5, "\u0001": 6, "\u007f": 7, "/": "\/"}"#.to_owned(),
        r#"{"a": -0, "b": 1.50, "c": 1E2, "d": 1e+05, "e": 123456789012345678901234567890}"#.to_owned(),
        format!(
            r#"{{"z": "{long}", "y": ["{long}", {{"q": "{long}", "p": [{{"b":"{long}","a":1}}, 2]}}, 3], "a": {{}}}}"#
        ),
        format!(r#"{{"z": "{long}", "z": 1}}"#),
        format!(r#"{{"a": {{"z": "{long}", "y": 1}}, "b": [[], [{{"z": "{long}", "y": 1}}], {{}}]}}"#),
    ];
    for text in objects {
        for place in [&[][..], &["p"], &["p", "<q>"]] {
            let [value, outline] = both(text.as_bytes(), &keys(place));
            assert!(value.is_ok(), "{text}");
            assert_eq!(outline, value, "{text}");
        }
    }
}

#[test]
fn what_is_wrong_is_the_same_at_the_same_place() {
    let deep = "[".repeat(MAX_DEPTH + 1);
    let wrong: [&[u8]; 20] = [
        b"",
        b" ",
        b"{",
        b"{\"a\"",
        b"{\"a\":",
        b"{\"a\":1",
        b"{\"a\":1,",
        b"{\"a\":1,}",
        b"{a:1}",
        b"[1,]",
        b"nul",
        b"01",
        b"1.",
        b"1e",
        b"1e999999999",
        b"\"\x01\"",
        b"\"\\x\"",
        b"\"\\u12g4\"",
        b"{} {}",
        deep.as_bytes(),
    ];
    for text in wrong {
        let [value, outline] = both(text, &[]);
        assert!(value.is_err(), "{text:?}");
        assert_eq!(outline, value, "{text:?}");
    }
    for text in [&b"7"[..], b"[]", b"\"\xff\"", b"{\"\xff\xfe\":1}"] {
        for place in [&[][..], &["p"]] {
            let [value, outline] = both(text, &keys(place));
            assert_eq!(outline, value, "{text:?}");
        }
    }
}

#[test]
fn objects_may_nest_as_deep_as_the_reader_allows_on_a_small_stack() {
    let run = || {
        // Each is large, and out of order.
        let text = format!(
            "{}{{\"z\":\"{}\"}}{}",
            "{\"b\":".repeat(MAX_DEPTH - 1),
            "x".repeat(2000),
            ",\"a\":0}".repeat(MAX_DEPTH - 1)
        );
        let deep = outline(&text);
        let again = deep.clone().overlay(outline("{\"c\":1}"));
        assert!(again.is_taken(&vec!["b"; MAX_DEPTH - 1]));
        let only = deep.only(&vec![Arc::from("b"); MAX_DEPTH - 1]).unwrap();
        assert!(only.into_json().len() > 2000);
        assert_eq!(deep.into_json(), json(object(&text)));
        // The same in arrays.
        let text = text.replace("\"b\":", "\"b\":[").replace(",\"a\"", "],\"a\"");
        let halved = text.replacen(&"{\"b\":[".repeat(MAX_DEPTH / 2), "", 1);
        let halved = halved.strip_suffix(&"],\"a\":0}".repeat(MAX_DEPTH / 2)).unwrap();
        assert_eq!(outline(halved).into_json(), json(object(halved)));
    };
    thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
}

#[test]
fn what_is_out_of_order_at_each_level_takes_no_longer_to_read() {
    // Moving each level's content once would be 5,000 times the text.
    let (depth, filler) = (5_000, "y".repeat(200));
    let entry = format!("{{\"z\":\"{filler}\",\"b\":");
    let text = format!("{{\"l\":[{}0{}]}}", entry.repeat(depth), "}".repeat(depth));
    assert_eq!(outline(&text).into_json(), json(object(&text)));
}

#[test]
fn a_place_is_taken_by_a_value_or_what_is_no_object_on_the_way() {
    let text = format!(
        r#"{{"a": {{"b": {{"c": 1}}, "long": "{}"}}, "list": [{{"x": 1}}, [0]], "n": null}}"#,
        "x".repeat(2000)
    );
    let (outline, object) = (outline(&text), object(&text));
    let paths = [
        "", "a", "a/b", "a/b/c", "a/b/c/d", "a/c", "b", "list", "list/0", "list/0/x", "list/0/y", "list/1/0",
        "list/2", "list/x", "n", "n/a", "a/long", "a/long/z",
    ];
    for path in paths {
        let path: Vec<&str> = path.split('/').filter(|key| !key.is_empty()).collect();
        assert_eq!(outline.is_taken(&path), object.is_taken(&path), "{path:?}");
    }
    assert!(outline.is_taken(&["list", "0", "x"]) && !outline.is_taken(&["list", "0", "y"]));
}

/// Few keys, so that documents meet.
fn documents() -> impl Strategy<Value = String> {
    let scalars = prop_oneof![
        Just("null".to_owned()),
        Just("-1.50e2".to_owned()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        (900..1100_usize).prop_map(|length| format!("\"{}\"", "<".repeat(length / 6))),
        (900..1100_usize).prop_map(|length| format!("\"{}\"", "x".repeat(length))),
    ];
    let key = prop_oneof![
        Just("a"),
        Just("b"),
        Just("\\u0063"),
        Just("c"),
        Just("\\\""),
        Just("<"),
        Just("é"),
        Just("!"),
    ];
    let nested = scalars.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            2 => vec((key.clone(), inner.clone()), 0..5).prop_map(|entries| object_of(&entries)),
            1 => vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
        ]
    });
    vec((prop_oneof![Just("a"), Just("b"), Just("d")], nested), 0..4).prop_map(|entries| object_of(&entries))
}

fn object_of(entries: &[(&str, String)]) -> String {
    let entry = |(key, value): &(&str, String)| format!("\"{key}\" :{value}");
    format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(",\n"))
}

fn same_entries(outline: &Outline, object: &Object) {
    let mut pending = vec![(outline.clone(), object.clone())];
    while let Some((outline, object)) = pending.pop() {
        let (ours, theirs) = (outline.entries(), object.entries());
        assert_eq!(ours.len(), theirs.len());
        for ((key, left), (other, right)) in ours.into_iter().zip(theirs) {
            assert_eq!(key, other);
            assert_eq!(outline.entry(&key).is_some(), object.entry(&key).is_some());
            match (left, right) {
                (Inner::Object(left), Inner::Object(right)) => pending.push((left, right)),
                (Inner::Other, Inner::Other) => {}
                (left, right) => panic!("{key}: {left:?} {right:?}"),
            }
        }
    }
}

proptest! {
    #[test]
    fn outlines_and_values_agree(left in documents(), right in documents()) {
        let (outlines, objects) = ((outline(&left), outline(&right)), (object(&left), object(&right)));
        same_entries(&outlines.0, &objects.0);
        prop_assert_eq!(outlines.0.clone().into_json(), json(objects.0.clone()));
        prop_assert_eq!(outlines.0.is_empty(), objects.0.is_empty());
        let merged = (outlines.0.clone().merge(outlines.1.clone()), objects.0.clone().merge(objects.1.clone()));
        prop_assert_eq!(merged.0.map(Outline::into_json), merged.1.map(json));
        let overlaid = (outlines.0.clone().overlay(outlines.1), BaseData::overlay(objects.0.clone(), objects.1));
        same_entries(&overlaid.0, &overlaid.1);
        for place in [&["a"][..], &["a", "a"], &["a", "c"], &["b", "c", "a"]] {
            let place = keys(place);
            let only = (overlaid.0.only(&place), overlaid.1.only(&place));
            prop_assert_eq!(only.0.map(Outline::into_json), only.1.map(json));
            let path: Vec<&str> = place.iter().map(|key| &**key).collect();
            prop_assert_eq!(overlaid.0.is_taken(&path), overlaid.1.is_taken(&path));
        }
        prop_assert_eq!(overlaid.0.into_json(), json(overlaid.1));
    }

    #[test]
    fn mangled_texts_have_the_same_errors(text in documents(), at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let [value, outline] = both(&bytes, &[]);
        prop_assert_eq!(outline, value);
    }
}
