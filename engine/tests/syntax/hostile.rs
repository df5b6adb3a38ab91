//! Input that is made to hurt: the parser answers with a tree or an error, soon, on a small stack.

use std::thread;

use portcullis::source::{LineIndex, SourceId};
use portcullis::syntax::{ParseOptions, RegoVersion, decode, dump, parse, printer};

const MANY: usize = 100_000;

/// Parses on a thread with the stack that Rust gives by default, prints and drops the tree; gives the messages.
fn messages(text: &str) -> Vec<String> {
    let text = text.to_owned();
    let worker = thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let parsed = parse(SourceId::default(), &text, &ParseOptions::default());
        let copy = parsed.module.clone();
        let printed = printer::module(&copy);
        drop(copy);
        let again = parse(SourceId::default(), &printed, &ParseOptions::default());
        if parsed.diagnostics.is_empty() {
            assert_eq!(again.diagnostics, []);
            assert_eq!(dump::module(&parsed.module, None), dump::module(&again.module, None));
        }
        parsed.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    });
    worker.expect("a thread starts").join().expect("the parser neither panics nor overflows")
}

fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!(
        "package a\nimport rego.v2\np if {{ x := {}{middle}{} }}\n",
        open.repeat(depth),
        close.repeat(depth)
    )
}

#[test]
fn nesting_without_end_is_an_error() {
    for (open, middle, close) in [
        ("[", "1", "]"),
        ("(", "1", ")"),
        ("{", "1", "}"),
        ("{\"a\": ", "1", "}"),
        ("{x: ", "y", " | z}"),
        ("[x | ", "y", "]"),
        ("{x | ", "y", "}"),
        ("f(", "1", ")"),
        ("a[", "1", "]"),
        ("[a.b(", "1", ")]"),
        ("$\"{", "1", "}\""),
        ("-x[", "1", "]"),
        ("[1, (2 + ", "3", ")]"),
    ] {
        let found = messages(&nested(open, middle, close, MANY));
        assert!(
            found.iter().any(|message| message == "max parsing recursion depth exceeded"),
            "{open}: {:?}",
            found.first()
        );
    }
}

#[test]
fn bodies_without_end_are_an_error() {
    for (open, close) in [
        ("not {", "}"),
        ("every x in y {", "}"),
        ("(", ") and z"),
        ("{", "} and z"),
        ("not (", ")"),
        ("not {x | ", "}"),
    ] {
        let text =
            format!("package a\nimport rego.v2\np if {{ {}x{} }}\n", open.repeat(MANY), close.repeat(MANY));
        assert_ne!(messages(&text), Vec::<String>::new(), "{open}");
    }
}

#[test]
fn brackets_that_never_close_are_an_error() {
    for open in
        ["[", "(", "{", "{{x|", "f(", "a[", "$\"{", "not ", "-", "if ", "else ", "x.", "some ", "x in "]
    {
        let text = format!("package a\np if {}", open.repeat(MANY));
        assert_ne!(messages(&text), Vec::<String>::new(), "{open}");
    }
}

#[test]
fn operators_in_a_row_are_bounded_and_references_are_not() {
    let too_long = format!("package a\np := 1{}\n", " + 1".repeat(MANY));
    assert_eq!(messages(&too_long)[0], "max parsing recursion depth exceeded");
    let calls = format!("package a\np := f(1){}\n", ".g(1)".repeat(MANY));
    assert_eq!(messages(&calls)[0], "max parsing recursion depth exceeded");
    let long = format!("package a\np := 1{}\n", " + 1".repeat(700));
    assert_eq!(messages(&long), Vec::<String>::new());
    let reference = format!("package a\np := input{}\n", ".x[1]".repeat(MANY));
    assert_eq!(messages(&reference), Vec::<String>::new());
    let array = format!("package a\np := [1{}]\n", ", 1".repeat(MANY));
    assert_eq!(messages(&array), Vec::<String>::new());
    let branches = format!("package a\np := 1 if {{ x }}{}\n", " else := 2 if { y }".repeat(MANY / 10));
    assert_eq!(messages(&branches), Vec::<String>::new());
}

#[test]
fn strings_with_a_million_escapes_are_fine() {
    let text = format!("package a\np := \"{}\"\n", "\\u00e9\\n".repeat(1_000_000));
    assert_eq!(messages(&text), Vec::<String>::new());
    let text = format!("package a\np := $\"{}\"\n", "\\{".repeat(1_000_000));
    assert_eq!(messages(&text), Vec::<String>::new());
}

