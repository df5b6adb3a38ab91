//! The lattice of types against tables recorded from OPA.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests read files"
)]

use std::cmp::Ordering;

use portcullis::compile::types::{Capabilities, Detail, Type, elided, sprint};
use serde_json::{Value, json};

#[test]
fn types_are_printed_ordered_united_and_unified_as_opa_does_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testcases/types/lattice.json");
    let rows: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
    let types: Vec<Type> = rows.iter().map(|row| read(&row["type"])).collect();
    let mut pairs = 0;
    for (row, left) in rows.iter().zip(&types) {
        assert_eq!(row["text"], left.to_string());
        assert_eq!(row["elided"], elided(Some(left)));
        assert_eq!(row["keys"], sprint(left.keys().as_ref()), "keys of {left}");
        assert_eq!(row["values"], sprint(left.values().as_ref()), "values of {left}");
        for (pair, right) in row["with"].as_array().expect("a list").iter().zip(&types) {
            pairs += 1;
            let order = match left.compare(right) {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            };
            assert_eq!(pair[0], order, "{left} and {right}");
            assert_eq!(pair[1], left.unifies(right), "{left} and {right}");
            assert_eq!(pair[2], sprint(left.clone().or(right.clone()).as_ref()), "{left} and {right}");
            if left.unifies(right) {
                continue;
            }
            let lines: Vec<String> =
                serde_json::from_value(json!(pair.as_array().expect("a list")[3..])).expect("lines");
            let detail = Detail::Mismatch { left: Some(left.clone()), right: Some(right.clone()) };
            assert_eq!(detail.lines(), lines, "{left} and {right}");
        }
    }
    assert!(pairs > 1000, "only {pairs} pairs");
}

/// A type in OPA's JSON, read as the parameter of a function.
fn read(of: &Value) -> Type {
    let declaration = json!({"type": "function", "args": [of]});
    let text = json!({"builtins": [{"name": "f", "decl": declaration}]}).to_string();
    let capabilities = Capabilities::parse(&text).expect("capabilities");
    let Type::Function(function) = &capabilities.builtins["f"].declaration else {
        panic!("not a function");
    };
    function.parameters()[0].of.clone().expect("a type")
}
