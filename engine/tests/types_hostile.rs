//! Programs that would take a naive type checker forever, or exhaust its stack.
#![allow(clippy::panic, clippy::expect_used, clippy::format_push_string, reason = "tests")]

use portcullis::compile::types::{self, Capabilities};
use portcullis::compile::{CompileOptions, TypeCheck, compile};
use portcullis::source::{Source, Sources};
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

/// How many type errors a module has that is otherwise sound.
fn errors(text: &str) -> usize {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("policy.rego", text));
    let parsed = parse(source, text, &ParseOptions::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let capabilities = Capabilities::current();
    let count = std::cell::Cell::new(None);
    let check_types = |view: &TypeCheck<'_>| {
        let errors = types::check(view, &capabilities);
        count.set(Some(errors.len()));
        errors
    };
    let options =
        CompileOptions { max_errors: None, check_types: Some(&check_types), ..CompileOptions::default() };
    let compiled = compile(vec![parsed.module], &sources, &options);
    count.get().unwrap_or_else(|| panic!("not checked: {:?}", compiled.diagnostics.first()))
}
