//! The committed JSON Schema: fresh, and of one mind with the reader.

use std::env;
use std::fs;

use portcullis::document;
use portcullis::property::{self, properties_schema};
use portcullis::source::SourceId;
use serde_json::Value;

use crate::{in_cases, root};

#[test]
fn generated_properties_schema_is_fresh() {
    let path = root().join("docs/properties.schema.json");
    let fresh = properties_schema();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, fresh).expect("a file that can be written");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, fresh, "rewrite it with `UPDATE=1 cargo test -p portcullis generated`");
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let validator = validator();
    let mut read = 0;
    for (name, text) in in_cases() {
        if property::read(SourceId::default(), &name, &text).is_err() {
            continue;
        }
        read += 1;
        let errors: Vec<String> =
            validator.iter_errors(&value(&text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    assert!(read >= 10, "only {read} files were read");
}

#[test]
fn the_shipped_properties_name_their_schema() {
    let path = root().join("testcases/agentweave/agentweave.properties.yaml");
    let text = fs::read_to_string(&path).expect("a readable file");
    let line = text.lines().next().unwrap_or_default();
    let schema = line.strip_prefix("# yaml-language-server: $schema=").expect("a schema");
    let schema = path.parent().expect("a folder").join(schema).canonicalize().expect("the schema");
    assert_eq!(schema, root().join("docs/properties.schema.json").canonicalize().expect("the schema"));
    assert!(validator().is_valid(&value(&text)));
}

#[test]
fn the_schema_refuses_what_an_editor_can_know() {
    let validator = validator();
    for property in [
        "{id: a, allow_require: input.user}",
        "{id: b}",
        "{id: b, never_allow_when: x, expect: deny}",
        "{id: e, each: {}, expect: deny}",
        "{id: f, each: {x: {ints: [1, 2]}}, expect: deny}",
        "{id: i, relation: {change: {add: data.y}, then: sam}}",
        "{id: l, expect: denied}",
        "{id: m, allow_requires: []}",
        "{never_allow_when: x}",
    ] {
        let text = format!("version: 1\nentrypoint: data.a.allow\nproperties: [{property}]\n");
        assert!(!validator.is_valid(&value(&text)), "{property}");
    }
    for text in [
        "version: 1\nentrypoint: data.a.allow\nmode: prove\nproperties: [{id: a, expect: deny}]\n",
        "version: 1\nentrypoint: data.a.allow\nbaseline: {}\nproperties: [{id: a, expect: deny}]\n",
        "version: 1\nentrypoint: data.a.allow\naccepted: [{probe: R1}]\nproperties: [{id: a, expect: deny}]\n",
        "version: 2\nentrypoint: data.a.allow\nproperties: [{id: a, expect: deny}]\n",
        "version: 1\nentrypoint: a.allow\nproperties: [{id: a, expect: deny}]\n",
        "version: 1\nentrypoint: data.a.allow\nproperties: []\n",
        "version: 1\nentrypoint: data.a.allow\ninput: {a: {rol: x}}\nproperties: [{id: a, expect: deny}]\n",
    ] {
        assert!(!validator.is_valid(&value(text)), "{text}");
    }
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&properties_schema()).expect("JSON");
    jsonschema::draft7::new(&schema).expect("a schema")
}

/// A file as an editor sees it.
fn value(text: &str) -> Value {
    let node = document::yaml(SourceId::default(), text).expect("YAML");
    serde_json::from_str(&node.to_value().to_json()).expect("JSON")
}
