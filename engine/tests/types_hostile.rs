//! Programs that would take a naive type checker forever, or exhaust its stack.
#![allow(clippy::panic, clippy::expect_used, clippy::format_push_string, reason = "tests")]

use portcullis::compile::types::{self, Assumptions, Capabilities, Schemas};
use portcullis::compile::{CompileOptions, TypeCheck, compile};
use portcullis::document;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::syntax::{ParseOptions, parse};

#[test]
fn nested_comprehensions_are_checked_once_in_each_context() {
    let depth = 40;
    let mut term = "input.x".to_owned();
    for level in 0..depth {
        term = format!("[y{level} | some x{level} in input.xs; y{level} := {term}; y{level} != x{level}]");
    }
    assert_eq!(errors(&format!("package t\n\np := {term}\n")), 0);
}

#[test]
fn an_error_in_the_innermost_comprehension_is_found() {
    let mut term = "upper(1)".to_owned();
    for _ in 0..40 {
        term = format!("[y | y := {term}]");
    }
    assert_eq!(errors(&format!("package t\n\np := {term}\n")), 1);
}

#[test]
fn types_that_double_with_each_rule_stay_small() {
    let mut source = "package t\n\np0 := {\"a\": 1}\n\nq0 := {\"a\": \"b\"}\n".to_owned();
    for level in 1..60 {
        let before = level - 1;
        for name in ["p", "q"] {
            source.push_str(&format!(
                "\n{name}{level} := {{\"l\": {name}{before}, \"r\": [{name}{before}, {name}{before}]}}\n"
            ));
        }
    }
    source.push_str("\nr if p59 == q59\n\ns if p9 == q9\n\nu if upper(p59)\n\nv if p59.l.l.nope\n");
    // Types beyond a million parts are any: they can't be told apart, and shorter ones can.
    assert!(errors(&source) >= 1);
}

#[test]
fn types_that_nest_deeper_with_each_rule_do_not_exhaust_the_stack() {
    let mut source = "package t\n\np0 := 1\n".to_owned();
    for level in 1..3000 {
        source.push_str(&format!("\np{level} := [p{}]\n", level - 1));
    }
    source.push_str("\nr if p2999 == p2998\n\ns if p100 == p99\n");
    assert!(errors(&source) >= 1);
}

#[test]
fn long_chains_of_rules_do_not_exhaust_the_stack() {
    let mut source = "package t\n\np0 := 1\n".to_owned();
    for level in 1..5000 {
        source.push_str(&format!("\np{level} := p{} + 1\n", level - 1));
    }
    source.push_str("\nr if p4999 == \"a\"\n");
    assert_eq!(errors(&source), 1);
}

#[test]
fn nested_literals_are_compared_in_reasonable_time() {
    let nested = |inner: &str| {
        let mut term = inner.to_owned();
        for _ in 0..100 {
            term = format!("{{\"a\": {term}, \"b\": 1}}");
        }
        term
    };
    let source = format!("package t\n\np if {} == {}\n", nested("1"), nested("\"x\""));
    assert_eq!(errors(&source), 1);
}

#[test]
fn wide_unions_are_checked_in_reasonable_time() {
    let object = |at: usize| format!("{{\"k{at}\": {at}}}");
    let list = (0..500).map(object).collect::<Vec<_>>().join(", ");
    let source = format!(
        "package t\n\nxs := [{list}]\n\np if {{\n\tsome x in xs\n\tx.k1 == \"a\"\n\tx == {{\"k2\": \"b\"}}\n}}\n"
    );
    assert!(errors(&source) >= 1);
}

