//! Reading JSON: what Go accepts, where errors are, and that `serde_json` agrees.

use std::thread;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind, input, json};
use crate::source::{Source, SourceId, Sources, Span};
use crate::value::MAX_DEPTH;

fn source() -> SourceId {
    Sources::new().add(Source::new("data.json", ""))
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("a place in the text")
}

fn read(text: &str) -> Result<Node, Diagnostic> {
    json(source(), text)
}

#[test]
fn places_are_bytes() {
    let text = " {\"é\" : [1.50, \"😀\\n\"],\n\"k\":{ } , \"t\":true}\n";
    let node = read(text).expect("JSON");
    let at = |node: &Node| slice(text, node.span);
    let NodeKind::Object(entries) = &node.kind else { panic!("an object") };
    let found: Vec<_> = entries.iter().map(|entry| (slice(text, entry.key_span), at(&entry.value))).collect();
    assert_eq!(found, [("\"é\"", "[1.50, \"😀\\n\"]"), ("\"k\"", "{ }"), ("\"t\"", "true")]);
    assert_eq!(at(&node), text.trim());
    let NodeKind::Array(nodes) = &entries[0].value.kind else { panic!("an array") };
    assert_eq!(nodes.iter().map(at).collect::<Vec<_>>(), ["1.50", "\"😀\\n\""]);
}

#[test]
fn of_repeated_keys_the_last_value_counts_and_all_are_kept() {
    let text = r#"{"a": {"x": 1}, "b": {"k": 1, "k": 2, "k": 3}, "a": {"y": 2}}"#;
    let node = read(text).expect("JSON");
    assert_eq!(node.to_value().to_json(), r#"{"a":{"y":2},"b":{"k":3}}"#);
    assert_eq!(node.get("a").map(|node| node.to_value().to_json()).as_deref(), Some(r#"{"y":2}"#));
    let (first, again) = node.repeated_key().expect("a repeated key");
    assert_eq!((&*again.key, first.key_span.start, again.key_span.start), ("k", 22, 30));
    assert!(read(r#"{"a": {"b": 1}, "b": {"a": 1}}"#).expect("JSON").repeated_key().is_none());
}

#[test]
fn numbers_out_of_bounds_are_refused_at_their_place() {
    let error = read(r#"{"a": [0, 1e999999999]}"#).expect_err("too big");
    assert_eq!(error.message, "number too big");
    assert_eq!(error.span.map(|span| (span.start, span.end)), Some((10, 21)));
}

#[test]
fn nesting_is_bounded_and_safe_on_a_small_stack() {
    let run = || {
        for (open, close) in [("[", "]"), ("{\"k\":", "}")] {
            let innermost = if open == "[" { "" } else { "1" };
            let nested =
                |levels: usize| format!("{}{innermost}{}", open.repeat(levels), close.repeat(levels));
            let node = read(&nested(MAX_DEPTH)).expect("within the bound");
            assert_eq!(node.clone().to_value().to_json(), nested(MAX_DEPTH));
            assert!(format!("{node:?}").contains(innermost));
            let error = read(&nested(MAX_DEPTH + 1)).expect_err("too deep");
            assert!(error.message.ends_with("exceeded max depth"), "{}", error.message);
            assert_eq!(error.span.map(|span| span.start as usize), Some(MAX_DEPTH * open.len()));
        }
        let unclosed = "[".repeat(MAX_DEPTH);
        assert_eq!(read(&unclosed).expect_err("unclosed").message, "unexpected EOF");
    };
    let thread = thread::Builder::new().stack_size(256 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow, no failed assertion");
}

#[test]
fn inputs_are_json_or_else_yaml() {
    let value = |text: &str| {
        input(source(), text).map(|node| node.to_value().to_json()).map_err(|error| error.message)
    };
    assert_eq!(value("\u{feff}{\"a\": 1.50}").as_deref(), Ok(r#"{"a":1.50}"#));
    assert_eq!(value("a: 1.50").as_deref(), Ok(r#"{"a":1.5}"#));
    assert_eq!(value("{a: 1}").as_deref(), Ok(r#"{"a":1}"#));
    assert_eq!(
        value("{\"a\": \"b\" 1}"),
        Err("invalid character '1' after object key:value pair".to_owned())
    );
    assert_eq!(value("a: b: c").map_err(|message| message.starts_with("invalid YAML")), Err(true));
}

/// Texts that are JSON, nearly JSON, or bits of it.
fn texts() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"\\u00e9\\n\"".to_owned()),
        Just("\"\\ud83d\\ude00\"".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("-0".to_owned()),
        Just("1.5e3".to_owned()),
        "[-+.0-9eE]{1,4}",
        "\"[^\"]{0,3}\"",
        any::<char>().prop_map(String::from),
    ];
    vec(bit, 0..12).prop_map(|bits| bits.concat())
}

fn json_values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(serde_json::Value::Array),
            vec((any::<String>(), inner), 0..6)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn accepts_what_serde_json_accepts_and_reads_the_same(text in texts()) {
        // serde_json is stricter in one thing: it refuses surrogates that stand alone, which these texts do not have.
        // It reads numbers as doubles, so values are compared as it reads both.
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match (read(&text), theirs) {
            (Ok(node), Ok(theirs)) => {
                let ours: serde_json::Value = serde_json::from_str(&node.to_value().to_json()).expect("JSON");
                prop_assert_eq!(ours, theirs);
            }
            (Err(error), Err(_)) => prop_assert!(error.span.is_some_and(|span| span.end as usize <= text.len())),
            // A number beyond doubles is one to us.
            (Ok(_), Err(error)) => prop_assert!(error.to_string().starts_with("number out of range"), "{}", error),
            (Err(error), Ok(_)) => prop_assert!(false, "refused: {}", error.message),
        }
    }

    #[test]
    fn every_value_survives_writing_and_reading(value in json_values()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
            let ours = read(&text).expect("JSON").to_value().to_json();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&ours).expect("JSON"), value.clone());
        }
    }
}
