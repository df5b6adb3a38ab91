//! The committed JSON Schema: fresh, and of one mind with the reader.

use std::env;
use std::fs;

use portcullis::document;
use portcullis::source::Sources;
use portcullis::suite::table::suite_schema;
use serde_json::Value;

use crate::archive::{files, root, split};

#[test]
fn generated_suite_schema_is_fresh() {
    let path = root().join("docs/suite.schema.json");
    let fresh = suite_schema();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, fresh).expect("a file that can be written");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, fresh, "rewrite it with `UPDATE=1 cargo test -p portcullis generated`");
}

#[test]
fn the_schema_takes_all_good_suites() {
    let validator = validator();
    for path in files("good", ".case.txt") {
        let suite = suite(&split(&fs::read_to_string(&path).expect("a readable file")));
        let errors: Vec<String> = validator.iter_errors(&suite).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_an_editor_can_know() {
    let validator = validator();
    for name in [
        "blank-names",
        "empty-file",
        "expectations",
        "matrix-axes",
        "matrix-labels",
        "missing-keys",
        "no-suite-name",
        "not-a-map",
        "overrides",
        "queries",
        "query-alone",
        "query-input",
        "rows-suite",
        "unknown-keys",
        "wrong-types",
        "wrong-types-below",
    ] {
        let path = root().join("testcases/tables/bad").join(name).with_extension("case.txt");
        let suite = suite(&split(&fs::read_to_string(&path).expect("a readable file")));
        assert!(!validator.is_valid(&suite), "{name}");
    }
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&suite_schema()).expect("JSON");
    jsonschema::draft7::new(&schema).expect("a schema")
}

/// The first source as an editor sees it.
fn suite(sources: &Sources) -> Value {
    let (id, source) = sources.iter().next().expect("a suite");
    let node = document::yaml(id, source.text()).expect("YAML, or JSON, which is YAML too");
    serde_json::from_str(&node.to_value().to_json()).expect("JSON")
}