#[test]
fn schemas_that_nest_deep_do_not_exhaust_the_stack() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}{{}}{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in [
        ("{\"items\":", "}"),
        ("{\"properties\":{\"a\":", "}}"),
        ("{\"anyOf\":[", "]}"),
        ("{\"allOf\":[", "]}"),
        ("{\"not\":", "}"),
    ] {
        for depth in [100, 240, 4_000] {
            _ = errors_with("package t\n\np if input.a.a[0].b\n", &nested(open, close, depth));
        }
    }
    let mut chain = "{\"$ref\": \"#/definitions/d0\", \"definitions\": {".to_owned();
    for at in 0..2_000 {
        chain.push_str(&format!("\"d{at}\": {{\"items\": {{\"$ref\": \"#/definitions/d{}\"}}}}, ", at + 1));
    }
    chain.push_str("\"d2000\": {}}}");
    _ = errors_with("package t\n\np if input[0][0].a\n", &chain);
}

#[test]
fn schemas_whose_parts_all_contain_each_other_are_compared_in_reasonable_time() {
    let count = 80;
    let parts =
        (0..count).map(|at| format!("\"p{at}\": {{\"$ref\": \"#/definitions/d{at}\"}}")).collect::<Vec<_>>();
    let definition =
        |at| format!("\"d{at}\": {{\"properties\": {{{}, \"own{at}\": {{}}}}}}", parts.join(", "));
    let definitions = (0..count).map(definition).collect::<Vec<_>>().join(", ");
    let schema = format!("{{\"properties\": {{{}}}, \"definitions\": {{{definitions}}}}}", parts.join(", "));
    let source = "package t\n\np if input.p1 == input.p2\n\nq if input.p1.p2.p3.nope\n\n\
        r := {input[_][_], input.p3, input.p4}\n\ns if upper(input.p5)\n\nt if input.p1[x][y] == input.p2[y][x]\n";
    _ = errors_with(source, &schema);
}

#[test]
fn merging_can_not_make_a_small_schema_a_large_type() {
    let mut schema = "{\"$ref\": \"#/definitions/d0\", \"definitions\": {".to_owned();
    for at in 0..60 {
        let next = format!("{{\"$ref\": \"#/definitions/d{}\"}}", at + 1);
        schema.push_str(&format!(
            "\"d{at}\": {{\"allOf\": [{next}, {next}, {{\"properties\": {{\"a\": {next}, \"b\": {next}}}}}]}}, "
        ));
    }
    schema.push_str("\"d60\": {\"properties\": {\"a\": {}}}}}");
    _ = errors_with("package t\n\np if input.a.b.a.c\n", &schema);
    let doubled = format!(
        "{{\"anyOf\":[{{\"items\":{{}}}},{{\"type\":\"object\",\"properties\":{{\"a\":{{}}}},{}",
        "\"x\":1}]}"
    );
    _ = errors_with("package t\n\np if input.a.b\n", &doubled);
}

/// How many type errors a module has that is otherwise sound.
fn errors(text: &str) -> usize {
    errors_under(text, None)
}

/// How many type errors a module has when the input is as a schema has it; also those of the schema.
fn errors_with(text: &str, schema: &str) -> usize {
    let Ok(node) = document::json(SourceId::default(), schema) else { panic!("no JSON: {schema}") };
    let mut schemas = Schemas::default();
    schemas.insert(&[], node.to_value());
    let capabilities = Capabilities::current();
    let assumptions = Assumptions { capabilities: &capabilities, schemas: Some(&schemas) };
    usize::from(assumptions.check_input().is_err()) + errors_under(text, Some(&schemas))
}

fn errors_under(text: &str, schemas: Option<&Schemas>) -> usize {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("policy.rego", text));
    let parsed = parse(source, text, &ParseOptions::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let capabilities = Capabilities::current();
    let count = std::cell::Cell::new(None);
    let check_types = |view: &TypeCheck<'_>| {
        let checked = types::check(view, Assumptions { capabilities: &capabilities, schemas });
        count.set(Some(checked.errors.len()));
        checked
    };
    let options =
        CompileOptions { max_errors: None, check_types: Some(&check_types), ..CompileOptions::default() };
    let compiled = compile(vec![parsed.module], &sources, &options);
    count.get().unwrap_or_else(|| panic!("not checked: {:?}", compiled.diagnostics.first()))
}