#[test]
fn readings_that_fail_one_inside_the_other_take_no_exponential_time() {
    for (open, middle, close) in [
        ("[a | ", "b", ", c]"),
        ("{a | ", "b", ", c}"),
        ("{a: ", "b", " | c, d: e}"),
        ("{x | ", "x", "}"),
        ("[", "1", " + 1]"),
        ("{", "1", " + 1}"),
        ("({", "x", "})"),
        ("{{", "x", "} | y}"),
        ("{ {x | ", "y", "}; z}"),
        ("not {{x | ", "y", "}}"),
        ("({x|", "y", ", z})"),
    ] {
        for depth in [5, 20, 45, 300] {
            let term = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let text = format!("package a\nimport rego.v2\np if {{ {term} }}\nq if {term}\nr := {term}\n");
            let _ = messages(&text);
        }
    }
}

#[test]
fn characters_of_all_kinds_are_no_danger() {
    assert_eq!(messages(""), ["empty module"]);
    assert_eq!(messages("# only a comment\n"), ["empty module"]);
    assert_eq!(messages("\u{feff}package a\r\n\r\np := 1 # x\r\nq := \"\u{e9}\"\r\n"), Vec::<String>::new());
    assert_eq!(messages("package a\n\0p := 1\n")[0], "illegal null character");
    assert_eq!(messages("package a\np := 1\u{feff}\n")[0], "illegal byte-order mark");
    assert_eq!(messages("package a\np := 1\u{a0}\n")[0], "unexpected number token: invalid float");
    let binary: String = (0..200_000_u32).filter_map(|code| char::from_u32(code % 0x3000)).collect();
    assert_ne!(messages(&binary), Vec::<String>::new());
    assert_ne!(messages(&"\0".repeat(MANY)), Vec::<String>::new());
    assert_ne!(messages(&"}\n".repeat(MANY)), Vec::<String>::new());
    assert_ne!(messages(&"p\n".repeat(MANY)), Vec::<String>::new());
    assert_ne!(
        messages(&format!("package a\n{}", "# METADATA\n# x: [\n".repeat(1000))),
        Vec::<String>::new()
    );
}

#[test]
fn bytes_that_are_no_text_are_an_error_at_their_place() {
    let error = decode(SourceId::default(), b"package a\np := \"\xff\"\n").expect_err("it is no UTF-8");
    assert_eq!(error.message, "illegal utf-8 character");
    assert_eq!(error.span.expect("it has a place").start, 16);
    assert_eq!(decode(SourceId::default(), b"package a"), Ok("package a"));
}

#[test]
fn a_file_of_fifty_megabytes_is_read() {
    let rule =
        "allow if { input.user.name == \"somebody\"; some x in data.grants; x.role == \"admin\" } # note\n";
    let text = format!("package a\n{}", rule.repeat((50 << 20) / rule.len()));
    let parsed = parse(SourceId::default(), &text, &ParseOptions::default());
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.module.rules.len(), (50 << 20) / rule.len());
}

#[test]
fn all_errors_of_a_file_are_found_in_one_run() {
    let text =
        "package a\n\np := ]\n\nq if {\n\tx := \n}\n\nr := 1\n\ns if { true\n\nt { true }\n\nu := \"open\n";
    let parsed = parse(SourceId::default(), text, &ParseOptions::default());
    let index = LineIndex::new(text);
    let rows: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|found| index.position(found.span.expect("a place").start).row)
        .collect();
    assert_eq!(rows, [3, 3, 7, 13, 15, 15, 15]);
    assert_eq!(parsed.reported_by_opa, 2);
    assert!(
        parsed.module.rules.iter().any(|rule| rule
            .head
            .reference
            .plain_name()
            .is_some_and(|name| *name == "r"))
    );
}

#[test]
fn the_limits_can_be_raised_with_a_bigger_stack() {
    let options = ParseOptions { max_depth: 4000, max_height: 20_000, ..ParseOptions::new(RegoVersion::V1) };
    let text =
        format!("package a\np := {}1{}\nq := 1{}\n", "[".repeat(3000), "]".repeat(3000), "+1".repeat(9000));
    let worker = thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || parse(SourceId::default(), &text, &options).diagnostics);
    assert_eq!(worker.expect("a thread starts").join().expect("no overflow"), []);
}
