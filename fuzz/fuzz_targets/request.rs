//! Any request to a server that decides: reading its target and its body ends, and what it writes into data is there afterwards.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::rest::body::{self, Form};
use portcullis::rest::change::{self, Operation};
use portcullis::rest::target::{self, Parameters};
use portcullis::value::{Object, Value};

// The target, a zero byte, and the body.
fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let address = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let content = parts.next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let cleaned = target::clean(path).into_owned();
    assert_eq!(target::clean(&cleaned), cleaned, "a clean path is clean");
    let parameters = Parameters::read(query);
    for (name, value) in parameters.iter() {
        assert!(parameters.values(name).any(|other| other == value));
    }
    _ = parameters.last("input").map(body::input_parameter);
    _ = target::steps(&cleaned);

    for form in [Form::Json, Form::Yaml] {
        _ = body::input(content, form);
        _ = body::bare_input(content, form);
    }
    _ = body::query(content);
    let mut data = Value::Object(Object::new());
    let keys = target::keys(cleaned.trim_matches('/')).unwrap_or_default();
    if let (Ok(value), Some((_, outer))) = (body::document(content), keys.split_last()) {
        // An empty document takes every object that has to be around a new one.
        let around = change::with_objects(&data, outer).expect("objects in an empty document");
        data = change::changed_at(&around, Operation::Add, &keys, value.clone()).expect("a new document");
        assert_eq!(change::read(&data, &keys).expect("what was written"), &value);
    }
    for entry in body::patch(content).unwrap_or_default() {
        let (Some(operation), Some(keys)) = (entry.operation(), entry.keys(&cleaned)) else { continue };
        if let Ok(changed) = change::changed_at(&data, operation, &keys, entry.value) {
            data = changed;
        }
    }
});
