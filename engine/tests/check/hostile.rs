//! What no linter should stumble over: modules that are large, deep or odd.

use std::fmt::Write as _;
use std::thread;

use crate::linted::messages;

#[test]
fn a_long_chain_of_rules_needs_no_deep_stack() {
    let mut text = "package a\n\ndefault allow := false\n\nallow if r0\n".to_owned();
    for index in 0..3_000 {
        _ = writeln!(text, "r{index} if {{ input.f{index}; r{} }}", index + 1);
    }
    text.push_str("r3000 if not data.x[input.y]\n");
    let found = on_a_small_stack(text);
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["negated-undefined"]);
}

#[test]
fn many_values_of_one_document_are_not_compared_each_with_all() {
    let mut text = "package a\n\n".to_owned();
    for index in 0..4_000 {
        _ = writeln!(text, "level := {index} if input.kind == \"k{index}\"");
    }
    assert_eq!(on_a_small_stack(text), []);
}

#[test]
fn many_imports_and_suppressions_take_no_quadratic_time() {
    let mut text = "package a\n\n".to_owned();
    for index in 0..5_000 {
        _ = writeln!(text, "import data.n{index} # portcullis: allow unused-import because");
    }
    assert_eq!(on_a_small_stack(text), []);
}

#[test]
fn deep_terms_are_read() {
    let list = format!("{}\"*\"{}", "[".repeat(150), "]".repeat(150));
    let text = format!("package a\n\nallowed := {list}\n");
    assert_eq!(on_a_small_stack(text).len(), 1);
}

#[test]
fn odd_names_are_shown_as_they_can_be_written() {
    let text = "package a\n\ndefault allow := false\n\nallow if not data[\"a b\"][\"\\u001b[31m\"]\n";
    let found = on_a_small_stack(text.to_owned());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(!found[0].1.contains('\u{1b}'), "{found:?}");
}

fn on_a_small_stack(text: String) -> Vec<(&'static str, String)> {
    let thread = thread::Builder::new().stack_size(4 << 20);
    thread.spawn(move || messages(&text)).expect("a thread").join().expect("no panic")
}
