//! Tests of masks beyond those that are compared with OPA.

use portcullis::document::json_value;
use portcullis::source::SourceId;

use super::*;

fn json(text: &str) -> Value {
    json_value(SourceId::default(), text).unwrap()
}

#[test]
fn a_document_that_is_nested_deep_is_changed_at_its_bottom() {
    let depth = 9_000;
    let document = json(&("{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)));
    let path = "/input".to_owned() + &"/a".repeat(depth);
    let deep = rule(&Value::string(path)).unwrap();
    let changed = deep.changed(&document).unwrap();
    assert_eq!(changed.to_json().len(), document.to_json().len() - "\"a\":1".len());
}

#[test]
fn what_is_no_mask_is_told() {
    for (mask, part) in [
        ("true", "a mask is a set or an array of rules, and this is boolean"),
        ("[1]", "a rule of a mask is a path or an object"),
        (r#"["a"]"#, "doesn't start with a slash"),
        (r#"["/labels"]"#, "leads to nothing that can be masked"),
        (r#"["/input/%2"]"#, "two hexadecimal digits"),
        (r#"[{"op":"add","path":"/input"}]"#, "`add` is no `op` of a mask"),
    ] {
        let error = rules(&json(mask)).unwrap_err();
        assert!(error.contains(part), "{mask}: {error}");
    }
}
