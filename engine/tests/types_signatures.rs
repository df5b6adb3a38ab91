//! The table of built-in functions against OPA's own.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests run OPA and print why they are skipped"
)]

#[path = "types_support/opa.rs"]
mod opa;

use std::collections::BTreeMap;

use portcullis::builtins::{self, Signature};
use portcullis::compile::builtins::{Builtins, CurrentBuiltins};
use portcullis::compile::types::Capabilities;
use serde_json::{Map, Value, json};

#[test]
fn every_signature_is_as_opa_declares_it() {
    let Some(output) = opa::run(&["capabilities", "--current"]) else {
        return;
    };
    let capabilities: Value = serde_json::from_slice(&output.stdout).expect("OPA prints JSON");
    let theirs: BTreeMap<String, Value> =
        capabilities["builtins"].as_array().expect("a list").iter().map(described_by_opa).collect();
    let ours: BTreeMap<String, Value> =
        builtins::all().map(|signature| (signature.name.to_owned(), described(signature))).collect();
    assert!(theirs.len() > 200, "OPA has only {} functions", theirs.len());
    for (name, declaration) in &theirs {
        assert_eq!(ours.get(name), Some(declaration), "{name}");
    }
    let names = |table: &BTreeMap<String, Value>| table.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs));
}

#[test]
fn capabilities_read_from_opa_are_our_own() {
    let Some(output) = opa::run(&["capabilities", "--current"]) else {
        return;
    };
    let theirs = Capabilities::parse(&String::from_utf8_lossy(&output.stdout)).expect("capabilities");
    let ours = Capabilities::current();
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}

#[test]
fn capabilities_of_another_form_are_refused() {
    let refused = |json: &str| Capabilities::parse(json).expect_err("an error").to_string();
    assert_eq!(refused("[]"), "capabilities can't be read");
    let function = |decl: &str| format!(r#"{{"builtins": [{{"name": "f", "decl": {decl}}}]}}"#);
    assert_eq!(
        refused(&function(r#"{"type": "string"}"#)),
        "the declaration of `f` in the capabilities is not that of a function: it is of type string"
    );
    assert_eq!(
        refused(&function(r#"{"type": "function", "args": [{"type": "strong"}]}"#)),
        "the declaration of `f` in the capabilities is not that of a function: there is no type called `strong`"
    );
    let few = Capabilities::parse(r#"{"features": ["rego_v1"], "allow_net": []}"#).expect("capabilities");
    assert!(few.has_feature("rego_v1") && !few.has_feature("rego_v2"));
    assert_eq!((few.builtins.len(), few.allow_net), (0, Some(Vec::new())));
}

#[test]
fn the_compiler_is_told_the_same_by_capabilities_as_by_its_own_table() {
    let capabilities = Capabilities::current();
    for signature in builtins::all() {
        let name = signature.name;
        assert_eq!(capabilities.builtin(name), CurrentBuiltins.builtin(name), "{name}");
    }
    assert_eq!(capabilities.builtin("nosuch"), None);
}

#[test]
fn signatures_are_found_by_name() {
    for signature in builtins::all() {
        let found = builtins::lookup(signature.name).map(|found| found.name);
        assert_eq!(found, Some(signature.name));
    }
    assert!(builtins::lookup("io.jwt").is_none());
}

#[test]
fn every_description_is_one_sentence() {
    for Signature { name, description, .. } in builtins::all() {
        assert!(description.ends_with('.') && !description.contains('\n'), "{name}: {description}");
    }
}

fn described_by_opa(declared: &Value) -> (String, Value) {
    let mut declared = declared.clone();
    let fields = declared.as_object_mut().expect("an object");
    fields.remove("description");
    let declaration = fields["decl"].as_object_mut().expect("an object");
    for operand in declaration.get_mut("args").and_then(Value::as_array_mut).into_iter().flatten() {
        operand.as_object_mut().expect("an object").remove("description");
    }
    if let Some(result) = declaration.get_mut("result") {
        result.as_object_mut().expect("an object").remove("description");
    }
    (declared["name"].as_str().expect("a name").to_owned(), declared)
}

fn described(signature: &Signature) -> Value {
    let mut declaration = json_of(&signature.declaration());
    let operands = signature.operands.iter().map(|operand| operand.name);
    for (place, name) in operands.enumerate() {
        if let Some(name) = name {
            declaration["args"][place]["name"] = json!(name);
        }
    }
    if let Some(name) = signature.result.as_ref().and_then(|result| result.name) {
        declaration["result"]["name"] = json!(name);
    }
    let mut described =
        Map::from_iter([("name".to_owned(), json!(signature.name)), ("decl".to_owned(), declaration)]);
    if let Some(infix) = signature.infix {
        described.insert("infix".into(), json!(infix));
    }
    if !signature.categories.is_empty() {
        described.insert("categories".into(), json!(signature.categories));
    }
    let flags = [
        ("relation", signature.relation),
        ("nondeterministic", signature.nondeterministic),
        ("deprecated", signature.deprecated),
    ];
    described
        .extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name.to_owned(), json!(true))));
    Value::Object(described)
}

fn json_of(value: &portcullis::value::Value) -> Value {
    serde_json::from_str(&value.to_json()).expect("JSON")
}
